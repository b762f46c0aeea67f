"""MARINA against DIANA with rand_k, K = 1, 5, 10: draws marina_diana.png beside this file, as in the MARINA paper."""

from pathlib import Path

import cablese
from matplotlib.figure import Figure

HERE = Path(__file__).parent
NODES, ROUNDS = 5, 2000
PROBLEM = 'sigmoid_classification(data = "breast_cancer", bias = true, scale = "columns")'
COLOURS = {1: "#0072B2", 5: "#D55E00", 10: "#009E73"}
STYLES = {"marina": "-", "diana": "--"}

drawn = Figure(figsize=(9, 4), layout="constrained", dpi=150)
by_round, by_bits = drawn.subplots(1, 2, sharey=True)
for method, style in STYLES.items():
    for k, colour in COLOURS.items():
        run = cablese.run(
            method, nodes=NODES, rounds=ROUNDS, problem=PROBLEM, set={"Q": f"rand_k(k = {k})"}, every=20
        )
        trace, label = run.trace, f"{run.header.algorithm}, K = {k}"
        by_round.semilogy(trace.round, trace.grad_norm2, style, color=colour, label=label)
        by_bits.semilogy(trace.bits_up / NODES / 1e3, trace.grad_norm2, style, color=colour)
        print(f"{label}: {trace.grad_norm2[-1]:.1e}, {trace.bits_up[-1] / NODES:,.0f} bits a node")
by_round.set(xlabel="rounds", ylabel=r"$\|\nabla f\|^2$")
by_bits.set(xlabel="sent per node (kbit)", xlim=(0, 400))
drawn.legend(loc="outside lower center", ncols=3, frameon=False)
drawn.savefig(HERE / "marina_diana.png")
