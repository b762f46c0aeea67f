"""The lab refutes what is false and nothing that is true."""

from __future__ import annotations

from math import comb, exp, log, sqrt
from typing import Any

import numpy as np
import pytest
from cablese.dsl.check.contracts import Class
from cablese.runtime.compressors import registry as rooms
from cablese.runtime.compressors.ready import Floats, ReadyMade
from cablese.runtime.errors import SetupError
from cablese.runtime.lab import evidence
from cablese.runtime.lab.measure import Report, Setting, measure, subjects
from cablese.runtime.registry import plugins
from liars import LIARS, DrawsExpanding
from tiers import every


@pytest.fixture
def with_liars(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry of its own, with liars beside the shipped families."""
    honest = tuple(rooms.registry().values())
    monkeypatch.setattr(rooms, "_FAMILIES", rooms.families())
    for family in (*honest, *dict.fromkeys(liar for liar, _, _ in LIARS)):
        rooms.register(family)


def reports(*texts: str, **setting: Any) -> list[Report]:
    chosen = Setting(**{"dim": 1000, "draws": 2000, "repeats": 1, **setting})
    return list(measure(subjects(texts, chosen, plugins()), chosen))


@pytest.mark.usefixtures("with_liars")
@pytest.mark.parametrize(("text", "statement"), every(2, [liar[1:] for liar in LIARS]))
def test_liars_are_refuted(text: str, statement: str) -> None:
    [report] = reports(text)
    assert {finding.statement for finding in report.refuted} == {statement}


@pytest.mark.usefixtures("with_liars")
def test_draws_of_a_receivers_own_are_named_with_the_remedy() -> None:
    rooms.register(DrawsExpanding)
    [report] = reports("draws_expanding()")
    [told] = {finding.refuted for finding in report.refuted if finding.statement == "repeatable"}
    assert told.startswith("expands one message to two vectors") and "`words`" in told


@pytest.mark.slow
@pytest.mark.usefixtures("with_liars")
def test_among_all_families_the_liar_alone_is_refuted() -> None:
    found = reports("rand_k(k = 10)", "unscaled(k = 10)", "natural()", seed=3)
    assert [report.label for report in found if report.refuted] == ["unscaled(k = 10)"]


class Lossless(ReadyMade):
    """Draws, and does not use it."""

    name, doc, kind, sends = "lossless", "sends every entry", Class.UNBIASED, Floats()

    def omega(self, d: int) -> float:
        return 0.0

    def draws(self, d: int) -> int:
        return 1

    def compress(self, xp: Any, vectors: Any, uniforms: Any) -> Any:
        return vectors


@pytest.mark.usefixtures("with_liars")
def test_rounding_refutes_nothing() -> None:
    """Every draw is off by the same, which floats of 32 bits explain."""
    rooms.register(Lossless)
    for seed in range(3):
        [report] = reports("lossless()", seed=seed)
        assert report.refuted == ()


class Stateless(Lossless):
    """Has no omega to state."""

    name = "stateless"

    def omega(self, d: int) -> float:
        return 1 / (d - d)


@pytest.mark.usefixtures("with_liars")
def test_a_figure_that_fails_is_told_and_not_taken_for_none() -> None:
    rooms.register(Stateless)
    with pytest.raises(SetupError, match="the compressor `stateless` failed in its `omega`"):
        reports("stateless()")


@pytest.mark.slow
def test_every_family_is_measured_and_keeps_its_word() -> None:
    found = reports(draws=300)
    alone = {f.name for f in plugins().compressors.values() if f.classify({}) is not Class.COLLECTIVE}
    assert {report.text.partition("(")[0] for report in found} == alone
    assert [finding for report in found for finding in report.refuted] == []


@pytest.mark.slow
def test_true_statements_are_not_refuted_whatever_the_seed() -> None:
    """Few draws and rare events: what a test by standard errors refutes in every other run."""
    texts = [
        "rand_k(k = 1)",
        "rand_k(k = 20)",
        "rand_k(k = 3, scaled = false)",
        "quantize(s = 1)",
        "natural()",
    ]
    for seed in range(50):
        for report in reports(*texts, dim=256, draws=30, seed=seed):
            assert report.refuted == (), (seed, report.label)


@pytest.mark.parametrize("seed", range(5))
def test_rare_events_that_did_not_happen_refute_nothing(seed: int) -> None:
    [report] = reports("rand_k(k = 1)", dim=4096, draws=8, seed=seed)
    assert report.refuted == ()


@pytest.mark.parametrize("draws", [1, 2, 10, 50])
@pytest.mark.parametrize("chance", [0.001, 0.05, 0.5, 0.9])
def test_e_values_have_mean_one_at_most(draws: int, chance: float) -> None:
    """Exactly, over all outcomes of a law of two points."""
    shares = [comb(draws, i) * chance**i * (1 - chance) ** (draws - i) for i in range(draws + 1)]
    above, beside = 0.0, 0.0
    for hits, share in enumerate(shares):
        ones = np.repeat([1.0, 0.0], [hits, draws - hits])
        above += share * exp(evidence.mean_above(ones, chance))
        beside += share * exp(evidence.mean_beyond(ones - chance, 0, chance * (1 - chance), log(1e4)))
    assert above <= 1 + 1e-9
    assert beside <= 1 + 1e-9


def test_lower_bounds_are_below_the_mean_and_close_with_more_draws() -> None:
    rng = np.random.default_rng(0)
    values = [rng.exponential(size=n) for n in (100, 10_000)]
    few, many = (evidence.least_mean(v, log(1e4)) for v in values)
    assert few < many < 1
    assert many > 0.9
    assert evidence.least_mean(np.zeros(5), log(1e4)) == 0


def test_evidence_grows_with_what_is_wrong() -> None:
    rng = np.random.default_rng(1)
    noise = rng.standard_normal(1000)
    assert evidence.mean_beyond(noise, 0, 1, log(1e4)) < log(1e4)
    assert evidence.mean_beyond(noise + 0.3, 0, 1, log(1e4)) > log(1e4)
    assert evidence.mean_beyond(noise - 0.3, 0, 1, log(1e4)) > log(1e4)
    assert evidence.mean_beyond(noise + 0.3, 0.3, 1, log(1e4)) < 0
    assert evidence.mean_beyond(np.full(1000, 1e-9), 1e-7, 1e-14, log(1e4)) < 0
    assert evidence.mean_above(1.3 + 0 * noise, 1) > log(1e4)
    low, high = evidence.interval(noise)
    assert low < 0 < high
    assert high - low == pytest.approx(2 * 2.576 / sqrt(1000), rel=0.1)
