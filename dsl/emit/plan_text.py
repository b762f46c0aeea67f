"""Plan -> text for people: params, states and the output, then each role's own instructions, one a line.

The two ends of a message carry the same number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from ..check.contracts import Form
from ..plan import instructions as ir
from .prelude import quoted

_INFIX = frozenset({"+", "-", "*", "/", "^", "%", "==", "!=", "<", "<=", ">", ">=", "and", "or"})
_PREFIX = {"neg": "-", "not": "not "}
_STEP = "    "


def emit_plan(plan: ir.Plan) -> str:
    """The plan as stable text; it ends with a newline."""
    lines = [
        f"plan {plan.name}",
        "",
        *(f"param {name}" for name in plan.params),
        *(f"param {schedule.name} = {_value(schedule.value)}, in every round" for schedule in plan.schedules),
        *(f"compressor {name}" for name in plan.compressors),
        *(f"state {_slot(slot)}{', updated in place' * (slot.name in plan.owned)}" for slot in plan.states),
        f"output {_slot(plan.output)}" + (f", weighed by {_value(plan.weight)}" if plan.weight else ""),
    ]
    for role in (ir.Role.NODE,) if plan.on_graph else (ir.Role.SERVER, ir.Role.NODE):
        lines += ["", role.value, *_passes(plan, role)]
    return "\n".join(lines) + "\n"


def _passes(plan: ir.Plan, role: ir.Role) -> Iterator[str]:
    for title, instructions in (("init", plan.init), (f"round {plan.counter}", plan.round)):
        yield f"{_STEP}{title}"
        yield from _block(instructions, role, 2)


def _block(instructions: tuple[ir.Instruction, ...], role: ir.Role, depth: int) -> Iterator[str]:
    """The lines of a block that a role executes."""
    for instruction in instructions:
        if role not in instruction.roles:
            continue
        for text in _lines(instruction, role):
            yield _STEP * depth + text


def _lines(instruction: ir.Instruction, role: ir.Role) -> Iterator[str]:
    match instruction:
        case ir.Branch():
            yield f"if {_value(instruction.condition)}"
            yield from _block(instruction.then, role, 1)
            if any(role in inner.roles for inner in instruction.otherwise):
                yield "else"
                yield from _block(instruction.otherwise, role, 1)
        case ir.Repeat():
            yield f"repeat {_value(instruction.count)} as {instruction.counter}"
            yield from _block(instruction.body, role, 1)
        case ir.Transfer():
            yield from _ends(instruction, role)
        case _:
            yield _simple(instruction)


def _ends(transfer: ir.Transfer, role: ir.Role) -> Iterator[str]:
    """A role's ends of a message: items as sent, or as received; neighbours have both."""
    sends = role is ir.sender_of(transfer.route)
    ends = [("send", _sent)] * sends + [("receive", _received)] * (
        not sends or ir.Role.NEIGHBOR in transfer.roles
    )
    for verb, describe in ends:
        items = ", ".join(describe(message_item) for message_item in transfer.message_items)
        yield f"{verb} #{transfer.number} {transfer.route.value}{_over(transfer.members)}: {items}"


def _sent(message_item: ir.MessageItem) -> str:
    value, name = _value(message_item.payload), message_item.target.name
    return (name if value == name else f"{name} = {value}") + _codec(message_item)


def _received(message_item: ir.MessageItem) -> str:
    return _slot(message_item.target) + _codec(message_item)


def _codec(message_item: ir.MessageItem) -> str:
    if message_item.average is not None:
        return f" as {message_item.average.compressor} averages it"
    return f" as {message_item.compressor} writes it" if message_item.compressor is not None else ""


