"""Names and arguments: contracts without array libraries, every mistake a sentence, plug-ins by entry point."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import array_api_compat.numpy as xp
import numpy as np
import pytest
from cablese.dsl.check.contracts import Argument, ArgumentKind, ProblemContract
from cablese.runtime.errors import SetupError
from cablese.runtime.families import Families
from cablese.runtime.problems import registry as rooms
from cablese.runtime.problems.base import Oracle, Problem, Setting, Solution
from cablese.runtime.problems.reading import read_problem
from cablese.runtime.problems.registry import SHIPPED, make_problem, register, registry
from problem_cases import quadratic

STATIONARY_AT_0 = ("two_layer", "matrix_factorisation")  # they start elsewhere
SMALL = {"d": 3, "mu": 1, "L": 2}


def make(name: str, n: int = 3, split: str = "contiguous", seed: int = 0, **arguments: object) -> Problem:
    return make_problem(name, arguments, n=n, split=split, seed=seed)  # type: ignore[arg-type]


def test_names_and_checking_need_no_array_library() -> None:
    code = (
        "import sys; from cablese.runtime.registry import plugins; plugins().compressors['rand_k'];"
        "from cablese.runtime.problems.registry import DEFAULTS;"
        "print([m for m in ('numpy', 'scipy', 'sklearn', 'pydantic', 'importlib.metadata') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_dense_problems_import_neither_scipy_nor_scikit_learn() -> None:
    code = (
        "import sys; from cablese.runtime.problems.registry import make_problem as m;"
        "m('quadratic', {'d': 3, 'mu': 1, 'L': 2}, n=2, split='contiguous', seed=0).solution();"
        "print([m for m in ('scipy', 'sklearn', 'pydantic') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


OF_NETWORKS = {
    "network",
    "torch",
    "adversarial",
    "game",
}  # they need PyTorch, and are tried in tests/networks


@pytest.mark.parametrize("name", [name for name in SHIPPED if name not in OF_NETWORKS])
def test_a_problem_is_what_its_class_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A problem of the values that its arguments give as examples; files among these lie beside this one."""
    monkeypatch.chdir(Path(__file__).parent)
    family = registry()[name]
    contract: ProblemContract = family
    assert (contract.name, family.flaw()) == (name, "") and contract.doc
    assert all(argument.doc for argument in family.arguments)
    examples = ", ".join(f"{argument.name} = {argument.written_example}" for argument in family.arguments)
    (called, arguments), _ = read_problem(f"{name}({examples})")
    problem = make(called, **arguments)
    assert problem.n == 3 and len(problem.samples) == 3
    assert problem.start.shape == (problem.d,)
    if problem.regulariser is None:
        assert problem.start.any() == (name in STATIONARY_AT_0)
    else:  # the nearest to 0
        nearest = problem.regulariser.projections(xp, np.zeros((1, problem.d)))[0]
        np.testing.assert_allclose(problem.start, nearest, atol=1e-15)
    assert sum(math.prod(shape) for _, shape in problem.blocks) == problem.d
    known = ("L", "L_i", "L_max", "L_mean2", "L_pm", "calL", "L_sample", "mu")
    assert {each for each in known if problem.constant(each) is not None} == family.constants
    assert problem.constant("omega") is None


def test_a_name_is_what_one_would_type() -> None:
    assert (
        make("logreg", data="breast_cancer", l2=1e-3).written == 'logreg(data = "breast_cancer", l2 = 0.001)'
    )
    assert make("logreg", data="breast_cancer", l2=0, bias=True, scale="none").written == (
        'logreg(data = "breast_cancer", bias = true)'
    )
    assert make("quadratic", d=3, mu=1, L=2).written == "quadratic(d = 3, mu = 1.0, L = 2.0)"


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
        make("quadratic", **SMALL, **setting)  # type: ignore[arg-type]
    assert all(word in str(caught.value) for word in words)


