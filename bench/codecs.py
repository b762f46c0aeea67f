"""What the wire formats cost: time of encoding and decoding against a copy, size against the bound, time of counting.

python bench/codecs.py                   # all tables, d = 10^7, one core
python bench/codecs.py --table time --entries 1000000 --repeats 9
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, lgamma, log
from typing import Any

import numpy as np
from measured import ENTRIES, NODES, counting, in_copies, processor_seconds
from threadpoolctl import threadpool_limits

SHARES = (0.0001, 0.001, 0.01, 0.05, 0.1, 0.2, 0.245, 0.3, 0.38, 0.45, 0.5)


@dataclass(frozen=True)
class Case:
    """A codec with a packet of its own."""

    name: str
    codec: Any
    packet: Any


def cases(d: int) -> Iterator[Case]:
    """Messages of one row, as a Gaussian vector gives them, made one at a time."""
    from cablese.runtime.codecs.codes import code_codec
    from cablese.runtime.codecs.dense import DenseCodec
    from cablese.runtime.codecs.levels import level_codec
    from cablese.runtime.codecs.packets import (
        CodePacket,
        DensePacket,
        LevelPacket,
        MaskedPacket,
        SignPacket,
        SparsePacket,
    )
    from cablese.runtime.codecs.signs import SignCodec
    from cablese.runtime.codecs.sizes import ENCODINGS
    from cablese.runtime.codecs.sparse import SparseCodec
    from cablese.runtime.codecs.supports import MaskedCodec

    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, d)).astype(np.float32)
    one = np.ones(1, np.float32)
    yield Case("dense", DenseCodec(d, 32), DensePacket(x))
    yield Case("signs", SignCodec(d, 1, 32), SignPacket(one[:, None], x < 0))
    for share in (0.01, 0.1):
        indices = np.flatnonzero(rng.random(d) < share)[None, :]
        yield Case(
            f"sparse, {share:.0%}",
            SparseCodec(d, indices.shape[1], 32),
            SparsePacket(indices, x[:, indices[0]]),
        )
    mask = rng.random((1, d)) < 0.01
    yield Case("masked, 1%", MaskedCodec(d, 32), MaskedPacket(mask, np.where(mask, x, np.float32(0))))
    for s, norm in ((1, np.inf), (4, np.inf), (127, np.inf), (1000, 2)):
        levels = _levels(x, s, norm, rng)
        for encode in ENCODINGS:
            yield Case(f"levels, s = {s}, {encode}", level_codec(d, s, 32, encode), LevelPacket(one, levels))
    codes = (np.frexp(x)[1] + 126 + 256 * (x < 0)).astype(np.uint16)
    for encode in ENCODINGS:
        yield Case(f"powers of two, {encode}", code_codec(d, 9, encode), CodePacket(codes))


def _levels(x: np.ndarray, s: int, norm: float, rng: np.random.Generator) -> np.ndarray:
    places = x / np.linalg.norm(x[0].astype(np.float64), norm) * s
    levels: np.ndarray = np.floor(places + rng.random(x.shape)).astype(np.int8 if s < 128 else np.int16)
    return levels


def show_times(d: int, repeats: int) -> None:
    """Medians of ratios to a warm copy of d float32, measured in turns."""
    print(f"{'d = ' + str(d):<28}{'encode':>9}{'decode':>9}{'count':>9}{'bits an entry':>15}")
    for case in cases(d):
        messages = case.codec.encode(case.packet)
        works = {
            "encode": lambda case=case: case.codec.encode(case.packet),
            "decode": lambda case=case, messages=messages: case.codec.decode(messages),
            "count": lambda case=case: case.codec.bits(case.packet),
        }
        medians = "".join(f"{found:>9.2f}" for found in in_copies(works, d, repeats).values())
        print(f"{case.name:<28}{medians}{int(case.codec.bits(case.packet)[0]) / d:>15.4f}")


def show_speeds(d: int, repeats: int) -> None:
    """Millions of bytes of floats of 32 bits that one core encodes and decodes a second, with `encode = entropy`, by its own
    time, the least of several; and the bits above the entropy of the symbols' frequencies."""
    print(f"\n{'entropy, d = ' + str(d):<28}{'entropy':>10}{'above':>9}{'encode':>9}{'decode':>9}")
    for case in cases(d):
        if not case.name.endswith("entropy"):
            continue
        messages = case.codec.encode(case.packet)
        entries = getattr(case.packet, "levels", getattr(case.packet, "codes", None))[0]
        shares = np.unique(entries, return_counts=True)[1] / d
        entropy = -(shares * np.log2(shares)).sum()
        above = int(case.codec.bits(case.packet)[0]) / d / entropy - 1
        spent = [
            min(processor_seconds(work) for _ in range(repeats))
            for work in (lambda: case.codec.encode(case.packet), lambda: case.codec.decode(messages))  # noqa: B023
        ]
        speeds = "".join(f"{4e-6 * d / seconds:>9.0f}" for seconds in spent)
        print(f"{case.name:<28}{entropy:>10.4f}{above:>9.3%}{speeds}")


def show_sizes(d: int) -> None:
    """Mean bits of uniform index sets against log2 C(d, k)."""
    from cablese.runtime.codecs.sizes import entropy_index_bits, expected_index_bits

    print(f"\n{'index sets, d = ' + str(d):<28}{'log2 C / k':>12}{'above':>10}{'entropy':>10}")
    for share in SHARES:
        k = ceil(share * d)
        bound = (lgamma(d + 1) - lgamma(k + 1) - lgamma(d - k + 1)) / log(2)
        plain, coded = (found(d, k) / bound - 1 for found in (expected_index_bits, entropy_index_bits))
        print(f"{'k / d = ' + str(share):<28}{bound / k:>12.3f}{plain:>10.2%}{coded:>10.2%}")


def show_counting(repeats: int) -> None:
    """What counting exactly takes of a round with many small messages."""
    heading = f"n = {NODES}, d = {ENTRIES}"
    print(f"\n{heading:<44}{'a round':>12}{'counting':>12}{'share':>8}")
    for binding in (
        "rand_k(k = 10)",
        "rand_k(k = 100)",
        "rand_k(k = 400)",
        "quantize(s = 4)",
        "quantize(s = 4, encode = rice)",
        "quantize(s = 4, encode = entropy)",
        "natural(encode = entropy)",
    ):
        whole, spent, share = counting(binding, repeats)
        print(f"{binding:<44}{1e6 * whole:>9.0f} us{1e6 * spent:>9.0f} us{share:>8.1%}")


def main() -> None:
    keep_lines = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=keep_lines)
    parser.add_argument(
        "--table", choices=["time", "size", "count", "entropy"], action="append", help="default: all"
    )
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    wanted = options.table or ["time", "size", "count", "entropy"]
    with threadpool_limits(1):
        if "time" in wanted:
            show_times(options.entries, options.repeats)
        if "entropy" in wanted:
            show_speeds(options.entries, options.repeats)
        if "size" in wanted:
            show_sizes(options.entries)
        if "count" in wanted:
            show_counting(options.repeats)


if __name__ == "__main__":
    main()
