"""The certificate: ways that agree have one hash, and one that does not is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from cablese.cli.main import app
from cablese.dsl.text.source import Source
from cablese.runtime.library import find_spec
from cablese.runtime.verify import certify
from cablese.runtime.verify.certify import ALL, ALONE, ALONE_32, QUICK, TWO_32, Way

AGAIN = Way("again")


def test_ways_of_one_process_agree_and_float32_has_numbers_of_its_own() -> None:
    (both,) = certify.certify([find_spec("gd")], [ALONE, AGAIN, ALONE_32])
    (alone,) = certify.certify([find_spec("gd")], [ALONE])
    assert (both.spec, both.ways, both.others) == ("gd", ("one process", "again", "one process, float32"), ())
    assert both.hash != alone.hash


def test_a_way_that_differs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = certify._outcome
    monkeypatch.setattr(
        certify, "_outcome", lambda s, way, p: "other" if way is AGAIN else outcome(s, way, p)
    )
    (found,) = certify.certify([find_spec("gd")], [ALONE, AGAIN])
    assert found.ways == ("one process",)
    assert found.others == (("again", "other"),)


GROWS = Source(
    "grows.alg",
    "\n".join(
        (
            "algorithm A",
            "problem minimize",
            "init:",
            "    all: x = x0 + 1",
            "round:",
            "    all: x = 1e200 * x",
            "output x",
        )
    ),
)


def test_a_run_that_fails_alike_in_every_way_is_no_certificate(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Ways that agree on nothing but a failure prove nothing: the command says so, and ends with 1."""
    (found,) = certify.certify([GROWS], [ALONE, AGAIN])
    assert (found.spec, found.others, found.hash) == ("grows", (), "")
    assert found.failed.startswith("RunFailed: ")
    monkeypatch.setattr(certify, "ways_here", lambda quick: (ALONE, AGAIN))
    (tmp_path / "grows.alg").write_text(GROWS.text)
    with pytest.raises(SystemExit) as ended:
        app(args=["certify", str(tmp_path / "grows.alg"), "gd"], prog_name="cablese")
    assert ended.value.code == 1
    out = capsys.readouterr().out
    assert "fails in every way: RunFailed: " in out
    assert "1 of 2 specs alike in all of: one process, again; 1 failed" in out


@pytest.mark.mpi
def test_a_run_that_fails_on_ranks_is_told_by_the_first_alone() -> None:
    found = certify.certify([GROWS, find_spec("gd")], [ALONE, Way("3 ranks", 3)])
    assert [(each.spec, each.others) for each in found] == [("grows", ()), ("gd", ())]


def test_every_way_is_compared_with_another_one_of_its_numbers() -> None:
    for ways in (ALL, QUICK):
        kinds = [way.dtype for way in ways]
        assert all(kinds.count(kind) > 1 for kind in kinds)
    assert len(certify.share_of([str(n) for n in range(119)])) == 15


@pytest.mark.mpi
def test_ranks_agree_with_one_process_and_a_job_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = [ALONE, Way("3 ranks, dedicated server", 3, dedicated=True), ALONE_32, TWO_32]
    found = certify.certify([find_spec("diana"), find_spec("choco_sgd")], ways)
    assert [len(each.ways) for each in found] == [4, 4]
    monkeypatch.setattr(certify.sys, "executable", "/bin/false")
    (failed,) = certify.certify([find_spec("gd")], ways[:2])
    assert failed.others[0][1].startswith("the job ended with code")
