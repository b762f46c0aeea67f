"""Plan -> the Python program that a process runs: `program(run)` returns its `init` and `round`."""

from __future__ import annotations

from ..plan import instructions as ir
from ..plan.traverse import INSTRUCTIONS, leaves
from .expressions import Writer
from .layout import Layout, View, carried_slots, numbered
from .prelude import Prelude
from .statements import INDENT, Statements


def emit_python(plan: ir.Plan, layout: Layout = Layout.TOGETHER) -> str:
    """Source of the program that plays the layout's roles; plain enough to read, and to run with `exec`.

    A round empties the list of states that it is given: nobody else holds a value that it has replaced.
    """
    prelude = Prelude(plan, layout)
    init = [*_turn(prelude, "-1"), *_body(prelude, plan.init, "-1")]
    round, weight = _round(prelude)
    schedules = _schedules(prelude)
    states, output = _state_names(prelude), _output_name(prelude)
    first = output if plan.output_in_init else "None"
    inside, carried = INDENT + INDENT, f"[{', '.join(states)}]"
    init += [f"{inside}return {carried}, {first}"]
    unpacked = ", ".join(states) if len(states) > 1 else carried
    taken = [f"{inside}{unpacked} = states", f"{inside}states.clear()"] if states else []
    round = [
        *taken,
        *_turn(prelude, plan.counter),
        *round,
        f"{inside}return {', '.join((carried, output, *weight))}",
    ]
    lines = [
        "def program(run):",
        f"{INDENT}{_docstring(plan)}",
        *_indented(prelude.lines()),
        *_indented(schedules),
        "",
        f"{INDENT}def init():",
        *init,
        "",
        f"{INDENT}def round({plan.counter}, states):",
        *round,
        "",
        f"{INDENT}return init, round",
    ]
    return "\n".join(lines) + "\n"


def emit_schedules(plan: ir.Plan, layout: Layout) -> str:
    """Source of `program(run)`, which returns the functions of the round that give the params that change, by name."""
    prelude = Prelude(plan, layout)
    names = {schedule.name: prelude.schedule(schedule.name) for schedule in plan.schedules}
    schedules = _schedules(prelude)
    found = ", ".join(f'"{name}": {function}' for name, function in names.items())
    lines = [*_indented(prelude.lines()), *_indented(schedules), "", f"{INDENT}return {{{found}}}"]
    return "\n".join(["def program(run):", *lines]) + "\n"


def _docstring(plan: ir.Plan) -> str:
    text = f"{plan.name}: {plan.source}" if plan.source else plan.name
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"""{text}."""'


def _indented(lines: list[str]) -> list[str]:
    return [f"{INDENT}{line}" if line else "" for line in lines]


def _body(prelude: Prelude, instructions: tuple[ir.Instruction, ...], moment: str) -> list[str]:
    schedules, body = _parts_of(prelude, instructions, moment, [])
    return [*schedules, *body]


def _turn(prelude: Prelude, moment: str) -> list[str]:
    """The line that goes to the graph of a round, where it may be another one."""
    return [f"{INDENT}{INDENT}{prelude.mixing()}.turn({moment})"] if prelude.plan.is_directed else []


def _parts_of(
    prelude: Prelude, instructions: tuple[ir.Instruction, ...], moment: str, beside: list[ir.Global]
) -> tuple[list[str], list[str]]:
    """The lines that set the schedules read by the instructions and in `beside`, and those of the instructions."""
    schedules, statements = Statements(prelude, moment), Statements(prelude, moment)
    everything = (leaf for part in INSTRUCTIONS.walk(instructions) for leaf in leaves(part))
    read = [leaf for leaf in everything if isinstance(leaf, ir.Global)]
    schedules.schedules(iter([*read, *beside]))
    statements.block(instructions)
    return schedules.lines, statements.lines


def _round(prelude: Prelude) -> tuple[list[str], list[str]]:
    """The body of `round`, and the variable with the weight of the output's value, where values are weighed."""
    plan = prelude.plan
    view = _view_of_output(prelude)
    if plan.weight is None or view is None:
        return _body(prelude, plan.round, plan.counter), [] if plan.weight is None else ["None"]
    name, span = prelude.fresh("weight"), plan.weight_span
    comment = f"{INDENT}{INDENT}# {span.mark}: {span.source.line_text(span.line).split('#')[0].strip()}"
    line = f"{INDENT}{INDENT}{name} = {Writer(view, prelude).text(plan.weight)}"
    read = [leaf for leaf in leaves(plan.weight) if isinstance(leaf, ir.Global)]
    schedules, body = _parts_of(prelude, plan.round, plan.counter, read)
    weighed = [comment, line]
    lines = [*schedules, *weighed, *body] if plan.weighs_start else [*schedules, *body, *weighed]
    return lines, [name]


def _schedules(prelude: Prelude) -> list[str]:
    """The functions of the schedules that are read. Each reads params above it: the last is written first."""
    asked: list[list[str]] = []
    for schedule in reversed(prelude.plan.schedules):
        if prelude.is_asked_for(schedule.name):
            asked.append(_schedule(prelude, schedule))
    return [line for lines in reversed(asked) for line in lines]


def _schedule(prelude: Prelude, schedule: ir.Schedule) -> list[str]:
    """The function of the round that gives a param."""
    writer = Writer(prelude.layout.views[0], prelude, in_schedule=True)
    counter, span = prelude.plan.counter, schedule.span
    shown = span.source.line_text(span.line).split("#")[0].strip() if span.source.text else ""
    return [
        "",
        f"@{prelude.helper('each_round')}",
        f"def {prelude.schedule(schedule.name)}({counter}):",
        *([f"{INDENT}# {span.mark}: {shown}"] if shown else []),
        f"{INDENT}return {writer.bound(schedule.value)}",
    ]


def _state_names(prelude: Prelude) -> list[str]:
    """The variables that pass from round to round in this process."""
    plan, views = prelude.plan, {view.variable: view for view in prelude.layout.views}
    slots = {slot.name: slot for slot in plan.states}
    names = [views[view].name_of(slots[name]) for name, view in carried_slots(plan, prelude.layout)]
    return [*names, *map(prelude.number_of, numbered(plan, prelude.layout))]


def _output_name(prelude: Prelude) -> str:
    """The output variable where this process has it, else None."""
    view = _view_of_output(prelude)
    return "None" if view is None else Writer(view, prelude).slot(prelude.plan.output)


def _view_of_output(prelude: Prelude) -> View | None:
    roles = ir.roles_of(prelude.plan.output.placement)
    return next((view for view in prelude.layout.views if roles & view.roles), None)
