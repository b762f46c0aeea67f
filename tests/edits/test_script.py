"""Edit scripts: applied to a method's system they give the other's, for shipped specs, corner cases and mutants."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

import pytest
from cablese.dsl.check import program as core
from cablese.dsl.edits.assignment import assigned
from cablese.dsl.edits.reading import system_of
from cablese.dsl.edits.roles import Role, roles_of
from cablese.dsl.edits.script import EditKind, PartEdit, Script, applied, script, script_of
from cablese.dsl.edits.sentences import sentences
from cablese.dsl.edits.system import System
from cablese.dsl.pipeline import compile_spec
from cablese.dsl.text.source import Source
from cablese.runtime.library import find_spec, shipped_specs
from cablese.runtime.registry import plugins

SPECS = sorted(spec.name for spec in shipped_specs())
CORNERS = sorted((Path(__file__).parents[1] / "reference" / "specs").glob("*.alg"))


def program(name: str) -> core.Program:
    return compile_spec(find_spec(name), plugins(), ())


@cache
def system(name: str) -> System:
    return system_of(program(name))


def gives(one: System, edits: Script) -> bool:
    return applied(one, edits).same_as(edits.other)


@pytest.mark.slow
def test_scripts_between_shipped_specs_give_the_second() -> None:
    chance = Random("pairs")
    for one in map(system, SPECS):
        for other in map(system, chance.sample(SPECS, 6)):
            edits = script_of(one, other, {})
            assert gives(one, edits), (one.name, other.name)
            assert edits.changes or one.name == other.name, (one.name, other.name)
            assert all(sentence.text for sentence in sentences(edits))


def test_scripts_between_neighbours_give_the_second() -> None:
    for one, other in zip(SPECS[::9], SPECS[1::9], strict=False):
        edits = script_of(system(one), system(other), {})
        assert gives(system(one), edits), (one, other)
        assert edits.changes
        assert not gives(
            system(one), Script(edits.one, edits.other, edits.pairs, edits.names, edits.edits[:-1])
        )


def test_a_method_has_no_edits_to_itself() -> None:
    for name in SPECS[::6]:
        found = script_of(system(name), system(name), {})
        assert found.changes == () and found.notes == (), name
        assert all(mine == theirs for theirs, mine in found.pairs.items()), name
        assert len(found.edits) == len(system(name).parts)


def test_corner_cases_of_the_language_have_scripts_and_sentences() -> None:
    chance = Random("corners")
    found = [system_of(compile_spec(Source(p.name, p.read_text()), plugins(), ())) for p in CORNERS[::16]]
    for one in found:
        other = chance.choice(found)
        edits = script_of(one, other, {})
        assert gives(one, edits), (one.name, other.name)
        assert all(sentence.text for sentence in sentences(edits))


@pytest.mark.parametrize(
    ("name", "state", "role"),
    [
        ("diana", "x", Role.MODEL),
        ("diana", "h_i", Role.MEMORY),
        ("diana", "h", Role.MEAN_MEMORY),
        ("ef21", "g_i", Role.MEMORY),
        ("ef_sgd", "e", Role.ERROR),
        ("qsparse_local_sgd", "e", Role.ERROR),
        ("dist_ef_block_sgd", "e", Role.ERROR),
        ("dist_ef_block_sgd", "m", Role.MOMENTUM),
        ("comp_ams", "m", Role.MOMENTUM),
        ("comp_ams", "v", Role.SECOND_MOMENT),
        ("comp_ams", "v_hat", Role.MAXIMUM),
        ("power_sgd", "v", Role.MOMENTUM),
        ("sign_sgd_mv", "m", Role.MOMENTUM),
        ("marina", "g", Role.ESTIMATOR),
        ("pp_marina", "g", Role.ESTIMATOR),
        ("masha1", "w", Role.REFERENCE),
        ("masha1", "Fw", Role.REFERENCE_GRADIENT),
        ("mcm", "H", Role.MODEL_MEMORY),
        ("mcm", "w_hat", Role.COPY),
        ("choco_sgd", "x_hat", Role.MODEL_MEMORY),
        ("clag", "y_i", Role.OLD_GRADIENT),
        ("scaffold_1", "c_i", Role.CONTROL),
        ("scaffold_1", "c", Role.CONTROL),
        ("fed_adam", "m", Role.MOMENTUM),
        ("l_svrg", "w", Role.REFERENCE),
    ],
)
def test_roles_of_states(name: str, state: str, role: Role) -> None:
    """As the papers call them."""
    assert roles_of(system(name))[state] is role


@pytest.mark.parametrize(
    ("one", "other", "pairs"),
    [
        ("diana", "ef21", {"h_i": "g_i", "h": "g", "x": "x", "Q": "C", "m": "m", "gamma": "gamma"}),
        ("ef_sgd", "comp_ams", {"e": "e", "x": "x", "m": "q"}),
        ("artemis", "mcm", {"h_i": "h_i", "w": "w", "v": "u", "C_dwn": "C_dwn", "alpha": "alpha_up"}),
        ("dpsgd", "choco_sgd", {"gamma": "eta", "x": "x"}),
        ("marina", "vr_marina", {"c": "c", "g": "g", "m": "m", "p": "p"}),
    ],
)
def test_parts_that_play_the_same_part(one: str, other: str, pairs: dict[str, str]) -> None:
    found = script(program(one), program(other), {}).pairs
    theirs = {a: b for b, a in found.items()}
    assert pairs.items() <= theirs.items()


def test_params_that_share_no_use_are_two() -> None:
    """EF-SGD's gamma stands inside of what is compressed, COMP-AMS' eta behind it."""
    found = script(program("ef_sgd"), program("comp_ams"), {}).pairs
    assert ("eta", "gamma") not in found.items()


def test_what_is_gained_and_lost() -> None:
    edits = script(program("artemis"), program("mcm"), {})
    gained = {e.part.name for e in edits.edits if isinstance(e, PartEdit) and e.kind is EditKind.GAINED}
    assert gained == {"alpha_dwn", "w_hat", "H"}
    assert not [e for e in edits.edits if e.kind is EditKind.LOST]
    kinds = {(e.part.name, e.field): e.kind for e in edits.changes if not isinstance(e, PartEdit)}
    assert kinds["w", "home"] is EditKind.MOVED
    assert kinds["m", "value"] is EditKind.CHANGED
    redrawn = script(program("artemis"), program("diana"), {}).changes
    assert EditKind.RECOMPRESSED in {e.kind for e in redrawn}


@pytest.mark.parametrize("seed", range(20))
def test_the_assignment_costs_least(seed: int) -> None:
    chance = Random(seed)
    rows, columns = chance.randint(1, 4), chance.randint(1, 4)
    costs = [[round(4 * chance.random(), 2) for _ in range(columns)] for _ in range(rows)]

    def total(pairs: dict[int, int]) -> float:
        alone = rows + columns - 2 * len(pairs)
        return sum(costs[i][j] for i, j in pairs.items()) + 2.0 / 2 * alone

    def all_pairs(row: int, free: frozenset[int]) -> list[dict[int, int]]:
        if row == rows:
            return [{}]
        rest = all_pairs(row + 1, free)
        return rest + [{row: j} | more for j in free for more in all_pairs(row + 1, free - {j})]

    best = min(map(total, all_pairs(0, frozenset(range(columns)))))
    assert total(assigned(costs, 2.0)) == pytest.approx(best)
