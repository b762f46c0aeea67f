"""The lark parser of one logical line and its cache; lark itself is imported at the first parse."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

import cablese.grammar

from ..text.source import Span
from .build import Builder

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
    from lark import Lark, __version__

    grammar = _grammar()
    path = _cache_file(sha256(f"{grammar} {__version__} {sys.version_info[:2]}".encode()).hexdigest())
    table = None if path is None else _read(path)
    if table is not None:
        return Lark._load_from_dict(table["data"], table["memo"], transformer=builder)  # type: ignore[no-untyped-call]
    parser = Lark(
        grammar,
        parser="lalr",
        start=list(STARTS),
        keep_all_tokens=True,
        maybe_placeholders=False,
        transformer=builder,
    )
    if path is not None:
        _keep(parser, path)
    return parser


def _read(path: Path) -> Any:
    """The table that a file holds; None if there is none or its digest is not that of its bytes."""
    try:
        digest, _, body = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    return pickle.loads(body) if digest == sha256(body).hexdigest().encode() else None


def _keep(parser: Any, path: Path) -> None:
    """Write beside the file and move into place, so that no reader meets half a table; a full disk is no error."""
    stream = io.BytesIO()
    parser.save(stream, exclude_options=("transformer",))
    body = stream.getvalue()
    scratch = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        scratch.write_bytes(sha256(body).hexdigest().encode() + b"\n" + body)
        os.replace(scratch, path)
    except OSError:
        with contextlib.suppress(OSError):
            scratch.unlink(missing_ok=True)


def _cache_file(key: str) -> Path | None:
    """Where the table for a key is kept: in the user's own folder, if only the user writes there."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    room = Path(base) / "cablese"
    try:
        room.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = room.stat()
    except OSError:
        return None
    own = not hasattr(os, "getuid") or facts.st_uid == os.getuid()
    return room / f"grammar-{key[:20]}" if own and not facts.st_mode & 0o022 else None
