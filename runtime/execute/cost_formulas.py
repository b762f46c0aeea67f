"""The cost of a round as formulas in n, d, params and arguments of compressors, each checked to give the number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import isclose
from typing import Any

from cablese.dsl.check import program as core
from cablese.dsl.check.kinds import Kind
from cablese.dsl.check.program import Route
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.traverse import INSTRUCTIONS
from cablese.dsl.text.records import record

from ..compressors.base import Compressor
from ..compressors.collective import Collective
from ..errors import SetupError
from .expected import Meetings
from .flops import Sizes, flops_of, roles_of_node
from .formulas import NOUGHT, Product, call, evaluate, formula, names_in, shortest
from .gradient_cost import Gradients
from .plan_numbers import PlanNumbers
from .read_formulas import of_plan, of_program, of_text
from .shipments import Shipment, Shipments
from .state_size import State, lengths_of, state_of
from .told import formula_of


@record
class Formulas:
    """Formulas of a round: bits up and down, floats of state, operations, gradients of a node; None for one that is not
    known. `values` are those of names."""

    up: Product | None
    down: Product | None
    messages: tuple[Product | None, ...]  # of a round, in the order of the spec, bits that arrive
    server: Product | None
    node: Product | None
    flops_server: Product | None
    flops_node: Product | None
    gradients: Product | None  # of all samples of a node
    single: Product | None  # gradients of single samples beside
    values: Mapping[str, float]
    written: Mapping[str, str]  # arguments of compressors, as specs write them, by their names in formulas

    def names(self) -> list[str]:
        """The names in formulas, in the order of their first use, and functions with `()` behind them."""
        rest = (self.server, self.node, self.flops_server, self.flops_node, self.gradients, self.single)
        found = (self.up, self.down, *self.messages, *rest)
        return list(dict.fromkeys(name for each in found if each is not None for name in names_in(each)))


class CostFormulas:
    """The formulas of a plan's costs; `count` is how compressed vectors are counted."""

    def __init__(
        self, plan: ir.Plan, numbers: PlanNumbers, shipments: Shipments, count: str, float_bits: int
    ) -> None:
        self._plan, self._numbers, self._shipments = plan, numbers, shipments
        self._count, self._float_bits = count, float_bits
        self._meetings = Meetings(self)
        self._rebound = {part.target for part in INSTRUCTIONS.walk(plan) if isinstance(part, ir.Rebind)}
        self._written: dict[str, str] = {}
        self._values: dict[str, float] = {}
        self._arguments = dict(self._symbols())

    all = True
    """Formulas are of every round."""

    def value(self, expr: ir.Pure) -> Product | None:
        """An expression as a formula, which `Meetings` reckons with as with a number."""
        return of_plan(expr, self._numbers.names)

    def formulas(
        self,
        messages: Sequence[float | None],
        up: float | None,
        down: float | None,
        state: State,
        flops_server: float | None,
        flops_node: float | None,
        gradients: Gradients | None,
    ) -> Formulas:
        """The formulas that give these bits of a round, by message and in total, and these operations, None where they are
        not known, and these floats; gradients tell their own."""
        network = self._shipments.network
        self._values |= {"n": network.n, "d": self._numbers.resolver.d, "groups": network.groups}
        self._values["links"] = network.links
        sent = list(self._sent())
        held = state_of(
            self._plan,
            formula("n"),
            formula("d"),
            formula("groups"),
            self._degree,
            self._lengths(),
        )
        return Formulas(
            self._checked(_total(sent, up=True), up),
            self._checked(_total(sent, up=False), down),
            tuple(self._checked(bits, own) for (_, bits), own in zip(sent, messages, strict=True)),
            self._checked(formula(held.server), state.server),
            self._checked(formula(held.node), state.node),
            self._checked(self._flops([(ir.Role.SERVER, 1)]), flops_server),
            self._checked(self._flops(roles_of_node(self._plan, self._degree)), flops_node),
            *self._gradients(gradients),
            self._values,
            self._written,
        )

    def _lengths(self) -> dict[str, Product]:
        """The lengths of histories, as formulas where they have one."""
        resolver, plan = self._numbers.resolver, self._plan
        lengths = lengths_of(plan, resolver)
        written = {
            slot.name: of_program(state.length)
            for slot, state in zip(plan.states, resolver.program.states, strict=True)
            if state.length is not None
        }
        return {name: written[name] or formula(number) for name, number in lengths.items()}

    def _gradients(self, found: Gradients | None) -> tuple[Product | None, Product | None]:
        if found is None or found.note:
            return None, None
        full, single = (self._told(number) for number in (found.all_samples, found.single))
        return full, single

    def _told(self, number: float) -> Product | None:
        of = formula_of(number)
        return None if of is None else self._checked(shortest(of), float(number))

    @property
    def _degree(self) -> Product:
        return formula("links") / formula("n")

    def _flops(self, roles: Sequence[tuple[ir.Role, Any]]) -> Product:
        sizes = Sizes(formula("d"), formula("n"), formula("groups"), self._degree, NOUGHT, self._lengths())
        found = flops_of(self._meetings, self._plan.round, roles, sizes)
        return sum((flops * met.times for flops, met in found), NOUGHT)

    def _checked(self, of: Product | None, number: float | None) -> Product | None:
        """The formula, where its value is the number."""
        if of is None or number is None:
            return None
        try:
            for name in names_in(of):
                if name not in self._values and not name.endswith("()"):
                    self._values[name] = self._named(name)
        except SetupError:  # a name of the problem, which the number does not depend on
            return None
        return of if isclose(evaluate(of, self._values), number, rel_tol=1e-9) else None

    def _named(self, name: str) -> float:
        """The value of a param, of a constant, or of a figure such as `omega(Q)`."""
        operator, bracket, rest = name.partition("(")
        resolver = self._numbers.resolver
        if bracket:
            return resolver.figure(operator, rest.removesuffix(")"))
        own = name in self._numbers.names.values()
        return float(resolver.param(name) if own else resolver.constant(name))

    # --- messages --------------------------------------------------------------------------------------------

    def _sent(self) -> Iterator[tuple[Shipment, Product | None]]:
        """The bits of every message of a round that arrive."""
        met = self._meetings.in_rounds(self._plan.round)
        for shipment in self._shipments:
            if not shipment.transfer.in_init:
                size, each = self._size(shipment), met[shipment.transfer.number]
                copies = formula("links" if shipment.size.route is Route.NODE_TO_NEIGHBORS else "n")
                yield shipment, None if size is None else copies * each.times * size

    def _size(self, shipment: Shipment) -> Product | None:
        """Bits of a message; None where they change from round to round."""
        transfer, size = shipment.transfer, shipment.size
        if not isinstance(size.bits, int | float):
            return None
        if transfer.route is Route.NODE_TO_ALL:
            return formula(size.bits)
        (item,) = (each for each in transfer.message_items if each.target.name == size.name)
        if item.compressor is not None:
            return None if item.compressor in self._rebound else self._compressed(item.compressor)
        match item.payload.kind:
            case Kind.VECTOR:
                return formula("d") * self._float_bits
            case Kind.MASK:
                return formula("d")
            case _:
                return self._drawn(item) or formula(size.bits)

    def _drawn(self, item: ir.MessageItem) -> Product | None:
        """Bits of what was drawn and is sent unchanged, where they depend on the draw."""
        if item.draw is None:
            return None
        arguments = [of_plan(argument, self._numbers.names) for argument in item.draw.arguments]
        match item.draw.distribution, arguments:
            case "choice", [Product() as least, Product() as most]:
                return call("ceil_log2", most - least + 1)
            case "subset", [_, Product() as count]:
                return call("nodes", formula("n"), count)
            case "sample", [_, Product() as count]:
                return call("bag", formula("n"), count)
            case "each", [*_, Product() as chance]:
                return call("coins", formula("n"), chance)
            case _:
                return None

    def _compressed(self, name: str) -> Product | None:
        dense = formula("d") * self._float_bits
        if self._count == "dense":
            return dense
        if self._count == "paper":
            return formula(f"share({name})") * dense
        family = self._numbers.resolver.compressor(name)
        names = {"d": formula("d"), "fb": formula(self._float_bits), **self._arguments[name]}
        if self._count == "entropy":
            return of_text(family.entropy_formula(self._float_bits), names)
        return of_text(family.formula(self._float_bits), names) or formula(f"bits({name})")

    # --- names -----------------------------------------------------------------------------------------------

    def _symbols(self) -> Iterator[tuple[str, Mapping[str, Product]]]:
        """The names of compressors' arguments that are numbers: as they are, or with the compressor's where one is taken."""
        families = dict(self._families())
        count = Counter(argument for family in families.values() for argument in _numbers(family))
        taken = {"n", "d", "links", "groups", *self._numbers.names.values()}
        for name, family in families.items():
            own = {}
            for argument, value in _numbers(family).items():
                alone = count[argument] == 1 and argument not in taken
                symbol = argument if alone else f"{argument}_{name}"
                self._values[symbol] = value
                self._written[symbol] = self._as_written(name, argument)
                own[argument] = formula(symbol)
            yield name, own

    def _families(self) -> Iterator[tuple[str, Compressor]]:
        """The compressors of messages whose arguments stay."""
        transfers = (part for part in INSTRUCTIONS.walk(self._plan) if isinstance(part, ir.Transfer))
        items = (item for transfer in transfers for item in transfer.message_items)
        names = dict.fromkeys(item.compressor for item in items if item.compressor is not None)
        for name in names:
            if name not in self._rebound:
                family = self._numbers.resolver.compressor(name)
                if not isinstance(family, Collective):
                    yield name, family

    def _as_written(self, name: str, argument: str) -> str:
        """The argument as the spec has it; empty for a default, and for a number."""
        (call,) = (c.default for c in self._numbers.resolver.program.compressors if c.symbol.name == name)
        given: dict[str, Any] = {} if call is None else dict(call.arguments)
        value = given.get(argument)
        if value is None or isinstance(value, str | core.Literal | core.CompressorCall):
            return ""
        text: str = value.span.text
        return text


def _numbers(family: Compressor) -> dict[str, float]:
    values = family.values.items()
    return {n: v for n, v in values if isinstance(v, int | float) and not isinstance(v, bool)}


def _total(sent: list[tuple[Shipment, Product | None]], *, up: bool) -> Product | None:
    total = NOUGHT
    for shipment, bits in sent:
        if shipment.up if up else shipment.down:
            if bits is None:
                return None
            total = total + bits
    return total