def _simple(
    instruction: ir.Compute | ir.Store | ir.DrawEvent | ir.CallOracle | ir.Rebind | ir.Compress | ir.Guard,
) -> str:
    match instruction:
        case ir.Compute():
            targets = ", ".join(_slot(slot) for slot in instruction.targets)
            values = ", ".join(_value(value) for value in instruction.values)
            place = ", in place" * instruction.in_place
            return f"{targets} = {values}{_over(instruction.members)}{place}"
        case ir.Rebind():
            given = ", ".join(f"{name} = {_value(value)}" for name, value in instruction.settings)
            return f"{instruction.target} = {instruction.compressor} of this round" + f", {given}" * bool(
                given
            )
        case ir.Store():
            return (
                f"{_slot(instruction.target)} over {instruction.members.name} = {_value(instruction.value)}"
            )
        case ir.DrawEvent():
            arguments = [_value(a) for a in instruction.arguments]
            arguments += [f"{name} = {_value(value)}" for name, value in instruction.settings]
            drawn = f"{instruction.distribution}({', '.join(arguments)})"
            return f"{_slot(instruction.target)} ~ {drawn}{_over(instruction.members)}"
        case ir.CallOracle():
            extra = f", {_value(instruction.extra)}" if instruction.extra is not None else ""
            call = f"{instruction.operator}({_value(instruction.point)}{extra})"
            later = ", where it is read" * instruction.lazy
            return f"{_slot(instruction.target)} = {call}{_over(instruction.members)}{later}"
        case ir.Compress():
            return _compress(instruction)
        case ir.Guard():
            return f"check that {instruction.slot.name} is finite"
        case _:
            assert_never(instruction)


def _compress(compress: ir.Compress) -> str:
    held = [slot.name for slot in (compress.packet, compress.target) if slot is not None]
    call = f"{compress.compressor}({_value(compress.operand)}){_over(compress.members)}"
    notes = [", with draws that all share"] * compress.shared + [
        ", worked out where it is kept"
    ] * compress.blind
    return f"{', '.join(held)} = {call}{''.join(notes)}"


def _slot(slot: ir.Slot) -> str:
    family = " family" if slot.family else ""
    form = f"{slot.form.value} " if slot.form is not Form.DENSE else ""
    return f"{slot.name}: {form}{slot.kind.value}{family} at {slot.placement.value}"


def _over(members: ir.Slot | None) -> str:
    return f" over {members.name}" if members is not None else ""


# --- expressions ---------------------------------------------------------------------------------------------


def _value(value: ir.Pure) -> str:
    match value:
        case ir.Number():
            return str(value.value).lower()
        case ir.Use():
            return value.slot.name
        case ir.Global():
            return _global(value)
        case ir.Gather():
            among = "" if value.among is None else f" of {value.among.name}"
            return f"{_operand(value.family_value)}[{value.members.name}{among}]"
        case ir.Fold():
            setting = "" if value.setting is None else f", {_value(value.setting)}"
            return f"{value.operator}({_value(value.argument)}{setting})"
        case ir.Operation():
            return _operation(value)
        case _:
            assert_never(value)


def _global(value: ir.Global) -> str:
    match value.origin:
        case ir.Origin.PREVIOUS:
            return f"prev({value.name})"
        case ir.Origin.BLOCK:
            return f"block({quoted(value.name)})"
        case _:
            return value.name


def _operation(value: ir.Operation) -> str:
    if value.operator in _PREFIX:
        return _PREFIX[value.operator] + _operand(value.arguments[0])
    if value.operator in _INFIX:
        return f" {value.operator} ".join(_operand(argument) for argument in value.arguments)
    if value.operator == "[]":
        history, place = value.arguments
        return f"{_operand(history)}[{_value(place)}]"
    return (
        f"{value.operator.removesuffix('[]')}({', '.join(_value(argument) for argument in value.arguments)})"
    )


def _operand(value: ir.Pure) -> str:
    """An operand, enclosed if it is an operation itself: the text needs no rules of precedence."""
    text = _value(value)
    return f"({text})" if isinstance(value, ir.Operation) and value.operator in {*_INFIX, *_PREFIX} else text
