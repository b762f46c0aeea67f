"""Message items that are neither vectors nor compressed: bools, ints, reals, masks, sets of nodes; packed as host values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays.backend import Backend
from ..arrays.finite import NonFinite
from ..chance.nodes import Nodes
from ..codecs.plain import BagCodec, BoolCodec, IntCodec, MaskCodec, NodeSetCodec, PlainCodec, RealCodec
from .errors import int_out_of_range
from .payloads import Payload

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

REAL = np.zeros((), dtype=np.float64)
BOOL = np.zeros((), dtype=np.bool_)


class PlainPayload(Payload):
    """Host values that a plain codec writes one by one."""

    def __init__(
        self,
        name: str,
        description: str,
        codec: PlainCodec,
        family: bool,
        backend: Backend,
        row: HostArray = REAL,
    ) -> None:
        """`row` has the type and shape of one value, which a family without rows does not show."""
        super().__init__(name)
        self.description, self.codec, self.family, self.backend = description, codec, family, backend
        self.fixed_bits = self.paper_bits = codec.fixed_bits
        self.row = row

    def pack(self, value: Any) -> list[Any]:
        """A list of host values, one per message."""
        if self.family:
            return list(self.backend.to_host(value))
        return [self.backend.to_host(value) if hasattr(value, "ndim") else value]

    def unpack(self, packed: list[Any]) -> Any:
        """A single number as a host value; a mask or a family as a device array."""
        if self.family:
            rows = np.asarray(packed, dtype=self.row.dtype)
            return self.backend.to_device(rows.reshape(len(packed), *self.row.shape))
        return self.backend.to_device(packed[0]) if isinstance(packed[0], np.ndarray) else packed[0]

    def encode(self, packed: list[Any]) -> list[bytes]:
        """One message per value."""
        return [self.codec.encode(value) for value in packed]

    def decode(self, messages: Sequence[bytes]) -> list[Any]:
        """One value per message."""
        return [self.codec.decode(message) for message in messages]

    def rows(self, packed: list[Any]) -> int:
        """As `Payload` has it."""
        return len(packed)

    def select(self, packed: list[Any], rows: slice) -> list[Any]:
        """A list of some of the values."""
        return packed[rows]

    def join(self, first: list[Any], then: list[Any]) -> list[Any]:
        """As `Payload` has it."""
        return [*first, *then]

    def sizes(self, packed: list[Any]) -> list[int]:
        """Exact bits of each value's message."""
        return [self.codec.bits(value) for value in packed]

    def equal(self, one: list[Any], other: list[Any]) -> bool:
        """True where all values are equal."""
        return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))

    def paper_sizes(self, packed: list[Any]) -> list[int]:
        """Exact bits: papers count these as they are."""
        return self.sizes(packed)

    def count(self, packed: list[Any]) -> int:
        """Add the messages to the totals, value by value where sizes vary."""
        self.messages += len(packed)
        self.calls += 1
        if self.fixed_bits is None:
            bits = sum(self.sizes(packed))
            self.varying_bits += bits
            self.varying_paper_bits += bits
        return len(packed)


class RealPayload(PlainPayload):
    """Reals, rounded to the wire's floats and checked."""

    def __init__(self, name: str, family: bool, backend: Backend, float_bits: int) -> None:
        description = f"real, {float_bits}-bit float"
        super().__init__(name, description, RealCodec(float_bits), family, backend)
        self._round: Callable[[Any], Any] = np.dtype(f"f{float_bits // 8}").type

    def pack(self, value: Any) -> list[float]:
        """The reals rounded to the wire's floats; raises NonFinite."""
        values = super().pack(value)
        with np.errstate(over="ignore"):
            rounded = [float(self._round(v)) for v in values]
        for row, (number, exact) in enumerate(zip(rounded, values, strict=True)):
            if not np.isfinite(number):
                beyond = ", rounded to the wire's floats," if np.isfinite(exact) else ""
                raise NonFinite(f"`{self.name}`{beyond}", row if self.family else None)
        return rounded


class IntPayload(PlainPayload):
    """Ints of a range; before packing, ints out of vectors are reals, and so are families on the device."""

    def __init__(self, name: str, least: int, most: int, family: bool, backend: Backend) -> None:
        codec = IntCodec(least, most)
        super().__init__(name, f"int from {least} to {most}", codec, family, backend)
        self._range = (least, most)

    def pack(self, value: Any) -> list[int]:
        """Ints in the range; raises NonFinite, and RunFailed outside the range."""
        values = super().pack(value)
        for row, number in enumerate(values):
            if not np.isfinite(number):
                raise NonFinite(f"`{self.name}`", row if self.family else None)
            if not self._range[0] <= number <= self._range[1]:
                raise int_out_of_range(self.name, int(number), *self._range)
        return [int(number) for number in values]


class NodesPayload(PlainPayload):
    """Sets and bags of nodes; always one value."""

    def __init__(self, name: str, codec: NodeSetCodec | BagCodec, n: int, backend: Backend) -> None:
        bag = isinstance(codec, BagCodec)
        super().__init__(name, "bag of nodes" if bag else "set of nodes", codec, False, backend)
        self._make = Nodes.bag if bag else Nodes.distinct
        self.n = n

    def pack(self, value: Nodes) -> list[Any]:
        """A list of one array of node numbers."""
        return [value.nodes]

    def unpack(self, packed: list[Any]) -> Nodes:
        """The set or bag of these node numbers."""
        return self._make(packed[0], self.n)


def bool_payload(name: str, family: bool, backend: Backend) -> PlainPayload:
    """The payload of bools, one bit each."""
    return PlainPayload(name, "bool", BoolCodec(), family, backend, BOOL)


def int_payload(name: str, least: int, most: int, family: bool, backend: Backend) -> PlainPayload:
    """The payload of ints from `least` to `most`."""
    return IntPayload(name, least, most, family, backend)


def mask_payload(name: str, d: int, family: bool, backend: Backend) -> PlainPayload:
    """The payload of masks, one bit per coordinate."""
    return PlainPayload(name, "mask", MaskCodec(d), family, backend, np.zeros(d, dtype=np.bool_))
