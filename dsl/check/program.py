"""The checked program: every name a symbol, every expression with kind and place, only core statements.

Conveniences of the syntax are gone: bare message items are written out (`g` -> `g = g`), comparison chains are joined with
`and`, `a = e; b = e` lines are statements, compositions are bindings, `min` and `max` of several values take two at a time,
an `if` over one role's blocks is an `if` inside that role. Nodes keep the span of what they came from.

The checker adds assignments: where paths that join hold one value and a family, and where a state of one value per node
ends a round as a single value, `y = y` at the placement where it is kept (binding 0) spreads it out, so that a name has the
same spread and domain on all paths. An assignment over a set (`At.domain`) whose target's domain is everyone keeps the
entries of the others.
"""

from __future__ import annotations

from dataclasses import field
from enum import Enum
from typing import TypeAlias

from ..text.records import KeepsHash, record
from ..text.source import Span
from .contracts import Contract, Traits
from .kinds import Domain, Kind, Placement, Where


def _span() -> Span:
    return field(compare=False, repr=False)  # type: ignore[no-any-return]


def _after() -> tuple[Target, ...]:
    """The field of bindings that follow from a statement's other parts."""
    return field(default=(), compare=False, repr=False)


@record
class Symbol:
    """One name of the spec. `number` identifies it, `name` is as written."""

    number: int
    name: str


@record
class Site:
    """A draw site, free of line numbers: the key of its random stream (language reference, section 7).

    `name` is the event's, or the variable bound by the statement that holds the compressor; `ordinal` its place among
    draws of that kind and name in the text of the spec.
    """

    kind: str  # "event" or "compressor"
    name: str
    ordinal: int


# --- expressions ---------------------------------------------------------------------------------------------


@record
class Literal:
    """A number or a truth value."""

    value: int | float | bool
    kind: Kind
    where: Where
    span: Span = _span()


@record
class Read:
    """The present value of a variable. `binding` numbers the binding that is read (0 when several paths join)."""

    symbol: Symbol
    binding: int
    kind: Kind
    where: Where
    span: Span = _span()


@record
class ParamRead:
    """The value of a param; `previous` for `prev(gamma)`."""

    symbol: Symbol
    previous: bool
    kind: Kind
    where: Where
    span: Span = _span()


@record
class Constant:
    """A constant of the problem or the run: n, d, rounds, x0, zeros, L, L_i, samples, …"""

    name: str
    kind: Kind
    where: Where
    span: Span = _span()


@record
class BlockMask:
    """`block("x")`: the mask of the model's block called `block`, or of all whose names begin with it and a dot."""

    block: str
    kind: Kind
    where: Where
    span: Span = _span()


@record
class Counter:
    """The round counter or a repeat's counter."""

    symbol: Symbol
    kind: Kind
    where: Where
    span: Span = _span()


@record
class Apply:
    """A row of the operator table applied to arguments: `+`, `neg`, `sqrt`, `where`, `norm2`, `==`, `and`, `mix`, …"""

    operator: str
    arguments: tuple[Expr, ...]
    kind: Kind
    where: Where
    span: Span = _span()


@record
class Aggregate:
    """`mean`, `krum` or the like of a family, over `domain`; one server value (or one known to all, in params).

    `over` is the m of `sum(e over m)`, a family or a set; one value in e counts once for each of its nodes. `setting` is
    the number that some take beside, `groups` the b of `median(e, by = b)`, a family of ints: the means of the nodes with
    equal ones are aggregated. `plugin`: the operator is an aggregator's name, and no row of the language.
    """

    operator: str
    argument: Expr
    over: Expr | None
    domain: Domain
    kind: Kind
    where: Where
    span: Span = _span()
    setting: Expr | None = None
    plugin: bool = False
    groups: Expr | None = None


@record
class Oracle:
    """`grad(x)`, `grad(x, xi)`, `F(z)`, `loss(x)`, `prox(v, gamma)`."""

    operator: str
    point: Expr
    batch: Expr | None  # kind BATCH; for prox the step
    kind: Kind
    where: Where
    span: Span = _span()


@record
class Compress:
    """`Q(e)`, with arguments given as round values (`Q(e, scale = s)`) in `settings`."""

    compressor: Symbol
    argument: Expr
    settings: tuple[tuple[str, Expr], ...]
    site: Site
    shared: bool
    kind: Kind
    where: Where
    span: Span = _span()


@record
class Figure:
    """`omega(Q)`, `delta(C)`, `density(Q)`, `bits(Q)`, `share(Q)`."""

    operator: str
    compressor: Symbol
    kind: Kind
    where: Where
    span: Span = _span()


@record
class Who:
    """`who(q)`: the domain of a family, as a set of nodes."""

    family: Expr
    kind: Kind
    where: Where
    span: Span = _span()


Expr: TypeAlias = (
    Literal
    | Read
    | ParamRead
    | Constant
    | BlockMask
    | Counter
    | Apply
    | Aggregate
    | Oracle
    | Compress
    | Figure
    | Who
)


# --- statements ----------------------------------------------------------------------------------------------


@record
class Target:
    """A binding: its symbol, its number, and the kind and place of the value."""

    symbol: Symbol
    binding: int
    kind: Kind
    where: Where
    span: Span = _span()


@record
class At:
    """The executors of a statement: a placement, and the domain of families."""

    placement: Placement
    domain: Domain
    members: Expr | None = None  # the value of kind NODES that `in S` names


@record
class Assign:
    """Targets take values, all evaluated first. With `in S` at a link, entries outside S stay."""

    at: At
    targets: tuple[Target, ...]
    values: tuple[Expr, ...]
    span: Span = _span()


