"""The tree-sitter grammar of the language, made from `grammar/*.lark` and kept in `editors/tree-sitter-cablese`.

`python -m cablese.dsl.emit.tree_sitter` writes it and the query for colours; of it `make tree-sitter` makes the parser. The
rules of a line are those of the parser; ends of lines and bounds of blocks are tokens of the scanner in that folder.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import cablese.grammar

from ..syntax.words import HEADERS
from .highlights import emit_highlights

_LARK = Path(cablese.grammar.__path__[0])
FOLDER = _LARK.parent / "editors" / "tree-sitter-cablese"

_TOP = (*HEADERS, "init", "round")
"""Rules of the lines that stand at the left margin; the others stand in blocks."""

_BLOCKS = {"inline": "_block", "items": "_message_block"}
"""The block that may stand below a line in place of what follows its colon."""

_REPEATS = {"?": "optional", "*": "repeat", "+": "repeat1"}

_FILE = """\
// The language of cablese, made from grammar/*.lark by `python -m cablese.dsl.emit.tree_sitter`.

/// <reference types="tree-sitter-cli/dsl" />
// @ts-check

module.exports = grammar({
  name: 'cablese',
  externals: $ => [$._newline, $._indent, $._dedent, $._deeper, $._blank, $.comment, '(', ')'],
  extras: $ => [BLANK, $._blank, $.comment],
  word: $ => $.name,
  reserved: { global: $ => [RESERVED] },
  rules: {
RULES
  },
});
"""


def emit_grammar() -> str:
    """The grammar as tree-sitter's generator reads it."""
    return _Grammar().text()


class _Grammar:
    """Makes each rule of lark a rule of tree-sitter.

    Rules of lark that stand for their single part, `?rule`, are hidden; their alternatives that have a name are rules of
    their own, shown under that name.
    """

    def __init__(self) -> None:
        from lark.load_grammar import GrammarBuilder

        made = GrammarBuilder()
        for name in ("alg.lark", "terminals.lark"):
            made.load_grammar((_LARK / name).read_text("utf-8"))
        self._trees = {str(name): rule.tree for name, rule in made._definitions.items()}
        self._hidden = {"inline", "statements"} | {
            str(name) for name, rule in made._definitions.items() if _alone(rule)
        }
        self._ignored = made._ignore_names
        self._rules: dict[str, str] = {}

    def text(self) -> str:
        """The whole file."""
        for name in self._trees:
            if name.islower() and name not in ("line", "lone", "setting"):
                self._rules[self._shown(name)] = self._rule(name)
        blank = self._terminal(self._ignored[0])  # the other are comments
        names = re.fullmatch(r"/\(\?!\(\?:([\w|]*)\)\\b\)(.*)", self._terminal("NAME"))
        assert names is not None, "names are those that are no reserved word"
        reserved, name = names.groups()
        leaves = {"name": f"/{name}", "number": self._terminal("NUMBER"), "string": self._terminal("STRING")}
        rules = self._lines() | self._rules | leaves
        parts = {
            "BLANK": blank,
            "RESERVED": ", ".join(f"'{word}'" for word in reserved.split("|")),
            "RULES": "\n".join(f"    {rule}: $ => {text}," for rule, text in rules.items()),
        }
        return re.sub("|".join(parts), lambda found: parts[found[0]], _FILE)

    def _lines(self) -> dict[str, str]:
        """Rules of lines and blocks, which the parser of one line lacks."""
        lines = {"_line": [""], "_statement": [""]}
        for way in self._trees["line"].children:
            name = str(way.children[0].children[0].name)
            shown = self._shown(name)
            opens = any(block in self._rules[shown] for block in _BLOCKS.values())
            lines["_line" if name in _TOP else "_statement"].append(
                f"$.{shown}" if opens else f"seq($.{shown}, $._newline)"
            )
        return {
            "source_file": "repeat($._line)",
            **{
                rule: f"choice({','.join(f'{chr(10)}      {way}' for way in ways[1:])})"
                for rule, ways in lines.items()
            },
            "_block": "seq($._indent, repeat1($._statement), $._dedent)",
            "_message_block": "seq($._indent, repeat1(seq($.items, $._newline)), $._dedent)",
        }

    def _rule(self, name: str) -> str:
        """The alternatives of a rule; those that have a name of their own become rules."""
        ways = []
        for way in self._trees[name].children:
            if way.data == "alias":
                part, alias = way.children
                self._rules[f"_{name}_{alias.name}"] = self._part(part)
                ways.append(f"alias($._{name}_{alias.name}, $.{alias.name})")
            else:
                ways.append(self._part(way))
        return _joined("choice", ways)

    def _part(self, tree: Any) -> str:
        """A part of a rule."""
        if tree.data in ("expansions", "expansion"):
            word = "choice" if tree.data == "expansions" else "seq"
            return _joined(word, [self._part(part) for part in tree.children])
        if tree.data == "expr":
            part, sign = tree.children
            return self._body(part) or f"{_REPEATS[sign]}({self._part(part)})"
        name = str(tree.children[0].name)
        if name not in self._trees or name.isupper():
            return f"$.{name.lower()}" if name in ("NAME", "NUMBER", "STRING") else self._terminal(name)
        return f"$.{self._shown(name)}"

    def _body(self, part: Any) -> str:
        """The rest of an opener behind its colon, for the part that may stand there; empty for other parts."""
        name = str(part.children[0].name) if part.data == "value" else ""
        if name not in _BLOCKS:
            return ""
        return f"choice(seq($.{self._shown(name)}, $._newline), seq($._newline, optional($.{_BLOCKS[name]})))"

    def _shown(self, name: str) -> str:
        hidden = name in self._hidden and not name.startswith("_")
        return f"_{name}" if hidden else name.rstrip("_")

    def _terminal(self, name: str) -> str:
        """A pattern or, of a word or sign, its text."""
        literal = str(next(iter(self._trees[name].scan_values(bool))))
        word = re.fullmatch(r'/([a-z]+)\\b/|"(.*)"', literal)
        return f"'{word[1] or word[2]}'" if word else literal


def _alone(rule: Any) -> bool:
    """True for a rule that stands for its single part."""
    return not rule.is_term and bool(rule.options.expand1)


def _joined(word: str, parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{word}({', '.join(parts)})"


if __name__ == "__main__":
    (FOLDER / "grammar.js").write_text(emit_grammar(), encoding="utf-8")
    (FOLDER / "queries" / "highlights.scm").write_text(emit_highlights(), encoding="utf-8")
