"""Predicted seconds of the runs of `compare`: the links of `--network`, and the figure's axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cablese.dsl.text.records import record
from cablese.runtime.errors import UsageError
from cablese.runtime.execute.laws import NO_TIME, Law
from cablese.runtime.execute.network import Links, read_network, read_time
from cablese.runtime.report.axes import PREDICTED, QUANTITIES, no_axis

if TYPE_CHECKING:
    from cablese.runtime.execute.interface import Header, Recording
    from cablese.runtime.execute.replay import Replayed
    from cablese.runtime.report.plot import View

NAMES = ("x", "network", "gradient_time")
"""The flags that a prediction is read from."""


@record
class Prediction:
    """Links that runs are replayed over, None without a network, and the axes that a figure is asked for."""

    links: Links | None = None
    gradient: Law = NO_TIME
    x: tuple[str, ...] = ()

    def check(self, headers: Sequence[Header]) -> None:
        """Raise UsageError where the network lacks links that a method needs."""
        for header in headers:
            if self.links is not None:
                self.links.check(header.algorithm, on_graph=bool(header.graph))

    def replayed(self, recordings: Sequence[Recording]) -> list[Replayed]:
        """The runs over the network; none without one."""
        from cablese.runtime.execute.replay import replay

        if self.links is None:
            return []
        return [replay(recording, self.links, self.gradient) for recording in recordings]

    def drawn(self, recordings: Sequence[Recording]) -> tuple[Sequence[Recording], View]:
        """The runs as a figure shows them, with the seconds that they would take, and its choices."""
        from cablese.runtime.report.plot import View

        if self.links is None:
            return recordings, View(x=self.x)
        begun = [recording for recording in recordings if recording.points]
        runs = [each.predicted for each in self.replayed(begun)]
        return runs, View(x=self.x, clock="predicted time (s)")


NOTHING_PREDICTED = Prediction()


def read_prediction(given: Mapping[str, Any], has_figure: bool) -> Prediction:
    """The prediction of flags or a configuration; UsageError for values that are none, or that nothing would show."""
    for name, value in given.items():
        if value is not None and not isinstance(value, str):
            raise UsageError(f"`{name}` takes a text, not {value!r}.")
    network, time = given.get("network"), given.get("gradient_time")
    if network is None and time is not None:
        raise UsageError("--gradient-time is of runs over a network: give --network, too.")
    axes = tuple(word.strip() for word in given["x"].split(",")) if given.get("x") else ()
    for name in axes:
        if name not in QUANTITIES:
            raise no_axis(name)
        if name == PREDICTED and network is None:
            raise UsageError(f"--x {PREDICTED} is of runs over a network: give --network, too.")
    if axes and not has_figure:
        raise UsageError("--x is of the figure: give --plot or --out, too.")
    links = None if network is None else read_network(network)
    return Prediction(links, NO_TIME if time is None else read_time(time), axes)
