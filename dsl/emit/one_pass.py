"""Neighbouring lines that compute long vectors entry by entry go through them together, piece by piece: what those lines
alone read, a mean or a vector that the server sends to all, never stands there as a whole."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from ..check.kinds import Kind
from ..check.program import Route
from ..plan import instructions as ir
from ..plan.aliases import starts
from ..plan.names import SUFFIX, unused
from ..plan.traverse import INSTRUCTIONS
from .free_arrays import FreeArrays
from .inlining import blocks_of, names_bound_to
from .layout import Layout
from .liveness import NONE, Liveness, Names, arrays_of, functions_of, names_in
from .statements import INDENT
from .tiling import IN_TILES
from .unexpanded import FOLDS, IN_ONE_PASS
from .vector_names import VectorNames


def with_lines_in_one_pass(python: str, plan: ir.Plan, layout: Layout) -> str:
    """The generated program of a process, with a function in the place of such lines of a round."""
    if layout is Layout.PEERS:
        return python
    program, functions = functions_of(python)
    init, round = functions[-2:]
    reader = _Reader.of(program, plan, layout)
    live = Liveness(arrays_of(plan, layout))
    live.before(round.body, NONE)
    lines: list[str | None] = list(python.splitlines())
    groups = [group for block in blocks_of(round) for group in reader.groups(block, live)]
    for group in groups:
        group.write(lines)
    if groups:
        written = frozenset[str]().union(*(group.into for group in groups))
        needed = {IN_ONE_PASS, *_copied(init, written & starts(plan), lines)} - reader.names.bound
        if needed & reader.taken:  # a name of the spec
            return python
        taken = [line for group in groups for line in group.prelude(program)]
        first = min(function.lineno for function in functions)
        taken += [f'{INDENT}{name} = run.functions("{name}")' for name in sorted(needed)]
        lines[first - 2 : first - 2] = dict.fromkeys(taken)
    return "".join(f"{line}\n" for line in lines if line is not None)


def _copied(init: ast.FunctionDef, names: Names, lines: list[str | None]) -> Iterator[str]:
    """Let `init` copy the constants of which it makes states that are written into; the functions that it needs."""
    for line in init.body:
        match line:
            case ast.Assign(targets=[ast.Name(id=target)], value=ast.Name(id=constant)) if target in names:
                lines[line.lineno - 1] = f"{' ' * line.col_offset}{target} = copy({constant})"
                yield "copy"
            case _:
                continue


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a group: its name takes the value of an expression; `sends` is the function of the message that the value
    goes through, or comes out of where there is none; `ends` the text of a function that is given the whole vector, with {}
    in its place."""

    number: int
    target: str
    value: ast.expr | None
    sends: str = ""
    ends: str = ""

    @property
    def text(self) -> str:
        """The line in the function of a piece."""
        value = "" if self.value is None else ast.unparse(self.value)
        return (
            f"{self.target} = {_of_piece(self.sends)}({value})" if self.sends else f"{self.target} = {value}"
        )

    @property
    def read(self) -> Names:
        """The names that the value is made of."""
        return NONE if self.value is None else names_in(self.value, ast.Load)

    @property
    def is_made(self) -> bool:
        """True where the value is made in this line, and no view of another's."""
        return not isinstance(self.value, ast.Name)

    @property
    def has_fold(self) -> bool:
        """True where a sum or mean of rows is a part of the value, which is made of it entry by entry."""
        inner = () if self.value is None else ast.walk(self.value)
        return any(isinstance(part, ast.Call) for part in inner if part is not self.value)


def _of_piece(send: str) -> str:
    return f"{send}_piece"


