"""Events of fused rounds: coins, sets of nodes, and minibatches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from ..plan import instructions as ir
from ..syntax.build import MOST_INT
from ..text.records import structure
from . import fused_inputs as inputs
from .fused_buffers import Buffers, NotFused, rows_of
from .fused_sets import chosen
from .fused_values import Entries
from .layout import View

MOST_CHOICES = 1 << 31
"""The ints of a draw beyond which the round is the program's."""
MOST_ASKED = 9
"""Points at which a round asks for gradients of one minibatch, and their count; a round with more is the program's."""


@structure
class Draws:
    """Writes draws. `subsets`: the sizes of sets."""

    buffers: Buffers
    subsets: list[ir.Pure] = field(default_factory=list)

    def draw(self, instruction: ir.DrawEvent) -> None:
        """Write the draw of an event."""
        of_server = instruction.roles == ir.SERVER
        if instruction.settings or (instruction.members and instruction.distribution != "minibatch"):
            raise NotFused
        match instruction.distribution, instruction.arguments:
            case "minibatch", (_,) if instruction.roles == ir.NODE:
                self._batch(instruction)
            case "bernoulli", (chance,) if not instruction.target.family:
                self._coin(instruction, chance)
            case "bernoulli", (chance,) if instruction.roles == ir.NODE:
                self._coins(instruction, chance)
            case "choice", (least, most) if instruction.roles == ir.NODE:
                self._choices(instruction, least, most)
            case "each", (chance,) if of_server:
                self._each(instruction, chance)
            case "subset", (_, size) if of_server:
                self._subset(instruction, size)
            case _:
                raise NotFused

    def _batch(self, instruction: ir.DrawEvent) -> None:
        """A minibatch of each node, or member: nothing is drawn where it is all samples. A name holds minibatches of one
        draw site, unless they are all samples."""
        buffers, form = self.buffers, self.buffers.forms.batches.get(instruction.site)
        (view,) = buffers.views_of(ir.NODE, True)
        entries = Entries(buffers, view, over=buffers.members(instruction.members, view))
        name = view.name_of(instruction.target)
        if form is None:
            raise NotFused
        indices = f"indices_{name}_{instruction.site.ordinal}" if form.function else ""
        if buffers.batches.setdefault(name, indices) != indices:
            raise NotFused
        if indices:
            parts = {
                part: buffers.given(f"batch_{part}_{name}", inputs.BatchInput(instruction.site, part))
                for part in ("count", "words", "taken", "units", "spare")
            }
            words = buffers.buffer(f"words_of_{name}", f"-(-{parts['words']} // 4) * 4", "uint64")
            buffers.buffer(indices, f"({rows_of(view)}, {parts['count']})", "int64")
            key, node = buffers.key("event", instruction.site, "node"), entries.node
            buffers.line(f"for i in range({entries.rows}):")
            row = buffers.global_row(node)
            buffers.line(f"    {buffers.call('draw_words', key, 'k + 1', buffers.repeats, row, words)}")
            given = (
                f"{words}[:{parts['taken']}[{node}]]",
                f"{parts['units']}[{node}]",
                f"{parts['spare']}[{node}]",
            )
            buffers.line(f"    {buffers.call(form.function, *given, f'{indices}[i]')}")
            buffers.line(f"{buffers.buffer(f'asked_{indices}', str(MOST_ASKED), 'int64')}[0] = 0")
        buffers.over[name] = entries.over
        buffers.bound.add(name)

    def _coin(self, instruction: ir.DrawEvent, chance: ir.Pure) -> None:
        buffers, (view,) = self.buffers, self.buffers.views_of(instruction.roles, False)
        name, key = view.name_of(instruction.target), self.buffers.key("event", instruction.site, "none")
        buffers.line(f"chance = float({Entries(buffers, view).text(chance)})")
        buffers.line("bad |= not 0.0 <= chance <= 1.0")
        buffers.line(f"v_{name} = {buffers.call('uniform', key, 'k + 1', buffers.repeats, '0')} < chance")
        buffers.bound.add(name)
        if len(instruction.roles) > 1:
            self.buffers.count(inputs.Tossed())

    def _coins(self, instruction: ir.DrawEvent, chance: ir.Pure) -> None:
        """A coin of each node."""
        buffers, target = self.buffers, instruction.target
        (view,) = buffers.views_of(ir.NODE, True)
        name = view.name_of(target)
        buffers.room(target, view)
        self._tossed(instruction, chance, view, "node", lambda head: f"v_{name}[i] = {head}")
        buffers.over[name] = ""
        buffers.bound.add(name)

    def _choices(self, instruction: ir.DrawEvent, least: ir.Pure, most: ir.Pure) -> None:
        """An int of each node, from one to another."""
        buffers, target = self.buffers, instruction.target
        (view,) = buffers.views_of(ir.NODE, True)
        name, key = view.name_of(target), buffers.key("event", instruction.site, "node")
        low, high = (Entries(buffers, view).text(each) for each in (least, most))
        buffers.room(target, view)
        buffers.line(f"for i in range({rows_of(view)}):")
        row = buffers.global_row("i") if rows_of(view) == "rows" else "i"
        drawn = buffers.call("uniform", key, "k + 1", buffers.repeats, row)
        buffers.line(f"    low, high = float({low}), float({high})")
        buffers.line(f"    bad |= not (0 <= high - low < {MOST_CHOICES} and -{MOST_INT}.0 <= low)")
        buffers.line(f"    v_{name}[i] = low + {buffers.call('floor', f'{drawn} * (high - low + 1)')}")
        buffers.over[name] = ""
        buffers.bound.add(name)

    def _each(self, instruction: ir.DrawEvent, chance: ir.Pure) -> None:
        """A set that each node joins by a coin."""
        (view,), heads = self.buffers.views_of(ir.SERVER, True), self.buffers.fresh("n", "uint8")
        self._tossed(instruction, chance, view, "none", lambda head: f"{heads}[i] = {head}")
        chosen(self.buffers, instruction.target, view, f"{heads}[i]")

    def _tossed(
        self, instruction: ir.DrawEvent, chance: ir.Pure, view: View, scope: str, line: Callable[[str], str]
    ) -> None:
        buffers, key = self.buffers, self.buffers.key("event", instruction.site, scope)
        text = Entries(buffers, view).text(chance)
        buffers.line(f"for i in range({rows_of(view)}):")
        buffers.line(f"    chance = float({text})")
        buffers.line("    bad |= not 0.0 <= chance <= 1.0")
        row = buffers.global_row("i") if rows_of(view) == "rows" else "i"
        drawn = buffers.call("uniform", key, "k + 1", buffers.repeats, row)
        buffers.line(f"    {line(f'{drawn} < chance')}")

    def _subset(self, instruction: ir.DrawEvent, size: ir.Pure) -> None:
        """A set of so many nodes."""
        buffers, (view,) = self.buffers, self.buffers.views_of(ir.SERVER, True)
        name = buffers.new_set(instruction.target, view)
        site = f"{name}_{instruction.site.ordinal}"  # other draws of the name may be of other sizes
        parts = {
            part: buffers.given(f"subset_{part}_{site}", inputs.SubsetInput(size, part))
            for part in ("form", "count", "words", "units", "spare")
        }
        words = buffers.buffer(f"words_of_{site}", f"-(-{parts['words']} // 4) * 4", "uint64")
        key = self.buffers.key("event", instruction.site, "none")
        buffers.buffer(f"nodes_{name}", "n", "int64")
        buffers.line(buffers.call("draw_words", key, "k + 1", buffers.repeats, "0", words))
        given = (parts["form"], f"{words}[:{parts['words']}]", parts["units"], parts["spare"])
        buffers.line(buffers.call("subset_drawn", *given, f"nodes_{name}[:{parts['count']}]"))
        buffers.line(f"size_{name} = {parts['count']}")
        self.subsets.append(size)
