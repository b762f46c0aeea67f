"""The scripts of examples/ run as they stand, and show what their pages say."""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
from pathlib import Path

import pytest
from cablese.cli.main import app
from click.testing import CliRunner

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = sorted(script.parent.name for script in EXAMPLES.glob("*/run.py"))


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
    assert {"yours", "marina_diana", "bilinear"} <= set(NAMES)
    for name in NAMES:
        folder = EXAMPLES / name
        page = (folder / "README.md").read_text(encoding="utf-8")
        assert f"({name}.png)" in page, name
        assert "`python run.py`" in page, name
        assert (folder / f"{name}.png").is_file(), name


def test_the_job_of_a_cluster_is_a_line_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "yours"
    shutil.copytree(EXAMPLES / "yours", folder)
    monkeypatch.chdir(folder)
    text = (folder / "job.sbatch").read_text(encoding="utf-8").replace("\\\n", " ")
    (words,) = (shlex.split(line) for line in text.splitlines() if line.startswith("srun"))
    assert words[:3] == ["srun", "--mpi=pmi2", "cablese"]
    planned = CliRunner().invoke(app, [*words[3:], "--dry"])
    assert planned.exit_code == 0, planned.output


@pytest.mark.parametrize("printed", ["yours"], indirect=True)
def test_momentum_helps_ef21_on_the_default_problem(printed: str) -> None:
    reached = numbers(r"^(\w+): .* = (\S+) after", printed)
    assert reached["HEAVY_EF21"] < reached["EF21"] / 20


@pytest.mark.parametrize("printed", ["marina_diana"], indirect=True)
def test_marina_is_below_diana_for_each_k(printed: str) -> None:
    reached = numbers(r"^(\w+, K = \d+): (\S+),", printed)
    for k in (1, 5, 10):
        assert reached[f"MARINA, K = {k}"] < reached[f"DIANA, K = {k}"]


@pytest.mark.slow
@pytest.mark.parametrize("printed", ["bilinear"], indirect=True)
def test_who_diverges_and_who_converges(printed: str) -> None:
    reached = numbers(r"^(\w+): .* to (\S+)$", printed)
    assert reached["GDA"] > 1e50
    assert reached["NAIVE"] > 1
    assert reached["Extragradient"] < 1e-10
    assert reached["MASHA1"] < 0.5
