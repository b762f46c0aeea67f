"""Deliberately wrong copies of shipped specs fail verification, each by the claim that its mistake breaks."""

from __future__ import annotations

import pytest
from cablese.dsl.pipeline import compile_spec
from cablese.dsl.text.source import Source
from cablese.runtime.execute.problems import Problems
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins
from cablese.runtime.verify.findings import Finding, Verdict
from cablese.runtime.verify.guarantees import Effort
from cablese.runtime.verify.theory import lint_theory
from cablese.runtime.verify.verify import Report, verify

EFFORT = Effort(seeds=24, rounds=256, trials=2)


def wrong(name: str, *changes: tuple[str, str]) -> Source:
    """The shipped spec with some texts in the place of others, each of which it holds."""
    text = find_spec(name).text
    for old, new in changes:
        assert old in text, f"{name} has no {old!r}"
        text = text.replace(old, new)
    return Source(f"{name}.alg", text)


def lints(source: Source) -> list[Finding]:
    return list(lint_theory(source, compile_spec(source, plugins()), Problems()))


def failing(report: Report) -> set[tuple[str, Verdict]]:
    return {(finding.kind, finding.verdict) for finding in report.failures}


@pytest.mark.slow
def test_a_sign_error_in_dianas_memory() -> None:
    """h_i moves away from the gradient; server and nodes agree, and laws fix what hides it: only the rate breaks."""
    source = wrong(
        "diana",
        ("h_i = h_i + alpha * m", "h_i = h_i - alpha * m"),
        ("h = h + alpha * mean(m)", "h = h - alpha * mean(m)"),
    )
    assert failing(verify(source, EFFORT)) == {("guarantee", Verdict.REFUTED)}


@pytest.mark.slow
def test_masha1_without_its_difference() -> None:
    source = wrong("masha1", ("Q_dev(F(z_half) - Fw_i)", "Q_dev(F(z_half))"), ("(g + Fw)", "g"))
    assert failing(verify(source, EFFORT)) == {("guarantee", Verdict.REFUTED)}


@pytest.mark.slow
def test_marina_with_a_biased_compressor() -> None:
    """top_k in the place of an unbiased compressor with the same figure: its error does not average out over many nodes."""
    biased = (
        ("Q: unbiased = rand_k(k = ceil(d / 10))", "Q: contractive = top_k(k = ceil(d / 10))"),
        ("omega(Q)", "(delta(Q) - 1)"),
    )
    short = Effort(seeds=12, rounds=48, trials=2)
    assert failing(verify(wrong("marina", *biased), short)) == {("guarantee", Verdict.REFUTED)}


def test_a_compressor_of_which_nothing_is_promised() -> None:
    source = wrong(
        "marina",
        ("Q: unbiased = rand_k(k = ceil(d / 10))", "Q: any = top_k(k = ceil(d / 10))"),
        ("omega(Q)", "(d / ceil(d / 10) - 1)"),
        ("density(Q)", "ceil(d / 10)"),
    )
    found = [finding.detail for finding in lints(source) if finding.fails]
    assert found == ["`Q: any` promises nothing: a theorem needs an unbiased or a contractive compressor"] * 2


def test_h_averaged_over_those_who_sent() -> None:
    """Artemis' released code divides by the number that took part, not by n: the server's memory is not the nodes' mean."""
    source = wrong("artemis_pp2", ("h = h + alpha / n * sum(m)", "h = h + alpha * mean(m)"))
    assert ("invariant", Verdict.REFUTED) in failing(verify(source, EFFORT))


@pytest.mark.parametrize("factor", [20, 1.01])
def test_a_step_too_large(factor: float) -> None:
    """A default that no guarantee allows is told, whatever runs would show."""
    found = lints(wrong("gd", ("param gamma = 1 / L ", f"param gamma = {2 * factor} / L ")))
    assert {finding.verdict for finding in found} == {Verdict.NOT_ALLOWED}
    assert "gamma <= 1 / L" in found[0].detail


@pytest.mark.slow
def test_a_step_too_large_that_the_theorem_is_said_to_allow() -> None:
    source = wrong(
        "gd",
        ("param gamma = 1 / L ", "param gamma = 20 / L "),
        ("gamma <= 1 / L:", "gamma <= 20 / L:"),
        ("gamma <= 2 / (L + mu)", "gamma <= 40 / (L + mu)"),
    )
    report = verify(source, Effort(seeds=2, rounds=64, trials=1))
    assert failing(report) == {("guarantee", Verdict.REFUTED)}
    assert len(report.failures) == 4


@pytest.mark.slow
def test_vr_diana_with_the_old_reference_point() -> None:
    """The full gradient stays that of the first reference point: with full batches it is not DIANA any more."""
    source = wrong(
        "vr_diana",
        ("        all: w = x    # before the step\n        node: full = grad(w)", "        all: w = x"),
    )
    assert ("law", Verdict.REFUTED) in failing(verify(source, EFFORT))


def test_an_error_memory_fed_from_a_second_draw() -> None:
    """The memory subtracts another draw than was sent: with a compressor that draws, the method is not EF_SGD."""
    source = wrong("double_squeeze", ("    node: e_i = p - m", "    node: e_i = p - C_up(p)"))
    assert failing(verify(source, EFFORT)) == {("law", Verdict.REFUTED)}


def test_dore_with_eta_1_where_the_downlink_loses_more_than_it_sends() -> None:
    """eta^2 omega < 1 is what the server's error needs: quantize(s = 1) on 6 entries has omega = 1.45."""
    source = wrong("dore", ("param eta   = min(1, 0.5 / sqrt(max(omega(C_dwn), 0.25)))", "param eta   = 1"))
    (found,) = lints(source)
    assert found.verdict is Verdict.NOT_ALLOWED
    assert "omega(C_dwn) * eta^2 < 1" in found.detail