@record
class Draw:
    """`event c ~ bernoulli(p)` at a role."""

    at: At
    target: Target
    distribution: str
    arguments: tuple[Expr, ...]
    settings: tuple[tuple[str, Expr], ...]
    site: Site
    span: Span = _span()


class Route(Enum):
    """The two ends of a message."""

    NODE_TO_SERVER = "node -> server"
    SERVER_TO_ALL = "server -> all"
    SERVER_TO_NODE = "server -> node"
    SERVER_TO_GROUP = "server -> group"
    NODE_TO_NEIGHBORS = "node -> neighbors"
    NODE_TO_ALL = "node -> all"


@record
class Item:
    """A message item: `value` as the sender computes it, `target` as it is known afterwards."""

    target: Target
    value: Expr
    span: Span = _span()


@record
class Message:
    """Items sent along one route, in order. `domain` is that of the family end; `condition` of a `when`."""

    route: Route
    domain: Domain
    members: Expr | None
    condition: Expr | None
    items: tuple[Item, ...]
    span: Span = _span()


@record
class Branch:
    """`if`. With `at` None the branches may hold messages and blocks of several roles; else they stand in that role's block.

    `after`: the bindings known behind it, of the names that it binds.
    """

    at: At | None
    condition: Expr
    then: Block
    otherwise: Block
    span: Span = _span()
    after: tuple[Target, ...] = _after()


@record
class Repeat:
    """`repeat H as t`, at top level (`at` None) or inside one role's block. `after`: as a branch's."""

    at: At | None
    count: Expr
    counter: Symbol | None
    body: Block
    span: Span = _span()
    after: tuple[Target, ...] = _after()


Local: TypeAlias = Assign | Draw
"""Statements that bind targets at one placement, from what is known there."""

Stmt: TypeAlias = Local | Message | Branch | Repeat
Block: TypeAlias = tuple[Stmt, ...]


# --- declarations --------------------------------------------------------------------------------------------


class ProblemKind(Enum):
    """The kind of problem, which decides the oracles."""

    MINIMIZE = "minimize"
    VI = "vi"
    SADDLE = "saddle"


@record
class CompressorCall:
    """A compressor expression: name, arguments as expressions (words stay strings), perhaps `of` another."""

    name: str
    arguments: tuple[tuple[str, Expr | str | CompressorCall], ...]
    inner: CompressorCall | None
    span: Span = _span()
    shared: bool = False  # all draw alike
    traits: Traits = field(default=frozenset(), compare=False, repr=False)  # stated for these arguments


@record
class Compressor:
    """`compressor Q: unbiased = …`; `default` is the run's, `schedule` when an argument depends on the round."""

    symbol: Symbol
    contract: Contract
    default: CompressorCall | None
    shared: bool
    schedule: bool
    span: Span = _span()


@record
class Param:
    """A param; `schedule` when its value depends on the round. Without a value it is open, and its kind counts as real."""

    symbol: Symbol
    value: Expr | None
    condition: Expr | None
    schedule: bool
    kind: Kind
    span: Span = _span()


@record
class Require:
    """`require e`."""

    condition: Expr
    span: Span = _span()


@record
class State:
    """A name that a round may read before it binds it; `home` is its place at a round's end; a `bag` may repeat a node,
    a history keeps as many values as its `length`."""

    symbol: Symbol
    kind: Kind
    home: Where
    bag: bool = False
    length: Expr | None = None


class Averaging(Enum):
    """The value returned: the output variable's last, their average, or one of a round drawn uniformly."""

    LAST = "last"
    AVERAGE = "average"
    UNIFORM = "uniform"


@record
class Output:
    """`output x` and its kin; `value` reads the variable as it is at the end of a round."""

    averaging: Averaging
    value: Read
    weight: Expr | None
    is_state: bool
    span: Span = _span()


@record
class Invariant:
    """`invariant e == f`."""

    left: Expr
    right: Expr
    span: Span = _span()


@record
class Law:
    """`equals OTHER(Q = C_up) when p = 1`: given to OTHER, fixed here; `plain` where rounds and draws match one by one."""

    other: str
    arguments: tuple[tuple[str, Expr | CompressorCall | Symbol], ...]
    bindings: tuple[tuple[str, Expr | CompressorCall | Symbol], ...]
    plain: bool
    span: Span = _span()


@record
class Metric:
    """A metric at the points of a run: `name` at a `point`, or at the output where that is None. Expressions read it by
    its symbol, which no spec can name."""

    symbol: Symbol
    name: str
    point: Expr | None


@record
class Measured:
    """`average(e)`, `last(e)`, …: one number of a run, which a bound reads by its symbol; `value` is e at a point."""

    symbol: Symbol
    measure: str
    value: Expr
    metrics: tuple[Metric, ...]
    span: Span = _span()


@record
class Guarantee:
    """`guarantee "T" for CLASSES when COND: left <= right`, the sides over measures of a run."""

    theorem: str
    classes: tuple[str, ...]
    condition: Expr | None
    left: Expr
    right: Expr
    measured: tuple[Measured, ...]
    span: Span = _span()


@record
class Program(KeepsHash):
    """A whole checked spec. Claims, guarantees and laws, are kept as written (`syntax.nodes`) for who prints them; what
    is checked of guarantees says the same, and does not count when programs are compared."""

    name: str
    source: str
    problem: ProblemKind
    on_graph: bool
    is_directed: bool  # the graph may have directions, and change from round to round
    compressors: tuple[Compressor, ...]
    params: tuple[Param, ...]
    requires: tuple[Require, ...]
    states: tuple[State, ...]
    init: Block
    round: Block
    counter: Symbol | None
    output: Output
    invariants: tuple[Invariant, ...]
    claims: tuple[object, ...]
    laws: tuple[Law, ...]
    span: Span = _span()
    guarantees: tuple[Guarantee, ...] = field(default=(), compare=False, repr=False)
