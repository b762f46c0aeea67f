"""The edit script from one method to another: what is kept, gained and lost, and what is changed in what is kept.

Applied to the first method's system it gives the second's, in the first one's names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache
from typing import TypeAlias

from ..algebra.pairing import Fixed
from ..check import program as core
from ..text.records import record
from ..text.source import Source
from .formulas import NOTHING_FIXED
from .matching import matched
from .reading import system_of
from .subterms import differences
from .system import Part, PartKind, System
from .terms import Path, Term, put_at
from .texts import OTHERS
from .values import are_equal


class EditKind(Enum):
    """The kind of an edit."""

    KEPT = "kept"
    GAINED = "gained"
    LOST = "lost"
    MOVED = "moved"  # to another placement or route
    CHANGED = "changed"
    RECOMPRESSED = "recompressed"
    REGATED = "re-gated"  # under another condition, or by others
    REDRAWN = "re-drawn"  # with another probability or distribution
    RESTARTED = "re-started"
    REWRITTEN = "rewritten"  # to a formula of equal value: no change


@record
class PartEdit:
    """A part that is kept under its name, gained or lost."""

    kind: EditKind
    part: Part  # of the second method where it is gained, else of the first

    @property
    def lines(self) -> frozenset[int]:
        """Lines where the part stands, in the method that has it."""
        return frozenset(line for _, line in self.part.lines)


@record
class FieldEdit:
    """A subterm of a field of a kept part that another replaces."""

    kind: EditKind
    part: Part
    field: str
    path: Path
    before: Term
    after: Term
    line: int  # of the field in the first method
    theirs: int  # and in the second

    @property
    def lines(self) -> frozenset[int]:
        """Lines of the first method where the old subterm, or the field, stands."""
        return frozenset({self.line, *_lines(self.before)})

    @property
    def lines_of_other(self) -> frozenset[int]:
        """Lines of the second method where the new subterm, or the field, stands."""
        return frozenset({self.theirs, *_lines(self.after)})


def _lines(term: Term) -> Iterator[int]:
    return (part.span.line for part in term.walk() if part.span.source.text)


Edit: TypeAlias = PartEdit | FieldEdit

_OF_FIELDS: Mapping[tuple[PartKind, str], EditKind] = {
    (PartKind.STATE, "kind"): EditKind.MOVED,
    (PartKind.STATE, "home"): EditKind.MOVED,
    (PartKind.STATE, "init"): EditKind.RESTARTED,
    (PartKind.LOCAL, "init"): EditKind.RESTARTED,
    (PartKind.MESSAGE, "route"): EditKind.MOVED,
    (PartKind.MESSAGE, "members"): EditKind.REGATED,
    (PartKind.MESSAGE, "gate"): EditKind.REGATED,
    (PartKind.DRAW, "place"): EditKind.MOVED,
    (PartKind.DRAW, "members"): EditKind.REGATED,
    (PartKind.DRAW, "gate"): EditKind.REGATED,
    (PartKind.DRAW, "value"): EditKind.REDRAWN,
    (PartKind.SENT, "place"): EditKind.MOVED,
    (PartKind.SENT, "members"): EditKind.REGATED,
    (PartKind.SENT, "gate"): EditKind.REGATED,
    (PartKind.COMPRESSOR, "contract"): EditKind.RECOMPRESSED,
    (PartKind.COMPRESSOR, "shared"): EditKind.RECOMPRESSED,
    (PartKind.COMPRESSOR, "default"): EditKind.RECOMPRESSED,
}

_NO_CHANGE = frozenset({EditKind.KEPT, EditKind.REWRITTEN})

NOTES = frozenset({(PartKind.COMPRESSOR, "default"), (PartKind.PARAM, "value"), (PartKind.PARAM, "where")})
"""Fields of what is no part of a method: defaults, and conditions of params."""


@dataclass(frozen=True)
class Script:
    """The edits from one system to another; `pairs` are names of parts of the first by names of the second."""

    one: System
    other: System  # in common names
    pairs: Mapping[str, str]
    names: tuple[Mapping[str, str], Mapping[str, str]]  # common names of the parts of either
    edits: tuple[Edit, ...]

    @cached_property
    def changes(self) -> tuple[Edit, ...]:
        """The edits that change something, notes aside."""
        return tuple(e for e in self.edits if e.kind not in _NO_CHANGE and not is_note(e))

    @cached_property
    def notes(self) -> tuple[Edit, ...]:
        """The edits of defaults and of conditions of params."""
        return tuple(e for e in self.edits if is_note(e) and e.kind not in _NO_CHANGE)

    @cached_property
    def spec_names(self) -> dict[str, str]:
        """Names in the second spec -> names in the first: of the same part, of temporaries of equal value, or equal ones."""
        one, other = self.one.named, self.other.named
        likely = [(theirs.partition("#")[0], ours.partition("#")[0]) for theirs, ours in self.pairs.items()]
        likely += [(b, a) for b, value in other.items() for a, mine in one.items() if value == mine]
        likely += [(name, name) for name in other if name in one]
        found: dict[str, str] = {}
        for name, mine in likely:
            if name not in found and mine not in found.values():
                found[name] = mine
        return {name: mine for name, mine in found.items() if name not in ("problem", "output")}

    def alone(self, kind: EditKind, *kinds: PartKind) -> list[Part]:
        """The parts of some kinds that are gained, or lost."""
        found = (e.part for e in self.edits if isinstance(e, PartEdit) and e.kind is kind)
        return [part for part in found if part.kind in kinds]

    def of_part(self, name: str) -> list[FieldEdit]:
        """The edits inside a kept part."""
        return [e for e in self.changes if isinstance(e, FieldEdit) and e.part.name == name]


def is_note(edit: Edit) -> bool:
    """True for a default that is another, or a param's condition."""
    return isinstance(edit, FieldEdit) and (edit.part.kind, edit.field) in NOTES


