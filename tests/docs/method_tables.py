"""The list of methods of docs/algorithms.md, made from the specs that ship: a table for each family."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import groupby

from cablese.dsl.check import program as core
from cablese.dsl.check.contracts import Contract
from cablese.dsl.check.kinds import Kind
from cablese.dsl.pipeline import compile_spec, read_spec
from cablese.dsl.syntax import nodes
from cablese.dsl.syntax.formulas import print_expression
from cablese.runtime.library import Shipped, find_spec, shipped_specs
from cablese.runtime.registry import plugins
from method_costs import cost_record
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


def by_class() -> str:
    """Methods by the class that their compressors must have."""
    found = {contract.value: _links(lambda p, c=contract: c in _contracts(p)) for contract in Contract}
    plain = _links(lambda program: not program.compressors)
    rows = [*((f"`{name}`", links) for name, links in found.items() if links), ("no compressor", plain)]
    return table(("class", "methods"), rows)


def by_sent() -> str:
    """Methods by what of their messages is compressed."""
    named = {program: _sending(spec.name, program) for spec, program in _programs()}
    kinds = {words: _links(lambda p, w=words: named[p] == w) for words in SENDING}
    return table(
        ("messages of a round", "methods"), ((words, links) for words, links in kinds.items() if links)
    )


METHOD_TABLES: dict[str, Callable[[], str]] = {
    make.__name__: make for make in (families, methods, by_class, by_sent)
}

SENDING = (
    "up compressed, down dense",
    "up compressed or dense by turns, down dense",
    "up and down compressed",
    "up compressed, down compressed or dense by turns",
    "up and down compressed or dense by turns",
    "up dense, down compressed",
    "up dense, down compressed or dense by turns",
    "up and down dense",
    "to neighbours compressed",
    "to neighbours dense",
    "averaged by a collective compressor",
)
"""The messages of a method in words: those of vectors, whatever coins and sets go with them."""


def _contracts(program: core.Program) -> set[Contract]:
    return {compressor.contract for compressor in program.compressors}


@lru_cache
def _programs() -> tuple[tuple[Shipped, core.Program], ...]:
    return tuple((spec, compile_spec(find_spec(spec.name), plugins())) for spec in shipped_specs())


def _links(wanted: Callable[[core.Program], bool]) -> str:
    found = [_link(spec.name, spec.family) for spec, program in _programs() if wanted(program)]
    return f"{len(found)}: {', '.join(found)}" if found else ""


def _link(name: str, family: str) -> str:
    return f"[`{name}`](methods/{family}.md#{name})"


def _sending(name: str, program: core.Program) -> str:
    """One of `SENDING`."""
    forms = _forms(name, program)
    up, down, beside, collective = (
        _joined({form for route, form in forms if route in routes})
        for routes in (
            ("node -> server",),
            ("server -> all", "server -> node", "server -> group"),
            ("node -> neighbors",),
            ("node -> all",),
        )
    )
    if collective:
        return "averaged by a collective compressor"
    if beside:
        return f"to neighbours {'dense' if beside == 'dense' else 'compressed'}"
    return f"up and down {up}" if up == down else f"up {up}, down {down or 'dense'}"


def _forms(name: str, program: core.Program) -> set[tuple[str, str]]:
    """Routes of a round's vectors, and the forms in which they go, as their cost is counted."""
    vectors = {
        (item.target.span.line, item.target.symbol.name)
        for message in _messages(program.round)
        for item in message.items
        if item.target.kind is Kind.VECTOR
    }
    return {
        (one["route"], "dense" if one["codec"].startswith("dense") else "compressed")
        for one in cost_record(name)["messages"]
        if (one["line"], one["name"]) in vectors and not one["in_init"]
    }


def _joined(forms: set[str]) -> str:
    return "compressed or dense by turns" if len(forms) == 2 else "".join(forms)


def _messages(block: core.Block) -> Iterator[core.Message]:
    for statement in block:
        match statement:
            case core.Message():
                yield statement
            case core.Branch():
                yield from _messages((*statement.then, *statement.otherwise))
            case core.Repeat():
                yield from _messages(statement.body)


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
        _link(shipped.name, shipped.family),
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
