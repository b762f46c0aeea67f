"""What a spec means, slowly: a walk over the checked program, node by node and message by message.

Every role has a memory of its own, and an expression reads only its evaluator's; a message is encoded, measured,
decoded and put into the receivers' memories. Shares no code with plans, emission, or the batched runtime.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import slow_collective as collective
import slow_draws as draws
from cablese.dsl.check import program as p
from cablese.dsl.check.kinds import Domain, Kind, Placement, Spread, Where
from cablese.runtime.problems.base import Problem
from slow_draws import Drawer, Members, Moment
from slow_graph import Network
from slow_held import Held, arrives, bound, drawn_as_bags, held_after, holds
from slow_measures import Measures
from slow_numbers import apply, fold, one_by_one
from slow_oracle import CountingOracle, Samples
from slow_setup import Setup
from slow_wire import UNKNOWN_INT, Sent, log2_ceil, send_plain, send_vector

Member = tuple[int, int]
"""A node and which of its copies: 0 but where a bag holds the node more than once."""

OF_GROUP = -1
"""In the place of a copy: the first number is a group's."""

Entries = dict[Member | None, Any]
"""What a role holds under a name: one value (key None), or one per member: at the server all, at a node its own."""


class NotFinite(Exception):
    """A value that is sent or becomes state is inf or nan."""

    def __init__(self, round: int, line: int, member: Member | None) -> None:
        self.round, self.line, self.node = round, line, None if member is None else member[0]
        super().__init__(f"round {round}, line {line}, node {self.node}")


@dataclass(frozen=True, eq=False)
class Seat:
    """Who evaluates: a role with its memory (`node` None: the server), at this moment for this member."""

    memory: dict[str, Entries]
    node: int | None = None
    member: Member | None = None

    def on(self, member: Member | None) -> Seat:
        """The same role, evaluating for a member."""
        return Seat(self.memory, self.node, member)


@dataclass
class Bits:
    """Bits sent so far."""

    up: int = 0
    down: int = 0
    down_broadcast: int = 0
    shared: int = 0
    paper: int = 0
    paper_down: int = 0

    def sent_up(self, message: Sent, copies: int = 1) -> None:
        """To the server, or to neighbours."""
        self.up += copies * message.bits
        self.paper += copies * message.counted

    def sent_down(self, message: Sent, copies: int = 1) -> None:
        """To so many nodes at once."""
        self.down += copies * message.bits
        self.down_broadcast += message.bits
        self.paper_down += copies * message.counted


@dataclass
class Outcome:
    """A run: bits, oracle calls and metrics after 0, 1, … rounds, and the point that the method returns."""

    points: list[dict[str, float]] = field(default_factory=list)
    output: Any = None


