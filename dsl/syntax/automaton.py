"""The parser of one logical line: it runs the automaton of `grammar/automaton.json`, which lark made of the grammar."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias

import cablese.grammar

from ..text.records import record
from ..text.source import Span
from .build import Builder

END = "$END"
"""The terminal behind the last token of a line."""

Row: TypeAlias = Mapping[str, int]
"""The actions of a state by symbol: the state that follows, or, below zero, -1 - the rule to reduce."""


class Lexeme(str):
    """The text of a token, with its terminal and its place in the line."""

    __slots__ = ("end_pos", "start_pos", "type")
    type: str
    start_pos: int
    end_pos: int

    @classmethod
    def at(cls, terminal: str, text: str, start: int) -> Lexeme:
        """The token of a terminal that starts at an offset."""
        made = cls(text)
        made.type, made.start_pos, made.end_pos = terminal, start, start + len(text)
        return made


class Unexpected(Exception):
    """A line that the grammar refuses: where, and the terminals that could stand there."""

    def __init__(self, offset: int, accepts: frozenset[str]) -> None:
        super().__init__(offset)
        self.offset, self.accepts = offset, accepts


@record
class Rule:
    """A rule of the grammar, and how the nodes of its parts become one: `build` gets them as a list.

    Parts of rules that are spliced in are lists themselves; a single part of a rule that is `alone` stands for itself.
    """

    symbol: str
    length: int
    spliced: tuple[int, ...]
    alone: bool
    build: Callable[[list[Any]], Any]


class LineParser:
    """Parses a stretch of a source with one of the grammar's start rules."""

    def __init__(self) -> None:
        room = Path(cablese.grammar.__path__[0])
        table = json.loads((room / "automaton.json").read_bytes())
        self._builder = Builder()
        self._lexer = Lexer(table)
        self._starts: dict[str, tuple[int, int]] = table["starts"]
        self._rows: list[Row] = table["rows"]
        self._rules = [_rule(self._builder, *entry) for entry in table["rules"]]
        self._leaves = {name: getattr(self._builder, name) for name in table["patterns"]}
        self._lock = Lock()

    def parse(self, line: Span, tail: str, rule: str) -> Any:
        """Nodes of a line's text with `tail` behind it; raises Unexpected, and build.Refused passes through."""
        with self._lock:
            self._builder.source = line.source
            self._builder.offset, self._builder.limit = line.start, line.end
            return self._run(line.text + tail, *self._starts[rule])

    def _run(self, text: str, first: int, last: int) -> Any:
        states: list[int] = [first]
        nodes: list[Any] = []
        rows, rules = self._rows, self._rules
        at = 0
        while True:
            token = self._lexer.next(text, at, rows[states[-1]])
            terminal = END if token is None else token.type
            action = rows[states[-1]].get(terminal)
            while action is not None and action < 0:
                rule = rules[-1 - action]
                if rule.alone and rule.length == 1:
                    states[-1] = rows[states[-2]][rule.symbol]
                else:
                    self._reduce(rule, states, nodes)
                if states[-1] == last:
                    return nodes[-1]
                action = rows[states[-1]].get(terminal)
            if action is None or token is None:
                raise Unexpected(len(text) if token is None else token.start_pos, self._accepted(states))
            states.append(action)
            leaf = self._leaves.get(terminal)
            nodes.append(token if leaf is None else leaf(token))
            at = token.end_pos

    def _reduce(self, rule: Rule, states: list[int], nodes: list[Any]) -> None:
        """Put the node of a rule in the place of its parts."""
        start = len(nodes) - rule.length
        parts = nodes[start:]
        del nodes[start:], states[start + 1 :]
        for i in reversed(rule.spliced):
            parts[i : i + 1] = parts[i]
        nodes.append(rule.build(parts))
        states.append(self._rows[states[-1]][rule.symbol])

    def _accepted(self, states: list[int]) -> frozenset[str]:
        """The terminals that could stand behind what was read."""
        return frozenset(
            name for name in self._rows[states[-1]] if name.isupper() and self._shifts(name, states)
        )

    def _shifts(self, terminal: str, read: list[int]) -> bool:
        """True where a terminal leads on from the states that were read."""
        states = list(read)
        while (action := self._rows[states[-1]].get(terminal)) is not None and action < 0:
            rule = self._rules[-1 - action]
            del states[len(states) - rule.length :]
            states.append(self._rows[states[-1]][rule.symbol])
            if terminal == END and states[-1] in (last for _, last in self._starts.values()):
                return True
        return action is not None


class Lexer:
    """Reads the token at a place: words of the language are words only where the automaton's state has a use for them."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._signs: dict[str, str] = table["signs"]
        self._words: dict[str, str] = table["words"]
        longest = sorted(self._signs, key=len, reverse=True)
        parts = [f"(?P<{name}>{pattern})" for name, pattern in table["patterns"].items()]
        parts += [f"(?P<sign>{'|'.join(map(re.escape, longest))})", r"(?P<word>[A-Za-z]+)", r"(?P<end>\Z)"]
        self._token = re.compile(f"(?:{'|'.join(table['ignored'])})*(?:{'|'.join(parts)}|)")

    def next(self, text: str, at: int, row: Row) -> Lexeme | None:
        """The next token behind an offset, None at the end; one without a use has the first character alone and no
        terminal."""
        found = self._token.match(text, at)
        assert found is not None  # it may be empty
        kind = found.lastgroup
        if kind is None:
            return Lexeme.at("", text[found.end()], found.end())
        if kind == "end":
            return None
        token, start = found[kind], found.start(kind)
        if kind == "sign":
            return self._sign(token, start, row)
        word = self._words.get(token, "")
        if word in row and not text[found.end() : found.end() + 1].isalnum():
            kind = word
        return Lexeme.at(kind, token, start)

    def _sign(self, token: str, start: int, row: Row) -> Lexeme:
        """The longest sign that has a use."""
        while self._signs[token] not in row and token[:-1] in self._signs:
            token = token[:-1]
        return Lexeme.at(self._signs[token], token, start)


@cache
def line_parser() -> LineParser:
    """The one parser of the process: its table does not change."""
    return LineParser()


def _rule(builder: Builder, symbol: str, method: str, length: int, spliced: list[int], alone: bool) -> Rule:
    """A rule of the table; one whose symbol begins with `_` is a list of parts, to be spliced into another."""
    build = list if symbol.startswith("_") else getattr(builder, method, list)
    return Rule(symbol, length, tuple(spliced), alone, build)
