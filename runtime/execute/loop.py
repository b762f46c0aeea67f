"""The round loop: runs the generated program up to points and checkpoints, and says where a run failed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.check.program import Averaging

from ..arrays.finite import NonFinite
from ..errors import RunFailed, SetupError
from .checkpoint import Checkpoint, Keeper, Progress, Snapshots
from .conditions import Conditions
from .context import RunContext
from .course import schedule_of
from .failure_location import Blame
from .fused import FusedRounds
from .interface import Header, Point, Summary, Watcher
from .ledger import Ledger
from .machine import Machine
from .metrics import NOTHING, Averager, Meter, chosen_round
from .pace import Pace, make_pace
from .points import Points
from .stopping import Cause, Requests

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

BROKEN = (NonFinite, SetupError, RunFailed, OverflowError)
"""Errors that end a run at the line where they arise; OverflowError is of ints too large to become reals."""

Observer = Callable[[int, Sequence[Any]], None]
"""Called after `init` with 0, and after every round with the number of rounds; the values of states, in the plan's order, in
a list that the next round empties."""

TICK = 0.1  # seconds between two ticks of the watcher


class Loop:
    """One run of one program in one process."""

    def __init__(
        self,
        run: RunContext,
        python: str,
        machine: Machine,
        ledger: Ledger,
        meter: Meter,
        conditions: Conditions,
    ) -> None:
        """`python` is the generated program of this process."""
        self.plan, self.output, self.transport = run.plan, run.program.output, run.transport
        self.python, self.machine, self.ledger = python, machine, ledger
        self.points = Points(run, machine, ledger, meter)
        self.schedule, self.conditions = schedule_of(run.options), conditions
        self._check_rule()
        self.blame = Blame(run.source, run.plan, python, self.file, machine.views, machine.backend)
        is_last = self.output.averaging is Averaging.LAST
        self.averager = None if is_last else Averager(machine.backend, self.output.span.mark)
        self.fused = FusedRounds(machine, self.averager is not None)
        # the round tells the weight, or makes the value
        self.counts_after = run.plan.weight is not None or not self.output.is_state
        self.chosen = chosen_round(run, machine.host, self.schedule.rounds)
        self.kept: Any = None  # the value of the chosen round
        self.value: Any = None  # the output variable now, None before it exists
        self.seconds = 0.0
        self.done = 0  # number of rounds
        self.last: Point | None = None  # the last measured point, at rank 0
        self.observer: Observer | None = None
        self.snapshots = Snapshots(run, machine)
        self.keeper: Keeper | None = None

    def run(
        self, header: Header, watcher: Watcher, requests: Requests, begun: Checkpoint | None = None
    ) -> tuple[Summary | None, HostArray | None, Cause]:
        """Run all rounds, from those that were `begun` on, or until a request ends the run; summary and output point at
        rank 0, the cause at every rank."""
        init, round = self.program()
        if self.transport.rank == 0:
            watcher.begin(header)
        pace = make_pace(
            self.transport,
            requests,
            self.schedule.max_seconds,
            0 if begun is None else begun.progress.done,
        )
        try:
            states, self.value = self._guarded(init)
            del init  # it holds the constants that states started from
            if begun is None:
                if self.observer is not None:
                    self.observer(0, states)
                self.last = self._measure(0, watcher, NOTHING)
            else:
                states = self._go_on(begun)
            cause = self._end_at_point() or self._go(round, states, pace, watcher, begun)
        except RunFailed as failure:
            self._fail(str(failure), watcher)
            raise
        return *self._finish(cause, watcher), cause

    def _go(
        self,
        round: Callable[..., Any],
        states: Any,
        pace: Pace,
        watcher: Watcher,
        begun: Checkpoint | None = None,
    ) -> Cause:
        """Run rounds and measure points, to the last round or until all ranks are asked to end."""
        for stop in self.schedule.stops():
            if stop < self.done or (stop == self.done and begun is not None and begun.progress.measured):
                continue
            self._check_ahead(stop)
            self.machine.counted_oracle.handover.last = stop - 1
            if stop == self.done:  # of a run that was asked to end before it measured
                self.last = self._measure(self.done, watcher, self.schedule.left_out(self.done))
                if cause := self._end_at_point():
                    return cause
            while self.done < stop:
                ahead = min(stop, self._next_checkpoint())
                states = self._rounds(round, states, pace.horizon(self.done, ahead), pace, watcher)
                cause, point = pace.look_up(self.done)
                if cause and self.keeper is not None and self.done < self.schedule.rounds:
                    self._keep(states, measured=False)
                if point or cause or self.done == stop:
                    left_out = NOTHING if cause else self.schedule.left_out(self.done)
                    self.last = self._measure(self.done, watcher, left_out)
                if self.done == stop:
                    cause = cause or self._end_at_point()
                if cause:
                    return cause
                if self.done == self._next_checkpoint(self.done - 1) and self.done < self.schedule.rounds:
                    self._keep(states, measured=self.done == stop)
        return Cause.NONE

    def _next_checkpoint(self, done: int | None = None) -> int:
        """The first round after `done` after which a checkpoint is due; beyond the last without any."""
        done = self.done if done is None else done
        every = 0 if self.keeper is None else self.keeper.every
        return (done // every + 1) * every if every else self.schedule.rounds + 1

    def _keep(self, states: Sequence[Any], *, measured: bool) -> None:
        """Hand a checkpoint to the keeper, at rank 0."""
        total, weight, alike = (None, 0.0, True) if self.averager is None else self.averager.state
        others = {"value": self.value, "sum": total, "chosen": self.kept}
        kept = self.snapshots.take(states, others)
        bits = np.array([weight]).view(np.int64)  # numbers from 0 on are ordered as their bits are
        weight = float(self.transport.agree(bits).view(np.float64)[0])
        alike = not bool(self.transport.agree(np.array([not alike], dtype=np.int64))[0])
        totals = self.points.totals()
        if kept is None or totals is None or self.keeper is None:
            return
        progress = Progress(
            done=self.done,
            points=self.points.count,
            measured=measured,
            seconds=self.seconds,
            last=self.last,
            totals=tuple(totals),
            times=self.ledger.times,
            told=self.ledger.told,
            bits_shared=self.machine.bits_shared,
            weight=weight,
            alike=alike,
        )
        self.keeper.save(Checkpoint(progress, kept))

    def _go_on(self, begun: Checkpoint) -> list[Any]:
        """Put everything back that a checkpoint holds; the states. `init` has run: its messages are counted there."""
        kept, progress = begun.kept, begun.progress
        self.done, self.seconds = progress.done, progress.seconds
        self.last = progress.last if self.transport.rank == 0 else None
        self.snapshots.recall(kept, self.done)
        self.machine.bits_between, self.machine.bits_shared = 0, progress.bits_shared
        self.points.go_on(progress.points, progress.totals)
        self.ledger.go_on(progress.times, progress.told)
        self.value = self.snapshots.output(kept, "value")
        self.kept = self.snapshots.output(kept, "chosen")
        if self.averager is not None:
            self.averager.go_on(self.snapshots.output(kept, "sum"), progress.weight, progress.alike)
        return self.snapshots.states(kept)

    def _end_at_point(self) -> Cause:
        """The cause to end with the last point, the same at every rank: rank 0, which has points, decides."""
        if not self.schedule.ends_at_points:
            return Cause.NONE
        found = Cause.NONE if self.last is None else self.schedule.end_at(self.last)
        return Cause(int(self.transport.agree(np.array([found], dtype=np.int64))[0]))

    def _check_ahead(self, stop: int) -> None:
        """Check conditions of rounds before `stop`: in a long run not all were checked before its first round."""
        try:
            self.conditions.hold_before(stop)
        except SetupError as broken:
            raise RunFailed(str(broken)) from None

    def _fail(self, why: str, watcher: Watcher) -> None:
        """End the trace of a run that failed. Several ranks are no longer in step, so their totals cannot be added up."""
        if self.transport.rank > 0:
            return
        alone = self.transport.ranks == 1
        totals = self.points.totals() if alone else None
        messages = () if totals is None else self.ledger.per_message(self.points.rows(totals))
        watcher.end(Summary(self.done, self.last, messages, self.seconds, why, failed=True))

    def _check_rule(self) -> None:
        """Raise UsageError where the rule that ends the run speaks of what no point has: x0 is measured to find out."""
        if self.schedule.rule is not None:
            names = self.measured()
            if self.transport.rank == 0:
                self.schedule.rule.check_names(names)

    def measured(self) -> list[str]:
        """Names of the metrics that points have, at rank 0: x0 is measured, at every rank."""
        return self.points.names()

    def position(self, thread: int) -> Callable[[], str]:
        """A function that tells the spec line and the round that a thread has reached."""
        return lambda: self.blame.position(sys._current_frames().get(thread))

    # --- rounds ----------------------------------------------------------------------------------------------

    def program(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        """The generated functions `init` and `round`, compiled under the name `file`."""
        namespace: dict[str, Any] = {}
        exec(compile(self.python, self.file, "exec"), namespace)
        init, round = namespace["program"](self.machine)
        return init, round

    @property
    def file(self) -> str:
        """The name under which tracebacks know the generated program."""
        return f"<program of {self.plan.name}>"

    def _rounds(self, round: Callable[..., Any], states: Any, stop: int, pace: Pace, watcher: Watcher) -> Any:
        """Run rounds `done` to `stop` - 1, or fewer if a request comes meanwhile; the states after them."""
        if self.observer is not None or not self.fused.pay(self.seconds, self.done, self.schedule.rounds):
            return self._one_by_one(round, states, stop, pace, watcher)
        due = time.perf_counter() + TICK if self.transport.rank == 0 else inf
        while self.done < stop:
            states, left = self._fused(states, stop)
            if left:
                states = self._one_by_one(round, states, min(stop, self.done + left), pace, watcher)
            if time.perf_counter() > due:
                due = time.perf_counter() + TICK
                watcher.tick(self.done)
            if pace.is_asked():
                break
        return states

    def _fused(self, states: Any, stop: int) -> tuple[Any, int]:
        """Run rounds before `stop` as one call; the states after them, and the number of rounds that follow one by one."""
        began, first = time.perf_counter(), self.done
        ahead = self.fused.advance(first, stop, states)
        if ahead.done > first:
            self.done, self.value = ahead.done, ahead.value
            if self.averager is not None and ahead.value is not None:
                self.averager.add_rows(ahead.seen)
                if first <= self.chosen < ahead.done:
                    self.kept = ahead.seen[self.chosen - first]
        self._spend(began)
        return ahead.states, ahead.left

    def _one_by_one(
        self, round: Callable[..., Any], states: Any, stop: int, pace: Pace, watcher: Watcher
    ) -> Any:
        """The same round by round; some of them if it would pay to fuse the rest."""
        clock, begin, alone = time.perf_counter, self.machine.begin, self.transport.ranks == 1
        began, k = clock(), self.done
        due = began + TICK if self.transport.rank == 0 else inf
        try:
            for k in range(self.done, stop):
                before = self._value_before(k)
                self.value = None
                begin(k)
                states, self.value, *weight = round(k, states)
                if self.averager is not None and self.counts_after:
                    self._add(k, before if self.output.is_state else self.value, *weight)
                if self.observer is not None:
                    self.observer(k + 1, states)
                if clock() > due:
                    due = clock() + TICK
                    watcher.tick(k + 1)
                    seconds = self.seconds + clock() - began
                    if pace.is_asked() or (alone and self.fused.pay(seconds, k + 1, self.schedule.rounds)):
                        break
            k += 1
        except BROKEN as found:
            raise self.blame.failure(k, found) from None
        finally:
            self.done = k
            self._spend(began)
        return states

    def _spend(self, began: float) -> None:
        """Count the seconds since `began` as those of rounds, with what measuring spent on gradients that they took."""
        owed = self.machine.counted_oracle.handover.settle()
        self.seconds += time.perf_counter() - began + owed
        self.points.seconds -= owed

    def _value_before(self, k: int) -> Any:
        """The value of a state before round k, as it counts in the average; None if it is counted already, or not at all."""
        if self.averager is None or not self.output.is_state:
            return None
        if self.counts_after:
            return self.value
        self._add(k, self.value)
        return None

    def _add(self, k: int, value: Any, weight: Any = 1.0) -> None:
        if value is not None and self.averager is not None:
            self.averager.add(value, weight)
        if k == self.chosen:
            xp = self.machine.backend.xp
            self.kept = None if value is None else xp.asarray(value, copy=True)  # rounds may write into it

    # --- points ----------------------------------------------------------------------------------------------

    def _measure(self, round: int, watcher: Watcher, without: frozenset[str]) -> Point | None:
        began = time.perf_counter()
        if self.averager is not None and self.done == self.schedule.rounds:
            self.averager.close()
        point = self.points.measure(round, self.seconds, self.value, self.averager, without)
        if point is not None:
            watcher.point(point)
        self.points.seconds += time.perf_counter() - began
        return point

    # --- ends ------------------------------------------------------------------------------------------------

    def _finish(self, cause: Cause, watcher: Watcher) -> tuple[Summary | None, HostArray | None]:
        output = np.asarray(self.points.at(self._returned()), dtype=np.float64)
        totals = self.points.totals()
        if totals is None:
            return None, None
        messages = self.ledger.per_message(self.points.rows(totals))
        stopped = self.schedule.words(cause) if self.done < self.schedule.rounds else ""
        summary = Summary(self.done, self.last, messages, self.seconds, stopped)
        watcher.end(summary)
        return summary, output

    def _returned(self) -> Any:
        match self.output.averaging:
            case Averaging.AVERAGE if self.averager is not None and self.done:
                return self.averager.mean()
            case Averaging.UNIFORM if 0 <= self.chosen < self.done:
                return self.kept
            case _:
                return self.value

    def _guarded(self, init: Callable[..., Any]) -> Any:
        try:
            return init()
        except BROKEN as found:
            raise self.blame.failure(-1, found) from None
