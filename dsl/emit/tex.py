"""A spec as an algorithm box in LaTeX, for the packages `algorithm` and `algpseudocode`: a sink."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from ..check import program as core
from ..check.desugar import names_in
from ..check.kinds import Spread
from ..check.uses import counters_of, targets_in
from ..syntax import nodes
from ..syntax.traverse import STATEMENTS
from .tex_formulas import Names, formula
from .tex_symbols import NOTES, plain, symbol, symbols_of
from .tex_width import width

PACKAGES = ("algorithm", "algpseudocode", "amsmath", "amssymb")
"""Packages that a document with the box must load."""

_ROLES = {
    "all": "everyone",
    "server": "server",
    "node": "node $i$",
    "link": "node $i$, server",
    "group": "group $i$",
    "neighbors": "node $i$, neighbours",
}
_CONTRACTS = {"any": "any compressor"}
_STEP = "  "
_WIDEST = 35
"""The digits that a formula may be wide behind `Require` in one of two columns."""


def emit_tex(spec: nodes.Spec, program: core.Program) -> str:
    """The box of a spec; its program says which names are families."""
    return "\n".join(_Box(spec, program).lines()) + "\n"


def box_lines(spec: nodes.Spec, program: core.Program) -> list[str]:
    """The lines of a box's `algorithmic` environment."""
    return _Box(spec, program).body()


