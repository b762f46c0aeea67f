"""A name's kind, placement and messages in words of Markdown, and the meaning of a word of the language."""

from __future__ import annotations

from collections.abc import Iterator

from cablese.dsl.check import program as core
from cablese.dsl.check.phrases import a_kind, known
from cablese.dsl.check.traverse import EXPRESSIONS, STATEMENTS
from cablese.dsl.check.uses import bindings_of
from cablese.dsl.pipeline import compile_spec, read_spec
from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.source import Source, Span

from ..errors import SetupError
from ..execute.cost import Cost, cost_of
from ..execute.options import Options
from ..execute.scale import Scale
from ..registry import plugins
from .grammar_words import meaning_in_line
from .names import Place, place_at, word_at
from .words import meanings

LENGTH = 1000
"""Entries of vectors for which the bits of messages are told."""


def hover_at(source: Source, offset: int) -> str:
    """The meaning of the name or word at an offset, as Markdown; empty where nothing is known."""
    try:
        program = compile_spec(source, plugins())
        place = place_at(read_spec(source), offset)
    except SpecError:  # the text is not a spec yet
        return _word(source, offset)
    if place is None:
        return _word(source, offset)
    return "\n\n".join((f"**{place.name}**: {_told(program, place)}", *_messages(source, program, place)))


def _told(program: core.Program, place: Place) -> str:
    """The kind and the holders of the value that a place reads or binds."""
    for param in program.params:
        if param.symbol.name == place.name:
            return f"a param, `{_spaced(param.span)}`"
    for compressor in program.compressors:
        if compressor.symbol.name == place.name:
            return f"a compressor, `{_spaced(compressor.span)}`"
    found = [node for node in _valued(program) if node.symbol.name == place.name]
    here = [node for node in found if node.span == place.span] or found
    return f"{a_kind(here[0].kind)}, {known(here[0].where)}" if here else "a name of the spec"


def _spaced(line: Span) -> str:
    """A line without the blanks that align it with others."""
    return " ".join(line.text.split())


def _valued(program: core.Program) -> Iterator[core.Target | core.Read | core.Counter]:
    """Every binding and reading of a variable or counter."""
    for statement in STATEMENTS.walk(program):
        yield from (target for target, _ in bindings_of(statement))
    for of in (*STATEMENTS.walk(program), program):
        for part in EXPRESSIONS.walk(of):
            if isinstance(part, core.Read | core.Counter):
                yield part


def _messages(source: Source, program: core.Program, place: Place) -> Iterator[str]:
    """The messages that carry the name, with their bits for vectors of `LENGTH` entries and ten nodes."""
    sent = [
        item
        for statement in STATEMENTS.walk(program)
        if isinstance(statement, core.Message)
        for item in statement.items
        if item.target.symbol.name == place.name
    ]
    if not sent:
        return
    cost = _cost(source)
    for row in () if cost is None else cost.messages:
        if row.name == place.name:
            at = "init" if row.in_init else f"line {row.line}"
            bits = f"{row.bits.least:,.0f} bit" if row.bits.known else f"{row.bits.least:,.0f} bit or more"
            yield f"{at}, `{row.route.value}`: {row.codec}, {bits} a message at d = {LENGTH:,}"


def _cost(source: Source) -> Cost | None:
    try:
        return cost_of(source, Scale(Options(), LENGTH, None))
    except (SetupError, SpecError):  # it depends on a problem
        return None


def _word(source: Source, offset: int) -> str:
    """The meaning of a word that stands at an offset without being a name of the spec; none in a comment."""
    word, after = word_at(source, offset)
    line, column = source.line_column(offset)
    text = source.line_text(line)
    if not word or "#" in text[: column - 1]:
        return ""
    meaning = meaning_in_line(word, text, after.startswith("(")) or meanings().get(word, "")
    return f"**{word}**: {meaning}" if meaning else ""
