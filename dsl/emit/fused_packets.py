"""Compression in fused rounds: packets of rows as coordinates and values, or as scales and symbols."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from ..plan import instructions as ir
from ..text.records import structure
from . import fused_inputs as inputs
from .fused_buffers import Buffers, NotFused, index_of, loops, rows_of
from .fused_values import Entries
from .layout import View


@structure
class Packets:
    """Writes the statements that compress, and what messages read of compressors' forms."""

    buffers: Buffers

    def compress(self, instruction: ir.Compress) -> None:
        """The packet of each row."""
        form = self.form(instruction.compressor)
        if instruction.shared or instruction.packet.groups:
            raise NotFused
        packet, buffers = instruction.packet, self.buffers
        for view in buffers.views_of(instruction.roles, packet.family):
            over = buffers.members(instruction.members, view)
            buffers.over[view.name_of(packet)] = over
            match form:
                case inputs.Coding():
                    self._code(instruction, form, view)
                case inputs.Choosing():
                    self._choose(instruction, form, view)
                case inputs.Plain():
                    self._copy(instruction, view)
                case inputs.Dealing():
                    self._deal(instruction, view)
                case _:
                    assert_never(form)
            if instruction.target is not None:
                Entries(buffers, view, over=over).bind(instruction.target, ir.Use(packet))

    def _choose(self, instruction: ir.Compress, form: inputs.Choosing, view: View) -> None:
        """Coordinates and values of each row."""
        packet, buffers, Q = instruction.packet, self.buffers, instruction.compressor
        name, entries = view.name_of(packet), self._entries(instruction, view)
        arrays = self.arrays(name, rows_of(view) if packet.family else "1", Q)
        columns, values = f"columns_{arrays}", f"values_{arrays}"
        entry = replace(entries, j="c").text(instruction.operand)
        if not instruction.blind:
            entry = f"{self._operand(instruction, view)}[i, c]"
        elif not form.draws:
            raise NotFused
        buffers.line(f"for i in range({entries.rows if packet.family else 1}):")
        buffers.depth += 1
        source = self._words(instruction, view) if form.draws else f"operand_{name}[i]"
        chosen = (source, self.part(Q, "units"), self.part(Q, "spare"), f"{columns}[i]")
        buffers.line(buffers.call(form.function, *chosen))
        buffers.line(f"for t in range({self.part(Q, 'kept')}):")
        buffers.line(f"    c = {columns}[i, t]")
        scaled = f"{entry} * {self.part(Q, 'scale')}"
        buffers.line(f"    {values}[i, t] = {buffers.call('wired', scaled)}")
        buffers.line(f"    bad |= not {buffers.call('isfinite', f'{values}[i, t]')}")
        buffers.depth -= 1
        self.bound(name, arrays)

    def _code(self, instruction: ir.Compress, form: inputs.Coding, view: View) -> None:
        """Scales and symbols of each row, and the values that they stand for."""
        packet, buffers, Q = instruction.packet, self.buffers, instruction.compressor
        name, entries = view.name_of(packet), self._entries(instruction, view)
        scales, codes = self.symbols(name, rows_of(view) if packet.family else "1", Q)
        operand = self._operand(instruction, view)
        buffers.room(packet, view)
        buffers.line(f"for i in range({entries.rows if packet.family else 1}):")
        buffers.depth += 1
        words = self._words(instruction, view) if form.draws else buffers.buffer("no_words", "0", "uint64")
        given = (f"{operand}[i]", words, *self._plan(Q), f"{scales}[i]", f"{codes}[i]")
        buffers.line(f"bad |= not {buffers.call(f'code_{form.kind}', *given)}")
        self.value(Q, f"{scales}[i]", f"{codes}[i]", f"v_{name}{'[i]' if packet.family else ''}")
        buffers.depth -= 1
        buffers.bound.add(name)

    def _copy(self, instruction: ir.Compress, view: View) -> None:
        """The entries of each row, rounded to the wire's floats."""
        packet, buffers, entries = instruction.packet, self.buffers, self._entries(instruction, view)
        name, operand = view.name_of(packet), self._operand(instruction, view)
        buffers.room(packet, view)
        with loops(buffers, packet, entries.rows):
            entry = f"v_{name}{index_of(packet)}"
            row = "i" if packet.family else "0"
            buffers.line(f"{entry} = {buffers.call('wired', f'{operand}[{row}, j]')}")
            buffers.finite(entry)
        buffers.bound.add(name)

    def _deal(self, instruction: ir.Compress, view: View) -> None:
        """Masks and values of each row: places of coordinates and of nodes in two random orders decide."""
        packet, buffers, Q = instruction.packet, self.buffers, instruction.compressor
        name, count, plan = view.name_of(packet), self.part(Q, "words"), self.part(Q, "plan")
        if not packet.family or instruction.members is not None:
            raise NotFused
        operand, mask = self._operand(instruction, view), f"mask_{name}"
        words = self._room_for_words(name, Q)
        buffers.buffer(mask, f"({rows_of(view)}, d)", "uint8")
        places = buffers.buffer(f"places_{buffers.arrays_of(name, Q)}", count, "int64")
        buffers.room(packet, view)
        key = buffers.key("compressor", instruction.site, "none")
        buffers.line(buffers.call("draw_words", key, "k + 1", buffers.repeats, "0", words))
        buffers.line(buffers.call("places_dealt", f"{words}[:{count}]", plan, places))
        buffers.line(f"for i in range({rows_of(view)}):")
        buffers.depth += 1
        node = buffers.global_row("i") if rows_of(view) == "rows" else "i"
        buffers.line(buffers.call("dealt_to", node, places, plan, f"{mask}[i]"))
        scaled = f"{operand}[i, j] * {self.part(Q, 'scale')}"
        buffers.line("for j in range(d):")
        buffers.line(f"    v_{name}[i, j] = {buffers.call('wired', scaled)} if {mask}[i, j] else 0.0")
        buffers.depth += 1
        buffers.finite(f"v_{name}[i, j]")
        buffers.depth -= 2
        buffers.bound.add(name)
        buffers.masks[name] = mask

    def _operand(self, instruction: ir.Compress, view: View) -> str:
        """The buffer (rows, d) with all that is compressed, checked."""
        buffers, packet, entries = self.buffers, instruction.packet, self._entries(instruction, view)
        rows = rows_of(view) if packet.family else "1"
        target = buffers.buffer(f"operand_{view.name_of(packet)}", f"({rows}, d)")
        text = entries.text(instruction.operand)
        buffers.line(f"for i in range({entries.rows if packet.family else 1}):")
        buffers.line("    for j in range(d):")
        buffers.line(f"        {target}[i, j] = {text}")
        buffers.line(f"        bad |= not {buffers.call('isfinite', f'{target}[i, j]')}")
        return target

    def _words(self, instruction: ir.Compress, view: View) -> str:
        """The words of row i of a draw site."""
        packet, count = instruction.packet, self.part(instruction.compressor, "words")
        words = self._room_for_words(view.name_of(packet), instruction.compressor)
        key = self.buffers.key("compressor", instruction.site, "node" if packet.family else "none")
        node = self._entries(instruction, view).node
        row = self.buffers.global_row(node) if rows_of(view) == "rows" else node
        self.buffers.line(self.buffers.call("draw_words", key, "k + 1", self.buffers.repeats, row, words))
        return f"{words}[:{count}]"

    def _room_for_words(self, name: str, Q: str) -> str:
        """The buffer of whole blocks of words."""
        wish = f"words_{self.buffers.arrays_of(name, Q)}"
        return self.buffers.buffer(wish, f"-(-{self.part(Q, 'words')} // 4) * 4", "uint64")

    # --- parts of forms --------------------------------------------------------------------------------------

    def form(self, compressor: str) -> inputs.Compressing:
        """A compressor's form, if it has one."""
        form = self.buffers.forms.compressors.get(compressor)
        if form is None:
            raise NotFused
        return form

    def part(self, compressor: str, part: str) -> str:
        """The variable with a part of a compressor's form."""
        return self.buffers.given(f"{part}_{compressor}", inputs.CompressorInput(compressor, part))

    def _plan(self, Q: str) -> tuple[str, str]:
        return self.part(Q, "plan"), self.part(Q, "factors")

    def arrays(self, name: str, rows: str, Q: str) -> str:
        """The name of the arrays with coordinates and values of the rows of a packet."""
        arrays, shape = self.buffers.arrays_of(name, Q), f"({rows}, {self.part(Q, 'kept')})"
        self.buffers.buffer(f"columns_{arrays}", shape, "int64")
        self.buffers.buffer(f"values_{arrays}", shape)
        return arrays

    def symbols(self, name: str, rows: str, Q: str) -> tuple[str, str]:
        """Scales and symbols of the rows of a packet."""
        arrays = self.buffers.arrays_of(name, Q)
        scales = self.buffers.buffer(f"scales_{arrays}", f"({rows}, {self.part(Q, 'blocks')})")
        return scales, self.buffers.buffer(f"codes_{arrays}", f"({rows}, d)", "int64")

    def value(self, Q: str, scales: str, codes: str, values: str) -> None:
        """Write the line that fills a row with what its symbols stand for."""
        form = self.form(Q)
        assert isinstance(form, inputs.Coding)
        given = (scales, codes, *self._plan(Q), values)
        self.buffers.line(f"bad |= not {self.buffers.call(f'value_{form.kind}', *given)}")

    def bound(self, name: str, arrays: str) -> None:
        """Note that a slot is held as coordinates and values, in these arrays."""
        self.buffers.sparse[name] = arrays
        self.buffers.bound.add(name)

    def _entries(self, instruction: ir.Compress, view: View) -> Entries:
        return Entries(self.buffers, view, over=self.buffers.members(instruction.members, view))
