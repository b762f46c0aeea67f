"""What a command may load before it has something to do: start-up time, without a stopwatch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_NEVER = ("numpy", "scipy", "sklearn", "matplotlib", "mpi4py", "numba", "torch", "pydantic", "rich", "lark")
_CODE = """
import sys
sys.argv = ["cablese", *{words!r}]
from cablese.cli.main import main
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
print("loaded:", *sorted(set({names!r}) & sys.modules.keys()), file=sys.stderr)
"""


def loaded(words: tuple[str, ...], names: tuple[str, ...]) -> str:
    code = _CODE.format(words=words, names=names)
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return ended.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    "words", [("--help",), ("run", "--help"), ("--version",), ("explain",)], ids=" ".join
)
def test_help_loads_nothing_heavy(words: tuple[str, ...]) -> None:
    assert loaded(words, _NEVER) == "loaded:"


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
    assert loaded(words, tuple(name for name in _NEVER if name != "lark")) == "loaded:"


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = f"import sys, cablese; print(*sorted(set({_NEVER!r}) & sys.modules.keys()))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == ""
