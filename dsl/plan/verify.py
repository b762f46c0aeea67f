"""The plan's invariants: every message has two ends, a role reads only slots that it holds, sparse values reach only
operators that take them, and no array is overwritten that another name may hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from ..check.contracts import Form
from ..check.distributions import DRAWN
from ..check.kinds import Kind, Placement
from ..check.operators import AGGREGATES, ORACLES
from ..text.diagnostics import InternalError
from ..text.records import record
from . import instructions as ir
from .in_place import is_update, may_be_shared, shared_names
from .operators import PLAN_OPERATORS
from .traverse import INSTRUCTIONS, VALUES, bound_slots, leaves, members_of, values_of

Known = dict[ir.Role, dict[str, ir.Slot]]
"""The slots that each role holds at an instruction, by name, in their form there."""

_NO_ROW = "is no row of the operator table"


def verify_plan(plan: ir.Plan) -> None:
    """Raise InternalError where the plan breaks an invariant."""
    _Check(plan).all()


@record
class _Check:
    plan: ir.Plan

    def all(self) -> None:
        """The plan as a whole, then `init` and the round from the slots that each starts with."""
        plan = self.plan
        self._operators()
        self._numbers()
        self._spreads()
        self._owners()
        known = self._block(plan.init, {role: {} for role in ir.Role})
        self._states(known, "init")
        homes: Known = {
            role: {s.name: s for s in plan.states if role in ir.roles_of(s.placement)} for role in ir.Role
        }
        if plan.weighs_start:
            self._weight(homes)
        known = self._block(plan.round, homes)
        if not plan.weighs_start:
            self._weight(known)
        self._states(known, "a round")
        if not any(plan.output.name in known[role] for role in ir.roles_of(plan.output.placement)):
            raise self._broken(f"nobody has the output `{plan.output.name}` after a round")

    def _broken(self, what: str, instruction: ir.Instruction | None = None) -> InternalError:
        where = f"plan of {self.plan.name}"
        if instruction is not None:
            bound = ", ".join(slot.name for slot in bound_slots(instruction))
            where += f", line {instruction.span.line}, {type(instruction).__name__} {bound}".rstrip()
        return InternalError(f"{where}: {what}")

    # --- the plan as a whole ---------------------------------------------------------------------------------

    def _operators(self) -> None:
        """Every operator is a row of the table, with arguments as the row has them, evaluated by roles that may."""
        plan = self.plan
        for schedule in plan.schedules:
            self._operators_in(schedule.value, ir.EVERYONE)
        if plan.weight is not None:
            self._operators_in(plan.weight, ir.roles_of(plan.output.placement))
        for instruction in INSTRUCTIONS.walk(plan):
            for value in values_of(instruction):
                self._operators_in(value, _readers(instruction), instruction)
            if isinstance(instruction, ir.CallOracle):
                self._known(instruction.operator, ORACLES, instruction)
            if isinstance(instruction, ir.DrawEvent):
                self._known(instruction.distribution, DRAWN, instruction)

    def _operators_in(
        self, value: ir.Pure, roles: ir.Roles, instruction: ir.Instruction | None = None
    ) -> None:
        for part in VALUES.walk(value):
            if isinstance(part, ir.Operation):
                self._sound(part.operator, _fault(part, roles), instruction)
            elif isinstance(part, ir.Fold) and not part.plugin:
                self._known(part.operator, AGGREGATES, instruction)

    def _known(
        self, operator: str, table: Mapping[str, object], instruction: ir.Instruction | None = None
    ) -> None:
        self._sound(operator, None if operator in table else _NO_ROW, instruction)

    def _sound(self, operator: str, fault: str | None, instruction: ir.Instruction | None) -> None:
        if fault is not None:
            raise self._broken(f"`{operator}` {fault}", instruction)

    def _numbers(self) -> None:
        seen: set[int] = set()
        for instruction in INSTRUCTIONS.walk(self.plan):
            if not isinstance(instruction, ir.Transfer):
                continue
            if instruction.number in seen:
                raise self._broken(f"two messages are number {instruction.number}", instruction)
            seen.add(instruction.number)
            if instruction.roles != ir.ends_of(instruction.route) or not instruction.message_items:
                raise self._broken("a message needs something to send, a sender and a receiver", instruction)

    def _spreads(self) -> None:
        """No name is both one value's, held by other roles than the nodes, and a family's, held by others than the server:
        in a process of two roles neither role then overwrites a slot that the other reads."""
        slots = [slot for part in INSTRUCTIONS.walk(self.plan) for slot in bound_slots(part)]
        single = {s.name for s in slots if not s.family and ir.roles_of(s.placement) != ir.NODE}
        families = {s.name for s in slots if s.family and ir.roles_of(s.placement) != ir.SERVER}
        if single & families:
            raise self._broken(f"{sorted(single & families)}: each is one value's name and a family's")

    def _owners(self) -> None:
        plan = self.plan
        vectors = {slot.name for slot in plan.states if slot.kind is Kind.VECTOR}
        lent = plan.owned & (shared_names(plan) | {plan.output.name})
        if not plan.owned <= vectors or lent:
            raise self._broken(f"{sorted(plan.owned)} cannot all be owned; lent out: {sorted(lent)}")
        for instruction in INSTRUCTIONS.walk(plan):
            if isinstance(instruction, ir.Compute):
                self._keeps_ownership(instruction)

    def _keeps_ownership(self, compute: ir.Compute) -> None:
        if compute.in_place and not is_update(compute, self.plan.owned):
            raise self._broken("only an owned name's sparse update may be in place", compute)
        for target, value in zip(compute.targets, compute.values, strict=True):
            fresh = not may_be_shared(value) or (target.family and not value.family)
            if target.name in self.plan.owned and not fresh:
                raise self._broken(f"`{target.name}` is owned, but takes another's array", compute)

    def _states(self, known: Known, end: str) -> None:
        for slot in self.plan.states:
            for role in ir.roles_of(slot.placement):
                held = known[role].get(slot.name)
                if held is None or held.form is not Form.DENSE or held.family != slot.family:
                    raise self._broken(f"`{slot.name}` is not at home, dense, at the end of {end}")

    def _weight(self, known: Known) -> None:
        """The roles that hold the output hold all slots of its weight."""
        plan = self.plan
        for role in ir.roles_of(plan.output.placement) if plan.weight is not None else ():
            for leaf in leaves(plan.weight) if plan.weight is not None else ():
                if isinstance(leaf, ir.Slot) and leaf.name not in known[role]:
                    raise self._broken(f"{role.value} has no `{leaf.name}` to weigh the output with")

    # --- slots of roles --------------------------------------------------------------------------------------

    def _block(self, block: Iterable[ir.Instruction], known: Known) -> Known:
        for instruction in block:
            known = self._step(instruction, known)
        return known

    def _step(self, instruction: ir.Instruction, known: Known) -> Known:
        """The slots that roles hold after an instruction; it may read only those that its readers hold before."""
        for role in (role for role in ir.Role if role in _readers(instruction)):
            for value in values_of(instruction):
                self._reads(value, role, known, instruction)
        for operand in (mixed for value in values_of(instruction) for mixed in _averaged_operands(value)):
            self._reads(operand, ir.Role.NEIGHBOR, known, instruction)
        members = members_of(instruction)
        if members is not None:
            for role in _members_known_to(instruction):
                self._has(members, role, known, instruction)
        self._forms(instruction)
        if isinstance(instruction, ir.Branch | ir.Repeat):
            self._nested_roles(instruction)
        if isinstance(instruction, ir.Branch):
            then = self._block(instruction.then, _copied(known))
            otherwise = self._block(instruction.otherwise, _copied(known))
            return {role: _joined(then[role], otherwise[role]) for role in ir.Role}
        if isinstance(instruction, ir.Repeat):
            return self._repeat(instruction, known)
        after = _copied(known)
        for slot in bound_slots(instruction):
            self._bind(slot, instruction, after)
        return after

    def _nested_roles(self, outer: ir.Branch | ir.Repeat) -> None:
        """A role executes instructions of a branch or loop only if it knows the condition or count."""
        for part in INSTRUCTIONS.children(outer):
            if not part.roles <= outer.roles:
                raise self._broken("others than those who go this way execute a part of it", part)

    def _repeat(self, repeat: ir.Repeat, known: Known) -> Known:
        """The slots at the start of every iteration, and after the loop: held before it and after an iteration alike."""
        while True:
            after = self._block(repeat.body, _copied(known))
            head = {role: _joined(known[role], after[role]) for role in ir.Role}
            if head == known:
                return known
            known = head

    def _bind(self, slot: ir.Slot, instruction: ir.Instruction, known: Known) -> None:
        owners = ir.roles_of(slot.placement)
        sent = isinstance(instruction, ir.Transfer)
        if not sent and owners != instruction.roles:
            raise self._broken(f"`{slot.name}` is for {slot.placement.value}, others compute it", instruction)
        if slot.family and slot.placement is Placement.ALL:
            raise self._broken(f"`{slot.name}` is known to all, and cannot be a family", instruction)
        for role in ir.Role:
            known[role].pop(slot.name, None)
            if role in owners:
                known[role][slot.name] = slot

    def _reads(self, value: ir.Pure, role: ir.Role, known: Known, instruction: ir.Instruction) -> None:
        for leaf in leaves(value):
            if isinstance(leaf, ir.Slot):
                self._has(leaf, role, known, instruction)

    def _has(self, slot: ir.Slot, role: ir.Role, known: Known, instruction: ir.Instruction) -> None:
        held = known[role].get(slot.name)
        if held is None:
            raise self._broken(f"{role.value} reads `{slot.name}`, which it does not have", instruction)
        if held.family != slot.family or (held.form is Form.SPARSE and slot.form is Form.DENSE):
            raise self._broken(f"`{slot.name}` is read as something else than it is", instruction)

    # --- forms -----------------------------------------------------------------------------------------------

    def _forms(self, instruction: ir.Instruction) -> None:
        values = values_of(instruction)
        for value in (part for whole in values for part in VALUES.walk(whole)):
            self._form(value, instruction)
        match instruction:
            case ir.Compute():
                pairs = zip(instruction.targets, values, strict=True)
                fine = all(value.form is Form.DENSE or target.form is Form.SPARSE for target, value in pairs)
            case _:
                fine = all(value.form is Form.DENSE for value in values)
        if not fine:
            raise self._broken("a value that may be sparse stands where a dense one must", instruction)

    def _form(self, value: ir.Pure, instruction: ir.Instruction) -> None:
        """A sparse operand stands only where the expression takes one; operands of operands are checked by themselves."""
        match value:
            case ir.Operation():
                row = PLAN_OPERATORS[value.operator]
                sparse = [at for at, argument in enumerate(value.arguments) if argument.form is Form.SPARSE]
                kept = row.stays_sparse or value.form is Form.DENSE
                fine = kept and all(at == row.sparse for at in sparse)
            case ir.Fold():
                fine = value.argument.form is value.form and (
                    value.form is Form.DENSE or value.operator in ("mean", "sum")
                )
            case _:
                fine = all(operand.form is Form.DENSE for operand in VALUES.children(value))
        if not fine:
            raise self._broken(
                f"`{getattr(value, 'operator', 'restrict')}` takes no sparse value", instruction
            )


def _fault(value: ir.Operation, roles: ir.Roles) -> str | None:
    """The first way in which an operation, as these roles evaluate it, departs from its row in the table."""
    row, families = PLAN_OPERATORS.get(value.operator), [a.family for a in value.arguments]
    if row is None:
        return _NO_ROW
    if len(families) not in row.arities:
        return f"takes no {len(families)} arguments"
    kind = row.kind(tuple(argument.kind for argument in value.arguments))
    if kind is not value.kind and not {kind, value.kind} <= {Kind.INT, Kind.REAL}:
        return f"gives no {value.kind.value} here"
    if value.family != row.rows.make_a_family(families):
        return "has rows where its arguments give none, or none where they do"
    return None if roles <= row.at else f"is not for {', '.join(sorted(r.value for r in roles - row.at))}"


def _averaged_operands(value: ir.Pure) -> Iterator[ir.Pure]:
    """Operands that an expression averages over neighbours: the copies of neighbours' values are read as well."""
    for part in VALUES.walk(value):
        if isinstance(part, ir.Operation) and part.operator == "mix":
            yield from part.arguments


def _readers(instruction: ir.Instruction) -> ir.Roles:
    """The roles that evaluate the expressions of an instruction; a message's are its sender's."""
    if not isinstance(instruction, ir.Transfer):
        return instruction.roles
    return frozenset({ir.sender_of(instruction.route)})


def _members_known_to(instruction: ir.Instruction) -> ir.Roles:
    """The roles that must hold an instruction's set of members; for a message that tells it, the sender alone."""
    tells = isinstance(instruction, ir.Transfer) and instruction.tells is not None
    return _readers(instruction) if tells else instruction.roles


def _copied(known: Known) -> Known:
    return {role: dict(slots) for role, slots in known.items()}


def _joined(one: dict[str, ir.Slot], other: dict[str, ir.Slot]) -> dict[str, ir.Slot]:
    """The slots that a role holds after either of two blocks; sparse if either may be."""
    return {
        name: replace(slot, form=Form.SPARSE) if other[name].form is Form.SPARSE else slot
        for name, slot in one.items()
        if name in other and other[name].family == slot.family
    }
