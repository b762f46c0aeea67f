"""Algorithm boxes, and figures of two, go through pdfLaTeX, and lines stay within the page's width."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from cablese.dsl.emit.tex import PACKAGES, emit_tex
from cablese.dsl.emit.tex_width import width
from cablese.dsl.pipeline import compile_spec, read_spec
from cablese.runtime.execute.difference import difference
from cablese.runtime.library import find_spec, shipped_specs
from cablese.runtime.registry import plugins
from cablese.runtime.report.difference_tex import difference_tex
from library_tiers import REPRESENTATIVE

PAIRS = [
    ("diana", "marina"),
    ("ef_sgd", "ef21"),
    ("artemis", "mcm"),
    ("masha1", "extragradient"),
    ("dpsgd", "choco_sgd"),
]
ALL = [spec.name for spec in shipped_specs()]


def box(name: str) -> str:
    source = find_spec(name)
    return emit_tex(read_spec(source), compile_spec(source, plugins()))


def figure(one: str, other: str) -> str:
    return difference_tex(difference((find_spec(one), find_spec(other)), (), quick=True))


def log_of(parts: Sequence[str], options: str, folder: Path) -> str:
    """The log of a document with these parts; fails where LaTeX stops."""
    program = shutil.which("pdflatex")
    if program is None:
        pytest.skip("pdflatex is not installed")
    packages = f"\\usepackage[margin=2cm]{{geometry}}\\usepackage{{{', '.join((*PACKAGES, 'xcolor'))}}}"
    head = f"\\documentclass[10pt{options}]{{article}}\n{packages}\n\\begin{{document}}\n"
    text = "\n\\clearpage\n".join(parts)
    (folder / "boxes.tex").write_text(f"{head}{text}\n\\end{{document}}\n", encoding="utf-8")
    words = [program, "-interaction=nonstopmode", "-halt-on-error", "boxes.tex"]
    ended = subprocess.run(words, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    assert ended.returncode == 0, ended.stdout[-2000:]
    return ended.stdout


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["mcm"], id="one"),
        pytest.param([name for name in ALL if name in REPRESENTATIVE], id="some", marks=pytest.mark.slow),
        pytest.param(ALL, id="all", marks=[pytest.mark.slow, pytest.mark.exhaustive]),
    ],
)
def test_boxes_compile_and_fit(names: list[str], tmp_path: Path) -> None:
    assert "Overfull" not in log_of([box(name) for name in names], "", tmp_path)


@pytest.mark.slow
def test_figures_of_two_compile_and_fit(tmp_path: Path) -> None:
    assert "Overfull" not in log_of([figure(*pair) for pair in PAIRS], ", twocolumn", tmp_path)


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("\\gamma = \\frac{1}{L \\, \\left(1 + n\\right)}", 1.2 + 2.5 + 1 + 0.3 + 1 + 1 + 2.5 + 1 + 1),
        ("x_{\\mathrm{old}}^2", 1 + 0.7 * 3 + 0.7),
        ("\\sqrt{2} \\le \\max(a, b)", 1.5 + 1 + 2.5 + 3 + 5),
        ("", 0),
        ("\\frac{a}", 1),
    ],
)
def test_widths_are_those_of_what_is_printed(text: str, digits: float) -> None:
    assert width(text) == pytest.approx(digits)
