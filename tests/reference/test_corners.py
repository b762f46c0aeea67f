"""Small specs, each for one rule of the language: the fast path and the evaluator agree on them to the bit.

The first line of a spec says what it is about.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.source import Source
from cablese.runtime.execute.options import Options
from cablese.runtime.execute.session import prepare
from harness import assert_equal
from tiers import every

FOLDER = Path(__file__).parent / "specs"
SPECS = {path.stem: path for path in sorted(FOLDER.glob("*.alg"))}
REFUSED = {path.stem: path for path in sorted((FOLDER / "refused").glob("*.alg"))}
SMALL = "quadratic(d = 12, mu = 0.3, L = 2, spread = 1, seed = 2)"
SADDLE = "bilinear_saddle(d = 6, lam = 0.5, seed = 0)"
DATA = 'logreg(data = "breast_cancer", l2 = 1e-3)'


def problem_of(text: str) -> str:
    """Minibatches need samples, and only a saddle problem has several blocks."""
    if "problem saddle" in text:
        return SADDLE
    return DATA if "minibatch" in text else SMALL


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("wire", every(2, ["float32", "float64"]))
def test_corner(name: str, wire: str) -> None:
    text = SPECS[name].read_text()
    options = Options(nodes=5, rounds=8, every=1, problem=problem_of(text), wire=wire, wire_check="all")
    if "group:" in text:
        options = replace(options, groups=2)
    assert_equal(Source(f"{name}.alg", text), options)


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_fast_path_does_not_execute_is_refused(name: str) -> None:
    """A message names the line that the spec's second line tells; nothing is run by halves."""
    text = REFUSED[name].read_text()
    line = int(text.splitlines()[1].removeprefix("# refused: "))
    with pytest.raises(SpecError) as caught:
        prepare(Source(f"{name}.alg", text), Options(nodes=5, rounds=1, problem=SMALL))
    assert [d.span.line for d in caught.value.diagnostics] == [line]
