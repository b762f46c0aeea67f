"""The parser of a line against lark, which made its table: the same nodes, the same refusals."""

from __future__ import annotations

import random
import subprocess
import sys
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import lark
import pytest
from cablese.dsl.syntax.automaton import END, Unexpected, line_parser
from cablese.dsl.syntax.automaton_table import FILE, STARTS, emit_table, lark_of
from cablese.dsl.syntax.build import Builder, Refused
from cablese.dsl.text.source import Source, Span

ROOT = Path(__file__).parents[2]
_SCRAPS = (
    "and not if else where when in of over node all event round : x = 1 2.5 .5 1e3 == <= < > >= != -> ~ ( ) [ ] , ;"
    " # é ² \" ' 3x ifé @ and_ repeat at rounds drawing . 1. e5 - -- + * / ^ %"
)
SCRAPS = _SCRAPS.split()


def test_the_table_is_that_of_the_grammar() -> None:
    assert FILE.read_text(encoding="utf-8") == emit_table(), (
        "python -m cablese.dsl.syntax.automaton_table writes it"
    )


def test_the_table_is_made_alike_in_every_process() -> None:
    code = "from cablese.dsl.syntax.automaton_table import emit_table; print(emit_table(), end='')"
    made = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONHASHSEED": "7"}, capture_output=True, text=True, check=True
    )
    assert made.stdout == FILE.read_text(encoding="utf-8")


def test_lines_of_specs_are_read_as_lark_reads_them() -> None:
    for text in _lines():
        _agree(text, "line")


@pytest.mark.parametrize("rule", STARTS)
def test_damaged_lines_are_refused_at_lark_s_place(rule: str) -> None:
    rng = random.Random(STARTS.index(rule))
    for text in rng.choices(_lines(), k=400):
        _agree(_damaged(text, rng), rule)


def _agree(text: str, rule: str) -> None:
    source = Source("t", text)
    line = Span(source, 0, len(source.text))
    assert _read(line, rule) == _read_by_lark(line, rule), (rule, text)


def _read(line: Span, rule: str) -> Any:
    """Nodes of a line, or the diagnostic of its builder, or the place and terminals of a refusal."""
    try:
        return line_parser().parse(line, "", rule)
    except Refused as refused:
        return refused.diagnostic
    except Unexpected as refused:
        return refused.offset, refused.accepts


def _read_by_lark(line: Span, rule: str) -> Any:
    parser, builder = _lark()
    builder.source, builder.offset, builder.limit = line.source, line.start, line.end
    try:
        return parser.parse(line.text, start=rule)
    except Refused as refused:
        return refused.diagnostic
    except lark.UnexpectedInput as refused:
        token: Any = getattr(refused, "token", None)
        offset = refused.pos_in_stream if token is None else token.start_pos
        at_end = token is not None and token.type == END
        accepts = refused.interactive_parser.accepts()  # type: ignore[attr-defined]
        return len(line.text) if at_end else offset, frozenset(accepts)


@cache
def _lark() -> tuple[Any, Builder]:
    builder = Builder()
    return lark_of(builder), builder


@cache
def _lines() -> tuple[str, ...]:
    """The different lines of shipped and of wrong specs."""
    files = chain((ROOT / "algorithms").rglob("*.alg"), (ROOT / "tests" / "specs" / "bad").glob("*.alg"))
    texts = {line.strip() for file in files for line in file.read_text(encoding="utf-8").splitlines()}
    return tuple(sorted(texts - {""}))


def _damaged(text: str, rng: random.Random) -> str:
    """A line cut, or with a scrap put in, in one or two places."""
    for _ in range(rng.randint(1, 2)):
        start = rng.randint(0, len(text))
        end = min(len(text), start + rng.randint(0, 4))
        text = rng.choice(
            (text[:start], text[:start] + text[end:], f"{text[:start]} {rng.choice(SCRAPS)}{text[end:]}")
        )
    return text
