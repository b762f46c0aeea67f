"""The course of a run: its rounds, those after which it is measured, and the causes to end before the last."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from cablese.dsl.text.records import record

from .interface import Point
from .metrics import NOTHING, Thinning
from .options import Options
from .stop_rules import StopRule, read_stop_rule
from .stopping import Cause


@record
class Schedule:
    """The rounds of a run, its time limit, and the rounds at which it is measured."""

    rounds: int
    thinning: Thinning
    max_seconds: float  # after which no further round begins
    max_bits: float  # sent and received in total, after which no further round begins
    rule: StopRule | None

    def stops(self) -> Iterator[int]:
        """Rounds after which a point is measured, apart from round 0: regular ones, and the last."""
        every = self.thinning.every
        yield from range(every, self.rounds, every)
        if self.rounds:
            yield self.rounds

    def left_out(self, round: int) -> frozenset[str]:
        """The metrics that the point after `round` lacks; the last has them all."""
        return NOTHING if round == self.rounds else self.thinning.left_out(round)

    @property
    def ends_at_points(self) -> bool:
        """True where a point may end the run."""
        return self.rule is not None or self.max_bits < inf

    def words(self, cause: Cause) -> str:
        """A cause to end, with the value of the option that states it."""
        match cause:
            case Cause.RULE if self.rule is not None:
                return f"{cause.words} '{self.rule.written}'"
            case Cause.BITS:
                return f"{cause.words} {self.max_bits:g}"
            case _:
                return cause.words

    def end_at(self, point: Point) -> Cause:
        """The cause to end with a point, if there is one."""
        if self.rule is not None and self.rule.holds(point):
            return Cause.RULE
        return Cause.BITS if point.bits_up + point.bits_down >= self.max_bits else Cause.NONE


def schedule_of(options: Options) -> Schedule:
    """The schedule that options ask for."""
    thinning = Thinning(options.interval, options.periods)
    rule = None if options.stop is None else read_stop_rule(options.stop)
    return Schedule(options.rounds, thinning, options.max_seconds or inf, options.max_bits or inf, rule)
