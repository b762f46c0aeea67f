"""The plan: instructions in the order of the spec, each with the roles that execute it.

Effects (draws, oracles, compression, messages) are instructions; arithmetic between them stays a tree. A role's program
is the subsequence of instructions that name the role. The invariants of a plan stand in `verify.py`.
"""

from __future__ import annotations

from dataclasses import field
from enum import Enum
from typing import TypeAlias

from ..check.contracts import Form
from ..check.kinds import Kind, Placement
from ..check.program import Route, Site
from ..text.records import record
from ..text.source import Span


class Role(Enum):
    """The roles that execute instructions: the server; the nodes (all of a rank at once); and the nodes once more, for
    the copies that they hold of values of their neighbours."""

    SERVER = "server"
    NODE = "node"
    NEIGHBOR = "neighbor"


Roles: TypeAlias = frozenset[Role]
SERVER: Roles = frozenset({Role.SERVER})
NODE: Roles = frozenset({Role.NODE})
NEIGHBORS: Roles = frozenset({Role.NODE, Role.NEIGHBOR})
BOTH: Roles = SERVER | NODE
EVERYONE: Roles = frozenset(Role)


def roles_of(placement: Placement) -> Roles:
    """The roles that know, and compute, a value at a placement."""
    match placement:
        case Placement.SERVER:
            return SERVER
        case Placement.NODE:
            return NODE
        case Placement.NEIGHBORS:
            return NEIGHBORS
        case Placement.LINK | Placement.GROUP:
            return BOTH
        case Placement.ALL:
            return EVERYONE


def sender_of(route: Route) -> Role:
    """The role that sends along a route."""
    match route:
        case Route.NODE_TO_SERVER | Route.NODE_TO_NEIGHBORS | Route.NODE_TO_ALL:
            return Role.NODE
        case Route.SERVER_TO_ALL | Route.SERVER_TO_NODE | Route.SERVER_TO_GROUP:
            return Role.SERVER


def ends_of(route: Route) -> Roles:
    """The roles that send or receive along a route."""
    return NEIGHBORS if route is Route.NODE_TO_NEIGHBORS else BOTH


@record
class Slot:
    """A variable of the generated program; families carry a leading node axis, one row a member of their domain.

    `groups`: a row is a group's, not a node's.
    """

    name: str
    kind: Kind
    family: bool
    placement: Placement
    form: Form = Form.DENSE
    groups: bool = False


# --- pure expressions ----------------------------------------------------------------------------------------


@record
class Number:
    """A literal."""

    value: int | float | bool
    kind: Kind
    family: bool = False
    form: Form = Form.DENSE


@record
class Use:
    """The value of a slot."""

    slot: Slot

    @property
    def kind(self) -> Kind:
        """The slot's."""
        return self.slot.kind

    @property
    def family(self) -> bool:
        """The slot's."""
        return self.slot.family

    @property
    def form(self) -> Form:
        """The slot's."""
        return self.slot.form


class Origin(Enum):
    """The origin of a global's value."""

    PARAM = "param"
    PREVIOUS = "previous"  # a param's value in the round before, 0 in round 0
    CONSTANT = "constant"  # one of the problem or the run, or a compressor's figure such as `omega_Q`
    FIGURE = "figure"  # a compressor's, whose arguments change from round to round
    COUNTER = "counter"
    BLOCK = "block"  # the mask of a block of the model, by its name


@record
class Global:
    """A param, a constant or the round counter; params and counter under the name that generated programs give them."""

    name: str
    kind: Kind
    origin: Origin
    family: bool = False
    form: Form = Form.DENSE
    figure: tuple[str, str] | None = None  # such as ("omega", "Q"), of a compressor


@record
class Gather:
    """The rows of a family over all nodes, or over `among`, that belong to the members of a subset, in their order."""

    family_value: Pure
    members: Slot
    kind: Kind
    family: bool = True
    form: Form = Form.DENSE
    among: Slot | None = None


@record
class Operation:
    """A row of the plan's operator table; sparse results are scalings of one sparse operand."""

    operator: str
    arguments: tuple[Pure, ...]
    kind: Kind
    family: bool
    form: Form = Form.DENSE


@record
class Fold:
    """An aggregate over the rows of a family, one by one in (node, copy) order; `plugin` if an aggregator's."""

    operator: str
    argument: Pure
    kind: Kind
    family: bool = False
    form: Form = Form.DENSE
    setting: Pure | None = None
    plugin: bool = False


Pure: TypeAlias = Number | Use | Global | Gather | Operation | Fold


# --- instructions --------------------------------------------------------------------------------------------


def _span() -> Span:
    return field(compare=False, repr=False)  # type: ignore[no-any-return]


@record
class Compute:
    """Slots take the values of expressions, all evaluated first. `in_place`: the one target may be overwritten.

    `members`: the set over which families among the targets run, None for all nodes.
    """

    targets: tuple[Slot, ...]
    values: tuple[Pure, ...]
    members: Slot | None
    roles: Roles
    in_place: bool
    span: Span = _span()


@record
class Store:
    """target[members] = value, the other rows of `old` kept."""

    target: Slot
    members: Slot
    value: Pure
    roles: Roles
    span: Span = _span()


