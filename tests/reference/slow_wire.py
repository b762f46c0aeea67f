"""Compressors on one vector, and every message as bytes: encoded, measured, decoded; sizes are counted a second time."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from cablese.runtime.codecs.codes import code_codec
from cablese.runtime.codecs.dense import DenseCodec
from cablese.runtime.codecs.integers import IntegerCodec
from cablese.runtime.codecs.levels import level_codec
from cablese.runtime.codecs.outliers import TailedCodec
from cablese.runtime.codecs.packets import (
    CodePacket,
    DensePacket,
    IntegerPacket,
    LevelPacket,
    MaskedPacket,
    OctetPacket,
    SignPacket,
    SparsePacket,
    TailedPacket,
)
from cablese.runtime.codecs.plain import BagCodec, BoolCodec, IntCodec, MaskCodec, NodeSetCodec, RealCodec
from cablese.runtime.codecs.scaled_bytes import OctetCodec
from cablese.runtime.codecs.signs import SignCodec
from cablese.runtime.codecs.sparse import SparseCodec
from cablese.runtime.codecs.supports import MaskedCodec
from cablese.runtime.codecs.symbols import level_dtype
from slow_draws import Members, subset, subset_words
from slow_encodings import code_bits, fixed_bits, level_bits, log2_ceil

Vector = np.ndarray[Any, Any]
EXPONENT_BITS = {16: 5, 32: 8, 64: 11}
LEAST_EXPONENT = {16: -14, 32: -126, 64: -1022}
MANTISSA = 52
UNKNOWN_INT = (-(2**31), 2**31 - 1)


@dataclass(frozen=True)
class Sent:
    """A value as its receivers have it, and the bits of its message."""

    value: Any
    bits: int
    written: Any = None  # of a compressed vector the coordinates in its message, None for all
    paper: int | None = None  # the bits that papers count, None where it is all

    @property
    def counted(self) -> int:
        """Bits as papers count them."""
        return self.bits if self.paper is None else self.paper


def travel(codec: Any, packet: Any, bits: int) -> Any:
    """A message of one packet there and back."""
    (message,) = codec.encode(packet)
    assert len(message) == -(-bits // 8), f"{len(message)} bytes for {bits} bits"
    return codec.decode([message])


def rounded(vector: Vector, float_bits: int) -> Vector:
    """To the wire's floats, in their type."""
    with np.errstate(all="ignore"):
        return vector.astype(f"f{float_bits // 8}")


# --- what is sent as it is -----------------------------------------------------------------------------------


def send_vector(vector: Vector, float_bits: int) -> Sent:
    """d wire floats."""
    d = len(vector)
    packet = DensePacket(rounded(vector, float_bits)[None, :])
    arrived = travel(DenseCodec(d, float_bits), packet, d * float_bits)
    return Sent(arrived.values[0].astype(np.float64), d * float_bits)


def send_plain(kind: str, value: Any, n: int, float_bits: int, span: tuple[int, int]) -> Sent:
    """A bool, an int of the range `span`, a real, a mask or nodes."""
    match kind:
        case "bool":
            return _one(BoolCodec(), bool(value), 1)
        case "int":
            return _one(IntCodec(*span), int(value), log2_ceil(span[1] - span[0] + 1))
        case "real":
            return _one(RealCodec(float_bits), float(value), float_bits)
        case "mask":
            return _one(MaskCodec(len(value)), value, len(value))
        case _:
            return _send_nodes(value, n)


def _send_nodes(members: Members, n: int) -> Sent:
    nodes = np.asarray([node for node, _ in members.pairs], dtype=np.int64)
    listed = len(nodes) * log2_ceil(n)
    if members.most is None:
        arrived = _one(NodeSetCodec(n), nodes, 1 + min(n, log2_ceil(n + 1) + listed))
    else:
        arrived = _one(BagCodec(n, members.most), nodes, log2_ceil(members.most + 1) + listed)
    assert arrived.value.tolist() == nodes.tolist()
    return Sent(members, arrived.bits)


