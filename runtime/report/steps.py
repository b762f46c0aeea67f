"""A round step by step, for people: a table of its lines, a message-sequence chart, and a record for JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cablese.dsl.check.kinds import Kind
from cablese.dsl.emit.sequence import NEIGHBOUR, NODE, SERVER, Arrow, Box, Chart, joined

from ..execute.interface import Header
from ..steps.readings import Reading
from ..steps.stepping import Sent, Step, SteppedRound
from .fitted import FittedTable
from .units import bits_text, count_text, value_text

if TYPE_CHECKING:
    from rich.console import RenderableType

_MEMBERS = 8
"""Most members of a set that are written out."""

_ROLE = re.compile(r"((?:server|node|all|neighbors|link|group)\b[^:]*): (.+)")

_ENDS = {
    "node -> server": (NODE, SERVER),
    "node -> all": (NODE, SERVER),
    "node -> neighbors": (NODE, NEIGHBOUR),
    "server -> all": (SERVER, NODE),
    "server -> node": (SERVER, NODE),
    "server -> group": (SERVER, NODE),
}
"""The lanes between which a message travels, by its route."""


def steps_report(header: Header, found: SteppedRound) -> Iterator[RenderableType]:
    """The table of a round's steps: line and role, the line itself, the values that it gave, and what it sent."""
    yield f"{_title(header, found)}: {header.problem}, {header.n} nodes, d = {header.d}"
    table = FittedTable(("line", "at", "statement", "gave", "sent"), right=(0,), spare=(1, 4))
    for step in found.steps:
        indent = "  " * len(step.turns)
        gave = "; ".join(reading_text(reading, header.d) for reading in step.readings)
        sent = "; ".join(map(sent_text, step.sent))
        role, text = _role_and_text(step)
        table.add_row(f"{step.line}{_pass(step)}", role, f"{indent}{text}", gave, sent)
    yield table
    sent_items = [sent for step in found.steps for sent in step.sent]
    up = sum(sent.bits for sent in sent_items if sent.up)
    down = sum(sent.bits for sent in sent_items if sent.down)
    yield f"up {bits_text(up)}, down {bits_text(down)}, of all nodes"


def reading_text(reading: Reading, d: int) -> str:
    """A value in a few words: `||m|| = 0.031 … 0.042, 4 of 31`, the last the non-zero entries where some are zero."""
    name, numbers = reading.name, reading.numbers
    match reading.kind:
        case Kind.NODES:
            return f"{name} = {_set_text(numbers)}"
        case Kind.BATCH:
            return f"{name}: {_span(numbers)} samples"
        case Kind.BOOL if reading.nodes is None:
            return f"{name} = {'true' if numbers[0] else 'false'}"
        case Kind.BOOL:
            true = [node for node, number in zip(reading.nodes or (), numbers, strict=True) if number]
            return f"{name} true at {_set_text(true)}"
        case Kind.MASK:
            return f"{name}: {_span(numbers)} of {d}"
        case Kind.VECTOR:
            some = f", {_span(reading.nonzeros)} of {d}" if any(c < d for c in reading.nonzeros) else ""
            return f"||{name}|| = {_span(numbers)}{some}"
        case _:
            return f"{name} = {_span(numbers)}"


def sent_text(sent: Sent) -> str:
    """Messages of an item and their bits: `m: 5 x 143 bit`."""
    if sent.bits % sent.messages:
        return f"{sent.name}: {count_text(sent.messages)} messages, {bits_text(sent.bits)}"
    return f"{sent.name}: {count_text(sent.messages)} x {bits_text(sent.bits // sent.messages)}"


def steps_chart(header: Header, found: SteppedRound, *, on_graph: bool) -> Chart:
    """The round as a message-sequence chart, every line with the values that it gave."""
    lanes = (NODE, NEIGHBOUR) if on_graph else (SERVER, NODE)
    return Chart(
        _title(header, found), lanes, tuple(joined(_drawn(step, lanes, header.d) for step in found.steps))
    )


def steps_record(header: Header, found: SteppedRound) -> dict[str, Any]:
    """Everything, for JSON."""
    return {
        "algorithm": header.algorithm,
        "problem": header.problem,
        "n": header.n,
        "d": header.d,
        "seed": header.seed,
        "round": "init" if found.number is None else found.number,
        "steps": [_step_record(step) for step in found.steps],
    }


def _step_record(step: Step) -> dict[str, Any]:
    return {
        "line": step.line,
        "text": step.text,
        "at": step.place,
        "turns": list(step.turns),
        "gave": [asdict(reading) | {"kind": reading.kind.value} for reading in step.readings],
        "sent": [asdict(sent) for sent in step.sent],
    }


def _drawn(step: Step, lanes: tuple[str, ...], d: int) -> Box | Arrow:
    gave = tuple(f"  {reading_text(reading, d)}" for reading in step.readings)
    role, text = _role_and_text(step)
    title = ", ".join(part for part in (role if role != step.place else "", _passes(step)) if part)
    if step.place not in _ENDS:
        own = {"server": (SERVER,), "node": (NODE,)}.get(step.place, lanes)
        return Box(tuple(lane for lane in lanes if lane in own), title, (text, *gave))
    sender, receiver = _ENDS[step.place]
    lines = (text, *(reading.strip() for reading in gave), *map(sent_text, step.sent))
    return Arrow(sender, receiver, title, lines, any(sent.compressed for sent in step.sent))


def _title(header: Header, found: SteppedRound) -> str:
    return f"{header.algorithm}, {'init' if found.number is None else f'round {found.number}'}"


def _passes(step: Step) -> str:
    return f"pass {', '.join(map(str, step.turns))}" if step.turns else ""


def _pass(step: Step) -> str:
    return f" ({', '.join(map(str, step.turns))})" if step.turns else ""


def _role_and_text(step: Step) -> tuple[str, str]:
    """The role of a line as the line itself has it, or that of its block, and the rest of the line."""
    found = _ROLE.match(step.text)
    return (found[1], found[2]) if found else (step.place, step.text)


def _span(numbers: Sequence[float]) -> str:
    """A number, or the least and the largest of several: `0.031 … 0.042`."""
    if not numbers:
        return "none"
    least, most = min(numbers), max(numbers)
    return (
        value_text(least)
        if value_text(least) == value_text(most)
        else f"{value_text(least)} … {value_text(most)}"
    )


def _set_text(members: Sequence[float]) -> str:
    shown = [f"{member:.0f}" for member in members[:_MEMBERS]]
    more = f", … ({len(members)})" if len(members) > _MEMBERS else ""
    return f"{{{', '.join(shown)}{more}}}"
