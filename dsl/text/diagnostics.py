"""Diagnostics: messages of the compiler to the author of a spec; the words stand below their pages, in each stage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from enum import Enum
from typing import TypeAlias

from .records import record, structure
from .source import Span


class Severity(Enum):
    """The weight of a diagnostic: an error stops, a warning concerns a text that is legal and surely not meant."""

    ERROR = "error"
    WARNING = "warning"


@record
class Label:
    """A second place that helps to understand the first, with a short note."""

    span: Span
    note: str


@record
class Edit:
    """A change of a text: what to write in the place of a span; nothing removes it, an empty span is added to."""

    span: Span
    text: str


@record
class Remedy:
    """A help line that names what to write in the place of the culprit."""

    words: str
    instead: str


def meant_was(word: str) -> Remedy:
    """The remedy of a misspelt word."""
    return Remedy(f"did you mean `{word}`?", word)


def write(text: str) -> Remedy:
    """The remedy that is a text and needs no further word."""
    return Remedy(f"write `{text}`", text)


Help: TypeAlias = str | Remedy
"""The remedy of a diagnostic: in words alone where no text can be named, or more than one would do."""


@record
class Diagnostic:
    """One mistake, or an apparent one: a stable code, a sentence in the language's terms, the culprit, and the remedy.

    `lacks` is the name that would have to exist: all that lack one name are one mistake, shown at the first place.
    `fix` are the edits that do what the help says, all of them together; none where that takes the author's mind.
    """

    code: str
    message: str
    span: Span
    note: str = ""
    labels: tuple[Label, ...] = ()
    help: str = ""
    lacks: str = ""
    severity: Severity = Severity.ERROR
    fix: tuple[Edit, ...] = ()


@structure
class Bag:
    """Collects diagnostics; equal ones and those that lack the same name count once, and they come out in source order."""

    _items: dict[Diagnostic, None] = field(default_factory=dict)

    def add(self, diagnostic: Diagnostic) -> None:
        """Add a diagnostic, unless the bag holds an equal one."""
        self._items.setdefault(diagnostic)

    def add_all(self, other: Bag) -> None:
        """Add the diagnostics of another bag."""
        self._items |= other._items

    def __bool__(self) -> bool:
        return bool(self._items)

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __iter__(self) -> Iterator[Diagnostic]:
        shown: dict[object, Diagnostic] = {}
        for diagnostic in sorted(self._items, key=lambda d: (d.span.start, d.span.end)):
            key = (diagnostic.lacks, diagnostic.span.source) if diagnostic.lacks else diagnostic
            shown[key] = _also_at(shown[key], diagnostic) if key in shown else diagnostic
        return iter(shown.values())


_PLACES = 3
"""The number of further places of one mistake that are shown."""


def _also_at(first: Diagnostic, again: Diagnostic) -> Diagnostic:
    """A diagnostic with one more of its places: shown as far as there is room, mended with the others."""
    further = sum(label.note == "and here" for label in first.labels)
    label = (Label(again.span, "and here"),) if further < _PLACES else ()
    return replace(first, labels=(*first.labels, *label), fix=(*first.fix, *again.fix))


class SpecError(Exception):
    """A text is not a program; carries every diagnostic found."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(diagnostics)  # so that another process can make it anew
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        """The diagnostics as the command line shows them, with places and remedies."""
        from .render import render_all

        return "\n" + render_all(self.diagnostics)


class SpecWarning(UserWarning):
    """A warning of the compiler as one of Python's own: legal in a spec and surely not meant."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic)  # so that another process can make it anew
        self.diagnostic = diagnostic

    def __str__(self) -> str:
        """The diagnostic as the command line shows it."""
        from .render import render

        return "\n" + render(self.diagnostic)


def as_errors(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The diagnostics, warnings taken for errors."""
    return tuple(replace(diagnostic, severity=Severity.ERROR) for diagnostic in diagnostics)


class InternalError(Exception):
    """A bug in cablese itself: an invariant of a stage does not hold."""
