"""Instructions -> lines of a generated function, for the roles that a process plays; the spec's lines stand above them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from typing import assert_never

from ..plan import instructions as ir
from ..plan.forms import whole_of
from ..plan.traverse import INSTRUCTIONS
from ..text.records import structure
from .expressions import Writer, previous
from .layout import View
from .numbering import numbering, numbers_of
from .overlap import Finish, Start, steps_of
from .prelude import Group, Prelude, Raw, call

INDENT = "    "


@structure
class Statements:
    """Writes the body of `init` or `round`; `moment` is the round in the keys of draws, `counters` are those of the loops
    around the present line."""

    prelude: Prelude
    moment: str
    lines: list[str] = field(default_factory=list)
    depth: int = 2
    counters: tuple[str, ...] = ()
    shown: int = 0  # the spec line last shown as a comment

    # --- lines -----------------------------------------------------------------------------------------------

    def line(self, text: str) -> None:
        """One line at the present depth."""
        self.lines.append(INDENT * self.depth + text)

    def _show(self, instruction: ir.Instruction) -> None:
        """The spec's own line as a comment above the first instruction that comes from it."""
        span = instruction.span
        if isinstance(instruction, ir.Guard) or span.line == self.shown or not span.source.text:
            return
        self.shown = span.line
        self.line(f"# {span.mark}: {span.source.line_text(span.line).split('#')[0].strip()}")

    def block(self, instructions: tuple[ir.Instruction, ...]) -> None:
        """The instructions that this process has a part in."""
        part = [instruction for instruction in instructions if self._takes_part(instruction)]
        for step in steps_of(part, self.prelude.layout):
            match step:
                case Start():
                    self._start(step.transfer)
                case Finish():
                    self._finish(step.transfer)
                case _:
                    self._show(step)
                    self._instruction(step)
                    self._number_points(step)

    def _number_points(self, instruction: ir.Instruction) -> None:
        if not self._views_of(instruction.roles & ir.NODE):
            return
        numbered = numbering(instruction, self.prelude)
        if numbered is not None:
            self.line(numbered)

    def _takes_part(self, instruction: ir.Instruction) -> bool:
        if INSTRUCTIONS.fields_of(type(instruction)):
            return any(map(self._takes_part, INSTRUCTIONS.children(instruction)))
        return bool(self._views_of(instruction.roles))

    def _views_of(self, roles: ir.Roles) -> list[View]:
        return [view for view in self.prelude.layout.views if view.roles & roles]

    def _writers(self, roles: ir.Roles, family: bool, groups: bool = False) -> list[Writer]:
        """One writer per view that computes: single values are computed once. `groups`: on the rows of groups."""
        views = self._views_of(roles)
        writers = [Writer(view, self.prelude) for view in (views if family else views[:1])]
        return [self._on_rows(writer, groups) for writer in writers]

    def _on_rows(self, writer: Writer, groups: bool) -> Writer:
        return replace(writer, view=self.prelude.groups(writer.view)) if groups else writer

    # --- schedules -------------------------------------------------------------------------------------------

    def schedules(self, values: Iterator[ir.Global]) -> None:
        """Write the lines that set the schedules and previous params among these values."""
        read = {(value.origin, value.name) for value in values}
        counter = self.prelude.plan.counter
        for schedule in self.prelude.plan.schedules:
            if (ir.Origin.PARAM, schedule.name) in read:
                self.line(f"{schedule.name} = {self.prelude.schedule(schedule.name)}({self.moment})")
        for origin, name in sorted(read, key=lambda pair: pair[1]):
            if origin is ir.Origin.PREVIOUS:
                value = previous(name, self.prelude) if self.moment == counter else "0.0"
                self.line(f"{name}_previous = {value}")

    # --- instructions ----------------------------------------------------------------------------------------

    def _instruction(self, instruction: ir.Instruction) -> None:
        match instruction:
            case ir.Compute():
                self._compute(instruction)
            case ir.Store():
                self._store(instruction)
            case ir.DrawEvent():
                self._draw(instruction)
            case ir.CallOracle():
                self._oracle(instruction)
            case ir.Rebind():
                self._rebind(instruction)
            case ir.Compress():
                self._compress(instruction)
            case ir.Transfer():
                self._transfer(instruction)
            case ir.Branch():
                self._branch(instruction)
            case ir.Repeat():
                self._repeat(instruction)
            case ir.Guard():
                self._guard(instruction)
            case _:
                assert_never(instruction)

    def _compute(self, instruction: ir.Compute) -> None:
        family = any(target.family for target in instruction.targets)
        for writer in self._writers(instruction.roles, family):
            targets = ", ".join(writer.slot(target) for target in instruction.targets)
            values = [
                self._value(self._on_rows(writer, target.groups), target, value, instruction)
                for target, value in zip(instruction.targets, instruction.values, strict=True)
            ]
            self.line(f"{targets} = {', '.join(values)}")

    def _value(self, writer: Writer, target: ir.Slot, value: ir.Pure, instruction: ir.Compute) -> str:
        if instruction.in_place and isinstance(value, ir.Operation):
            base, change = (writer.text(argument) for argument in value.arguments)
            update = self.prelude.made(Group.UPDATES, f"update_{target.name}", call("update", target.name))
            change = change if value.operator == "add" else writer.call("negative", change)
            return f"{update}({base}, {change})"
        text = writer.bound(value)
        return _spread(writer, text, instruction.members) if target.family and not value.family else text

    def _store(self, instruction: ir.Store) -> None:
        for writer in self._writers(instruction.roles, True):
            name, members = writer.slot(instruction.target), writer.slot(instruction.members)
            value = writer.bound(instruction.value)
            if not instruction.value.family:
                value = _spread(writer, value, instruction.members)
            self.line(f"{name} = {writer.view.variable}.store({name}, {members}, {value})")

    def _draw(self, instruction: ir.DrawEvent) -> None:
        target, site = instruction.target, instruction.site
        for writer in self._writers(instruction.roles, target.family, target.groups):
            view = Raw(writer.view.variable if target.family else "None")
            shared = len(instruction.roles) > 1  # also by a node and its neighbours
            event = call(
                "event", instruction.distribution, site.name, ordinal=site.ordinal, view=view, shared=shared
            )
            draw = self.prelude.made(Group.DRAWS, f"draw_{writer.slot(target)}", event)
            arguments = [self._now, *_listed(writer, instruction.members)]
            arguments += [writer.text(value) for value in instruction.arguments]
            arguments += [f"{name}={writer.text(value)}" for name, value in instruction.settings]
            self.line(f"{writer.slot(target)} = {draw}({', '.join(arguments)})")

    def _oracle(self, instruction: ir.CallOracle) -> None:
        make = self.prelude.lazy_oracle if instruction.lazy else self.prelude.oracle
        oracle = make(instruction.operator)
        for writer in self._writers(ir.NODE, True):
            given = {"point": instruction.point, "batch": instruction.extra}
            arguments = [writer.text(whole_of(value)) for value in given.values() if value is not None]
            arguments += [f"members={members}" for members in _listed(writer, instruction.members)]
            arguments += [
                f"{name}_of_all=True"
                for name, value in given.items()
                if value is not None and whole_of(value) is not value
            ]
            if instruction.operator != "loss":
                arguments += numbers_of(instruction, self.prelude)
            self.line(f"{writer.slot(instruction.target)} = {oracle}({', '.join(arguments)})")

    # --- compression -----------------------------------------------------------------------------------------

    def _rebind(self, instruction: ir.Rebind) -> None:
        writer = Writer(self._views_of(instruction.roles)[0], self.prelude)
        settings = [f"{name}={writer.text(value)}" for name, value in instruction.settings]
        target = self.prelude.compressor(instruction.target)
        self.line(f"{target}.turn({', '.join((self.moment, *settings))})")

    def _compress(self, instruction: ir.Compress) -> None:
        compressor = self.prelude.compressor(instruction.compressor)
        for writer in self._writers(instruction.roles, instruction.packet.family, instruction.packet.groups):
            drawn = "picks" if instruction.blind else "words"
            draws, packet = (
                self._draws(drawn, instruction, writer, compressor),
                writer.slot(instruction.packet),
            )
            if instruction.blind:
                picks = self.prelude.fresh(f"{instruction.site.name}_at{writer.view.suffix}")
                self.line(f"{picks} = {draws}")
                entries = replace(writer, picks=picks).text(instruction.operand)
                self.line(f"{packet} = {compressor}.pack({picks}, {entries})")
            else:
                self.line(f"{packet} = {compressor}.compress({self._rows(instruction, writer)}, {draws})")
            if instruction.target is not None:
                expand = "expand" if instruction.packet.family else "expand_one"
                self.line(f"{writer.slot(instruction.target)} = {compressor}.{expand}({packet})")

    def _rows(self, instruction: ir.Compress, writer: Writer) -> str:
        text = writer.text(instruction.operand)
        if instruction.operand.family:
            return text
        return (
            _spread(writer, text, instruction.members)
            if instruction.packet.family
            else writer.call("row", text)
        )

    def _draws(self, drawn: str, instruction: ir.Compress, writer: Writer, compressor: str) -> str:
        """The call that gives a site's `words`, or the `picks` made of them."""
        site = instruction.site
        source = call(
            drawn,
            site.name,
            ordinal=site.ordinal,
            compressor=Raw(compressor),
            view=Raw(writer.view.variable if instruction.packet.family else "None"),
            shared=instruction.shared,
        )
        name = self.prelude.made(Group.DRAWS, f"{drawn}_{site.name}{writer.view.suffix}", source)
        return f"{name}({', '.join((self._now, *_listed(writer, instruction.members)))})"

    # --- messages --------------------------------------------------------------------------------------------

    def _transfer(self, instruction: ir.Transfer) -> None:
        targets = [] if instruction.tells is None else [instruction.tells.name]
        targets += self._bound(instruction, self.prelude.layout.views)
        self._sent(instruction, "transfer", targets)

    def _start(self, instruction: ir.Transfer) -> None:
        """The nodes' part of an uplink."""
        self._show(instruction)
        self._sent(instruction, "start", self._bound(instruction, self._views_of(ir.NODE)))
        self._number_points(instruction)

    def _finish(self, instruction: ir.Transfer) -> None:
        """The server's part of it."""
        self._show(instruction)
        wish = f"receive_{instruction.message_items[0].target.name}"
        receive = self.prelude.made(Group.MESSAGES, wish, call("finish", instruction.number))
        self.line(f"{', '.join(self._bound(instruction, self._views_of(ir.SERVER)))} = {receive}()")

    def _bound(self, instruction: ir.Transfer, views: Sequence[View]) -> list[str]:
        """The variables that a message binds in these views: of single values the first one's."""
        return [
            Writer(view, self.prelude).slot(slot)
            for message_item in instruction.message_items
            for view in (views if message_item.target.family else views[:1])
            for slot in (message_item.target, message_item.packet)
            if slot is not None
        ]

    def _sent(self, instruction: ir.Transfer, method: str, targets: Sequence[str]) -> None:
        route, message_items, views = instruction.route, instruction.message_items, self.prelude.layout.views
        senders = self._views_of(frozenset({ir.sender_of(route)}))
        knows = senders or instruction.tells is None
        arguments = _listed(Writer(views[0], self.prelude), instruction.members if knows else None)
        if senders:
            writer = Writer(senders[0], self.prelude)
            arguments += [self._payload(message_item, writer, instruction) for message_item in message_items]
        if any(message_item.draws is not None for message_item in message_items):
            arguments.insert(0, self._now)
        maker = call(method, instruction.number)
        send = self.prelude.made(Group.MESSAGES, f"send_{message_items[0].target.name}", maker, route.value)
        self.line(f"{', '.join(targets)} = {send}({', '.join(arguments)})")

    def _payload(self, message_item: ir.MessageItem, writer: Writer, instruction: ir.Transfer) -> str:
        text = writer.bound(message_item.payload)
        each = message_item.target.family or message_item.chooses or message_item.average is not None
        if each and not message_item.payload.family:
            writer = self._on_rows(writer, message_item.target.groups)
            return _spread(writer, text, instruction.members)
        return text

    @property
    def _now(self) -> str:
        """The key of draws here: the round, and the counters of the loops around."""
        return f"({', '.join((self.moment, *self.counters))})" if self.counters else self.moment

    # --- branches, loops and guards --------------------------------------------------------------------------

    def _branch(self, instruction: ir.Branch) -> None:
        writer = Writer(self._views_of(instruction.roles)[0], self.prelude)
        text = writer.text(instruction.condition)
        test = writer.call("truth", text) if isinstance(instruction.condition, ir.Operation) else text
        self.line(f"if {test}:")
        self._inner(instruction.then)
        if any(self._takes_part(inner) for inner in instruction.otherwise):
            self.line("else:")
            self._inner(instruction.otherwise)

    def _repeat(self, instruction: ir.Repeat) -> None:
        self.line(f"for {instruction.counter} in range({self._count(instruction)}):")
        outside = self.counters
        self.counters = (*outside, instruction.counter)
        self._inner(instruction.body)
        self.counters = outside

    def _count(self, instruction: ir.Repeat) -> str:
        """The count of a loop: a number that all know, or the most that any row of any view asks for."""
        count, views = instruction.count, self._views_of(instruction.roles)
        if isinstance(count, ir.Operation) and count.operator == "most":
            asked = [Writer(view, self.prelude).text(count.arguments[0]) for view in views]
            return Writer(views[0], self.prelude).call("most", *asked)
        writer = Writer(views[0], self.prelude)
        return writer.call("times", writer.text(count))

    def _inner(self, instructions: tuple[ir.Instruction, ...]) -> None:
        before, self.depth = len(self.lines), self.depth + 1
        self.block(instructions)
        if len(self.lines) == before:
            self.line("pass")
        self.depth -= 1

    def _guard(self, instruction: ir.Guard) -> None:
        slot = instruction.slot
        maker = call("guard", slot.name, instruction.span.line)
        guard = self.prelude.made(Group.CHECKS, f"guard_{slot.name}", maker)
        for writer in self._writers(
            instruction.roles - {ir.Role.NEIGHBOR}, slot.family
        ):  # copies are as their owner's
            self.line(f"{guard}({writer.slot(slot)})")


def _listed(writer: Writer, members: ir.Slot | None) -> list[str]:
    return [] if members is None else [writer.slot(members)]


def _spread(writer: Writer, text: str, members: ir.Slot | None) -> str:
    """One value for each row of the view, or of the members."""
    return f"{writer.view.variable}.spread({', '.join((text, *_listed(writer, members)))})"
