"""Runs four methods on a bilinear game, and draws bilinear.png beside this file: who diverges, who converges."""

from pathlib import Path

import cablese
from matplotlib.figure import Figure

HERE = Path(__file__).parent
NODES = 10
COMPRESSOR = "rand_k(k = 4)"  # of 20 entries
COLOURS = ("#D55E00", "#E69F00", "#0072B2", "#009E73")

runs = cablese.compare(
    [HERE / "gda.alg", HERE / "naive.alg", "extragradient", "masha1"],
    nodes=NODES,
    rounds=2800,
    problem="bilinear_saddle(d = 10, lam = 0, seed = 0)",
    set={"Q": COMPRESSOR, "Q_dev": COMPRESSOR},
)
drawn = Figure(figsize=(9, 3.8), layout="constrained", dpi=150)
by_round, by_bits = drawn.subplots(1, 2, sharey=True)
for run, colour in zip(runs, COLOURS, strict=True):
    trace, name = run.trace, run.header.algorithm
    by_round.semilogy(trace.round, trace.residual2, color=colour, label=name)
    by_bits.semilogy(trace.bits_up / NODES / 1e3, trace.residual2, color=colour)
    print(f"{name}: ||F||^2 from {trace.residual2[0]:.1f} to {trace.residual2[-1]:.1e}")
by_round.set(xlabel="rounds", ylabel=r"$\|F(z)\|^2$", ylim=(1e-3, 1e5))
by_bits.set(xlabel="sent per node (kbit)", xlim=(0, 800))
drawn.legend(loc="outside lower center", ncols=4, frameon=False)
drawn.savefig(HERE / "bilinear.png")
