"""The lark parser of one logical line and its cache; lark itself is imported at the first parse."""

from __future__ import annotations

import os
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

import cablese.grammar

from ..text.source import Span
from .build import Builder
from .table_cache import keep_table, read_table

STARTS = ("line", "items", "lone", "setting")
"""Start rules of the grammar: a line, an indented line of a message, an expression, a setting."""


class LineParser:
    """Parses a stretch of a source with one of the grammar's start rules."""

    def __init__(self) -> None:
        self._builder = Builder()
        self._lark = _load(self._builder)
        self._lock = Lock()

    def parse(self, line: Span, tail: str, rule: str) -> Any:
        """Nodes of a line's text with `tail` behind it; UnexpectedInput and build.Refused pass through."""
        with self._lock:
            self._builder.source = line.source
            self._builder.offset, self._builder.limit = line.start, line.end
            return self._lark.parse(line.text + tail, start=rule)


@cache
def line_parser() -> LineParser:
    """The one parser of the process: its tables do not change."""
    return LineParser()


def _grammar() -> str:
    room = Path(cablese.grammar.__path__[0])
    return "".join((room / name).read_text("utf-8") for name in ("alg.lark", "terminals.lark"))


def _load(builder: Builder) -> Any:
    """A parser from the user's cache, or a new one that is left there for the next time."""
    import lark

    grammar = _grammar()
    path = _cache_file(sha256(f"{grammar} {lark.__version__} {sys.version_info[:2]}".encode()).hexdigest())
    kept = None if path is None else _kept(path, builder)
    if kept is not None:
        return kept
    parser = lark.Lark(
        grammar,
        parser="lalr",
        start=list(STARTS),
        keep_all_tokens=True,
        maybe_placeholders=False,
        transformer=builder,
    )
    if path is not None:
        data, memo = parser.memo_serialize([lark.lexer.TerminalDef, lark.grammar.Rule])
        del data["options"]["transformer"]
        keep_table({"data": data, "memo": memo}, path)
    return parser


def _kept(path: Path, builder: Builder) -> Any | None:
    """The parser in a file; None where its table is absent or not one of this grammar."""
    import lark

    table = read_table(path)
    if table is None:
        return None
    try:
        return lark.Lark._load_from_dict(table["data"], table["memo"], transformer=builder)  # type: ignore[no-untyped-call]
    except (AssertionError, AttributeError, LookupError, TypeError, ValueError, lark.LarkError):
        return None


def _cache_file(key: str) -> Path | None:
    """The file of the table for a key, in the user's own folder, if only the user writes there."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    room = Path(base) / "cablese"
    try:
        room.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = room.stat()
    except OSError:
        return None
    own = not hasattr(os, "getuid") or facts.st_uid == os.getuid()
    return room / f"grammar-{key[:20]}.json" if own and not facts.st_mode & 0o022 else None
