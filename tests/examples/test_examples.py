"""The scripts of examples/ run as they stand, and show what their pages say."""

from __future__ import annotations

import re
import runpy
import shutil
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = sorted(folder.name for folder in EXAMPLES.iterdir() if folder.is_dir())


@pytest.fixture
def printed(request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What an example's script prints, run in a copy of its folder; it draws its figure there."""
    folder = tmp_path / request.param
    shutil.copytree(EXAMPLES / request.param, folder)
    picture = folder / f"{request.param}.png"
    picture.unlink()
    runpy.run_path(str(folder / "run.py"), run_name="__main__")
    assert picture.read_bytes().startswith(b"\x89PNG")
    return capsys.readouterr().out


def numbers(pattern: str, text: str) -> dict[str, float]:
    """Name -> number of each line that has both."""
    return {name: float(number) for name, number in re.findall(pattern, text, re.MULTILINE)}


def test_each_has_a_page_a_script_and_its_figure() -> None:
    assert {"first_method", "marina_diana", "bilinear"} <= set(NAMES)
    for name in NAMES:
        folder = EXAMPLES / name
        page = (folder / "README.md").read_text(encoding="utf-8")
        assert f"({name}.png)" in page, name
        assert "`python run.py`" in page, name
        assert (folder / f"{name}.png").is_file(), name


@pytest.mark.parametrize("printed", ["first_method"], indirect=True)
def test_momentum_helps_ef21_on_the_default_problem(printed: str) -> None:
    reached = numbers(r"^(\w+): .* = (\S+) after", printed)
    assert reached["HEAVY_EF21"] < reached["EF21"] / 20


@pytest.mark.parametrize("printed", ["marina_diana"], indirect=True)
def test_marina_is_below_diana_for_each_k(printed: str) -> None:
    reached = numbers(r"^(\w+, K = \d+): (\S+),", printed)
    for k in (1, 5, 10):
        assert reached[f"MARINA, K = {k}"] < reached[f"DIANA, K = {k}"]


@pytest.mark.parametrize("printed", ["bilinear"], indirect=True)
def test_who_diverges_and_who_converges(printed: str) -> None:
    reached = numbers(r"^(\w+): .* to (\S+)$", printed)
    assert reached["GDA"] > 1e50
    assert reached["NAIVE"] > 1
    assert reached["Extragradient"] < 1e-10
    assert reached["MASHA1"] < 0.5
