"""Pure expressions -> text of their entries in a fused function; what needs other entries is put into a buffer before."""

from __future__ import annotations

from dataclasses import field, replace

from ..check.kinds import Kind
from ..plan import instructions as ir
from ..syntax.build import MOST_INT
from ..text.records import record, structure
from .fused_inputs import ConstantInput, Forms, Input, ParamInput
from .layout import Layout, View

ARITHMETIC = {
    "+": "+",
    "-": "-",
    "*": "*",
    "/": "/",
    "add": "+",
    "subtract": "-",
    "scale": "*",
    "shrink": "/",
}
FUNCTIONS = {"sqrt": "sqrt", "abs": "fabs"}
"""Operators on reals that every library rounds alike, by the name of their function."""


class NotFused(Exception):
    """A plan has a part without a form in loops."""


@record
class Later:
    """Entries of a gradient that are worked out where they are read."""

    function: str
    arguments: tuple[str, ...]
    point: ir.Pure


@structure
class Buffers:
    """The lines of a fused function so far: its arguments, its buffers, the body of its round."""

    forms: Forms
    layout: Layout
    inputs: dict[str, Input] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    made: list[str] = field(default_factory=list)  # lines that make buffers
    lines: list[str] = field(default_factory=list)
    depth: int = 2
    sparse: dict[str, str] = field(
        default_factory=dict
    )  # slots held as coordinates and values, and whose arrays those are
    later: dict[str, Later] = field(default_factory=dict)
    bound: set[str] = field(default_factory=set)

    def line(self, text: str) -> None:
        """A line of the round at the present depth."""
        self.lines.append("    " * self.depth + text)

    def given(self, variable: str, wanted: Input) -> str:
        """The variable of an argument."""
        self.inputs[variable] = wanted
        return variable

    def call(self, function: str, *arguments: str) -> str:
        """A call of a function that the runtime compiles."""
        self.functions.add(function)
        return f"{function}({', '.join(arguments)})"

    def buffer(self, wish: str, shape: str, kind: str = "float64") -> str:
        """An array that is made once."""
        line = f"{wish} = empty({shape}, {kind})"
        if line not in self.made:
            self.made.append(line)
        return wish

    def fresh(self, shape: str) -> str:
        """A buffer that no other part uses."""
        return self.buffer(f"t_{len(self.made)}", shape)

    def views_of(self, roles: ir.Roles, family: bool) -> list[View]:
        """The views that compute a value for these roles: of a single one the first."""
        views = [view for view in self.layout.views if view.roles & roles]
        return views if family else views[:1]

    def room(self, slot: ir.Slot, view: View) -> None:
        """Make the buffer of a slot; states have theirs."""
        name = f"v_{view.name_of(slot)}"
        if name not in self.inputs:
            self.buffer(name, shape_of(slot, view))

    def finite(self, text: str) -> None:
        """Give the round up where a number is not finite: it is done again outside."""
        self.line(f"bad |= not {self.call('isfinite', text)}")


def copied(target: str, source: str, slot: ir.Slot, view: View, before: str = "") -> list[str]:
    """Lines that copy all entries of a slot; `before` is what the target's index begins with. (Loops compile in a third of
    the time of slices.)"""
    axes = [("i", rows_of(view))] * slot.family + [("j", "d")]
    index = ", ".join(axis for axis, _ in axes)
    heads = [f"{'    ' * deep}for {axis} in range({end}):" for deep, (axis, end) in enumerate(axes)]
    return [*heads, f"{'    ' * len(axes)}{target}[{before}{index}] = {source}[{index}]"]


def rows_of(view: View) -> str:
    """The variable with the number of a view's rows: all nodes, or this process's."""
    return "rows" if view.variable == "nodes" else "n"


def shape_of(value: ir.Pure | ir.Slot, view: View) -> str:
    """The shape of a vector or a family of them."""
    return f"({rows_of(view)}, d)" if value.family else "d"


def loops(buffers: Buffers, value: ir.Pure | ir.Slot, view: View) -> int:
    """Write the heads of the loops over entries; the number of them."""
    if value.family:
        buffers.line(f"for i in range({rows_of(view)}):")
        buffers.depth += 1
    if value.kind is Kind.VECTOR:
        buffers.line("for j in range(d):")
        buffers.depth += 1
    return int(value.family) + int(value.kind is Kind.VECTOR)


def index_of(value: ir.Pure | ir.Slot, j: str = "j") -> str:
    """The index of an entry in the loops over another value, which has as many axes or more."""
    axes = [name for name, wanted in (("i", value.family), (j, value.kind is Kind.VECTOR)) if wanted]
    return f"[{', '.join(axes)}]" if axes else ""


