"""Checked program -> what its rounds compute: values as combinations, messages and draws by what they are made of.

Names, the order of independent lines and temporaries leave no trace: a draw is told by its distribution, arguments and who
draws, a compression by what it compresses. Values sent are taken for exact: rounding on the wire is told apart elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import count
from typing import assert_never

from ..check import program as core
from ..check.constants import CONSTANTS
from ..check.contracts import Contract
from ..check.kinds import Domain, Kind, Spread
from ..check.uses import targets_in
from .combination import (
    NOTHING,
    TRUE,
    Combination,
    atom,
    case_by_case,
    chosen,
    number,
    scalar,
    truth,
)
from .compressions import Made, compressed
from .conditions import range_of
from .draws import drawn
from .functions import LOCAL, ONES, apply, is_local, key_of, opaque_number
from .histories import OF_HISTORIES, of_history
from .keys import digest
from .parts import (
    aggregated,
    any_values,
    asked,
    averaged,
    content,
    is_known,
    mixed,
    narrowed,
    on_wire,
    proximal,
    value_of_kind,
)
from .ranges import ANY
from .symbols import (
    ALL_SAMPLES,
    CONSTANT_RANGES,
    EVERYONE,
    EXACT_FIGURES,
    FIGURE_RANGES,
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


def evaluated(program: core.Program, symbols: Symbols, expr: core.Expr) -> Combination:
    """The value of an expression of a spec's setup."""
    return _Reader(program, symbols).value(expr)


class _Reader:
    """One pass over a block."""

    def __init__(self, program: core.Program, symbols: Symbols) -> None:
        self.program, self.symbols = program, symbols
        self.params = {q.symbol.name: q for q in program.params}
        self.contracts = {c.symbol.name: c for c in program.compressors}
        self.values: dict[str, Combination] = {}
        self.counters: dict[str, Combination] = {}
        self.sets: dict[int, str] = {}
        self.sizes: dict[str, Combination] = {}  # of sets that are drawn with one
        self.never_empty = {EVERYONE}
        self.sent: list[Sent] = []
        self.wishes: dict[str, Combination] = {}  # of nodes that send `when` something holds, by their set
        self.made = Made()

    # --- statements ----------------------------------------------------------------------------------------------

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

    # --- expressions ------------------------------------------------------------------------------------------------

    def value(self, expr: core.Expr) -> Combination:
        """The value of an expression."""
        match expr:
            case core.Literal():
                return scalar(
                    number(Fraction(str(expr.value)) if not isinstance(expr.value, bool) else int(expr.value))
                )
            case core.Read():
                if expr.symbol.name not in self.values:
                    raise NotRead(f"`{expr.symbol.name}` has no value on this path")
                return self.values[expr.symbol.name]
            case core.ParamRead():
                return self._param(expr)
            case core.Constant():
                return self._constant(expr.name)
            case core.BlockMask():
                return atom(key_of(False, "block", expr.block))
            case core.Counter():
                return self.counters.get(expr.symbol.name, self.symbols.counter)
            case core.Apply():
                if expr.operator == "mix":
                    return mixed(self.value(expr.arguments[0]), keeps_ones=not self.program.is_directed)
                if expr.operator == "support" and self.contracts.keys() <= self.symbols.exact:
                    return TRUE  # of what no compressor shortens
                operands = tuple(self.value(a) for a in expr.arguments)
                return (
                    of_history(expr, operands)
                    if expr.operator in OF_HISTORIES
                    else apply(expr.operator, operands)
                )
            case core.Aggregate():
                return self._aggregate(expr)
            case core.Oracle():
                return self._oracle(expr)
            case core.Compress():
                return self._compress(expr)
            case core.Figure() if (
                expr.compressor.name in self.symbols.exact and expr.operator in EXACT_FIGURES
            ):
                return scalar(number(EXACT_FIGURES[expr.operator]))
            case core.Figure():
                key = self.symbols.compressors[expr.compressor.name]
                return opaque_number(FIGURE_RANGES[expr.operator], False, expr.operator, key)
            case core.Who():
                over = expr.family.where.domain.over
                return atom(EVERYONE if over is None else self._set(expr.family.where.domain))
            case _:
                assert_never(expr)

    def _param(self, expr: core.ParamRead) -> Combination:
        name = expr.symbol.name
        given = self.symbols.params.get(name)
        value = self.params[name].value
        if given is not None and not self.params[name].schedule:
            return given
        if value is None:
            raise NotRead(f"`{name}` has no value")
        outside, counter = self.counters, self.program.counter.name if self.program.counter else "k"
        if expr.previous:
            self.counters = {**outside, counter: self.symbols.counter - scalar(number(1))}
        found, self.counters = self.value(value), outside
        return narrowed(found, self.symbols.ranges.get(name) or range_of(self.params[name]))

    def _constant(self, name: str) -> Combination:
        row = CONSTANTS[name]
        if name == "n" and self.symbols.nodes is not None:
            return self.symbols.nodes
        if name == "zeros":
            return NOTHING
        if row.kind is Kind.VECTOR:
            return atom(ONES if name == "ones" else name)
        return opaque_number(
            CONSTANT_RANGES.get(name, ANY), row.where.spread is not Spread.ONE, "constant", name
        )

    def _set(self, domain: Domain) -> str:
        if domain.over is None:
            return EVERYONE
        if domain.over in self.sets:
            return self.sets[domain.over]
        raise NotRead("a set of several paths")

    def _size(self, over: str, spread: Spread) -> Combination:
        """The number of members of a set."""
        return self.sizes.get(over) or opaque_number(ANY, False, "size", over, spread.value)

    def _aggregate(self, expr: core.Aggregate) -> Combination:
        value, over = self.made.zeros.left_out(self.value(expr.argument)), self._set(expr.domain)
        if over == EVERYONE and self._constant("n") == TRUE and not expr.plugin:
            return value
        if over in self.wishes and expr.operator == "sum":
            sent = self.made.zeros.left_out(self.wishes[over] * value)
            return averaged(sent, EVERYONE, Spread.NODES, never_empty=True) * self._constant("n")
        if expr.operator in ("mean", "sum"):
            spread = Spread.GROUPS if expr.argument.where.spread is Spread.GROUPS else Spread.NODES
            mean = averaged(value, over, spread, never_empty=over in self.never_empty)
            if expr.operator == "mean":
                return mean
            everyone = over == EVERYONE and spread is Spread.NODES
            return mean * (self._constant("n") if everyone else self._size(over, spread))

        beside = [self.value(each).digest() for each in (expr.setting, expr.groups) if each is not None]

        def opaque(inner: Combination) -> Combination:
            return aggregated(expr.operator, over, inner, *beside) if is_local(inner) else inner

        return case_by_case(opaque, (value,), lambda guard: not guard.startswith(LOCAL))

    def _oracle(self, expr: core.Oracle) -> Combination:
        point = self.value(expr.point)
        if expr.operator == "prox":
            if self.symbols.plain_prox:
                return point
            return proximal(point, NOTHING if expr.batch is None else self.value(expr.batch))
        return asked(
            expr.operator, point, atom(ALL_SAMPLES) if expr.batch is None else self.value(expr.batch)
        )

    def _compress(self, expr: core.Compress) -> Combination:
        """The value of an application; of a compressor that changes nothing its argument."""
        name, argument = expr.compressor.name, self.value(expr.argument)
        if name in self.symbols.exact:
            return argument
        settings = tuple(self.value(v) for _, v in expr.settings)
        collective = self.contracts[name].contract is Contract.COLLECTIVE
        return compressed(expr, (argument, *settings), self.symbols, self.made, collective=collective)
