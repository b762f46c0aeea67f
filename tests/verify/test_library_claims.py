"""Every claim of the shipped specs stands: the quick effort of `cablese verify`, of each spec."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cablese.dsl.pipeline import compile_spec
from cablese.runtime.library import find_spec, shipped_specs
from cablese.runtime.registry import plugins
from cablese.runtime.verify.findings import Verdict
from cablese.runtime.verify.guarantees import Effort
from cablese.runtime.verify.table import verdict_lines
from cablese.runtime.verify.verify import QUICK, verify


@pytest.mark.slow
@pytest.mark.parametrize("name", [spec.name for spec in shipped_specs()])
def test_the_claims_of_a_spec_stand(name: str) -> None:
    report = verify(find_spec(name), QUICK)
    assert not report.failures, list(verdict_lines([report]))
    assert not report.count(Verdict.NOT_TRIED), list(verdict_lines([report]))


@pytest.mark.parametrize("name", ["choco_sgd", "scaffold_2", "artemis_pp2"])
def test_a_few_in_the_quick_tier(name: str) -> None:
    assert not verify(find_spec(name), Effort(seeds=2, rounds=8, trials=1)).failures


PAGE = Path(__file__).parents[2] / "docs" / "verified.md"


@pytest.mark.slow
def test_the_page_of_verdicts_tells_of_the_claims_that_there_are() -> None:
    """Made on demand, by the command that it names: it has no claim that is gone, and few that are new are not on it."""
    told = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| `(.*)` \|", told, re.MULTILINE)
    theorems = set(re.findall(r"^\| (\w+) \| ([^|`]*) \| \w+ \| \d+ \|", told, re.MULTILINE))
    programs = [compile_spec(find_spec(spec.name), plugins()) for spec in shipped_specs()]
    claims = {(p.name, " ".join(c.span.text.split())) for p in programs for c in (*p.invariants, *p.laws)}
    guarantees = {(p.name, guarantee.theorem) for p in programs for guarantee in p.guarantees}
    assert set(rows) <= claims
    assert theorems <= guarantees
    assert len(rows) + len(theorems) > 0.9 * (len(claims) + len(guarantees))
    assert "refuted |" not in told.replace("not refuted |", "")
