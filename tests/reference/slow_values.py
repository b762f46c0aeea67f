"""The slow evaluator's expressions: what each is to a role, for the member that it evaluates for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import slow_collective as collective
import slow_draws as draws
from cablese.dsl.check import program as core
from cablese.dsl.check.kinds import Kind, Placement, Spread, Where
from cablese.runtime.problems.base import Problem
from slow_draws import HOST, Drawer, Members, Moment
from slow_graph import Network
from slow_held import Held, drawn_as_bags
from slow_numbers import apply, fold, one_by_one
from slow_oracle import CountingOracle, Samples
from slow_seats import OF_GROUP, Bits, Member, NotFinite, Seat
from slow_setup import Setup
from slow_wire import Sent


class Values:
    """The state of a run, who takes part in it, and the value of every expression."""

    def __init__(
        self,
        program: core.Program,
        problem: Problem,
        rounds: int,
        seed: int,
        float_bits: int,
        graph: str | None = None,
        groups: int = 1,
    ) -> None:
        self.groups = [part.tolist() for part in np.array_split(np.arange(problem.n), groups)]
        self.network = Network(graph or "ring", problem.n, seed) if program.on_graph else None
        self.program, self.problem, self.rounds = program, problem, rounds
        self.n, self.float_bits = problem.n, float_bits
        self.setup = Setup(program, problem, rounds, float_bits, self.network)
        self.oracle = CountingOracle(problem)
        self.bits = Bits()
        self.moment = Moment(seed, -1)
        self.server = Seat({})
        self.nodes = [Seat({}, i, (i, 0)) for i in range(problem.n)]
        self.lines: dict[str, int] = {}  # where each name was bound last
        self.ranges: dict[str, tuple[int, int]] = {}  # of the integers that were drawn
        self.bags = drawn_as_bags(program.init) | drawn_as_bags(program.round)
        self.averages: dict[core.Site, collective.Statement] = {}
        self.squeezed: dict[int, Sent] = {}  # compressed vectors as they were sent, by identity
        self.held: Held = {}
        self.sets: dict[int, Members] = {}  # the drawn set (or bag) behind each domain that was named
        self.told: set[tuple[int, int]] = set()  # which node heard that it belongs to which set, by identity
        self.walks: dict[
            tuple[core.Site, int], tuple[int, list[int]]
        ] = {}  # epoch and what is left of it, by whoever walks
        self.counters: dict[str, int] = {}  # of the loops around
        self.takers: set[tuple[int, Member]] | None = None  # of a way of the nodes' own, at each role
        self.beside: set[str] = set()  # names that this way has bound
        self.computed: dict[tuple[int, int | None], Any] = {}  # of this statement, by expression and node

    # --- who does what ---------------------------------------------------------------------------------------

    @property
    def _everyone(self) -> list[Seat]:
        return [self.server, *self.nodes]

    def _at(self, placement: Placement) -> list[Seat]:
        """The roles at a placement."""
        match placement:
            case Placement.SERVER:
                return [self.server]
            case Placement.NODE | Placement.NEIGHBORS:
                return self.nodes
            case Placement.ALL | Placement.LINK | Placement.GROUP:
                return self._everyone

    def _members(self, members: core.Expr | None, seat: Seat) -> list[Member]:
        """Who takes part, as this role knows it: the server of all, a node of itself."""
        pairs = [(i, 0) for i in range(self.n)]
        if isinstance(members, core.Who):
            return self._senders(members, seat)
        if members is not None:
            pairs = list(self._set(members, seat).pairs)
        return pairs if seat.node is None else [pair for pair in pairs if pair[0] == seat.node]

    def _set(self, members: core.Expr, seat: Seat) -> Members:
        """A drawn set. Who does not know it knows of itself, if it was told."""
        assert isinstance(members, core.Read)
        found: Members
        if members.symbol.name in seat.memory:
            found = self.value(members, seat)
            return found
        found = self.value(members, self.server)
        assert all((node, id(found)) in self.told for node, _ in found.pairs), "a member was not told"
        return found

    def _senders(self, who: core.Who, seat: Seat) -> list[Member]:
        """Over whom a family runs, as far as a role knows: the keys of what it has of it."""
        pairs = list(self.value(who, self.server).pairs)
        if seat.node is None:
            return pairs
        mine = [pair for pair in pairs if pair[0] == seat.node]
        for read in _reads(who.family):
            if read.where.domain == who.family.where.domain and read.symbol.name in seat.memory:
                assert list(seat.memory[read.symbol.name]) == mine, "a node does not know whether it sent"
        return mine

    def _who(self, who: core.Who) -> Members:
        domain = who.family.where.domain
        if domain.over is None:
            return Members(tuple((i, 0) for i in range(self.n)))
        if domain.over not in self.sets:
            self.sets[domain.over] = Members(tuple(self._subset((who.family,))))
        return self.sets[domain.over]

    def _whole_targets(
        self, at: core.At, where: Where, values: tuple[core.Expr, ...], seat: Seat
    ) -> list[Any]:
        if where.spread is Spread.GROUPS:
            return self._groups_of(seat)
        if at.placement is Placement.NEIGHBORS:
            return self._near(seat)
        if at.placement is Placement.SERVER and where.domain.over is not None:
            return self._subset(values)
        return list(self._members(at.members, seat))

    def _groups_of(self, seat: Seat) -> list[Member]:
        """The groups whose values a role has: the server of all, a node of its own."""
        return [
            (g, OF_GROUP) for g in range(len(self.groups)) if seat.node is None or seat.node in self.groups[g]
        ]

    def _near(self, seat: Seat) -> list[Member]:
        """The node and its neighbours."""
        assert self.network is not None
        assert seat.node is not None
        return [(j, 0) for j in self.network.heard(seat.node)]

    def _subset(self, values: tuple[core.Expr, ...]) -> list[Member]:
        """The members over whom the server holds the subset family that these expressions read."""
        for value in values:
            for read in _reads(value):
                if read.where.domain.over is not None:
                    return [m for m in self.server.memory[read.symbol.name] if m is not None]
        raise AssertionError("a family over a subset that reads none")

    # --- expressions -----------------------------------------------------------------------------------------

    def value(self, expr: core.Expr, seat: Seat) -> Any:
        """What an expression is to a role, for the member that it evaluates for."""
        match expr:
            case core.Literal():
                return expr.value
            case core.Read():
                return self._read(expr, seat)
            case core.ParamRead():
                return self.setup.param(expr.symbol.name, self.moment.round, expr.previous)
            case core.Constant():
                return self.setup.constant(expr.name, seat.member[0] if seat.member else None)
            case core.BlockMask():
                return self._mask(expr.block)
            case core.Counter():
                return self.counters.get(expr.symbol.name, self.moment.round)
            case core.Apply(operator="mix"):
                return self._mix(expr.arguments[0], seat)
            case core.Apply() if expr.operator == "support":
                return self._support(self.squeezed[id(self.value(expr.arguments[0], seat))])
            case core.Apply() if expr.operator.startswith("block_"):
                return self._by_block(
                    expr.operator.removeprefix("block_"), self.value(expr.arguments[0], seat)
                )
            case core.Apply():
                return apply(expr.operator, [self.value(a, seat) for a in expr.arguments])
            case core.Aggregate():
                return self._aggregate(expr, seat)
            case core.Oracle():
                return self._oracle(expr, seat)
            case core.Compress():
                return self._compress(expr, seat)
            case core.Figure():
                return self.setup.squeezer(expr.compressor.name, self.moment.round).figure(expr.operator)
            case core.Who():
                return self._who(expr)

    def _mix(self, expr: core.Expr, seat: Seat) -> Any:
        assert self.network is not None
        weights = self.network.w[seat.node]
        return one_by_one([float(weights[m[0]]) * self.value(expr, seat.on(m)) for m in self._near(seat)])

    def _support(self, sent: Sent) -> Any:
        """Which coordinates a compressed vector's message told."""
        if sent.written is None:
            return np.ones(self.problem.d, dtype=bool)
        return np.isin(np.arange(self.problem.d), sent.written)

    def _mask(self, block: str) -> Any:
        """Which entries belong to a block, or to those below it."""
        sizes = [(name, math.prod(shape)) for name, shape in self.problem.blocks]
        return np.array([f"{name}.".startswith(f"{block}.") for name, size in sizes for _ in range(size)])

    def _by_block(self, norm: str, vector: Any) -> Any:
        """Every entry becomes its block's norm."""
        found, rest = [], vector
        for length in (math.prod(shape) for _, shape in self.problem.blocks):
            block, rest = rest[:length], rest[length:]
            found.append(np.full(length, apply(norm, [block])))
        return np.concatenate(found)

    def _read(self, expr: core.Read, seat: Seat) -> Any:
        entries = seat.memory[expr.symbol.name]
        if expr.where.spread is Spread.ONE:
            return entries[None]
        assert seat.member is not None, f"`{expr.symbol.name}` of which node?"
        if expr.where.spread is Spread.GROUPS:
            node, copy = seat.member
            (group,) = (
                [node] if copy == OF_GROUP else [g for g, nodes in enumerate(self.groups) if node in nodes]
            )
            return entries[group, OF_GROUP]
        return entries[(seat.member[0], 0) if expr.where.domain.over is None else seat.member]

    def _aggregate(self, expr: core.Aggregate, seat: Seat) -> Any:
        if expr.domain.over is None:
            members = self._members(None, seat)
        elif isinstance(expr.over, core.Who):
            members = self._subset((expr.over.family,))
        elif expr.over is not None and expr.over.kind is Kind.NODES:
            members = list(self._set(expr.over, seat).pairs)
        else:
            members = self._subset((expr.argument if expr.over is None else expr.over,))
        if expr.argument.where.spread is Spread.GROUPS and expr.over is None:
            members = self._groups_of(seat)
        vector = expr.argument.kind is Kind.VECTOR
        if expr.groups is not None:
            return self._of_groups(expr, members, seat)
        nothing = np.zeros(self.problem.d) if vector else np.float64(0)
        setting = None if expr.setting is None else self.value(expr.setting, seat)
        return fold(expr.operator, [self.value(expr.argument, seat.on(m)) for m in members], nothing, setting)

    def _of_groups(self, expr: core.Aggregate, members: Sequence[Member], seat: Seat) -> Any:
        """The aggregate of the means over members with equal numbers, the least number first."""
        assert expr.groups is not None
        numbers = {member: self.value(expr.groups, seat.on(member)) for member in members}
        means = []
        for number in sorted(set(numbers.values())):
            inside = [self.value(expr.argument, seat.on(m)) for m in members if numbers[m] == number]
            means.append(one_by_one(inside) / len(inside))
        setting = None if expr.setting is None else self.value(expr.setting, seat)
        return fold(expr.operator, means, np.float64(0), setting)

    def _oracle(self, expr: core.Oracle, seat: Seat) -> Any:
        point = self._computed_once(expr.point, seat)
        if expr.operator == "prox":
            return self._prox(point, expr, seat)
        assert seat.node is not None, "the server has no data"
        if expr.operator == "loss":
            return self.oracle.loss(seat.node, point)
        batch = None if expr.batch is None else self.value(expr.batch, seat)
        return self.oracle.gradient(seat.node, point, batch)

    def _prox(self, point: Any, expr: core.Oracle, seat: Seat) -> Any:
        psi = self.problem.regulariser
        if psi is None:
            return point.copy()
        assert expr.batch is not None
        step = np.full((1, 1), self.value(expr.batch, seat), dtype=point.dtype)
        return psi.prox(HOST.xp, point[None], step)[0]

    def _computed_once(self, expr: core.Expr, seat: Seat) -> Any:
        """One value of one place is computed once a node: copies of the node ask at the same point."""
        if expr.where.spread is not Spread.ONE:
            return self.value(expr, seat)
        key = (id(expr), seat.node)
        if key not in self.computed:
            self.computed[key] = self.value(expr, seat)
        return self.computed[key]

    def _compress(self, expr: core.Compress, seat: Seat) -> Any:
        given = {name: self.value(value, seat) for name, value in expr.settings}
        squeezer = self.setup.squeezer(expr.compressor.name, self.moment.round, given)
        drawer = Drawer() if expr.shared or expr.where.spread is Spread.ONE else _drawer(seat)
        if squeezer.name == "perm_k":
            sharing = self._sharing(expr)
            squeezer = replace(squeezer, node=sharing.index(drawer.node))
            assert squeezer.nodes == len(sharing)
            drawer = Drawer()
        words = (
            draws.words(expr.site, self.moment, drawer, squeezer.word_count) if squeezer.word_count else []
        )
        sent = self._finite(squeezer(self.value(expr.argument, seat), words), expr.span.line, seat)
        self.squeezed[id(sent.value)] = sent
        return sent.value

    def _sharing(self, expr: core.Compress) -> list[int]:
        """The nodes that share a joint draw."""
        over = expr.where.domain.over
        return list(range(self.n)) if over is None else [node for node, _ in self.sets[over].pairs]

    def _event(self, draw: core.Draw, seat: Seat) -> Any:
        drawer = Drawer() if draw.target.where.spread is Spread.ONE else _drawer(seat)
        if draw.distribution == "each":
            chances = [self.value(draw.arguments[0], seat.on((i, 0))) for i in range(self.n)]
            return draws.each(draw.site, self.moment, chances)
        arguments = [self.value(argument, seat) for argument in draw.arguments]
        match draw.distribution:
            case "sample":
                known = self._known(draw.arguments[1])
                return draws.sample(draw.site, self.moment, *arguments, known=known)
            case "subset":
                return draws.some(draw.site, self.moment, *arguments)
            case "minibatch":
                again = any(self.value(value, seat) for name, value in draw.settings if name == "replace")
                named = {name for name, _ in draw.settings}
                if "epochs" in named:
                    return self._in_epochs(draw, drawer, seat, int(arguments[0]), "drop_last" in named)
                drawn = draws.minibatch_with_replacement if again else draws.minibatch
                (b,) = arguments
                if draw.arguments[0].where.spread is Spread.ONE:
                    return Samples(drawn(draw.site, self.moment, drawer, self.problem.samples, b))
                assert drawer.node is not None
                own = Drawer(drawer.node, drawer.copy, f"{drawer.scope}, {int(b)} samples")
                found = drawn(draw.site, self.moment, own, self.problem.samples, int(b))
                every = tuple(range(self.problem.samples[drawer.node]))
                return Samples(every if found is None else found)
            case "buckets":
                assert drawer.node is not None
                return draws.bucket(draw.site, self.moment, drawer.node, *map(int, arguments))
            case "uniform_entries" | "normal_entries":
                return draws.entries(draw.distribution, draw.site, self.moment, drawer, arguments)
            case _:
                return draws.number(draw.distribution, draw.site, self.moment, drawer, arguments)

    def _in_epochs(self, draw: core.Draw, drawer: Drawer, seat: Seat, b: int, drops: bool) -> Samples:
        """The samples of a node that follow in its epoch's order, of which each is dealt once."""
        assert drawer.node is not None
        m, walk = self.problem.samples[drawer.node], (draw.site, drawer.node, seat.node)
        if draw.arguments[0].where.spread is Spread.ONE and b >= max(self.problem.samples):
            return Samples(None)
        if b >= m:
            return Samples(tuple(range(m)))
        epoch, left = self.walks.get(walk, (-1, []))
        if not left or (drops and len(left) < b):
            epoch += 1
            left = draws.shuffled(draw.site, self.moment.seed, epoch, drawer, self.problem.samples)
        self.walks[walk] = (epoch, left[b:])
        return Samples(tuple(sorted(left[:b])))

    def _known(self, expr: core.Expr) -> bool:
        """Whether an expression's value is known before the rounds, to all."""
        match expr:
            case core.Apply():
                return all(map(self._known, expr.arguments))
            case core.ParamRead():
                return not self.setup.is_schedule(expr.symbol.name)
            case core.Literal() | core.Constant() | core.Figure():
                return expr.where.spread is Spread.ONE
            case _:
                return False

    def _finite(self, sent: Sent, line: int, seat: Seat) -> Sent:
        if not isinstance(sent.value, Members) and not np.isfinite(sent.value).all():
            raise NotFinite(self.moment.round, line, seat.member)
        return sent


def _drawer(seat: Seat) -> Drawer:
    assert seat.member is not None
    index, copy = seat.member
    return Drawer(index, 0, "group") if copy == OF_GROUP else Drawer(index, copy)


def _reads(expr: core.Expr) -> list[core.Read]:
    """The variables that an expression reads."""
    match expr:
        case core.Read():
            return [expr]
        case core.Apply():
            return [read for argument in expr.arguments for read in _reads(argument)]
        case core.Aggregate() | core.Compress():
            return _reads(expr.argument)
        case core.Oracle():
            return _reads(expr.point)
        case _:
            return []
