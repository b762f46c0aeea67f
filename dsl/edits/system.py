"""Systems: methods as parts with names and fields that are terms; temporaries and the order of lines are gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from enum import Enum

from ..text.records import ByIdentity, record
from .terms import Term, renamed


class PartKind(Enum):
    """The kind of a part."""

    PROBLEM = "problem"
    COMPRESSOR = "compressor"
    PARAM = "param"
    STATE = "state"
    DRAW = "draw"
    SENT = "compressed"  # a value that is compressed where it is not sent
    MESSAGE = "message"
    LOCAL = "local"  # a variable of a loop
    OUTPUT = "output"


@record
class Part:
    """A part of a method: fields by name, and the line where each stands in the spec."""

    kind: PartKind
    name: str
    fields: tuple[tuple[str, Term], ...]
    lines: tuple[tuple[str, int], ...] = ()

    def __getitem__(self, name: str) -> Term:
        """A field; KeyError for none."""
        return dict(self.fields)[name]

    def get(self, name: str) -> Term | None:
        """A field, if the part has it."""
        return dict(self.fields).get(name)

    def line(self, name: str) -> int:
        """The line of a field, or the part's first."""
        known = dict(self.lines)
        return known.get(name) or next(iter(known.values()), 0)

    def having(self, name: str, term: Term) -> Part:
        """The part with another term in a field."""
        return replace(self, fields=tuple((n, term if n == name else t) for n, t in self.fields))


@record
class System(ByIdentity):
    """A method: its parts by name, and the values that its text has names for; `same_as` compares."""

    name: str
    parts: Mapping[str, Part]
    named: Mapping[str, Term] = field(default_factory=dict)

    def of(self, *kinds: PartKind) -> list[Part]:
        """The parts of some kinds."""
        return [part for part in self.parts.values() if part.kind in kinds]

    def renamed(self, names: Mapping[str, str]) -> System:
        """The system with other names for its parts."""
        changed = (
            replace(
                part,
                name=names.get(part.name, part.name),
                fields=tuple((n, renamed(term, names)) for n, term in part.fields),
            )
            for part in self.parts.values()
        )
        named = {name: renamed(term, names) for name, term in self.named.items()}
        return System(self.name, {part.name: part for part in changed}, named)

    def same_as(self, other: System) -> bool:
        """True where both have the same parts under the same names."""
        return {n: dict(p.fields) for n, p in self.parts.items()} == {
            n: dict(p.fields) for n, p in other.parts.items()
        }
