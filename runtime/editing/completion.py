"""Words that may be written at a place: names of the spec, functions, constants, compressors."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from enum import Enum

from cablese.dsl.pipeline import readable_part
from cablese.dsl.syntax.words import HEADERS
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source

from ..library import Shipped, shipped_specs
from ..registry import plugins
from .grammar_words import CONTRACTS, LINES, OUTPUTS, PROBLEM_CLASSES, PROBLEMS, ROLES, WITHIN
from .names import places
from .words import constants, distributions, families, functions


class Sort(Enum):
    """The sort of what may be written."""

    NAME = "name"
    WORD = "word"
    FUNCTION = "function"
    CONSTANT = "constant"
    COMPRESSOR = "compressor"
    ARGUMENT = "argument"
    METHOD = "method"


@record
class Offer:
    """A word that may be written, and what it is."""

    text: str
    sort: Sort
    doc: str = ""


def offers_at(source: Source, offset: int) -> tuple[Offer, ...]:
    """Words that may be written at an offset, as far as the line before it tells."""
    line, column = source.line_column(offset)
    before = source.line_text(line)[: column - 1]
    if "#" in before or before.count('"') % 2:
        return ()
    for form, offers in _PLACES:
        if found := form.match(before):
            return tuple(offers(source, found))
    return (*_names(source), *_words())


def _classes(source: Source, found: re.Match[str]) -> Iterable[Offer]:
    return _offers(Sort.WORD, CONTRACTS.items())


def _families(source: Source, found: re.Match[str]) -> Iterable[Offer]:
    return _offers(Sort.COMPRESSOR, families())


def _arguments(source: Source, found: re.Match[str]) -> Iterable[Offer]:
    """The arguments of the compressor that is called, but those that are given."""
    family = plugins().compressors.get(found["family"])
    given = set(re.findall(r"(\w+)\s*=", found["given"]))
    for argument in family.arguments if family is not None else ():
        if argument.name not in given:
            yield Offer(argument.name, Sort.ARGUMENT, argument.meaning)


def _drawn(source: Source, found: re.Match[str]) -> Iterable[Offer]:
    return _offers(Sort.FUNCTION, distributions())


def _problems(source: Source, found: re.Match[str]) -> Iterable[Offer]:
    return _offers(Sort.WORD, PROBLEMS.items())


def _graphs(source: Source, found: re.Match[str]) -> Iterable[Offer]:
    return (Offer(word, Sort.WORD, WITHIN["on"]) for word in ("graph", "directed graph"))


def _problem_classes(source: Source, found: re.Match[str]) -> Iterable[Offer]:
    return _offers(Sort.WORD, PROBLEM_CLASSES.items())


def _methods(source: Source, found: re.Match[str]) -> Iterable[Offer]:
    return (Offer(spec.name.upper(), Sort.METHOD, spec.title) for spec in sorted(shipped_specs(), key=_name))


def _name(spec: Shipped) -> str:
    return spec.name


def _outputs(source: Source, found: re.Match[str]) -> Iterable[Offer]:
    return (*_names(source), *_offers(Sort.FUNCTION, OUTPUTS.items()))


def _receivers(source: Source, found: re.Match[str]) -> Iterable[Offer]:
    return _offers(Sort.WORD, ROLES.items())


def _first_word(source: Source, found: re.Match[str]) -> Iterable[Offer]:
    """At the left margin what declares and describes; deeper the roles, statements and names."""
    if not found["margin"]:
        return _offers(Sort.WORD, ((word, LINES[word]) for word in (*HEADERS, "init", "round")))
    statements = ((word, LINES[word]) for word in ("event", "if", "else", "repeat"))
    return (*_offers(Sort.WORD, ROLES.items()), *_offers(Sort.WORD, statements), *_names(source))


_PLACES: tuple[tuple[re.Pattern[str], Callable[[Source, re.Match[str]], Iterable[Offer]]], ...] = (
    (re.compile(r"\s*compressor\s+\w+\s*:\s*\w*$"), _classes),
    (re.compile(r"\s*compressor\b.*\b(?P<family>\w+)\((?P<given>(?:[^()]*,)?)\s*\w*$"), _arguments),
    (re.compile(r"\s*compressor\s+\w+\s*:[^=]*=\s*\w*$|.*\bof\s+\w*$"), _families),
    (re.compile(r".*~\s*\w*$"), _drawn),
    (re.compile(r"problem\s+\w*$"), _problems),
    (re.compile(r"problem\s+\w+\s+on\s+\w*$"), _graphs),
    (re.compile(r'guarantee\s+"[^"]*"\s+for\s+(?:\w+\s*,\s*)*\w*$'), _problem_classes),
    (re.compile(r"equals\s+\w*$"), _methods),
    (re.compile(r"output\s+\w*$"), _outputs),
    (re.compile(r".*->\s*\w*$"), _receivers),
    (re.compile(r"(?P<margin>\s*)\w*$"), _first_word),
)
"""The beginnings of a line and what may follow; the first that fits."""


def _names(source: Source) -> Iterator[Offer]:
    return (Offer(name, Sort.NAME) for name in _own(source))


def _own(source: Source) -> Iterator[str]:
    """The names that the spec declares or binds, in the order of the text; while a line is not finished, those of the
    others."""
    yield from dict.fromkeys(place.name for place in places(readable_part(source)))


def _words() -> Iterator[Offer]:
    yield from _offers(Sort.FUNCTION, functions())
    yield from _offers(Sort.CONSTANT, constants())


def _offers(sort: Sort, words: Iterable[tuple[str, str]]) -> Iterator[Offer]:
    return (Offer(name, sort, doc) for name, doc in words)
