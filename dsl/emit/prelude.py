"""The prelude of a generated program, made once: names for params, constants, draws, messages and helpers.

A name that the spec took goes to the spec; the program's own gets another.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum

from ..plan import instructions as ir
from ..plan.names import FRAME, NEARBY, SUFFIX, unused
from ..plan.points import gradients_of
from ..plan.traverse import INSTRUCTIONS, bound_slots
from ..text.records import record
from .layout import Layout, View


class Group(Enum):
    """Lines of the prelude that stand together, in this order, and their heading."""

    CONSTANTS = "constants"
    ORACLES = "oracles"
    COMPRESSORS = "compressors"
    DRAWS = "draws"
    MESSAGES = "messages"
    UPDATES = "updates in place"
    CHECKS = "states that must stay finite, and their lines"


_FIRST = (Group.CONSTANTS, Group.ORACLES, Group.COMPRESSORS)
"""Groups without a heading, with params above and helpers below."""


@record
class Line:
    """`name = maker`, with a note behind it."""

    name: str
    maker: str
    note: str = ""

    @property
    def text(self) -> str:
        """The line as the program has it."""
        return f"{self.name} = {self.maker}" + (f"  # {self.note}" if self.note else "")


@dataclass(slots=True)
class Prelude:
    """Collects the names that instructions need while they are written; no others are made."""

    plan: ir.Plan
    layout: Layout
    gradients: frozenset[str] = field(init=False)  # the slots of gradients before a name is bound to them
    _taken: set[str] = field(default_factory=set)
    _params: set[str] = field(default_factory=set)
    _helpers: dict[str, str] = field(default_factory=dict)
    _lines: dict[Group, dict[str, Line]] = field(default_factory=lambda: {group: {} for group in Group})
    _schedules: dict[str, str] = field(default_factory=dict)
    _numbers: dict[str, str] = field(default_factory=dict)
    _group_views: list[View] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.gradients = gradients_of(self.plan)
        self._taken |= FRAME | {*self.plan.params, self.plan.counter} | {s.name for s in self.plan.schedules}
        for instruction in INSTRUCTIONS.walk(self.plan):
            if isinstance(instruction, ir.Repeat):
                self._taken.add(instruction.counter)
            for slot in bound_slots(instruction):
                self._taken |= {slot.name, f"{slot.name}{SUFFIX}", f"{slot.name}{NEARBY}"}

    # --- names -----------------------------------------------------------------------------------------------

    def fresh(self, wish: str) -> str:
        """A name like `wish` that is free; taken from now on."""
        name = unused(wish, self._taken)
        self._taken.add(name)
        return name

    def made(self, group: Group, wish: str, maker: str, note: str = "") -> str:
        """A variable made by `maker`; one that was made the same way before is reused."""
        lines = self._lines[group]
        if maker not in lines:
            lines[maker] = Line(self.fresh(wish), maker, note)
        return lines[maker].name

    def helper(self, name: str) -> str:
        """A helper function of the runtime."""
        if name not in self._helpers:
            self._helpers[name] = self.fresh(name)
        return self._helpers[name]

    def param(self, name: str) -> str:
        """A param that does not change."""
        self._params.add(name)
        return name

    def constant(self, name: str) -> str:
        """A constant of the problem or the run, or a compressor's figure."""
        return self.made(Group.CONSTANTS, name, call("constant", name))

    def figure(self, name: str) -> str:
        """The function of the round that gives a compressor's figure, where its arguments change."""
        return self.made(Group.CONSTANTS, f"{name}_at", call("figure", name))

    def block(self, name: str) -> str:
        """The mask of a block of the model."""
        wish = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in name)
        return self.made(Group.CONSTANTS, f"block_{wish}", call("block", name))

    def own_constant(self, name: str, view: View) -> str:
        """A constant with a value per node."""
        return self.made(Group.CONSTANTS, f"{name}{view.suffix}", f"{view.variable}.own({quoted(name)})")

    def constant_of_all(self, name: str) -> str:
        """A constant with a value per node, those of all nodes at every process."""
        return self.made(Group.CONSTANTS, f"{name}_of_all", call("constant_of_all", name))

    def groups(self, view: View) -> View:
        """The rows of groups beside a view's rows of nodes."""
        if view.groups not in self._group_views:
            self._group_views.append(view.groups)
        return view.groups

    def oracle(self, name: str) -> str:
        """`grad`, `F` or `loss`."""
        return self.made(Group.ORACLES, name, call("oracle", name))

    def new_point(self) -> str:
        """The function that gives a point or a minibatch a number of its own."""
        return self.made(Group.ORACLES, "new_point", call("points"))

    def number_of(self, name: str) -> str:
        """The variable with the number of the point, or of the minibatch, that a name holds."""
        if name not in self._numbers:
            self._numbers[name] = self.fresh(f"{name}_point")
        return self._numbers[name]

    def lazy_oracle(self, name: str) -> str:
        """An oracle whose results are computed where entries of them are taken."""
        return self.made(Group.ORACLES, f"{name}_later", call("later", name))

    def mix(self) -> str:
        """The function that averages, at each node, the values of its neighbours and its own."""
        return self.made(Group.ORACLES, "mix", call("mix"))

    def mixing(self) -> str:
        """The weights of a graph that may change."""
        return self.made(Group.ORACLES, "weights", call("mixing"))

    def compressor(self, name: str) -> str:
        """A compressor of the spec."""
        return self.made(Group.COMPRESSORS, name, call("compressor", name))

    def schedule(self, name: str) -> str | None:
        """The function of the round that gives a param's value; None for a param that does not change."""
        if all(schedule.name != name for schedule in self.plan.schedules):
            return None
        if name not in self._schedules:
            self._schedules[name] = self.fresh(f"{name}_at")
        return self._schedules[name]

    def is_asked_for(self, schedule: str) -> bool:
        """True if the text so far reads a schedule."""
        return schedule in self._schedules

    # --- text ------------------------------------------------------------------------------------------------

    def lines(self) -> list[str]:
        """The prelude, group by group."""
        views = [*self.layout.views, *self._group_views]
        out = [f"{view.variable} = {call('view', view.variable)}" for view in views]
        params = [name for name in self.plan.params if name in self._params]
        out += _unpacked(params, params, "params")
        for group in _FIRST:
            out += [line.text for line in self._lines[group].values()]
        helpers = sorted(self._helpers)
        out += _unpacked([self._helpers[name] for name in helpers], helpers, "functions")
        for group, lines in self._lines.items():
            if lines and group not in _FIRST:
                out += ["", f"# {group.value}", *(line.text for line in lines.values())]
        return out


def call(method: str, *arguments: object, **keywords: object) -> str:
    """`run.method(…)` with literal arguments; names of variables go in as `Raw`."""
    texts = [_literal(argument) for argument in arguments]
    texts += [f"{name}={_literal(value)}" for name, value in keywords.items()]
    return f"run.{method}({', '.join(texts)})"


class Raw(str):
    """Text that is not a string in the program, such as a variable."""


def quoted(text: str) -> str:
    """A string literal."""
    return json.dumps(text, ensure_ascii=False)


def _literal(value: object) -> str:
    return quoted(value) if isinstance(value, str) and not isinstance(value, Raw) else str(value)


def _unpacked(names: list[str], wanted: list[str], method: str) -> list[str]:
    return [f"{', '.join(names)} = {call(method, *wanted)}"] if names else []
