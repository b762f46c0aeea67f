"""The examples of docs/wire.md are what the encoders write, and larger messages have the bytes that they had.

Whoever changes a byte here changes the format: raise `WIRE_FORMAT`, and say so in the page and the changelog.
"""

import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cablese.runtime.codecs import WIRE_FORMAT
from cablese.runtime.codecs.codes import code_codec
from cablese.runtime.codecs.dense import DenseCodec
from cablese.runtime.codecs.integers import IntegerCodec
from cablese.runtime.codecs.levels import level_codec
from cablese.runtime.codecs.outliers import TailedCodec
from cablese.runtime.codecs.packets import (
    CodePacket,
    DensePacket,
    IndexPacket,
    IntegerPacket,
    KeptPacket,
    LevelPacket,
    MaskedPacket,
    OctetPacket,
    SignPacket,
    SparsePacket,
    TailedPacket,
)
from cablese.runtime.codecs.parts import KeptCodec
from cablese.runtime.codecs.scaled_bytes import OctetCodec
from cablese.runtime.codecs.signs import SignCodec
from cablese.runtime.codecs.sizes import ENCODINGS
from cablese.runtime.codecs.sparse import IndexCodec, SeededCodec, SparseCodec
from cablese.runtime.codecs.supports import MaskedCodec
from cablese.runtime.codecs.symbols import level_dtype

PAGE = (Path(__file__).parents[2] / "docs" / "wire.md").read_text(encoding="utf-8")
SHOWN = dict(re.findall(r"^Example (\S+): .*: `([0-9a-f ]*)`$", PAGE, re.MULTILINE))


def floats(*values: float) -> np.ndarray:
    return np.asarray([values], np.float32)


def sparse(d: int, *indices: int, encode: str = "fixed") -> tuple[Any, Any]:
    values = np.ones((1, len(indices)), np.float16)
    return SparseCodec(d, len(indices), 16, encode), SparsePacket(np.asarray([indices]), values)


def levels(s: int, encode: str, *values: int) -> tuple[Any, Any]:
    packet = LevelPacket(np.ones(1, np.float16), np.asarray([values], level_dtype(s)))
    return level_codec(len(values), s, 16, encode), packet


def codes(encode: str, *values: int) -> tuple[Any, Any]:
    return code_codec(len(values), 6, encode), CodePacket(np.asarray([values], np.uint16))


