"""Lines of a fused function as they grow: its arguments, its buffers, the loops over entries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field

from ..check.kinds import Kind
from ..check.program import Site
from ..plan import instructions as ir
from ..plan.names import unused
from ..text.records import structure
from .fused_inputs import Counted, Forms, Input, KeyInput, MpiInput, StateInput
from .fused_known import Known, Later
from .layout import Layout, View

LONG = (Kind.VECTOR, Kind.MASK)
"""Kinds of values with an entry for each coordinate."""
HISTORIES = (Kind.NUMBERS, Kind.VECTORS)


class NotFused(Exception):
    """A plan has a part without a form in loops."""


@structure
class Buffers:
    """The lines of a fused function so far: its arguments, its buffers, the body of its round."""

    forms: Forms
    layout: Layout
    inputs: dict[str, Input] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    made: list[str] = field(default_factory=list)  # lines that make buffers
    arrays: dict[str, str] = field(default_factory=dict)  # buffers, and the lines that make them
    sources: dict[str, list[str]] = field(default_factory=dict)  # of slots that are no plain arrays
    lines: list[str] = field(default_factory=list)
    depth: int = 2
    sparse: dict[str, str] = field(
        default_factory=dict
    )  # slots held as coordinates and values, and whose arrays those are
    masks: dict[str, str] = field(default_factory=dict)  # packets with masks of coordinates, and those
    later: dict[str, Later] = field(default_factory=dict)
    bound: set[str] = field(default_factory=set)
    schedules: frozenset[str] = frozenset()  # params that change from round to round
    sets: dict[str, str] = field(
        default_factory=dict
    )  # sets of nodes, by whose `nodes_` and `size_` hold them
    batches: dict[str, str] = field(
        default_factory=dict
    )  # and the arrays of their indices; "" of all samples
    members_held: dict[str, None] = field(default_factory=dict)  # those that there are
    over: dict[str, str] = field(default_factory=dict)  # families over sets, and those
    loops: list[str] = field(default_factory=list)  # counters of the loops around
    numbers: int = 0  # so many have a variable
    counted: list[Counted] = field(default_factory=list)

    @property
    def known(self) -> Known:
        """The names' forms so far."""
        sparse, masks, over, sets = map(dict, (self.sparse, self.masks, self.over, self.sets))
        return Known(frozenset(self.bound), sparse, masks, over, sets, dict(self.later))

    @known.setter
    def known(self, known: Known) -> None:
        self.bound, self.later = set(known.bound), dict(known.later)
        forms = (known.sparse, known.masks, known.over, known.sets)
        self.sparse, self.masks, self.over, self.sets = map(dict, forms)

    def line(self, text: str) -> None:
        """A line of the round at the present depth."""
        self.lines.append("    " * self.depth + text)

    def given(self, variable: str, wanted: Input) -> str:
        """The variable of an argument, of which it has one alone."""
        if self.inputs.setdefault(variable, wanted) != wanted or variable in self.arrays:
            raise NotFused
        return variable

    def call(self, function: str, *arguments: str) -> str:
        """A call of a function that the runtime compiles."""
        self.functions.add(function)
        return f"{function}({', '.join(arguments)})"

    def buffer(self, wish: str, shape: str, kind: str = "float64") -> str:
        """An array that is made once; none that a name has otherwise already."""
        line = f"{wish} = empty({shape}, {kind})"
        if wish not in self.arrays:
            self.made.append(line)
        if self.arrays.setdefault(wish, line) != line or wish in self.inputs:
            raise NotFused
        return wish

    def arrays_of(self, name: str, source: str) -> str:
        """The name of the arrays that hold a slot as a compressor, or another slot, has it: the slot's, with a number before
        it for each source but the first (no slot is called so): two branches may need two sizes."""
        sources = self.sources.setdefault(name, [])
        if source not in sources:
            sources.append(source)
        place = sources.index(source)
        return f"{place}_{name}" if place else name

    def fresh(self, shape: str, kind: str = "float64") -> str:
        """A buffer that no other part uses."""
        return self.buffer(f"t_{len(self.made)}", shape, kind)

    def number(self) -> str:
        """A variable of a number that no other part uses."""
        self.numbers += 1
        return f"e_{self.numbers}"

    def key(self, kind: str, site: Site, scope: str) -> str:
        """The variable with the key of a draw site."""
        return self.given(f"key_{site.name}_{site.ordinal}_{kind}", KeyInput(kind, site, scope))

    def mpi(self, part: str) -> str:
        """The variable with what MPI is called by, or with numbers of nodes by rank."""
        return self.given(f"mpi_{part}", MpiInput(part))

    def count(self, counted: Counted, times: str = "1") -> str:
        """Write the lines that count; the place of the count."""
        if counted not in self.counted:
            self.counted.append(counted)
        place = self.counted.index(counted)
        self.line(f"n_{place} += {times}")
        self.line(f"bad |= counts[{place}] + n_{place} > limits[{place}]")
        return str(place)

    @property
    def repeats(self) -> str:
        """The word for the counters of the loops around; see `chance.streams.repeat_word`."""
        words = [f"((loop_{counter} + 1) << {21 * level})" for level, counter in enumerate(self.loops)]
        return " + ".join(words) or "0"

    def views_of(self, roles: ir.Roles, family: bool) -> list[View]:
        """The views that compute a value for these roles: of a single one the first."""
        views = [view for view in self.layout.views if view.roles & roles]
        return views if family else views[:1]

    def room(self, slot: ir.Slot, view: View) -> None:
        """Make the buffer of a slot; states have theirs."""
        name = f"v_{view.name_of(slot)}"
        state = self.inputs.get(name)
        if state is None:
            self.buffer(name, shape_of(slot, view), kind_of(slot))
        elif not isinstance(state, StateInput) or shape_of(state.slot, view) != shape_of(slot, view):
            raise NotFused

    def set_of(self, slot: ir.Slot, view: View) -> str:
        """The name of a set in a view: of the view's own nodes, counted from its first."""
        return f"{slot.name}{view.suffix}"

    def new_set(self, slot: ir.Slot, view: View) -> str:
        """The name by which the members of a set are held from here on: the set's, unless other sets, or families over it,
        have those it had before."""
        name = self.set_of(slot, view)
        others = (members for other, members in self.sets.items() if other != name)
        members = self.sets[name] = unused(name, {*others, *self.over.values()})
        self.members_held.setdefault(members)
        return members

    def members(self, slot: ir.Slot | None, view: View) -> str:
        """The set by which a slot's members are held in a view; "" without one."""
        if slot is None:
            return ""
        name = self.set_of(slot, view)
        if name not in self.sets:
            raise NotFused
        return self.sets[name]

    @property
    def view_of_server(self) -> View | None:
        """The view of the server, if it is of this process."""
        return next(iter(self.views_of(ir.SERVER, True)), None)

    def global_row(self, row: str) -> str:
        """The text of a node's number, of its row among this process's."""
        return f"{row} + {self.mpi('before')}" if self.layout is Layout.NODES else row

    def finite(self, text: str) -> None:
        """Give the round up where a number is not finite: it is done again outside."""
        self.line(f"bad |= not {self.call('isfinite', text)}")


