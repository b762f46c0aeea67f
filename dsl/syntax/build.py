"""Reductions of the grammar -> nodes with spans, for one logical line; blocks are left to `blocks.py`.

A construct that opens a block and has nothing behind its colon comes out with an empty body.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

from ..text.diagnostics import Diagnostic
from ..text.nearest import nearest
from ..text.records import record
from ..text.source import NOWHERE, Source, Span
from . import nodes, sign_errors, text_errors, word_errors, words

MOST_INT = 2**53
"""Ints lie between -2^53 and 2^53, in a spec and in a run: each is exactly a double, alone and in a family."""

Children: TypeAlias = list[Any]


class Refused(Exception):
    """A line follows the grammar and still says something impossible."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


@record
class Otherwise:
    """An `else:`, until it joins its `if`."""

    body: tuple[nodes.Stmt, ...]
    span: Span


@record
class Run:
    """Several nodes on one line: statements, message items, names or bindings."""

    parts: tuple[Any, ...]
    span: Span
    word: str = ""


class Builder:
    """One method per rule of the grammar, called by the parser from the leaves up with all tokens of the rule.

    `source`, `offset` and `limit` say where the text given to the parser stands and where the line ends.
    """

    def __init__(self) -> None:
        self.source: Source = NOWHERE.source
        self.offset = self.limit = 0

    # --- helpers --------------------------------------------------------------------------------------------

    def _span(self, children: Children) -> Span:
        return Span(self.source, self._start(children[0]), self._end(children[-1]))

    def _start(self, child: Any) -> int:
        if isinstance(child, str):
            return child.start_pos + self.offset  # type: ignore[attr-defined, no-any-return]
        return child.span.start  # type: ignore[no-any-return]

    def _end(self, child: Any) -> int:
        if isinstance(child, str):
            return min(child.end_pos + self.offset, self.limit)  # type: ignore[attr-defined, no-any-return]
        return child.span.end  # type: ignore[no-any-return]

    @staticmethod
    def _after(children: Children, sign: str) -> Any:
        """The child behind the first token of a type, or None."""
        for i, child in enumerate(children):
            if isinstance(child, str) and child.type == sign:  # type: ignore[attr-defined]
                return children[i + 1]
        return None

    @staticmethod
    def _parts(children: Children) -> tuple[Any, ...]:
        """The children that are nodes."""
        return tuple(child for child in children if not isinstance(child, str))

    def _body(self, children: Children) -> tuple[Any, ...]:
        """The nodes behind the colon of an opener, if there are any."""
        last = children[-1]
        if isinstance(last, str):
            return ()
        return last.parts if isinstance(last, Run) else (last,)

    # --- leaves ---------------------------------------------------------------------------------------------

    def NAME(self, token: Any) -> nodes.Name:
        """An identifier."""
        return nodes.Name(str(token), self._span([token]))

    def NUMBER(self, token: Any) -> nodes.Number:
        """A literal; refuses one that no computer number holds."""
        text, span = str(token), self._span([token])
        if not text.isdigit():
            if float(text) == float("inf"):
                raise Refused(text_errors.number_too_large(span))
            return nodes.Number(float(text), span)
        digits = text.lstrip("0")
        if len(digits) > len(str(MOST_INT)) or int(digits or "0") > MOST_INT:
            raise Refused(text_errors.int_too_large(span))
        return nodes.Number(int(digits or "0"), span)

    def STRING(self, token: Any) -> nodes.Text:
        """A quoted string."""
        return nodes.Text(str(token)[1:-1], self._span([token]))

    def boolean(self, children: Children) -> nodes.Boolean:
        """`true` or `false`."""
        return nodes.Boolean(children[0] == "true", self._span(children))

    # --- expressions ----------------------------------------------------------------------------------------

    def group(self, children: Children) -> nodes.Expr:
        """`(e)`: e itself, with a span that holds the parentheses."""
        return replace(children[1], span=self._span(children))  # type: ignore[no-any-return]

    def unary(self, children: Children) -> nodes.Unary:
        """`-e`, `not e`."""
        return nodes.Unary(str(children[0]), children[1], self._span(children))

    def binary(self, children: Children) -> nodes.Binary:
        """`a + b` and its kin."""
        left, operator, right = children
        return nodes.Binary(str(operator), left, right, self._span([operator]), self._span(children))

    def chain(self, children: Children) -> nodes.Comparison:
        """`a <= b < c`."""
        operators = tuple(str(operator) for operator in children[1::2])
        return nodes.Comparison(operators, tuple(children[::2]), self._span(children))

    def compose(self, children: Children) -> nodes.Compose:
        """`outer of inner`."""
        return nodes.Compose(children[0], children[2], self._span(children))

    def over(self, children: Children) -> nodes.Over:
        """`operand over family`."""
        return nodes.Over(children[0], children[2], self._span(children))

    def index(self, children: Children) -> nodes.Index:
        """`h[j]`."""
        return nodes.Index(children[0], children[2], self._span(children))

    def keyword(self, children: Children) -> nodes.Keyword:
        """`name = value`, in a call, as a binding, on the command line."""
        return nodes.Keyword(children[0], children[2], self._span(children))

    binding = keyword

    def call(self, children: Children) -> nodes.Call:
        """`f(a, b, key = c)`; refuses a plain argument behind a named one."""
        function, *rest = self._parts(children)
        keywords = tuple(part for part in rest if isinstance(part, nodes.Keyword))
        arguments = tuple(part for part in rest if not isinstance(part, nodes.Keyword))
        if keywords and arguments and arguments[-1].span.start > keywords[0].span.start:
            raise Refused(sign_errors.argument_after_keyword(arguments[-1].span, keywords[0].span))
        return nodes.Call(function, arguments, keywords, self._span(children))

    # --- statements -----------------------------------------------------------------------------------------

    def statements(self, children: Children) -> Run:
        """`a = e; event c ~ D`, on a line of its own or behind a colon."""
        return Run(self._parts(children), self._span(children))

    inline = items = names = statements

    def assign(self, children: Children) -> nodes.Assign:
        """`a, b = e, f`; refuses sides of different lengths."""
        middle = next(i for i, child in enumerate(children) if isinstance(child, str) and child == "=")
        targets, values = self._parts(children[:middle]), self._parts(children[middle + 1 :])
        if len(targets) != len(values):
            raise Refused(sign_errors.uneven_assignment(self._span(children), len(targets), len(values)))
        return nodes.Assign(targets, values, self._span(children))

    def event(self, children: Children) -> nodes.Event:
        """`event c ~ D(p)`."""
        return nodes.Event(children[1], children[3], self._span(children))

    def role(self, children: Children) -> nodes.Role:
        """`node in S when e`; refuses a role that does not exist."""
        name = children[0]
        if name.id not in words.ROLES:
            raise Refused(_no_role(name))
        members, condition = self._after(children, "IN"), self._after(children, "WHEN")
        return nodes.Role(name, members, condition, self._span(children))

    def place(self, children: Children) -> nodes.Place:
        """`server:` and its body."""
        return nodes.Place(children[0], self._body(children), self._span(children))

    def item(self, children: Children) -> nodes.Item:
        """`q = e` or `q` in a message."""
        return nodes.Item(children[0], self._after(children, "EQUAL"), self._span(children))

    def message(self, children: Children) -> nodes.Message:
        """`node -> server:` and its body."""
        return nodes.Message(children[0], children[2], self._body(children), self._span(children))

    def if_(self, children: Children) -> nodes.If:
        """`if c:` and its body."""
        return nodes.If(children[1], self._body(children), (), self._span(children))

    def else_(self, children: Children) -> Otherwise:
        """`else:` and its body."""
        return Otherwise(self._body(children), self._span(children))

    def repeat(self, children: Children) -> nodes.Repeat:
        """`repeat H as t:` and its body."""
        return nodes.Repeat(
            children[1], self._after(children, "AS"), self._body(children), self._span(children)
        )

    # --- lines of a spec ------------------------------------------------------------------------------------

    def algorithm(self, children: Children) -> nodes.Algorithm:
        """`algorithm NAME: "source"`."""
        return nodes.Algorithm(children[1], self._after(children, "COLON"), self._span(children))

    def problem(self, children: Children) -> nodes.Problem:
        """`problem vi on graph`, `problem minimize on directed graph`."""
        sort = children[3] if len(children) > 4 else None
        return nodes.Problem(children[1], len(children) > 2, sort, self._span(children))

    def compressor(self, children: Children) -> nodes.Compressor:
        """`compressor Q: unbiased = rand_k(k = 1)`."""
        default = self._after(children, "EQUAL")
        return nodes.Compressor(children[1], children[3], default, self._span(children))

    def param(self, children: Children) -> nodes.Param:
        """`param gamma = 1 / L where gamma > 0`."""
        default, condition = self._after(children, "EQUAL"), self._after(children, "WHERE")
        return nodes.Param(children[1], default, condition, self._span(children))

    def require(self, children: Children) -> nodes.Require:
        """`require e`."""
        return nodes.Require(children[1], self._span(children))

    def init(self, children: Children) -> nodes.Init:
        """`init:` and its body."""
        return nodes.Init(self._body(children), self._span(children))

    def round(self, children: Children) -> nodes.Round:
        """`round k:` and its body."""
        counter = children[1] if isinstance(children[1], nodes.Name) else None
        return nodes.Round(counter, self._body(children), self._span(children))

    def output(self, children: Children) -> nodes.Output:
        """`output x`."""
        return nodes.Output(children[1], self._span(children))

    def invariant(self, children: Children) -> nodes.Invariant:
        """`invariant e == f`."""
        return nodes.Invariant(children[1], children[3], self._span(children))

    def guarantee(self, children: Children) -> nodes.Guarantee:
        """`guarantee "T" for CLASSES when COND: lhs <= rhs`."""
        left, _, right = children[-3:]
        condition = self._after(children, "WHEN")
        return nodes.Guarantee(children[1], children[3].parts, condition, left, right, self._span(children))

    def equals(self, children: Children) -> nodes.Equals:
        """`equals OTHER(a = e) when BINDINGS drawing m = D at rounds = H`."""
        arguments = tuple(child for child in children if isinstance(child, nodes.Keyword))
        bindings, drawing = self._clause(children, "when"), self._clause(children, "drawing")
        rounds = self._after(children, "EQUAL")
        return nodes.Equals(children[1], arguments, bindings, drawing, rounds, self._span(children))

    def bindings(self, children: Children) -> Run:
        """`when p = 1, c = true`, `drawing m = D`."""
        return Run(self._parts(children), self._span(children), str(children[0]))

    when = drawing = bindings

    @staticmethod
    def _clause(children: Children, word: str) -> tuple[nodes.Keyword, ...]:
        """The bindings behind `when` or `drawing`."""
        for child in children:
            if isinstance(child, Run) and child.word == word:
                return child.parts
        return ()


def _no_role(name: nodes.Name) -> Diagnostic:
    """The diagnostic of a word before a colon that is no role, with the word that was meant."""
    source, end = name.span.source, name.span.end
    colon = source.text.find(":", end)
    if source.text[colon : colon + 2] == ":=" and not source.text[end:colon].strip():
        return sign_errors.foreign_operator(Span(source, colon, colon + 2), words.FOREIGN_OPERATORS[":="])
    if name.id == "elif":
        return text_errors.else_if(name.span)
    if name.id in words.FOREIGN_STATEMENTS:
        return word_errors.foreign_statement(name.span, words.FOREIGN_STATEMENTS[name.id])
    known = (*words.ROLES, *words.OPENERS)
    return word_errors.unknown_role(name.span, words.SYNONYMS.get(name.id) or nearest(name.id, known))
