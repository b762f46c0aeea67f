"""A run up to one of its rounds, and that round step by step: what each line of the spec gave and sent."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import Any

import numpy as np
from cablese.dsl.check.program import Route
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.spec_names import slot_names
from cablese.dsl.plan.traverse import bound_slots, members_of
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source
from threadpoolctl import threadpool_limits

from ..chance.nodes import Nodes
from ..errors import UsageError
from ..execute.ledger import Entry
from ..execute.loop import BROKEN
from ..execute.options import Options
from ..execute.problems import Problems
from ..execute.program_lines import spec_lines
from ..execute.session import Prepared, prepare
from .readings import Reading, reading_of

_NO_STEP = re.compile(r"\s*(guard_\w+\(|return\b)")


@record
class Sent:
    """A message item that a line sent: number of messages and their bits, at receivers; nodes send it if `up`, and receive
    it if `down`."""

    name: str
    description: str
    messages: int
    bits: int
    up: bool
    down: bool
    compressed: bool


@record
class Step:
    """A line of the spec that was executed. `place`: its role, or the route of a message; `turns`: the passes of the loops
    around it, from 0 on."""

    line: int
    text: str
    place: str
    turns: tuple[int, ...]
    readings: tuple[Reading, ...]
    sent: tuple[Sent, ...]


@record
class SteppedRound:
    """A round as it was executed; `number` is None for `init`."""

    number: int | None
    steps: tuple[Step, ...]


def read_round(text: str | None, rounds: int) -> int | None:
    """The number of a round, from 0 on, or None for `init`; 0 unless it is given. Raises UsageError."""
    if text == "init":
        return None
    if text is None:
        return 0
    if not (text.isascii() and text.isdecimal()):
        raise UsageError(f"--round takes a number from 0 on or init, not {text}.")
    if int(text) >= rounds:
        raise UsageError(f"--round {text}: the run has rounds 0 to {rounds - 1}; --rounds makes it longer.")
    return int(text)


def step_at(
    source: Source, options: Options, number: int | None, problems: Problems | None = None
) -> tuple[Prepared, SteppedRound]:
    """A run in this process alone, made ready, and its round `number`, or `init` for None, step by step. Raises SpecError,
    SetupError, RunFailed."""
    prepared = prepare(source, replace(options, alone=True), problems)
    return prepared, step_through(prepared, number)


def step_through(prepared: Prepared, number: int | None) -> SteppedRound:
    """Run `init` and the rounds before `number`, and that round, or `init` for None, step by step. Raises RunFailed.

    For a run in one process.
    """
    loop, steps = prepared.loop, _Steps(prepared, number)
    loop.conditions.hold_before(0 if number is None else number + 1)
    at = -1
    with threadpool_limits(1), np.errstate(all="ignore"):
        init, round = loop.program()
        try:
            with steps.followed(number is None):
                states, _ = init()
            for at in range(0 if number is None else number + 1):
                loop.machine.begin(at)
                with steps.followed(at == number):
                    states, *_ = round(at, states)
        except BROKEN as found:
            raise loop.blame.failure(at, found) from None
    return SteppedRound(number, tuple(steps.found))


@record
class _Line:
    """Instructions of a line of the spec, and the counters of the loops around them."""

    instructions: tuple[ir.Instruction, ...]
    counters: tuple[str, ...]


class _Steps:
    """The steps of one call of a generated function, read off its variables between two lines of the spec."""

    def __init__(self, prepared: Prepared, number: int | None) -> None:
        run = prepared.context
        self._source, self._backend = run.source, run.backend
        self._entries = prepared.loop.ledger.entries
        block = run.plan.init if number is None else run.plan.round
        self._lines = _lines_of(block)
        self._names = {slot: name for name, slot in slot_names(run.program)}
        self._of_program = _step_lines(prepared.python)
        self._file = prepared.loop.file
        self._now: int | None = None  # the line of the spec that is being executed
        self._turns: tuple[int, ...] = ()
        self._before: list[tuple[int, int]] = []
        self.found: list[Step] = []

    @contextmanager
    def followed(self, here: bool) -> Iterator[None]:
        """Follow the generated function that is called meanwhile, if its steps are asked for `here`."""
        if not here:
            yield
            return
        others, self._before = sys.gettrace(), self._totals()
        sys.settrace(self._called)
        try:
            yield
        finally:
            sys.settrace(others)

    def _called(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        """The follower of a frame: none but of the program's own functions."""
        return self._followed_line if frame.f_code.co_filename == self._file else None

    def _followed_line(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any]:
        """Close the step of the line before where another line begins, or the same once more."""
        if event in ("line", "return"):
            line = self._of_program.get(frame.f_lineno) if event == "line" else None
            turns = self._turns_at(line, frame)
            if line != self._now or turns != self._turns or event == "return":
                self._close(frame)
                self._now, self._turns = line, turns
        return self._followed_line

    def _turns_at(self, line: int | None, frame: FrameType) -> tuple[int, ...]:
        counters = self._lines[line].counters if line in self._lines else ()
        return tuple(int(frame.f_locals.get(counter, 0)) for counter in counters)

    def _close(self, frame: FrameType) -> None:
        """The step of the line that was just executed, if it is one of the spec."""
        if self._now is None or self._now not in self._lines:
            return
        instructions = self._lines[self._now].instructions
        if any(isinstance(each, ir.Repeat) for each in instructions) and self._is_told():
            return  # a loop's line is executed once more for each pass
        self.found.append(
            Step(
                line=self._now,
                text=_without_comment(self._source.line_text(self._now)),
                place=_place(instructions),
                turns=self._turns,
                readings=tuple(self._readings(instructions, frame.f_locals)),
                sent=tuple(self._sent()),
            )
        )

    def _is_told(self) -> bool:
        return any((step.line, step.turns) == (self._now, self._turns) for step in self.found)

    def _readings(
        self, instructions: Sequence[ir.Instruction], values: Mapping[str, Any]
    ) -> Iterator[Reading]:
        seen = set()
        for instruction in instructions:
            for slot in bound_slots(instruction):
                name = self._names.get(slot.name)
                if name is None or slot.name not in values or slot.name in seen:
                    continue
                seen.add(slot.name)
                members = None if isinstance(instruction, ir.Store) else members_of(instruction)
                whose = None if members is None else values.get(members.name)
                rows = tuple(whose.nodes.tolist()) if isinstance(whose, Nodes) else None
                if (reading := reading_of(name, slot, values[slot.name], rows, self._backend)) is not None:
                    yield reading

    def _totals(self) -> list[tuple[int, int]]:
        return [_at_receivers(entry) for entry in self._entries]

    def _sent(self) -> Iterator[Sent]:
        """Messages since the step before."""
        now, before = self._totals(), self._before
        self._before = now
        for entry, (messages, bits), (old, old_bits) in zip(self._entries, now, before, strict=True):
            if messages > old:
                yield _sent(entry, messages - old, bits - old_bits)