@record
class DrawEvent:
    """A random event. `members`: the set of nodes that draw, each for itself; None for all nodes."""

    target: Slot
    distribution: str
    arguments: tuple[Pure, ...]
    settings: tuple[tuple[str, Pure], ...]
    site: Site
    members: Slot | None
    roles: Roles
    span: Span = _span()


@record
class CallOracle:
    """`target = grad(point)` for the members' data; a result of this or the last round at the same point is taken again.

    `lazy`: only blind compressors read the result, at the entries that they keep. `last`: no later call takes it again.
    """

    target: Slot
    operator: str
    point: Pure
    extra: Pure | None  # the minibatch, or the step of prox
    members: Slot | None
    roles: Roles
    span: Span = _span()
    lazy: bool = False
    last: bool = False


@record
class Rebind:
    """A compressor with new arguments: from here on `target` is `compressor` with the round's values and `settings`."""

    target: str
    compressor: str
    settings: tuple[tuple[str, Pure], ...]
    roles: Roles
    span: Span = _span()


@record
class Compress:
    """`target = Q(operand)`, and its packet; no target where the packet is sent at once.

    A blind compressor evaluates the operand at the entries that it keeps alone.
    """

    packet: Slot
    target: Slot | None
    compressor: str
    operand: Pure
    blind: bool
    site: Site
    shared: bool
    members: Slot | None
    roles: Roles
    span: Span = _span()


@record
class Average:
    """A collective compressor, by its name, and its draw site."""

    compressor: str
    site: Site


@record
class Draws:
    """The draw site of a compressor's coordinates: `shared` by all rows, or drawn by each row for itself."""

    site: Site
    shared: bool


@record
class MessageItem:
    """One item of a message: its payload (a packet slot, or a plain value), and the slot that receivers bind it to.

    `compressor`: the one whose codec writes the payload, None for plain values. `draw`: the event whose value is sent
    unchanged; it tells the range of an integer and the most members of a set. `packet`: the slot of the packet at all
    roles that know the target, if one of them sends it on. `draws`: the draw site of the packet's coordinates, if its
    receivers can repeat the draw. `average`: the target is a collective compressor's mean of the payloads. `bag`: a set
    that may hold a node more than once.
    """

    target: Slot
    payload: Pure
    compressor: str | None
    draw: DrawEvent | None
    packet: Slot | None = None
    average: Average | None = None
    draws: Draws | None = None
    bag: bool = False

    @property
    def is_plain(self) -> bool:
        """True of a value that is sent as it is, and whose packet no role keeps."""
        return self.compressor is None and self.packet is None and self.average is None

    @property
    def chooses(self) -> bool:
        """True of an item by which each node tells whether it belongs to the set of senders of a `when`."""
        return self.target.kind is Kind.NODES and self.payload.kind is Kind.BOOL


@record
class Transfer:
    """A message statement; `number` is its place among all of the plan. The sender's roles send, the others receive.

    `tells`: the slot of the set of members from here on, if receiving nodes learn by the message that they belong to it.
    """

    number: int
    route: Route
    message_items: tuple[MessageItem, ...]
    members: Slot | None
    roles: Roles
    in_init: bool
    span: Span = _span()
    tells: Slot | None = None


@record
class Branch:
    """An `if`: one of two blocks, by a condition that every role of `roles` knows."""

    condition: Pure
    then: tuple[Instruction, ...]
    otherwise: tuple[Instruction, ...]
    roles: Roles
    span: Span = _span()


@record
class Repeat:
    """A loop: a block, `count` times, a number that every role of `roles` knows; `counter` is a variable from 0 on."""

    count: Pure
    counter: str
    body: tuple[Instruction, ...]
    roles: Roles
    span: Span = _span()


@record
class Guard:
    """The finite check of a state that took a new value."""

    slot: Slot
    roles: Roles
    span: Span = _span()


Instruction: TypeAlias = (
    Compute | Store | DrawEvent | CallOracle | Rebind | Compress | Transfer | Branch | Repeat | Guard
)


@record
class Schedule:
    """A param whose value depends on the round; `name` as the generated program calls it."""

    name: str
    value: Pure
    span: Span = _span()


@record
class Plan:
    """A whole method: the instructions before round 0, those of every round, and the states that rounds leave each other.

    `owned`: states whose array no other name can hold, so that `in_place` updates may overwrite it. `weight`: the weight
    of the output's value in an average, as `weight_span` has it, taken at the round's start if `weighs_start`, else at its
    end. `tracked`: names of
    points at which a gradient may be asked for twice, and of the minibatches of such gradients.
    """

    name: str
    source: str
    states: tuple[Slot, ...]
    init: tuple[Instruction, ...]
    round: tuple[Instruction, ...]
    counter: str
    params: tuple[str, ...]
    schedules: tuple[Schedule, ...]
    compressors: tuple[str, ...]
    output: Slot
    output_in_init: bool
    weight: Pure | None = None
    weighs_start: bool = False
    weight_span: Span = _span()
    owned: frozenset[str] = frozenset()
    tracked: frozenset[str] = frozenset()
    on_graph: bool = False  # there is no server
    is_directed: bool = False  # the graph may change from round to round
