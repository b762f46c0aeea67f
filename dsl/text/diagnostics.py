"""Diagnostics: messages of the compiler to the author of a spec; the words stand below their pages, in each stage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import Enum

from .records import record
from .source import Span


class Severity(Enum):
    """The weight of a diagnostic: an error stops, a warning tells of what is legal and surely not meant."""

    ERROR = "error"
    WARNING = "warning"


@record
class Label:
    """A second place that helps to understand the first, with a short note."""

    span: Span
    note: str


@record
class Diagnostic:
    """One mistake, or what looks like one: a stable code, a sentence in the language's terms, the culprit, and the remedy.

    `lacks` is the name that would have to exist: all that lack one name are one mistake, told at the first place.
    """

    code: str
    message: str
    span: Span
    note: str = ""
    labels: tuple[Label, ...] = ()
    help: str = ""
    lacks: str = ""
    severity: Severity = Severity.ERROR


@dataclass(slots=True)
class Bag:
    """Collects diagnostics; equal ones and those that lack the same name count once, and they come out in source order."""

    _items: dict[Diagnostic, None] = field(default_factory=dict)

    def add(self, diagnostic: Diagnostic) -> None:
        """Add one, unless the same was said of the same place."""
        self._items.setdefault(diagnostic)

    def __bool__(self) -> bool:
        return bool(self._items)

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __iter__(self) -> Iterator[Diagnostic]:
        told: dict[object, Diagnostic] = {}
        for diagnostic in sorted(self._items, key=lambda d: (d.span.start, d.span.end)):
            key = (diagnostic.lacks, diagnostic.span.source) if diagnostic.lacks else diagnostic
            told[key] = _also_at(told[key], diagnostic.span) if key in told else diagnostic
        return iter(told.values())


_PLACES = 3
"""So many further places of one mistake are shown."""


def _also_at(first: Diagnostic, span: Span) -> Diagnostic:
    """A diagnostic with one more of the places that it is about."""
    further = sum(label.note == "and here" for label in first.labels)
    label = Label(span, "and here")
    return first if further >= _PLACES else replace(first, labels=(*first.labels, label))


class SpecError(Exception):
    """A text is not a program; carries every diagnostic found."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(diagnostics)  # so that another process can make it anew
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        """As the command line shows them: from Python, too, places and remedies are seen."""
        from .render import render_all

        return "\n" + render_all(self.diagnostics)


class SpecWarning(UserWarning):
    """A warning of the compiler as one of Python's own: legal in a spec and surely not meant."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic)  # so that another process can make it anew
        self.diagnostic = diagnostic

    def __str__(self) -> str:
        """As the command line shows it."""
        from .render import render

        return "\n" + render(self.diagnostic)


def as_errors(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The same, warnings taken for errors."""
    return tuple(replace(diagnostic, severity=Severity.ERROR) for diagnostic in diagnostics)


class InternalError(Exception):
    """A bug in cablese itself: an invariant of a stage does not hold."""
