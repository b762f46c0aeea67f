"""Sizes of messages before a run, from codecs' formulas alone: no kernel, vector or set of nodes is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import exp, lgamma, log
from typing import Any

import numpy as np
from cablese.dsl.check.kinds import Kind
from cablese.dsl.check.program import Route
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.traverse import INSTRUCTIONS
from cablese.dsl.text.diagnostics import InternalError
from cablese.dsl.text.records import record

from ..codecs.plain import INT_RANGE, LARGEST_BAG, BagCodec, IntCodec, NodeSetCodec
from ..compressors.base import Compressor, Meaning
from ..compressors.collective import Collective
from .expected import Rounds
from .resolve import Resolver


@record
class Size:
    """Bits of one message of an item, in every round or in each (rounds,); `meaning` is that of the number."""

    name: str
    route: Route
    codec: str
    bits: Any
    meaning: Meaning = Meaning.MEAN


COUNTS = ("codec", "paper", "entropy", "dense")
"""Ways to count a compressed vector: what its codec writes, as its paper counts, the information in it, or as if it were not
compressed."""


class Sizes:
    """Sizes of a plan's message items; numbers of the plan are read through `rounds`."""

    def __init__(self, plan: ir.Plan, resolver: Resolver, rounds: Rounds, n: int, count: str) -> None:
        """`count` is one of `COUNTS`."""
        self._resolver, self._rounds, self._n, self._count = resolver, rounds, n, count
        self._d, self._float_bits = resolver.d, resolver.float_bits
        self._rebound: Mapping[str, ir.Rebind] = {
            part.target: part for part in INSTRUCTIONS.walk(plan) if isinstance(part, ir.Rebind)
        }

    def of(self, transfer: ir.Transfer) -> Iterator[Size]:
        """One for each item; of a collective compressor one for each exchange, up and down."""
        for message_item in transfer.message_items:
            if message_item.average is not None:
                yield from self._exchanges(message_item.target.name, message_item.average.compressor)
            else:
                codec, bits, meaning = self._item(message_item)
                yield Size(message_item.target.name, transfer.route, codec, bits, meaning)

    def _exchanges(self, name: str, compressor: str) -> Iterator[Size]:
        collective = self._resolver.compressor(compressor)
        if not isinstance(collective, Collective):
            raise InternalError(f"`{compressor}` averages, and is not collective")
        for width in collective.widths(self._d):
            codec = f"{width} floats of {self._resolver.bindings[compressor]}"
            for route in (Route.NODE_TO_SERVER, Route.SERVER_TO_ALL):
                yield Size(name, route, codec, width * self._float_bits)

    def _item(self, message_item: ir.MessageItem) -> tuple[str, Any, Meaning]:
        if message_item.compressor is not None:
            return self._compressed(message_item.compressor)
        match message_item.payload.kind:
            case Kind.VECTOR:
                return self._fixed(f"dense, {self._float_bits}-bit floats", self._d * self._float_bits)
            case Kind.REAL:
                return self._fixed(f"real, {self._float_bits}-bit float", self._float_bits)
            case Kind.BOOL:
                return self._fixed("bool", 1)
            case Kind.MASK:
                return self._fixed("mask", self._d)
            case Kind.INT:
                return self._int(message_item.draw)
            case Kind.NODES:
                return self._bag(message_item.draw) if message_item.bag else self._set(message_item.draw)
            case Kind.BATCH | Kind.NUMBERS | Kind.VECTORS | Kind.UNKNOWN:
                raise InternalError(f"a {message_item.payload.kind.value} cannot be sent")

    def _fixed(self, codec: str, bits: int) -> tuple[str, Any, Meaning]:
        return codec, bits, Meaning.MEAN

    # --- compressors -----------------------------------------------------------------------------------------

    def _compressed(self, name: str) -> tuple[str, Any, Meaning]:
        rebind = self._rebound.get(name)
        if rebind is None:
            compressor = self._resolver.compressor(name)
            return str(self._resolver.bindings[name]), *self._bits(compressor)
        codec, choose = self._resolver.written(rebind.compressor), self._resolver.in_rounds(rebind.compressor)
        given = {setting: self._rounds.value(value) for setting, value in rebind.settings}
        if any(value is None for value in given.values()):  # the run decides: of the whole vector
            return codec, self._d * self._float_bits, Meaning.AT_MOST
        found = [
            self._bits(choose(k, {setting: _in_round(value, place) for setting, value in given.items()})[1])
            for place, k in enumerate(self._rounds.looked_at)
        ]
        if not found:
            return codec, self._d * self._float_bits, Meaning.AT_MOST
        bits, meanings = zip(*found, strict=True)
        return codec, np.asarray(bits), max(meanings)

    def _bits(self, compressor: Compressor) -> tuple[float, Meaning]:
        d, float_bits = self._d, self._float_bits
        match self._count:
            case "codec":
                return compressor.bits(d, float_bits), compressor.meaning_of_bits(d)
            case "paper":
                alike = Meaning.MEAN if compressor.paper_alike else Meaning.ABOUT
                return compressor.paper_bits(d, float_bits), alike
            case "entropy":
                alike = Meaning.MEAN if compressor.entropy_alike else Meaning.AT_MOST
                return compressor.entropy_bits(d, float_bits), alike
            case _:
                return float(d * float_bits), Meaning.MEAN

    # --- whole numbers and nodes -----------------------------------------------------------------------------

    def _int(self, draw: ir.DrawEvent | None) -> tuple[str, Any, Meaning]:
        least, most = INT_RANGE
        if draw is not None and draw.distribution == "choice":
            bounds = [self._number(argument) for argument in draw.arguments]
            if None not in bounds:
                least, most = map(int, bounds)
        return self._fixed(f"int from {least} to {most}", IntCodec(least, most).fixed_bits)

    def _set(self, draw: ir.DrawEvent | None) -> tuple[str, Any, Meaning]:
        codec = NodeSetCodec(self._n)
        bits = bits_by_count(codec)
        if draw is None:
            return "set of nodes", 1 + self._n, Meaning.AT_MOST
        by_draw: dict[str, Callable[[Any], float]] = {
            "subset": lambda count: bits(int(count)),
            "each": lambda chance: mean_over_coins(bits, self._n, chance),
        }
        argument = self._rounds.value(draw.arguments[-1])
        if draw.distribution not in by_draw or argument is None:
            return "set of nodes", 1 + self._n, Meaning.AT_MOST
        of = by_draw[draw.distribution]
        values = argument if isinstance(argument, np.ndarray) else [argument]
        each = np.asarray([of(value) for value in values])
        return "set of nodes", each if isinstance(argument, np.ndarray) else float(each[0]), Meaning.MEAN

    def _bag(self, draw: ir.DrawEvent | None) -> tuple[str, Any, Meaning]:
        size = None if draw is None else self._number(draw.arguments[1])
        bits = bits_by_count(BagCodec(self._n, LARGEST_BAG if size is None else int(size)))
        if size is None:
            return "bag of nodes", bits(self._n), Meaning.ABOUT
        return self._fixed("bag of nodes", int(bits(int(size))))

    def _number(self, value: ir.Pure) -> Any:
        """A number that is the same in all rounds, else None."""
        found = self._rounds.value(value)
        return None if isinstance(found, np.ndarray) else found


def mean_over_coins(of: Callable[[int], float], n: int, chance: float) -> float:
    """The mean of a function of how many of n coins fall: summed where the number is likely, to 12 deviations."""
    if not 0 < chance < 1:
        return of(round(n * min(1.0, max(0.0, chance))))
    middle, wide = n * chance, 12 * (n * chance * (1 - chance)) ** 0.5 + 40
    counts = range(max(0, int(middle - wide)), min(n, int(middle + wide) + 1) + 1)
    weights = [
        exp(
            lgamma(n + 1)
            - lgamma(count + 1)
            - lgamma(n - count + 1)
            + count * log(chance)
            + (n - count) * log(1 - chance)
        )
        for count in counts
    ]
    return sum(w * of(count) for w, count in zip(weights, counts, strict=True)) / sum(weights)


def bits_by_count(codec: NodeSetCodec | BagCodec) -> Callable[[int], float]:
    """Bits of a set or bag by its size, which alone decides; none is made."""
    return lambda count: float(codec.bits(range(count)))  # type: ignore[arg-type]


def _in_round(value: Any, place: int) -> Any:
    return value[place].item() if isinstance(value, np.ndarray) else value