class Halves(Problem):
    """A plug-in as another package would bring it: f_i = norm2(x) / 2."""

    name, kind, doc = "halves", "minimize", "a test"
    arguments = (Argument("d", ArgumentKind.INT, doc="dimension", least=1, most=4),)

    def __init__(self, setting: Setting, *, d: int) -> None:
        super().__init__(setting)
        self.d, self.samples, self.blocks = d, (1,) * self.n, (("x", (d,)),)

    @property
    def start(self) -> Any:
        return np.ones(self.d)

    def constant(self, name: str) -> None:
        return None

    def solution(self) -> Solution:
        return Solution(np.zeros(self.d), 0.0)

    def oracle(self, backend: Any, first: int, last: int) -> Oracle:
        return quadratic(n=self.n, d=self.d).oracle(backend, first, last)


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Families[Problem]:
    """A registry that knows no foreign problem yet, instead of the program's."""
    families = rooms.families()
    for name in SHIPPED:
        families.register(registry()[name])
    monkeypatch.setattr(rooms, "_FAMILIES", families)
    return families


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, fresh: Families[Problem]) -> Callable[[object], None]:
    """Makes a class known as `halves`, as an installed package would."""

    def go(family: object) -> None:
        point = metadata.EntryPoint("halves", "somewhere:family", fresh.group)
        monkeypatch.setattr(metadata.EntryPoint, "load", lambda self: family)
        installed = metadata.EntryPoints([point])
        monkeypatch.setattr(metadata, "entry_points", lambda **selection: installed.select(**selection))

    return go


UNUSABLE: list[tuple[dict[str, Any], str]] = [
    ({"kind": "maximise"}, 'its `kind` is \'maximise\', and must be "minimize" or "vi"'),
    ({"kind": Problem.kind}, 'its `kind` is \'\', and must be "minimize" or "vi"'),
    ({"arguments": [3]}, "its `arguments` are not a tuple of `Argument`"),
    ({"arguments": (Argument("d", ArgumentKind.INT, 0, least=1),)}, "the default 0, and must be at least 1"),
    (
        {"arguments": (Argument("C", ArgumentKind.COMPRESSOR),)},
        "`C` is a compressor, and no problem takes one",
    ),
    ({"constants": None}, "its `constants` are not a set of names"),
    ({"doc": None}, "it has no `doc`"),
    ({"name": "two words"}, "a spec cannot write the name"),
    ({"name": "logreg"}, "the name `logreg` is taken"),
    ({"oracle": Problem.oracle}, "it does not define `oracle`"),
]


@pytest.mark.parametrize(("changes", "said"), UNUSABLE)
def test_a_class_that_no_one_could_use_is_refused(
    fresh: Families[Problem], changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(SetupError, match=r"`test_problem_contracts.Broken` cannot be registered") as caught:
        register(type("Broken", (Halves,), {"__module__": __name__, "__qualname__": "Broken", **changes}))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("offered", "said"), [(type("Broken", (Halves,), {"doc": ""}), "no `doc`"), (3, "3")]
)
def test_an_entry_point_that_names_no_usable_class_is_told(
    install: Callable[[object], None], offered: object, said: str
) -> None:
    install(offered)
    assert "halves" not in list(registry()) and "quadratic" in registry()
    with pytest.raises(SetupError, match=rf"{said}.* Mend the plug-in"):
        make("halves")


def bounds_hold() -> None:
    assert registry()["halves"].doc == "a test"
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


def test_plug_ins_join_by_entry_point(install: Callable[[object], None]) -> None:
    install(Halves)
    assert "halves" in list(registry()) and "halves" in registry() and "thirds" not in registry()
    bounds_hold()


def test_plug_ins_join_by_registration(fresh: Families[Problem]) -> None:
    assert register(register(Halves)) is Halves
    bounds_hold()
    with pytest.raises(SetupError, match="is taken"):
        register(type("Other", (Halves,), {}))
