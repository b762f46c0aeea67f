"""Formulas of a cost, in lines for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..execute.cost import Cost
from ..execute.formulas import MEANINGS, Product
from .units import count_text, value_text

_GIVEN = ("n", "d")
"""Names that the title of a cost tells."""


def formula_lines(cost: Cost) -> Iterator[str]:
    """A line for each quantity of a round, one for the names, and one for each function that is not of the language."""
    formulas = cost.formulas
    yield "as formulas:"
    rows = [("bits up", formulas.up), ("bits down", formulas.down)]
    sent = [row for row in cost.messages if not row.in_init]
    if len(sent) > 2:
        rows = [
            (f"line {row.line}: {row.name}", of) for row, of in zip(sent, formulas.messages, strict=True)
        ] + rows
    rows += _gradient_rows(cost)
    if not cost.graph:
        rows += [("floats at the server", formulas.server), ("operations there", formulas.flops_server)]
    rows += [("floats at a node", formulas.node), ("operations there", formulas.flops_node)]
    for name, of in rows:
        yield f"  {name:<20}  {of if of is not None else 'none known'}"
    names = [
        _named(cost, name) for name in formulas.names() if not name.endswith("()") and name not in _GIVEN
    ]
    if names:
        yield f"  with {', '.join(names)}"
    for name in formulas.names():
        if name.removesuffix("()") in MEANINGS:
            yield f"  {MEANINGS[name.removesuffix('()')]}"


def _gradient_rows(cost: Cost) -> list[tuple[str, Product | None]]:
    """The formulas of a node's gradients in a round, without those of a kind that it never computes."""
    formulas, found = cost.formulas, cost.gradients
    if found is None or (formulas.gradients is None and formulas.single is None):
        return [("gradients", None)]
    kinds = [("full gradients", formulas.gradients), ("single gradients", formulas.single)]
    kept = [(name, of) for name, of in kinds if of is None or of.number]
    return kept or [("gradients", formulas.gradients)]


def formula_record(cost: Cost) -> dict[str, Any]:
    """Each formula as a text, null where there is none, and the values of its names."""
    formulas = cost.formulas
    names = [name for name in formulas.names() if not name.endswith("()")]
    return {
        "messages": [_text(of) for of in formulas.messages],
        "bits_up": _text(formulas.up),
        "bits_down": _text(formulas.down),
        "state": {"server": _text(formulas.server), "node": _text(formulas.node)},
        "gradients": {"full": _text(formulas.gradients), "single": _text(formulas.single)},
        "flops": {"server": _text(formulas.flops_server), "node": _text(formulas.flops_node)},
        "values": {name: formulas.values[name] for name in names},
    }


def _text(of: Product | None) -> str | None:
    return None if of is None else str(of)


def _named(cost: Cost, name: str) -> str:
    written, number = cost.formulas.written.get(name, ""), cost.formulas.values[name]
    value = count_text(number) if float(number).is_integer() else value_text(number)
    return f"{name} = {written} = {value}" if written else f"{name} = {value}"
