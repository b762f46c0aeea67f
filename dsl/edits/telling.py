"""An edit script as sentences ask it: the edits of some parts, in the words of both methods."""

from __future__ import annotations

from collections.abc import Sequence

from ..text.records import record
from .phrases import Words, joined
from .roles import roles_of
from .script import EditKind, FieldEdit, PartEdit, Script
from .subterms import differences
from .system import Part, PartKind
from .terms import Term, negated
from .texts import text


@record
class Sentence:
    """One sentence, and the lines of both specs that it speaks of."""

    group: str
    text: str
    lines: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())


def method_names(script: Script) -> tuple[str, str]:
    """The names of both methods, told apart."""
    one, other = script.one.name, script.other.name
    return (one, other) if one != other else (f"{one} (A)", f"{other} (B)")


class Telling:
    """A script with the names, roles and words of both methods."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.ours, self.theirs = method_names(script)
        self.roles = roles_of(script.one), roles_of(script.other)
        self.words = Words(script.one, script.other), Words(script.other, script.one)

    def edits(self, *kinds: PartKind) -> list[FieldEdit]:
        """The edits inside kept parts of some kinds."""
        return [e for e in self.script.changes if isinstance(e, FieldEdit) and e.part.kind in kinds]

    def edited(self, kind: PartKind, *fields: str) -> dict[str, list[FieldEdit]]:
        """The edits of some fields of kept parts, by part."""
        found: dict[str, list[FieldEdit]] = {}
        for edit in self.edits(kind):
            if edit.field in fields:
                found.setdefault(edit.part.name, []).append(edit)
        return found

    def both(self, name: str) -> tuple[Part, Part]:
        """A kept part in both methods."""
        return self.script.one.parts[name], self.script.other.parts[name]

    def alone(self) -> tuple[tuple[EditKind, str, str, Words], ...]:
        """The kinds of edits of parts of one method, each with that method's name, the other's, and its words."""
        return (
            (EditKind.GAINED, self.theirs, self.ours, self.words[1]),
            (EditKind.LOST, self.ours, self.theirs, self.words[0]),
        )

    def said(self, group: str, text: str, *edits: FieldEdit | PartEdit) -> Sentence:
        """A sentence about edits."""
        ours, theirs = set[int](), set[int]()
        for edit in edits:
            if isinstance(edit, FieldEdit):
                ours.add(edit.line)
                theirs.add(edit.theirs)
            else:
                (theirs if edit.kind is EditKind.GAINED else ours).update(edit.lines)
        return Sentence(group, text, (tuple(sorted(ours)), tuple(sorted(theirs))))

    def instead(self, name: str, field: str, edits: Sequence[FieldEdit]) -> str:
        """The change of a field: its subterms where they are small against it and more than a sign, else both whole."""
        one, other = (part[field] for part in self.both(name))
        size = len([*one.walk()])
        small = all(e.path and 2 * len([*e.before.walk()]) < size for e in edits)
        if len(edits) < 3 and small and not any(e.after == negated(e.before) for e in edits):
            return joined([self.pair(e.before, e.after) for e in edits])
        return self.pair(one, other)

    def pair(self, before: Term, after: Term) -> str:
        """One formula in place of another; formulas by case stand apart."""
        told = self.words[1].by_case(after), self.words[0].by_case(before)
        if told[0] == told[1]:
            return f"{told[0]} with {self.inside(before, after)}"
        if any(term.head == "where" and not term.is_leaf for term in (before, after)):
            return f"{told[0]}; in {self.ours} {told[1]}"
        return f"{told[0]} in place of {told[1]}"

    def inside(self, before: Term, after: Term) -> str:
        """The smallest subterms in which two formulas differ that are one by the names for their parts."""
        found = [pair for _, *pair in differences(before, after)]
        return joined([f"{text(new)} in place of {text(old)}" for old, new in found])
