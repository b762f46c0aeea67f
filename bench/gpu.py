"""Times on a CUDA device: words, top-k, levels, packing, against a copy; and rounds against those of the host.

python bench/gpu.py                     # d = 1e7 and 1e8, then rounds at d = 1e6
python bench/gpu.py --d 1e7 --no-rounds
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Iterator
from typing import Any

from cablese.runtime.arrays import select
from cablese.runtime.arrays.rounding import Grid, words_for
from threadpoolctl import threadpool_limits

ROUNDS = (
    ("marina", "rand_k(k = 1000)"),
    ("marina", "quantize(s = 7)"),
    ("marina", "natural()"),
    ("ef21", "top_k(k = 10000)"),
)
PROBLEM = "quadratic(d = 1000000, mu = 0.01, L = 1, spread = 0.1, seed = 0)"


def milliseconds(work: Callable[[], Any], repeats: int) -> float:
    """The median of device times between two events, after two calls that compile and warm up."""
    import cupy

    for _ in range(2):
        work()
    spans = []
    for _ in range(repeats):
        begin, end = cupy.cuda.Event(), cupy.cuda.Event()
        begin.record()
        work()
        end.record()
        end.synchronize()
        spans.append(cupy.cuda.get_elapsed_time(begin, end))
    return statistics.median(spans)


def works(d: int) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What is timed, for float32 vectors of d entries."""
    import cupy

    backend: Any = select.backend("cuda", "float32", "float32")
    key, counter, grid = (1, 2), (0, 1, 0, 0), Grid(7)
    vector = cupy.random.default_rng(0).standard_normal((1, d), dtype=cupy.float32)
    target, magnitudes = cupy.empty_like(vector), abs(vector)
    words = backend.consecutive_words(key, counter, 1, -(-words_for(d) // 4))[:, : words_for(d)]
    norms = cupy.linalg.norm(vector, axis=1)
    fields = (backend.levels(vector, norms, words, grid) + 7).astype(cupy.uint8)
    packed = backend.pack_fields(fields, 4)
    assert (backend.unpack_fields(packed, d, 4, "uint8") == fields).all()
    yield "copy", lambda: cupy.copyto(target, vector)
    yield (
        "philox, 32 bits an entry",
        lambda: backend.consecutive_words(key, counter, 1, -(-words_for(d) // 4)),
    )
    yield "top_k 1 %", lambda: backend.top_k(magnitudes, d // 100)
    yield "levels, s = 7", lambda: backend.levels(vector, norms, words, grid)
    yield "pack, 4 bits", lambda: backend.pack_fields(fields, 4)
    yield "unpack, 4 bits", lambda: backend.unpack_fields(packed, d, 4, "uint8")


def show_kernels(d: int, repeats: int) -> None:
    """A line for each."""
    copy = 0.0
    for name, work in works(d):
        spent = milliseconds(work, repeats)
        copy = copy or spent
        print(f"d = {d:<12}{name:<28}{spent:>10.3f} ms{spent / copy:>8.1f} copies", flush=True)


def show_rounds(rounds: int) -> None:
    """Microseconds a round on both devices, and whether they sent equally many bits."""
    import cablese

    for method, compressor in ROUNDS:
        spent, bits = [], []
        for device in ("cuda", "cpu"):
            result = cablese.run(
                method,
                problem=PROBLEM,
                nodes=8,
                rounds=rounds,
                every=rounds,
                device=device,
                set={"Q" if method != "ef21" else "C": compressor},
            )
            spent.append(1e6 * float(result.trace["seconds"][-1]) / rounds)
            bits.append(result.trace["bits_shared"][-1])
        same = "equal bits" if bits[0] == bits[1] else f"BITS DIFFER: {bits}"
        line = f"{method:<9}{compressor:<20}cuda {spent[0]:>10.0f} us   cpu {spent[1]:>10.0f} us   {same}"
        print(line, flush=True)


def main() -> None:
    keep_lines = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=keep_lines)
    parser.add_argument("--d", type=float, action="append", help="entries of a vector; may be repeated")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=30, help="rounds of a run")
    parser.add_argument("--no-rounds", action="store_true", help="kernels only")
    options = parser.parse_args()
    for d in options.d or (1e7, 1e8):
        show_kernels(int(d), options.repeats)
    if not options.no_rounds:
        with threadpool_limits(1):
            show_rounds(options.rounds)


if __name__ == "__main__":
    main()
