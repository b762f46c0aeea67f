"""Values made of many rows in fused rounds: sums and means of a family, averages over neighbours; each one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..check.kinds import Kind
from ..plan import instructions as ir
from .fused_buffers import NotFused, index_of, loops, rows_of, shape_of
from .fused_inputs import MixInput

if TYPE_CHECKING:
    from .fused_values import Entries


def folded(entries: Entries, value: ir.Fold) -> str:
    """The buffer with the sum or the mean of the rows of a family of vectors, added one by one."""
    argument, buffers = value.argument, entries.buffers
    known = value.operator in ("sum", "mean") and not value.plugin and value.setting is None
    if not known or not argument.family or rows_of(entries.view) != "n":
        raise NotFused
    over = domain_of(argument, entries)
    if over != entries.over:
        return folded(replace(entries, over=over), value)
    if argument.kind is Kind.REAL:
        return _added(entries, value)
    if argument.kind is not Kind.VECTOR:
        raise NotFused
    target, own = buffers.fresh("d"), replace(entries, j="j")
    sparse = entries.is_sparse(argument)
    columns, entry = entries.terms(argument) if sparse else ("", own.text(argument))
    buffers.line("for j in range(d):")
    buffers.line(f"    {target}[j] = 0.0")
    buffers.line(f"for i in range({entries.rows}):")
    if sparse:
        buffers.line(f"    for t in range({columns}.shape[1]):")
        buffers.line(f"        {target}[{columns}[i, t]] += {entry}")
    else:
        buffers.line("    for j in range(d):")
        buffers.line(f"        {target}[j] += {entry}")
    if value.operator == "mean":
        buffers.line("for j in range(d):")
        buffers.line(f"    {target}[j] /= max({entries.rows}, 1)")
    return target


def _added(entries: Entries, value: ir.Fold) -> str:
    """The sum or mean of a family of numbers, added one by one."""
    buffers, entry, total = entries.buffers, entries.text(value.argument), entries.buffers.number()
    buffers.line(f"{total} = 0.0")
    buffers.line(f"for i in range({entries.rows}):")
    buffers.line(f"    {total} = {entry} if i == 0 else {total} + {entry}")
    if value.operator == "mean":
        buffers.line(f"{total} /= max({entries.rows}, 1)")
    return total


def mixed(entries: Entries, value: ir.Operation) -> str:
    """The buffer with each node's average over its neighbours, added up term by term."""
    (argument,) = value.arguments
    buffers, own = entries.buffers, replace(entries, j="j")
    if not argument.family or entries.is_sparse(argument) or entries.over:
        raise NotFused
    shape, index = shape_of(argument, entries.view), index_of(argument)
    source, target = buffers.fresh(shape), buffers.fresh(shape)
    own.fill(source, argument, argument)
    counts, nodes, weights = (
        buffers.given(f"mix_{part}", MixInput(part)) for part in ("counts", "nodes", "weights")
    )
    with loops(buffers, argument, entries.rows):
        first, other = (
            f"{weights}[i, t] * {source}{index.replace('i', f'{nodes}[i, t]', 1)}" for _ in range(2)
        )
        buffers.line(f"{target}{index} = {first.replace('[i, t]', '[i, 0]')}")
        buffers.line(f"for t in range(1, {counts}[i]):")
        buffers.line(f"    {target}{index} += {other}")
    return f"{target}{index_of(value, entries.j)}"


def domain_of(value: ir.Pure, entries: Entries) -> str:
    """The set over which a family is; "" for all nodes."""
    found: set[str] = set()
    match value:
        case ir.Use() if value.family:
            found = {entries.buffers.over.get(entries.name(value.slot), "")}
        case ir.Gather():
            found = {entries.buffers.members(value.members, entries.view)}
        case ir.Global() if value.family:
            found = {""}
        case ir.Operation():
            found = {domain_of(argument, entries) for argument in value.arguments if argument.family}
    if len(found) > 1:
        raise NotFused
    return found.pop() if found else ""