class Evaluator:
    """One run of a program on a problem."""

    def __init__(
        self,
        program: p.Program,
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
        self.averages: dict[p.Site, collective.Statement] = {}
        self.squeezed: dict[int, Sent] = {}  # compressed vectors as they were sent, by identity
        self.held: Held = {}
        self.sets: dict[int, Members] = {}  # the drawn set (or bag) behind each domain that was named
        self.told: set[tuple[int, int]] = set()  # which node heard that it belongs to which set, by identity
        self.counters: dict[str, int] = {}  # of the loops around
        self.takers: set[tuple[int, Member]] | None = None  # of a way of the nodes' own, at each role
        self.beside: set[str] = set()  # names that this way has bound

    # --- rounds ----------------------------------------------------------------------------------------------

    def run(self) -> Outcome:
        """All rounds; raises NotFinite."""
        outcome = Outcome()
        measures = Measures(self.program.output, self.problem, self.rounds, self.moment.seed)
        for round in range(-1, self.rounds):
            self.moment = Moment(self.moment.seed, round)
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

    def _pass(self, block: p.Block) -> None:
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

    @property
    def _everyone(self) -> list[Seat]:
        return [self.server, *self.nodes]

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

    def _settle(self, state: p.State) -> None:
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

    # --- who does what ---------------------------------------------------------------------------------------

    def _at(self, placement: Placement) -> list[Seat]:
        """The roles at a placement."""
        match placement:
            case Placement.SERVER:
                return [self.server]
            case Placement.NODE | Placement.NEIGHBORS:
                return self.nodes
            case Placement.ALL | Placement.LINK | Placement.GROUP:
                return self._everyone

    def _members(self, members: p.Expr | None, seat: Seat) -> list[Member]:
        """Who takes part, as this role knows it: the server of all, a node of itself."""
        pairs = [(i, 0) for i in range(self.n)]
        if isinstance(members, p.Who):
            return self._senders(members, seat)
        if members is not None:
            pairs = list(self._set(members, seat).pairs)
        return pairs if seat.node is None else [pair for pair in pairs if pair[0] == seat.node]

    def _set(self, members: p.Expr, seat: Seat) -> Members:
        """A drawn set. Who does not know it knows of itself, if it was told."""
        assert isinstance(members, p.Read)
        found: Members
        if members.symbol.name in seat.memory:
            found = self.value(members, seat)
            return found
        found = self.value(members, self.server)
        assert all((node, id(found)) in self.told for node, _ in found.pairs), "a member was not told"
        return found

    def _senders(self, who: p.Who, seat: Seat) -> list[Member]:
        """Over whom a family runs, as far as a role knows: the keys of what it has of it."""
        pairs = list(self.value(who, self.server).pairs)
        if seat.node is None:
            return pairs
        mine = [pair for pair in pairs if pair[0] == seat.node]
        for read in _reads(who.family):
            if read.where.domain == who.family.where.domain and read.symbol.name in seat.memory:
                assert list(seat.memory[read.symbol.name]) == mine, "a node does not know whether it sent"
        return mine

    def _who(self, who: p.Who) -> Members:
        domain = who.family.where.domain
        if domain.over is None:
            return Members(tuple((i, 0) for i in range(self.n)))
        if domain.over not in self.sets:
            self.sets[domain.over] = Members(tuple(self._subset((who.family,))))
        return self.sets[domain.over]

    def _note_set(self, domain: Domain, members: p.Expr | None) -> None:
        if domain.over is not None and isinstance(members, p.Read):
            self.sets[domain.over] = self.value(members, self.server)

    def _targets(self, at: p.At, where: Where, values: tuple[p.Expr, ...], seat: Seat) -> list[Any]:
        """For whom a role computes a name: members (in a way of their own, who take it), or None once."""
        if where.spread is Spread.ONE:
            return [None]
        members = self._whole_targets(at, where, values, seat)
        return (
            members if self.takers is None else [m for m in members if (self._number(seat), m) in self.takers]
        )

    def _number(self, seat: Seat) -> int:
        return 0 if seat.node is None else 1 + seat.node

    def _whole_targets(self, at: p.At, where: Where, values: tuple[p.Expr, ...], seat: Seat) -> list[Any]:
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
        return [(j, 0) for j in self.network.near(seat.node)]

    def _subset(self, values: tuple[p.Expr, ...]) -> list[Member]:
        """The members over whom the server holds the subset family that these expressions read."""
        for value in values:
            for read in _reads(value):
                if read.where.domain.over is not None:
                    return [m for m in self.server.memory[read.symbol.name] if m is not None]
        raise AssertionError("a family over a subset that reads none")

    # --- statements ------------------------------------------------------------------------------------------

    def block(self, block: p.Block) -> None:
        """Statements in order."""
        for statement in block:
            after = held_after((statement,), self.held)
            self._statement(statement)
            self.held = after

    def _statement(self, statement: p.Stmt) -> None:
        match statement:
            case p.Assign() | p.Draw():
                self._note_set(statement.at.domain, statement.at.members)
            case p.Message() if statement.condition is None:
                self._note_set(statement.domain, statement.members)
            case _:
                pass
        match statement:
            case p.Assign():
                self._assign(statement)
            case p.Draw():
                self._draw(statement)
            case p.Message():
                self._message(statement)
            case p.Branch():
                self._branch(statement)
            case p.Repeat():
                self._repeat(statement)

    def _branch(self, statement: p.Branch) -> None:
        then, otherwise = bound(statement.then), bound(statement.otherwise)
        self._bind_first(then ^ otherwise)
        beside = self.beside | (then & otherwise)
        self._take_branch(statement)
        self._forget_draws(then | otherwise)
        self.beside = beside

    def _bind_first(self, names: set[str]) -> None:
        """In a way of the nodes' own, what an inner statement may leave as it was before the way is a new point."""
        if self.takers is not None:
            self._renew(names - self.beside)
            self.beside |= names

    def _take_branch(self, statement: p.Branch) -> None:
        if statement.condition.where.spread is not Spread.ONE:
            assert statement.at is not None
            answers = self._answers(statement.condition, statement.at)
            self._each_way(statement.then, statement.otherwise, {key: bool(v) for key, v in answers.items()})
            return
        placement = Placement.ALL if statement.at is None else statement.at.placement
        ways = {bool(self.value(statement.condition, seat)) for seat in self._at(placement)}
        assert len(ways) == 1, "roles take different branches"
        self.block(statement.then if ways.pop() else statement.otherwise)

    def _answers(self, expr: p.Expr, at: p.At) -> dict[tuple[int, Member], Any]:
        """What each role finds for each of its members, the roles by number."""
        return {
            (self._number(seat), member): self.value(expr, seat.on(member))
            for seat in self._at(at.placement)
            for member in self._targets(at, expr.where, (expr,), seat)
        }

    def _each_way(self, then: p.Block, otherwise: p.Block, taken: dict[tuple[int, Member], bool]) -> None:
        """Both ways from the same memory, each for those who take it; then each member has what its own way left."""
        before = [_copied(seat.memory) for seat in self._everyone]
        outside, beside = self.takers, self.beside
        self._take(then, {key for key, answer in taken.items() if answer})
        after = [_copied(seat.memory) for seat in self._everyone]
        for seat, memory in zip(self._everyone, before, strict=True):
            seat.memory.clear()
            seat.memory.update(_copied(memory))
        self._take(otherwise, {key for key, answer in taken.items() if not answer})
        self.takers, self.beside = outside, beside
        for number, (seat, one) in enumerate(zip(self._everyone, after, strict=True)):
            for name in one.keys() & seat.memory.keys():
                mine = {m: v for m, v in one[name].items() if m is None or taken.get((number, m), False)}
                seat.memory[name].update(mine)
            for name in seat.memory.keys() - one.keys():
                del seat.memory[name]
        self._renew(bound((*then, *otherwise)))

    def _take(self, block: p.Block, takers: set[tuple[int, Member]]) -> None:
        self.takers, self.beside, held = takers, set(), self.held
        self.block(block)
        self.held = held

    def _renew(self, names: set[str]) -> None:
        """What differs by node is a new point at all of them, taken or not."""
        for seat in self._everyone:
            for name in names & seat.memory.keys():
                entries = seat.memory[name]
                entries.update({m: v.copy() for m, v in entries.items() if isinstance(v, np.ndarray)})

    def _repeat(self, statement: p.Repeat) -> None:
        """The body so often; what it is the first to bind lives for one iteration."""
        placement = Placement.ALL if statement.at is None else statement.at.placement
        own: dict[tuple[int, Member], Any] = {}
        if statement.count.where.spread is Spread.ONE:
            counts = {int(self.value(statement.count, seat)) for seat in self._at(placement)}
            assert len(counts) == 1, "roles disagree on how often"
        else:
            assert statement.at is not None
            own = self._answers(statement.count, statement.at)
            counts = {max((int(count) for count in own.values()), default=0)}
            self._renew(bound(statement.body))
        outside, moment, counters = self.held, self.moment, self.counters
        self._bind_first(bound(statement.body))
        before, beside = {name for seat in self._everyone for name in seat.memory}, set(self.beside)
        for t in range(counts.pop()):
            self.moment = Moment(moment.seed, moment.round, (*moment.repeats, t))
            if statement.counter is not None:
                self.counters = counters | {statement.counter.name: t}
            self._forget_draws(bound(statement.body))
            self.beside = set(beside)
            self.held = {**outside, **dict.fromkeys(bound(statement.body))}
            if own:
                self._each_way(statement.body, (), {key: t < count for key, count in own.items()})
            else:
                self.block(statement.body)
            for seat in self._everyone:
                for name in seat.memory.keys() - before:
                    del seat.memory[name]
        self._forget_draws(bound(statement.body))
        self.held, self.moment, self.counters, self.beside = outside, moment, counters, beside

    def _forget_draws(self, names: set[str]) -> None:
        """What may come from another way, iteration or round is not known as a draw's: only whether it may be a bag."""
        for name in names:
            self.ranges.pop(name, None)
            most = 2**32 - 1 if name in self.bags else None
            for seat in self._everyone:
                for member, value in seat.memory.get(name, {}).items():
                    if isinstance(value, Members):
                        seat.memory[name][member] = replace(value, most=most)

    def _assign(self, statement: p.Assign) -> None:
        """Right-hand sides first, at every role; then the names take their values."""
        at, computed = statement.at, []
        for target, value in zip(statement.targets, statement.values, strict=True):
            for seat in self._at(at.placement):
                for member in self._targets(at, target.where, (value,), seat):
                    computed.append((target, seat, member, self._assigned(target, value, seat.on(member))))
        for target in statement.targets:
            keeps = at.members is not None and target.where.domain.over is None
            self._bind(target, at.placement, keeps=keeps)
        for target, seat, member, value in computed:
            seat.memory[target.symbol.name][member] = value

    def _assigned(self, target: p.Target, value: p.Expr, seat: Seat) -> Any:
        """A value. Where one vector becomes a family, or all nodes' one over a subset, its entries are new points."""
        found = self.value(value, seat)
        spread = target.where.spread is not Spread.ONE and value.where.spread is Spread.ONE
        if spread and not isinstance(found, np.ndarray):
            return _of_family(found)
        anew = spread or target.where.domain != value.where.domain or self._is_from_before(value)
        if not (anew and isinstance(found, np.ndarray)):
            return found
        copy = found.copy()
        if id(found) in self.squeezed:
            self.squeezed[id(copy)] = self.squeezed[id(found)]
        return copy

    def _is_from_before(self, value: p.Expr) -> bool:
        """Whether a way of the nodes' own copies what its node had before it."""
        if self.takers is None or not isinstance(value, p.Read):
            return False
        return value.where.spread is not Spread.ONE and value.symbol.name not in self.beside

    def _draw(self, statement: p.Draw) -> None:
        target, at, drawn = statement.target, statement.at, []
        for seat in self._at(at.placement):
            for member in self._targets(at, target.where, statement.arguments, seat):
                drawn.append((seat, member, self._event(statement, seat.on(member))))
        self._bind(target, at.placement)
        for seat, member, value in drawn:
            seat.memory[target.symbol.name][member] = value
            if isinstance(value, Members):
                self.sets[target.binding] = value
            if seat is self.server and at.placement in (Placement.ALL, Placement.LINK, Placement.GROUP):
                receivers = self.n if at.placement is Placement.ALL else 1
                if at.placement is Placement.GROUP:
                    receivers = len(self.groups[member[0]])
                self.bits.shared += receivers * self._cost(statement, value, seat.on(member))
            if self.network is not None and at.placement is Placement.NEIGHBORS and member == seat.member:
                self.bits.shared += self.network.degree(seat.node or 0) * self._cost(
                    statement, value, seat.on(member)
                )
        if statement.distribution == "choice" and all(map(self._known, statement.arguments)):
            least, most = (self.setup.number(a, -1) for a in statement.arguments)
            self.ranges[target.symbol.name] = (int(least), int(most))

    def _cost(self, draw: p.Draw, value: Any, seat: Seat) -> int:
        """Bits of a draw, were it sent to one node."""
        arguments = [self.value(argument, seat) for argument in draw.arguments if draw.distribution != "each"]
        match draw.distribution:
            case "bernoulli":
                return 1
            case "choice":
                return log2_ceil(int(arguments[1]) - int(arguments[0]) + 1)
            case "sample":
                return log2_ceil(arguments[1] + 1) + arguments[1] * log2_ceil(self.n)
            case "subset" | "each":
                return 1 + min(self.n, log2_ceil(self.n + 1) + len(value.pairs) * log2_ceil(self.n))
            case "minibatch":
                assert seat.member is not None
                return len(value.indices or ()) * log2_ceil(self.problem.samples[seat.member[0]])
            case _:
                return self.float_bits

    def _known(self, expr: p.Expr) -> bool:
        """Whether an expression's value is known before the rounds, to all."""
        match expr:
            case p.Apply():
                return all(map(self._known, expr.arguments))
            case p.ParamRead():
                return not self.setup.is_schedule(expr.symbol.name)
            case p.Literal() | p.Constant() | p.Figure():
                return expr.where.spread is Spread.ONE
            case _:
                return False

    def _bind(self, target: p.Target, placement: Placement, *, keeps: bool = False) -> None:
        """The name is now known at the placement and nowhere else. `keeps`: other members' entries stay, as new points."""
        name = target.symbol.name
        self.lines[name] = target.span.line
        self.beside.add(name)
        self.ranges.pop(name, None)
        there = self._at(placement)
        for seat in self._everyone:
            if not keeps or seat not in there:
                seat.memory.pop(name, None)
        for seat in there:
            kept = seat.memory.get(name, {})
            seat.memory[name] = {m: np.copy(v) if isinstance(v, np.ndarray) else v for m, v in kept.items()}

    # --- messages --------------------------------------------------------------------------------------------

    def _message(self, statement: p.Message) -> None:
        senders = self._chosen(statement)
        for item in statement.items:
            match statement.route:
                case p.Route.NODE_TO_SERVER:
                    self._up(item, senders)
                case p.Route.SERVER_TO_ALL:
                    self._to_all(item)
                case p.Route.SERVER_TO_NODE:
                    self._to_each(statement, item)
                case p.Route.SERVER_TO_GROUP:
                    self._to_groups(item)
                case p.Route.NODE_TO_NEIGHBORS:
                    self._to_neighbors(item)
                case p.Route.NODE_TO_ALL:
                    self._average(item)
            arrived = arrives(item, statement.route, self.held)
            self.held = {**self.held, item.target.symbol.name: arrived}

    def _chosen(self, statement: p.Message) -> dict[int, list[Member]]:
        """Who sends, by node; with `when` each says so in a bit."""
        found: dict[int, list[Member]] = {}
        if statement.route is not p.Route.NODE_TO_SERVER:
            return found
        for seat in self.nodes:
            assert seat.node is not None
            found[seat.node] = self._members(statement.members, seat)
            if statement.condition is not None:
                self.bits.sent_up(Sent(True, 1), len(found[seat.node]))
                sends = {m: bool(self.value(statement.condition, seat.on(m))) for m in found[seat.node]}
                found[seat.node] = [member for member in found[seat.node] if sends[member]]
        return found

    def _up(self, item: p.Item, senders: dict[int, list[Member]]) -> None:
        sent = {}
        for seat in self.nodes:
            for member in senders[seat.node or 0]:
                sent[seat.node, member] = self._send(item, seat.on(member))
        self._bind(item.target, Placement.LINK)
        for (node, member), message in sent.items():
            assert node is not None
            self.bits.sent_up(message)
            for seat in (self.server, self.nodes[node]):
                seat.memory[item.target.symbol.name][member] = _of_family(message.value)

    def _to_all(self, item: p.Item) -> None:
        message = self._send(item, self.server)
        self._bind(item.target, Placement.ALL)
        self.bits.sent_down(message, self.n)
        for seat in self._everyone:
            seat.memory[item.target.symbol.name][None] = message.value

    def _to_each(self, statement: p.Message, item: p.Item) -> None:
        members = self._members(statement.members, self.server)
        sent = [(member, self._send(item, self.server.on(member))) for member in members]
        if isinstance(statement.members, p.Read):
            drawn = self.value(statement.members, self.server)
            self.told |= {(node, id(drawn)) for node, _ in members}
        self._bind(item.target, Placement.LINK)
        for member, message in sent:
            self.bits.sent_down(message)
            for seat in (self.server, self.nodes[member[0]]):
                seat.memory[item.target.symbol.name][member] = _of_family(message.value)

    def _to_groups(self, item: p.Item) -> None:
        sent = [
            (group, self._send(item, self.server.on(group), drawn_too=False))
            for group in self._groups_of(self.server)
        ]
        self._bind(item.target, Placement.GROUP)
        for group, message in sent:
            nodes = self.groups[group[0]]
            self.bits.sent_down(message, len(nodes))
            for seat in (self.server, *(self.nodes[i] for i in nodes)):
                seat.memory[item.target.symbol.name][group] = _of_family(message.value)

    def _average(self, item: p.Item) -> None:
        """A collective compressor over all nodes, with what it has kept at this statement."""
        value = item.value
        assert isinstance(value, p.Compress)
        if value.site not in self.averages:
            squeezer = self.setup.squeezer(value.compressor.name, -1)
            moment = replace(self.moment, round=-1, repeats=())
            count = collective.word_count(squeezer)
            words = draws.words(value.site, moment, Drawer(), count) if count else []
            self.averages[value.site] = collective.Statement(squeezer, words)
        vectors = [
            np.asarray(self.value(value.argument, seat.on((seat.node or 0, 0)))) for seat in self.nodes
        ]
        bits = collective.Bits()
        mean = self.averages[value.site](vectors, bits)
        self._bind(item.target, Placement.ALL)
        self.bits.sent_up(Sent(None, bits.up))
        self.bits.sent_down(Sent(None, bits.down), self.n)
        for seat in self._everyone:
            seat.memory[item.target.symbol.name][None] = mean

    def _to_neighbors(self, item: p.Item) -> None:
        """One message to each neighbour; broadcasts once a node."""
        assert self.network is not None
        sent = {seat.member: self._send(item, seat, drawn_too=False) for seat in self.nodes}
        self._bind(item.target, Placement.NEIGHBORS)
        for member, message in sent.items():
            assert member is not None
            copies = self.network.degree(member[0])
            self.bits.sent_up(message, copies)
            self.bits.sent_down(message, copies)
            for node in self.network.near(member[0]):
                self.nodes[node].memory[item.target.symbol.name][member] = _of_family(message.value)

    def _send(self, item: p.Item, seat: Seat, *, drawn_too: bool = True) -> Sent:
        """One message, as its receivers have it: a new point. A compressed vector that is sent as it is travels as it was
        encoded."""
        value = self.value(item.value, seat)
        if holds(item.value, self.held):
            again = replace(self.squeezed[id(value)], value=value.copy())
            self.squeezed[id(again.value)] = again
            if drawn_too and isinstance(item.value, p.Compress):
                k = self._seeded(item.value)
                return again if k is None else replace(again, bits=k * self.float_bits)
            return again
        kind = item.value.kind
        if kind is Kind.VECTOR:
            sent = send_vector(value, self.float_bits)
        else:
            span = self.ranges.get(item.value.symbol.name) if isinstance(item.value, p.Read) else None
            sent = send_plain(kind.value, value, self.n, self.float_bits, span or UNKNOWN_INT)
        return self._finite(sent, item.span.line, seat)

    def _seeded(self, value: p.Compress) -> int | None:
        """How many floats are all that is sent, where who receives a vector at once draws its coordinates."""
        name = value.compressor.name
        arguments = self.setup.squeezer(name, self.moment.round).arguments
        fixed = not value.settings and not self.setup.changes(name)
        return arguments["k"] if fixed and arguments.get("indices") == "seeded" else None

    def _finite(self, sent: Sent, line: int, seat: Seat) -> Sent:
        if not isinstance(sent.value, Members) and not np.isfinite(sent.value).all():
            raise NotFinite(self.moment.round, line, seat.member)
        return sent

    # --- expressions -----------------------------------------------------------------------------------------

    def value(self, expr: p.Expr, seat: Seat) -> Any:
        """What an expression is to a role, for the member that it evaluates for."""
        match expr:
            case p.Literal():
                return expr.value
            case p.Read():
                return self._read(expr, seat)
            case p.ParamRead():
                return self.setup.param(expr.symbol.name, self.moment.round, expr.previous)
            case p.Constant():
                return self.setup.constant(expr.name, seat.member[0] if seat.member else None)
            case p.Counter():
                return self.counters.get(expr.symbol.name, self.moment.round)
            case p.Apply(operator="mix"):
                return self._mix(expr.arguments[0], seat)
            case p.Apply() if expr.operator == "support":
                return self._support(self.squeezed[id(self.value(expr.arguments[0], seat))])
            case p.Apply() if expr.operator.startswith("block_"):
                return self._by_block(
                    expr.operator.removeprefix("block_"), self.value(expr.arguments[0], seat)
                )
            case p.Apply():
                return apply(expr.operator, [self.value(a, seat) for a in expr.arguments])
            case p.Aggregate():
                return self._aggregate(expr, seat)
            case p.Oracle():
                return self._oracle(expr, seat)
            case p.Compress():
                return self._compress(expr, seat)
            case p.Figure():
                return self.setup.squeezer(expr.compressor.name, self.moment.round).figure(expr.operator)
            case p.Who():
                return self._who(expr)

    def _mix(self, expr: p.Expr, seat: Seat) -> Any:
        assert self.network is not None
        weights = self.network.w[seat.node]
        return one_by_one([float(weights[m[0]]) * self.value(expr, seat.on(m)) for m in self._near(seat)])

    def _support(self, sent: Sent) -> Any:
        """Which coordinates a compressed vector's message told."""
        if sent.written is None:
            return np.ones(self.problem.d, dtype=bool)
        return np.isin(np.arange(self.problem.d), sent.written)

    def _by_block(self, norm: str, vector: Any) -> Any:
        """Every entry becomes its block's norm."""
        found, rest = [], vector
        for length in (math.prod(shape) for _, shape in self.problem.blocks):
            block, rest = rest[:length], rest[length:]
            found.append(np.full(length, apply(norm, [block])))
        return np.concatenate(found)

    def _read(self, expr: p.Read, seat: Seat) -> Any:
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

    def _aggregate(self, expr: p.Aggregate, seat: Seat) -> Any:
        if expr.domain.over is None:
            members = self._members(None, seat)
        elif isinstance(expr.over, p.Who):
            members = self._subset((expr.over.family,))
        elif expr.over is not None and expr.over.kind is Kind.NODES:
            members = list(self._set(expr.over, seat).pairs)
        else:
            members = self._subset((expr.argument if expr.over is None else expr.over,))
        if expr.argument.where.spread is Spread.GROUPS and expr.over is None:
            members = self._groups_of(seat)
        vector = expr.argument.kind is Kind.VECTOR
        nothing = np.zeros(self.problem.d) if vector else np.float64(0)
        return fold(expr.operator, [self.value(expr.argument, seat.on(m)) for m in members], nothing)

    def _oracle(self, expr: p.Oracle, seat: Seat) -> Any:
        point = self.value(expr.point, seat)
        if expr.operator == "prox":
            return point.copy()  # no problem has a regulariser yet
        assert seat.node is not None, "the server has no data"
        if expr.operator == "loss":
            return self.oracle.loss(seat.node, point)
        batch = None if expr.batch is None else self.value(expr.batch, seat)
        return self.oracle.gradient(seat.node, point, batch)

    def _compress(self, expr: p.Compress, seat: Seat) -> Any:
        given = {name: self.value(value, seat) for name, value in expr.settings}
        squeezer = self.setup.squeezer(expr.compressor.name, self.moment.round, given)
        drawer = Drawer() if expr.shared or expr.where.spread is Spread.ONE else _drawer(seat)
        words = (
            draws.words(expr.site, self.moment, drawer, squeezer.word_count) if squeezer.word_count else []
        )
        sent = self._finite(squeezer(self.value(expr.argument, seat), words), expr.span.line, seat)
        self.squeezed[id(sent.value)] = sent
        return sent.value

    def _event(self, draw: p.Draw, seat: Seat) -> Any:
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
                replace = any(self.value(value, seat) for name, value in draw.settings if name == "replace")
                drawn = draws.minibatch_with_replacement if replace else draws.minibatch
                (b,) = arguments
                if draw.arguments[0].where.spread is Spread.ONE:
                    return Samples(drawn(draw.site, self.moment, drawer, self.problem.samples, b))
                assert drawer.node is not None
                own = Drawer(drawer.node, drawer.copy, f"{drawer.scope}, {int(b)} samples")
                found = drawn(draw.site, self.moment, own, self.problem.samples, int(b))
                every = tuple(range(self.problem.samples[drawer.node]))
                return Samples(every if found is None else found)
            case _:
                return draws.number(draw.distribution, draw.site, self.moment, drawer, arguments)


def _drawer(seat: Seat) -> Drawer:
    assert seat.member is not None
    index, copy = seat.member
    return Drawer(index, 0, "group") if copy == OF_GROUP else Drawer(index, copy)


def _reads(expr: p.Expr) -> list[p.Read]:
    """The variables that an expression reads."""
    match expr:
        case p.Read():
            return [expr]
        case p.Apply():
            return [read for argument in expr.arguments for read in _reads(argument)]
        case p.Aggregate() | p.Compress():
            return _reads(expr.argument)
        case p.Oracle():
            return _reads(expr.point)
        case _:
            return []


def _of_family(value: Any) -> Any:
    """Numbers that every node has its own of are NumPy's, whose functions round alike for one and for many."""
    return np.asarray(value)[()] if isinstance(value, bool | int | float) else value


def _copied(memory: dict[str, Entries]) -> dict[str, Entries]:
    return {name: dict(entries) for name, entries in memory.items()}


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Samples):
        return one is other or one.indices == other.indices
    if isinstance(one, Members):
        return one == other
    return np.array_equal(one, other, equal_nan=True)
