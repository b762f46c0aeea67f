"""The state of a lowering at the present instruction: the bindings of names, and the instructions written so far."""

from __future__ import annotations

from dataclasses import field, replace

from ..check import program as core
from ..check.contracts import Form
from ..check.kinds import Domain, Kind, Placement, Spread
from ..text.records import record, structure
from ..text.source import Span
from . import instructions as ir
from .names import Namer
from .numbers import Numbers


@record
class CompressorTraits:
    """The traits of a bound compressor that lowering goes by."""

    form: Form
    blind: bool
    seeded: bool = False  # its receivers can repeat its draws
    some: bool = False  # of dense form, with messages of some coordinates, which packets tell


@record
class Packed:
    """A compressed vector as it would travel: its packet, whose codec writes it, and the domain of its rows."""

    packet: ir.Slot
    compressor: str
    over: int | None


@record
class Binding:
    """The value of a symbol here: its slot, and the packet or the draw it came from if still unchanged.

    `drawn`: the number of the domain over this set, None where the sets of several paths join. `comes_round`: a set that
    the last iteration of a loop may have left: no value runs over it any more. `bag`: a set that may hold a node more
    than once. `over`: the number of a family's domain, None for all nodes.
    """

    slot: ir.Slot
    packed: Packed | None = None
    draw: ir.DrawEvent | None = None
    drawn: int | None = None
    bag: bool = False
    over: int | None = None
    comes_round: bool = False

    def may_name(self, domain: Domain) -> bool:
        """True unless this set is known to be another than the one that a domain is named after."""
        return not self.comes_round and self.drawn in (None, domain.over)


@structure
class Environment:
    """The bindings of names; and the rosters, sets as their members know them, by the number of the domain: a roster
    stays when the set's name is bound anew."""

    names: dict[str, Binding] = field(default_factory=dict)
    rosters: dict[int, Binding] = field(default_factory=dict)

    def copy(self) -> Environment:
        """An environment with the same bindings, for an arm to change."""
        return Environment(dict(self.names), dict(self.rosters))

    def roster(self, over: int | None) -> Binding | None:
        """The roster of the domain with this number, if its members know it."""
        return None if over is None else self.rosters.get(over)

    def tell(self, domain: Domain, roster: Binding) -> None:
        """Make this the roster of a domain."""
        if domain.over is not None:
            self.rosters[domain.over] = roster


@record
class Context:
    """The place of an expression: the roles that compute it, its domain, and the name that its statement binds.
    `to_nodes`: the server computes it for each node."""

    roles: ir.Roles
    placement: Placement
    members: ir.Slot | None
    domain: Domain
    binds: str
    span: Span
    to_nodes: bool = False

    @property
    def per_node(self) -> bool:
        """True where a group's value is read as that of each of its nodes."""
        return self.to_nodes or self.placement in (Placement.NODE, Placement.LINK)


@structure
class Builder:
    """The instructions so far, and all else that lowering statements and expressions share.

    `calls`: the slots of this statement's oracle calls.
    """

    namer: Namer
    numbers: Numbers
    traits: dict[str, CompressorTraits]
    changing: frozenset[str]  # compressors whose arguments depend on the round
    env: Environment = field(default_factory=Environment)
    out: list[ir.Instruction] = field(default_factory=list)
    transfers: int = 0  # message statements so far
    in_init: bool = True
    calls: dict[tuple[str, ir.Pure, ir.Pure | None, ir.Slot | None], ir.Slot] = field(default_factory=dict)

    def next_statement(self) -> None:
        """Forget the passing names and the oracle calls of the last statement."""
        self.namer.next_statement()
        self.calls.clear()

    def slot(self, target: core.Target, form: Form) -> ir.Slot:
        """The slot that a target's value takes in this form."""
        family = target.where.spread is not Spread.ONE
        name = self.namer.variable(target.symbol.name, family)
        groups = target.where.spread is Spread.GROUPS
        return ir.Slot(name, target.kind, family, target.where.placement, form, groups)

    def bind(self, target: core.Target, binding: Binding) -> None:
        """Bind a name, over the domain that its statement gives it; a set is the roster of that domain."""
        domain = target.where.domain if binding.slot.family else Domain()
        self.env.names[target.symbol.name] = bound = replace(binding, over=domain.over)
        if target.kind is Kind.NODES:
            self.env.tell(domain, bound)


def at_loop_start(binding: Binding) -> Binding:
    """The binding of a loop-carried name at the start of an iteration: without packet, draw, or the domain of a set."""
    is_set = binding.slot.kind is Kind.NODES
    return Binding(binding.slot, bag=binding.bag, over=binding.over, comes_round=is_set)


def wider(one: ir.Slot, other: ir.Slot) -> ir.Slot:
    """The slot for either of two values: at the roles that know both, sparse if either may be, real if either is."""
    common = ir.roles_of(one.placement) & ir.roles_of(other.placement)
    narrower = one if ir.roles_of(one.placement) == common else other
    form = Form.SPARSE if Form.SPARSE in (one.form, other.form) else Form.DENSE
    return replace(narrower, form=form, kind=one.kind if one.kind is other.kind else Kind.REAL)


def sent_packet(
    slot: ir.Slot, payload: ir.Pure, packed: Packed, packet: ir.Slot
) -> tuple[ir.MessageItem, Binding]:
    """The item that sends a compressed vector, and its binding at the receivers: with the packet, except at neighbours,
    which send nothing on."""
    if slot.placement is Placement.NEIGHBORS:
        return ir.MessageItem(slot, payload, packed.compressor, None), Binding(slot, packed)
    arrived = replace(packet, placement=slot.placement)
    message_item = ir.MessageItem(slot, payload, packed.compressor, None, arrived)
    return message_item, Binding(slot, replace(packed, packet=arrived))
