"""Specs that were damaged at random: every stage answers with diagnostics that point into the text, and soon."""

from __future__ import annotations

import re
import time

from cablese.dsl.text.render import render_all
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spec_tools import BAD, SHIPPED, diagnose

_TEXTS = [path.read_text(encoding="utf-8") for path in SHIPPED]
_WRONG = [path.read_bytes().decode("utf-8", "replace") for path in BAD]
_TOKEN = re.compile(r"[A-Za-z_]\w*|\d+|->|==|<=|>=|[^\s\w]")
_WORDS = """
x g m q S c h_i x_old gamma zeros x0 n L k t Q C grad F loss mean sum who prox norm support mix prev omega bernoulli subset
all server node link group neighbors init round if else repeat event output param compressor invariant equals in when of
and not 0 1 2.5 -> : = == ( ) , + - * / ^ ~
"""
_SOON = 2.0
"""Seconds of computing; a spec of this size takes some milliseconds."""


def _drop(lines: list[str], i: int, j: int, word: str) -> None:
    del lines[i]


def _double(lines: list[str], i: int, j: int, word: str) -> None:
    lines.insert(j, lines[i])


def _swap(lines: list[str], i: int, j: int, word: str) -> None:
    lines[i], lines[j] = lines[j], lines[i]


def _indent(lines: list[str], i: int, j: int, word: str) -> None:
    lines[i] = " " * (j % 13) + lines[i].lstrip()


def _cut(lines: list[str], i: int, j: int, word: str) -> None:
    lines[i] = lines[i][: j % (len(lines[i]) + 1)]


def _token(lines: list[str], i: int, j: int, word: str) -> None:
    found = list(_TOKEN.finditer(lines[i]))
    if found:
        start, end = found[j % len(found)].span()
        lines[i] = lines[i][:start] + word + lines[i][end:]


def _rename(lines: list[str], i: int, j: int, word: str) -> None:
    names = re.findall(r"[A-Za-z_]\w*", lines[i])
    if names:
        name = names[j % len(names)]
        lines[:] = [re.sub(rf"\b{name}\b", word, line) for line in lines]


def _truncate(lines: list[str], i: int, j: int, word: str) -> None:
    del lines[i + 1 :]
    _cut(lines, i, j, word)


_DAMAGES = (_drop, _double, _swap, _indent, _cut, _token, _rename, _truncate)


@st.composite
def _damaged(draw: st.DrawFn, texts: list[str]) -> str:
    lines = draw(st.sampled_from(texts)).split("\n")
    for damage in draw(st.lists(st.sampled_from(_DAMAGES), min_size=1, max_size=5)):
        i, j = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, 10**4))
        damage(
            lines,
            i,
            j if damage not in (_double, _swap) else j % len(lines),
            draw(st.sampled_from(_WORDS.split())),
        )
        lines = lines or [""]
    return "\n".join(lines)


def _answers(text: str) -> None:
    start = time.process_time()
    said = diagnose("damaged.alg", text.encode("utf-8", "surrogatepass"))
    assert time.process_time() - start < _SOON
    for diagnostic in said:
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
        assert diagnostic.span.source.text == text
    assert len(said) == len(re.findall(r"(?:error|warning)\[", render_all(said)))


@given(_damaged(_TEXTS))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_shipped_spec_gets_an_answer(text: str) -> None:
    _answers(text)


@given(_damaged(_WRONG))
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_wrong_spec_gets_an_answer(text: str) -> None:
    _answers(text)


@given(st.sampled_from(_TEXTS), st.integers(0, 3000))
def test_a_spec_that_ends_anywhere_gets_an_answer(text: str, end: int) -> None:
    _answers(text[:end])


@given(st.sampled_from(_TEXTS), st.integers(0, 10**4), st.sampled_from(("= ", ")", "$", "/ /")))
def test_a_sign_too_many_is_told_at_its_line_alone(text: str, at: int, sign: str) -> None:
    ends = [match.end() for match in re.finditer(r"^[^#\n]* = ", text, re.MULTILINE)]
    end = ends[at % len(ends)]
    said = diagnose("sign.alg", (text[:end] + sign + text[end:]).encode())
    assert {diagnostic.span.line for diagnostic in said} == {text.count("\n", 0, end) + 1}
