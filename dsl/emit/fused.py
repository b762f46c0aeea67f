"""Plan -> one function of arrays that runs many rounds in a call, for a compiler of loops; with a server, and full batches.

A plan with a part that has no form in loops has none either. Whatever ends a run, or might, makes the function give up the
round in which it happens: that round is for the generated program, which knows what to say.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..check.kinds import Kind
from ..plan import instructions as ir
from ..plan.traverse import INSTRUCTIONS
from ..text.records import structure
from . import fused_histories as histories
from . import fused_inputs as inputs
from .fused_buffers import HISTORIES, Buffers, NotFused, copied, index_of, is_number, loops, rows_of, shape_of
from .fused_bytes import Bytes
from .fused_draws import Draws
from .fused_gradients import Gradients
from .fused_messages import Messages
from .fused_packets import Packets
from .fused_points import Points
from .fused_sets import those
from .fused_values import Entries
from .layout import Layout, View, carried_slots, numbered
from .overlap import Finish, Start, Step, steps_of
from .prelude import Prelude

MOST_LOOPS, MOST_TIMES = 3, 1 << 16
"""Loops in one another, and passes of one, beyond which draws have words of another form, or rounds last."""

HEAD = "first, stop, n, rows, d, counts, limits, seen"


def emit_fused(plan: ir.Plan, layout: Layout, forms: inputs.Forms) -> inputs.Fused | None:
    """The function of the plan's rounds in a process with this layout; None where a part of them has no form."""
    try:
        buffers = Buffers(forms, layout, schedules=frozenset(each.name for each in plan.schedules))
        packets, points = Packets(buffers), Points(buffers, Prelude(plan, layout))
        messages, gradients = Messages(packets, Bytes(packets)), Gradients(buffers, points)
        return _Statements(plan, buffers, packets, messages, gradients, Draws(buffers)).whole()
    except NotFused:
        return None


