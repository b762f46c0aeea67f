"""Words that may be written at a place: names of the spec, functions, constants, compressors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import Enum

from cablese.dsl.check.contracts import Contract
from cablese.dsl.pipeline import readable_part
from cablese.dsl.syntax.words import FIRST_WORDS, ROLES
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source

from .names import places
from .words import constants, distributions, families, functions


class Sort(Enum):
    """The sort of what may be written."""

    NAME = "name"
    WORD = "word"
    FUNCTION = "function"
    CONSTANT = "constant"
    COMPRESSOR = "compressor"


@record
class Offer:
    """A word that may be written, and what it is."""

    text: str
    sort: Sort
    doc: str = ""


_CLASS = re.compile(r"\s*compressor\s+\w+\s*:\s*\w*$")
_FAMILY = re.compile(r"\s*compressor\s+\w+\s*:.*=|.*\bof\s+\w*$")
_DRAWN = re.compile(r".*~\s*\w*$")
_FIRST = re.compile(r"\s*\w*$")


def offers_at(source: Source, offset: int) -> tuple[Offer, ...]:
    """Words that may be written at an offset, as far as the line before it tells."""
    line, column = source.line_column(offset)
    before = source.line_text(line)[: column - 1]
    if "#" in before:
        return ()
    if _CLASS.match(before):
        return tuple(Offer(contract.value, Sort.WORD, "a class of compressors") for contract in Contract)
    if _FAMILY.match(before):
        return tuple(_offers(Sort.COMPRESSOR, families()))
    if _DRAWN.match(before):
        return tuple(_offers(Sort.FUNCTION, distributions()))
    names = tuple(Offer(name, Sort.NAME) for name in _own(source))
    if _FIRST.match(before):
        return (*names, *(Offer(word, Sort.WORD) for word in (*FIRST_WORDS, *ROLES)))
    return (*names, *_words())


def _own(source: Source) -> Iterator[str]:
    """The names that the spec declares or binds, in the order of the text; while a line is not finished, those of the
    others."""
    yield from dict.fromkeys(place.name for place in places(readable_part(source)))


def _words() -> Iterator[Offer]:
    yield from _offers(Sort.FUNCTION, functions())
    yield from _offers(Sort.CONSTANT, constants())


def _offers(sort: Sort, words: Iterable[tuple[str, str]]) -> Iterator[Offer]:
    return (Offer(name, sort, doc) for name, doc in words)
