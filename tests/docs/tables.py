"""The tables of docs/language.md that follow the operator table, made from it, so that they cannot drift."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable

from cablese.dsl.check.constants import CONSTANTS
from cablese.dsl.check.distributions import DISTRIBUTIONS
from cablese.dsl.check.kinds import Placement
from cablese.dsl.check.operators import AGGREGATES, FUNCTIONS, OPERATORS, Operator
from cablese.dsl.check.reserved import LANGUAGE_NAMES


def operators() -> str:
    """What is written between or before its operands."""
    return table(("operator", "operands", "gives"), map(_operator, _signs()))


def functions() -> str:
    """What is written as a call."""
    rows = (row for name, row in OPERATORS.items() if name in FUNCTIONS and not _of_histories(name))
    return table(("function", "takes", "gives"), ((_call(r), r.takes, r.doc) for r in rows))


def histories() -> str:
    """The operators that make, keep and read a history."""
    rows = ((_of_history(row), row.takes, row.doc.split(", written")[0]) for row in OPERATORS.values())
    return table(("written", "takes", "gives"), (row for row in rows if row[0]))


def aggregates() -> str:
    """Functions of a family."""
    return table(("aggregate", "gives"), ((f"`{row.written}`", row.doc) for row in AGGREGATES.values()))


def distributions() -> str:
    """What an event draws."""
    return table(("distribution", "arguments", "draws"), map(_distribution, DISTRIBUTIONS))


def constants() -> str:
    """What the problem or the run supplies."""
    rows = ((f"`{row.name}`", row.kind.value, row.doc, _known(row.name)) for row in CONSTANTS.values())
    return table(("constant", "kind", "is", "known"), rows)


def reserved() -> str:
    """Names that a spec cannot bind."""
    names = sorted((name for name in LANGUAGE_NAMES if name.isidentifier()), key=str.lower)
    return textwrap.fill(", ".join(f"`{name}`" for name in names), width=124) + "\n"


TABLES: dict[str, Callable[[], str]] = {
    make.__name__: make
    for make in (operators, functions, histories, aggregates, distributions, constants, reserved)
}


def _signs() -> Iterable[Operator]:
    return (row for name, row in OPERATORS.items() if name not in FUNCTIONS and not _of_histories(name))


def _of_histories(name: str) -> bool:
    return name in ("history", "push") or name.endswith("[]")


def _of_history(row: Operator) -> str:
    """As a spec writes it; empty for other operators."""
    if not _of_histories(row.name):
        return ""
    fold = row.name.removesuffix("[]")
    return "`a[b]`" if not fold else f"`{fold}(a)`" if row.arity == 1 else _call(row)


def _operator(row: Operator) -> tuple[str, str, str]:
    match (row.name, row.arity):
        case ("neg", _):
            written = "-a"
        case (name, 1):
            written = f"{name} a"
        case (name, _):
            written = f"a {name} b"
    return f"`{written}`", row.takes, row.doc.removesuffix(", written `-a`")


def _call(row: Operator) -> str:
    return f"`{row.name}({', '.join('abc'[: row.arity])})`"


def _distribution(name: str) -> tuple[str, str, str]:
    row = DISTRIBUTIONS[name]
    arguments = ", ".join(f"{argument}: {kind.value}" for argument, kind in row.arguments)
    drawn = "nodes (a bag)" if row.bag else row.kind.value
    return f"`{name}`", arguments, f"{drawn}, at each node" if row.of_samples else drawn


def _known(name: str) -> str:
    row = CONSTANTS[name]
    if row.on_graph:
        return "to all, on a graph"
    return "to the server and node i" if row.where.placement is Placement.LINK else "to all"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    body = [" | ".join(_cell(cell) for cell in row) for row in (head, tuple("---" for _ in head), *rows)]
    return "".join(f"| {line} |\n" for line in body)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