def _one(codec: Any, value: Any, bits: int) -> Sent:
    message = codec.encode(value)
    assert len(message) == -(-bits // 8), f"{len(message)} bytes for {bits} bits"
    return Sent(codec.decode(message), bits)


# --- compressors ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Squeezer:
    """A compressor with its arguments; `word_count` words make one message.

    With an inner one it is what that keeps that is squeezed: d is how many entries.
    `lengths` and `shapes` are those of the model's blocks.
    """

    name: str
    arguments: Mapping[str, Any]
    d: int
    float_bits: int
    inner: Squeezer | None = None
    lengths: tuple[int, ...] = ()
    shapes: tuple[tuple[int, ...], ...] = ()
    nodes: int = 1  # of the run
    node: int = 0  # the one that compresses, for a draw that all share
    alike: bool = False  # whether nodes share its draws

    @property
    def word_count(self) -> int:
        """Random words of one message."""
        return self._own_words + (0 if self.inner is None else self.inner.word_count)

    @property
    def _own_words(self) -> int:
        match self.name:
            case "mixed":
                return sum(part.word_count for part in self.parts)
            case "contracted":
                return int(self.arguments["Q"].word_count)
            case "rand_k":
                return subset_words(self.d, self.arguments["k"])
            case "quantize" | "ternary" | "rand_p" | "mvss":
                return (self.d + 1) // 2
            case "natural" | "natural_dithering":
                return self.d
            case "perm_k":
                return self.d + self.nodes
            case _:
                return 0

    def __call__(self, vector: Vector, drawn: list[int]) -> Sent:
        """What the decoder returns, and the bits of the message."""
        with np.errstate(all="ignore"):
            if self.inner is not None:
                return _composed(self, vector, drawn)
            sent = _SQUEEZERS[self.name](self, vector, drawn)
            return sent if sent.paper is not None else replace(sent, paper=self._paper(sent))

    def _paper(self, sent: Sent) -> int:
        """By what was sent, where a paper does not count all messages alike."""
        if self.name in ("rand_p", "threshold_k", "perm_k"):
            return self.float_bits * sum(1 for x in sent.value if x != 0)
        return sent.bits - 6 if self.name == "round_to" else round(self.figure("paper"))

    def figure(self, name: str) -> float:
        """One of the language's; a share is the paper's count over that of d floats."""
        if name == "share":
            return self.figure("paper") / self.chain[-1].d / self.float_bits
        if name in ("ab_A", "ab_B"):
            return self._ab(name)
        if self.inner is not None:
            return _composed_figure(self.inner, replace(self, inner=None), name)
        return _paper(self) if name == "paper" else _FIGURES[self.name, name](self)

    def _ab(self, name: str) -> float:
        """Constants of the AB-inequality: of perm_k two alike, of what is drawn for each node A alone."""
        if self.name == "perm_k":
            s = _copies(self)
            return (self.nodes - s) / (s * (self.nodes - 1)) if self.nodes > 1 else 0.0
        if name == "ab_B":
            return 0.0
        return self.figure("omega") / (1 if self.alike else self.nodes)

    @property
    def parts(self) -> list[Squeezer]:
        """Of `mixed`, one for each block of the model."""
        whole = Squeezer("identity", {}, 0, self.float_bits)
        return [
            replace(
                self.arguments["C"] if length > self.arguments.get("threshold", 65536) else whole, d=length
            )
            for length in self.lengths
        ]

    @property
    def chain(self) -> list[Squeezer]:
        """The parts of a composition, the outer one first, alone."""
        return [replace(self, inner=None), *([] if self.inner is None else self.inner.chain)]

    @property
    def unbiased(self) -> bool:
        """True for a compressor that has an omega of its own, arguments given."""
        return (
            (self.name, "omega") in _FIGURES
            and self.name != "identity"
            and bool(self.arguments.get("scaled", True))
        )

    @property
    def varies(self) -> bool:
        """Whether messages differ in size."""
        if self.name in ("rand_k", "top_k"):
            return _rank_bits(self.d, min(self.arguments["k"], self.d - self.arguments["k"])) is None
        fixed = self.arguments.get("encode", "fixed") == "fixed"
        return not fixed or self.name in ("rand_p", "threshold_k", "mvss", "round_to", "perm_k")


def _composed(squeezer: Squeezer, vector: Vector, drawn: list[int]) -> Sent:
    """The coordinates that all behind the first keep; of their values, not rounded in between, what the first makes. One
    that keeps coordinates, too, sends the values left, with one set."""
    inner, outer = squeezer.inner, replace(squeezer, inner=None)
    assert inner is not None
    kept, values = _kept(inner, vector, drawn[: inner.word_count])
    own, d = drawn[inner.word_count :], len(vector)
    if outer.name in ("rand_k", "top_k"):
        places, scaled = _kept(outer, values, own)
        full = np.zeros(d)
        full[[kept[place] for place in places]] = scaled
        sent = _send_sparse(replace(outer, d=d), [kept[place] for place in places], full)
        return replace(sent, paper=len(places) * outer.float_bits)
    sent = outer(values, own)
    result = np.zeros(d)
    result[kept] = sent.value
    lengths = 32 * (outer.varies and _rank_bits(d, min(len(kept), d - len(kept))) is None)
    paper = sent.counted + log2_ceil(math.comb(d, len(kept)))
    bits = lengths + -(-sent.bits // 8) * 8 + set_bits(d, kept)
    return Sent(result, bits, np.asarray(kept), paper)


def _kept(squeezer: Squeezer, vector: Vector, drawn: list[int]) -> tuple[list[int], Vector]:
    """The coordinates that are kept, by one compressor or by several, and their values."""
    inner, at = squeezer.inner, list(range(len(vector)))
    if inner is not None:
        at, vector = _kept(inner, vector, drawn[: inner.word_count])
        drawn, squeezer = drawn[inner.word_count :], replace(squeezer, inner=None)
    if squeezer.name == "top_k":
        places, scale = _largest(squeezer, vector), 1.0
    else:
        places = list(subset(squeezer.d, squeezer.arguments["k"], drawn))
        scale = squeezer.d / len(places) if squeezer.arguments.get("scaled", True) else 1.0
    return [at[place] for place in places], (vector * scale)[places]


def _composed_figure(inner: Squeezer, outer: Squeezer, name: str) -> float:
    """From the outer end on: 1 + omega are multiplied, deltas too; what is unbiased in front of a contraction adds its
    omega to what that one leaves."""
    if name not in ("omega", "delta"):
        free = name != "paper" or outer.name in ("rand_k", "top_k")
        sets = 0 if free else log2_ceil(math.comb(inner.chain[-1].d, inner.arguments["k"]))
        return outer.figure(name) + sets
    first, *others = [outer, *inner.chain]
    unbiased, figure = first.unbiased, first.figure("omega" if first.unbiased else "delta")
    for part in others:
        if part.unbiased:
            figure = (1 + figure) * (1 + part.figure("omega")) - 1
        else:
            own = part.figure("delta")
            figure, unbiased = own / (1 - figure) if unbiased else own * figure, False
    return figure


def _mixed(squeezer: Squeezer, vector: Vector, drawn: list[int]) -> Sent:
    """Block by block."""
    values, bits, first, word, paper = [], 0, 0, 0, 0
    for place, part in enumerate(squeezer.parts):
        sent = part(vector[first : first + part.d], drawn[word : word + part.word_count])
        values.append(sent.value)
        paper += sent.counted
        bits += sent.bits if place + 1 == len(squeezer.parts) else -(-sent.bits // 8) * 8
        first, word = first + part.d, word + part.word_count
    varying = sum(part.varies for part in squeezer.parts)
    return Sent(np.concatenate(values), bits + 32 * max(0, varying - 1), None, paper)


def _contracted(squeezer: Squeezer, vector: Vector, drawn: list[int]) -> Sent:
    """The message of Q, of which the receiver divides the values."""
    inner = squeezer.arguments["Q"]
    sent = inner(vector, drawn)
    divisor = 1 + inner.figure("omega") if squeezer.arguments.get("divided", True) else 1.0
    return replace(sent, value=sent.value / divisor)


def _identity(squeezer: Squeezer, vector: Vector, drawn: list[int]) -> Sent:
    return send_vector(vector, squeezer.float_bits)


def _rand_k(squeezer: Squeezer, vector: Vector, drawn: list[int]) -> Sent:
    k = squeezer.arguments["k"]
    scale = squeezer.d / k if squeezer.arguments.get("scaled", True) else 1.0
    return _send_sparse(squeezer, subset(squeezer.d, k, drawn), vector * scale)


def _top_k(squeezer: Squeezer, vector: Vector, drawn: list[int]) -> Sent:
    return _send_sparse(squeezer, _largest(squeezer, vector), vector)


def _largest(squeezer: Squeezer, vector: Vector) -> list[int]:
    sizes = np.where(np.isnan(vector), np.inf, np.abs(vector))
    by_size = sorted(range(squeezer.d), key=lambda j: (-sizes[j], j))
    return sorted(by_size[: squeezer.arguments["k"]])


def _send_sparse(squeezer: Squeezer, kept: list[int], vector: Vector) -> Sent:
    d, float_bits = squeezer.d, squeezer.float_bits
    indices = np.asarray(kept, dtype=np.int64)
    packet = SparsePacket(indices[None, :], rounded(vector[indices], float_bits)[None, :])
    bits = len(kept) * float_bits + set_bits(d, kept)
    arrived = travel(SparseCodec(d, len(kept), float_bits), packet, bits)
    result = np.zeros(d)
    result[arrived.indices[0]] = arrived.values[0]
    return Sent(result, bits, arrived.indices[0])


def _quantize(squeezer: Squeezer, vector: Vector, drawn: list[int]) -> Sent:
    s, d, float_bits = squeezer.arguments["s"], squeezer.d, squeezer.float_bits
    scale = _rounded_up(_norm(vector, squeezer.arguments.get("norm", 2)), float_bits)
    coins = [word >> half & 0xFFFFFFFF for word in drawn for half in (0, 32)][:d]
    levels = [_level(entry, float(scale), s, coin) for entry, coin in zip(vector, coins, strict=True)]
    packet = LevelPacket(np.asarray([scale]), np.asarray([levels], dtype=level_dtype(s)))
    encode = squeezer.arguments.get("encode", "fixed")
    bits = float_bits + level_bits(levels, s, encode, set_bits)
    arrived = travel(level_codec(d, s, float_bits, encode), packet, bits)
    norm = np.float64(arrived.scales[0])
    return Sent(np.asarray([level * norm / s for level in arrived.levels[0].astype(np.float64)]), bits)


def _ternary(squeezer: Squeezer, vector: Vector, drawn: list[int]) -> Sent:
    """The largest magnitude is the one level."""
    arguments = {**squeezer.arguments, "s": 1, "norm": math.inf}
    return _quantize(replace(squeezer, arguments=arguments), vector, drawn)


def _rand_p(squeezer: Squeezer, vector: Vector, drawn: list[int]) -> Sent:
    """Each entry by a coin of 32 bits."""
    heads = _heads(squeezer)
    coins = [word >> half & 0xFFFFFFFF for word in drawn for half in (0, 32)][: squeezer.d]
    return _send_some(squeezer, [coin < heads for coin in coins], vector / (heads / 2**32))


def _perm_k(squeezer: Squeezer, vector: Vector, drawn: list[int]) -> Sent:
    """Coordinates in a random order are dealt to the nodes in a random order, s nodes each, round and round."""
    d, n, s = squeezer.d, squeezer.nodes, _copies(squeezer)
    place = sorted(range(d), key=lambda j: drawn[j])  # of coordinate j: any random order would do
    seat = sorted(range(n), key=lambda i: drawn[d + i])
    dealt = {j: {(place[j] * s + a) % n for a in range(s)} for j in range(d)}
    return _send_some(squeezer, [seat[squeezer.node] in dealt[j] for j in range(d)], vector * (n / s))


def _copies(squeezer: Squeezer) -> int:
    return squeezer.arguments.get("s", 0) or max(1, squeezer.nodes // squeezer.d)


def _heads(squeezer: Squeezer) -> int:
    return max(1, round(squeezer.arguments["p"] * 2**32))


def _threshold_k(squeezer: Squeezer, vector: Vector, drawn: list[int]) -> Sent:
    return _send_some(squeezer, [abs(x) >= squeezer.arguments["t"] for x in vector], vector)


def _send_some(squeezer: Squeezer, there: list[bool], vector: Vector) -> Sent:
    """Floats, the set, and how many there are."""
    d, float_bits = squeezer.d, squeezer.float_bits
    kept = [j for j in range(d) if there[j]]
    values = rounded(np.where(there, vector, 0.0), float_bits)
    bits = len(kept) * float_bits + set_bits(d, kept) + log2_ceil(d + 1)
    packet = MaskedPacket(np.asarray([there]), values[None, :])
    arrived = travel(MaskedCodec(d, float_bits), packet, bits)
    return Sent(arrived.values[0].astype(np.float64), bits, np.flatnonzero(arrived.mask[0]))


def _norm(vector: Vector, which: Any) -> np.float64:
    if which in ("inf", math.inf):
        return np.float64(np.max(np.abs(vector)))
    squares = np.sum(vector * vector)
    return np.float64(0) if squares < 2.0**-1000 else np.float64(np.sqrt(squares))


def _rounded_up(norm: np.float64, float_bits: int) -> Any:
    nearest = norm.astype(f"f{float_bits // 8}")
    return np.nextafter(nearest, nearest.dtype.type(np.inf)) if np.float64(nearest) < norm else nearest


def _level(entry: float, scale: float, s: int, coin: int) -> int:
    """sign(x) floor(s |x| / norm + u) in fixed point; u are the upper bits of a coin of 32, as many as are behind the
    point."""
    if scale == 0 or not math.isfinite(scale):
        return 0
    behind = 31 - s.bit_length() if s < 128 else min(32, 63 - s.bit_length())
    level = (round(math.ldexp(abs(entry) / scale * s, behind)) + (coin >> 32 - behind)) // 2**behind
    return -level if entry < 0 else level


def _natural(squeezer: Squeezer, vector: Vector, drawn: list[int]) -> Sent:
    d, float_bits = squeezer.d, squeezer.float_bits
    field = EXPONENT_BITS[float_bits]
    codes = [_code(float(x), float_bits, w >> (64 - MANTISSA)) for x, w in zip(vector, drawn, strict=True)]
    packet = CodePacket(np.asarray([codes], dtype=np.uint16))
    encode = squeezer.arguments.get("encode", "fixed")
    bits = code_bits(codes, 1 + field, encode, set_bits)
    arrived = travel(code_codec(d, 1 + field, encode), packet, bits).codes[0].tolist()
    return Sent(np.asarray([_power_of(code, float_bits) for code in arrived]), bits)


def _code(x: float, float_bits: int, fraction: int) -> int:
    """Sign and exponent field; field 0 is zero."""
    field, least = EXPONENT_BITS[float_bits], LEAST_EXPONENT[float_bits]
    sign = (math.copysign(1, x) < 0) << field
    if not math.isfinite(x):
        return sign | ((1 << field) - 1)
    return sign | min(_power(x, least, fraction), (1 << field) - 2)


def _power(x: float, least: int, fraction: int) -> int:
    """0 for 0, 1 for 2^least, 2 for the next power: |x| goes up with the chance of its place between two."""
    if abs(x) < math.ldexp(1, least):
        exponent, place = least - 1, round(math.ldexp(abs(x), MANTISSA - least))
    else:
        exponent = math.frexp(abs(x))[1] - 1
        place = int(math.ldexp(abs(x), MANTISSA - exponent)) - (1 << MANTISSA)
    return exponent + (place + fraction >= 1 << MANTISSA) - least + 1


def _natural_dithering(squeezer: Squeezer, vector: Vector, drawn: list[int]) -> Sent:
    """Level l > 0 is 2^(l - s) of the norm."""
    s, d, float_bits = squeezer.arguments["s"], squeezer.d, squeezer.float_bits
    scale = _rounded_up(_norm(vector, squeezer.arguments.get("norm", 2)), float_bits)
    levels = []
    for entry, word in zip(vector, drawn, strict=True):
        share = entry / float(scale) if scale > 0 else 0.0
        level = _power(float(share), 1 - s, word >> (64 - MANTISSA)) if math.isfinite(share) else 0
        levels.append(-level if entry < 0 else level)
    packet = LevelPacket(np.asarray([scale]), np.asarray([levels], dtype=level_dtype(s)))
    encode = squeezer.arguments.get("encode", "fixed")
    bits = float_bits + level_bits(levels, s, encode, set_bits)
    arrived = travel(level_codec(d, s, float_bits, encode), packet, bits)
    norm = float(arrived.scales[0])
    found = [int(level) for level in arrived.levels[0]]
    return Sent(np.asarray([math.copysign(bool(at) * 2.0 ** (abs(at) - s), at) * norm for at in found]), bits)


def _mvss(squeezer: Squeezer, vector: Vector, drawn: list[int]) -> Sent:
    """Entries of the size m and more as they are; of the others some, as plus or minus m."""
    d, float_bits = squeezer.d, squeezer.float_bits
    size = float(rounded(np.asarray(_size(np.abs(vector), squeezer.arguments["density"] * d)), float_bits))
    coins = [word >> half & 0xFFFFFFFF for word in drawn for half in (0, 32)][:d]
    large = [abs(x) >= size and x != 0 for x in vector]
    signs = [
        0 if size == 0 or many else _level(x, size, 1, coin)
        for x, many, coin in zip(vector, large, coins, strict=True)
    ]
    values = np.asarray(
        [x if many else sign * size for x, many, sign in zip(vector, large, signs, strict=True)]
    )
    small = np.asarray(signs) != 0
    packet = TailedPacket(
        rounded(np.asarray([size]), float_bits),
        np.asarray([large]),
        small[None, :],
        rounded(np.where(small | np.asarray(large), values, 0.0), float_bits)[None, :],
    )
    sets = [[j for j in range(d) if mask[j]] for mask in (large, small)]
    bits = float_bits * (1 + len(sets[0])) + len(sets[1]) + sum(set_bits(d, kept) for kept in sets)
    bits += 2 * log2_ceil(d + 1)
    place = log2_ceil(d)
    paper = len(sets[0]) * (float_bits + place) + min(2 * d, len(sets[1]) * place) + float_bits
    arrived = travel(TailedCodec(d, float_bits), packet, bits)
    return Sent(arrived.values[0].astype(np.float64), bits, None, paper)


def _size(magnitudes: Vector, budget: float) -> float:
    """m such that min(|x_j| / m, 1) sum up to the budget: with one entry after the other kept for certain."""
    size, certain = float(np.sum(magnitudes)) / budget, -1
    while True:
        small = magnitudes < size
        above = int(np.sum(~small & (magnitudes > 0)))
        if above == certain:
            return size
        certain, rest, left = above, float(np.sum(np.where(small, magnitudes, 0.0))), budget - above
        if rest == 0:
            size = 0.0
        elif left > 0:
            size = min(size, rest / left)


def _eight_bits(squeezer: Squeezer, vector: Vector, drawn: list[int]) -> Sent:
    """Block by block, entry by entry."""
    d, float_bits, size = squeezer.d, squeezer.float_bits, squeezer.arguments.get("block", 4096)
    linear = squeezer.name == "linear8"
    scales, codes = [], []
    for first in range(0, d, size):
        block = vector[first : first + size]
        scale = _rounded_up(np.float64(np.max(np.abs(block)) / (127 if linear else 1)), float_bits)
        scales.append(scale)
        for x in block:
            share = x / float(scale) if scale > 0 and math.isfinite(scale) else 0.0
            codes.append(round(share) if linear else bisect.bisect_left(_BORDERS, share) - 127)
    packet = OctetPacket(np.asarray([scales]), np.asarray([[code % 256 for code in codes]], dtype=np.uint8))
    bits = float_bits * len(scales) + 8 * d
    arrived = travel(OctetCodec(d, len(scales), float_bits, 255 if linear else 256), packet, bits)
    values = []
    for j, octet in enumerate(arrived.codes[0].tolist()):
        number = (octet + 127) % 256 - 127
        scale = float(arrived.scales[0][j // size])
        values.append((number if linear else _TREE[number + 127]) * scale)
    return Sent(np.asarray(values), bits)


def _tree() -> list[float]:
    """Of each decade below 1 the middles of 1, 2, 4, ... 64 parts, both signs; 0 and 1."""
    above = []
    for i in range(7):
        above += [(0.1 + (j + 0.5) * 0.9 / 2**i) * 10.0 ** (i - 6) for j in range(2**i)]
    return [*(-value for value in reversed(above)), 0.0, *above, 1.0]


_TREE = _tree()
_BORDERS = [(a + b) / 2 for a, b in itertools.pairwise(_TREE)]


def _round_to(squeezer: Squeezer, vector: Vector, drawn: list[int]) -> Sent:
    """Whole steps, as many bits each as the largest number of them needs, with its sign."""
    h = squeezer.arguments["h"]
    numbers = [round(x / h) if math.isfinite(x) else 0 for x in vector]
    most = max(map(abs, numbers))
    bits = 6 + squeezer.d * log2_ceil(2 * most + 1)
    packet = IntegerPacket(np.asarray([numbers], dtype=np.int64))
    arrived = travel(IntegerCodec(squeezer.d), packet, bits)
    return Sent(np.asarray([float(number) * h for number in arrived.numbers[0]]), bits)


def _power_of(code: int, float_bits: int) -> float:
    field, least = EXPONENT_BITS[float_bits], LEAST_EXPONENT[float_bits]
    exponent = code & ((1 << field) - 1)
    sign = -1.0 if code >> field else 1.0
    if exponent == (1 << field) - 1:
        return sign * math.inf
    return sign * (math.ldexp(1, exponent - 1 + least) if exponent else 0.0)


def _lengths(squeezer: Squeezer) -> list[int]:
    """Of the blocks that have a magnitude of their own."""
    size = {"sign": 0, "scaled_sign": squeezer.d}.get(squeezer.name) or squeezer.arguments.get("size", 0)
    if squeezer.name == "block_sign" and not size:
        return list(squeezer.lengths)
    return [min(size, squeezer.d - first) for first in range(0, squeezer.d, size)] if size else []


def _signs(squeezer: Squeezer, vector: Vector, drawn: list[int]) -> Sent:
    """The sign of every entry, times the mean magnitude of its block."""
    d, float_bits, lengths = squeezer.d, squeezer.float_bits, _lengths(squeezer)
    blocks = np.split(np.abs(vector), np.cumsum(lengths)[:-1]) if lengths else []
    means = rounded(np.asarray([np.sum(block) / len(block) for block in blocks]), float_bits)
    packet = SignPacket(means[None, :], (vector < 0)[None, :])
    bits = len(lengths) * float_bits + d
    arrived = travel(SignCodec(d, len(lengths), float_bits), packet, bits)
    sizes = np.repeat(arrived.scales[0].astype(np.float64), lengths) if lengths else np.ones(d)
    return Sent(np.where(arrived.negative[0], -sizes, sizes), bits)


_SQUEEZERS: Mapping[str, Callable[[Squeezer, Vector, list[int]], Sent]] = {
    "identity": _identity,
    "rand_k": _rand_k,
    "top_k": _top_k,
    "quantize": _quantize,
    "natural": _natural,
    "natural_dithering": _natural_dithering,
    "mvss": _mvss,
    "linear8": _eight_bits,
    "tree8": _eight_bits,
    "round_to": _round_to,
    "mixed": _mixed,
    "contracted": _contracted,
    "perm_k": _perm_k,
    "ternary": _ternary,
    "rand_p": _rand_p,
    "threshold_k": _threshold_k,
    "sign": _signs,
    "scaled_sign": _signs,
    "block_sign": _signs,
}


# --- figures -------------------------------------------------------------------------------------------------


def _quantize_omega(squeezer: Squeezer) -> float:
    s, root = squeezer.arguments["s"], math.sqrt(squeezer.d)
    if squeezer.arguments.get("norm", 2) == 2:
        return root - 1 if s == 1 else min(squeezer.d / (4 * s * s), root / s)
    return (root - 1) / 2 if s == 1 else min(squeezer.d / (4 * s * s), (1 + root) / (2 * s))


def _floats(squeezer: Squeezer) -> int:
    from slow_collective import floats

    return floats(squeezer)


@cache
def _tree_loss(length: int) -> float:
    """The worst relative loss of a block: one entry is -1, the others are equal and lie on a border; all are tried."""
    first = (1 + _TREE[0]) ** 2
    return max(
        (first + others * min((x - v) ** 2 for v in _TREE)) / (1 + others * x * x)
        for x in _BORDERS
        for others in (0, length - 1)
    )


def _dithering_omega(squeezer: Squeezer) -> float:
    s = squeezer.arguments["s"]
    if s == 1:
        return _quantize_omega(squeezer)
    k = math.sqrt(squeezer.d) * 2.0 ** (1 - s)
    return 1 / 8 + min(k * k / 4, k)


def _quantize_density(squeezer: Squeezer) -> float:
    s = squeezer.arguments["s"]
    if squeezer.arguments.get("norm", 2) != 2:
        return float(squeezer.d)
    return min(float(squeezer.d), s * (s + math.sqrt(squeezer.d)))


def _sparse_bits(squeezer: Squeezer) -> float:
    """Of a uniformly random set of k coordinates."""
    d, k = squeezer.d, squeezer.arguments["k"]
    count = min(k, d - k)
    rank = _rank_bits(d, count)
    if rank is not None:
        return float(k * squeezer.float_bits + rank)
    divisor = _divisor(d, count)
    return float(k * squeezer.float_bits + count * _mean_gap_bits(d, count, divisor))


_FIGURES: Mapping[tuple[str, str], Callable[[Squeezer], float]] = {
    ("identity", "omega"): lambda q: 0.0,
    ("identity", "delta"): lambda q: 1.0,
    ("identity", "density"): lambda q: float(q.d),
    ("identity", "bits"): lambda q: float(q.d * q.float_bits),
    ("rand_k", "omega"): lambda q: q.d / q.arguments["k"] - 1,
    ("rand_k", "delta"): lambda q: q.d / q.arguments["k"],
    ("rand_k", "density"): lambda q: float(q.arguments["k"]),
    ("rand_k", "bits"): _sparse_bits,
    ("top_k", "bits"): _sparse_bits,
    ("top_k", "delta"): lambda q: q.d / q.arguments["k"],
    ("top_k", "density"): lambda q: float(q.arguments["k"]),
    ("quantize", "omega"): _quantize_omega,
    ("quantize", "density"): _quantize_density,
    ("quantize", "bits"): lambda q: float(q.float_bits + fixed_bits(q.d, 2 * q.arguments["s"] + 1)),
    **{
        (name, figure): count
        for name in ("sign", "scaled_sign", "block_sign")
        for figure, count in {
            "delta": lambda q: float(max(_lengths(q))),
            "density": lambda q: float(q.d),
            "bits": lambda q: float(q.d + len(_lengths(q)) * q.float_bits),
        }.items()
    },
    ("ternary", "omega"): lambda q: (math.sqrt(q.d) - 1) / 2,
    ("ternary", "density"): lambda q: float(q.d),
    ("ternary", "bits"): lambda q: float(q.float_bits + fixed_bits(q.d, 3)),
    ("rand_p", "omega"): lambda q: 2**32 / _heads(q) - 1,
    ("rand_p", "density"): lambda q: _heads(q) / 2**32 * q.d,
    ("threshold_k", "density"): lambda q: float(q.d),
    ("natural_dithering", "omega"): _dithering_omega,
    ("natural_dithering", "density"): lambda q: (
        float(q.d)
        if q.arguments.get("norm", 2) != 2
        else min(float(q.d), math.sqrt(q.d) * 2.0 ** (q.arguments["s"] - 1))
    ),
    ("tree8", "delta"): lambda q: 1 / (1 - _tree_loss(min(q.arguments.get("block", 4096), q.d))),
    ("natural_dithering", "bits"): lambda q: float(q.float_bits + fixed_bits(q.d, 2 * q.arguments["s"] + 1)),
    **{(name, "bits"): lambda q: float(_floats(q) * q.float_bits) for name in ("power_sgd", "sketch")},
    ("power_sgd", "density"): lambda q: float(q.d),
    ("sketch", "density"): lambda q: float(q.arguments["k"]),
    ("perm_k", "omega"): lambda q: q.nodes / _copies(q) - 1,
    ("perm_k", "density"): lambda q: _copies(q) * q.d / q.nodes,
    ("contracted", "delta"): lambda q: (
        1 + q.arguments["Q"].figure("omega")
        if q.arguments.get("divided", True)
        else 1 / (1 - q.arguments["Q"].figure("omega"))
    ),
    **{
        ("contracted", figure): lambda q, figure=figure: q.arguments["Q"].figure(figure)  # type: ignore[misc]
        for figure in ("omega", "density", "bits")
    },
    ("mixed", "omega"): lambda q: max(part.figure("omega") for part in q.parts),
    ("mixed", "delta"): lambda q: max(part.figure("delta") for part in q.parts),
    ("mixed", "density"): lambda q: sum(part.figure("density") for part in q.parts),
    ("mixed", "bits"): lambda q: sum(part.figure("bits") for part in q.parts),
    ("mvss", "omega"): lambda q: 1 / q.arguments["density"] - 1,
    ("mvss", "density"): lambda q: q.arguments["density"] * q.d,
    ("linear8", "delta"): lambda q: 1 + (min(q.arguments["block"], q.d) - 1) / 64516,
    **{(name, "density"): lambda q: float(q.d) for name in ("linear8", "tree8", "round_to")},
    **{
        (name, "bits"): lambda q: float(8 * q.d + -(-q.d // q.arguments.get("block", 4096)) * q.float_bits)
        for name in ("linear8", "tree8")
    },
    ("natural", "omega"): lambda q: 0.125,
    ("natural", "density"): lambda q: float(q.d),
    ("natural", "bits"): lambda q: float(q.d * (1 + EXPONENT_BITS[q.float_bits])),
}


def _paper(squeezer: Squeezer) -> float:
    """A message's bits as papers count them: some families by fields, others by floats of what is not 0."""
    d, float_bits, name = squeezer.d, squeezer.float_bits, squeezer.name
    match name:
        case "natural":
            return d * (1 + EXPONENT_BITS[float_bits])
        case "ternary":
            return 2 * d + float_bits
        case "quantize" | "natural_dithering":
            return _paper_levels(squeezer)
        case "mvss":
            return (float_bits + log2_ceil(d)) * squeezer.figure("density") + float_bits
        case "round_to":
            return 63 * d
        case "sign" | "scaled_sign" | "block_sign" | "linear8" | "tree8" | "power_sgd" | "sketch":
            return squeezer.figure("bits")
        case "mixed":
            return sum(part.figure("paper") for part in squeezer.parts)
        case "contracted":
            return float(squeezer.arguments["Q"].figure("paper"))
        case _:
            return float_bits * squeezer.figure("density")


def _paper_levels(squeezer: Squeezer) -> float:
    d, s = squeezer.d, squeezer.arguments["s"]
    fields = fixed_bits(d, 2 * s + 1)
    coded = squeezer.arguments.get("encode", "fixed") != "fixed" and squeezer.arguments.get("norm", 2) == 2
    if squeezer.name == "quantize" and coded:
        kept = s**2 + s * d**0.5
        fields = min(fields, math.ceil(3 * kept + 1.5 * kept * math.log2(2 * (d + s**2) / kept)))
    return squeezer.float_bits + fields


# --- sizes of index sets -------------------------------------------------------------------------------------


def set_bits(d: int, kept: list[int]) -> int:
    """The kept coordinates, or the left out where they are fewer: as a rank where it fits 63 bits, else as gaps."""
    positions = kept if 2 * len(kept) <= d else [j for j in range(d) if j not in set(kept)]
    rank = _rank_bits(d, len(positions))
    if rank is not None:
        return rank
    divisor = _divisor(d, len(positions))
    gaps = [b - a - 1 for a, b in zip([-1, *positions], positions, strict=False)]
    return sum(_gap_bits(gap, divisor) for gap in gaps)


def _rank_bits(d: int, count: int) -> int | None:
    """Bits of a set's number among all sets of its size, where that is how it is written."""
    rank = (math.comb(d, count) - 1).bit_length()
    fits = count <= 63 and (count <= 1 or count * d <= 2**20) and rank <= 63
    return rank if fits else None


def _divisor(d: int, count: int) -> int:
    """What gaps are divided by."""
    p = Fraction(count, d)
    return max(1, math.ceil(Fraction("0.693147") / p - Fraction("0.846574") + Fraction("0.085") * p))


def _gap_bits(gap: int, divisor: int) -> int:
    """Quotient in unary; remainder in truncated binary, the first ones a bit shorter."""
    quotient, remainder = divmod(gap, divisor)
    longest = log2_ceil(divisor)
    return quotient + 1 + longest - (remainder < 2**longest - divisor)


def _mean_gap_bits(d: int, count: int, divisor: int) -> float:
    """Over all gaps that a uniform set of `count` of d can have."""
    sets = math.comb(d, count)
    chances = (math.comb(d - gap - 1, count - 1) / sets for gap in range(d - count + 1))
    return math.fsum(chance * _gap_bits(gap, divisor) for gap, chance in enumerate(chances))
