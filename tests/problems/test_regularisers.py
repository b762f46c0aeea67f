"""Every prox against a numerical minimiser, rows, backends and types; what may be written, and what is told otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import array_api_compat.numpy as arrays
import numpy as np
import pytest
from cablese.dsl.check.contracts import Argument, ArgumentKind
from cablese.runtime.arrays.select import backend
from cablese.runtime.errors import RunFailed, SetupError, UsageError
from cablese.runtime.execute.config_paths import written_to
from cablese.runtime.execute.functions import Functions
from cablese.runtime.families import Families
from cablese.runtime.problems.base import Problem
from cablese.runtime.problems.reading import read_problem
from cablese.runtime.problems.registry import make_problem
from cablese.runtime.regularisers import registry as rooms
from cablese.runtime.regularisers.base import Regulariser
from cablese.runtime.regularisers.registry import SHIPPED, registry
from hypothesis import given, settings
from hypothesis import strategies as st
from problem_cases import NUMPY, STRICT
from scipy.optimize import minimize

BLOCKS = (2, 3)
ARGUMENTS: dict[str, dict[str, float]] = {
    "l1": {"lam": 0.7},
    "elastic_net": {"l1": 0.4, "l2": 0.9},
    "group_l1": {"lam": 0.8},
    "ball": {"r": 1.2},
    "box": {"a": -0.5, "b": 0.8},
    "simplex": {},
}
CONSTRAINTS: dict[str, list[dict[str, Any]]] = {
    "ball": [{"type": "ineq", "fun": lambda u: 1.2**2 - u @ u}],
    "box": [{"type": "ineq", "fun": lambda u: np.concatenate([u + 0.5, 0.8 - u])}],
    "simplex": [{"type": "ineq", "fun": lambda u: u}, {"type": "eq", "fun": lambda u: u.sum() - 1}],
}


def made(name: str, lengths: tuple[int, ...] = BLOCKS) -> Regulariser:
    return registry()[name](lengths, **ARGUMENTS[name])


def formula(name: str, u: np.ndarray) -> float:
    """psi as its paper writes it; 0 of a set."""
    match name:
        case "l1":
            return 0.7 * float(np.abs(u).sum())
        case "elastic_net":
            return 0.4 * float(np.abs(u).sum()) + 0.45 * float(u @ u)
        case "group_l1":
            return 0.8 * float(np.linalg.norm(u[:2]) + np.linalg.norm(u[2:]))
        case _:
            return 0.0


def stepped(psi: Regulariser, vectors: np.ndarray, step: float) -> np.ndarray:
    return psi.prox(arrays, vectors, np.full((1, 1), step, dtype=vectors.dtype))


def test_every_shipped_one_is_tried() -> None:
    assert set(ARGUMENTS) == set(SHIPPED)
    assert set(CONSTRAINTS) == {name for name in SHIPPED if registry()[name].is_set}


@pytest.mark.parametrize("name", SHIPPED)
@settings(max_examples=40)
@given(
    v=st.lists(st.floats(-3, 3), min_size=5, max_size=5),
    step=st.floats(0.01, 3),
    other=st.lists(st.floats(-1, 1), min_size=5, max_size=5),
)
def test_no_other_point_of_the_set_is_better(
    name: str, v: list[float], step: float, other: list[float]
) -> None:
    """prox minimises a strongly convex function: q(z) - q(u) is at least ||z - u||^2 / 2."""
    psi, vector = made(name), np.array(v)
    u = stepped(psi, vector[None], step)[0]
    for z in (u + np.array(other), u + 1e-4 * np.array(other), np.array(other), np.zeros(5)):
        near = psi.projections(arrays, z[None])[0]
        here, there = (step * formula(name, p) + 0.5 * (p - vector) @ (p - vector) for p in (u, near))
        assert there - here >= 0.5 * (near - u) @ (near - u) - 1e-12
    for constraint in CONSTRAINTS.get(name, ()):
        values = np.atleast_1d(constraint["fun"](u))
        assert (np.abs(values) if constraint["type"] == "eq" else -values).max() <= 1e-14


def solved(name: str, vector: np.ndarray, step: float) -> np.ndarray:
    """The minimiser of step psi(u) + 1/2 ||u - v||^2 by SciPy, of norms in parts p, q >= 0 of u = p - q."""

    def value(u: np.ndarray) -> float:
        return step * formula(name, u) + 0.5 * float((u - vector) @ (u - vector))

    def of_parts(w: np.ndarray) -> float:
        p, q = w[:5], w[5:]
        return value(p - q) - step * formula(name, p - q) + step * formula(name, p) + step * formula(name, q)

    def smooth(u: np.ndarray) -> float:
        norms = np.sqrt(u[:2] @ u[:2] + 1e-14) + np.sqrt(u[2:] @ u[2:] + 1e-14)
        return step * 0.8 * float(norms) + 0.5 * float((u - vector) @ (u - vector))

    if name in CONSTRAINTS:
        options = {"ftol": 1e-15, "maxiter": 500}
        start = np.full(5, 0.2)
        found = minimize(value, start, method="SLSQP", constraints=CONSTRAINTS[name], options=options)
        return np.asarray(found.x)
    options = {"ftol": 1e-16, "gtol": 1e-12, "maxiter": 5000, "maxfun": 100_000}
    if name == "group_l1":
        return np.asarray(minimize(smooth, vector, method="L-BFGS-B", options=options).x)
    parts = minimize(of_parts, np.ones(10), method="L-BFGS-B", bounds=[(0, None)] * 10, options=options).x
    return np.asarray(parts[:5] - parts[5:])


@pytest.mark.parametrize("name", SHIPPED)
def test_prox_is_what_a_solver_finds(name: str) -> None:
    draws = np.random.default_rng(3)
    for _ in range(2):
        vector, step = 1.5 * draws.standard_normal(5), float(draws.uniform(0.2, 2))
        psi = made(name)
        found = stepped(psi, vector[None], step)[0]
        np.testing.assert_allclose(solved(name, vector, step), found, atol=3e-5)
        assert psi.values(arrays, found[None])[0] == pytest.approx(formula(name, found), abs=1e-15)


@pytest.mark.parametrize("name", SHIPPED)
def test_rows_are_alike_alone_and_on_every_backend(name: str) -> None:
    draws = np.random.default_rng(5)
    vectors, steps = draws.standard_normal((7, 5)), draws.uniform(0.1, 1, (7, 1))
    vectors[3] = 0
    psi = made(name)
    whole = psi.prox(arrays, vectors, steps)
    for row in range(7):
        np.testing.assert_array_equal(
            psi.prox(arrays, vectors[row : row + 1], steps[row : row + 1])[0], whole[row]
        )
    there = psi.prox(STRICT.xp, STRICT.to_device(vectors), STRICT.to_device(steps))
    np.testing.assert_array_equal(STRICT.to_host(there), whole)
    single = psi.prox(arrays, vectors.astype(np.float32), steps.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, whole, rtol=1e-5, atol=1e-6)
    assert psi.prox(arrays, vectors[:0], steps[:0]).shape == (0, 5)


@pytest.mark.parametrize("name", ["ball", "group_l1"])
def test_huge_and_tiny_vectors_keep_their_direction(name: str) -> None:
    psi = made(name)
    for size in (1e200, 1e-200):
        vector = size * np.array([1.0, -1, 2, 0, 0])
        found = stepped(psi, vector[None], 1.0)[0]
        expected = {"ball": 1.2 * vector / (size * 6**0.5) if size > 1 else vector, "group_l1": vector}[name]
        np.testing.assert_allclose(found, expected if size > 1 or name == "ball" else 0 * vector, rtol=1e-14)


def test_the_projection_onto_the_simplex_is_sharp_for_large_entries() -> None:
    found = stepped(made("simplex"), np.array([[1e9 + 0.5, 1e9, -1e9, 3.0, 1e9]]), 1.0)[0]
    np.testing.assert_allclose(found, [2 / 3, 1 / 6, 0, 0, 1 / 6], rtol=1e-14)


@pytest.mark.parametrize("name", ["ball", "box", "simplex"])
@settings(max_examples=40)
@given(direction=st.lists(st.floats(-2, 2), min_size=5, max_size=5))
def test_the_farthest_point_is_a_maximiser(name: str, direction: list[float]) -> None:
    psi, c = made(name), np.array(direction)
    best = psi.farthest(c)
    assert best is not None
    np.testing.assert_allclose(psi.projections(arrays, best[None])[0], best, atol=1e-12)
    others = psi.projections(arrays, np.random.default_rng(0).standard_normal((50, 5)) * 5)
    assert (others @ c).max() <= best @ c + 1e-12


# --- steps in programs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("chosen", [NUMPY, STRICT], ids=["numpy", "strict"])
def test_points_and_steps_may_be_one_or_a_familys(chosen: Any) -> None:
    psi = made("l1")
    functions = Functions(chosen, 5, BLOCKS, psi)
    one, rows = np.linspace(-2, 2, 5), np.linspace(-3, 3, 15).reshape(3, 5)
    steps = np.array([[0.1], [1.0], [2.0]])

    def found(v: np.ndarray, step: Any) -> np.ndarray:
        given = chosen.to_device(step) if isinstance(step, np.ndarray) else step
        return np.asarray(chosen.to_host(functions.prox(chosen.to_device(v), given)))

    np.testing.assert_array_equal(found(one, 0.5), stepped(psi, one[None], 0.5)[0])
    np.testing.assert_array_equal(found(rows, 2), stepped(psi, rows, 2.0))
    np.testing.assert_array_equal(found(rows, steps), psi.prox(arrays, rows, steps))
    np.testing.assert_array_equal(found(one, steps), psi.prox(arrays, np.tile(one, (3, 1)), steps))
    np.testing.assert_array_equal(found(one, steps[:1]), stepped(psi, one[None], 0.1))
    assert found(one, steps[:0]).shape == (0, 5)


def test_without_a_regulariser_prox_is_the_identity() -> None:
    functions, v = Functions(NUMPY, 3), np.arange(3.0)
    assert functions.prox(v, 0.1) is v
    np.testing.assert_array_equal(functions.prox(v, np.ones((2, 1))), np.tile(v, (2, 1)))


@pytest.mark.parametrize("step", [-0.1, np.array([[0.1], [-2.0]]), float("nan")])
def test_a_negative_step_ends_the_run(step: Any) -> None:
    functions = Functions(NUMPY, 5, BLOCKS, made("l1"))
    with pytest.raises(
        RunFailed, match=r"the step of a `prox` is (-0.1|-2|nan): it must be a number, not below 0"
    ):
        functions.prox(np.ones((2, 5)), step)


# --- as written ----------------------------------------------------------------------------------------------

QUADRATIC = "quadratic(d = 3, mu = 1, L = 2)"
GAME = "bilinear_saddle(d = 3, lam = 1)"


def dealt(text: str) -> Problem:
    (name, arguments), added = read_problem(text)
    return make_problem(name, arguments, n=2, split="contiguous", seed=0, added=added)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (f"{QUADRATIC} + l1(lam = 1/4)", "quadratic(d = 3, mu = 1.0, L = 2.0) + l1(lam = 0.25)"),
        (f"{QUADRATIC} + simplex", "quadratic(d = 3, mu = 1.0, L = 2.0) + simplex"),
        (f"{QUADRATIC} + box(a = 0)", "quadratic(d = 3, mu = 1.0, L = 2.0) + box(a = 0.0)"),
        (
            f"{GAME} + ball(r = 2, on = x) + box(a = 0, b = 1, on = y)",
            'bilinear_saddle(d = 3, lam = 1.0) + ball(r = 2.0, on = "x") + box(a = 0.0, b = 1.0, on = "y")',
        ),
    ],
)
def test_a_sum_is_read_and_written(text: str, written: str) -> None:
    problem = dealt(text)
    assert problem.written == written
    assert dealt(written).written == written


@pytest.mark.parametrize(
    ("added", "words"),
    [
        ("ball(r = 0)", ["`r` of `ball` must be above 0, not 0"]),
        ("ball(r = -1)", ["`r` of `ball` must be above 0, not -1"]),
        ("ball(r = true)", ["`r` of `ball` takes a number"]),
        ("ball", ["`ball` needs its argument `r` (radius"]),
        ("ball(radius = 1)", ["`ball` has no argument `radius`", "It takes r, on."]),
        ("box(a = 2, b = 1)", ["`box` needs numbers from a to b, but a = 2 and b = 1"]),
        ("l1(lam = -1)", ["`lam` of `l1` must be above 0"]),
        ("simplx", ["no regulariser or set `simplx`", "did you mean `simplex`", "ball, box"]),
        ("quadratic(d = 1, mu = 1, L = 1)", ["no regulariser or set `quadratic`"]),
        ("simplex(on = y)", ["block `y`, which the problem has not: its blocks are x"]),
        ("simplex(on = 3)", ["`on` of `simplex` takes a word"]),
        ("l1(lam = 1) + ball(r = 1)", ["`l1(lam = 1.0)` and `ball(r = 1.0)` act on the same block"]),
        ("l1(lam = 1, on = x) + ball(r = 1)", ['`l1(lam = 1.0, on = "x")` and `ball(r = 1.0)` act on']),
    ],
)
def test_wrong_sums_are_told(added: str, words: list[str]) -> None:
    with pytest.raises(SetupError) as caught:
        dealt(f"{QUADRATIC} + {added}")
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "\n" not in message


@pytest.mark.parametrize("added", ["3", "l1(0.1)", "l1(lam = 1) * 2", '"ball"'])
def test_what_is_no_call_is_no_regulariser(added: str) -> None:
    with pytest.raises(UsageError, match="a regulariser or set"):
        read_problem(f"{QUADRATIC} + {added}")


@pytest.mark.parametrize(
    ("added", "start"), [("ball(r = 1)", 0), ("box(a = 2)", 2), ("simplex", 1 / 3), ("l1(lam = 9)", 0)]
)
def test_a_run_starts_at_the_nearest_point_of_the_set(added: str, start: float) -> None:
    np.testing.assert_allclose(dealt(f"{QUADRATIC} + {added}").start, np.full(3, start), rtol=1e-15)


# --- of plug-ins ---------------------------------------------------------------------------------------------


class Ridge(Regulariser):
    """A plug-in as another package would bring it: psi = lam/2 norm2(x)."""

    name, doc = "ridge", "a test"
    arguments = (Argument("lam", ArgumentKind.REAL, doc="strength", above=0),)

    def __init__(self, lengths: tuple[int, ...], *, lam: float) -> None:
        super().__init__(lengths)
        self.lam = lam

    def prox(self, xp: Any, vectors: Any, steps: Any) -> Any:
        return vectors / (1 + self.lam * steps)

    def values(self, xp: Any, vectors: Any) -> Any:
        return self.lam / 2 * xp.sum(vectors * vectors, axis=1)


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Families[Regulariser]:
    """A registry that knows no foreign regulariser yet."""
    families = rooms.families()
    for name in SHIPPED:
        families.register(registry()[name])
    monkeypatch.setattr(rooms, "_FAMILIES", families)
    return families


def test_plug_ins_join_by_registration(fresh: Families[Regulariser]) -> None:
    assert fresh.group == "cablese.regularisers"
    rooms.register(Ridge)
    problem = dealt(f"{QUADRATIC} + ridge(lam = 3, on = x)")
    smooth = dealt(QUADRATIC).solution()
    solution = problem.solution()
    assert smooth is not None and solution is not None and solution.unique
    curvatures = np.array([1, 2**0.5, 2])
    np.testing.assert_allclose(solution.point, curvatures * smooth.point / (curvatures + 3), rtol=1e-10)


@pytest.mark.parametrize(
    ("part", "answer", "words"),
    [
        (
            "prox",
            lambda self, xp, v, s: v[0],
            ["regulariser `ridge` gives as its `prox` an array of shape (3,)"],
        ),
        ("prox", lambda self, xp, v, s: v / 0, ["`prox` a vector that is not finite"]),
        ("prox", lambda self, xp, v, s: v.astype(np.float32), ["numbers of type float32"]),
        ("prox", lambda self, xp, v, s: 1 / 0, ["failed in its `prox`", "ZeroDivisionError"]),
        ("values", lambda self, xp, v: v, ["`values` an array of shape (1, 3)"]),
        ("values", lambda self, xp, v: v[:, 0] * np.nan, ["`values` nan"]),
    ],
)
def test_what_a_plug_in_gives_is_looked_at(
    fresh: Families[Regulariser], part: str, answer: Any, words: list[str]
) -> None:
    rooms.register(type("Broken", (Ridge,), {part: answer}))
    psi = rooms.registry()["ridge"]((3,), lam=1.0)
    v, given = np.ones((1, 3)), {"prox": (np.ones((1, 1)),), "values": ()}[part]
    with np.errstate(all="ignore"), pytest.raises(SetupError) as caught:
        getattr(psi, part)(arrays, v, *given)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_on_is_everyones_argument(fresh: Families[Regulariser]) -> None:
    taken = (Argument("on", ArgumentKind.WORD, "", doc="a test"),)
    with pytest.raises(SetupError, match="its argument `on` is that of every regulariser"):
        rooms.register(type("Broken", (Ridge,), {"arguments": taken}))


@pytest.mark.parametrize("real", ["float32", "float64"])
def test_parts_leave_other_blocks_as_they_are(real: str) -> None:
    problem, chosen = dealt(f"{GAME} + ball(r = 1, on = y)"), backend("cpu", real, "float32")
    v = np.arange(12, dtype=chosen.real).reshape(2, 6) + 1
    assert problem.regulariser is not None and problem.regulariser.constrains
    found = problem.regulariser.prox(arrays, v, np.ones((1, 1), dtype=chosen.real))
    np.testing.assert_array_equal(found[:, :3], v[:, :3])
    np.testing.assert_allclose(np.linalg.norm(found[:, 3:], axis=1), 1, rtol=1e-6)
    assert found.dtype == chosen.real


def test_a_configuration_moves_the_data_of_a_sum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    moved = written_to(tmp_path / "out", "problem", 'logreg(data = "a.svm") + l1(lam = 0.1)')
    assert moved == 'logreg(data = "../a.svm") + l1(lam = 0.1)'
