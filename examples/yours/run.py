"""Runs the method of this folder against EF21 on the default problem, and draws yours.png beside it."""

from pathlib import Path

import cablese

HERE = Path(__file__).parent

runs = cablese.compare(["ef21", HERE / "heavy_ef21.alg"], rounds=1000, set={"C": "top_k(k = 3)"})
runs.plot(HERE / "yours.png")
for run in runs:
    print(
        f"{run.header.algorithm}: ||grad f||^2 = {run.trace.grad_norm2[-1]:.1e} after {run.points[-1].round} rounds"
    )
