"""The notebook and the app of examples/notebook run from their first cell to their last."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

FOLDER = Path(__file__).parents[2] / "examples" / "notebook"


def test_the_notebook_runs(tmp_path: Path) -> None:
    nbformat = pytest.importorskip("nbformat", reason="Jupyter is not installed: make site")
    client = pytest.importorskip("nbclient", reason="Jupyter is not installed: make site")
    notebook = nbformat.read(FOLDER / "own_method.ipynb", as_version=4)
    client.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    shown = [kind for output in outputs for kind in output.get("data", {})]
    assert {"text/html", "image/png"} <= set(shown)


def test_the_app_runs(tmp_path: Path) -> None:
    pytest.importorskip("marimo", reason="marimo is not installed: make site")
    done = subprocess.run(
        [sys.executable, str(FOLDER / "sliders.py")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
