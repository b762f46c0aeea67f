"""Numbers of points in fused rounds, by which gradients that are asked for again in this round or the next are free."""

from __future__ import annotations

from dataclasses import field

from ..plan import instructions as ir
from ..plan.traverse import INSTRUCTIONS
from ..text.records import structure
from . import fused_inputs as inputs
from .fused_buffers import Buffers, rows_of
from .fused_values import Entries
from .numbering import number_of_point, numbers_bound
from .prelude import Prelude

IN_LOOPS = 32
"""Gradients of one line in a loop that are remembered; in a round with more the round is the program's."""


@structure
class Points:
    """Writes the lines that number points, and those that count gradients by them: `asked` has the numbers of those of the
    round before, `some` those of members alone, and `over` which."""

    buffers: Buffers
    prelude: Prelude
    states: list[str] = field(default_factory=list)  # variables of numbers that pass from round to round
    calls: int = 0  # of gradients that are remembered
    numbers: bool = False
    keeps: bool = False  # rows of gradients

    @property
    def sets(self) -> bool:
        """True if some gradients are those of sets."""
        calls = (each for each in INSTRUCTIONS.walk(self.prelude.plan) if isinstance(each, ir.CallOracle))
        return any(call.members is not None for call in calls)

    def begin(self, states: tuple[str, ...]) -> None:
        """Take the numbers of states as arguments."""
        for name in states:
            number = self.prelude.number_of(name)
            self.states.append(number)
            self.buffers.given(f"a_{number}", inputs.NumberInput(name))

    def bind(self, instruction: ir.Instruction) -> None:
        """Number what an instruction binds."""
        bound = numbers_bound(instruction, self.prelude)
        for place, number in enumerate(bound.values()):
            self.buffers.line(f"m_{place} = {self._number(number)}")
        for place, name in enumerate(bound):
            self.buffers.line(f"at_{name} = m_{place}")

    def _number(self, text: str) -> str:
        """A number: another point's, a constant's, or a new one."""
        if text.startswith('"'):
            name = text.strip('"')
            return self.buffers.given(f"number_of_{name}", inputs.PointInput(name))
        if not text.endswith("()"):
            return f"at_{text}"
        self.numbers = True
        self.buffers.line("number += 1")
        return "number - 1"

    def ask(self, call: ir.CallOracle, over: str) -> bool:
        """Count a gradient of the nodes that did not ask for it in this round or in the one before. True of one that is
        remembered."""
        number = number_of_point(call, self.prelude)
        if number is None:
            if over:
                self._count_over(over)
            else:
                self.buffers.count(inputs.Asked())
            return False
        buffers = self.buffers
        self.calls += IN_LOOPS if buffers.loops else 1
        buffers.line(f"at = {self._number(number)}")
        buffers.line("if calls == asked.shape[0]:")
        buffers.line("    bad, calls = True, 0")
        buffers.line("asks[calls] = at")
        self._keep(over)
        first = buffers.global_row("0") if rows_of(buffers.views_of(ir.NODE, True)[0]) == "rows" else "0"
        nodes = f"{first}, {first} + rows"
        before, now = "asked, some, over", "asks, some_now, over_now, calls"
        differ = call.point.family and not isinstance(call.point, ir.Gather)
        given = (before, now, self._samples(), nodes, str(bool(over and differ)))
        buffers.line(f"anew = {buffers.call('asked_anew', *given)}")
        buffers.line("calls += 1")
        if not over:
            buffers.line("if anew < 0:")
            buffers.depth += 1
            buffers.count(inputs.Asked())
            buffers.line("anew = 0")
            buffers.depth -= 1
        if over or self.sets:
            buffers.count(inputs.AskedOver(), "anew")
        return True

    def ask_batch(self, call: ir.CallOracle, entries: Entries, batch: str) -> None:
        """Count the gradients of minibatches, whose indices are in an array. A round in which a node asks for one again is
        the program's; in another round its minibatch is another."""
        number = number_of_point(call, self.prelude)
        if number is not None:
            asked = self.buffers.call("asked_again", f"asked_{batch}", self._number(number))
            self.buffers.line(f"bad |= {asked}")
        self.buffers.count(inputs.AskedOver(), f"{entries.rows} * {batch}.shape[1]")

    def place(self) -> str:
        """The place among kept rows of the gradient that was asked for last: rounds in turn have one half of them."""
        self.keeps = True
        return "half + calls - 1"

    def _samples(self) -> str:
        return self.buffers.given("samples", inputs.SamplesInput())

    def _count_over(self, over: str) -> None:
        """Count the gradients of samples of the members of a set."""
        samples, total = self._samples(), self.buffers.number()
        self.buffers.line(f"{total} = 0")
        self.buffers.line(f"for i in range(size_{over}):")
        self.buffers.line(f"    {total} += {samples}[{self.buffers.global_row(f'nodes_{over}[i]')}]")
        self.buffers.count(inputs.AskedOver(), total)

    def _keep(self, over: str) -> None:
        """Write the lines that keep who computed a gradient."""
        line = self.buffers.line
        line(f"some_now[calls] = {bool(over)}")
        if over:
            line("for i in range(n):")
            line("    over_now[calls, i] = 0")
            line(f"for i in range(size_{over}):")
            line(f"    over_now[calls, {self.buffers.global_row(f'nodes_{over}[i]')}] = 1")

    def ends(self) -> tuple[list[str], list[str]]:
        """The lines at the start of a round and at its end."""
        starts = [f"at_{name} = a_{name}[0]" for name in self.states]
        ends = [f"a_{name}[0] = at_{name}" for name in self.states]
        if self.numbers:
            self.buffers.given("next_number", inputs.RememberedInput("next", 1))
            starts.append("number = next_number[0]")
            ends.append("next_number[0] = number")
        if self.calls:
            for part in ("asked", "some", "over"):
                self.buffers.given(part, inputs.RememberedInput(part, self.calls))
            self.buffers.buffer("asks", "asked.shape[0]", "int64")
            self.buffers.buffer("some_now", "asked.shape[0]", "uint8")
            self.buffers.buffer("over_now", "over.shape", "uint8")
            starts.append("calls = 0")
            ends += ["for q in range(asked.shape[0]):", "    asked[q] = asks[q] if q < calls else -1"]
            ends += ["    some[q] = q < calls and some_now[q]"]
            if self.sets:
                ends += ["    for i in range(n):", "        over[q, i] = over_now[q, i]"]
        if self.keeps:
            self.buffers.given("held", inputs.RememberedInput("held", self.calls))
            self.buffers.given("rows_held", inputs.RememberedInput("rows", self.calls))
            starts.append("half = k % 2 * asked.shape[0]")
            starts += ["for q in range(asked.shape[0]):", "    held[half + q] = -1"]
        return starts, ends
