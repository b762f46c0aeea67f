"""What a spec means, slowly: a walk over the checked program, node by node and message by message.

Every role has a memory of its own, and an expression reads only its evaluator's; a message is encoded, measured,
decoded and put into the receivers' memories. Shares no code with plans, emission, or the batched runtime.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from cablese.dsl.check import program as core
from cablese.dsl.check.kinds import Kind, Placement
from slow_draws import Members, Moment
from slow_measures import Measures
from slow_oracle import Samples
from slow_seats import OF_GROUP, NotFinite, Outcome
from slow_statements import Statements


class Evaluator(Statements):
    """One run of a program on a problem."""

    def run(self) -> Outcome:
        """All rounds; raises NotFinite."""
        outcome = Outcome()
        measures = Measures(self.program.output, self.problem, self.rounds, self.moment.seed)
        for round in range(-1, self.rounds):
            self.moment = Moment(self.moment.seed, round)
            if self.network is not None:
                self.network.turn(round)
            self._pass(self.program.init if round < 0 else self.program.round)
            measures.add(self._output(), self._weight(round))
            outcome.points.append(self._point(measures))
        outcome.output = measures.returned()
        return outcome

    def _weight(self, round: int) -> Any:
        """Of the output's present value: of a state as that of the next point, of others as their round's."""
        output = self.program.output
        point = round + 1 if output.is_state else round
        if output.weight is None or not 0 <= point < self.rounds:
            return 1.0
        (here, *_) = (seat for seat in self._everyone if output.value.symbol.name in seat.memory)
        self.moment = Moment(self.moment.seed, point)
        return self.value(output.weight, here)

    def _pass(self, block: core.Block) -> None:
        """`init`, or a round: it starts from states alone and leaves them finite and at home."""
        states = {state.symbol.name for state in self.program.states}
        for seat in self._everyone:
            for name in seat.memory.keys() - states:
                del seat.memory[name]
        self.oracle.begin()
        self.squeezed, self.held = {}, {}
        self.sets, self.told = {}, set()
        self._forget_draws(states)
        self.block(block)
        self._check_agreement()
        for state in self.program.states:
            self._settle(state)

    def _check_agreement(self) -> None:
        """What server and nodes both know is the same."""
        for node in self.nodes:
            for name, entries in node.memory.items():
                for member in (
                    m for m in entries if m is not None and m[1] != OF_GROUP and m[0] != node.node
                ):
                    theirs = self.nodes[member[0]].memory[name][member]
                    assert _same(entries[member], theirs), f"neighbours differ on `{name}`"
            for name in node.memory.keys() & self.server.memory.keys():
                theirs = self.server.memory[name]
                for member, value in node.memory[name].items():
                    assert _same(value, theirs[member]), f"server and nodes differ on `{name}`"

    def _settle(self, state: core.State) -> None:
        name = state.symbol.name
        for seat in self._at(state.home.placement):
            for member, value in seat.memory[name].items():
                if state.kind in (Kind.VECTOR, Kind.REAL) and not np.isfinite(value).all():
                    raise NotFinite(self.moment.round, self.lines[name], member)
        for seat in self._everyone:
            if seat not in self._at(state.home.placement):
                seat.memory.pop(name, None)
        if state.home.placement is Placement.NODE:
            for seat in self.nodes:
                seat.memory[name] = {m: v for m, v in seat.memory[name].items() if m in (None, seat.member)}

    def _output(self) -> Any:
        """The output variable: a vector, a list of the members' vectors, or None where it does not exist yet."""
        name = self.program.output.value.symbol.name
        held = [seat.memory[name] for seat in self._everyone if name in seat.memory]
        if not held:
            return None
        if None in held[0]:
            return held[0][None]
        if self.network is not None:
            return [seat.memory[name][seat.member] for seat in self.nodes]
        return [
            value
            for entries in (held[:1] if name in self.server.memory else held)
            for value in entries.values()
        ]

    def _point(self, measures: Measures) -> dict[str, float]:
        return {
            "bits_up": self.bits.up,
            "bits_down": self.bits.down,
            "bits_down_broadcast": self.bits.down_broadcast,
            "bits_paper": self.bits.paper,
            "bits_paper_down": self.bits.paper_down,
            "bits_shared": self.bits.shared,
            "oracle_calls": self.oracle.calls / self.n,
            **measures.metrics(),
        }


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Samples):
        return one is other or one.indices == other.indices
    if isinstance(one, Members):
        return one == other
    return np.array_equal(one, other, equal_nan=True)