def script(
    one: core.Program,
    other: core.Program,
    likely: Mapping[str, str],
    fixed: tuple[Fixed, Fixed] = (NOTHING_FIXED, NOTHING_FIXED),
) -> Script:
    """The script from one method to another, both under what is fixed; `likely` are the first's names of the second's."""
    ours, theirs = (
        _system(program, program.span.source, own) for program, own in zip((one, other), fixed, strict=True)
    )
    return script_of(ours, theirs, likely)


def system_of_method(program: core.Program) -> System:
    """The system of a method under nothing fixed, as scripts read it."""
    return _system(program, program.span.source, NOTHING_FIXED)


@lru_cache(maxsize=512)
def _system(program: core.Program, source: Source, fixed: Fixed) -> System:
    """The system of a method, which is compared with many; it has lines of the text, which equal programs may lack."""
    return system_of(program, fixed)


def literal_script(one: core.Program, other: core.Program) -> Script:
    """The script in which parts of one kind are the same where their names are."""
    ours, theirs = system_of(one), system_of(other)
    kept = {n: n for n, p in ours.parts.items() if n in theirs.parts and theirs.parts[n].kind is p.kind}
    return _between(ours, theirs, kept)


def script_of(ours: System, theirs: System, likely: Mapping[str, str]) -> Script:
    """The script from one system to another."""
    return _between(ours, theirs, matched(ours, theirs, likely))


def _between(ours: System, theirs: System, pairs: Mapping[str, str]) -> Script:
    first, second = _common(ours, theirs, pairs)
    one, other = ours.renamed(first), theirs.renamed(second)
    return Script(one, other, pairs, (first, second), tuple(_edits(one, other, {second[b] for b in pairs})))


def _common(ours: System, theirs: System, pairs: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Common names: the first method's, but of what the second alone compresses; there formulas hold its name."""
    first = {}
    for b, a in pairs.items():
        compressed = [part.get("value") for part in (ours.parts[a], theirs.parts[b])]
        if b not in ours.parts and [c is not None and c.head == "compress" for c in compressed] == [
            False,
            True,
        ]:
            first[a] = b
    taken = set(ours.parts) - first.keys() | set(first.values())
    second = {b: first.get(a, a) for b, a in pairs.items()}
    second |= {
        name: f"{name}#{OTHERS}" if name in taken else name for name in theirs.parts if name not in pairs
    }
    return first, second


def applied(system: System, script: Script) -> System:
    """The first method's system with the edits made: the second's in common names."""
    system = system.renamed(script.names[0])
    found: dict[str, Part] = {}
    for edit in script.edits:
        match edit:
            case PartEdit(EditKind.KEPT, part):
                found[part.name] = system.parts[part.name]
            case PartEdit(EditKind.GAINED, part):
                found[part.name] = part
            case PartEdit():
                continue
            case FieldEdit(part=part, field=field):
                kept = found[part.name]
                found[part.name] = kept.having(field, put_at(kept[field], edit.path, edit.after))
    return System(script.other.name, found)


def _edits(one: System, other: System, kept: Set[str]) -> Iterator[Edit]:
    for part in one.parts.values():
        if part.name not in kept:
            yield PartEdit(EditKind.LOST, part)
            continue
        yield PartEdit(EditKind.KEPT, part)
        yield from _inside(part, other.parts[part.name])
    for part in other.parts.values():
        if part.name not in kept:
            yield PartEdit(EditKind.GAINED, part)


def _inside(one: Part, other: Part) -> Iterator[Edit]:
    """The edits of a kept part; both have the same fields."""
    for field, term in one.fields:
        whole = are_equal(term, other[field])
        for path, before, after in differences(term, other[field]):
            kind = _kind_of_change(one.kind, field, term, path, after)
            if whole or are_equal(before, after):
                kind = EditKind.REWRITTEN
            yield FieldEdit(kind, one, field, path, before, after, one.line(field), other.line(field))


def _kind_of_change(part: PartKind, field: str, value: Term, path: Path, after: Term) -> EditKind:
    """The kind of an edit that changes a subterm of a field's value."""
    sends = field == "value" and part in (PartKind.MESSAGE, PartKind.SENT)
    if sends and _recompresses(value, path, after):
        return EditKind.RECOMPRESSED
    return _OF_FIELDS.get((part, field), EditKind.CHANGED)


def _recompresses(value: Term, path: Path, after: Term) -> bool:
    """True where the compressor itself is another, or one of both sends uncompressed."""
    whole = not path and (value.head == "compress" or after.head == "compress")
    return whole or (path == (0,) and value.head == "compress")
