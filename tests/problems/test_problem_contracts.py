"""Names and arguments: contracts without array libraries, every mistake a sentence, plug-ins by entry point."""

from __future__ import annotations

import importlib.metadata
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from cablese.dsl.check.contracts import Argument, ArgumentKind
from cablese.runtime.errors import SetupError
from cablese.runtime.plugin_contracts import flaw_in_arguments
from cablese.runtime.problems import contracts, plugins, registry
from cablese.runtime.problems.base import Problem
from cablese.runtime.problems.contracts import PROBLEMS, SHIPPED, Contract
from cablese.runtime.problems.registry import make_problem
from problem_cases import quadratic

NAMES = {
    "least_squares",
    "logreg",
    "nonconvex_logreg",
    "sigmoid_classification",
    "quadratic",
    "bilinear_saddle",
}
SMALL = {"quadratic": {"d": 3, "mu": 1, "L": 2}, "bilinear_saddle": {"d": 3, "lam": 1}}


def make(name: str, n: int = 3, split: str = "contiguous", seed: int = 0, **arguments: object) -> Problem:
    return make_problem(name, arguments, n=n, split=split, seed=seed)  # type: ignore[arg-type]


def test_contracts_need_no_array_library() -> None:
    code = (
        "import sys, cablese.runtime.problems.contracts as c; list(c.PROBLEMS);"
        "print([m for m in ('numpy', 'scipy', 'sklearn', 'pydantic') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_dense_problems_import_neither_scipy_nor_scikit_learn() -> None:
    code = (
        "import sys; from cablese.runtime.problems.registry import make_problem as m;"
        "m('quadratic', {'d': 3, 'mu': 1, 'L': 2}, n=2, split='contiguous', seed=0).solution();"
        "print([m for m in ('scipy', 'sklearn', 'pydantic') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_contracts_and_factories_name_each_other() -> None:
    assert set(SHIPPED) == NAMES == set(registry._MODULES)
    assert set(PROBLEMS) >= NAMES and len(PROBLEMS) >= len(NAMES)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_problem_is_what_its_contract_says(name: str) -> None:
    problem = make(name, **SMALL.get(name, {"data": "breast_cancer"}))
    contract = PROBLEMS[name]
    assert problem.kind == contract.kind and contract.doc
    assert problem.n == 3 and len(problem.samples) == 3
    assert problem.start.shape == (problem.d,) and not problem.start.any()
    assert sum(math.prod(shape) for _, shape in problem.blocks) == problem.d
    known = ("L", "L_i", "L_max", "L_mean2", "calL", "mu")
    assert {each for each in known if problem.constant(each) is not None} == contract.constants
    assert problem.constant("omega") is None


def test_a_name_is_what_one_would_type() -> None:
    assert make("logreg", data="breast_cancer", l2=1e-3).name == 'logreg(data = "breast_cancer", l2 = 0.001)'
    assert make("logreg", data="breast_cancer", l2=0, bias=True, scale="none").name == (
        'logreg(data = "breast_cancer", bias = true)'
    )
    assert make("quadratic", d=3, mu=1, L=2).name == "quadratic(d = 3, mu = 1.0, L = 2.0)"


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("logrg", {}, ["no problem `logrg`", "`logreg`", "bilinear_saddle"]),
        ("logreg", {"dat": "iris"}, ["no argument `dat`", "`data`", "l2, features"]),
        ("logreg", {}, ["`logreg` needs its argument `data`"]),
        ("logreg", {"data": 3}, ["`data` of `logreg` takes text in quotes", "not 3"]),
        ("logreg", {"data": "iris", "l2": "big"}, ["`l2`", "a number", "'big'"]),
        ("logreg", {"data": "iris", "l2": True}, ["`l2`", "a number", "True"]),
        ("logreg", {"data": "iris", "bias": 1}, ["`bias`", "true or false"]),
        ("logreg", {"data": "iris", "scale": "row"}, ["none, rows, columns", "'row'", "`rows`"]),
        ("logreg", {"data": "iris", "l2": -1}, ["`l2`", "at least 0", "-1"]),
        ("logreg", {"data": "iris", "l2": float("nan")}, ["`l2`", "finite", "nan"]),
        ("quadratic", {"d": 2.0, "mu": 1, "L": 2}, ["`d`", "an integer", "2.0"]),
        ("quadratic", {"d": 0, "mu": 1, "L": 2}, ["`d`", "at least 1"]),
        ("quadratic", {"d": 3, "mu": 0, "L": 2}, ["`mu`", "above 0"]),
        ("quadratic", {"d": 3, "mu": 3, "L": 2}, ["mu <= L", "mu = 3", "L = 2"]),
        ("quadratic", {"d": 1, "mu": 1, "L": 2}, ["d = 1", "equal"]),
        ("quadratic", {"d": 3, "mu": 1, "L": float("inf")}, ["`L`", "finite"]),
        ("quadratic", {"d": 3, "mu": 1, "L": 2, "seed": -1}, ["`seed`", "at least 0"]),
        ("bilinear_saddle", {"d": 3}, ["needs its argument `lam`"]),
        ("bilinear_saddle", {"d": 3, "lam": 1, "norm": 0}, ["`norm`", "above 0"]),
    ],
)
def test_wrong_arguments_are_told(name: str, arguments: dict[str, object], words: list[str]) -> None:
    with pytest.raises(SetupError) as caught:
        make_problem(name, arguments, n=3, split="contiguous", seed=0)  # type: ignore[arg-type]
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "\n" not in message and message.endswith((".", "?"))


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"n": 0}, ["at least one node, not 0"]),
        ({"seed": -3}, ["seed", "-3"]),
        ({"split": "shuffled"}, ["`quadratic` has no samples", "--split shuffled"]),
    ],
)
def test_wrong_settings_are_told(setting: dict[str, int], words: list[str]) -> None:
    with pytest.raises(SetupError) as caught:
        make("quadratic", **SMALL["quadratic"], **setting)  # type: ignore[arg-type]
    assert all(word in str(caught.value) for word in words)


