"""Edits of mutants are named at their place: each of two random changes of a spec is a line that the script speaks of."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from cablese.dsl.edits.reading import system_of
from cablese.dsl.edits.script import applied, script
from cablese.dsl.pipeline import compile_spec, read_spec
from cablese.dsl.syntax import nodes
from cablese.dsl.syntax.printer import print_spec
from cablese.dsl.text.source import Source
from cablese.runtime.library import find_spec, shipped_specs
from cablese.runtime.registry import plugins

sys.path.append(str(Path(__file__).parents[1] / "algebra"))

from mutants import mutant
from places import places_named, program

SPECS = sorted(spec.name for spec in shipped_specs())
SHARE = 0.95


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
    sources = Source(f"{name}.alg", print_spec(without_comments(name))), Source("mutant.alg", text)
    one, other = (compile_spec(source, plugins(), ()) for source in sources)
    edits = script(one, other, {})
    assert applied(system_of(one), edits).same_as(edits.other), (name, text)
    return places_named(sources, edits)


def share(count: int, seed: str) -> float:
    found = [ok for name, text in mutants(count, seed) for ok in placed(name, text)]
    assert len(found) > 0.8 * count
    return sum(found) / len(found)


def test_changes_of_a_few_mutants_are_named_at_their_place() -> None:
    assert share(12, "a few") >= SHARE


@pytest.mark.slow
def test_changes_of_many_mutants_are_named_at_their_place() -> None:
    assert share(60, "many") >= SHARE
