"""Time of a round of methods on graphs, in one process and on ranks, and what crosses between these: calls of MPI, bytes.

python bench/gossip.py                                        # ring and complete graph, d = 20 and 10^4, on 2, 3 and 4 ranks
python bench/gossip.py --method choco_sgd --graph ring --ranks 2 --repeats 9
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from typing import Any

from measured import answer_of, processor, versions

NODES = 12
METHODS = {"dpsgd": {}, "choco_sgd": {"C": "top_k(k = {k})"}, "beer": {"C": "top_k(k = {k})"}}


def work(method: str, graph: str, d: int, rounds: int) -> dict[str, float]:
    """One run in this process: microseconds a round by the clock; messages of this rank a round, and the bytes it sends."""
    import cablese
    from cablese.runtime.transports import neighbours

    sent = {"calls": 0, "bytes": 0}
    plain = neighbours.NeighbourExchange.swap

    def watched(exchange: Any, out: Any, into: Any) -> Any:
        move = plain(exchange, out, into)

        def counted(values: Any) -> Any:
            sent["calls"] += sum(1 for count in (*out, *into) if count)
            sent["bytes"] += sum(out) * values.itemsize
            return move(values)

        return counted

    neighbours.NeighbourExchange.swap = watched  # type: ignore[method-assign]
    result = cablese.run(
        method,
        problem=f"quadratic(d = {d}, mu = 0.01, L = 1, spread = 0.1, seed = 0)",
        nodes=NODES,
        graph=graph,
        rounds=rounds,
        every=rounds,
        set={"gamma": "1e-3"} | {name: text.format(k=d // 10) for name, text in METHODS[method].items()},
    )
    seconds = result.trace["seconds"]  # rank 0 has them
    clock = float(seconds[-1]) if len(seconds) else 0.0
    return {"us": 1e6 * clock / rounds, **{name: count / rounds for name, count in sent.items()}}


def start(method: str, graph: str, d: int, rounds: int, ranks: int) -> dict[str, float]:
    """A program of its own, which measures itself; rank 0's answer."""
    words = ["--work", "--method", method, "--graph", graph, "--d", str(d), "--rounds", str(rounds)]
    answer: dict[str, float] = answer_of(__file__, *words, ranks=ranks)
    return answer


def compare(method: str, graph: str, d: int, rounds: int, repeats: int, ranks: list[int]) -> None:
    """One line of the table for each number of ranks."""
    spent: dict[int, list[dict[str, float]]] = {number: [] for number in (1, *ranks)}
    for _ in range(repeats):
        for number, found in spent.items():
            found.append(start(method, graph, d, rounds, number))
    one = [each["us"] for each in spent[1]]
    for number in ranks:
        own = [each["us"] for each in spent[number]]
        ratio = statistics.median(a / b for a, b in zip(own, one, strict=True))
        calls, sent = spent[number][0]["calls"], spent[number][0]["bytes"]
        numbers = f"{statistics.median(one):>10.0f}{statistics.median(own):>10.0f}{ratio:>8.2f}{calls:>8.1f}{sent:>10.0f}"
        print(f"{method:<12}{graph:<12}{d:>6}{number:>7}{numbers}", flush=True)


def main() -> None:
    keep_lines = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=keep_lines)
    parser.add_argument("--method", action="append", choices=list(METHODS), help="may be repeated")
    parser.add_argument("--graph", action="append", help="may be repeated")
    parser.add_argument("--d", type=int, action="append", help="may be repeated")
    parser.add_argument("--ranks", type=int, action="append", help="may be repeated")
    parser.add_argument("--rounds", type=int, help="rounds of a run; default: by d")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    chosen = [
        (method, graph, d, options.rounds or (1000 if d < 1000 else 150))
        for method in options.method or METHODS
        for graph in options.graph or ("ring", "complete")
        for d in options.d or (20, 10_000)
    ]
    if options.work:
        found = work(*chosen[0])
        if os.environ.get("PMI_RANK", os.environ.get("OMPI_COMM_WORLD_RANK", "0")) == "0":
            print(json.dumps(found))
        return
    print(f"{processor()}; {versions('numpy', 'mpi4py', 'mpich', 'numba')}; load {os.getloadavg()[0]:.1f}")
    print("us a round by the clock; messages that rank 0 sends and gets a round, bytes that it sends")
    heads = "".join(f"{head:>10}" for head in ("one", "ranks"))
    print(f"{'method':<12}{'graph':<12}{'d':>6}{'ranks':>7}{heads}{'ratio':>8}{'calls':>8}{'bytes':>10}")
    for case in chosen:
        compare(*case, options.repeats, options.ranks or [2, 3, 4])


if __name__ == "__main__":
    main()
