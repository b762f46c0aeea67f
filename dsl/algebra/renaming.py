"""A spec with other names: so that two runs draw alike where their methods do, as streams are keyed by names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from ..check import program as core
from ..check.uses import targets_in
from ..syntax import nodes
from ..syntax.printer import print_spec
from ..syntax.traverse import EXPRESSIONS, STATEMENTS
from ..text.traversal import Traversal
from .compare import Comparison

_Part: TypeAlias = nodes.Name | nodes.Keyword

_PARTS: Traversal[_Part] = Traversal(nodes.Name | nodes.Keyword)


def renamed(spec: nodes.Spec, names: Mapping[str, str]) -> nodes.Spec:
    """The spec with some of its names changed; names of arguments are none of a spec's own."""

    def change(part: _Part) -> _Part:
        if isinstance(part, nodes.Keyword):
            return _PARTS.map_children(part, lambda inner: inner if inner is part.name else change(inner))
        return replace(part, id=names.get(part.id, part.id))

    return _PARTS.map_children(spec, change)


def away_from_the_origin(spec: nodes.Spec) -> nodes.Spec:
    """The spec without claims, started elsewhere than at x0: that is 0 in many problems, and hides its multiples."""
    kept = (line for line in spec.lines if not isinstance(line, nodes.Guarantee | nodes.Equals))
    blocks = nodes.Init | nodes.Round
    return replace(spec, lines=tuple(_moved(line) if isinstance(line, blocks) else line for line in kept))


def bare_text(spec: nodes.Spec) -> str:
    """A spec as text without comments, claims, titles, conditions of params and blank lines."""
    kept = tuple(
        line for line in spec.lines if not isinstance(line, nodes.Guarantee | nodes.Equals | nodes.Invariant)
    )
    lines = (
        re.sub(r"\s+#.*$", "", line)
        for line in print_spec(replace(spec, lines=tuple(map(_bare, kept)))).splitlines()
    )
    return "\n".join(line.rstrip() for line in lines if line.strip() and not line.lstrip().startswith("#"))


def _bare(line: nodes.Line) -> nodes.Line:
    match line:
        case nodes.Param():
            return replace(line, condition=None)
        case nodes.Algorithm():
            return replace(line, source=None)
        case _:
            return line


def _moved(line: nodes.Line) -> nodes.Line:
    def change(expr: nodes.Expr) -> nodes.Expr:
        if isinstance(expr, nodes.Name) and expr.id == "x0":
            ones = nodes.Binary(
                "*", nodes.Number(0.5, expr.span), replace(expr, id="ones"), expr.span, expr.span
            )
            return nodes.Binary("+", expr, ones, expr.span, expr.span)
        return EXPRESSIONS.map_children(expr, change)

    def statement(part: nodes.Stmt) -> nodes.Stmt:
        return STATEMENTS.map_children(EXPRESSIONS.map_children(part, change), statement)

    return STATEMENTS.map_children(line, statement)


def common_names(comparison: Comparison, likely: Mapping[str, str]) -> dict[str, str]:
    """Names of the second method -> names of the first, for what is paired and what draws alike; others stay apart.

    `likely` are names for what algebra does not match: it may still draw alike.
    """
    one, other = (side.program for side in comparison.pairing.sides)
    found = {**comparison.pairing.params, **comparison.pairing.compressors}
    if comparison.proof is not None:
        ours, theirs = comparison.proof.sites
        for key, site in ours.items():
            if key in theirs and theirs[key].name not in found and site.name not in found.values():
                found[theirs[key].name] = site.name
    for name, mine in likely.items():
        if name not in found and mine not in found.values():
            found[name] = mine
    return kept_apart(found, one, other)


def kept_apart(names: Mapping[str, str], one: core.Program, other: core.Program) -> dict[str, str]:
    """Names with new ones for what else of the second program would take a name of the first."""
    found = dict(names)
    taken = _own_names(one) | set(found.values())
    for name in sorted(_own_names(other) - found.keys()):
        if name in taken:
            found[name] = _free(name, taken | _own_names(other))
    return found


def _own_names(program: core.Program) -> set[str]:
    bound = {target.symbol.name for target in targets_in(program)}
    return bound | {q.symbol.name for q in program.params} | {c.symbol.name for c in program.compressors}


def _free(name: str, taken: set[str]) -> str:
    found = f"{name}_B"
    while found in taken:
        found += "_"
    return found
