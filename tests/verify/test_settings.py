"""Claims under settings: the new defaults stand in the text, every line where it was."""

from __future__ import annotations

import cablese
import pytest
from cablese.cli.main import app
from cablese.dsl.pipeline import compile_spec
from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.source import Source
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins
from cablese.runtime.verify.settings import with_settings
from click.testing import CliRunner


def test_defaults_are_replaced_where_they_stand() -> None:
    source = find_spec("marina")
    found = with_settings(source, ["gamma = 1 / (2 * L)", "Q=rand_k(k = 1)"])
    changed = [
        (old, new)
        for old, new in zip(source.text.splitlines(), found.text.splitlines(), strict=True)
        if old != new
    ]
    assert [new.partition("=")[2].split("where")[0].strip() for _, new in changed] == [
        "rand_k(k = 1)",
        "1 / (2 * L)",
    ]
    assert changed[1][1].endswith("where gamma > 0")


def test_lines_stay_where_they_were() -> None:
    source = Source("long.alg", find_spec("gd").text.replace("= 1 / L ", "= 1 / (\n    L\n) "))
    found = with_settings(source, ["gamma = 0.5"])
    assert [claim.span.line for claim in compile_spec(found, plugins()).guarantees] == [
        claim.span.line for claim in compile_spec(source, plugins()).guarantees
    ]


def test_what_has_no_default_gets_one() -> None:
    text = find_spec("gd").text.replace("= 1 / L   ", "")
    assert "param gamma = 0.5" in with_settings(Source("open.alg", text), ["gamma = 0.5"]).text


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(SpecError):
        with_settings(find_spec("gd"), ["gama = 1"])


def test_a_step_that_no_theorem_allows() -> None:
    run = CliRunner().invoke(app, ["verify", "gd", "--quick", "--set", "gamma = 4 / L"])
    assert run.exit_code == 1
    assert "the defaults do not meet `gamma <= 1 / L`" in " ".join(run.stdout.split())
    found = cablese.verify("gd", quick=True, set={"gamma": "4 / L"})
    assert found.failed


@pytest.mark.slow
def test_settings_reach_those_that_have_the_name() -> None:
    found = cablese.verify("gd", "sgd_m", quick=True, rounds=4, seeds=2, set=["lam = 0.5"])
    assert len(found.reports) == 2
    run = CliRunner().invoke(app, ["verify", "gd(gamma = 4 / L)", "--quick", "--rounds", "4"])
    assert run.exit_code == 1
