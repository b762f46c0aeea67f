"""If-conversion: a divergent `if` or `repeat` becomes blocks over the nodes that take each branch.

A branch binds its names under symbols of its own, over the nodes that take it, and may hold all that a block over a subset
may. After the `if` each name has the rows of both branches; a `repeat` is an `if` in a loop that runs as often as any of
its nodes asks. Every condition and count that is left is one value at its placement.

Beyond the checked program's own nodes it has families of kind NODES, sets of nodes that are domains of their own, and four
rows of the plan's operator table: `those`, `interleave` (each branch's set before its rows), `copy` and `most`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import field, replace
from typing import TypeVar, assert_never

from ..check import program as core
from ..check.kinds import Kind, Placement, Spread, Where
from ..check.placements import fan_of
from ..check.traverse import EXPRESSIONS, STATEMENTS, TARGETS
from ..text.diagnostics import InternalError
from ..text.records import record, structure
from ..text.source import Span
from .instructions import roles_of
from .names import Namer
from .numbers import Numbers
from .spec_names import declared_names, targets_of

At = TypeVar("At", core.At, core.At | None)

Known = dict[str, core.Target]
"""The names of the spec that have a value at a statement, each with the binding that holds it."""


def predicate(program: core.Program) -> core.Program:
    """The program with no condition or count of which each node has its own."""
    if not any(differs_by_node(statement) for statement in STATEMENTS.walk(program)):
        return program
    predication = _Predication(Namer(declared_names(program)), Numbers(program))
    states = {s.symbol.name: core.Target(s.symbol, 0, s.kind, s.home, program.span) for s in program.states}
    init, round = predication.whole(program.init, {}), predication.whole(program.round, states)
    return replace(program, init=init, round=round)


def differs_by_node(statement: core.Stmt) -> bool:
    """True of an `if` or `repeat` whose condition or count is one value per node, or per group."""
    match statement:
        case core.Branch():
            return statement.condition.where.spread is not Spread.ONE
        case core.Repeat():
            return statement.count.where.spread is not Spread.ONE
        case _:
            return False


@record
class _Arm:
    """A branch that some nodes take: the place of its statements, and the symbols under which they bind names."""

    at: core.At
    symbols: Mapping[str, core.Symbol]


@structure
class _Predication:
    """One pass over the program. `arm`: the divergent branch that it is in, None outside of any."""

    namer: Namer
    numbers: Numbers
    known: Known = field(default_factory=dict)
    arm: _Arm | None = None

    def whole(self, block: core.Block, known: Known) -> core.Block:
        """The block of `init` or `round`, before which these names have values."""
        self.namer.next_pass()
        return self._path(block, known)[0]

    def _path(self, block: core.Block, known: Known) -> tuple[core.Block, Known]:
        """The rewritten statements of a block, and the names known after them."""
        self.known = dict(known)
        found = tuple(part for statement in block for part in self._statement(statement))
        return found, self.known

    def _statement(self, statement: core.Stmt) -> Iterator[core.Stmt]:
        self.namer.next_statement()
        if isinstance(statement, core.Local):
            read = EXPRESSIONS.map_children(statement, self._renamed)
            bound = TARGETS.map_children(read, self._bound)
            yield replace(bound, at=self._place_in_arm(bound.at))
            return
        match statement:
            case core.Message():
                self.known |= {item.target.symbol.name: item.target for item in statement.items}
                yield statement
            case core.Branch():
                yield from self._copied_into_arm(statement)
                own = differs_by_node(statement)
                yield from self._branch_by_node(statement) if own else (self._branch(statement),)
            case core.Repeat():
                yield from self._copied_into_arm(statement)
                own = differs_by_node(statement)
                yield from self._repeat_by_node(statement) if own else (self._repeat(statement),)
            case _:
                assert_never(statement)

    # --- one value for everyone ------------------------------------------------------------------------------

    def _branch(self, statement: core.Branch) -> core.Branch:
        """An `if` of one condition; a name has a value after it if both branches leave one."""
        condition, before = self._renamed(statement.condition), self.known
        then, one = self._path(statement.then, before)
        otherwise, other = self._path(statement.otherwise, before)
        after = self._known_after(statement, before, one.keys() & other.keys())
        at = self._place_in_arm(statement.at)
        return replace(statement, at=at, condition=condition, then=then, otherwise=otherwise, after=after)

    def _repeat(self, statement: core.Repeat) -> core.Repeat:
        """A `repeat` of one count; an iteration starts with the names that the last one leaves."""
        at, count = self._place_in_arm(statement.at), self._renamed(statement.count)
        counter = self._counter(statement)
        after = self._known_after(statement, self.known, self.known.keys())
        behind = self.known
        body, _ = self._path(statement.body, behind)
        self.known = behind
        return replace(statement, at=at, count=count, counter=counter, body=body, after=after)

    def _known_after(
        self, statement: core.Branch | core.Repeat, before: Known, left: Collection[str]
    ) -> tuple[core.Target, ...]:
        """The bindings known after a statement, among the names `left`; names that it does not bind keep theirs."""
        bound = targets_of((statement,))
        self.known = {name: target for name, target in before.items() if name not in bound}
        return tuple(self._bound(target) for target in statement.after if target.symbol.name in left)

    # --- one value per node ----------------------------------------------------------------------------------

    def _branch_by_node(self, statement: core.Branch) -> Iterator[core.Stmt]:
        """The blocks of an `if` in which each node takes its own branch."""
        at, span, before = self._required_place(statement.at), statement.span, self.known
        taken = self._added_family("taken", Kind.BOOL, at, span)
        refused = core.Apply("not", (_read(taken),), Kind.BOOL, taken.where, span)
        takers, others = (self._added_family(wish, Kind.NODES, at, span) for wish in ("takers", "others"))
        yield core.Assign(at, (taken,), (self._renamed(statement.condition),), span)
        for members, answer in ((takers, _read(taken)), (others, refused)):
            those = core.Apply("those", (answer,), Kind.NODES, members.where, span)
            yield core.Assign(at, (members,), (those,), span)
        arms: list[tuple[core.Target, Known]] = []
        for members, block in ((takers, statement.then), (others, statement.otherwise)):
            body, left = self._arm_of(members, block, before)
            yield from body
            arms.append((members, left))
        self._known_after(statement, before, ())
        for target in statement.after:
            yield from self._interleaved(target, at, taken, before, arms)

    def _interleaved(
        self,
        target: core.Target,
        at: core.At,
        taken: core.Target,
        before: Known,
        arms: list[tuple[core.Target, Known]],
    ) -> Iterator[core.Stmt]:
        """The statements that give a name the rows of both branches."""
        name = target.symbol.name
        if name not in before and not all(name in left for _, left in arms):
            return  # bound in `init`, and no state: never read
        operands: list[core.Expr] = [_read(taken)]
        for members, left in arms:
            row = left[name]
            if row == before.get(name) and row.where.spread is Spread.ONE:
                old, row = row, self._spread_over(row, members)
                yield core.Assign(_place_over(members), (row,), (_read(old),), members.span)
            operands += (_read(members), _read(row))
        where = Where(at.placement, fan_of(at.placement), target.where.domain)
        joined = self._bound(replace(target, where=where))
        rows = core.Apply("interleave", tuple(operands), target.kind, joined.where, taken.span)
        yield core.Assign(at, (joined,), (rows,), taken.span)

    def _spread_over(self, old: core.Target, members: core.Target) -> core.Target:
        """The binding that spreads one value over the nodes that take a branch."""
        symbol = self.numbers.symbol(self.namer.passing(f"{old.symbol.name}_before"))
        return core.Target(symbol, 0, old.kind, members.where, members.span)

    def _arm_of(self, members: core.Target, block: core.Block, known: Known) -> tuple[core.Block, Known]:
        """A branch over the nodes that take it, and the names known after it."""
        symbols = {name: self._arm_symbol(name) for name in targets_of(block)}
        outer, self.arm = self.arm, _Arm(_place_over(members), symbols)
        found = self._path(block, known)
        self.arm = outer
        return found

    def _arm_symbol(self, name: str) -> core.Symbol:
        """A new symbol for a name that a branch binds; another holds the name outside of it."""
        held = name if self.arm is None else self.arm.symbols[name].name
        return self.numbers.symbol(self.namer.kept(f"{held.removesuffix('_new')}_new"))

    def _repeat_by_node(self, statement: core.Repeat) -> Iterator[core.Stmt]:
        """The loop of a `repeat` in which each node has its own number of iterations."""
        at, span = self._required_place(statement.at), statement.span
        times = self._added_family("times", statement.count.kind, at, span)
        yield core.Assign(at, (times,), (self._renamed(statement.count),), span)
        for target in statement.after:
            yield from self._copied(target.symbol.name, at.placement, span)
        one, counter = Where(at.placement), self._counter(statement)
        counted = core.Counter(counter, Kind.INT, one, span)
        asked = core.Apply("<", (counted, _read(times)), Kind.BOOL, times.where, span)
        body = core.Branch(at, asked, statement.body, (), span, statement.after)
        most = core.Apply("most", (_read(times),), Kind.INT, one, span)
        yield self._repeat(core.Repeat(at, most, counter, (body,), span, statement.after))

    def _copied(self, name: str, placement: Placement, span: Span) -> Iterator[core.Stmt]:
        """A copy of a vector before a divergent loop: a new point at all nodes, however often each process runs the loop."""
        held = _known_to(placement, self.known.get(name))
        if held is not None and held.kind is Kind.VECTOR:
            where = replace(held.where, placement=placement)
            copied = self.known[name] = replace(held, where=where)
            copy = core.Apply("copy", (_read(held),), held.kind, where, span)
            yield core.Assign(core.At(placement, where.domain), (copied,), (copy,), span)

    # --- names -----------------------------------------------------------------------------------------------

    def _copied_into_arm(self, statement: core.Branch | core.Repeat) -> Iterator[core.Stmt]:
        """Copies, under the arm's symbols, of names that a statement in it may leave as they were before the arm."""
        if self.arm is None:
            return
        both = set[str]()
        if isinstance(statement, core.Branch):
            both = targets_of(statement.then).keys() & targets_of(statement.otherwise).keys()
        for target in statement.after:
            name, at = target.symbol.name, self.arm.at
            old = _known_to(at.placement, self.known.get(name))
            if old is not None and name not in both and old.symbol != self.arm.symbols[name]:
                yield core.Assign(at, (self._bound(target),), (_read(old, target.span),), target.span)

    def _bound(self, target: core.Target) -> core.Target:
        """The target under the symbol of the arm; from now on it holds the name."""
        name = target.symbol.name
        if self.arm is not None:
            where = replace(target.where, domain=self.arm.at.domain)
            target = replace(target, symbol=self.arm.symbols[name], where=where)
        self.known[name] = target
        return target

    def _added_family(self, wish: str, kind: Kind, at: core.At, span: Span) -> core.Target:
        """A family that the pass adds; a set of nodes has a domain of its own."""
        name = self.namer.kept(wish)
        domain = self.numbers.domain(name) if kind is Kind.NODES else at.domain
        where = Where(at.placement, fan_of(at.placement), domain)
        return core.Target(self.numbers.symbol(name), 0, kind, where, span)

    def _counter(self, statement: core.Repeat) -> core.Symbol:
        return statement.counter or self.numbers.symbol(self.namer.kept("t"))

    def _place_in_arm(self, at: At) -> At:
        """The place of a statement: in an arm, over the nodes that take it."""
        return at if self.arm is None else self.arm.at

    def _required_place(self, at: core.At | None) -> core.At:
        if at is None:
            raise InternalError("a condition of a node's own outside of a block")
        return self._place_in_arm(at)

    def _renamed(self, expr: core.Expr) -> core.Expr:
        """The expression with the symbols that hold its names here."""
        match expr:
            case core.Read():
                held = self.known.get(expr.symbol.name)
                if held is None or held.symbol == expr.symbol:
                    return expr
                return replace(expr, symbol=held.symbol, where=replace(expr.where, domain=held.where.domain))
            case core.Apply(operator="mix"):
                return expr  # reads values sent before the arm: neighbours do not know its own bindings
            case _:
                return EXPRESSIONS.map_children(expr, self._renamed)


def _read(target: core.Target, span: Span | None = None) -> core.Read:
    return core.Read(target.symbol, 0, target.kind, target.where, target.span if span is None else span)


def _place_over(members: core.Target) -> core.At:
    return core.At(members.where.placement, members.where.domain, _read(members))


def _known_to(placement: Placement, held: core.Target | None) -> core.Target | None:
    """The binding, if all at a placement know it."""
    known = held is not None and roles_of(placement) <= roles_of(held.where.placement)
    return held if known else None
