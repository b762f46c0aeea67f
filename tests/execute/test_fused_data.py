"""Fused rounds on data: the points and counts of the generated program, from gradients that compiled code computes."""

from __future__ import annotations

import ctypes
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cablese.runtime.arrays import numba_dispatch, ufunc_loops
from cablese.runtime.data import load
from cablese.runtime.execute import fused_source
from cablese.runtime.execute.interface import Point, Recording
from cablese.runtime.problems import rows, sparse_rows
from execute_runs import prepared, run
from fused_text import not_compiled
from sparse_samples import write_samples

pytest.importorskip("numba")

TWICE = """\
algorithm Twice
problem minimize
param gamma = 0.1
init:
    all: x = x0
    node: h_i = zeros
round k:
    node -> server: m = grad(x - h_i / 9) + grad(x0)
    node: h_i = grad(x) / 2
    repeat 2:
        node: h_i = h_i - gamma * grad(h_i)
    server -> all: g = mean(m)
    all: x = x - gamma * g
    node -> server: y = grad(x) - h_i
    server -> all: u = mean(y)
    all: x = x - gamma * u
output x
"""
"""Gradients at points of all, of each node, at sums, at constants; again in the same round, and in the next."""

CASES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("gd", "logreg(data = {ones}, l2 = 1e-2)", {}),
    ("gd", "logreg(data = {reals})", {}),
    ("gd", "nonconvex_logreg(data = {reals}, reg = 0.1)", {"wire": "float64"}),
    ("gd", "least_squares(data = {reals}, l2 = 1e-2)", {}),
    ("gd", "sigmoid_classification(data = {ones})", {"nodes": 1}),
    ("diana", "sigmoid_classification(data = {reals}, l2 = 1e-3)", {"settings": ("Q=rand_k(k = 3)",)}),
    ("ef21", "logreg(data = {ones}, l2 = 1e-2)", {"settings": ("C=top_k(k = 3)",)}),
    ("marina", "sigmoid_classification(data = {ones})", {"settings": ("Q=rand_k(k = 3)", "p=0.3")}),
    ("local_sgd", "logreg(data = {ones}, l2 = 1e-2)", {"settings": ("H=3", "b=1000")}),
    ("fed_avg", "logreg(data = {ones}, l2 = 1e-2)", {"settings": ("r=2", "b=1000")}),
    ("ef21_pp", "logreg(data = {reals})", {"settings": ("C=top_k(k = 3)", "q=0.5")}),
    ("dpsgd", "logreg(data = {reals}, l2 = 1e-2)", {"graph": "ring", "settings": ("b=1000",)}),
    (TWICE, "logreg(data = {reals}, l2 = 1e-2)", {}),
    ("gd", "least_squares(data = {dense}, l2 = 1e-2)", {}),
    ("diana", "logreg(data = {dense}, l2 = 1e-2)", {"settings": ("Q=rand_k(k = 3)",)}),
    ("marina", "sigmoid_classification(data = {dense})", {"settings": ("Q=rand_k(k = 3)", "p=0.3")}),
    ("ef21_pp", "nonconvex_logreg(data = {dense}, reg = 0.1)", {"settings": ("C=top_k(k = 3)", "q=0.5")}),
    (TWICE, "logreg(data = {dense}, l2 = 1e-2)", {"nodes": 3}),
)


AGAIN = """\
algorithm Again
problem minimize
param gamma = 0.1
init:
    all: x = x0
round k:
    node: event xi ~ minibatch(3)
    node -> server: m = grad(x, xi)
    repeat k % 4:
        node -> server: y = grad(x, xi)
        all: x = where(k % 7 == 3, x, 0.9 * x)
    server -> all: g = mean(m)
    all: x = x - gamma * g
output x
"""
"""Gradients of a minibatch at a point where they were asked for before, in some rounds."""

TWO_SIZES = """\
algorithm TwoSizes
problem minimize
init:
    server: x = x0
    node: w_i = zeros
round:
    server: event S ~ subset(n, 2)
    server -> node in S: z = x
    node in S: w_i = w_i / 2 + z - grad(z) / 9
    node in S -> server: m = w_i
    server: x = x / 2 + mean(m) / 2
    server: event S ~ subset(n, 4)
    server -> node in S: z = x
    node in S: w_i = w_i / 2 + z - grad(z) / 9
    node in S -> server: m = w_i
    server: x = x / 2 + mean(m) / 2
output x
"""
TWO_BATCHES = """\
algorithm TwoBatches
problem minimize
init:
    all: x = x0
round:
    all: event c ~ bernoulli(0.5)
    if c:
        node: event xi ~ minibatch(3)
        node -> server: m = grad(x, xi)
        server: g = mean(m)
    else:
        node: event xi ~ minibatch(50)
        node -> server: m = grad(x, xi)
        server: g = mean(m)
    server -> all: u = g
    all: x = x - u / 9
output x
"""
"""Draws of one name, of two sizes."""

