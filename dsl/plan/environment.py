"""The state of a lowering at the present instruction: the bindings of names, and the instructions written so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..check import program as core
from ..check.contracts import Form
from ..check.kinds import Domain, Kind, Placement, Spread
from ..text.records import record
from ..text.source import Span
from . import instructions as ir
from .names import Namer
from .numbers import Numbers


@record
class CompressorTraits:
    """The traits of a bound compressor that lowering goes by."""

    form: Form
    blind: bool
    seeded: bool = False  # receivers may draw what it keeps


@record
class Packed:
    """A compressed vector as it would travel: its packet, whose codec writes it, and the domain of its rows."""

    packet: ir.Slot
    compressor: str
    over: int | None


@record
class Binding:
    """The value of a symbol here: its slot, and the packet or the draw it came from if still unchanged.

    `drawn` is the number that a domain over this set has, None where the sets of several paths join. `comes_round`: a set at
    the start of an iteration that binds it, over which nothing runs any more. `bag`: of a set that may hold a node more than
    once. `over`: the domain of a family, None of all nodes.
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


@dataclass(slots=True)
class Environment:
    """The values of names; and where the members of a subset know it, by the number of its domain, however the names of sets
    are bound since."""

    names: dict[str, Binding] = field(default_factory=dict)
    rosters: dict[int, Binding] = field(default_factory=dict)

    def copy(self) -> Environment:
        """One that starts with the same."""
        return Environment(dict(self.names), dict(self.rosters))

    def roster(self, over: int | None) -> Binding | None:
        """The subset with this number, if its members know of it."""
        return None if over is None else self.rosters.get(over)

    def tell(self, domain: Domain, roster: Binding) -> None:
        """From now on a domain's subset is found there."""
        if domain.over is not None:
            self.rosters[domain.over] = roster


@record
class Context:
    """The place of an expression: who computes it, over whom, and what the statement binds. `to_nodes`: the server
    computes it for each node."""

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


@dataclass(slots=True)
class Builder:
    """Shared by the lowering of statements and of expressions. `calls`: oracles that this statement has called."""

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
        """Names and oracle calls of one statement alone are forgotten."""
        self.namer.next_statement()
        self.calls.clear()

    def slot(self, target: core.Target, form: Form) -> ir.Slot:
        """The slot that a target's value takes in this form."""
        family = target.where.spread is not Spread.ONE
        name = self.namer.variable(target.symbol.name, family)
        groups = target.where.spread is Spread.GROUPS
        return ir.Slot(name, target.kind, family, target.where.placement, form, groups)

    def bind(self, target: core.Target, binding: Binding) -> None:
        """A name holds this from now on, over the domain that its statement gives it; members know their set."""
        domain = target.where.domain if binding.slot.family else Domain()
        self.env.names[target.symbol.name] = bound = replace(binding, over=domain.over)
        if target.kind is Kind.NODES:
            self.env.tell(domain, bound)


def at_loop_start(binding: Binding) -> Binding:
    """A name at the start of an iteration that binds it: no packet or draw any more, of a set not even which draw's."""
    is_set = binding.slot.kind is Kind.NODES
    return Binding(binding.slot, bag=binding.bag, over=binding.over, comes_round=is_set)


def wider(one: ir.Slot, other: ir.Slot) -> ir.Slot:
    """Known to those who know both, sparse if either may be, real if either is."""
    common = ir.roles_of(one.placement) & ir.roles_of(other.placement)
    narrower = one if ir.roles_of(one.placement) == common else other
    form = Form.SPARSE if Form.SPARSE in (one.form, other.form) else Form.DENSE
    return replace(narrower, form=form, kind=one.kind if one.kind is other.kind else Kind.REAL)


def sent_packet(
    slot: ir.Slot, payload: ir.Pure, packed: Packed, packet: ir.Slot
) -> tuple[ir.MessageItem, Binding]:
    """A compressed vector that is sent, and what is then known: its packet too, to the server and the nodes that know
    the vector (neighbours send nothing on)."""
    if slot.placement is Placement.NEIGHBORS:
        return ir.MessageItem(slot, payload, packed.compressor, None), Binding(slot, packed)
    arrived = replace(packet, placement=slot.placement)
    message_item = ir.MessageItem(slot, payload, packed.compressor, None, arrived)
    return message_item, Binding(slot, replace(packed, packet=arrived))
