"""Words that start lines, and spellings of other languages and of typeset formulas, with their remedies."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from ..text.diagnostics import Help, Remedy, write

ROLES = ("all", "server", "node", "link", "group", "neighbors")

OPENERS = ("init", "round", "if", "else", "repeat")

HEADERS = (
    "algorithm",
    "problem",
    "compressor",
    "param",
    "require",
    "output",
    "invariant",
    "guarantee",
    "equals",
)

FIRST_WORDS = (*HEADERS, *OPENERS, "event")
"""Words of the language that start a line; roles are names to the grammar."""

FORMS = {
    "algorithm": 'algorithm NAME: "source"',
    "problem": "problem minimize",
    "compressor": "compressor Q: unbiased = rand_k(k = 1)",
    "param": "param gamma = 1 / L where gamma > 0",
    "require": "require r <= n",
    "init": "init:",
    "round": "round k:",
    "output": "output x",
    "invariant": "invariant H == mean(h)",
    "guarantee": 'guarantee "Theorem 1" for smooth when c: lhs <= rhs',
    "equals": "equals OTHER(a = e) when p = 1 drawing m = D at rounds = H",
    "event": "event c ~ bernoulli(p)",
    "if": "if c:",
    "else": "else:",
    "repeat": "repeat H as t:",
    "node": "node in S -> server: q = e",
    "server": "server -> all: g = e",
}
"""The form of a line, by the word that starts it."""

FOREIGN_OPERATORS: Mapping[str, Help] = {
    ":=": Remedy("assign with `=`", "="),
    "<-": "assign with `=`; a message is written `node -> server: q = e`",
    "+=": "write `a = a + e`",
    "-=": "write `a = a - e`",
    "*=": "write `a = a * e`",
    "/=": "write `a = a / e`",
    "**": Remedy("a power is written `a ^ b`", "^"),
    "//": "divide with `/`, round with `floor(a / b)`",
    "&&": Remedy("write `and`", " and "),
    "||": Remedy("write `or`", " or "),
    "!": Remedy("write `not`", "not "),
    "<>": write("!="),
    "=<": write("<="),
    "=>": "write `>=` to compare, `->` in a message",
    "===": write("=="),
    "-->": write("->"),
    "==>": write("->"),
}
"""Operators of other languages, and their remedies."""

_LOOP = "`repeat H:` repeats a fixed number of times; a block `node:` already runs at every node"
_MESSAGE = "a message is written `node -> server: q = e`"
_END = "a block ends where its indentation ends"
_BIND = "assign with `a = e`"

FOREIGN_STATEMENTS = {
    "for": _LOOP,
    "foreach": _LOOP,
    "forall": _LOOP,
    "parfor": _LOOP,
    "while": _LOOP,
    "loop": _LOOP,
    "def": "a spec defines no functions: name a value by an assignment or a `param`",
    "function": "a spec defines no functions: name a value by an assignment or a `param`",
    "lambda": "a spec defines no functions: name a value by an assignment or a `param`",
    "class": "a spec defines no classes",
    "import": "a spec imports nothing: compressors and problems come from the library and its plug-ins",
    "from": "a spec imports nothing: compressors and problems come from the library and its plug-ins",
    "return": "`output x` at the left margin says what the method returns",
    "assert": "`require e` checks parameters, `invariant e == f` what holds after every round",
    "pass": "leave the block away",
    "print": "a run's trace shows the metrics; a spec prints nothing",
    "let": _BIND,
    "var": _BIND,
    "const": "a constant of the method is a `param`",
    "input": "what the user may set is a `param`",
    "end": _END,
    "endif": _END,
    "endfor": _END,
    "done": _END,
    "send": _MESSAGE,
    "recv": _MESSAGE,
    "receive": _MESSAGE,
    "broadcast": "a broadcast is written `server -> all: g = e`",
}
"""Statements of other languages, and their remedies."""

SYNONYMS = {
    "nodes": "node",
    "worker": "node",
    "workers": "node",
    "client": "node",
    "clients": "node",
    "device": "node",
    "devices": "node",
    "agent": "node",
    "agents": "node",
    "master": "server",
    "servers": "server",
    "coordinator": "server",
    "leader": "server",
    "everyone": "all",
    "global": "all",
    "links": "link",
    "groups": "group",
    "neighbor": "neighbors",
    "neighbour": "neighbors",
    "neighbours": "neighbors",
    "initialize": "init",
    "setup": "init",
    "rounds": "round",
    "iteration": "round",
    "iterate": "round",
    "step": "round",
}
"""Other names of roles and blocks."""

TYPOGRAPHIC = {
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    "×": "*",
    "·": "*",
    "∗": "*",
    "÷": "/",
    "−": "-",
    "–": "-",
    "—": "-",
    "→": "->",
    "⟶": "->",
    "←": "=",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "∼": "~",
    "˜": "~",
    "²": "^2",
    "³": "^3",
    "√": "sqrt(…)",
    "∑": "mean(…) or sum(…)",
    "∇": "grad(…)",
    "∈": "in",
    "∧": "and",
    "∨": "or",
    "¬": "not",
    "\u00a0": " ",
    "\u2009": " ",
    "\u202f": " ",
    "\u3000": " ",
}
"""Signs of typeset formulas, and their spelling in the language."""

_BRACKETS = "parentheses group, and blocks go by indentation"
_INDEX = "`h[j]` reads what a history holds, where a value can stand; no other value has an index, and parentheses group"

SIGN_REMEDIES = {
    "[": _INDEX,
    "]": _INDEX,
    "{": _BRACKETS,
    "}": _BRACKETS,
    ".": 'a file\'s name stands in quotes, `"mine.csv"`; names have no parts: write `x_i` for `x.i`, `0.5` for a number',
    "@": "a product of vectors is `dot(a, b)`",
    "|": "write `or`; a norm is `norm(v)`",
    "&": "write `and`",
    "?": "choose a value with `where(c, a, b)`",
    "\\": "a line goes on inside parentheses",
}
"""Remedies for signs that the language lacks."""


def spelled(text: str) -> str:
    """A text with its small Greek letters written out, as specs name them: `gamma` for the letter."""
    return text if text.isascii() else "".join(_letter(char) for char in text)


def _letter(char: str) -> str:
    _, greek, name = unicodedata.name(char, "").partition("GREEK SMALL LETTER ")
    return name.rsplit(" ", 1)[-1].lower() if greek else char