@structure
class _Statements:
    """Writes the statements of a round."""

    plan: ir.Plan
    buffers: Buffers
    packets: Packets
    messages: Messages
    gradients: Gradients
    draws: Draws

    def whole(self) -> inputs.Fused:
        """The function."""
        plan, buffers = self.plan, self.buffers
        if (
            plan.is_directed
            or (plan.on_graph and buffers.layout is not Layout.TOGETHER)
            or plan.weight is not None
            or plan.output.kind is not Kind.VECTOR
            or buffers.layout is Layout.SERVER
        ):
            raise NotFused
        states = self._states()
        self.gradients.points.begin(numbered(plan, buffers.layout))
        output = next(iter(buffers.views_of(ir.roles_of(plan.output.placement), False)), None)
        self.block(plan.round)
        body, buffers.lines = buffers.lines, []
        is_state, seen, after = plan.output in plan.states, [], []
        if output is not None:
            value = f"v_{output.name_of(plan.output)}"
            seen = ["        if seen.shape[0]:"]
            seen += _indented(3, copied("seen", value, plan.output, output, "k - first, "))
            if not is_state:
                buffers.given("output", inputs.OutputInput())
                after = _indented(2, copied("output", value, plan.output, output))
        counted = range(len(buffers.counted))
        numbers = [view.name_of(slot) for slot, view in states if is_number(slot)]
        kept, before, back = self._kept(states)
        starts, ends = self.gradients.points.ends()
        lines = [
            f"def rounds({', '.join((HEAD, *buffers.inputs))}):",
            *(f"    {line}" for line in (*buffers.made, *kept)),
            *(f"    size_{name} = 0" for name in buffers.members_held),
            *(f"    v_{name} = s_{name}[0]" for name in numbers),
            "    failed = False",
            "    for k in range(first, stop):",
            "        bad = False",
            *before,
            *_indented(2, starts),
            *(f"        n_{place} = 0" for place in counted),
            *(seen if is_state else []),
            *body,
            *([] if is_state else seen),
            "        if bad:",
            *back,
            "            failed = True",
            *(f"        counts[{place}] += n_{place}" for place in counted),
            *(f"        s_{name}[0] = v_{name}" for name in numbers),
            *_indented(2, ends),
            *after,
            "    return -1 if failed else stop",
        ]
        return inputs.Fused(
            "\n".join(lines) + "\n",
            tuple(sorted(buffers.functions)),
            tuple(buffers.inputs.items()),
            tuple(buffers.counted),
            tuple(self.draws.subsets),
            "" if output is None else output.variable,
        )

    def _states(self) -> list[tuple[ir.Slot, View]]:
        """The states of this process, which are the first arguments."""
        slots = {slot.name: slot for slot in self.plan.states}
        views = {view.variable: view for view in self.buffers.layout.views}
        states = [(slots[name], views[view]) for name, view in carried_slots(self.plan, self.buffers.layout)]
        for slot, view in states:
            prefix = "s" if is_number(slot) else "v"
            known = (Kind.VECTOR, Kind.REAL, Kind.INT, *(() if slot.family else HISTORIES))
            if slot.kind not in known or slot.groups:
                raise NotFused
            name = view.name_of(slot)
            self.buffers.given(f"{prefix}_{name}", inputs.StateInput(slot, view.variable))
            self.buffers.bound.add(name)
        return states

    def _kept(self, states: Sequence[tuple[ir.Slot, View]]) -> tuple[list[str], list[str], list[str]]:
        """Lines that make, fill and give back copies of the states before a round: of a process alone, which can end there.
        On several ranks others wait for the messages of the rest."""
        if self.buffers.layout is not Layout.TOGETHER:
            return [], [], []
        kept, before, back = [], [], []
        for slot, view in states:
            name = view.name_of(slot)
            if not is_number(slot):
                shape = f"v_{name}.shape" if slot.kind in HISTORIES else shape_of(slot, view)
                kept.append(f"kept_{name} = empty({shape}, float64)")
                before += _indented(2, copied(f"kept_{name}", f"v_{name}", slot, view))
                back += _indented(3, copied(f"v_{name}", f"kept_{name}", slot, view))
        return kept, before, [*back, "            return k"]

    # --- instructions ----------------------------------------------------------------------------------------

    def block(self, instructions: Sequence[ir.Instruction]) -> None:
        """The instructions that this process has a part in, in their order."""
        part = list(filter(self._takes_part, instructions))
        for place, step in enumerate(steps_of(part, self.buffers.layout)):
            match step:
                case ir.Compute():
                    self._compute(step)
                case ir.Store():
                    self._store(step)
                case ir.DrawEvent():
                    self.draws.draw(step)
                case ir.CallOracle():
                    self.gradients.call(step, part[place + 1 :])
                case ir.Compress():
                    self.packets.compress(step)
                case Start():
                    self.messages.send(step.transfer)
                case Finish():
                    self.messages.bytes.receive(step.transfer)
                case ir.Transfer():
                    self.messages.send(step)
                    self.messages.bytes.receive(step)
                case ir.Branch():
                    self._branch(step)
                case ir.Repeat():
                    self._repeat(step)
                case ir.Guard():
                    self._guard(step)
                case _:
                    raise NotFused
            self._number(step)

    def _number(self, step: Step) -> None:
        """Number the points that nodes bind."""
        match step:
            case Finish():
                return
            case Start():
                self.gradients.points.bind(step.transfer)
            case _ if self.buffers.views_of(step.roles & ir.NODE, True):
                self.gradients.points.bind(step)
            case _:
                return

    def _takes_part(self, instruction: ir.Instruction) -> bool:
        if INSTRUCTIONS.fields_of(type(instruction)):
            return any(map(self._takes_part, INSTRUCTIONS.children(instruction)))
        return bool(self.buffers.views_of(instruction.roles, True))

    def _entries(self, members: ir.Slot | None, view: View) -> Entries:
        """The writer of entries of members in a view."""
        return Entries(self.buffers, view, over=self.buffers.members(members, view))

    def _compute(self, instruction: ir.Compute) -> None:
        if len(instruction.targets) > 1:
            self._at_once(instruction)
            return
        (target,), (value,) = instruction.targets, instruction.values
        for view in self.buffers.views_of(instruction.roles, target.family):
            entries = self._entries(instruction.members, view)
            if target.kind is Kind.NODES:
                those(entries, target, value)
                continue
            entries.bind(target, value)
            if instruction.in_place and not _is_sparse_change(value, entries):
                self._check(target, view)

    def _at_once(self, instruction: ir.Compute) -> None:
        """Several vectors, each of the values before."""
        buffers = self.buffers
        pairs = list(zip(instruction.targets, instruction.values, strict=True))
        if any(target.kind is not Kind.VECTOR for target in instruction.targets):
            raise NotFused
        for view in buffers.views_of(instruction.roles, any(target.family for target in instruction.targets)):
            entries, held = self._entries(instruction.members, view), []
            for target, value in pairs:
                held.append(buffers.fresh(shape_of(target, view)))
                entries.fill(held[-1], value, target)
            for (target, _), source in zip(pairs, held, strict=True):
                entries.take(target, source)

    def _store(self, instruction: ir.Store) -> None:
        """Rows of members, worked out before any is written."""
        buffers, target = self.buffers, instruction.target
        for view in buffers.views_of(instruction.roles, True):
            name = view.name_of(target)
            if name not in buffers.bound or name in buffers.sparse or buffers.over.get(name):
                raise NotFused
            entries = self._entries(instruction.members, view)
            held = buffers.fresh(shape_of(target, view))
            entries.fill(held, instruction.value, target)
            index = index_of(target)
            with loops(buffers, target, entries.rows):
                buffers.line(f"v_{name}{index.replace('[i', f'[{entries.node}', 1)} = {held}{index}")

    # --- branches and checks ---------------------------------------------------------------------------------

    def _branch(self, instruction: ir.Branch) -> None:
        condition, buffers = instruction.condition, self.buffers
        (view,) = buffers.views_of(instruction.roles, False)
        if condition.kind is not Kind.BOOL or condition.family:
            raise NotFused
        buffers.line(f"if {Entries(buffers, view).text(condition)}:")
        before = buffers.known
        self._inner(instruction.then)
        then, buffers.known = buffers.known, before
        buffers.line("else:")
        self._inner(instruction.otherwise)
        buffers.known = then.both(buffers.known)

    def _inner(self, instructions: Sequence[ir.Instruction]) -> None:
        """The block of a branch or loop."""
        self.buffers.depth += 1
        self.block(instructions)
        self.buffers.line("pass")
        self.buffers.depth -= 1

    def _repeat(self, instruction: ir.Repeat) -> None:
        """A loop. Values that it leaves other than they were, or that only it binds, nobody reads behind it."""
        buffers, count = self.buffers, instruction.count
        view = buffers.views_of(instruction.roles, False)[0]
        if count.family or len(buffers.loops) == MOST_LOOPS:
            raise NotFused
        times = buffers.number()
        buffers.line(f"{times} = float({Entries(buffers, view).text(count)})")
        buffers.functions.add("floor")
        buffers.line(f"if not ({times} >= 0 and floor({times}) == {times} and {times} <= {MOST_TIMES}):")
        buffers.line(f"    bad, {times} = True, 0.0")
        buffers.later.clear()
        before = buffers.known
        buffers.line(f"for loop_{instruction.counter} in range(int({times})):")
        buffers.loops.append(instruction.counter)
        self._inner(instruction.body)
        buffers.loops.pop()
        if not buffers.known.holds(before):
            raise NotFused
        buffers.known = before

    def _guard(self, instruction: ir.Guard) -> None:
        """The check of a state that took a new value."""
        for view in self.buffers.views_of(instruction.roles, instruction.slot.family):
            self._check(instruction.slot, view)

    def _check(self, slot: ir.Slot, view: View) -> None:
        name = view.name_of(slot)
        if slot.kind in HISTORIES:
            histories.checked(Entries(self.buffers, view), slot)
            return
        if slot.kind not in (Kind.REAL, Kind.VECTOR, Kind.INT) or name in self.buffers.sparse:
            raise NotFused
        with loops(self.buffers, slot, rows_of(view)):
            self.buffers.finite(f"v_{name}{index_of(slot)}")


def _indented(depth: int, lines: Sequence[str]) -> list[str]:
    return [f"{'    ' * depth}{line}" for line in lines]


def _is_sparse_change(value: ir.Pure, entries: Entries) -> bool:
    """True of a sum with a sparse value, whose entries are checked where they are added."""
    return isinstance(value, ir.Operation) and any(map(entries.is_sparse, value.arguments))
