"""Pure expressions -> text of their entries in a fused function; what needs other entries is put into a buffer before."""

from __future__ import annotations

from dataclasses import replace

from ..check.kinds import Kind
from ..plan import instructions as ir
from ..syntax.build import MOST_INT
from ..text.records import record
from . import fused_folds as folds
from . import fused_histories as histories
from . import fused_numbers as numbers
from .fused_buffers import HISTORIES, Buffers, NotFused, index_of, kind_of, loops, rows_of, shape_of
from .fused_inputs import ConstantInput, ParamInput, ScheduleInput
from .layout import View

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
ROUNDED = ("floor", "ceil")
NUMBERS = (Kind.REAL, Kind.INT, Kind.BOOL)


@record
class Entries:
    """Writes entries; `j` is the text of the coordinate. In a round's order: buffers are filled before they are read."""

    buffers: Buffers
    view: View
    j: str = "j"
    over: str = ""  # the set whose members rows are; all nodes without one

    @property
    def rows(self) -> str:
        """The number of rows of a family."""
        return f"size_{self.over}" if self.over else rows_of(self.view)

    @property
    def node(self) -> str:
        """The node whose row i is, counted from this process's first."""
        return f"nodes_{self.over}[i]" if self.over else "i"

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
            case ir.Gather(among=None):
                return self._gathered(value)
            case ir.Fold():
                return f"{folds.folded(self, value)}{index_of(value, self.j)}"
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
            arguments = (*later.arguments, self.node, self.j, self.text(later.point))
            return self.buffers.call(later.function, *arguments)
        if name not in self.buffers.bound or self.is_sparse(value):
            raise NotFused
        if value.family and self.buffers.over.get(name, "") != self.over:
            raise NotFused
        return f"v_{name}{index_of(value, self.j)}"

    def _gathered(self, value: ir.Gather) -> str:
        """The rows of members."""
        family = value.family_value
        if not self.over or self.buffers.members(value.members, self.view) != self.over:
            raise NotFused
        if not isinstance(family, ir.Use | ir.Global):
            raise NotFused
        text = replace(self, over="").text(family)
        index = index_of(family, self.j)
        if not index or not text.endswith(index):
            raise NotFused
        return text[: -len(index)] + index.replace("[i", f"[{self.node}", 1)

    def _global(self, value: ir.Global) -> str:
        if value.kind not in (Kind.REAL, Kind.INT, Kind.VECTOR) or (value.family and self.over):
            raise NotFused
        match value.origin:
            case ir.Origin.COUNTER:
                return f"loop_{value.name}" if value.name in self.buffers.loops else "k"
            case ir.Origin.PARAM if value.name in self.buffers.schedules:
                return f"{self.buffers.given(f'q_{value.name}', ScheduleInput(value.name, 0))}[k - first]"
            case ir.Origin.PARAM:
                return self.buffers.given(f"p_{value.name}", ParamInput(value.name))
            case ir.Origin.PREVIOUS if value.name in self.buffers.schedules:
                return (
                    f"{self.buffers.given(f'before_{value.name}', ScheduleInput(value.name, 1))}[k - first]"
                )
            case ir.Origin.PREVIOUS:
                return f"({self.buffers.given(f'p_{value.name}', ParamInput(value.name))} if k > 0 else 0.0)"
            case ir.Origin.CONSTANT:
                wanted = ConstantInput(value.name, self.view.variable if value.family else "")
                name = f"c_{value.name}{self.view.suffix if value.family else ''}"
                return f"{self.buffers.given(name, wanted)}{index_of(value, self.j)}"
            case _:
                raise NotFused

    def _operation(self, value: ir.Operation) -> str:
        operator, family = value.operator, any(argument.family for argument in value.arguments)
        if value.kind in (Kind.BOOL, Kind.MASK) and operator in ("not", "and", "or"):
            texts = [f"({self.text(argument)})" for argument in value.arguments]
            return f"not {texts[0]}" if operator == "not" else f" {operator} ".join(texts)
        comparable = value.kind in (Kind.BOOL, Kind.MASK) and family == value.family
        if comparable and operator in numbers.COMPARISONS:
            return f"({numbers.compared(self, value)})"
        if operator == "support":
            return numbers.supported(self, value)
        if value.kind not in (Kind.REAL, Kind.VECTOR, Kind.INT):
            raise NotFused
        if operator == "prox" and not self.buffers.forms.has_prox:
            moved, step = value.arguments
            if step.family and not moved.family:
                raise NotFused
            return self.text(moved)
        if operator == "mix":
            return folds.mixed(self, value)
        if operator in numbers.NORMS:
            return numbers.measured(self, value)
        if any(map(self.is_sparse, value.arguments)):
            return self._buffered(value)
        if operator in ("copy", "dense"):
            return self.text(value.arguments[0])
        if operator == "where":
            return numbers.chosen(self, value)
        if operator == "clip":
            return numbers.extreme(self, numbers.clipped(value))
        if operator in histories.READS:
            return histories.read(self, value)
        if operator in numbers.BLOCK_NORMS:
            return numbers.measured_by_block(self, value)
        if operator == "most":
            return numbers.most(self, value)
        if operator == "^" and value.arguments[1] != ir.Number(2, Kind.INT):
            return numbers.raised(self, value)
        if operator in numbers.EXTREMES:
            return numbers.extreme(self, value)
        text = self._arithmetic(operator, value.arguments)
        return numbers.whole(self, value, text) if value.kind is Kind.INT else text

    def _arithmetic(self, operator: str, arguments: tuple[ir.Pure, ...]) -> str:
        texts = [self.text(argument) for argument in arguments]
        if operator in ARITHMETIC and len(texts) == 2:
            first, second = reversed(texts) if operator == "scale" else texts
            return f"({first} {ARITHMETIC[operator]} {second})"
        if operator == "neg":
            return f"(-{texts[0]})"
        if operator == "^":
            return self.buffers.call("square", texts[0])
        if operator == "%" and arguments[0].kind is arguments[1].kind is Kind.INT:
            return self.buffers.call("remainder", *texts)
        if operator in FUNCTIONS:
            return self.buffers.call(FUNCTIONS[operator], *texts)
        if operator in ROUNDED and arguments[0].kind in (Kind.INT, Kind.REAL):
            return self.buffers.call(operator, *texts)
        raise NotFused

    # --- buffers ---------------------------------------------------------------------------------------------

    def bind(self, target: ir.Slot, value: ir.Pure) -> None:
        """Write an expression into a slot's buffer."""
        buffers, name = self.buffers, self.name(target)
        self._is_over(target)
        if isinstance(value, ir.Operation) and value.operator == "interleave":
            self._interleave(target, value)
        elif target.kind in HISTORIES:
            histories.push(self, target, value)
        elif self.is_sparse(value):
            self._bind_sparse(target, value)
        elif name in buffers.sparse:
            raise NotFused
        elif target.kind is Kind.VECTOR or (target.family and target.kind in NUMBERS):
            buffers.room(target, self.view)
            self.fill(f"v_{name}", value, target)
        elif target.kind in NUMBERS:
            buffers.line(f"v_{name} = {'bool' if target.kind is Kind.BOOL else 'float'}({self.text(value)})")
        else:
            raise NotFused
        buffers.bound.add(name)

    def take(self, target: ir.Slot, source: str) -> None:
        """Copy a buffer into a slot's."""
        buffers, name, index = self.buffers, self.name(target), index_of(target)
        self._is_over(target)
        if name in buffers.sparse:
            raise NotFused
        buffers.room(target, self.view)
        with loops(buffers, target, self.rows):
            buffers.line(f"v_{name}{index} = {source}{index}")
        buffers.bound.add(name)

    def _is_over(self, target: ir.Slot) -> None:
        """Note the set over which a family is bound; states are over all nodes."""
        buffers, name = self.buffers, self.name(target)
        if target.family:
            if self.over and f"v_{name}" in buffers.inputs:
                raise NotFused
            buffers.over[name] = self.over

    def _interleave(self, target: ir.Slot, value: ir.Operation) -> None:
        """Bind, for each node, the next row of one family if it is taken, else the next of the other."""
        buffers, (taken, *both) = self.buffers, value.arguments
        if self.over or target.kind not in (*NUMBERS, Kind.VECTOR) or any(map(self.is_sparse, both)):
            raise NotFused
        text, held = self.text(taken), []
        for part in both:
            own = replace(self, over=folds.domain_of(part, self))
            if not own.over:
                raise NotFused
            held.append(buffers.fresh(shape_of(target, self.view), kind_of(target)))
            own.fill(held[-1], part, target)
        buffers.room(target, self.view)
        one, other, index = buffers.number(), buffers.number(), index_of(target)
        buffers.line(f"{one}, {other} = 0, 0")
        buffers.line(f"for i in range({self.rows}):")
        buffers.depth += 1
        for head, source, row in (("if " + text, held[0], one), ("else", held[1], other)):
            buffers.line(f"{head}:")
            buffers.depth += 1
            with loops(buffers, replace(target, family=False), "1"):
                buffers.line(f"v_{self.name(target)}{index} = {source}{index.replace('[i', f'[{row}', 1)}")
            buffers.line(f"{row} += 1")
            buffers.depth -= 1
        buffers.depth -= 1

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
        arrays = buffers.sparse[name] = buffers.arrays_of(name, columns)
        buffers.buffer(f"columns_{arrays}", f"{columns}.shape", "int64")
        buffers.buffer(f"values_{arrays}", f"{columns}.shape")
        buffers.line(f"for i in range({self.rows if value.family else 1}):")
        buffers.line(f"    for t in range({columns}.shape[1]):")
        buffers.line(f"        columns_{arrays}[i, t] = {columns}[i, t]")
        buffers.line(f"        values_{arrays}[i, t] = {entry}")

    def fill(self, target: str, value: ir.Pure, like: ir.Pure | ir.Slot) -> None:
        """Write the loops that fill a buffer, or a slot that the value reads at its own entry alone, shaped as `like`."""
        if isinstance(value, ir.Operation) and value.operator in ("add", "subtract", "dense"):
            *base, change = value.arguments
            if self.is_sparse(change):
                terms = self.terms(change)  # of what the target has before
                self._fill_dense(target, base[0] if base else ir.Number(0.0, Kind.REAL), like)
                self._put(target, change, value.operator, terms)
                return
            if any(map(self.is_sparse, base)):
                raise NotFused
        self._fill_dense(target, value, like)

    def _put(self, target: str, change: ir.Pure, operator: str, terms: tuple[str, str]) -> None:
        """Write the loop that adds a sparse value to the target's entries, subtracts it, or puts it there."""
        columns, entry = terms
        buffers, index = self.buffers, "[i, c]" if change.family else "[c]"
        buffers.line(f"for i in range({self.rows if change.family else 1}):")
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
        with loops(self.buffers, like, self.rows):
            self.buffers.line(f"{target}{index_of(like)} = {text}")

    def _buffered(self, value: ir.Operation) -> str:
        """The entry of a value that loops before the present ones work out."""
        if value.operator not in ("add", "subtract", "dense"):
            raise NotFused
        own = replace(self, j="j")
        target = self.buffers.fresh(shape_of(value, self.view))
        own.fill(target, value, value)
        return f"{target}{index_of(value, self.j)}"