@dataclass(frozen=True, slots=True)
class _Group:
    """Neighbouring lines: the vectors that they read, those that later lines read, and the arrays that these go into."""

    lines: Sequence[_Line]
    read: Sequence[str]
    found: Sequence[str]
    into: Sequence[str]
    function: str
    indent: str

    def prelude(self, program: ast.FunctionDef) -> Iterator[str]:
        """The lines that bind functions which send in pieces."""
        for line in program.body:
            match line:
                case ast.Assign(
                    targets=[ast.Name(id=name)], value=ast.Call(args=[ast.Constant(value=int(number))])
                ) if any(each.sends == name for each in self.lines):
                    yield f"{INDENT}{name}_in_pieces = run.transfer_in_pieces({number})"
                case _:
                    continue

    def write(self, lines: list[str | None]) -> None:
        """Put the function in the place of the lines; comments between stay."""
        first, last = self.lines[0].number, self.lines[-1].number
        inner, by_number = self.indent + INDENT, {line.number: line for line in self.lines}
        begun = [f"{self.indent}{_of_piece(send)} = {send}_in_pieces()" for send in self._sends]
        taken = [*self.read, *map(_of_piece, self._sends)]
        text = [*begun, f"{self.indent}def {self.function}({', '.join(taken)}):"]
        for number in range(first, last + 1):
            old = lines[number - 1]
            text.append(f"{inner}{by_number[number].text}" if number in by_number else f"{INDENT}{old}")
        found, into = ", ".join(self.found), ", ".join(self.into)
        text.append(f"{inner}return [{found}]")
        given = ", ".join((self.function, f"[{into}]", *taken))
        text.append(f"{self.indent}[{found}] = {IN_ONE_PASS}({given})")
        text += [
            f"{self.indent}{line.target} = {line.ends.format(line.target)}"
            for line in self.lines
            if line.ends
        ]
        lines[first - 1 : last] = ["\n".join(text), *([None] * (last - first))]

    @property
    def _sends(self) -> Iterator[str]:
        return (line.sends for line in self.lines if line.sends)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Finds the groups of a program. `sends`: functions of messages that may be sent in pieces; `numbers`: names of params,
    constants and values that are no vectors; `taken`: names of variables; `alone`: no message leaves this process."""

    names: VectorNames
    numbers: Names
    sends: Names
    arrays: FreeArrays
    taken: Names
    alone: bool

    @classmethod
    def of(cls, program: ast.FunctionDef, plan: ir.Plan, layout: Layout) -> Self:
        """The reader of a process's program."""
        sends = names_bound_to(program, {f"run.transfer({number})" for number in _in_pieces(plan)})
        names = VectorNames.of(program, plan, layout)
        inside = (names_in(part, ast.Store) for part in program.body if isinstance(part, ast.FunctionDef))
        taken = frozenset[str]().union(*inside)
        numbers, alone = names.plain - names.vectors - names.constants, layout is Layout.TOGETHER
        return cls(names, numbers, sends, FreeArrays.of(plan), taken, alone)

    def groups(self, block: Sequence[ast.stmt], live: Liveness) -> Iterator[_Group]:
        """The groups of a block."""
        taken: list[_Line] = []
        for statement in block:
            line = self._line(statement)
            if line is None or not self._goes_on(taken, line):
                yield from self._group(taken, block, live)
                taken = []
            if line is not None:
                taken.append(line)
        yield from self._group(taken, block, live)

    def _goes_on(self, taken: Sequence[_Line], line: _Line) -> bool:
        """True where a group may go on with a line: pieces of two messages between processes do not mix."""
        second = line.sends and any(each.sends for each in taken)
        return not (taken and taken[-1].ends) and (self.alone or not second)

    def _group(self, lines: Sequence[_Line], block: Sequence[ast.stmt], live: Liveness) -> Iterator[_Group]:
        """The group of some lines, or of the last of them, if they leave less than they make."""
        if not lines:
            return
        behind = live.behind[lines[-1].number]
        behind |= {lines[-1].target} if lines[-1].ends else NONE  # whose function reads it
        bound = list(dict.fromkeys(line.target for line in lines))
        found = [name for name in bound if name in behind]
        last = {line.target: line for line in lines}
        saves = len(found) < len(lines) or any(line.has_fold for line in lines)
        if not found or not saves or not all(last[name].is_made for name in found):
            yield from self._group(lines[1:], block, live)
            return
        read = self._read(lines)
        later = frozenset(name.removesuffix(SUFFIX) for name in behind) - frozenset(bound)
        free = [name for name in read if self._is_plain(name) and self.arrays.is_free(name, later)]
        into = list(self._into(found, free))
        indent = " " * next(each.col_offset for each in block if each.lineno == lines[0].number)
        yield _Group(lines, read, found, into, unused("piece", self.taken | self.names.bound), indent)

    def _read(self, lines: Sequence[_Line]) -> list[str]:
        """The vectors that lines read before they bind them, in order."""
        read: dict[str, None] = {}
        bound: set[str] = set()
        for line in lines:
            vectors = line.read & (self.names.vectors | self.names.families)
            read |= dict.fromkeys(sorted(vectors - bound))
            bound.add(line.target)
        return list(read)

    def _into(self, found: Sequence[str], free: Sequence[str]) -> Iterator[str]:
        """For each name its own array, if it is free, or else that of another name; no array twice."""
        taken = {name for name in found if name in free}
        given: set[str] = set()
        for name in found:
            own = [name] if name in taken else [other for other in free if other not in taken]
            array = next((each for each in own if not self.arrays.sharing(each) & given), "None")
            if array != "None":
                given |= self.arrays.sharing(array)
            yield array

    def _line(self, statement: ast.stmt) -> _Line | None:
        """The line that a statement may be in a group; None for any other."""
        match statement:
            case ast.Assign(targets=[ast.Name(id=target)], value=value) if self._is_plain(target):
                pass
            case _:
                return None
        summed = self._summed(value)
        if summed is not None and not isinstance(summed, ast.Name):
            return _Line(statement.lineno, target, summed)
        match value:
            case ast.Call(func=ast.Name(id=send), args=[], keywords=[]) if send in self.sends:
                return _Line(statement.lineno, target, None, sends=send)
            case ast.Call(func=ast.Name(id=send), args=[operand], keywords=[]) if send in self.sends:
                summed = self._summed(operand)
                return None if summed is None else _Line(statement.lineno, target, summed, sends=send)
            case ast.Call(func=ast.Name(id="prox"), args=[operand, ast.Name(id=step)], keywords=[]):
                summed = self._summed(operand)
                if summed is None or isinstance(summed, ast.Name) or step not in self.numbers:
                    return None
                return _Line(statement.lineno, target, summed, ends=f"prox({{}}, {step})")
            case _:
                return None

    def _summed(self, value: ast.expr) -> ast.expr | None:
        """An expression of plain vectors, entry by entry, and of folds over families."""
        match value:
            case ast.Call(func=ast.Name(id=function), args=[ast.Lambda(body=body), _, *_]) if (
                function == IN_TILES
            ):
                return self._summed(body)
            case ast.Call(func=ast.Name(id=function), args=[ast.Name(id=name)], keywords=[]) if (
                function in FOLDS
            ):
                return value if name in self.names.families else None
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), right=right):
                parts = (left, right)
                return value if all(self._is_term(part) for part in parts) else None
            case ast.Name(id=name):
                return value if self._is_plain(name) else None
            case _:
                return None

    def _is_term(self, value: ast.expr) -> bool:
        """True for an operand: a vector, a number, or again such an expression."""
        match value:
            case ast.Name(id=name):
                return self._is_plain(name) or name in self.numbers
            case ast.Constant():
                return True
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._is_term(operand)
            case _:
                return self._summed(value) is not None

    def _is_plain(self, name: str) -> bool:
        return name in self.names.plain and name in self.names.vectors


def _in_pieces(plan: ir.Plan) -> Iterator[int]:
    """The numbers of statements by which the server sends one vector to all, as it is."""
    for part in INSTRUCTIONS.walk(plan):
        match part:
            case ir.Transfer(route=Route.SERVER_TO_ALL, message_items=(item,), members=None, tells=None):
                if item.is_plain and item.payload.kind is Kind.VECTOR:
                    yield part.number
            case _:
                continue
