"""`cablese compare --network`: predicted seconds beside the results, and as an axis."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Command

WORDS = ("compare", "gd", "marina", "-n", 4, "-k", 20, "--problem", "quadratic(d = 10, mu = 0.1, L = 1)")
LINKS = ("--network", "up = 10kbps, down = 1Mbps, latency = 5ms")


def test_predicted_seconds_are_those_of_a_replay(cablese: Command, tmp_path: Path) -> None:
    trace = tmp_path / "runs.jsonl"
    times = ("--gradient-time", "3ms")
    gd, marina = json.loads(cablese(*WORDS, *LINKS, *times, "--json", "--trace", trace).out)
    assert gd["predicted_seconds"] == pytest.approx(20 * (0.003 + 2 * 0.005 + 4 * 320 / 1e4 + 4 * 320 / 1e6))
    replayed = json.loads(cablese("replay", trace, *LINKS, *times, "--json").out)
    totals = [record["seconds"]["total"] for record in replayed]
    assert [gd["predicted_seconds"], marina["predicted_seconds"]] == totals


def test_they_are_a_table_and_an_axis(cablese: Command, tmp_path: Path) -> None:
    plot = tmp_path / "p.svg"
    ended = cablese(*WORDS, *LINKS, "--x", "predicted_seconds, bits", "--plot", plot)
    assert ended.code == 0 and "predicted seconds" in ended.out
    assert "predicted time (s)" in plot.read_text() and "sent and received" in plot.read_text()
    assert cablese(*WORDS, "--x", "bits_up", "--plot", plot).code == 0
    assert "predicted" not in plot.read_text()


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--x", "predicted_seconds", "--plot", "a.png"), 2, "give --network, too"),
        (("--x", "metres", "--plot", "a.png"), 2, "--x takes rounds, "),
        (("--x", "bits"), 2, "give --plot or --out"),
        (("--gradient-time", "1ms"), 2, "give --network, too"),
        (("--network", "up = 1"), 2, "takes a rate above 0"),
        (("--network", "edge = 1Gbps"), 2, "GD has a server"),
        ((*LINKS, "--gradient-time", "fast"), 2, "takes a time"),
    ],
)
def test_what_cannot_be_predicted_is_refused(
    cablese: Command, words: tuple[str, ...], code: int, told: str
) -> None:
    ended = cablese(*WORDS, *words)
    assert (ended.code, told in ended.err) == (code, True)


def test_a_configuration_may_hold_them(cablese: Command, tmp_path: Path) -> None:
    config = tmp_path / "run.toml"
    config.write_text('network = "up = 10kbps, down = 1Mbps"\n')
    assert "predicted seconds" in cablese(*WORDS, "--config", config).out
    config.write_text("network = 3\n")
    ended = cablese(*WORDS, "--config", config)
    assert (ended.code, "`network` takes a text" in ended.err) == (2, True)