@dataclass(frozen=True)
class Halves:
    """A plug-in as another package would bring it."""

    contract: Contract

    def make(self, arguments: object, setting: plugins.Setting) -> Problem:
        assert arguments == {"d": 4}
        return quadratic(n=setting.n, d=4)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_shipped_problems_state_consistent_arguments(name: str) -> None:
    assert flaw_in_arguments(SHIPPED[name].arguments) == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "maximise"}, 'its `kind` is \'maximise\', and must be "minimize" or "vi"'),
        ({"arguments": [3]}, "its `arguments` are not a tuple of `Argument`"),
        (
            {"arguments": (Argument("d", ArgumentKind.INT, 0, least=1),)},
            "the default 0, and must be at least 1",
        ),
        (
            {"arguments": (Argument("C", ArgumentKind.COMPRESSOR),)},
            "`C` is a compressor, and no problem takes one",
        ),
        ({"constants": None}, "its `constants` are not a set of names"),
        ({"doc": None}, "its `doc` is not a text"),
    ],
)
def test_a_contract_that_no_one_could_use_is_told(
    install: Callable[[object], None], changes: dict[str, object], said: str
) -> None:
    stated = {
        "name": "halves",
        "kind": "minimize",
        "arguments": (),
        "constants": frozenset(),
        "doc": "a test",
    }
    install(Halves(Contract(**{**stated, **changes})))  # type: ignore[arg-type]
    with pytest.raises(SetupError, match=r"problem `halves` .*Mend the plug-in") as caught:
        make("halves")
    assert said in str(caught.value)


def test_what_is_no_family_is_told(install: Callable[[object], None]) -> None:
    install(3)
    with pytest.raises(SetupError, match="problem `halves` failed in its `contract`"):
        make("halves")


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    """Makes a family known as `halves`, as an installed package would."""

    def go(family: object) -> None:
        point = importlib.metadata.EntryPoint("halves", "somewhere:family", contracts.ENTRY_POINTS)
        monkeypatch.setattr(importlib.metadata.EntryPoint, "load", lambda self: family)
        installed = importlib.metadata.EntryPoints([point])
        monkeypatch.setattr(
            importlib.metadata, "entry_points", lambda **selection: installed.select(**selection)
        )

    return go


def test_plug_ins_join_by_entry_point(install: Callable[[object], None]) -> None:
    argument = Argument("d", ArgumentKind.INT, doc="dimension", least=1, most=4)
    install(Halves(Contract("halves", "minimize", (argument,), frozenset(), "a test")))
    assert "halves" in list(PROBLEMS) and "halves" in PROBLEMS and "thirds" not in PROBLEMS
    assert PROBLEMS["halves"].doc == "a test"
    assert make("halves", n=2, d=4).n == 2
    for wrong in (0, -2):
        with pytest.raises(
            SetupError, match=rf"`d` of `halves` must be from 1 to 4, not {wrong} \(dimension\)"
        ):
            make("halves", d=wrong)
    with pytest.raises(SetupError, match="did you mean `halves`"):
        make("halvs")
    with pytest.raises(SetupError, match="`d` of `halves` takes an integer"):
        make("halves", d="4")
