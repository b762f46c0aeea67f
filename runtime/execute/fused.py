"""Fused rounds: many rounds of a run as one call of compiled code, with the points and counts of the generated program.

They are compiled once the rounds ahead take long; rounds that they leave out (a message is checked, a value is not finite)
are the program's. On several ranks all fuse the same rounds, or none: they agree before and after each call.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, assert_never

import numpy as np
from cablese.dsl.check.kinds import Kind
from cablese.dsl.check.program import Route
from cablese.dsl.emit import fused_inputs as inputs
from cablese.dsl.emit.fused_buffers import is_number
from cablese.dsl.emit.fused_inputs import StateInput
from cablese.dsl.plan.instructions import NODE, SERVER
from cablese.dsl.text.records import ByIdentity, record

from ..arrays.numba_dispatch import compiled, is_forced
from ..codecs.packets import MaskedPacket, SparsePacket
from ..transports.payloads import Payload
from .fused_form import FusedForm
from .machine import Machine

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

PATIENCE = 1.0
"""Seconds of rounds after which it is asked whether compiling pays."""
AHEAD = 3.0
"""Seconds that the rounds ahead must take, at the pace so far; compiling takes one or two."""
NO_LIMIT = 1 << 62
FEW = 10


class Vote(IntEnum):
    """The answer of a rank to whether rounds are fused from here on; of several the greatest counts."""

    YES = 0
    LATER = 1
    NEVER = 2


@record
class Advance(ByIdentity):
    """Rounds that were run: the number of the next, the states and the output's value after them, and its values `seen`, if
    those were asked for. `left`: so many rounds after these are the program's."""

    done: int
    left: int
    states: list[Any]
    value: Any
    seen: HostArray


