"""Fused rounds on ranks: the points, counts, outputs and failures of one process, whose program ran round by round."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fused_found import FOUND, found_spec
from fused_specs import random_fused_spec
from launching import mpirun
from shipped_runs import options_of
from sparse_samples import write_samples

pytest.importorskip("numba")
pytestmark = pytest.mark.mpi

SMALL = "quadratic(d = 12, mu = 0.1, L = 1, spread = 0.3, seed = 0)"
WIDE = "quadratic(d = 200, mu = 0.1, L = 1, spread = 0.3, seed = 0)"
LIBRARY = Path(__file__).parents[2] / "algorithms"
SCRIPT = Path(__file__).with_name("fused_runs.py")
RUNS = [  # compiled, which takes seconds each
    ("diana", SMALL, {"settings": ["Q=rand_k(k = 3)"]}),
    ("diana", SMALL, {"settings": ["Q=rand_k(k = 3)"], "wire": "float64"}),
    ("diana", WIDE, {"settings": ["Q=rand_k(k = 5)"]}),  # sets in gaps
    ("diana", SMALL, {"settings": ["Q=rand_k(k = 3)"], "nodes": 2}),  # a rank without nodes, of three
    ("mcm", SMALL, {"settings": ["C_up=rand_k(k = 3)", "C_dwn=rand_k(k = 2)"]}),
    ("ef21", SMALL, {"settings": ["C=top_k(k = 3)"]}),
    ("scaffnew", SMALL, {}),
    ("marina", SMALL, {"settings": ["Q=rand_k(k = 3)", "p=0.3"]}),  # two items, remembered gradients
    ("gd", SMALL, {}),
    ("fed_avg", SMALL, {"settings": ["r=2"]}),  # a set that the server tells
    ("clag", SMALL, {"settings": ["C=top_k(k = 3)"]}),  # one that the nodes choose
    ("marina_p", SMALL, {"settings": ["Q=rand_k(k = 3)", "p=0.4"]}),  # to each node its own message
]
MORE = [
    ("diana", SMALL, {"settings": ["Q=quantize(s = 1)"]}),
    ("dore", SMALL, {"settings": ["C_up=quantize(s = 4, norm = inf)", "C_dwn=natural()"]}),
    ("mcm", SMALL, {"settings": ["C_up=natural()", "C_dwn=quantize(s = 1)"], "wire": "float64"}),
    ("ef21", SMALL, {"settings": ["C=block_sign(size = 5)"]}),
    ("sign_sgd", SMALL, {"settings": ["S=sign()"], "nodes": 2}),
    ("local_sgd", SMALL, {"settings": ["H=3"]}),
    ("canita", SMALL, {"settings": ["Q=quantize(s = 1)"]}),
    ("terngrad", SMALL, {}),
    ("fed_com", SMALL, {}),
    ("one_bit_adam", SMALL, {"settings": ["T=9"]}),
    ("fed_avg", SMALL, {"settings": ["r=1"], "nodes": 2}),  # a rank without nodes, and one without members
    ("fed_adam", SMALL, {"settings": ["r=4"]}),
    ("artemis_pp1", SMALL, {"settings": ["C_up=quantize(s = 1)", "q=0.4"]}),
    ("artemis_pp2", SMALL, {"settings": ["C_up=rand_k(k = 3)", "q=0.4"]}),
    ("ef21_pp", SMALL, {"settings": ["C=top_k(k = 3)", "q=0.5"]}),
    ("mifa", SMALL, {"settings": ["q=0.5"], "wire": "float64"}),
    ("scaffold_2", SMALL, {"settings": ["r=3"]}),
    ("lag", SMALL, {}),
    ("clag", SMALL, {"settings": ["C=block_sign(size = 5)"]}),
    ("marina_p", SMALL, {"settings": ["Q=quantize(s = 3)", "p=0.4"], "nodes": 2}),
    ("rand_mcm", SMALL, {"settings": ["C_dwn=rand_k(k = 3)"]}),
    ("rand_mcm_1mem", SMALL, {"settings": ["C_dwn=natural()", "T=3"]}),
    ("q_adam", SMALL, {}),
    ("diloco", SMALL, {"settings": ["C=linear8(block = 5)", "H=3"]}),
    ("dgc", SMALL, {"settings": ["C=top_k(k = 3)"]}),
    ("fed_nova", SMALL, {}),  # numbers of nodes
    ("ec_lsvrg_diana", SMALL, {"settings": ["p=0.4"]}),  # a set that each rank knows of its own nodes
    ("dasha_pp", SMALL, {"settings": ["Q=rand_k(k = 3)", "q=0.5"]}),
    ("scaffold_1", SMALL, {"settings": ["r=1"], "nodes": 2}),
    ("qsparse_async", SMALL, {"settings": ["C=top_k(k = 3)", "H=3"]}),
    ("ef21_plus", SMALL, {"settings": ["C=top_k(k = 3)"]}),
    ("lag_wk", SMALL, {"settings": ["D=4"]}),  # histories
    ("marina_perm_k", SMALL, {"settings": ["p=0.3"]}),  # one draw for all nodes
    ("compressed_scaffnew", SMALL, {"settings": ["p=0.4", "s=2"], "wire": "float64"}),
]
ON_DATA = [
    ("gd", "sigmoid_classification(data = {reals}, l2 = 1e-3)", {}),
    ("diana", "logreg(data = {ones}, l2 = 1e-2)", {"settings": ["Q=rand_k(k = 3)"]}),
    ("diana", "logreg(data = {ones}, l2 = 1e-2)", {"settings": ["Q=rand_k(k = 3)"], "nodes": 2}),
    ("ef21", "least_squares(data = {reals}, l2 = 1e-2)", {"settings": ["C=top_k(k = 3)"]}),
    ("marina", 'logreg(data = "breast_cancer", l2 = 1e-2)', {"settings": ["Q=rand_k(k = 3)"]}),
    ("marina", "nonconvex_logreg(data = {ones}, reg = 0.1)", {"settings": ["Q=rand_k(k = 3)", "p=0.3"]}),
    ("local_sgd", "logreg(data = {reals}, l2 = 1e-2)", {"settings": ["H=2", "b=9999"]}),
    ("fed_avg", "logreg(data = {ones}, l2 = 1e-2)", {"settings": ["r=2", "b=9999"]}),
    ("fed_avg", "logreg(data = {ones}, l2 = 1e-2)", {"settings": ["r=2", "b=9"]}),
    ("sgd", 'logreg(data = "breast_cancer", l2 = 1e-2)', {"settings": ["b=40"]}),
]
FAILING = ("diana", SMALL, {"settings": ["Q=rand_k(k = 3)", "gamma=60"], "rounds": 60})
OTHERS = [
    ("gd", SMALL, {"reduce": "tree"}),
    ("diana", SMALL, {"settings": ["Q=rand_k(k = 3)"], "server_rank": "dedicated"}),
    ("mvss_sgd", SMALL, {}),  # a compressor without a form
    ("diana", SMALL, {"settings": ["Q=rand_k(k = 9)"]}),  # sets of absent coordinates
]


def outcomes(ranks: int, runs: object, way: str, code: int = 0) -> list[list[object]]:
    ended = mpirun(ranks, SCRIPT, way, json.dumps(runs), limit=150)
    assert ended.returncode == code, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("[")]


@pytest.mark.parametrize("ranks", [2, 3])
def test_fused_rounds_have_the_bits_of_one_process(ranks: int) -> None:
    wanted, found = outcomes(1, RUNS, "program"), outcomes(ranks, RUNS, "fused")
    assert [told for told, _ in found] == [told for told, _ in wanted]
    assert all(rounds > 5 for _, rounds in found)


@pytest.mark.parametrize("ranks", [2, 3])
def test_the_text_of_fused_rounds_has_the_bits_of_one_process(ranks: int) -> None:
    wanted, found = outcomes(1, MORE, "program"), outcomes(ranks, MORE, "text")
    assert [told for told, _ in found] == [told for told, _ in wanted]
    assert all(rounds > 5 for _, rounds in found)


@pytest.mark.parametrize(("ranks", "way"), [(2, "fused"), (3, "text")])
def test_fused_rounds_on_data_have_the_bits_of_one_process(ranks: int, way: str, tmp_path: Path) -> None:
    files = {
        name: f'"{write_samples(tmp_path / f"{name}.svm", 1203, 90, ones=name == "ones")}"'
        for name in ("ones", "reals")
    }
    runs = [(spec, problem.format(**files), given) for spec, problem, given in ON_DATA]
    wanted, found = outcomes(1, runs, "program"), outcomes(ranks, runs, way)
    assert [told for told, _ in found] == [told for told, _ in wanted]
    assert all(rounds > 5 for _, rounds in found)


@pytest.mark.parametrize("ranks", [2, 3])
def test_the_library_has_the_bits_of_one_process(ranks: int) -> None:
    runs = []
    for name in sorted(path.stem for path in LIBRARY.rglob("*.alg")):
        options = options_of(name, rounds=29, every=13, seed=3)
        runs.append((name, options.pop("problem"), options))
    wanted, found = outcomes(1, runs, "program"), outcomes(ranks, runs, "text")
    differ = [run[0] for run, a, b in zip(runs, wanted, found, strict=True) if a[0] != b[0]]
    assert differ == []
    assert sum(rounds != 0 for _, rounds in found) > 95


@pytest.mark.parametrize("ranks", [2, 3])
def test_random_specs_have_the_bits_of_one_process(ranks: int, tmp_path: Path) -> None:
    runs = []
    for seed in range(24):
        text, compressor = random_fused_spec(seed)
        spec = tmp_path / f"{seed}.alg"
        spec.write_text(text, encoding="utf-8")
        problem = f"quadratic(d = {3 + seed % 9}, mu = 0.1, L = 1, spread = 0.4, seed = {seed})"
        given = {"nodes": 2 + seed % 4, "rounds": 15, "every": 5, "seed": seed, "settings": [compressor]}
        runs.append((str(spec), problem, given))
    wanted, found = outcomes(1, runs, "program"), outcomes(ranks, runs, "text")
    assert [told for told, _ in found] == [told for told, _ in wanted]
    assert sum(rounds != 0 for _, rounds in found) > 8


@pytest.mark.parametrize("ranks", [2, 3])
def test_what_was_found_wrong_has_the_bits_of_one_process(ranks: int, tmp_path: Path) -> None:
    runs = []
    for number, found in enumerate(FOUND.values()):
        text, settings = found_spec(*found)
        spec = tmp_path / f"{number}.alg"
        spec.write_text(text, encoding="utf-8")
        runs.append((str(spec), SMALL, {"rounds": 21, "every": 3, "seed": 1, "settings": settings}))
    wanted, told = outcomes(1, runs, "program"), outcomes(ranks, runs, "text")
    assert [result for result, _ in told] == [result for result, _ in wanted]
    assert sum(rounds != 0 for _, rounds in told) > 10


def test_a_failure_at_one_rank_is_told_by_its_program() -> None:
    ((wanted, _),) = outcomes(1, [FAILING], "program")
    ((found, rounds),) = outcomes(2, [FAILING], "fused", code=3)
    assert found == wanted
    assert isinstance(rounds, int) and rounds > 10


def test_what_has_no_form_on_ranks_is_the_programs() -> None:
    assert [rounds for _, rounds in outcomes(3, OTHERS, "fused")] == [0] * len(OTHERS)
