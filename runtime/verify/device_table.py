"""The comparison of a device with the host as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .certify import NODES, ROUNDS
from .devices import ROWS, D, SamePacket, SameRun


def device_lines(device: str, packets: Sequence[SamePacket], runs: Sequence[SameRun]) -> Iterator[str]:
    """Two tables, and a line on each."""
    yield f"{device} beside the host"
    yield ""
    yield f"{ROWS} vectors of {D} entries, compressed on both; float32"
    yield f"{'':<36}{'coordinates':<13}{'symbols':<13}{'floats':<13}{'bits'}"
    for each in packets:
        symbols = "equal" if each.symbols == 1.0 else f"{1 - each.symbols:.0e} other"
        row = f"{_equal(each.sets):<13}{symbols:<13}{_to(each.floats):<13}{_equal(each.bits)}"
        yield f"{each.compressor:<36}{row}{_mark(each)}"
    yield ""
    yield f"{ROUNDS} rounds on {NODES} nodes; float64, on the wire, too"
    yield f"{'':<36}{'counts':<13}{'metrics':<13}{'output'}"
    for run in runs:
        if run.failed:
            yield f"{run.spec:<36}{run.failed}"
        else:
            yield f"{run.spec:<36}{_equal(run.counts):<13}{_to(run.metrics):<13}{_to(run.output)}{_mark(run)}"
    yield ""
    yield (
        "Counts are rounds, bits and gradients at every point. `to 1e-16`: apart by that much of the largest entry, "
        "which is what sums in another order come to."
    )
    stand = [each.stands for each in packets] + [run.stands for run in runs]
    yield f"{sum(stand)} of {len(stand)} as they must be"


def _equal(equal: bool) -> str:
    return "equal" if equal else "DIFFER"


def _to(distance: float) -> str:
    return "equal" if not distance else f"to {distance:.0e}"


def _mark(found: SamePacket | SameRun) -> str:
    return "" if found.stands else "  <- must be equal"
