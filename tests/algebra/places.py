"""The lines where two texts differ, and whether an edit script speaks of them."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher

from cablese.dsl.algebra.compare import Answer, compare
from cablese.dsl.check import program as core
from cablese.dsl.edits.script import FieldEdit, PartEdit, Script
from cablese.dsl.pipeline import compile_spec
from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.source import Source
from cablese.runtime.registry import plugins


@dataclass(frozen=True)
class Hunk:
    """A stretch of lines that differs: lines of the spec, and of the mutant, both from 1."""

    ours: range
    theirs: range


def changes(one: list[str], other: list[str]) -> list[list[Hunk]]:
    """The stretches that differ; two of them are one change where a line of one has moved to the other."""
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    found = [
        Hunk(range(a + 1, b + 1), range(c + 1, d + 1))
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
    ]
    moved = [
        [gone, come]
        for gone in found
        for come in found
        if gone is not come and {one[k - 1] for k in gone.ours} & {other[k - 1] for k in come.theirs} - {""}
    ]
    return [*moved, *([hunk] for hunk in found if not any(hunk in pair for pair in moved))]


def program(text: str) -> core.Program | None:
    """The program of a text; None of one that is no spec."""
    try:
        return compile_spec(Source("mutant.alg", text), plugins(), ())
    except SpecError:
        return None


def lines_of(edits: Script) -> tuple[set[int], set[int]]:
    """The lines that a script's changes speak of, in either spec."""
    ours, theirs = set[int](), set[int]()
    for edit in edits.changes:
        if isinstance(edit, FieldEdit):
            ours |= edit.lines
            theirs |= edit.lines_of_other
        elif isinstance(edit, PartEdit):
            ours |= edit.lines
            theirs |= edit.lines
    return ours, theirs


def says_nothing(one: core.Program, text: list[str], other: list[str], change: list[Hunk]) -> bool:
    """True where a change alone makes no other method, as algebra proves."""
    made = list(text)
    for hunk in sorted(change, key=lambda hunk: -hunk.ours.start):
        made[hunk.ours.start - 1 : hunk.ours.stop - 1] = other[hunk.theirs.start - 1 : hunk.theirs.stop - 1]
    alone = program("\n".join(made) + "\n")
    return alone is not None and compare(one, alone).answer in (Answer.SAME, Answer.ALGEBRA)


def places_named(sources: tuple[Source, Source], edits: Script) -> list[bool]:
    """For each change that means something, whether the script speaks of its lines; comments stand in neither text."""
    ours, theirs = (source.text.splitlines() for source in sources)
    one = compile_spec(sources[0], plugins(), ())
    spoken = lines_of(edits)
    return [
        any(spoken[0] & set(hunk.ours) or spoken[1] & set(hunk.theirs) for hunk in change)
        for change in changes(ours, theirs)
        if not says_nothing(one, ours, theirs, change)
    ]
