"""Sections of pages: settings that differ, messages, formulas, differences, claims, versions; pages of other commands."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import cablese
import pytest
from cablese.runtime.errors import UsageError
from cablese.runtime.library import find_spec
from cablese.runtime.page.document import page_text
from cablese.runtime.page.runs import runs_page
from cablese.runtime.page.specs import claims_section
from cablese.runtime.verify.findings import Case, Finding, Verdict
from cablese.runtime.verify.verify import Report
from cablese.verification import Verification


@pytest.fixture(scope="module")
def page() -> str:
    found = cablese.compare(["marina", "diana(Q = rand_k(k = 2))"], nodes=4, rounds=20)
    return page_text(runs_page([result.recording for result in found], command="cablese compare <&>"))


def data_of(page: str) -> Any:
    """The data in a page."""
    found = re.search(r'id="data">(.*?)</script>', page)
    assert found is not None
    return json.loads(found[1])


def _section(page: str, name: str) -> str:
    """The text of a section, without its tags."""
    found = re.search(f'<section id="{name}">(.*?)</section>', page, re.DOTALL)
    assert found is not None, name
    return unescape(re.sub(r"<[^>]*>", " ", re.sub(r"</?(?:span|mark|b)\b[^>]*>", "", found[1])))


def test_settings_that_differ_stand_before_those_of_all(page: str) -> None:
    differ, shared = _section(page, "settings").split("the same for all")
    assert "rand_k(k = 2)" in differ
    assert "Horvath" in differ
    assert "logreg" in shared
    assert "contiguous" in shared


def test_messages_and_formulas_of_each_method(page: str) -> None:
    messages = _section(page, "messages")
    assert messages.count("per node and round") == 2
    assert "node -> server: m" in messages
    assert "n·32·d" in _section(page, "costs") or "32·" in _section(page, "costs")


def test_metrics_have_the_signs_of_curves_in_tables(page: str) -> None:
    results = _section(page, "results")
    assert "‖∇f(x)‖²" in results
    assert "||" not in results


def test_differences_specs_and_claims(page: str) -> None:
    assert "keeps a memory at each node" in _section(page, "differences")
    specs = _section(page, "specs")
    assert "algorithm MARINA" in specs
    assert "algorithm DIANA" in specs
    claims = _section(page, "claims")
    assert re.search(r"equals GD when p = 1\s+proven\s+by algebra", claims)
    assert re.search(r"guarantee Theorem 2.1\s+not refuted\s+in \d+ runs", claims)
    assert re.search(r"invariant h == mean\(h_i\)\s+held", claims)
    assert "not by the runs above" in claims


def test_the_claims_of_many_specs_are_told_without_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cablese.runtime.page.specs._FEW_CLAIMED", 1)
    (section,) = claims_section([find_spec("diana"), find_spec("marina")])
    assert re.search(r"Theorem 2.1.*?not tried", section.html, re.DOTALL)
    assert "algebra alone" in section.html


def test_the_origin_has_versions_hashes_and_the_line(page: str) -> None:
    origin = _section(page, "origin")
    assert "cablese compare <&>" in origin
    assert cablese.__version__ in origin
    assert "sha256" in origin
    assert 'id="best"' not in page


def test_the_page_of_a_difference(tmp_path: Path) -> None:
    path = tmp_path / "diff.html"
    cablese.diff("gd", "marina", quick=True).report(path)
    page = path.read_text()
    assert "GD -&gt; MARINA" in page
    assert "GD does not" in _section(page, "difference")
    assert "leeoniya" not in page, "there is no curve to draw"


def test_the_page_of_a_verification(tmp_path: Path) -> None:
    path, spec = tmp_path / "verdicts.html", find_spec("gd")
    case = Case("--nodes 4 --problem 'quadratic(d = 2)'", "pl", "default", 4, 2, 1.5, 1.25, refuted=True)
    held = Finding("law", "equals SGD", 20, Verdict.PROVEN, "by algebra")
    broken = Finding("guarantee", 'guarantee "Cauchy"', 21, Verdict.REFUTED, cases=(case,))
    Verification((Report("GD", "gd.alg", (held, broken), spec.text),)).report(path)
    page = path.read_text()
    assert "gd.alg:21: guarantee Cauchy is refuted: left/right is 1.5" in _section(page, "failures")
    assert re.search(r"equals SGD\s+proven\s+by algebra", _section(page, "claims"))
    assert "quadratic, n = 4" in _section(page, "claims")
    assert "algorithm GD" in _section(page, "specs")


def test_runs_on_several_problems_are_studies_of_their_own() -> None:
    runs = [cablese.run(name, nodes=2, rounds=2).recording for name in ("gd", "extragradient")]
    page = runs_page(runs)
    assert len(page.studies) == 2
    assert "differences" not in [section.name for section in page.sections]


def test_a_report_that_cannot_be_written_is_refused_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cablese.cli.main import app
    from click.testing import CliRunner

    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.html").write_text("<p>mine</p>")
    for line in ("run gd", "diff gd sgd", "verify gd", "runs ."):
        told = CliRunner().invoke(app, [*line.split(), "--report", "mine.html"])
        assert told.exit_code == 2, line
        assert "a report only replaces a report" in told.output
        assert "rounds" not in told.output


def test_the_best_setting_of_a_method_with_several() -> None:
    found = cablese.compare(["gd"], nodes=2, rounds=5, sweep="gamma = gamma * [1/4, 1]")
    page = page_text(runs_page([result.recording for result in found]))
    gammas = [result.header.params["gamma"] for result in found]
    assert f"GD (gamma = {max(gammas):.4g})" in _section(page, "best")
    assert f"GD (gamma = {min(gammas):.4g})" not in _section(page, "best")


def test_a_network_gives_an_axis_of_predicted_seconds(tmp_path: Path) -> None:
    from cablese.cli.main import app
    from click.testing import CliRunner

    path = tmp_path / "net.html"
    line = [
        "compare",
        "gd",
        "diana",
        "-n",
        "2",
        "-k",
        "4",
        "--network",
        "up = 1Mbps, down = 1Mbps, latency = 1ms",
    ]
    told = CliRunner().invoke(app, [*line, "--report", str(path)])
    assert told.exit_code == 0, told.output
    [study] = data_of(path.read_text())["studies"]
    assert "predicted_seconds" in [axis["name"] for axis in study["axes"]]
    own, predicted = (study["curves"][0]["places"][name] for name in ("seconds", "predicted_seconds"))
    assert predicted[-1] > own[-1]


def test_a_run_that_fails_or_diverges_makes_a_page(tmp_path: Path) -> None:
    good = cablese.run("gd", nodes=2, rounds=5)
    with pytest.raises(cablese.RunFailed) as failed:
        cablese.run("gd", nodes=2, rounds=2000, set={"gamma": 1e200})
    bad = failed.value.result
    page = page_text(runs_page([good.recording, bad.recording]))
    [study] = data_of(page)["studies"]
    assert len(study["curves"]) == 2
    assert "failed" in _section(page, "results")


def test_runs_in_a_folder_make_a_page(tmp_path: Path) -> None:
    from cablese.cli.main import app
    from click.testing import CliRunner

    (tmp_path / "one").mkdir()
    cablese.run("gd", nodes=2, rounds=2).save(tmp_path / "one" / "trace.jsonl")
    told = CliRunner().invoke(app, ["runs", str(tmp_path), "--report", str(tmp_path / "runs.html")])
    assert told.exit_code == 0, told.output
    assert "Cauchy (1847)" in _section((tmp_path / "runs.html").read_text(), "settings")
    with pytest.raises(UsageError, match="must end in"):
        cablese.load(tmp_path / "one" / "trace.jsonl").report(tmp_path / "runs.txt")