def _sent(entry: Entry, messages: int, bits: int) -> Sent:
    payload, transfer = entry.payload, entry.transfer
    items = [each for each in transfer.message_items if each.target.name == payload.name]
    return Sent(
        name=payload.name,
        description=payload.description,
        messages=messages,
        bits=bits,
        up=entry.up or transfer.route is Route.NODE_TO_NEIGHBORS,
        down=not entry.up,
        compressed=any(each.compressor is not None or each.average is not None for each in items),
    )


def _at_receivers(entry: Entry) -> tuple[int, int]:
    messages, bits, *_ = entry.totals()
    return messages * entry.receivers, bits * entry.receivers


def _lines_of(block: Sequence[ir.Instruction], counters: tuple[str, ...] = ()) -> dict[int, _Line]:
    """The instructions of each line of a block; guards are no steps."""
    found: dict[int, _Line] = {}
    for instruction in block:
        if isinstance(instruction, ir.Guard):
            continue
        line = instruction.span.line
        before = found[line].instructions if line in found else ()
        found[line] = _Line((*before, instruction), counters)
        match instruction:
            case ir.Branch():
                found |= _lines_of(instruction.then, counters) | _lines_of(instruction.otherwise, counters)
            case ir.Repeat():
                found |= _lines_of(instruction.body, (*counters, instruction.counter))
            case _:
                continue
    return found


def _step_lines(python: str) -> dict[int, int]:
    """The line of the spec of each line of the generated program that is a step; guards are none."""
    texts = python.split("\n")
    return {
        number: line for number, line in spec_lines(python).items() if not _NO_STEP.match(texts[number - 1])
    }


def _place(instructions: Sequence[ir.Instruction]) -> str:
    """The route of a message, or the roles that execute the line."""
    for instruction in instructions:
        if isinstance(instruction, ir.Transfer):
            return instruction.route.value
    roles = frozenset(role for instruction in instructions for role in instruction.roles)
    return _PLACES.get(roles, "all")


_PLACES = {ir.SERVER: "server", ir.NODE: "node", ir.NEIGHBORS: "neighbors"}


def _without_comment(text: str) -> str:
    return text.split("#")[0].strip()