MASK = np.asarray([[False, True, False, False, True]])
TAIL = TailedPacket(
    np.ones(1, np.float16),
    np.asarray([[False, True, False, False, False]]),
    np.asarray([[True, False, False, False, True]]),
    np.asarray([[-1, 2, 0, 0, 1]], np.float16),
)
EXAMPLES = {
    "dense": (DenseCodec(3, 32), DensePacket(floats(1, -2, 0.5))),
    "rank": sparse(6, 1, 4),
    "gaps": sparse(100, *range(2, 100, 5)),
    "seeded": (SeededCodec(2, 16), sparse(6, 1, 4)[1]),
    "wide-rank": sparse(80, *range(0, 80, 2), encode="entropy"),
    "masked": (MaskedCodec(5, 32), MaskedPacket(MASK, floats(0, 1, 0, 0, -2))),
    "levels": levels(4, "fixed", 0, 1, -1, 2, 0, 0, 4, -4, 3),
    "trits": levels(1, "fixed", 1, 0, -1, 0, 1, 0, -1),
    "rice": levels(4, "rice", *[0] * 16, 3, *[0] * 10, -1),
    "entropy": levels(1, "entropy", *[0, 0, 1] * 100, -1),
    "codes": codes("fixed", 15, 0, 14 | 32),
    "code-rice": codes("rice", *[0] * 16, 15, 14 | 32),
    "signs": (SignCodec(10, 2, 32), SignPacket(floats(1, 0.5), np.arange(10)[None, :] % 3 == 0)),
    "octets": (
        OctetCodec(3, 2, 16, 255),
        OctetPacket(np.asarray([[1, 0.5]], np.float16), np.asarray([[127, 255, 0]], np.uint8)),
    ),
    "tail": (TailedCodec(5, 16), TAIL),
    "kept": (
        KeptCodec(SignCodec(2, 1, 16), IndexCodec(6, 2)),
        KeptPacket(
            IndexPacket(np.asarray([[1, 4]])),
            SignPacket(np.ones((1, 1), np.float16), np.asarray([[False, True]])),
        ),
    ),
    "integers": (IntegerCodec(3), IntegerPacket(np.asarray([[1, -3, 0]]))),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_page_s_examples_are_what_is_written(name: str) -> None:
    codec, packet = EXAMPLES[name]
    assert codec.encode(packet)[0].hex() == SHOWN[name].replace(" ", "")


def test_the_page_shows_all_examples_of_this_format() -> None:
    assert set(SHOWN) == set(EXAMPLES)
    assert f"format **{WIRE_FORMAT}**" in PAGE


# RandomState: its draws are the same in every version of NumPy.


def drawn_sparse(d: int, k: int, encode: str = "fixed") -> tuple[Any, Any]:
    rng = np.random.RandomState(d + k)
    indices = np.sort(np.stack([rng.permutation(d)[:k] for _ in range(2)]), axis=1)
    return SparseCodec(d, k, 32, encode), SparsePacket(indices, (indices / 7).astype(np.float32))


def drawn_masked(d: int, share: float) -> tuple[Any, Any]:
    mask = np.random.RandomState(d).random_sample((2, d)) < share
    return MaskedCodec(d, 32), MaskedPacket(mask, mask.astype(np.float32))


def drawn_levels(d: int, s: int, encode: str) -> tuple[Any, Any]:
    rng = np.random.RandomState(s)
    held = np.clip(rng.normal(s / 5, s / 3, (2, d)).round(), -s, s).astype(level_dtype(s))
    return level_codec(d, s, 32, encode), LevelPacket(np.ones(2, np.float32), held)


def drawn_codes(d: int, encode: str) -> tuple[Any, Any]:
    rng = np.random.RandomState(d)
    held = 120 - rng.geometric(0.5, (2, d)) + 256 * (rng.random_sample((2, d)) < 0.1)
    return code_codec(d, 9, encode), CodePacket(held.astype(np.uint16))


def drawn_tails(d: int) -> tuple[Any, Any]:
    drawn = np.random.RandomState(d).random_sample((2, d))
    masks = drawn < 0.05, (drawn >= 0.05) & (drawn < 0.3)
    values = (2 * masks[0] - 1.0 * masks[1]).astype(np.float32)
    return TailedCodec(d, 32), TailedPacket(np.ones(2, np.float32), *masks, values)


def drawn_integers(d: int, most: int) -> tuple[Any, Any]:
    return IntegerCodec(d), IntegerPacket(
        np.random.RandomState(d).randint(-most, most, (2, d)).astype(np.int64)
    )


LARGER = {
    "rank": drawn_sparse(1000, 5),
    "gaps, divisor 7": drawn_sparse(1000, 90),
    "gaps, divisor 1": drawn_sparse(1000, 450),
    "gaps of the absent": drawn_sparse(1000, 900),
    "coded set": drawn_sparse(5000, 2000, "entropy"),
    "masked": drawn_masked(1000, 0.05),
    **{f"levels, s = {s}, {e}": drawn_levels(6003, s, e) for s in (1, 4, 300, 1 << 18) for e in ENCODINGS},
    **{f"codes, {e}": drawn_codes(2003, e) for e in ENCODINGS},
    "tail": drawn_tails(1000),
    "integers": drawn_integers(1001, 300),
}


def test_larger_messages_have_the_bytes_that_they_had(golden: Any) -> None:
    lines = [f"format {WIRE_FORMAT}"]
    for name, (codec, packet) in LARGER.items():
        messages = codec.encode(packet)
        sizes = " ".join(str(len(message)) for message in messages)
        lines.append(f"{name}: {sizes} bytes, {sha256(b''.join(messages)).hexdigest()[:32]}")
    golden("wire.txt", "\n".join(lines) + "\n")