class FusedRounds:
    """The fused rounds of a run, if it has any."""

    def __init__(self, machine: Machine, averages: bool) -> None:
        """`averages`: the values of the output in all rounds are asked for."""
        self._run, self._machine, self._form = machine.run, machine, FusedForm(machine, averages)
        self._transport = machine.run.transport
        self._vote = Vote.LATER
        self._failures = 0  # in a row; from FEW on each leaves twice as many rounds to the program
        self._room = -1  # rounds that all ranks may fuse next; -1 where they have to agree

    def pay(self, seconds: float, done: int, rounds: int) -> bool:
        """True once rounds are fused: where they can be, and `done` of `rounds` took so many seconds that it pays to compile
        the rest, or a comparison asks for it. All ranks ask after the same rounds."""
        if self._vote is Vote.LATER and self._form.is_possible:
            pays = is_forced() or (seconds > PATIENCE and seconds / done * (rounds - done) > AHEAD)
            known = not pays or (compiled() is not None and self._form.fused is not None)
            self._vote = self._agreed((Vote.LATER if not pays else Vote.YES) if known else Vote.NEVER)
            if self._vote is Vote.YES:
                self._vote = self._agreed(Vote.YES if self._compiles() else Vote.NEVER)
        return self._vote is Vote.YES

    def _agreed(self, vote: Vote) -> Vote:
        return Vote(int(self._transport.agree(np.array([vote], dtype=np.int64))[0]))

    def _compiles(self) -> bool:
        """True if the function compiles, which no round is needed for. A compiler that fails is no reason to end a run."""
        from numba.core.errors import NumbaError

        form = self._form
        states = [np.zeros(form.shape(each.slot, each.view)) for each in form.states]
        states += [np.zeros(1, np.int64)] * form.numbered
        counts = np.zeros(len(form.needed.counted), np.int64)
        try:
            form.call(0, 0, counts, counts, form.seen(0), states)
        except NumbaError:
            if is_forced():
                raise
            return False
        return True

    def advance(self, first: int, stop: int, states: Sequence[Any]) -> Advance:
        """Run rounds `first` to `stop` - 1, or fewer: none where the next is the program's."""
        form, several = self._form, self._transport.ranks > 1
        stop = min(stop, first + form.at_once)
        if several:
            stop = min(stop, first + self._agreed_room())
        held = len(form.states)
        own = [np.array(state, dtype=np.float64, order="C", ndmin=1) for state in states[:held]]
        own += [np.array([form.points.encoded(number)]) for number in states[held:]]
        counts, seen = np.zeros(len(form.needed.counted), np.int64), form.seen(form.at_once)
        if not form.take_points():
            return Advance(first, 1, list(states), None, seen[:0])
        form.take_offer()
        stop = form.schedules.fill(first, stop)
        done = form.call(first, stop, counts, self._limits(), seen, own) if stop > first else first
        if several:
            done = stop if self._all_finished(done, counts.tolist()) else first
        if done == first:
            self._room = -1
            self._failures += 1
            left = max(1, stop - first) if several else 1 << min(max(self._failures - FEW, 0), FEW)
            return Advance(first, left, list(states), None, seen[:0])
        self._failures = 0
        form.settle_offer()
        self._count(counts.tolist())
        self._machine.begin(done - 1)
        form.points.give(done - 1)
        both = zip(form.states, own[:held], states[:held], strict=True)
        after: list[Any] = [_as_program(each, value, before) for each, value, before in both]
        after += [form.points.decoded(int(number[0])) for number in own[held:]]
        return Advance(done, 0 if done == stop else 1, after, self._value(after), seen[: done - first].copy())

    # --- agreement -----------------------------------------------------------------------------------------------

    def _agreed_room(self) -> int:
        """Rounds that may pass before a message is to be checked, the same at every rank."""
        if self._room < 0:
            room = min((limit for limit in self._limits().tolist()), default=NO_LIMIT)
            self._room = -int(self._transport.agree(np.array([-room], dtype=np.int64))[0])
        return self._room

    def _all_finished(self, done: int, counts: Sequence[int]) -> bool:
        """True if all ranks finished their rounds; what may come next is agreed in one go."""
        room = min((limit - count for limit, count in zip(self._limits().tolist(), counts, strict=True)))
        failed, less = self._transport.agree(np.array([done < 0, -room], dtype=np.int64)).tolist()
        self._room = -int(less)
        return not failed

    def _limits(self) -> HostArray:
        """The most of each count in one call: messages that are to be checked are the program's."""
        found = [
            min(payload.left for payload in self._machine.messages.payloads(counted.number))
            if isinstance(counted, inputs.Sent) and self._sends(counted)
            else NO_LIMIT
            for counted in self._form.needed.counted
        ]
        return np.asarray(found, dtype=np.int64)

    def _sends(self, counted: inputs.Sent) -> bool:
        """True for a message that this process sends."""
        sender = NODE if counted.route is Route.NODE_TO_SERVER else SERVER
        return any(view.roles & sender for view in self._run.layout.views)

    # --- results -------------------------------------------------------------------------------------------------

    def _value(self, states: Sequence[Any]) -> Any:
        """The output's value: that of a state, or the one that the last round left; None where it is not here."""
        output, view = self._run.plan.output, self._form.needed.output
        if not view:
            return None
        if output in self._run.plan.states:
            return states[self._form.states.index(StateInput(output, view))]
        return self._form.given["output"].copy()

    def _count(self, counts: Sequence[int]) -> None:
        """Count what the rounds sent, asked for and drew, as the program does."""
        for counted, times in zip(self._form.needed.counted, counts, strict=True):
            match counted:
                case inputs.Sent():
                    self._count_sent(counted, times)
                case inputs.Asked():
                    self._machine.counted_oracle.calls += times * self._machine.counted_oracle.everyone
                case inputs.AskedOver():
                    self._machine.counted_oracle.calls += times
                case inputs.Tossed():
                    self._machine.bits_shared += times * self._run.n
                case _:
                    assert_never(counted)

    def _count_sent(self, counted: inputs.Sent, times: int) -> None:
        self._machine.messages.count_times(counted.number, times)
        if self._sends(counted):
            for item, entry in enumerate(self._machine.messages.entries(counted.number)):
                packed = self._count_item(counted, item, entry.payload, times)
                if entry.fanout is not None and times:
                    entry.fanout.count(packed, times)

    def _count_item(
        self, counted: inputs.Sent, item: int, payload: Payload, times: int
    ) -> SparsePacket | MaskedPacket | None:
        """Count a message item; its packets, unless all count alike."""
        first, last = (0, self._run.n) if counted.route is Route.SERVER_TO_NODE else self._run.nodes
        number = counted.number
        sizes, told = (self._form.sizes.get((number, place)) for place in (-1, item))
        rows = times * (last - first) if sizes is None else int(sizes[:times].sum())
        if payload.counts_alike:
            payload.count_calls(times, rows if payload.family else times)
        elif told is not None and times:
            payload.count([range(size) for size in told[:times].tolist()])
            payload.count_calls(times - 1, 0)
        elif times:
            packed = self._packed(number, item, times, sizes)
            payload.count(packed)
            payload.count_calls(times - 1, 0)
            return packed
        return None

    def _packed(
        self, number: int, item: int, times: int, sizes: HostArray | None
    ) -> SparsePacket | MaskedPacket:
        """The packets of a message item that were kept."""
        given, wire = self._form.given, self._run.backend.wire
        masked = f"mask_sent_{number}_{item}" in given
        names = ("mask", "dense") if masked else ("columns", "values")
        places, values = (given[f"{part}_sent_{number}_{item}"][:times] for part in names)
        kept = places.shape[-1]
        if sizes is not None:
            sent = np.arange(places.shape[1]) < sizes[:times, None]
            places, values = places[sent], values[sent]
        wired, places = values.reshape(-1, kept).astype(wire), places.reshape(-1, kept)
        return MaskedPacket(places != 0, wired) if masked else SparsePacket(places.copy(), wired)


def _as_program(state: StateInput, value: HostArray, before: Any) -> Any:
    """A state as the program holds it, who had `before`."""
    if is_number(state.slot):
        return int(value[0]) if state.slot.kind is Kind.INT else float(value[0])
    return value.astype(before.dtype) if before.dtype.kind == "i" else value