@record
class Entries:
    """Writes entries; `j` is the text of the coordinate. In a round's order: buffers are filled before they are read."""

    buffers: Buffers
    view: View
    j: str = "j"

    def name(self, slot: ir.Slot) -> str:
        """The name of a slot in this view."""
        return self.view.name_of(slot)

    def text(self, value: ir.Pure) -> str:
        """The entry (i, j) of a value, as much of that as it has."""
        match value:
            case ir.Number():
                if not abs(value.value) <= MOST_INT:
                    raise NotFused
                return repr(value.value)
            case ir.Use():
                return self._use(value)
            case ir.Global():
                return self._global(value)
            case ir.Fold():
                return f"{self._folded(value)}{index_of(value, self.j)}"
            case ir.Operation():
                return self._operation(value)
            case _:
                raise NotFused

    def terms(self, value: ir.Pure) -> tuple[str, str]:
        """The coordinates of a sparse value, as a variable, and its value at (i, t)."""
        match value:
            case ir.Use() if self.name(value.slot) in self.buffers.sparse:
                name = self.buffers.sparse[self.name(value.slot)]
                return f"columns_{name}", f"values_{name}[i, t]"
            case ir.Operation(operator="scale" | "shrink" as operator, arguments=(inner, factor)):
                columns, entry = self.terms(inner)
                number = self.text(factor)
                return columns, f"({number} * {entry})" if operator == "scale" else f"({entry} / {number})"
            case _:
                raise NotFused

    def is_sparse(self, value: ir.Pure) -> bool:
        """True if a value is held as coordinates and values."""
        match value:
            case ir.Use():
                return self.name(value.slot) in self.buffers.sparse
            case ir.Operation(operator="scale" | "shrink"):
                return self.is_sparse(value.arguments[0])
            case _:
                return False

    def _use(self, value: ir.Use) -> str:
        name = self.name(value.slot)
        if name in self.buffers.later:
            later = self.buffers.later[name]
            arguments = (*later.arguments, "i", self.j, self.text(later.point))
            return self.buffers.call(later.function, *arguments)
        if name not in self.buffers.bound or self.is_sparse(value):
            raise NotFused
        return f"v_{name}{index_of(value, self.j)}"

    def _global(self, value: ir.Global) -> str:
        if value.kind not in (Kind.REAL, Kind.INT, Kind.VECTOR):
            raise NotFused
        match value.origin:
            case ir.Origin.COUNTER:
                return "k"
            case ir.Origin.PARAM:
                return self.buffers.given(f"p_{value.name}", ParamInput(value.name))
            case ir.Origin.CONSTANT:
                wanted = ConstantInput(value.name, self.view.variable if value.family else "")
                name = f"c_{value.name}{self.view.suffix if value.family else ''}"
                return f"{self.buffers.given(name, wanted)}{index_of(value, self.j)}"
            case _:
                raise NotFused

    def _operation(self, value: ir.Operation) -> str:
        if value.kind is Kind.BOOL and value.operator in ("not", "and", "or"):
            texts = [f"({self.text(argument)})" for argument in value.arguments]
            return f"not {texts[0]}" if value.operator == "not" else f" {value.operator} ".join(texts)
        if value.kind not in (Kind.REAL, Kind.VECTOR):
            raise NotFused
        if value.operator == "prox" and not self.buffers.forms.has_prox:
            moved, step = value.arguments
            if step.family and not moved.family:
                raise NotFused
            return self.text(moved)
        if any(map(self.is_sparse, value.arguments)):
            return self._buffered(value)
        if value.operator in ("copy", "dense"):
            return self.text(value.arguments[0])
        return self._arithmetic(value.operator, value.arguments)

    def _arithmetic(self, operator: str, arguments: tuple[ir.Pure, ...]) -> str:
        texts = [self.text(argument) for argument in arguments]
        if operator in ARITHMETIC and len(texts) == 2:
            first, second = reversed(texts) if operator == "scale" else texts
            return f"({first} {ARITHMETIC[operator]} {second})"
        if operator == "neg":
            return f"(-{texts[0]})"
        if operator == "^" and arguments[1] == ir.Number(2, Kind.INT):
            return self.buffers.call("square", texts[0])
        if operator in FUNCTIONS:
            return self.buffers.call(FUNCTIONS[operator], *texts)
        raise NotFused

    # --- buffers ---------------------------------------------------------------------------------------------

    def bind(self, target: ir.Slot, value: ir.Pure) -> None:
        """Write an expression into a slot's buffer."""
        buffers, name = self.buffers, self.name(target)
        if self.is_sparse(value):
            self._bind_sparse(target, value)
        elif name in buffers.sparse:
            raise NotFused
        elif target.kind is Kind.VECTOR:
            buffers.room(target, self.view)
            self.fill(f"v_{name}", value, target)
        elif target.kind is Kind.REAL and not target.family:
            buffers.line(f"v_{name} = float({self.text(value)})")
        else:
            raise NotFused
        buffers.bound.add(name)

    def _bind_sparse(self, target: ir.Slot, value: ir.Pure) -> None:
        buffers, name = self.buffers, self.name(target)
        if target.family != value.family:
            raise NotFused
        if isinstance(value, ir.Use):  # nobody writes into a packet
            buffers.sparse[name] = buffers.sparse[self.name(value.slot)]
            return
        if name in buffers.bound:
            raise NotFused
        columns, entry = self.terms(value)
        buffers.sparse[name] = name
        buffers.buffer(f"columns_{name}", f"{columns}.shape", "int64")
        buffers.buffer(f"values_{name}", f"{columns}.shape")
        buffers.line(f"for i in range({columns}.shape[0]):")
        buffers.line(f"    for t in range({columns}.shape[1]):")
        buffers.line(f"        columns_{name}[i, t] = {columns}[i, t]")
        buffers.line(f"        values_{name}[i, t] = {entry}")

    def fill(self, target: str, value: ir.Pure, like: ir.Pure | ir.Slot) -> None:
        """Write the loops that fill a buffer, or a slot that the value reads at its own entry alone, shaped as `like`."""
        if isinstance(value, ir.Operation) and value.operator in ("add", "subtract", "dense"):
            *base, change = value.arguments
            if self.is_sparse(change):
                self._fill_dense(target, base[0] if base else ir.Number(0.0, Kind.REAL), like)
                self.put(target, change, value.operator)
                return
            if any(map(self.is_sparse, base)):
                raise NotFused
        self._fill_dense(target, value, like)

    def put(self, target: str, change: ir.Pure, operator: str) -> None:
        """Write the loop that adds a sparse value to the target's entries, subtracts it, or puts it there."""
        columns, entry = self.terms(change)
        buffers, index = self.buffers, "[i, c]" if change.family else "[c]"
        buffers.line(f"for i in range({columns}.shape[0]):")
        buffers.line(f"    for t in range({columns}.shape[1]):")
        buffers.line(f"        c = {columns}[i, t]")
        match operator:
            case "dense":
                buffers.line(f"        {target}{index} = {entry}")
                return
            case "add":
                buffers.line(f"        {target}{index} += {entry}")
            case _:
                buffers.line(f"        {target}{index} -= {entry}")
        buffers.line(f"        bad |= not {buffers.call('isfinite', f'{target}{index}')}")

    def _fill_dense(self, target: str, value: ir.Pure, like: ir.Pure | ir.Slot) -> None:
        text = self.text(value)
        deep = loops(self.buffers, like, self.view)
        self.buffers.line(f"{target}{index_of(like)} = {text}")
        self.buffers.depth -= deep

    def _buffered(self, value: ir.Operation) -> str:
        """The entry of a value that loops before the present ones work out."""
        if value.operator not in ("add", "subtract", "dense"):
            raise NotFused
        own = replace(self, j="j")
        target = self.buffers.fresh(shape_of(value, self.view))
        own.fill(target, value, value)
        return f"{target}{index_of(value, self.j)}"

    def _folded(self, value: ir.Fold) -> str:
        """The buffer with the sum or the mean of the rows of a family of vectors, added one by one."""
        argument, buffers = value.argument, self.buffers
        known = value.operator in ("sum", "mean") and not value.plugin and value.setting is None
        if not known or argument.kind is not Kind.VECTOR or not argument.family or rows_of(self.view) != "n":
            raise NotFused
        target, own = buffers.fresh("d"), replace(self, j="j")
        sparse = self.is_sparse(argument)
        columns, entry = self.terms(argument) if sparse else ("", own.text(argument))
        buffers.line("for j in range(d):")
        buffers.line(f"    {target}[j] = 0.0")
        buffers.line("for i in range(n):")
        if sparse:
            buffers.line(f"    for t in range({columns}.shape[1]):")
            buffers.line(f"        {target}[{columns}[i, t]] += {entry}")
        else:
            buffers.line("    for j in range(d):")
            buffers.line(f"        {target}[j] += {entry}")
        if value.operator == "mean":
            buffers.line("for j in range(d):")
            buffers.line(f"    {target}[j] /= n")
        return target
