"""Edits of mutants are named at their place: each of two random changes of a spec is a line that the script speaks of."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path
from random import Random

import pytest
from cablese.dsl.algebra.compare import Answer, compare
from cablese.dsl.check import program as core
from cablese.dsl.edits.reading import system_of
from cablese.dsl.edits.script import FieldEdit, PartEdit, Script, applied, script
from cablese.dsl.pipeline import compile_spec, read_spec
from cablese.dsl.syntax import nodes
from cablese.dsl.syntax.printer import print_spec
from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.source import Source
from cablese.runtime.library import find_spec, shipped_specs
from cablese.runtime.registry import plugins

sys.path.append(str(Path(__file__).parents[1] / "algebra"))

from mutants import mutant

SPECS = sorted(spec.name for spec in shipped_specs())
SHARE = 0.95


@dataclass(frozen=True)
class Hunk:
    """A stretch of lines that differs: lines of the spec, and of the mutant, both from 1."""

    ours: range
    theirs: range


def changes(one: list[str], other: list[str]) -> list[list[Hunk]]:
    """The stretches that differ; two of them are one change where lines have moved."""
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
        if gone is not come and [one[k - 1] for k in gone.ours] == [other[k - 1] for k in come.theirs] != []
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


def without_comments(name: str) -> nodes.Spec:
    """A shipped spec; comments that stand with a line that moves are no change."""
    return replace(read_spec(find_spec(name)), comments=())


def mutants(count: int, seed: str) -> Iterator[tuple[str, str]]:
    """Names of specs, and texts of mutants with two changes."""
    chance = Random(seed)
    found = 0
    while found < count:
        name = chance.choice(SPECS)
        spec = without_comments(name)
        text = print_spec(mutant(mutant(spec, chance), chance))
        if text != print_spec(spec) and program(text) is not None:
            found += 1
            yield name, text


def placed(name: str, text: str) -> list[bool]:
    """For each change that means something, whether the script speaks of its lines."""
    source = Source(f"{name}.alg", print_spec(without_comments(name)))
    one, other = compile_spec(source, plugins(), ()), program(text)
    assert other is not None
    edits = script(one, other, {})
    assert applied(system_of(one), edits).same_as(edits.other), (name, text)
    ours, theirs = source.text.splitlines(), text.splitlines()
    spoken = lines_of(edits)
    return [
        any(spoken[0] & set(hunk.ours) or spoken[1] & set(hunk.theirs) for hunk in change)
        for change in changes(ours, theirs)
        if not says_nothing(one, ours, theirs, change)
    ]


def share(count: int, seed: str) -> float:
    found = [ok for name, text in mutants(count, seed) for ok in placed(name, text)]
    assert len(found) > 0.8 * count
    return sum(found) / len(found)


def test_changes_of_a_few_mutants_are_named_at_their_place() -> None:
    assert share(12, "a few") >= SHARE


@pytest.mark.slow
def test_changes_of_many_mutants_are_named_at_their_place() -> None:
    assert share(60, "many") >= SHARE
