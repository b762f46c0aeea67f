"""The list of methods of docs/algorithms.md, made from the specs that ship: a table for each family."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from cablese.dsl.pipeline import read_spec
from cablese.dsl.syntax import nodes
from cablese.dsl.syntax.formulas import print_expression
from cablese.runtime.library import Shipped, find_spec, shipped_specs
from tables import table

STEPS = ("eta_l", "eta", "gamma")
HEAD = ("name", "the method", "up", "down", "step by default", "becomes")


def families() -> str:
    """Links to the tables."""
    named = (
        f"[{_title(family)}](#{family.replace('_', '-')}) ({len(list(group))})"
        for family, group in _families()
    )
    return " · ".join(named) + "\n"


def methods() -> str:
    """A section for each family."""
    parts = (f"### {_title(family)}\n\n{table(HEAD, map(_row, group))}" for family, group in _families())
    return "\n".join(parts)


METHOD_TABLES: dict[str, Callable[[], str]] = {make.__name__: make for make in (families, methods)}


def _families() -> Iterator[tuple[str, Iterator[Shipped]]]:
    return groupby(shipped_specs(), key=lambda spec: spec.family)


def _title(family: str) -> str:
    return family.replace("_", " ").capitalize()


def _row(shipped: Shipped) -> tuple[str, ...]:
    source = find_spec(shipped.name)
    spec = read_spec(source)
    body = [part for line in spec.lines if isinstance(line, nodes.Round) for part in _flat(line.body)]
    messages = [part for part in body if isinstance(part, nodes.Message)]
    return (
        f"`{shipped.name}`",
        _purpose(source.text, shipped),
        _sent(m for m in messages if m.sender.name.id == "node"),
        _sent(m for m in messages if m.sender.name.id == "server"),
        _step(spec),
        ", ".join(
            f"`{line.span.text.removeprefix('equals ')}`"
            for line in spec.lines
            if isinstance(line, nodes.Equals)
        ),
    )


def _purpose(text: str, shipped: Shipped) -> str:
    """The comment above the algorithm, as far as its first sentence goes, and where the method is from."""
    lead = " ".join(line[2:] for line in text.split("algorithm ")[0].splitlines() if line.startswith("# "))
    first = lead.split(". ")[0].rstrip(".")
    return f"{first}. {shipped.source}" if first else shipped.source


def _flat(body: tuple[nodes.Stmt, ...]) -> Iterator[nodes.Stmt]:
    for part in body:
        yield part
        match part:
            case nodes.If():
                yield from _flat((*part.then, *part.otherwise))
            case nodes.Repeat():
                yield from _flat(part.body)


def _sent(messages: Iterator[nodes.Message]) -> str:
    items = (_value(item) for message in messages for item in message.items)
    return ", ".join(dict.fromkeys(items))


def _value(item: nodes.Item) -> str:
    return f"`{item.target.id if item.value is None else print_expression(item.value)}`"


def _step(spec: nodes.Spec) -> str:
    """The default of the first param that is called as steps are."""
    params = {line.name.id: line.default for line in spec.lines if isinstance(line, nodes.Param)}
    found = [(name, default) for name in STEPS if (default := params.get(name)) is not None]
    return f"`{found[0][0]} = {print_expression(found[0][1])}`" if found else ""
