"""Gradients of fused rounds: entries, worked out where they are read, or whole rows, of which known ones are kept."""

from __future__ import annotations

from collections.abc import Sequence

from ..check.kinds import Kind
from ..plan import instructions as ir
from ..text.records import record
from . import fused_inputs as inputs
from .fused_buffers import Buffers, NotFused, index_of, loops, shape_of
from .fused_known import Later
from .fused_points import Points
from .fused_values import Entries


@record
class Gradients:
    """Writes calls of oracles."""

    buffers: Buffers
    points: Points

    def call(self, call: ir.CallOracle, behind: Sequence[ir.Instruction]) -> None:
        """The gradient at a point; `behind`: the instructions that follow."""
        buffers, extra = self.buffers, call.extra
        form = buffers.forms.oracles.get(call.operator)
        if form is None or (extra is not None and extra.kind is not Kind.BATCH):
            raise NotFused
        (view,) = buffers.views_of(ir.NODE, True)
        entries = Entries(buffers, view, over=buffers.members(call.members, view))
        batch = self._batch(call, entries)
        if isinstance(form, inputs.Rowwise) and batch:
            self.points.ask_batch(call, entries, batch)
            self._of_batch(call, form, entries, batch)
            return
        if batch:
            raise NotFused
        remembered = self.points.ask(call, entries.over)
        name = view.name_of(call.target)
        buffers.over[name] = entries.over
        match form:
            case inputs.Entrywise():
                buffers.later[name] = Later(form.function, self._given(call, form), call.point)
                if not (call.lazy and _is_read_next(behind)):
                    self._fill(call, entries)
            case inputs.Rowwise() if remembered and not entries.over:
                self._recall(call, form, entries)
            case inputs.Rowwise():
                self._rows(call, form, entries)

    def _given(self, call: ir.CallOracle, form: inputs.Entrywise | inputs.Rowwise) -> tuple[str, ...]:
        """The variables of a form's arguments."""
        return self._arguments(call, form.arguments, of_batch=False)

    def _arguments(self, call: ir.CallOracle, count: int, *, of_batch: bool) -> tuple[str, ...]:
        wanted = [inputs.OracleInput(call.operator, place, of_batch) for place in range(count)]
        letter = "b" if of_batch else "o"
        return tuple(self.buffers.given(f"{letter}_{each.operator}_{each.place}", each) for each in wanted)

    def _batch(self, call: ir.CallOracle, entries: Entries) -> str:
        """The array with the indices of a call's minibatch; "" for all samples."""
        extra, buffers = call.extra, self.buffers
        if extra is None:
            return ""
        if not isinstance(extra, ir.Use):
            raise NotFused
        name = entries.name(extra.slot)
        if name not in buffers.bound or name not in buffers.batches:
            raise NotFused
        if buffers.batches[name] and buffers.over[name] != entries.over:
            raise NotFused
        return buffers.batches[name]

    def _of_batch(self, call: ir.CallOracle, form: inputs.Rowwise, entries: Entries, batch: str) -> None:
        """Write the loop over nodes with minibatches."""
        buffers, name = entries.buffers, entries.name(call.target)
        if form.of_batch is None:
            raise NotFused
        given = self._arguments(call, form.of_batch.arguments, of_batch=True)
        point = self._point(call, entries)
        buffers.room(call.target, entries.view)
        buffers.line(f"for i in range({entries.rows}):")
        row = (entries.node, f"{batch}[i]", point, f"v_{name}[i]")
        buffers.line(f"    {buffers.call(form.of_batch.function, *given, *row)}")
        buffers.over[name] = entries.over
        buffers.bound.add(name)

    def _fill(self, call: ir.CallOracle, entries: Entries) -> None:
        """Write the loops over all entries."""
        buffers, name = entries.buffers, entries.name(call.target)
        text = entries.text(ir.Use(call.target))
        del buffers.later[name]
        buffers.room(call.target, entries.view)
        with loops(buffers, call.target, entries.rows):
            buffers.line(f"v_{name}{index_of(call.target)} = {text}")
        buffers.bound.add(name)

    def _rows(self, call: ir.CallOracle, form: inputs.Rowwise, entries: Entries) -> None:
        """Write the loop over nodes."""
        buffers, name = entries.buffers, entries.name(call.target)
        given = self._given(call, form)
        point = self._point(call, entries)
        buffers.room(call.target, entries.view)
        shared = not (call.point.family or entries.over)
        if shared:
            self._take(call, entries, point)
        buffers.line(f"for i in range({entries.rows}):")
        buffers.line(f"    {buffers.call(form.function, *given, entries.node, point, f'v_{name}[i]')}")
        buffers.depth -= shared
        buffers.bound.add(name)

    def _take(self, call: ir.CallOracle, entries: Entries, point: str) -> None:
        """Write the lines that take the rows which a measured point left at this very point, and the head of what is for
        others."""
        buffers = entries.buffers
        offers, at, rows = (
            buffers.given(f"offer_{part}", inputs.OfferInput(part)) for part in ("offers", "point", "rows")
        )
        buffers.line(f"if k == first and {offers}[0] and {buffers.call('is_same', at, point)}:")
        buffers.depth += 1
        with loops(buffers, call.target, entries.rows):
            buffers.line(f"v_{entries.name(call.target)}[i, j] = {rows}[i, j]")
        buffers.line(f"{offers}[0] = {inputs.TAKEN}")
        buffers.depth -= 1
        buffers.line("else:")
        buffers.depth += 1

    def _point(self, call: ir.CallOracle, entries: Entries) -> str:
        """The row of node i's point, an array."""
        text, index = entries.text(call.point), index_of(call.point)
        if isinstance(call.point, ir.Use | ir.Global | ir.Gather) and text.endswith("j]"):
            return text.removesuffix(", j]") + "]" if text.endswith(", j]") else text.removesuffix("[j]")
        held = entries.buffers.fresh(shape_of(call.point, entries.view))
        with loops(entries.buffers, call.point, entries.rows):
            entries.buffers.line(f"{held}{index} = {text}")
        return f"{held}[i]" if call.point.family else held

    def _recall(self, call: ir.CallOracle, form: inputs.Rowwise, entries: Entries) -> None:
        """The same, or rows that are kept, where the point is one of this round or the last."""
        buffers, name, place = entries.buffers, entries.name(call.target), self.points.place()
        buffers.room(call.target, entries.view)
        buffers.line(f"known_at = {buffers.call('place_of', 'held', 'at')}")
        buffers.line("if known_at >= 0:")
        buffers.depth += 1
        with loops(buffers, call.target, entries.rows):
            buffers.line(f"v_{name}[i, j] = rows_held[known_at, i, j]")
        buffers.depth -= 1
        buffers.line("else:")
        buffers.depth += 1
        self._rows(call, form, entries)
        buffers.depth -= 1
        with loops(buffers, call.target, entries.rows):
            buffers.line(f"rows_held[{place}, i, j] = v_{name}[i, j]")
        buffers.line(f"held[{place}] = at")


def _is_read_next(behind: Sequence[ir.Instruction]) -> bool:
    """True if a blind compressor of those behind reads a gradient, with nothing but draws between."""
    for instruction in behind:
        if isinstance(instruction, ir.Compress):
            return instruction.blind
        if not isinstance(instruction, ir.DrawEvent):
            return False
    return False
