"""What a command may load before it has something to do: start-up time, without a stopwatch."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_NEVER = (
    *("numpy", "scipy", "sklearn", "matplotlib", "mpi4py", "numba", "torch", "pydantic", "rich", "lark"),
    *("PEPit", "cvxpy"),
)
_NEVER_FOR_A_CORRECT_SPEC = (
    "zipfile",
    "importlib.resources",
    "importlib.metadata",
    "cablese.cli.run",
    "cablese.cli.show",
    "cablese.cli.launch",
    "cablese.dsl.catalogue",
    "cablese.dsl.emit",
    "cablese.dsl.text.render",
    "cablese.dsl.syntax.explain",
    "cablese.dsl.syntax.printer",
    "cablese.dsl.syntax.shapes",
    "cablese.runtime.execute",
    "cablese.runtime.report",
    "cablese.runtime.problems.linear",
    "cablese.runtime.codecs.sparse",
)
_CODE = """
import sys
sys.argv = ["cablese", *{words!r}]
from cablese.cli.main import main
try:
    main()
except SystemExit as ended:
    assert (ended.code or 0) == {code}, ended.code
print("loaded:", *sorted(set({names!r}) & sys.modules.keys()), file=sys.stderr)
"""


def loaded(words: tuple[str, ...], names: tuple[str, ...], code: int = 0) -> str:
    """The line that says which of `names` are loaded after a command, which ends with an exit code."""
    text = _CODE.format(words=words, names=names, code=code)
    ended = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    return ended.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "words", [("--help",), ("run", "--help"), ("lab", "--help"), ("--version",), ("explain",)], ids=" ".join
)
def test_help_loads_nothing_heavy(words: tuple[str, ...]) -> None:
    assert loaded(words, _NEVER) == "loaded:"


def test_a_run_checks_its_options_without_a_library() -> None:
    words = ("run", "gd", "--rounds", "1", "--problem", "quadratic(d = 2, mu = 1, L = 2)", "--quiet")
    assert loaded(words, ("pydantic", "matplotlib", "sklearn", "rich")) == "loaded:"


@pytest.mark.parametrize(
    "words",
    [
        ("check", "marina", "pp_marina"),
        ("list", "algorithms"),
        ("explain", "E203"),
        ("fmt", "--check", str(ROOT / "algorithms" / "first_order" / "gd.alg")),
    ],
    ids=" ".join,
)
def test_checking_loads_no_array_library(words: tuple[str, ...]) -> None:
    assert loaded(words, _NEVER) == "loaded:"


@pytest.mark.parametrize(
    "spec", ["marina", str(ROOT / "algorithms" / "first_order" / "gd.alg")], ids=("by name", "by path")
)
def test_checking_a_correct_spec_loads_one_command_and_the_stages_up_to_the_plan(spec: str) -> None:
    assert loaded(("check", spec), _NEVER_FOR_A_CORRECT_SPEC) == "loaded:"


def test_a_first_run_loads_no_library_for_its_data() -> None:
    """scikit-learn and scipy.stats, which it loads, took two seconds for one small file."""
    heavy = (
        "sklearn",
        "scipy.stats",
        "scipy.sparse",
        "matplotlib",
        "numba",
        "torch",
        "pandas",
        "rich",
        "importlib.metadata",
        "mpi4py.MPI",
    )
    assert loaded(("run", "marina", "-n", "5", "-k", "1", "--quiet"), heavy) == "loaded:"


def test_a_cost_loads_nothing_that_runs() -> None:
    heavy = ("scipy", "sklearn", "matplotlib", "numba", "array_api_compat", "mpi4py", "threadpoolctl")
    runs = ("cablese.runtime.execute.session", "cablese.runtime.transports.payloads")
    assert loaded(("cost", "marina", "--dim", "1e9", "--nodes", "1e6"), heavy + runs) == "loaded:"


def test_what_a_check_may_not_load_exists() -> None:
    """A module that was renamed would be watched no longer."""
    assert [name for name in _NEVER_FOR_A_CORRECT_SPEC if find_spec(name) is None] == []


def test_a_difference_loads_nothing_that_it_does_not_tell() -> None:
    heavy = (
        "scipy",
        "sklearn",
        "matplotlib",
        "numba",
        "array_api_compat",
        "mpi4py",
        "rich",
        "importlib.metadata",
    )
    rooms = ("cablese.runtime.lab", "cablese.runtime.verify", "cablese.runtime.report.table")
    assert loaded(("diff", "marina", "diana"), heavy + rooms, code=1) == "loaded:"


_CACHING = {"Source", "Script", "Method", "Meter", "Optimality", "Stream", "Vocabulary"}
"""Frozen dataclasses that compute what they are asked for once, which slots do not hold."""


@pytest.mark.parametrize(
    "words", [("diff", "marina", "diana"), ("run", "marina", "-k", "1", "--quiet")], ids=" ".join
)
def test_frozen_classes_are_records(words: tuple[str, ...]) -> None:
    """Whose making compiles nothing; a dataclass compiles six functions."""
    code = f"""
import sys
sys.argv = ["cablese", *{words!r}]
from cablese.cli.main import main
try:
    main()
except SystemExit:
    pass
classes = {{c for name, m in sys.modules.items() if name.startswith("cablese.") for c in vars(m).values()
           if isinstance(c, type) and c.__module__ == name and "__dataclass_params__" in vars(c)}}
assert len(classes) > 90, len(classes)
frozen = {{c.__qualname__ for c in classes if c.__dataclass_params__.init and c.__dataclass_params__.frozen}}
print(*sorted(frozen), file=sys.stderr)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(ended.stderr.split()) <= _CACHING


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = f"import sys, cablese; print(*sorted(set({_NEVER!r}) & sys.modules.keys()))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == ""