def copied(target: str, source: str, slot: ir.Slot, view: View, before: str = "") -> list[str]:
    """Lines that copy all entries of a slot; `before` is what the target's index begins with. (Loops compile in a third of
    the time of slices.)"""
    axes = [("i", rows_of(view))] * slot.family + [("j", "d")] * (slot.kind in (Kind.VECTOR, Kind.VECTORS))
    if slot.kind in HISTORIES:
        axes.insert(0, ("h", f"{source}.shape[0]"))
    index = ", ".join(axis for axis, _ in axes)
    heads = [f"{'    ' * deep}for {axis} in range({end}):" for deep, (axis, end) in enumerate(axes)]
    return [*heads, f"{'    ' * len(axes)}{target}[{before}{index}] = {source}[{index}]"]


def rows_of(view: View) -> str:
    """The variable with the number of a view's rows: all nodes, or this process's."""
    return "rows" if view.variable == "nodes" else "n"


def shape_of(value: ir.Pure | ir.Slot, view: View) -> str:
    """The shape of a vector, or of a family."""
    if value.kind not in LONG:
        return rows_of(view)
    return f"({rows_of(view)}, d)" if value.family else "d"


@contextmanager
def loops(buffers: Buffers, value: ir.Pure | ir.Slot, rows: str) -> Iterator[None]:
    """Write the heads of the loops over entries, of a family of so many rows; what is written meanwhile stands in them."""
    before = buffers.depth
    if value.family:
        buffers.line(f"for i in range({rows}):")
        buffers.depth += 1
    if value.kind in LONG:
        buffers.line("for j in range(d):")
        buffers.depth += 1
    yield
    buffers.depth = before


def index_of(value: ir.Pure | ir.Slot, j: str = "j") -> str:
    """The index of an entry in the loops over another value, which has as many axes or more."""
    axes = [name for name, wanted in (("i", value.family), (j, value.kind in LONG)) if wanted]
    return f"[{', '.join(axes)}]" if axes else ""


def is_number(slot: ir.Slot) -> bool:
    """True of a slot that a variable holds, not an array."""
    return slot.kind not in (*LONG, *HISTORIES) and not slot.family


def kind_of(value: ir.Pure | ir.Slot) -> str:
    """The kind of numbers that a value's buffer has."""
    return "uint8" if value.kind in (Kind.BOOL, Kind.MASK) else "float64"