BATCHES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("sgd", "logreg(data = {dense}, l2 = 1e-2)", {"settings": ("b=1",)}),
    ("sgd", "least_squares(data = {dense}, l2 = 1e-2)", {"settings": ("b=9", "gamma=1e-7")}),
    ("sgd", "sigmoid_classification(data = {dense})", {"settings": ("b=70",)}),  # by keys
    ("sgd", "logreg(data = {reals})", {"settings": ("b=3",)}),
    ("local_sgd", "nonconvex_logreg(data = {ones}, reg = 0.1)", {"settings": ("H=3", "b=2")}),
    ("fed_avg", "logreg(data = {ones}, l2 = 1e-2)", {"settings": ("r=2", "b=4")}),
    ("fed_avg", "logreg(data = {dense}, l2 = 1e-2)", {"settings": ("r=3", "b=20"), "wire": "float64"}),
    ("page", "sigmoid_classification(data = {ones})", {"settings": ("b=2", "p=0.3")}),
    ("l_svrg", "logreg(data = {dense})", {"settings": ("b=5", "p=0.3")}),
    (AGAIN, "logreg(data = {ones}, l2 = 1e-2)", {"rounds": 90}),
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("samples")
    return {
        name: f'"{write_samples(folder / f"{name}.svm", rows, 23, ones=name == "ones")}"'
        for name, rows in (("ones", 83), ("reals", 62))
    } | {"dense": '"breast_cancer"'}


@pytest.fixture(autouse=True)
def _small_data_stays_sparse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "_SMALL", 0)


