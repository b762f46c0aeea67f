"""Time of a fused round: a run in one process by its program and by compiled rounds, in turns; seconds of the processor.

python bench/fused.py                              # all, short and longer vectors
python bench/fused.py --method top_k --d 20 --nodes 8 --rounds 20000
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from contextlib import AbstractContextManager
from typing import Any

from measured import processor, versions
from threadpoolctl import threadpool_limits

METHODS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "rand_k": ("diana", "Q=rand_k(k = {k})", {}),
    "top_k": ("ef21", "C=top_k(k = {k})", {}),
    "quantize": ("diana", "Q=quantize(s = 1)", {}),
    "natural": ("diana", "Q=natural()", {}),
    "scaled_sign": ("ef21", "C=scaled_sign()", {}),
    "four local steps": ("local_sgd", "H=4", {}),
    "half of the nodes": ("fed_avg", "r={half}", {}),
    "ring": ("dpsgd", "b=1", {"graph": "ring"}),
    "game": (
        "diana_sgda",
        "Q=rand_k(k = {k})",
        {"problem": "bilinear_saddle(d = {players}, lam = 0.5, seed = 0)"},
    ),
}
"""Rounds by what they are about: a method, a setting, other options."""


def work(method: str, d: int, nodes: int, rounds: int, way: AbstractContextManager[None]) -> float:
    """Microseconds of the processor in a round, set-up and points left out."""
    import cablese
    from cablese.runtime.execute.loop import Loop

    spent, plain = 0.0, Loop._rounds

    def watched(loop: Any, *given: Any) -> Any:
        nonlocal spent
        began = time.process_time()
        try:
            return plain(loop, *given)
        finally:
            spent += time.process_time() - began

    spec, setting, others = METHODS[method]
    quadratic = f"quadratic(d = {d}, mu = 0.01, L = 1, spread = 0.1, seed = 0)"
    options = {"problem": quadratic, **others}
    options["problem"] = options["problem"].format(players=d // 2)
    name, value = setting.format(k=max(1, d // 10), half=nodes // 2).split("=", 1)
    Loop._rounds = watched  # type: ignore[method-assign]
    try:
        with way:
            cablese.run(
                spec,
                nodes=nodes,
                rounds=rounds,
                every=rounds,
                set={name: value, "gamma": "1e-3"},
                **options,
            )
    finally:
        Loop._rounds = plain  # type: ignore[method-assign]
    return 1e6 * spent / rounds


def main() -> None:
    from cablese.runtime.arrays.numba_dispatch import kernels_always, numpy_alone

    keep_lines = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=keep_lines)
    parser.add_argument("--method", choices=list(METHODS), action="append", help="default: all")
    parser.add_argument("--d", type=int, action="append", help="may be repeated; default: 20, 100, 1000")
    parser.add_argument("--nodes", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    print(f"{processor()}; {versions('numpy', 'numba')}; load {os.getloadavg()[0]:.1f}")
    print(
        f"{'rounds':<18}{'d':>6}{'first, s':>10}{'program':>10}{'fused':>8}{'ratio':>8}   us a round, medians"
    )
    with threadpool_limits(1):
        for method in options.method or METHODS:
            for d in options.d or [20, 100, 1000]:
                given = method, d, options.nodes
                began = time.process_time()
                work(*given, 10, kernels_always())  # compiles, or finds what was compiled before
                first = time.process_time() - began
                pairs = [
                    (
                        work(*given, options.rounds, numpy_alone()),
                        work(*given, options.rounds, kernels_always()),
                    )
                    for _ in range(options.repeats)
                ]
                program, fused = (statistics.median(each) for each in zip(*pairs, strict=True))
                ratio = statistics.median(b / a for a, b in pairs)
                print(
                    f"{method:<18}{d:>6}{first:>10.2f}{program:>10.1f}{fused:>8.1f}{ratio:>8.2f}", flush=True
                )


if __name__ == "__main__":
    main()
