"""Algorithm boxes in LaTeX: what they say of the shipped specs, and that LaTeX takes them."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cablese.dsl.emit.tex import PACKAGES, emit_tex
from cablese.dsl.emit.tex_symbols import plain, symbol, symbols_of
from cablese.dsl.pipeline import compile_spec, read_spec
from cablese.dsl.text.source import Source
from cablese.runtime.library import find_spec, shipped_specs
from cablese.runtime.registry import plugins
from emit_tools import method
from hypothesis import given
from hypothesis import strategies as st

NAMES = [shipped.name for shipped in shipped_specs()]
CORNERS = sorted((Path(__file__).parents[1] / "reference" / "specs").glob("*.alg"))


def box(source: Source) -> str:
    return emit_tex(read_spec(source), compile_spec(source, plugins()))


@pytest.mark.parametrize("name", ["marina", "pp_marina", "masha1", "comp_ams", "choco_sgd", "clag"])
def test_boxes_of_methods(name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"{name}.tex", box(find_spec(name)))


@pytest.mark.parametrize("name", NAMES)
def test_every_block_is_closed(name: str) -> None:
    lines = box(find_spec(name)).splitlines()
    for opener, closer in (("\\For", "\\EndFor"), ("\\If", "\\EndIf"), ("\\begin", "\\end")):
        starts = sum(line.strip().startswith((opener + "{", opener + "[")) for line in lines)
        assert starts == sum(line.strip().split("{")[0] == closer for line in lines), opener
    for line in lines:
        assert line.count("{") == line.count("}") and line.replace("\\$", "").count("$") % 2 == 0, line


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("gamma", "\\gamma"),
        ("x_old", "x_{\\mathrm{old}}"),
        ("x_hat", "\\hat{x}"),
        ("beta1", "\\beta_{1}"),
        ("alpha_up", "\\alpha_{\\mathrm{up}}"),
        ("x0", "x^0"),
        ("L_max", "L_{\\max}"),
        ("moved", "\\mathit{moved}"),
        ("h_i", "h_{i}"),
        ("y_2", "y_{2}"),
        ("x_", "x"),
    ],
)
def test_symbols(name: str, written: str) -> None:
    assert symbol(name) == written


def test_symbols_of_families_and_compressors() -> None:
    assert symbol("h_i", index="i") == "h_{i}" and symbol("h_i", index="j") == "h_{j}"
    assert symbol("x_hat", index="j") == "\\hat{x}_{j}"
    assert symbol("Q_dev", compressor=True) == "\\mathcal{Q}_{\\mathrm{dev}}"
    assert plain("50% of A_B & {C} \\ ^~") == "50\\% of A\\_B \\& \\{C\\} \\textbackslash  \\^{}\\~{}"


PIECES = st.sampled_from(
    ["a", "b", "x", "K", "T", "k", "i", "j", "hat", "eps", "epsilon", "lam", "lambda", "old", "1", "12", ""]
)
SPELLED = st.lists(PIECES, min_size=1, max_size=4).flatmap(
    lambda parts: st.sampled_from(["_".join(parts), "".join(parts), "__".join(parts)])
)


@given(st.sets(SPELLED.filter(str.isidentifier), max_size=12), st.randoms(use_true_random=False))
def test_different_names_have_different_signs(names: set[str], chance: random.Random) -> None:
    ordered = sorted(names)
    compressors = frozenset(name for name in ordered if chance.random() < 0.2)
    families = frozenset(name for name in ordered if name not in compressors and chance.random() < 0.4)
    symbols = symbols_of(names, compressors, families)
    found = [symbols.rounds, symbols.counter, "i", "j", "n", "N_i", "x^0"]
    for name in ordered:
        indices = ("i", "j") if name in families else ("",)
        found += [symbols.of(name, index) for index in indices]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("params", "said", "loop"),
    [
        ("param K = 5", "$\\displaystyle K = 5$", "\\For{$k = 0, 1, \\dots, T - 1$}"),
        ("param K = 5\nparam T = rounds", "$\\displaystyle T = R$", "\\For{$k = 0, 1, \\dots, R - 1$}"),
        ("param k = 5", "$\\displaystyle k = 5$", "\\For{$t = 0, 1, \\dots, K - 1$}"),
        ("param a__b = 1\nparam a_b = 2", "$\\displaystyle \\mathtt{a\\_\\_b} = 1$", "K - 1"),
        ("param a__b = 1", "$\\displaystyle a_{b} = 1$", "K - 1"),
        ("param eps = 1\nparam epsilon = 2", "$\\displaystyle \\mathtt{epsilon} = 2$", "K - 1"),
        ("param i = 1", "$\\displaystyle \\mathtt{i} = 1$", "K - 1"),
    ],
)
def test_no_name_takes_another_s_sign(params: str, said: str, loop: str) -> None:
    read = " + ".join(line.split()[1] for line in params.splitlines())
    found = box(Source("t.alg", method(f"all: x = ({read}) * x", head=params, round="round")))
    assert said in found and loop in found


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("all: x = x - 2 * 3 * x", "x - 2 \\cdot 3 \\, x"),
        ("all: x = (x + x) / 2 / 3", "\\frac{x + x}{2 \\, 3}"),
        ("all: x = -(x - 1e-8 * x)", "-\\left(x - 10^{-8} \\, x\\right)"),
        ("all: x = x * 2.5e-7^2", "\\left(2.5 \\cdot 10^{-7}\\right)^{2}"),
        ("all: y = norm2(x) <= 1 and not (norm(x) > 2)", "\\land \\lnot \\left("),
        ("all: y = where(x > 0, x, zeros)", "\\operatorname{where}\\left(x > 0, x, 0\\right)"),
        ("node -> server: m = Q(grad(x))\nserver: g = sum(m) / n", "\\frac{\\sum_{i=1}^n m_{i}}{n}"),
        (
            "server: event S ~ subset(n, 2)\nserver -> all: S\nnode in S -> server: m = grad(x)\nserver: g = mean(m)",
            "\\frac{1}{\\lvert S \\rvert} \\sum_{i \\in S} m_{i}",
        ),
        (
            "node when norm(grad(x)) > 1 -> server: m = grad(x)\nserver: g = sum(m)",
            "\\sum_{i \\in \\mathrm{who}(m_{i})} m_{i}",
        ),
        ("repeat 3 as t:\n    all: x = x / (t + 1)", "\\For{$t$ $= 0, \\dots, 3 - 1$}"),
    ],
)
def test_formulas(body: str, said: str) -> None:
    assert said in box(Source("t.alg", method(body)))


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_takes_the_boxes(tmp_path: Path) -> None:
    sources = [find_spec(name) for name in NAMES]
    sources += [Source(path.name, path.read_text(encoding="utf-8")) for path in CORNERS]
    boxes = [re.sub(r"\\begin\{algorithm\}", r"\\begin{algorithm}[H]", box(source)) for source in sources]
    head = f"\\documentclass{{article}}\\usepackage{{{','.join(PACKAGES)},float}}\\begin{{document}}\n"
    (tmp_path / "boxes.tex").write_text(head + "\n".join(boxes) + "\\end{document}\n", encoding="utf-8")
    line = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "boxes.tex"]
    ended = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stdout[-3000:]
