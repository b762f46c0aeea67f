"""What compressing costs: draws, compressing and encoding, then decoding and expanding, against a warm copy of the floats;
and what counting exactly takes of a run with many small messages. With NumPy alone, and with numba where it is installed.

python bench/compress.py                  # d = 10^7, float32, one core
python bench/compress.py --entries 1000000 --repeats 9 --table time
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
from measured import ENTRIES, NODES, counting, in_copies, processor, versions
from threadpoolctl import threadpool_limits

ASKED = {
    "rand_k(k = ceil(d / 100))": (2, 2),
    "top_k(k = ceil(d / 100))": (5, 3),
    "quantize(s = 7)": (14, 3),
    "quantize(s = 7, norm = inf)": (14, 3),
    "sign()": (3, 1),
    "scaled_sign()": (3, 1),
}
"""Copies that sending may take, with NumPy alone and with numba; receiving may take as long."""
SMALL = ("rand_k(k = 10)", "rand_k(k = 100)", "rand_k(k = 400)", "quantize(s = 7)", "natural()")
PACKAGES = ("numpy", "numba")
SEED = 0  # the seed of vector and draws


def works(binding: str, d: int) -> dict[str, Callable[[], Any]]:
    """Both ways of one Gaussian vector, in float32."""
    from cablese.runtime.arrays.select import backend
    from cablese.runtime.lab.samples import Bench
    from cablese.runtime.lab.subject import read_subject
    from cablese.runtime.registry import plugins

    sized = read_subject(binding, d, plugins()).at(d)
    bench = Bench(sized, backend("cpu", "float32", "float32"), SEED)
    vector = np.random.default_rng(SEED).standard_normal((1, d), np.float32)
    codec, receiver = bench.sender.codec, bench.receiver
    packet = bench.packet(vector, 0)
    messages = codec.encode(packet)
    return {
        "send": lambda: codec.encode(bench.packet(vector, 0)),
        "receive": lambda: receiver.expand(receiver.codec.decode(messages)),
        "encode": lambda: codec.encode(packet),
        "decode": lambda: receiver.codec.decode(messages),
    }


def show_times(d: int, repeats: int) -> None:
    """A line for each compressor and each way of computing."""
    from cablese.runtime.arrays.numba_dispatch import compiled, numpy_alone

    ways = {"numpy": numpy_alone} | ({"numba": contextlib.nullcontext} if compiled() else {})
    print(f"{'d = ' + str(d):<30}{'with':<8}{'send':>8}{'asked':>7}{'receive':>9}{'encode':>9}{'decode':>9}")
    for binding, asked in ASKED.items():
        measured = works(binding, d)
        for (way, chosen), limit in zip(ways.items(), asked, strict=False):
            with chosen():
                found = in_copies(measured, d, repeats)
            parts = (f"{found[name]:>9.2f}" for name in ("receive", "encode", "decode"))
            print(f"{binding:<30}{way:<8}{found['send']:>8.2f}{limit:>7}{''.join(parts)}", flush=True)


def show_counting(repeats: int) -> None:
    """What counting exactly takes of a round with many small messages: at most 5 % is asked for."""
    heading = f"n = {NODES}, d = {ENTRIES}"
    print(f"\n{heading:<38}{'a round':>12}{'counting':>12}{'share':>8}")
    for binding in SMALL:
        whole, spent, share = counting(binding, repeats)
        print(f"{binding:<38}{1e6 * whole:>9.0f} us{1e6 * spent:>9.0f} us{share:>8.1%}")


def main() -> None:
    keep_lines = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=keep_lines)
    parser.add_argument("--table", choices=["time", "count"], action="append", help="default: both")
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    wanted = options.table or ["time", "count"]
    print(f"{processor()}; {versions(*PACKAGES)}")
    with threadpool_limits(1):
        if "time" in wanted:
            show_times(options.entries, options.repeats)
        if "count" in wanted:
            show_counting(options.repeats)


if __name__ == "__main__":
    main()
