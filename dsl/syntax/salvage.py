"""Lines that did not parse: the names that they may have bound, and stand-ins for the blocks that they opened."""

from __future__ import annotations

import re

from ..text.nearest import nearest
from ..text.source import Span
from . import nodes, words
from .build import Otherwise

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MEMBERS = re.compile(r"\bin\s+([A-Za-z_][A-Za-z0-9_]*)")
_SEPARATOR = re.compile(r"[,;]")
_BINDS = re.compile(r"(?<![=!<>~])=(?!=)|~")
_NO_COUNTER = re.compile(r"^repeat\b.*\bas\b(?!\s+[A-Za-z_])")
_BINDS_NOTHING = ("require", "output", "invariant", "guarantee", "equals", "if")


def may_bind(text: str) -> set[str]:
    """The words of a text that may be names which it binds or sends, or sets whose members it informs."""
    return {name for line in words.spelled(text).splitlines() for name in _of_line(line)}


def binds_nameless(text: str) -> bool:
    """True for a text that binds a value without a name: `node -> server: = grad(x)`, `repeat 3 as:`."""
    line = words.spelled(text)
    if {*_WORD.findall(line)[:1]} & {*_BINDS_NOTHING, "compressor"}:
        return False
    lefts = (_left_side(part) for part in _parts(line) if _BINDS.search(part))
    return bool(_NO_COUNTER.search(line)) or any(
        {*_WORD.findall(left)} <= {*words.ROLES, "event", "param"} for left in lefts
    )


def _of_line(line: str) -> set[str]:
    found = _WORD.findall(line)
    if found and found[0] in _BINDS_NOTHING:
        return set()
    bound = {name for part in _parts(line) for name in _WORD.findall(_left_side(part))}
    return bound | set(_MEMBERS.findall(line))


def _left_side(part: str) -> str:
    """The text before the sign that binds; a part without one is all left: `server -> all: g`."""
    sign = _BINDS.search(part)
    return part if sign is None else part[: sign.start()]


def _parts(line: str) -> list[str]:
    """The stretches of a line between semicolons and commas, not counting those in parentheses if these match."""
    parts, depth = [""], 0
    for char in line:
        depth += (char == "(") - (char == ")")
        if char in ",;" and not depth:
            parts.append("")
        else:
            parts[-1] += char
    return parts if not depth else _SEPARATOR.split(line)


def intended_block(line: Span) -> nodes.Init | nodes.Round | None:
    """A spec's block, still empty, that a line at the left margin was meant to open."""
    match _nearest_word(_words(line)):
        case "init":
            return nodes.Init((), line)
        case "round":
            return nodes.Round(None, (), line)
        case _:
            return None


def intended_statement(line: Span) -> nodes.Place | nodes.If | nodes.Repeat | Otherwise | None:
    """An opener within a block, still empty, that a line was meant to be. Conditions and counts are literals: every rule
    accepts them."""
    found = _words(line)
    match _nearest_word(found):
        case "if":
            return nodes.If(nodes.Boolean(True, line), (), (), line)
        case "else" if "if" not in found:
            return Otherwise((), line)
        case "repeat" if not {"while", "until"} & {*found}:
            return nodes.Repeat(nodes.Number(1, line), None, (), line)
        case role if role in words.ROLES and len(set(found)) == 1:
            return nodes.Place(nodes.Role(nodes.Name(role, line), None, None, line), (), line)
        case _:
            return None


def _words(line: Span) -> list[str]:
    return _WORD.findall(words.spelled(line.text))


def _nearest_word(found: list[str]) -> str:
    """The word of the language that the first word of a line is close to."""
    word, known = "".join(found[:1]), (*words.FIRST_WORDS, *words.ROLES)
    return word if word in known else words.SYNONYMS.get(word) or nearest(word, known) or ""