@pytest.fixture
def as_python(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Fused rounds, not compiled; the numbers of rounds that ran so."""
    done: list[int] = []
    monkeypatch.setattr(fused_source, "compiled_rounds", not_compiled(done))
    return done


def points(spec: str, **options: Any) -> tuple[list[Point], bytes, object]:
    recording, outcome = run(spec, **{"nodes": 4, "rounds": 21, "every": 7, "seed": 2} | options)
    assert outcome.output is not None
    assert recording.summary is not None
    told = [replace(point, seconds=0.0) for point in recording.points]
    return told, outcome.output.tobytes(), recording.summary.messages


@pytest.mark.parametrize(("spec", "problem", "options"), CASES)
def test_traces_are_those_of_the_program(
    spec: str, problem: str, options: dict[str, Any], files: dict[str, str], as_python: list[int]
) -> None:
    problem = problem.format(**files)
    with numba_dispatch.numpy_alone():
        wanted = points(spec, problem=problem, **options)
    with numba_dispatch.kernels_always():
        assert points(spec, problem=problem, **options) == wanted
    assert sum(as_python) > 10


@pytest.mark.parametrize("dense", [1 << 15, 0])
@pytest.mark.parametrize(("spec", "problem", "options"), BATCHES)
def test_traces_of_minibatches_are_those_of_the_program(
    spec: str,
    problem: str,
    options: dict[str, Any],
    dense: int,
    files: dict[str, str],
    as_python: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sparse_rows, "_DENSE_BATCH", dense)
    test_traces_are_those_of_the_program(spec, problem, options, files, as_python)


@pytest.mark.slow
@pytest.mark.parametrize(("spec", "problem", "options"), [*CASES, *BATCHES])
def test_compiled_traces_are_those_of_the_program(
    spec: str, problem: str, options: dict[str, Any], files: dict[str, str]
) -> None:
    problem = problem.format(**files)
    with numba_dispatch.numpy_alone():
        wanted = points(spec, problem=problem, **options)
    with numba_dispatch.kernels_always():
        assert points(spec, problem=problem, **options) == wanted


@pytest.mark.parametrize("spec", [TWO_SIZES, TWO_BATCHES])
def test_draws_of_one_name_have_their_own_sizes(spec: str, as_python: list[int]) -> None:
    options = {"problem": 'logreg(data = "breast_cancer", l2 = 1e-2)', "nodes": 5}
    with numba_dispatch.numpy_alone():
        wanted = points(spec, **options)
    with numba_dispatch.kernels_always():
        assert points(spec, **options) == wanted
    assert (sum(as_python) > 10) is (spec == TWO_SIZES)  # the other has no form


def test_nodes_whose_samples_are_not_stacked_have_the_same_bits(
    as_python: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "_CALLS", 0)
    options = {"problem": 'least_squares(data = "breast_cancer")', "nodes": 6}
    with numba_dispatch.numpy_alone():
        wanted = points("fed_avg", **options, settings=("r=2", "b=1000"))
    with numba_dispatch.kernels_always():
        assert points("fed_avg", **options, settings=("r=2", "b=1000")) == wanted
    assert sum(as_python) > 10


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A number for each gradient of a node's sparse samples in compiled code."""
    found: list[int] = []
    plain = fused_source.function_of("sparse_gradient")

    def counted(*given: Any) -> None:
        found.append(1)
        plain(*given)

    monkeypatch.setattr("cablese.runtime.arrays.numba_linear.sparse_gradient", counted)
    return found


def test_rounds_take_the_gradients_of_measured_points(
    files: dict[str, str], as_python: list[int], asked: list[int]
) -> None:
    counts = []
    for taken in (True, False):
        ready = prepared("gd", problem=CASES[0][1].format(**files), nodes=4, rounds=90, every=10)
        if not taken:
            ready.loop.points.meter = replace(ready.loop.points.meter, handover=None)
        asked.clear()
        with numba_dispatch.kernels_always():
            ready.run(Recording())
        counts.append(len(asked))
    assert counts[1] - counts[0] == 4 * 9  # nodes, and points from which rounds go on


def test_gradients_are_computed_once_where_they_are_asked_for_again(
    files: dict[str, str], as_python: list[int], asked: list[int]
) -> None:
    nodes, tried = 4, 4 * 4  # points at which the form is tried
    with numba_dispatch.kernels_always():
        run("marina", problem=CASES[0][1].format(**files), nodes=nodes, rounds=99, every=99)
    assert sum(as_python) > 50
    # one more where a call begins, and in a round that it leaves to the program
    assert len(asked) - tried <= nodes * (sum(as_python) + 2 * len(as_python))


def test_rows_that_are_not_the_oracles_have_no_form(
    files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = CASES[0][1].format(**files)
    assert prepared("gd", problem=problem).loop.fused._form.fused is not None
    plain = fused_source.function_of("sparse_gradient")

    def other(*given: Any) -> None:
        plain(*given)
        given[-1][0] *= 1 + 2**-52

    monkeypatch.setattr("cablese.runtime.arrays.numba_linear.sparse_gradient", other)
    assert prepared("gd", problem=problem).loop.fused._form.fused is None
    monkeypatch.undo()
    monkeypatch.setattr(ufunc_loops, "exp_loop", lambda: None)
    assert prepared("gd", problem=problem).loop.fused._form.fused is None


# --- NumPy's loops -----------------------------------------------------------------------------------------------------


def test_functions_are_laid_out_as_in_numpys_header() -> None:
    header = (Path(np.get_include()) / "numpy" / "ufuncobject.h").read_text()
    body = header[header.index("typedef struct _tagPyUFuncObject {") :]
    body = re.sub(r"/\*.*?\*/", "", body[body.index("{") + 1 :], flags=re.DOTALL)
    declared = re.findall(r"[\w ]*?[\s*](\w+(?:\s*,\s*\w+)*);", body[: body.index("*doc;") + 5])
    names = [name.strip() for line in declared for name in line.split(",")]
    assert names == [*(name for name, *_ in ufunc_loops.UfuncHead._fields_[1:]), "doc"]


@pytest.mark.parametrize("ufunc", [np.exp, np.sqrt, np.add, np.matmul])
def test_loops_are_found_by_their_types(ufunc: np.ufunc) -> None:
    loop = ufunc_loops.double_loop(ufunc)
    assert loop is not None
    assert loop[0] != 0


def test_functions_without_a_loop_of_doubles_have_none() -> None:
    assert ufunc_loops.double_loop(np.left_shift) is None


def test_a_loop_is_called_as_numpy_calls_it() -> None:
    from cablese.runtime.arrays.numba_linear import applied

    loop = ufunc_loops.double_loop(np.sqrt)
    given = np.random.default_rng(1).lognormal(0, 9, 1001)
    found = np.empty_like(given)
    applied(loop, given, found)
    assert found.tobytes() == np.sqrt(given).tobytes()
    assert ufunc_loops.exp_loop() is not None


@pytest.mark.parametrize(
    ("m", "n", "p"), [(1, 1, 1), (1, 9, 30), (57, 30, 1), (1000, 70, 1), (5, 4, 3), (0, 3, 1)]
)
def test_matrices_are_multiplied_as_by_numpy(m: int, n: int, p: int) -> None:
    from cablese.runtime.arrays.numba_linear import matrix_multiplied

    loop, draws = ufunc_loops.double_loop(np.matmul), np.random.default_rng(m + n + p)
    a, b, out = draws.normal(size=(m, n)), draws.normal(size=(n, p)), np.empty((m, p))
    matrix_multiplied(loop, a, b, out)
    assert out.tobytes() == (a @ b).tobytes()


def test_other_layouts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Shifted(ctypes.Structure):
        _fields_ = (("pad", ctypes.c_int), *ufunc_loops.UfuncHead._fields_)

    monkeypatch.setattr(ufunc_loops, "UfuncHead", Shifted)
    assert ufunc_loops.double_loop(np.exp) is None
