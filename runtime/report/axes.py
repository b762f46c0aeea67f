"""Horizontal axes of figures: what a run has spent at a point, in rounds, bits, gradients or seconds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cablese.dsl.text.nearest import meant
from cablese.dsl.text.records import record

from ..errors import UsageError
from ..execute.interface import Header, Point
from .units import bit_scale


@record
class Quantity:
    """A horizontal axis: its value at a point, summed over nodes where it is `shared` out among them, and its words."""

    value: Callable[[Point, Header], float]
    words: str
    in_bits: bool = False
    shared: bool = False


PREDICTED = "predicted_seconds"
"""The seconds of runs over a network, for which they stand in the runs that a figure gets."""

QUANTITIES: Mapping[str, Quantity] = {
    "rounds": Quantity(lambda point, _: point.round, "rounds"),
    "bits_up": Quantity(lambda point, _: point.bits_up, "sent", in_bits=True, shared=True),
    "bits_down": Quantity(lambda point, _: point.bits_down, "received", in_bits=True, shared=True),
    "bits": Quantity(
        lambda point, _: point.bits_up + point.bits_down, "sent and received", in_bits=True, shared=True
    ),
    "bits_paper": Quantity(
        lambda point, _: point.bits_paper, "sent, as papers count", in_bits=True, shared=True
    ),
    "MB": Quantity(
        lambda point, _: (point.bits_up + point.bits_down) / 8e6, "MB sent and received", shared=True
    ),
    "epochs": Quantity(lambda point, _: point.epochs, "epochs"),
    "oracle_calls": Quantity(lambda point, _: point.oracle_calls, "gradients per node"),
    "seconds": Quantity(lambda point, _: point.seconds, "time (s)"),
    PREDICTED: Quantity(lambda point, _: point.seconds, "predicted time (s)"),
}
"""The horizontal axes by name."""


def no_axis(name: str) -> UsageError:
    """The error of a name that no horizontal axis has."""
    return UsageError(f"--x takes {', '.join(QUANTITIES)}, not {name}.{meant(name, QUANTITIES)}")


@record
class Axis:
    """A quantity on an axis: its value is divided by `scale`; `each` takes what is shared out per node."""

    quantity: Quantity
    label: str
    scale: float = 1.0
    each: bool = True

    def value(self, point: Point, header: Header) -> float:
        """The place of a point on the axis."""
        shared = header.n if self.each and self.quantity.shared else 1
        return self.quantity.value(point, header) / shared / self.scale


def axis(name: str, ends: Sequence[tuple[Point, Header]], *, each: bool = True) -> Axis:
    """The axis of a name for runs that end at these points. Raises UsageError for an unknown name."""
    if name not in QUANTITIES:
        raise no_axis(name)
    quantity = QUANTITIES[name]
    words = f"{quantity.words} {'per node' if each else 'in total'}" if quantity.shared else quantity.words
    if not quantity.in_bits:
        return Axis(quantity, words, each=each)
    plain = Axis(quantity, words, each=each)
    scale, unit = bit_scale(max((plain.value(*end) for end in ends), default=0.0))
    return Axis(quantity, f"{words} ({unit})", scale, each)
