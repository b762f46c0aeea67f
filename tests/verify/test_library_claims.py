"""Every claim of the shipped specs stands: the quick effort of `cablese verify`, of each spec."""

from __future__ import annotations

import pytest
from cablese.runtime.library import find_spec, shipped_specs
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
