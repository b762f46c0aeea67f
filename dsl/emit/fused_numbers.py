"""Numbers of fused rounds: comparisons, ints, norms, extremes; where libraries might part, a round is given up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..check.kinds import Kind
from ..plan import instructions as ir
from ..syntax.build import MOST_INT
from .fused_buffers import LONG, NotFused, index_of, kind_of, loops, shape_of

if TYPE_CHECKING:
    from .fused_values import Entries

COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
EXTREMES = {"min": "smaller", "max": "larger"}
NORMS = {
    "dot": ("{0} * {1}", "pairwise"),
    "norm2": ("{0} * {0}", "pairwise"),
    "norm": ("{0} * {0}", "pairwise"),
    "norm1": ("fabs({0})", "pairwise"),
    "norm_inf": ("fabs({0})", "greatest"),
}
"""Norms: the terms of entries, and the function that makes one number of them."""
BLOCK_NORMS = tuple(f"block_{name}" for name in NORMS if name != "dot")
MOST_BLOCKS = 8
"""Blocks of a model, each with lines of its own."""


def compared(entries: Entries, value: ir.Operation) -> str:
    """A comparison: of numbers neither may be nan."""
    a, b = (f"({text})" for text in map(replace(entries, j="j").text, value.arguments))
    check = "" if value.arguments[0].kind is Kind.BOOL else f"not ({a} == {a} and {b} == {b})"
    return kept(entries, value, f"{a} {value.operator} {b}", check)


def whole(entries: Entries, value: ir.Operation, text: str) -> str:
    """An int, which floats hold as ints do while it is in the language's range."""
    return kept(entries, value, text, f"not {entries.buffers.call('fabs', text)} <= {MOST_INT}.0")


def extreme(entries: Entries, value: ir.Operation) -> str:
    """A minimum or maximum: neither side may be nan, and of two zeros both must have the same sign."""
    a, b = map(replace(entries, j="j").text, value.arguments)
    call = entries.buffers.call
    return kept(entries, value, call(EXTREMES[value.operator], a, b), call("unclear", a, b))


def raised(entries: Entries, value: ir.Operation) -> str:
    """A power of a number: Python's and C's are one function. Compilers know better for powers of, or to, what they see."""
    if value.kind is not Kind.REAL or any(isinstance(argument, ir.Number) for argument in value.arguments):
        raise NotFused
    if value.family or value.arguments[0].kind is Kind.INT:
        raise NotFused
    a, b = map(entries.text, value.arguments)
    text = kept(entries, value, entries.buffers.call("power", a, b))
    entries.buffers.line(f"bad |= not ({a} > 0 or ({a} == 0 and {b} >= 0))")
    entries.buffers.finite(text)
    return text


def most(entries: Entries, value: ir.Operation) -> str:
    """The greatest of counts, one of each node."""
    buffers, total = entries.buffers, entries.buffers.number()
    buffers.line(f"{total} = 0.0")
    buffers.functions.add("floor")
    for argument in value.arguments:
        text = entries.text(argument)
        buffers.line(f"for i in range({entries.rows}):")
        buffers.line(f"    bad |= not ({text} >= 0 and floor({text}) == {text})")
        buffers.line(f"    {total} = {text} if {text} > {total} else {total}")
    return total


def supported(entries: Entries, value: ir.Operation) -> str:
    """The mask of the coordinates of a sparse value; of any other all."""
    (argument,) = value.arguments
    if isinstance(argument, ir.Use) and entries.name(argument.slot) in entries.buffers.masks:
        return f"({entries.buffers.masks[entries.name(argument.slot)]}{index_of(value, entries.j)} != 0)"
    if not entries.is_sparse(argument):
        entries.text(argument)
        return "True"
    buffers, (columns, _) = entries.buffers, entries.terms(argument)
    mask = kept(entries, value, "False")
    buffers.line(f"for i in range({entries.rows if value.family else 1}):")
    buffers.line(f"    for t in range({columns}.shape[1]):")
    buffers.line(f"        {mask.split('[')[0]}[{'i, ' if value.family else ''}{columns}[i, t]] = True")
    return mask


