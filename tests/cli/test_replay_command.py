"""`cablese replay`: the table, JSON, figures, and command lines that are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Command

NETWORK = ("--network", "up = 100Mbps, down = 1Gbps, latency = 20ms")


@pytest.fixture
def trace(cablese: Command, tmp_path: Path) -> Path:
    path = tmp_path / "t.jsonl"
    cablese("compare", "gd", "ef21", "-k", 40, "--quiet", "--trace", path)
    return path


def test_runs_and_their_seconds(cablese: Command, trace: Path) -> None:
    out = cablese("replay", trace, *NETWORK, "--gradient-time", "5ms", "--until", "loss <= 0.3").out
    assert [line.split()[0] for line in out.splitlines()[2:4]] == ["GD", "EF21"]
    both = cablese("replay", trace, *NETWORK, "--gradient-time", "5ms", "--until", "loss <= 0.69").out
    assert " is there before " in both.splitlines()[-1]
    (gd, _) = json.loads(cablese("replay", trace, *NETWORK, "--until", "loss <= 0.69", "--json").out)
    assert gd["seconds"]["latency"] == pytest.approx(40 * 2 * 0.02)
    assert gd["points"][-1] == {"round": 40, "seconds": gd["seconds"]["total"]}
    assert gd["until"] in gd["points"]


@pytest.mark.parametrize("until", [(), ("--until", "loss <= 0.69")])
def test_figures(cablese: Command, trace: Path, until: tuple[str, ...]) -> None:
    path = trace.with_suffix(".svg")
    assert cablese("replay", trace, *NETWORK, *until, "--plot", path).code == 0
    text = path.read_text()
    assert "EF21" in text
    assert ("seconds until loss &lt;= 0.69" in text) == bool(until)
    assert ("predicted time (s)" in text) != bool(until)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ((), 2, "give the links with --network"),
        (("--network", "up = 5, down = 1bps"), 2, "`up` takes a rate"),
        (("--network", "edge = 1bps"), 2, "GD has a server"),
        ((*NETWORK, "--gradient-time", "5"), 2, "--gradient-time takes a time"),
        ((*NETWORK, "--gradient-time", "poisson(5s)"), 2, "--gradient-time takes a time"),
        ((*NETWORK, "--until", "loss < 1"), 2, "--until takes a metric and a bound"),
        ((*NETWORK, "--until", "wealth <= 1"), 2, "the trace has"),
        ((*NETWORK, "--plot", "t.txt"), 2, ".png"),
        ((*NETWORK, "--plot", "t.png", "--until", "loss <= 0"), 2, "no run reaches loss <= 0"),
    ],
)
def test_refusals(cablese: Command, trace: Path, words: tuple[object, ...], code: int, told: str) -> None:
    ended = cablese("replay", trace, *words)
    assert (ended.code, told in ended.err) == (code, True), ended.err


def test_files_that_are_no_trace(cablese: Command, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello\n")
    ended = cablese("replay", tmp_path / "a.txt", *NETWORK)
    assert ended.code == 1 and "not JSON" in ended.err
    assert cablese("replay", tmp_path / "none.jsonl", *NETWORK).code == 2


def test_plots_take_predicted_seconds(cablese: Command, trace: Path) -> None:
    table = trace.with_suffix(".csv")
    words = ("plot", trace, "-o", table, "--x", "seconds", "--y", "loss", *NETWORK)
    assert cablese(*words, "--gradient-time", "5ms").code == 0
    runs = json.loads(cablese("replay", trace, *NETWORK, "--gradient-time", "5ms", "--json").out)
    drawn = [float(line.split(",")[3]) for line in table.read_text().splitlines()[1:]]
    assert drawn == pytest.approx([point["seconds"] for own in runs for point in own["points"]])
    ended = cablese("plot", trace, "--gradient-time", "5ms")
    assert (ended.code, "give --network" in ended.err) == (2, True)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("marina", "quadratic(d = 10, mu = 0.1, L = 1)"),
        pytest.param("masha2", "bilinear_saddle(d = 10, lam = 0.1)", marks=pytest.mark.slow),
    ],
)
def test_what_messages_sent_is_a_fifth_of_a_trace_at_most(
    cablese: Command, tmp_path: Path, name: str, problem: str
) -> None:
    """The lines of a trace with and without what a replay needs."""
    trace = tmp_path / "t.jsonl"
    words = ("run", name, "-k", 300, "--quiet", "--problem", problem)
    assert cablese(*words, "--trace", trace).code == 0
    records = [json.loads(line) for line in trace.read_text(encoding="utf-8").splitlines()]
    assert any(record.get("sent") for record in records)
    bare = [{key: value for key, value in record.items() if key != "sent"} for record in records]
    del bare[0]["messages"]  # what messages there are; the totals of the summary are the ledger's
    full, less = (sum(len(json.dumps(record)) for record in each) for each in (records, bare))
    assert full <= 1.2 * less


def test_folders_of_runs(cablese: Command, tmp_path: Path) -> None:
    cablese("compare", "gd", "ef21", "-k", 20, "--quiet", "--out", tmp_path / "runs")
    out = cablese("replay", tmp_path / "runs", *NETWORK).out
    assert [line.split()[0] for line in out.splitlines()[2:4]] == ["GD", "EF21"]
    (tmp_path / "empty").mkdir()
    ended = cablese("replay", tmp_path / "empty", *NETWORK)
    assert ended.code == 2 and "holds no run" in ended.err
