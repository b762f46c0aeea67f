"""The seconds of a finished run under a network, from its trace alone: what each message sent, and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from cablese.dsl.check.program import Route
from cablese.dsl.text.records import record

from ..graphs.links import links_of
from . import network_errors as errors
from .interface import ADDED_UP, Header, Point, Recording
from .laws import NO_TIME, Law
from .network import Links
from .shipments import Network


@record
class Spent:
    """Seconds by what takes them."""

    computing: float = 0.0
    waiting: float = 0.0
    up: float = 0.0
    down: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        """The sum of both."""
        return Spent(
            self.computing + other.computing,
            self.waiting + other.waiting,
            self.up + other.up,
            self.down + other.down,
        )

    @property
    def parts(self) -> tuple[float, float]:
        """Seconds that no faster link saves, and seconds that links take."""
        return self.computing + self.waiting, self.up + self.down

    @property
    def total(self) -> float:
        """All seconds."""
        return self.computing + self.waiting + self.up + self.down


@record
class Replayed:
    """A run under a network: the seconds until each of its points."""

    recording: Recording
    spent: tuple[Spent, ...]

    @property
    def total(self) -> Spent:
        """The seconds of the whole run."""
        return self.spent[-1]

    @property
    def predicted(self) -> Recording:
        """The run with predicted seconds in the place of measured ones."""
        run = self.recording
        points = [
            replace(point, seconds=own.total) for point, own in zip(run.points, self.spent, strict=True)
        ]
        return Recording(run.header, points, run.summary)

    def reached(self, metric: str, bound: float) -> tuple[Point, Spent] | None:
        """The first point whose metric is at most the bound, and the seconds until then; None where there is none."""
        for point, own in zip(self.recording.points, self.spent, strict=True):
            if point.metrics.get(metric, float("inf")) <= bound:
                return point, own
        return None


def replay(recording: Recording, links: Links, gradient: Law = NO_TIME, seed: int = 0) -> Replayed:
    """A run under a network; `gradient` is the time that a node takes for a gradient of all its samples.

    Raises UsageError where the network lacks links that the method needs, or the trace does not tell of messages.
    """
    header = recording.header
    assert header is not None, "a recording starts with a header"
    if not header.messages or not recording.points:
        raise errors.no_messages(header.algorithm)
    if any(len(point.sent) != len(header.messages) for point in recording.points):
        raise errors.other_messages(header.algorithm)
    links.check(header.algorithm, on_graph=bool(header.graph))
    run = _Replay(recording, header, links, gradient, Random(seed))
    return Replayed(recording, tuple(run.spent()))


class _Replay:
    """The parts of a replay: messages with their links, and the draws."""

    def __init__(
        self, recording: Recording, header: Header, links: Links, gradient: Law, draws: Random
    ) -> None:
        self.points, self.header, self.links = recording.points, header, links
        self.gradient, self.draws = gradient, draws
        self.messages = tuple(_messages(recording, header))
        self.samples = sum(header.samples) / header.n
        self.edges = links_of(header.graph, header.n, header.seed) if header.graph else 0
        self.hops = 1 if header.graph else links.hops(header.n)
        self.rates = {
            "edge": self._drawn(links.edge, self.edges),
            "up": self._drawn(links.node_up, header.n),
            "down": self._drawn(links.node_down, header.n),
        }

    def _drawn(self, law: Law | None, count: int) -> list[float]:
        """A rate for each node or edge, the slowest first; of one number for all of them just that."""
        if law is None:
            return []
        return [law.value] if law.fixed else sorted(law.quantile(self._chance()) for _ in range(count))

    def _chance(self) -> float:
        return self.draws.random() or 0.5

    def spent(self) -> Iterator[Spent]:
        """The seconds until each point."""
        total, before = Spent(), None
        for point in self.points:
            total += self._between(before, point)
            yield total
            before = point

    def _between(self, before: Point | None, point: Point) -> Spent:
        rounds = max(1, point.round - (before.round if before else 0))
        calls = point.oracle_calls - (before.oracle_calls if before else 0.0)
        found = Spent(computing=self._computing(calls / self.samples, rounds))
        for message, (times, bits) in zip(self.messages, point.sent, strict=True):
            found += self._sent(message, times, bits)
        return found

    def _computing(self, gradients: float, rounds: int) -> float:
        """Seconds of so many gradients of a node in so many rounds, each of which waits for the slowest node."""
        if not gradients:
            return 0.0
        if self.gradient.fixed:
            return gradients * self.gradient.value
        slowest = (self.gradient.largest(self._chance(), self.header.n) for _ in range(rounds))
        return gradients / rounds * sum(slowest)

    def _sent(self, message: _Message, times: int, bits: int) -> Spent:
        """Seconds of a message that was sent so many times, with so many bits together."""
        waiting = times * self.hops * self.links.latency
        if not bits:
            return Spent(waiting=waiting)
        if self.header.graph:
            assert self.links.edge is not None, "checked"
            return Spent(waiting=waiting, up=bits / self.edges / self.rates["edge"][0])
        rate = self.links.up if message.up else self.links.down
        assert rate is not None, "checked"
        busiest = bits * self.links.share(message.distinct, self.header.n) / rate
        own = self.rates["up" if message.up else "down"]
        seconds = max(busiest, self._of_slowest(own, message.ends, times, bits)) if own else busiest
        return Spent(waiting=waiting, up=seconds) if message.up else Spent(waiting=waiting, down=seconds)

    def _of_slowest(self, rates: Sequence[float], ends: float, times: int, bits: int) -> float:
        """Seconds over nodes' own links, of which each time so many take part, drawn at random."""
        each = bits / ends / max(1, times)
        if len(rates) == 1 or ends >= len(rates):
            return each * max(1, times) / rates[0]
        slowest = (rates[int(len(rates) * (1 - self._chance() ** (1 / ends)))] for _ in range(max(1, times)))
        return sum(each / rate for rate in slowest)


def _route(text: str, header: Header) -> Route:
    try:
        return Route(text)
    except ValueError:
        raise errors.other_messages(header.algorithm) from None


@record
class _Message:
    """A message of a trace: its direction, different messages over the server's link, and nodes at its other ends."""

    up: bool
    distinct: float
    ends: float


def _messages(recording: Recording, header: Header) -> Iterator[_Message]:
    """The messages of a header, with the nodes that took part in the mean: all of them where no summary tells."""
    totals = () if recording.summary is None else recording.summary.messages
    place = times = 0
    for number, text in enumerate(header.messages):
        written, _, names = text.partition(": ")
        route = _route(written.removesuffix(ADDED_UP), header)
        times = sum(point.sent[number][0] for point in recording.points) or times
        sent = totals[place].messages if place < len(totals) and times else 0
        place += names.count(", ") + 1
        yield _Message(
            route in (Route.NODE_TO_SERVER, Route.NODE_TO_NEIGHBORS),
            1.0 if written.endswith(ADDED_UP) else Network(header.n, 0, header.groups).distinct(route),
            min(header.n, sent / times) if sent else float(header.n),
        )
