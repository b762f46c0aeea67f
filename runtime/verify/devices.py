"""A device beside the host: what is equal there to the bit, and how far apart the rest is.

Compressors are given the same vectors on both, ties and zeros among them, and specs run for a few rounds. Draws, kept
coordinates and counted bits are equal; sums may have other last digits, and with them what is made of sums.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from cablese.dsl.pipeline import compile_spec
from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source

from ..arrays.backend import Backend
from ..arrays.select import backend
from ..codecs.packets import Role, named_arrays
from ..errors import RunFailed, SetupError
from ..execute.interface import Recording
from ..execute.options import Options
from ..execute.problems import Problems
from ..execute.session import prepare
from ..lab.samples import Bench
from ..lab.subject import examples, read_subject
from ..registry import plugins
from .certify import EVERY, NODES, PROBLEMS, ROUNDS

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

D, ROWS = 5000, 4
"""The vectors that are compressed: long enough for a device's own selection."""

TOLERANCE = 1e-9
"""Relative distance that metrics and outputs of runs may have after so few rounds in double precision."""

MORE = ("rand_k(k = 2500)", "top_k(k = 2500)", "quantize(s = 7, norm = inf)", "quantize(s = 1, norm = inf)")
"""Compressors beside an example of each family: other draws, and levels without a sum before them."""


@record
class SamePacket:
    """A compressor on both: whether coordinates are equal, the least share of an array of symbols or a mask that is, the
    largest relative distance of floats, and whether bits are equal."""

    compressor: str
    sets: bool
    symbols: float
    floats: float
    bits: bool

    @property
    def stands(self) -> bool:
        """True where all that must be is equal: a symbol may hang on a sum, and a size on a symbol."""
        return self.sets and (self.bits or self.symbols < 1.0)


@record
class SameRun:
    """A spec on both: whether rounds, bits and gradients are equal at every point, and the largest relative distances of
    metrics and of the output; or what a run said that failed."""

    spec: str
    counts: bool
    metrics: float
    output: float
    failed: str = ""

    @property
    def stands(self) -> bool:
        """True where counts are equal, and the rest is apart by last digits."""
        return not self.failed and self.counts and max(self.metrics, self.output) <= TOLERANCE


def compare_packets(device: str) -> list[SamePacket]:
    """Every family of compressors on the device and on the host, in single precision."""
    there, here = (backend(name, "float32", "float32") for name in (device, "cpu"))
    return [_packets(text, there, here) for text in (*examples(plugins()), *MORE)]


def compare_runs(
    device: str, sources: Sequence[Source], told: Callable[[str], None] = lambda _: None
) -> list[SameRun]:
    """The specs on the device and on the host; `told` hears of each before it runs."""
    found = []
    for source in sources:
        told(source.name)
        found.append(_runs(source, device, Problems()))
    return found


def _vectors() -> HostArray:
    """Normal entries, ties, mostly zeros, and magnitudes that are all equal."""
    generator = np.random.default_rng(0)
    rows = [
        generator.standard_normal(D),
        generator.integers(-3, 4, D),
        np.where(generator.random(D) < 0.99, 0.0, generator.standard_normal(D)),
        np.where(generator.random(D) < 0.5, 1.0, -1.0),
    ]
    return np.stack(rows).astype(np.float32)


def _packets(text: str, there: Backend, here: Backend) -> SamePacket:
    sized = read_subject(text, D, plugins()).at(D)
    found: list[list[tuple[Role, HostArray]]] = []
    bits: list[HostArray] = []
    for side in (there, here):
        bench = Bench(sized, side, 0)
        packet = bench.packet(_vectors(), 0)
        found.append([(role, side.to_host(part)) for _, role, part in named_arrays(packet)])
        bits.append(side.to_host(bench.sender.codec.bits(packet)))
    pairs = [(role, one, other) for (role, one), (_, other) in zip(*found, strict=True)]
    sets = all(np.array_equal(a, b) for role, a, b in pairs if role is Role.INDICES)
    symbols = [a == b for role, a, b in pairs if role in (Role.SYMBOLS, Role.MASK)]
    floats = max((_apart(a, b) for role, a, b in pairs if role is Role.FLOATS), default=0.0)
    share = min((float(np.mean(each)) for each in symbols), default=1.0)
    return SamePacket(sized.label, sets, share, floats, np.array_equal(bits[0], bits[1]))


def _runs(source: Source, device: str, problems: Problems) -> SameRun:
    name = source.name.removesuffix(".alg")
    try:
        (one, there), (other, here) = (_outcome(source, each, problems) for each in (device, "cpu"))
    except (SpecError, SetupError, RunFailed) as error:
        return SameRun(name, False, np.inf, np.inf, f"{type(error).__name__}: {error}")
    counts = [_counts(point) for point in one] == [_counts(point) for point in other]
    pairs = zip(one, other, strict=True)
    metrics = max((_apart(*map(_metrics, pair)) for pair in pairs), default=0.0) if counts else np.inf
    return SameRun(name, counts, metrics, _apart(there, here))


def _outcome(source: Source, device: str, problems: Problems) -> tuple[list[dict[str, Any]], HostArray]:
    """All points of a run, and the output."""
    options = Options(
        nodes=NODES,
        rounds=ROUNDS,
        every=EVERY,
        problem=PROBLEMS[compile_spec(source, plugins()).problem],
        wire="float64",
        device=cast(Any, device),  # refused by `backend` where there is none of the name
        alone=True,
    )
    recording = Recording()
    output = prepare(source, options, problems).run(recording).output
    assert output is not None  # a process alone has it
    return [asdict(point) for point in recording.points], output


def _counts(point: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in point.items() if name not in ("seconds", "metrics")}


def _metrics(point: dict[str, Any]) -> HostArray:
    return np.asarray(list(point["metrics"].values()), dtype=np.float64)


def _apart(one: HostArray, other: HostArray) -> float:
    """The largest distance of entries, relative to the largest entry of the host's; 0 where both are equal to the bit."""
    if np.array_equal(one, other, equal_nan=True):
        return 0.0
    one, other = one.astype(np.float64), other.astype(np.float64)
    return float(np.max(np.abs(one - other)) / (np.max(np.abs(other)) or 1.0))
