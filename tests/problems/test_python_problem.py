"""An objective of one's own: what it computes, how it is dealt, and the blame for what its functions give."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import cablese
import numpy as np
import pytest
from cablese import Objective
from cablese.runtime.errors import RunFailed, SetupError
from cablese.runtime.problems.registry import make_problem
from problem_cases import NUMPY, STRICT

MINE = Path(__file__).with_name("mine.py")
RIDGE = 'least_squares(data = "diabetes", l2 = 0.1, scale = "columns")'
RUN: dict[str, Any] = {"nodes": 4, "rounds": 12, "every": 3}


def squares(**more: Any) -> Objective:
    """`RIDGE` anew, from its data."""
    from cablese.runtime.data.load import load

    data = load("diabetes", scale="columns")
    return Objective(
        lambda x, A, y: np.mean((A @ x - y) ** 2) / 2 + 0.05 * x @ x,
        lambda x, A, y: A.T @ (A @ x - y) / len(y) + 0.1 * x,
        10,
        (data.matrix, data.targets),
        **more,
    )


@pytest.mark.parametrize("spec", ["gd", "sgd", "marina", "vr_marina"])
@pytest.mark.parametrize("split", ["contiguous", "by_label"])
def test_least_squares_written_anew_goes_the_way_of_the_shipped_ones(spec: str, split: str) -> None:
    settings = {"gamma": 0.05} | ({"b": 7} if spec in ("sgd", "vr_marina") else {})
    theirs = cablese.run(spec, problem=RIDGE, set=settings, split=split, **RUN)
    mine = cablese.run(spec, problem=squares(), set=settings, split=split, **RUN)
    assert mine.header.samples == theirs.header.samples
    assert np.array_equal(mine.trace.oracle_calls, theirs.trace.oracle_calls)
    np.testing.assert_allclose(mine.trace.loss, theirs.trace.loss, rtol=1e-9)
    assert mine.output is not None and theirs.output is not None
    np.testing.assert_allclose(mine.output, theirs.output, rtol=1e-6)


@pytest.mark.parametrize("backend", [NUMPY, STRICT], ids=["numpy", "strict"])
def test_every_row_asks_its_own_node_at_its_own_point(backend: Any) -> None:
    problem = make_problem("python", {"file": str(MINE)}, n=5, split="shuffled", seed=3)
    oracle = problem.oracle(backend, 1, 4)
    points = backend.to_device(np.random.default_rng(1).standard_normal((2, 6)))
    found = backend.to_host(oracle.gradients(points, np.array([2, 0])))
    for row, node in enumerate((2, 0)):
        alone = problem.oracle(backend, 1 + node, 2 + node)
        assert np.array_equal(found[row], backend.to_host(alone.gradients(points[row, ...]))[0])


def test_a_file_is_a_problem_and_the_header_has_its_hash(tmp_path: Path) -> None:
    problem = f'python(file = "{MINE}", check = true)'
    result = cablese.run("marina", problem=problem, metrics=[f"{MINE}:share_within"], **RUN)
    assert result.header.problem == problem and result.header.constants["L_mean2"] > 0
    assert result.header.versions["mine.py"] == f"sha256 {sha256(MINE.read_bytes()).hexdigest()[:16]}"
    assert np.array_equal(result.trace.within, result.trace.share_within)
    assert 0 < result.trace.within[-1] < 1
    made = cablese.run("marina", problem=f'python(file = "{MINE}:make")', **RUN)
    assert np.array_equal(made.trace.loss, result.trace.loss)


def test_a_configuration_finds_the_file_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cablese.runtime.execute.config_files import config_text, read_config
    from cablese.runtime.execute.option_checks import make_options

    monkeypatch.chdir(MINE.parent)
    given = make_options({"problem": 'python(file = "mine.py:make")', "metrics": "mine.py:share_within"})
    (tmp_path / "run.toml").write_text(config_text(given, tmp_path))
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    read = make_options(read_config(Path("../run.toml")))
    assert cablese.run("gd", problem=read.problem, metrics=read.metrics, set={"gamma": 0.1}, **RUN).points


def test_a_game_has_no_loss() -> None:
    turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    game = Objective(
        None,
        lambda z, i: turn @ z + z,
        np.ones(2),
        solution=np.zeros(2),
        constants={"L": np.sqrt(2), "mu": 1},
    )
    result = cablese.run("extragradient", problem=game, metrics="dist2", nodes=3, rounds=100)
    assert result.header.kind == "vi" and result.trace.dist2[-1] < 1e-6 < result.trace.dist2[0]


def test_shards_belong_to_the_nodes_in_their_order() -> None:
    means = [np.full((m, 1), float(m)) for m in (1, 2, 6)]
    mine = Objective(
        lambda x, a: np.mean((x - a) ** 2) / 2,
        lambda x, a: np.mean(x - a, axis=0),
        1,
        shards=[(a,) for a in means],
    )
    result = cablese.run("gd", problem=mine, nodes=3, rounds=60, set={"gamma": 0.5})
    assert result.header.samples == (1, 2, 6) and result.output == pytest.approx([3.0])


# --- blame -------------------------------------------------------------------------------------------------------


def from_file(folder: Path, body: str) -> str:
    (folder / "bad.py").write_text("import numpy as np\nfrom cablese import Objective\n" + body)
    return f'python(file = "{folder / "bad.py"}")'


LOSS = "def loss(x, A):\n    return float(np.sum(x * x))\n"
MADE = "objective = Objective(loss, grad, 3, (np.ones((8, 3)),))\n"
TAME = LOSS + "def grad(x, A):\n    return x\n" + MADE


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (
            LOSS + "def grad(x, A):\n    return A.T\n" + MADE,
            r"`grad` \(bad.py:5\) gives an array of shape \(3, 2\) for node 0, .* shape \(3,\)",
        ),
        (LOSS + "def grad(x, A):\n    return 'far'\n" + MADE, r"`grad` \(bad.py:5\) gives str for node 0"),
        (
            LOSS + "def grad(x, A):\n    return x + 1j\n" + MADE,
            r"`grad` \(bad.py:5\) gives numbers of type complex128",
        ),
        (
            LOSS + "def grad(x, A):\n    return x / A.sum(0) * np.nan\n" + MADE,
            r"`grad` \(bad.py:5\) gives numbers that are not finite for node 0 at the start",
        ),
        (
            LOSS + "def grad(x, A):\n    A[0] = 1\n    return x\n" + MADE,
            r"`grad` \(bad.py:5\) failed at bad.py:6: ValueError: .* read-only",
        ),
        (
            LOSS + "def grad(x):\n    return x\n" + MADE,
            r"`grad` \(bad.py:5\) failed: TypeError: grad\(\) takes 1 positional",
        ),
        (
            LOSS + "def grad(x, A):\n    return x + np.random.normal(size=3)\n" + MADE,
            r"`grad` \(bad.py:5\) gives two results at one point for the same samples",
        ),
        (
            "def loss(x, A):\n    np.sum(x)\ndef grad(x, A):\n    return x\n" + MADE,
            r"`loss` \(bad.py:3\) gives None for node 0, and must give a number",
        ),
        (
            "def loss(x, A):\n    return x\ndef grad(x, A):\n    return x\n" + MADE,
            r"`loss` \(bad.py:3\) gives an array of shape \(3,\) for node 0, .* a number",
        ),
        (
            "def loss(x, A):\n    return np.log(np.sum(x))\ndef grad(x, A):\n    return x\n" + MADE,
            r"`loss` \(bad.py:3\) gives numbers that are not finite",
        ),
        (
            "objective = 3\n",
            r"`objective` of bad.py gives an object of type int, and must give a `cablese.Objective`",
        ),
        ("def make():\n    return 3\n", r"`make` \(bad.py:3\) failed: TypeError"),
        (
            "def make(info):\n    return info.seeds\n",
            r"`make` \(bad.py:3\) failed at bad.py:4: AttributeError",
        ),
        ("value = 3\n", r"bad.py has no `objective` and no `make`"),
        ("def (\n", r"bad.py, line 3: this is no Python"),
        ("import nothing_of_this_name\n", r"bad.py failed at bad.py:3: ModuleNotFoundError"),
        ("raise SystemExit(3)\n", r"bad.py failed at bad.py:3: SystemExit: 3"),
        (LOSS + "objective = Objective(loss, None, 3)\n", r"`grad` of an Objective must be a function"),
        *(
            (f"{LOSS}objective = Objective(loss, loss, {start})\n", rf"x0, finite .* d zeros; it is {found}")
            for start, found in [
                ("0", "0. Write start = 10"),
                ("np.array([1, np.nan])", "nan at entry 1"),
                ("[[1, 2], [3]]", "made of parts of different lengths"),
                ("np.zeros((3, 1))", r"of shape \(3, 1\)"),
                ("[]", r"of shape \(0,\)"),
                ("3.0", "the number 3.0"),
                ("None", "None of type NoneType"),
                ("'zeros'", "'zeros' of type str"),
                ("[1j, 2]", "an array of type complex128"),
            ]
        ),
        (
            LOSS + "def grad(x, A):\n    return A.T @ A @ x\n" + MADE.replace("3, (", "5, ("),
            r"failed at bad.py:6: ValueError.* a point of shape \(5,\), as `start` has it, .* shape \(2, 3\)",
        ),
        (TAME[:-2] + ", blocks={'W': 3})\n", r"`blocks` .* dict of shapes by name, .*, and is 3 under 'W'"),
        (TAME[:-2] + ", blocks=[3])\n", "`blocks` .* dict of shapes by name, .*, and is list"),
        (
            TAME[:-2] + ", metrics={'a': 3})\n",
            "`metrics` .* functions of a point by name, and is int under 'a'",
        ),
        (TAME[:-2] + ", metrics=[loss])\n", "`metrics` .* functions of a point by name, and is list"),
        (
            LOSS + "objective = Objective(loss, loss, 3, shards=[np.ones(3)] * 4)\n",
            r"`shards\[0\]` .* a tuple of arrays: one alone is written \(A,\)",
        ),
        (LOSS, r"Another name is written behind a colon, as .*bad.py:loss"),
        (
            LOSS + "objective = Objective(loss, loss, 3, np.ones(3))\n",
            r"`data` of an Objective must be a tuple of arrays",
        ),
        (LOSS + "objective = Objective(loss, loss, 3, (np.ones(3), np.ones(2)))\n", r"hold 3, 2 samples"),
        (
            LOSS + "objective = Objective(loss, loss, 3, (['a'],))\n",
            r"`data\[0\]` of an Objective must be an array of numbers",
        ),
        (
            LOSS + "objective = Objective(loss, loss, 3, shards=[(np.ones(3),)])\n",
            r"has 1 shards and the run 4 nodes: give -n 1",
        ),
        (
            TAME[:-2] + ", constants={'L': -1})\n",
            r"`L` in the objective's `constants` is -1, and must be finite",
        ),
        (TAME[:-2] + ", constants={'l': 1})\n", r"name `l`; there are L, L_i"),
        (TAME[:-2] + ", metrics={'loss': loss})\n", r"a metric \(bad.py:3\) cannot be called `loss`"),
        (
            TAME[:-2] + ", metrics={'far': lambda x: np.inf})\n",
            r"the metric `far` \(bad.py:7\) gives inf at the start",
        ),
        (
            TAME[:-2] + ", check=True)\n",
            r"`grad` \(bad.py:5\) is not the gradient of `loss` \(bad.py:3\): for node 0",
        ),
    ],
)
def test_a_mistake_in_a_file_is_told_with_its_place(body: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=says) as caught:
        cablese.run("gd", problem=from_file(tmp_path, body), nodes=4, rounds=2, set={"gamma": 0.1})
    assert "\n" not in str(caught.value)
    assert "bad.py" in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"start": "x"}, "`start` of an Objective is x0"),
        ({"shards": 3}, "`shards` of an Objective must be a tuple of arrays"),
        ({"constants": {"M": 1}}, "of the objective name `M`"),
        ({"constants": lambda shards: {"L": "x"}}, "`L` in the objective's `constants` is 'x'"),
        ({"solution": np.ones(4)}, "the mean gradient at the objective's `solution`"),
    ],
)
def test_a_mistake_in_a_program_is_told_with_the_line_that_makes_it(
    arguments: dict[str, Any], says: str
) -> None:
    given: dict[str, Any] = {"start": 4, **arguments}

    def ran() -> None:
        objective = Objective(lambda x, i: float(x @ x), lambda x, i: 2 * x + 1, **given)
        setting = "gamma=1/L" if callable(given.get("constants")) else "gamma=0.1"
        cablese.run("gd", problem=objective, set=setting, nodes=2, rounds=2, metrics="dist2")

    with pytest.raises(SetupError, match=rf"^test_python_problem\.py:\d+: .*{re.escape(says)}"):
        ran()


def test_a_constant_that_nobody_stated_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"no constant `L_mean2`: give the param a value, `--set gamma=…`"):
        cablese.run("marina", problem=from_file(tmp_path, TAME), nodes=4, rounds=2)


def test_a_file_under_another_name_than_python_has_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.txt").write_text(TAME)
    with pytest.raises(
        SetupError, match=r"mine.txt is a file whose name does not end in .py: name it mine.py"
    ):
        cablese.run("gd", problem='python(file = "mine.txt")')


def test_a_file_that_is_not_there_is_told_with_one_near(tmp_path: Path) -> None:
    (tmp_path / "objective.py").write_text("")
    with pytest.raises(
        SetupError, match=r"cannot be read: No such file or directory. Did you mean objective.py\?"
    ):
        cablese.run("gd", problem=f'python(file = "{tmp_path}/objectiv.py")')


@pytest.mark.parametrize(
    ("more", "split", "says"),
    [
        ({"solution": np.ones(10)}, "contiguous", "the mean gradient at the objective's `solution` has norm"),
        ({"solution": np.ones(3)}, "contiguous", r"`solution` of an Objective must be shape \(10,\)"),
        ({"blocks": {"W": (3, 3)}}, "contiguous", "`blocks` of an Objective must be parts of d = 10"),
    ],
)
def test_what_does_not_fit_is_refused(more: dict[str, Any], split: str, says: str) -> None:
    with pytest.raises(SetupError, match=says):
        cablese.run("gd", problem=squares(**more), metrics="f_gap", split=split, set={"gamma": 0.1}, **RUN)


def test_a_function_that_breaks_in_a_round_ends_the_run_with_both_places() -> None:
    calls = iter(range(100))

    def grad(x: np.ndarray, i: int) -> np.ndarray:
        return x if next(calls) < 20 else x[:1]

    mine = Objective(lambda x, i: float(x @ x) / 2, grad, np.ones(3))
    with pytest.raises(
        (RunFailed, SetupError), match=r"`grad` \(test_python_problem.py:\d+\) gives an array of shape \(1,\)"
    ):
        cablese.run("gd", problem=mine, set={"gamma": 0.1}, **RUN)


# --- metrics -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "says"),
    [
        (
            "size",
            r"the metric `size` \(own.py:1\) gives an array of shape \(6,\), and must be or give a number",
        ),
        ("far", r"the metric `far` \(own.py:3\) failed at own.py:4: ZeroDivisionError"),
        ("word", r"`word` of own.py gives str, and must be or give a function of the point"),
        ("nothing", r"the metric `nothing` \(own.py:6\) gives None, and must be or give a number"),
        ("siz", r"own.py has no `siz`. Did you mean `size`\?"),
    ],
)
def test_a_metric_that_is_none_is_told(metric: str, says: str, tmp_path: Path) -> None:
    own = tmp_path / "own.py"
    own.write_text(
        "def size(x):\n    return x\ndef far(x):\n    return 1 / 0\nword = 'one'\ndef nothing(x):\n    pass\n"
    )
    with pytest.raises(SetupError, match=says):
        cablese.run("gd", problem="quadratic(d = 6, mu = 1, L = 2)", metrics=f"{own}:{metric}", **RUN)


def test_a_metric_is_measured_of_the_average_too(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("def first(x):\n    return x[0]\n")
    result = cablese.run(
        "marina", problem="quadratic(d = 6, mu = 1, L = 2)", metrics=f"f_gap,{tmp_path}/own.py:first", **RUN
    )
    assert result.output is not None and {"first", "first_avg", "f_gap"} <= set(result.trace)


def test_a_metric_that_fails_in_the_run_ends_it(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("def once(x):\n    return 1.0 if not x.any() else 'far'\n")
    with pytest.raises(RunFailed, match="the metric `once`"):
        cablese.run("gd", problem="quadratic(d = 6, mu = 1, L = 2)", metrics=f"{tmp_path}/own.py:once", **RUN)


@pytest.mark.mpi
@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks_and_one_process_write_the_same_points(ranks: int, tmp_path: Path) -> None:
    from launching import mpirun

    def points(file: Path) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        return [{**line, "seconds": 0} for line in lines if line["type"] == "point"]

    asked = f"vr_marina -n 5 -k 20 --set b=3 --metrics {MINE}:share_within --quiet --problem".split()
    problem = f'python(file = "{MINE}")'
    for count, name in ((1, "one"), (ranks, "several")):
        ended = mpirun(count, "-m", "cablese.cli.main", "run", *asked, problem, "--trace", tmp_path / name)
        assert ended.returncode == 0, ended.stderr
    assert points(tmp_path / "one") == points(tmp_path / "several")
