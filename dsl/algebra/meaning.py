"""Checked program -> what its rounds compute: values as combinations, messages and draws by what they are made of.

Names, the order of independent lines and temporaries leave no trace: a draw is told by its distribution, arguments and who
draws, a compression by what it compresses. Values sent are taken for exact: rounding on the wire is told apart elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count
from typing import assert_never

from ..check import program as core
from ..check.kinds import Kind
from ..check.uses import targets_in
from .combination import (
    NOTHING,
    TRUE,
    Combination,
    atom,
    chosen,
    number,
    scalar,
    truth,
)
from .draws import drawn
from .expressions import Expressions
from .functions import is_local, key_of, opaque_number
from .keys import digest
from .parts import (
    aggregated,
    any_values,
    content,
    is_known,
    on_wire,
    value_of_kind,
)
from .ranges import ANY
from .symbols import (
    EVERYONE,
    MOST_ITERATIONS,
    SIZED,
    Meaning,
    NotRead,
    Sent,
    Symbols,
)


def meaning(program: core.Program, block: core.Block, symbols: Symbols) -> Meaning:
    """The values that a block leaves and what it sends; NotRead, or TooMany conditions in one function."""
    reader = _Reader(program, symbols)
    reader.values.update(symbols.states)
    reader.block(block, TRUE)
    return Meaning(reader.values, reader.sent, reader.made.sites)


def points(program: core.Program, symbols: Symbols) -> Iterator[Combination]:
    """The output after the start and after each round, without end; draws are told by their order in the whole run."""
    reader = _Reader(program, symbols)
    name = program.output.value.symbol.name
    reader.block(program.init, TRUE)
    for k in count():
        yield reader.values.get(name, NOTHING)
        reader.symbols = replace(symbols, counter=scalar(number(k)))
        reader.block(program.round, TRUE)


class _Reader(Expressions):
    """One pass over a block."""

    def __init__(self, program: core.Program, symbols: Symbols) -> None:
        super().__init__(program, symbols)
        self.sent: list[Sent] = []

    def block(self, block: core.Block, path: Combination) -> None:
        """The statements in order; `path` is the condition under which they are reached."""
        for statement in block:
            match statement:
                case core.Assign():
                    found = [self.value(e) for e in statement.values]
                    for target, value in zip(statement.targets, found, strict=True):
                        self._bind(statement.at, target, value)
                case core.Draw():
                    self._bind(statement.at, statement.target, self._draw(statement))
                case core.Message():
                    self._message(statement, path)
                case core.Branch():
                    self._branch(statement, path)
                case core.Repeat():
                    self._repeat(statement, path)
                case _:
                    assert_never(statement)

    def _bind(self, at: core.At, target: core.Target, value: Combination) -> None:
        """A name takes a value; over a set, a family of all nodes keeps the others' entries."""
        name, value = target.symbol.name, self.made.zeros.left_out(value)
        if at.members is not None and target.where.domain.over is None:
            inside = self._inside(self.value(at.members))
            value = self.made.zeros.left_out(chosen(inside, value, self.values.get(name, NOTHING)))
        if target.kind is Kind.NODES:
            self.sets[target.binding] = EVERYONE if value == atom(EVERYONE) else value.digest()
        self.values[name] = value

    def _inside(self, members: Combination) -> Combination:
        """The truth value of being a member."""
        for key, wish in self.wishes.items():
            if members == atom(key):
                return wish
        if members == atom(EVERYONE):
            return TRUE
        key = key_of(True, "in", members.digest())
        self.made.zeros.unrelated.add(key)
        return truth(key)

    def _members(self, members: core.Expr | None) -> str:
        """The key of the set that a statement runs over."""
        value = atom(EVERYONE) if members is None else self.value(members)
        return EVERYONE if value == atom(EVERYONE) else value.digest()

    def _branch(self, statement: core.Branch, path: Combination) -> None:
        condition = self.value(statement.condition)
        before, counted = dict(self.values), Counter(self.made.seen)
        self.block(statement.then, path * condition)
        then, self.values = self.values, dict(before)
        after, self.made.seen = self.made.seen, counted
        self.block(statement.otherwise, path * (TRUE - condition))
        self.made.seen |= after
        for name in then.keys() & self.values.keys():
            self.values[name] = chosen(condition, then[name], self.values[name])
        self.values = {name: v for name, v in self.values.items() if name in then}

    def _repeat(self, statement: core.Repeat, path: Combination) -> None:
        count = self.value(statement.count)
        exact = count.coefficient().exact if count.is_scalar and not count.guards else None
        if exact is None:
            self._loop(statement, count, path)
            return
        if exact > MOST_ITERATIONS:
            raise NotRead(f"a `repeat` of {exact} iterations")
        for iteration in range(int(exact)):
            if statement.counter is not None:
                self.counters[statement.counter.name] = scalar(number(iteration))
            self.block(statement.body, path)

    def _loop(self, statement: core.Repeat, count: Combination, path: Combination) -> None:
        """Any number of iterations: opaque but for what one does to any values, and for the values at the start."""
        targets = {t.symbol.name: t for t in targets_in(statement.body) if t.symbol.name in self.values}
        entry = {name: self.values[name] for name in targets}
        order = sorted(targets, key=lambda name: self._trial(statement, targets, entry, {})[name].digest())
        places = {name: str(place) for place, name in enumerate(order)}
        inside = _Reader(self.program, self._in_loop())
        inside.values = self.values | any_values(targets, entry, places)
        inside.counters, inside.sets = dict(self.counters), dict(self.sets)
        if statement.counter is not None:
            inside.counters[statement.counter.name] = opaque_number(ANY, False, "iteration")
        inside.block(statement.body, TRUE)
        self.made.sites |= inside.made.sites
        left = [inside.values.get(name, NOTHING).digest() for name in order]
        body = digest(count.digest(), *left, *sorted(map(repr, inside.sent)))
        starts = [entry[name].digest() for name in order]
        for name in order:
            own = is_local(entry[name]) or is_local(inside.values.get(name, NOTHING)) or is_local(count)
            key = key_of(own, "loop", body, places[name], *starts)
            self.values[name] = value_of_kind(targets[name].kind, own, key)
        self.values = {
            n: v
            for n, v in self.values.items()
            if n in entry or n not in inside.values or v is inside.values[n]
        }
        self.sent += [
            replace(sent, condition=digest("loop", body, path.digest(), sent.condition))
            for sent in inside.sent
        ]

    def _trial(
        self,
        statement: core.Repeat,
        targets: Mapping[str, core.Target],
        entry: Mapping[str, Combination],
        places: Mapping[str, str],
    ) -> Mapping[str, Combination]:
        """Values after one iteration from values that are told apart by their start alone: names decide nothing."""
        trial = _Reader(self.program, self._in_loop())
        trial.values = self.values | any_values(
            targets, entry, {n: entry[n].digest() for n in targets} | dict(places)
        )
        trial.counters, trial.sets = dict(self.counters), dict(self.sets)
        if statement.counter is not None:
            trial.counters[statement.counter.name] = opaque_number(ANY, False, "iteration")
        trial.block(statement.body, TRUE)
        return {name: trial.values.get(name, NOTHING) for name in targets}

    def _in_loop(self) -> Symbols:
        return replace(self.symbols, moment=f"{self.symbols.moment} loop")

    # --- draws and messages -----------------------------------------------------------------------------------------

    def _draw(self, statement: core.Draw) -> Combination:
        arguments = [self.value(a) for a in (*statement.arguments, *(v for _, v in statement.settings))]
        if statement.target.symbol.name in self.symbols.events:
            return self.symbols.events[statement.target.symbol.name]
        found = drawn(statement, arguments, self.symbols.moment, self.made, self._all_samples())
        if statement.distribution in SIZED and found != atom(EVERYONE):
            self.sizes[found.digest()] = arguments[1]
            if arguments[1].is_scalar and arguments[1].coefficient().sign > 0:
                self.never_empty.add(found.digest())
        return found

    def _all_samples(self) -> Combination:
        return aggregated("max", EVERYONE, self._constant("samples_i"))

    def _message(self, statement: core.Message, path: Combination) -> None:
        members = self._members(statement.members)
        condition = path
        if statement.condition is not None:
            wish = self.value(statement.condition)
            condition = path * wish
            everyone, members = members == EVERYONE, digest("senders", members, wish.digest())
            if everyone and len(wish.guards) == 1:  # of more the cases would be too many
                self.wishes[members] = wish
            if statement.domain.over is not None:
                self.sets[statement.domain.over] = members
        elif statement.domain.over is not None:
            self.sets.setdefault(statement.domain.over, members)
        for item in statement.items:
            value = self.made.zeros.left_out(self.value(item.value))
            form, floats = self._form(item.value)
            if condition.terms and not is_known(item.value.kind, value):
                told = (
                    statement.route.value,
                    members,
                    condition.digest(),
                    form,
                    content(item.value.kind, value),
                )
                self.sent.append(Sent(*told, value, item.target.symbol.name, item.span.line))
            if item.target.kind is Kind.NODES:
                self.sets[item.target.binding] = EVERYONE if value == atom(EVERYONE) else value.digest()
            if floats and self._is_rounded(item):
                value = on_wire(value)
            self.values[item.target.symbol.name] = value

    def _form(self, value: core.Expr) -> tuple[str, bool]:
        """The key of the compressor that a message's value is made by, or its kind, and whether it is sent as floats."""
        if isinstance(value, core.Compress) and value.compressor.name not in self.symbols.exact:
            return self.symbols.compressors[value.compressor.name], False
        return value.kind.value, True

    def _is_rounded(self, item: core.Item) -> bool:
        return (
            self.symbols.rounded
            and item.target.kind in (Kind.VECTOR, Kind.REAL)
            and item.span.line not in self.symbols.unrounded
        )
