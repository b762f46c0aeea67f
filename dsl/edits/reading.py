"""Checked program -> system: every value as a term over the states before the round, draws and what was compressed."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import assert_never

from ..algebra.pairing import Fixed
from ..check import program as core
from ..check.kinds import Kind, Spread
from ..check.uses import targets_in
from .formulas import ALWAYS, EVERYONE, NONE, NOTHING_FIXED, Formula, formula, word
from .system import Part, PartKind, System
from .terms import Sort, Term, applied, leaf, operation

INIT, ROUND = "init", "round"
PLAIN = "#plain"
"""The mark of a message that is not compressed: formulas read its value, and its name is free for others."""


def system_of(program: core.Program, fixed: Fixed = NOTHING_FIXED) -> System:
    """The system of a program under what is fixed: compressors that change nothing, bound params, no regulariser."""
    first = _Walk(program, fixed, frozenset())
    first.run()
    second = _Walk(
        program, fixed, {at for at, (name, value) in enumerate(first.bound) if first.final(name) == value}
    )
    second.run()
    parts = {part.name: part for part in (*_declared(program), *second.parts())}
    return System(program.name, parts, {n: t for n, t in second.named.items() if n not in parts})


# --- declarations ----------------------------------------------------------------------------------------------


def _declared(program: core.Program) -> list[Part]:
    where = (
        "on a directed graph"
        if program.is_directed
        else "on a graph"
        if program.on_graph
        else "with a server"
    )
    fields = (("kind", word(program.problem.value)), ("where", word(where)))
    found = [Part(PartKind.PROBLEM, "problem", fields, (("kind", program.span.line),))]
    for compressor in program.compressors:
        found.append(
            Part(
                PartKind.COMPRESSOR,
                compressor.symbol.name,
                (
                    ("contract", word(compressor.contract.value)),
                    ("shared", word("shared" if compressor.shared else "own")),
                    ("default", NONE if compressor.default is None else _call(compressor.default)),
                ),
                (("contract", compressor.span.line), ("default", compressor.span.line)),
            )
        )
    for param in program.params:
        value = NONE if param.value is None else formula(param.value)
        condition = NONE if param.condition is None else formula(param.condition)
        line = param.span.line
        found.append(
            Part(
                PartKind.PARAM,
                param.symbol.name,
                (("value", value), ("where", condition)),
                (("value", line),),
            )
        )
    return found


def _call(call: core.CompressorCall) -> Term:
    arguments = [applied("setting", (word(name), _argument(value))) for name, value in call.arguments]
    found = applied(call.name, (*arguments, *([word("shared")] if call.shared else [])), call.span)
    return found if call.inner is None else applied("of", (found, _call(call.inner)), call.span)


def _argument(value: core.Expr | str | core.CompressorCall) -> Term:
    match value:
        case str():
            return word(value)
        case core.CompressorCall():
            return _call(value)
        case _:
            return formula(value)


# --- statements --------------------------------------------------------------------------------------------------


class _Walk(Formula):
    """One pass over a program. `finals` are the places of bindings whose value a state keeps to the end of the round."""

    def __init__(self, program: core.Program, fixed: Fixed, finals: Set[int]) -> None:
        bound = {q.symbol.name: formula(q.value) for q in program.params if _is_bound(q, fixed) and q.value}
        super().__init__({}, {}, fixed, bound)
        self.program, self.finals = program, finals
        self.states = {state.symbol.name: state for state in program.states}
        self.part = INIT
        self.bound: list[tuple[str, Term]] = []  # states in the round, and where paths join
        self.next: dict[str, Term] = {}
        self.named: dict[str, Term] = {}  # values of temporaries in the round
        self.starts: dict[str, Term] = {}
        self.lines: dict[tuple[str, str], int] = {}
        self.made: dict[str, Part] = {}
        self.taken = set(self.states) | {q.symbol.name for q in program.params}
        self.taken |= {c.symbol.name for c in program.compressors} | {"problem", "output"}

    def final(self, name: str) -> Term | None:
        """The value that the round leaves in a state."""
        return self.values.get(name)

    def run(self) -> None:
        """The start, then the round from any states."""
        self.block(self.program.init, ())
        self.starts = dict(self.values)
        self.part = ROUND
        self.values.update({name: leaf(name, Sort.STATE) for name in self.states})
        self.next = {name: self.values[name] for name in self.states}
        self.block(self.program.round, ())

    def parts(self) -> list[Part]:
        """The parts that the statements make, states first."""
        found = []
        for name, state in self.states.items():
            spread = {Spread.ONE: "", Spread.NODES: ", each its own", Spread.GROUPS: ", each group's"}
            home = word(state.home.placement.value + spread[state.home.spread])
            fields = (
                ("kind", word(state.kind.value)),
                ("home", home),
                ("init", self.starts.get(name, NONE)),
                ("next", self.next[name]),
            )
            lines = tuple((of, self.lines[name, of]) for of in ("init", "next") if (name, of) in self.lines)
            found.append(Part(PartKind.STATE, name, fields, lines))
        return [*found, *self.made.values(), self.output()]

    def output(self) -> Part:
        """The part that says what is returned."""
        output = self.program.output
        value = output.value.symbol.name
        fields = (
            ("averaging", word(output.averaging.value)),
            ("weight", NONE if output.weight is None else self.value(output.weight)),
            ("value", leaf(value, Sort.STATE) if value in self.states else self.values.get(value, NONE)),
        )
        return Part(PartKind.OUTPUT, "output", fields, (("value", output.span.line),))

    def block(self, block: core.Block, gates: tuple[Term, ...]) -> None:
        """The statements in order, reached where all gates are open."""
        for statement in block:
            match statement:
                case core.Assign():
                    self.assign(statement, gates)
                case core.Draw():
                    self.draw(statement, gates)
                case core.Message():
                    self.message(statement, gates)
                case core.Branch():
                    self.branch(statement, gates)
                case core.Repeat():
                    self.repeat(statement, gates)
                case _:
                    assert_never(statement)

    def bind(self, name: str, value: Term, line: int) -> None:
        """A name takes a value; a state's last one is named by the state."""
        if self.part == INIT:
            self.lines[name, "init"] = line
        elif name in self.states:
            self.lines[name, "next"] = line
            self.bound.append((name, value))
            own = value.head == name and value.sort in (
                Sort.STATE,
                Sort.NEW,
            )  # a join of paths that bind nothing new
            if len(self.bound) - 1 in self.finals and not own:
                self.next[name] = value
                value = leaf(name, Sort.NEW)
        self.values[name] = value

    def unique(self, name: str) -> str:
        """A name for a part that no other has."""
        name = f"{name}#0" if self.part == INIT else name
        found, count = name, 1
        while found in self.taken:
            count += 1
            found = f"{name}#{count}"
        self.taken.add(found)
        return found

    def place(self, at: core.At) -> tuple[tuple[str, Term], ...]:
        """The fields that say who computes."""
        members = EVERYONE if at.members is None else self.value(at.members)
        return ("place", word(at.placement.value)), ("members", members)

    def assign(self, statement: core.Assign, gates: tuple[Term, ...]) -> None:
        found = [
            self.sent(target.symbol.name, statement.at, value, gates)
            for target, value in zip(statement.targets, statement.values, strict=True)
        ]
        for target, value in zip(statement.targets, found, strict=True):
            name = target.symbol.name
            if statement.at.members is not None and target.where.domain.over is None:
                inside = applied("in", (self.value(statement.at.members),))
                value = operation("where", (inside, value, self.values.get(name, NONE)), value.span)
            self.learn(target, value)
            self.bind(name, value, statement.span.line)
            if self.part == ROUND and name not in self.states:
                self.named[name] = value

    def learn(self, target: core.Target, value: Term) -> None:
        """A set of nodes is known by its binding."""
        if target.kind is Kind.NODES:
            self.sets[target.binding] = value

    def sent(self, name: str, at: core.At, value: core.Expr, gates: tuple[Term, ...]) -> Term:
        """The value of an assignment; a lone compression is a part."""
        found = self.value(value)
        if found.head != "compress":
            return found
        return self.keep(
            PartKind.SENT, name, (*self.place(at), _gate(gates), ("value", found)), value.span.line, Sort.SENT
        )

    def keep(
        self, kind: PartKind, name: str, fields: tuple[tuple[str, Term], ...], line: int, sort: Sort
    ) -> Term:
        """A part and the name that stands for it."""
        own = self.unique(name)
        phase = ("phase", word(self.part))
        self.made[own] = Part(kind, own, (phase, *fields), (("value", line),))
        return leaf(own, sort)

    def draw(self, statement: core.Draw, gates: tuple[Term, ...]) -> None:
        arguments = [self.value(a) for a in statement.arguments]
        arguments += [applied("setting", (word(name), self.value(v))) for name, v in statement.settings]
        value = applied(statement.distribution, arguments, statement.span)
        fields = (*self.place(statement.at), _gate(gates), ("value", value))
        name = statement.target.symbol.name
        found = self.keep(PartKind.DRAW, name, fields, statement.span.line, Sort.DRAW)
        self.learn(statement.target, found)
        self.bind(name, found, statement.span.line)

    def message(self, statement: core.Message, gates: tuple[Term, ...]) -> None:
        members = EVERYONE if statement.members is None else self.value(statement.members)
        if statement.condition is not None:
            members = applied("who", (self.value(statement.condition),))
        if statement.domain.over is not None:
            self.sets.setdefault(statement.domain.over, members)
            if statement.condition is not None:
                self.sets[statement.domain.over] = members
        for item in statement.items:
            value, name = self.value(item.value), item.target.symbol.name
            held = self.made.get(value.head) if value.sort is Sort.SENT else None
            if held is not None and held.kind is PartKind.SENT:
                name, value = value.head, held["value"]  # compressed before it is sent
                del self.made[name]
                self.taken.discard(name)
            fields = (
                ("kind", word(item.value.kind.value)),
                ("route", word(statement.route.value)),
                ("members", members),
                _gate(gates),
                ("value", value),
            )
            compressed = value.head == "compress"
            told = name if compressed else f"{name}{PLAIN}"
            found = self.keep(PartKind.MESSAGE, told, fields, item.span.line, Sort.SENT)
            known = found if compressed else value
            self.learn(item.target, known)
            self.bind(item.target.symbol.name, known, item.span.line)

    def branch(self, statement: core.Branch, gates: tuple[Term, ...]) -> None:
        condition = self.value(statement.condition)
        before = dict(self.values)
        self.block(statement.then, (*gates, condition))
        then, self.values = self.values, dict(before)
        self.block(statement.otherwise, (*gates, operation("not", (condition,))))
        otherwise, self.values = self.values, {}
        for name in [n for n in then if n in otherwise]:
            value = operation("where", (condition, then[name], otherwise[name]))
            self.bind(name, value, self.lines.get((name, "next"), statement.span.line))

    def repeat(self, statement: core.Repeat, gates: tuple[Term, ...]) -> None:
        count = self.value(statement.count)
        entry = {
            t.symbol.name: self.values[t.symbol.name]
            for t in targets_in(statement.body)
            if t.symbol.name in self.values
        }
        own = {name: self.unique(name if name not in self.states else f"{name}#loop") for name in entry}
        before = dict(self.values)
        self.values.update({name: leaf(own[name], Sort.LOCAL) for name in entry})
        if statement.counter is not None:
            self.values[statement.counter.name] = word("t")
        self.block(statement.body, (*gates, applied("repeat", (count,))))
        after = self.values
        self.values = {**{n: v for n, v in after.items() if n not in before}, **before}
        for name, start in entry.items():
            fields = (("count", count), ("init", start), ("next", after[name]))
            self.made[own[name]] = Part(PartKind.LOCAL, own[name], fields, (("next", statement.span.line),))
            self.bind(name, leaf(own[name], Sort.RESULT), statement.span.line)


def _is_bound(param: core.Param, fixed: Fixed) -> bool:
    return param.symbol.name in fixed.params and not param.schedule


def _gate(gates: Sequence[Term]) -> tuple[str, Term]:
    return "gate", operation("and", gates) if gates else ALWAYS