class _Box:
    def __init__(self, spec: nodes.Spec, program: core.Program) -> None:
        self.spec, self.program = spec, program
        self.names = _names(spec, program)
        self.symbols = self.names.symbols
        self.read: set[str] = set()  # names that a note may explain

    def lines(self) -> Iterator[str]:
        body = self.body()
        yield f"% \\usepackage{{{', '.join(PACKAGES)}}}"
        yield "\\begin{algorithm}"
        yield f"{_STEP}\\caption{{{self.caption()}}}"
        yield f"{_STEP}\\raggedright"
        yield f"{_STEP}\\begin{{algorithmic}}[1]"
        yield from (2 * _STEP + line for line in body)
        yield f"{_STEP}\\end{{algorithmic}}"
        yield "\\end{algorithm}"

    def body(self) -> list[str]:
        return [*self.head(), *self.blocks(), *self.tail()]

    def caption(self) -> str:
        name, source = plain(self.program.name), plain(self.program.source)
        return f"{name} ({source})" if source else name

    # --- inputs and output -------------------------------------------------------------------------------------

    def head(self) -> Iterator[str]:
        for line in self.spec.lines:
            match line:
                case nodes.Compressor():
                    contract = line.contract.id
                    what = _CONTRACTS.get(contract, f"{contract} compressor")
                    default = (
                        "" if line.default is None else f", by default ${self.compressor(line.default)}$"
                    )
                    yield f"\\Require {what} ${self.symbols.of(line.name.id)}${default}"
                case nodes.Param():
                    yield f"\\Require {self.param(line)}"
                case nodes.Require():
                    yield f"\\Require ${self.formula(line.condition)}$"
                case _:
                    continue

    def param(self, line: nodes.Param) -> str:
        name = self.symbols.of(line.name.id)
        value = "" if line.default is None else f" = {self.formula(line.default)}"
        style = (
            "\\displaystyle " if width(name + value) <= _WIDEST else ""
        )  # small fractions fit into a column
        text = f"${style}{name}{value}$"
        return text if line.condition is None else f"{text} \\quad with ${self.formula(line.condition)}$"

    def compressor(self, default: nodes.Expr) -> str:
        """A compressor with its arguments, families by their names."""
        match default:
            case nodes.Call():
                arguments = ", ".join(
                    f"{symbol(k.name.id)} = {self.formula(k.value)}" for k in default.keywords
                )
                return f"\\text{{{plain(default.function.id)}}}" + (f"({arguments})" if arguments else "")
            case nodes.Compose():
                return f"{self.compressor(default.outer)} \\circ {self.compressor(default.inner)}"
            case nodes.Binary("/", inner):
                return f"\\frac{{1}}{{1 + \\omega}} {self.compressor(inner)}"
            case _:
                return f"\\text{{{plain(default.span.text)}}}"

    def tail(self) -> Iterator[str]:
        yield f"\\Ensure {self.output()}"
        notes = dict.fromkeys(f"${NOTES[name]}$" for name in sorted(self.read) if name in NOTES)
        if notes:
            yield f"\\Statex where {', '.join(notes)}"

    def output(self) -> str:
        value = next(line.value for line in self.spec.lines if isinstance(line, nodes.Output))
        match value:
            case nodes.Call(nodes.Name("average"), (averaged,)):
                return f"the average of ${self.formula(averaged)}$ over the rounds"
            case nodes.Call(nodes.Name("average"), (averaged, weight)):
                return f"the average of ${self.formula(averaged)}$ with weights ${self.formula(weight)}$"
            case nodes.Call(nodes.Name("uniform"), (chosen,)):
                return f"${self.formula(chosen)}$ of a round chosen uniformly at random"
            case _:
                return f"${self.formula(value)}$"

    def formula(self, expr: nodes.Expr) -> str:
        self.read.update(name.id for name in names_in(expr))
        return formula(expr, self.names)

    # --- init and round ------------------------------------------------------------------------------------------

    def blocks(self) -> Iterator[str]:
        for line in self.spec.lines:
            match line:
                case nodes.Init():
                    yield "\\Statex \\textbf{Initialisation}"
                    yield from self.block(line.body)
                case nodes.Round():
                    named = self.program.counter
                    counter = self.symbols.of(named.name) if named else self.symbols.counter
                    yield f"\\For{{${counter} = 0, 1, \\dots, {self.symbols.rounds} - 1$}}"
                    yield from _indented(self.block(line.body))
                    yield "\\EndFor"
                case _:
                    continue

    def block(self, body: Sequence[nodes.Stmt], role: str = "") -> Iterator[str]:
        for statement in body:
            yield from self.statement(statement, role)

    def statement(self, statement: nodes.Stmt, role: str) -> Iterator[str]:
        """The lines of a statement. `role`: the heading of its block; empty beside the blocks."""
        match statement:
            case nodes.Assign():
                yield f"\\State {role}{self.assigned(statement)}"
            case nodes.Event():
                call = statement.distribution
                self.names = self.names.over(statement.target.id, "")
                drawn = f"{self.target(statement.target)} \\sim {self.formula(call)}"
                yield f"\\State {role}draw ${drawn}$"
            case nodes.Place():
                yield from self.block(statement.body, f"\\textbf{{{self.role(statement.role)}:}} ")
            case nodes.Message():
                yield f"\\State {self.message(statement)}"
            case nodes.If():
                yield f"\\If{{${self.formula(statement.condition)}$}}"
                yield from _indented(self.block(statement.then, role))
                if statement.otherwise:
                    yield "\\Else"
                    yield from _indented(self.block(statement.otherwise, role))
                yield "\\EndIf"
            case nodes.Repeat():
                count = self.formula(statement.count)
                counter = f"${self.symbols.of(statement.counter.id)}$" if statement.counter else "local steps"
                bounds = f"{counter} $= 0, \\dots, {count} - 1$" if statement.counter else f"${count}$ times"
                yield f"\\For{{{role}{bounds}}}"
                yield from _indented(self.block(statement.body, role))
                yield "\\EndFor"
            case _:
                assert_never(statement)

    def assigned(self, statement: nodes.Assign) -> str:
        values = ", ".join(self.formula(value) for value in statement.values)
        for target in statement.targets:
            self.names = self.names.over(target.id, "")
        targets = ", ".join(self.target(target) for target in statement.targets)
        return f"${targets} \\gets {values}$"

    def message(self, message: nodes.Message) -> str:
        senders = self.senders(message)
        items = []
        for item in message.items:
            value = None if item.value is None else self.formula(item.value)
            self.names = self.names.over(item.target.id, senders)
            target = self.target(item.target)
            items.append(f"${target}$" if value is None else f"${target} \\gets {value}$")
        receiver = message.receiver
        to = "neighbours" if receiver.name.id == "neighbors" else self.role(receiver)
        route = f"{self.role(message.sender)} $\\to$ {to}"
        return f"\\textbf{{{route}:}} {', '.join(items)}"

    def senders(self, message: nodes.Message) -> str:
        """The set whose members send, where not all do."""
        role = message.sender
        if role.members is not None:
            return self.formula(role.members)
        return (
            f"\\mathrm{{who}}({self.target(message.items[0].target)})" if role.condition is not None else ""
        )

    def role(self, role: nodes.Role) -> str:
        name = _ROLES[role.name.id]
        if role.members is not None:
            name = name.replace("$i$", f"$i \\in {self.formula(role.members)}$", 1)
        return name if role.condition is None else f"{name} if ${self.formula(role.condition)}$"

    def target(self, name: nodes.Name) -> str:
        return formula(name, self.names)


def _indented(lines: Iterator[str]) -> Iterator[str]:
    return (_STEP + line for line in lines)


def _names(spec: nodes.Spec, program: core.Program) -> Names:
    """All names that a spec binds, with a sign for each."""
    targets = tuple(targets_in(program))
    compressors = frozenset(c.symbol.name for c in program.compressors)
    families = frozenset(t.symbol.name for t in targets if t.where.spread is not Spread.ONE)
    bound = {t.symbol.name for t in targets} | {q.symbol.name for q in program.params} | compressors
    bound |= {counter.name for counter in counters_of(program)}
    return Names(symbols_of(bound, compressors, families), families, {}, dict(_lengths(spec)))


def _lengths(spec: nodes.Spec) -> Iterator[tuple[str, nodes.Expr]]:
    """The lengths of histories, by their names."""
    for statement in STATEMENTS.walk(spec):
        if isinstance(statement, nodes.Assign):
            for target, value in zip(statement.targets, statement.values, strict=True):
                if isinstance(value, nodes.Call) and value.function.id == "history":
                    yield target.id, value.arguments[0]
