"""Plan -> one function of arrays that runs many rounds in a call, for a compiler of loops: in one process, with a server.

A plan with a part that has no form in loops has none either. Whatever ends a run, or might, makes the function return before
the round in which it happens: that round is for the generated program, which knows what to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from ..check.kinds import Kind
from ..check.program import Route, Site
from ..plan import instructions as ir
from ..text.records import structure
from . import fused_inputs as inputs
from .fused_values import Buffers, Entries, Later, NotFused, copied, index_of, loops, shape_of

HEAD = "first, stop, n, d, counts, limits, seen"
BATCH = Kind.BATCH


def emit_fused(plan: ir.Plan, forms: inputs.Forms) -> inputs.Fused | None:
    """The function of the plan's rounds; None where a part of them has no form."""
    try:
        return _Statements(Buffers(forms)).whole(plan)
    except NotFused:
        return None


@structure
class _Statements:
    """Writes the statements of a round."""

    buffers: Buffers
    counted: list[inputs.Counted] = field(default_factory=list)
    full: list[ir.Pure] = field(default_factory=list)

    def whole(self, plan: ir.Plan) -> inputs.Fused:
        """The function."""
        if plan.on_graph or plan.schedules or plan.tracked or plan.weight is not None:
            raise NotFused
        states = plan.states
        if plan.output.kind is not Kind.VECTOR:
            raise NotFused
        for slot in states:
            self._state(slot)
        self.block(plan.round)
        body, self.buffers.lines = self.buffers.lines, []
        numbers = [slot.name for slot in states if slot.kind is Kind.REAL]
        vectors = [slot for slot in states if slot.kind is Kind.VECTOR]
        kept = [f"kept_{slot.name} = empty({shape_of(slot)}, float64)" for slot in vectors]
        if plan.output not in states:
            self.buffers.given("output", inputs.OutputInput())
        value = f"v_{plan.output.name}"
        seen = ["        if seen.shape[0]:", *_indented(3, copied("seen", value, plan.output, "k - first, "))]
        lines = [
            f"def rounds({', '.join((HEAD, *self.buffers.inputs))}):",
            *(f"    {line}" for line in (*self.buffers.made, *kept)),
            *(f"    v_{name} = s_{name}[0]" for name in numbers),
            "    for k in range(first, stop):",
            "        bad = False",
            *_indented(
                2, [line for slot in vectors for line in copied(f"kept_{slot.name}", f"v_{slot.name}", slot)]
            ),
            *(f"        n_{place} = 0" for place in range(len(self.counted))),
            *(seen if plan.output in states else []),
            *body,
            *([] if plan.output in states else seen),
            "        if bad:",
            *_indented(
                3, [line for slot in vectors for line in copied(f"v_{slot.name}", f"kept_{slot.name}", slot)]
            ),
            "            return k",
            *(f"        counts[{place}] += n_{place}" for place in range(len(self.counted))),
            *(f"        s_{name}[0] = v_{name}" for name in numbers),
            *([] if plan.output in states else _indented(2, copied("output", value, plan.output))),
            "    return stop",
        ]
        return inputs.Fused(
            "\n".join(lines) + "\n",
            tuple(sorted(self.buffers.functions)),
            tuple(self.buffers.inputs.items()),
            tuple(self.counted),
            tuple(self.full),
        )

    def _state(self, slot: ir.Slot) -> None:
        prefix = "v" if slot.kind is Kind.VECTOR else "s"
        if slot.kind not in (Kind.VECTOR, Kind.REAL) or slot.groups or (slot.family and prefix == "s"):
            raise NotFused
        self.buffers.given(f"{prefix}_{slot.name}", inputs.StateInput(slot))
        self.buffers.bound.add(slot.name)

    # --- instructions ----------------------------------------------------------------------------------------

    def block(self, instructions: Sequence[ir.Instruction]) -> None:
        """Instructions in their order."""
        for place, instruction in enumerate(instructions):
            match instruction:
                case ir.Compute(members=None):
                    self._compute(instruction)
                case ir.DrawEvent(members=None):
                    self._draw(instruction)
                case ir.CallOracle(members=None):
                    self._oracle(instruction, instructions[place + 1 :])
                case ir.Compress(members=None):
                    self._compress(instruction)
                case ir.Transfer(members=None, tells=None):
                    self._transfer(instruction)
                case ir.Branch():
                    self._branch(instruction)
                case ir.Guard():
                    self._guard(instruction.slot)
                case _:
                    raise NotFused

    def _compute(self, instruction: ir.Compute) -> None:
        if len(instruction.targets) > 1:
            raise NotFused
        (target,), (value,) = instruction.targets, instruction.values
        self._bind(target, value)
        if instruction.in_place and not _is_sparse_change(value, Entries(self.buffers)):
            self._guard(target)

    def _bind(self, target: ir.Slot, value: ir.Pure) -> None:
        """Write an expression into a slot's buffer."""
        entries, buffers = Entries(self.buffers), self.buffers
        if entries.is_sparse(value):
            if target.family != value.family:
                raise NotFused
            buffers.bound.add(target.name)
            if isinstance(value, ir.Use):
                buffers.sparse[target.name] = buffers.sparse[value.slot.name]
                return
            columns, entry = entries.terms(value)
            self._sparse(target, columns)
            buffers.line(f"for i in range({columns}.shape[0]):")
            buffers.line(f"    for t in range({columns}.shape[1]):")
            buffers.line(f"        columns_{target.name}[i, t] = {columns}[i, t]")
            buffers.line(f"        values_{target.name}[i, t] = {entry}")
            return
        if target.name in buffers.sparse:
            raise NotFused
        if target.kind is Kind.VECTOR:
            self._room(target)
            entries.fill(f"v_{target.name}", value, target)
        elif target.kind is Kind.REAL and not target.family:
            buffers.line(f"v_{target.name} = float({entries.text(value)})")
        else:
            raise NotFused
        buffers.bound.add(target.name)

    def _room(self, slot: ir.Slot) -> None:
        """The buffer of a slot; states have theirs."""
        if f"v_{slot.name}" not in self.buffers.inputs:
            self.buffers.buffer(f"v_{slot.name}", shape_of(slot))

    def _sparse(self, slot: ir.Slot, like: str) -> None:
        """Coordinates and values of a slot, as many as another's."""
        if slot.name in self.buffers.bound:
            raise NotFused
        self.buffers.sparse[slot.name] = slot.name
        self.buffers.buffer(f"columns_{slot.name}", f"{like}.shape", "int64")
        self.buffers.buffer(f"values_{slot.name}", f"{like}.shape")

    def _draw(self, instruction: ir.DrawEvent) -> None:
        if instruction.settings:
            raise NotFused
        match instruction.distribution, instruction.arguments:
            case "minibatch", (size,) if instruction.roles == ir.NODE:
                self.full.append(size)
            case "bernoulli", (chance,) if not instruction.target.family:
                self._coin(instruction, chance)
            case _:
                raise NotFused

    def _coin(self, instruction: ir.DrawEvent, chance: ir.Pure) -> None:
        site, buffers, name = instruction.site, self.buffers, instruction.target.name
        key = self._key("event", site, "none")
        buffers.line(f"chance = float({Entries(buffers).text(chance)})")
        buffers.line("bad |= not 0.0 <= chance <= 1.0")
        buffers.line(f"v_{name} = {buffers.call('uniform', key, 'k + 1')} < chance")
        buffers.bound.add(name)
        if len(instruction.roles) > 1:
            self._count(inputs.Tossed())

    def _key(self, kind: str, site: Site, scope: str) -> str:
        return self.buffers.given(
            f"key_{site.name}_{site.ordinal}_{kind}", inputs.KeyInput(kind, site, scope)
        )

    def _count(self, counted: inputs.Counted) -> str:
        """Write the line that counts; the place of the count."""
        if counted not in self.counted:
            self.counted.append(counted)
        place = self.counted.index(counted)
        self.buffers.line(f"n_{place} += 1")
        self.buffers.line(f"bad |= counts[{place}] + n_{place} > limits[{place}]")
        return str(place)

    def _oracle(self, instruction: ir.CallOracle, behind: Sequence[ir.Instruction]) -> None:
        form = self.buffers.forms.oracles.get(instruction.operator)
        extra = instruction.extra
        if form is None or (extra is not None and extra.kind is not BATCH):
            raise NotFused
        wanted = [inputs.OracleInput(instruction.operator, place) for place in range(form.arguments)]
        given = [self.buffers.given(f"o_{each.operator}_{each.place}", each) for each in wanted]
        name, later = instruction.target.name, Later(form.function, tuple(given), instruction.point)
        self._count(inputs.Asked())
        self.buffers.later[name] = later
        if not (instruction.lazy and _is_read_next(name, behind)):
            text = Entries(self.buffers).text(ir.Use(instruction.target))
            del self.buffers.later[name]
            self._room(instruction.target)
            deep = loops(self.buffers, instruction.target)
            self.buffers.line(f"v_{name}{index_of(instruction.target)} = {text}")
            self.buffers.depth -= deep
            self.buffers.bound.add(name)

    # --- compression and messages ----------------------------------------------------------------------------

    def _compress(self, instruction: ir.Compress) -> None:
        form, Q = self.buffers.forms.compressors.get(instruction.compressor), instruction.compressor
        if form is None or instruction.shared or instruction.packet.groups:
            raise NotFused
        packet, buffers = instruction.packet, self.buffers
        rows, kept = "n" if packet.family else "1", self._part(Q, "kept")
        columns = buffers.buffer(f"columns_{packet.name}", f"({rows}, {kept})", "int64")
        values = buffers.buffer(f"values_{packet.name}", f"({rows}, {kept})")
        entry = Entries(buffers, "c").text(instruction.operand)
        if not instruction.blind:
            entry = f"{self._operand(instruction, rows)}[i, c]"
        elif not form.draws:
            raise NotFused
        buffers.line(f"for i in range({rows}):")
        buffers.depth += 1
        source = self._words(instruction, Q) if form.draws else f"operand_{packet.name}[i]"
        chosen = (source, self._part(Q, "units"), self._part(Q, "spare"), f"{columns}[i]")
        buffers.line(buffers.call(form.function, *chosen))
        buffers.line(f"for t in range({kept}):")
        buffers.line(f"    c = {columns}[i, t]")
        scaled = f"{entry} * {self._part(Q, 'scale')}"
        buffers.line(f"    {values}[i, t] = {buffers.call('wired', scaled)}")
        buffers.line(f"    bad |= not {buffers.call('isfinite', f'{values}[i, t]')}")
        buffers.depth -= 1
        buffers.sparse[packet.name] = packet.name
        buffers.bound.add(packet.name)
        if instruction.target is not None:
            self._bind(instruction.target, ir.Use(packet))

    def _part(self, compressor: str, part: str) -> str:
        return self.buffers.given(f"{part}_{compressor}", inputs.CompressorInput(compressor, part))

    def _operand(self, instruction: ir.Compress, rows: str) -> str:
        """The buffer (rows, d) with all that is compressed, checked."""
        buffers, packet = self.buffers, instruction.packet
        target = buffers.buffer(f"operand_{packet.name}", f"({rows}, d)")
        text = Entries(buffers).text(instruction.operand)
        buffers.line(f"for i in range({rows}):")
        buffers.line("    for j in range(d):")
        buffers.line(f"        {target}[i, j] = {text}")
        buffers.line(f"        bad |= not {buffers.call('isfinite', f'{target}[i, j]')}")
        return target

    def _words(self, instruction: ir.Compress, Q: str) -> str:
        """The words of row i of a draw site."""
        packet, count = instruction.packet, self._part(Q, "words")
        words = self.buffers.buffer(f"words_{packet.name}", f"-(-{count} // 4) * 4", "uint64")
        key = self._key("compressor", instruction.site, "node" if packet.family else "none")
        self.buffers.line(self.buffers.call("draw_words", key, "k + 1", "i", words))
        return f"{words}[:{count}]"

    def _transfer(self, instruction: ir.Transfer) -> None:
        if instruction.route not in (Route.NODE_TO_SERVER, Route.SERVER_TO_ALL, Route.SERVER_TO_NODE):
            raise NotFused
        place = self._count(inputs.Sent(instruction.number))
        for item, sent in enumerate(instruction.message_items):
            plain = sent.draw is None and sent.average is None and sent.draws is None and not sent.bag
            if sent.target.groups or sent.packet is not None or not (plain or sent.target.kind is Kind.BOOL):
                raise NotFused
            if sent.target.kind is Kind.BOOL and sent.draw is not None and not sent.target.family:
                self.buffers.line(f"v_{sent.target.name} = {Entries(self.buffers).text(sent.payload)}")
                self.buffers.bound.add(sent.target.name)
            elif sent.compressor is not None:
                self._packet(instruction, item, sent, place)
            elif sent.target.kind is Kind.VECTOR:
                self._dense(sent)
            else:
                raise NotFused

    def _packet(self, transfer: ir.Transfer, item: int, sent: ir.MessageItem, place: str) -> None:
        """A packet is bound as it is; its coordinates and values are kept for whoever counts it later."""
        payload, compressor = sent.payload, sent.compressor
        if not isinstance(payload, ir.Use) or compressor is None:
            raise NotFused
        for part in ("columns", "values"):
            wanted = inputs.PacketInput(transfer.number, item, compressor, payload.family, part)
            room = self.buffers.given(f"{part}_sent_{transfer.number}_{item}", wanted)
            held = f"{part}_{self.buffers.sparse[payload.slot.name]}"
            self.buffers.line(f"if {room}.shape[0]:")
            self.buffers.line(f"    for i in range({held}.shape[0]):")
            self.buffers.line(f"        for t in range({held}.shape[1]):")
            self.buffers.line(f"            {room}[counts[{place}] + n_{place} - 1, i, t] = {held}[i, t]")
        self._bind(sent.target, payload)

    def _dense(self, sent: ir.MessageItem) -> None:
        """A vector, or a family, rounded to the wire's floats."""
        buffers, target = self.buffers, sent.target
        self._room(target)
        text = Entries(buffers).text(sent.payload)
        deep = loops(buffers, target)
        entry = f"v_{target.name}{index_of(target)}"
        buffers.line(f"{entry} = {buffers.call('wired', text)}")
        buffers.finite(entry)
        buffers.depth -= deep
        buffers.bound.add(target.name)

    # --- branches and checks ---------------------------------------------------------------------------------

    def _branch(self, instruction: ir.Branch) -> None:
        condition, bound = instruction.condition, set(self.buffers.bound)
        if condition.kind is not Kind.BOOL or condition.family:
            raise NotFused
        self.buffers.line(f"if {Entries(self.buffers).text(condition)}:")
        ends = [self._inner(instruction.then, bound)]
        self.buffers.line("else:")
        ends.append(self._inner(instruction.otherwise, bound))
        self.buffers.bound = bound | (ends[0] & ends[1])

    def _inner(self, instructions: Sequence[ir.Instruction], bound: set[str]) -> set[str]:
        """A block of a branch; the names that are bound behind it."""
        self.buffers.bound, self.buffers.depth = set(bound), self.buffers.depth + 1
        self.block(instructions)
        self.buffers.line("pass")
        self.buffers.depth -= 1
        return self.buffers.bound

    def _guard(self, slot: ir.Slot) -> None:
        """The check of a state that took a new value."""
        if slot.kind is Kind.REAL and not slot.family:
            self.buffers.finite(f"v_{slot.name}")
            return
        if slot.kind is not Kind.VECTOR or slot.name in self.buffers.sparse:
            raise NotFused
        deep = loops(self.buffers, slot)
        self.buffers.finite(f"v_{slot.name}{index_of(slot)}")
        self.buffers.depth -= deep


def _indented(depth: int, lines: Sequence[str]) -> list[str]:
    return [f"{'    ' * depth}{line}" for line in lines]


def _is_sparse_change(value: ir.Pure, entries: Entries) -> bool:
    """True of a sum with a sparse value, whose entries are checked where they are added."""
    return isinstance(value, ir.Operation) and any(map(entries.is_sparse, value.arguments))


def _is_read_next(name: str, behind: Sequence[ir.Instruction]) -> bool:
    """True if a compressor of those behind reads a gradient, with nothing but draws between."""
    for instruction in behind:
        if isinstance(instruction, ir.Compress):
            return instruction.blind
        if not isinstance(instruction, ir.DrawEvent):
            return False
    return False