def clipped(value: ir.Operation) -> ir.Operation:
    """`clip` by `min` and `max`."""
    a, low, high = value.arguments
    inner = replace(
        value, operator="max", arguments=(a, low), family=a.family or low.family, kind=_wider((a, low))
    )
    return replace(value, operator="min", arguments=(inner, high))


def _wider(values: Sequence[ir.Pure]) -> Kind:
    kinds = {value.kind for value in values}
    return next(kind for kind in (Kind.VECTOR, Kind.REAL, Kind.INT) if kind in kinds)


def chosen(entries: Entries, value: ir.Operation) -> str:
    """One of two values."""
    condition, one, other = value.arguments
    if condition.kind not in (Kind.BOOL, Kind.MASK):
        raise NotFused
    return f"({entries.text(one)} if {entries.text(condition)} else {entries.text(other)})"


def measured(entries: Entries, value: ir.Operation) -> str:
    """A norm or an inner product, summed as NumPy sums a row."""
    buffers, view = entries.buffers, entries.view
    term, function = NORMS[value.operator]
    if any(map(entries.is_sparse, value.arguments)):
        raise NotFused
    own = replace(entries, j="j")
    texts = [own.text(argument) for argument in value.arguments]
    buffers.functions.add("fabs")
    vectors = ir.Operation(value.operator, value.arguments, Kind.VECTOR, value.family)
    terms = buffers.fresh(shape_of(vectors, view))
    with loops(buffers, vectors, entries.rows):
        buffers.line(f"{terms}{'[i, j]' if value.family else '[j]'} = {term.format(*texts)}")
    total = buffers.call(function, f"{terms}[i]" if value.family else terms)
    return kept(entries, value, buffers.call("sqrt", total) if value.operator == "norm" else total)


def measured_by_block(entries: Entries, value: ir.Operation) -> str:
    """For each entry a norm of its block, summed likewise."""
    buffers, (argument,), blocks = entries.buffers, value.arguments, entries.buffers.forms.blocks
    operator = value.operator.removeprefix("block_")
    term, function = NORMS[operator]
    if entries.is_sparse(argument) or len(blocks) > MOST_BLOCKS:
        raise NotFused
    text, shape = replace(entries, j="j").text(argument), shape_of(value, entries.view)
    terms, found, norm = buffers.fresh(shape), buffers.fresh(shape), buffers.number()
    buffers.functions |= {"fabs", "sqrt"}
    with loops(buffers, value, entries.rows):
        buffers.line(f"{terms}{index_of(value)} = {term.format(text)}")
    buffers.line(f"for i in range({entries.rows if value.family else 1}):")
    buffers.depth += 1
    row, first = "i, " * value.family, 0
    for length in blocks:
        last = first + length
        total = buffers.call(function, f"{terms}[{row}{first}:{last}]")
        buffers.line(f"{norm} = {f'sqrt({total})' if operator == 'norm' else total}")
        buffers.line(f"for j in range({first}, {last}):")
        buffers.line(f"    {found}[{row}j] = {norm}")
        first = last
    buffers.depth -= 1
    return f"{found}{index_of(value, entries.j)}"


def kept(entries: Entries, value: ir.Pure, text: str, check: str = "") -> str:
    """The entry of a value that is worked out here; where `check` holds, the round is given up."""
    buffers, index = entries.buffers, ""
    if value.family or value.kind in LONG:
        target, index = buffers.fresh(shape_of(value, entries.view), kind_of(value)), index_of(value)
    else:
        target = buffers.number()
    with loops(buffers, value, entries.rows):
        if check:
            buffers.line(f"bad |= {check}")
        buffers.line(f"{target}{index} = {text}")
    return f"{target}{index.replace('j', entries.j)}"
