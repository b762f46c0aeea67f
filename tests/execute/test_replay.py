"""A finished run under a network: the seconds that its trace gives are those of its messages, and of its cost."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from cablese.runtime.errors import UsageError
from cablese.runtime.execute.cost import cost_of
from cablese.runtime.execute.interface import Recording
from cablese.runtime.execute.laws import number
from cablese.runtime.execute.network import Links, read_network, read_time
from cablese.runtime.execute.options import Options
from cablese.runtime.execute.replay import replay
from cablese.runtime.execute.round_time import seconds_of
from cablese.runtime.execute.scale import Scale
from cablese.runtime.library import find_spec, shipped_specs
from cablese.runtime.trace_files import write_trace
from cablese.runtime.tracing import read_trace
from execute_runs import run
from library_tiers import specs_by_tier
from shipped_runs import NODES, OF_CHANCE, OF_THE_RUN, D, options_of

NAMES = {spec.name for spec in shipped_specs()}
OWN_COUNTS = {
    "ec_lsvrg_diana",
    "fed_nova",
    "adiana",
    "canita",
    "l_svrg",
    "vr_diana",
    "vr_diana_sgda",
    "tamuna",
}
"""Specs whose nodes ask for gradients by chance, or each as often as it decides."""
OF_SETS = {"fed_adam", "fed_avg", "fed_glomo", "fed_prox", "scaffold_1", "scaffold_2"}
"""Specs of whose nodes some compute: a trace tells what the mean node does, a cost what the busiest does."""
STAR = Links(up=100e6, down=1e9, latency=0.02)
NETWORK = read_network(
    "up = 1Mbps, down = 3Mbps, edge = 2Mbps, node_up = 100kbps, latency = 7ms, over = tree(2)"
)


def recorded(name: str, rounds: int = 12, every: int = 3, **options: Any) -> Recording:
    return run(name, rounds=rounds, every=every, **options_of(name, **options))[0]


@pytest.mark.parametrize("name", specs_by_tier())
def test_points_tell_what_the_summary_adds_up(name: str, tmp_path: Path) -> None:
    found = recorded(name, rounds=20)
    assert found.header is not None and found.summary is not None
    write_trace(tmp_path / "t.jsonl", found)
    assert read_trace(tmp_path / "t.jsonl") == found
    items, place = found.summary.messages, 0
    for number_, text in enumerate(found.header.messages):
        count = text.partition(": ")[2].count(", ") + 1
        own, place = items[place : place + count], place + count
        assert text.partition(": ")[2] == ", ".join(item.name for item in own)
        assert sum(point.sent[number_][1] for point in found.points) == sum(item.bits for item in own)
    assert place == len(items)


@pytest.mark.parametrize("name", specs_by_tier(NAMES - OF_CHANCE - OF_THE_RUN - OWN_COUNTS))
def test_a_replayed_round_takes_what_it_costs(name: str) -> None:
    options = {key: value for key, value in options_of(name, rounds=12).items() if key != "problem"}
    each = seconds_of(
        cost_of(find_spec(name), Scale(Options(**options), D, samples=1)), NETWORK, number(0.005)
    )
    spent = replay(recorded(name), NETWORK, number(0.005)).spent
    for part in ("waiting", "up", "down") if name in OF_SETS else ("computing", "waiting", "up", "down"):
        taken = getattr(spent[-1], part) - getattr(spent[0], part)
        assert taken == pytest.approx(12 * getattr(each, part).least, rel=1e-9), part


def test_the_seconds_of_gradient_descent() -> None:
    """Each round: a gradient of 5 ms, two latencies of 20 ms, 6 vectors of 30 floats over 100 Mbit/s, and over 1 Gbit/s."""
    found = replay(recorded("gd"), STAR, number(0.005))
    assert found.total.total == pytest.approx(12 * (0.005 + 0.04 + 6 * 960 / 1e8 + 6 * 960 / 1e9))
    assert found.predicted.points[1].seconds == pytest.approx(found.total.total / 4)
    metrics = [point.metrics["loss"] for point in found.recording.points]
    reached = found.reached("loss", metrics[2])
    assert reached is not None and reached == (found.recording.points[2], found.spent[2])
    assert found.reached("loss", min(metrics) - 1) is None


def test_every_round_waits_for_the_slowest_node() -> None:
    """The largest of n exponential times of mean 1 has mean 1 + 1/2 + … + 1/n and variance 1 + 1/4 + … + 1/n^2."""
    run, rounds = recorded("gd", rounds=2000, every=2000), 2000
    found = replay(run, STAR, read_time("3s + exponential(1s)"))
    mean = 3 + sum(1 / k for k in range(1, NODES + 1))
    deviation = sqrt(sum(1 / k**2 for k in range(1, NODES + 1)) / rounds)
    assert abs(found.total.computing / rounds - mean) < 5 * deviation


def test_links_of_nodes_are_drawn_once_and_the_slowest_counts() -> None:
    run = recorded("gd")
    seeds = range(400)
    links = read_network("up = 1Tbps, down = 1Tbps, node_up = uniform(1Mbps, 2Mbps)")
    rates = [12 * 960 / replay(run, links, seed=seed).total.up for seed in seeds]
    assert len({round(rate) for rate in rates}) > 300
    mean, deviation = (
        1e6 * (1 + 1 / (NODES + 1)),
        1e6 / (NODES + 1),
    )  # of the least of n uniform numbers, about
    assert abs(fmean(rates) - mean) < 5 * deviation / sqrt(len(seeds))
    assert replay(run, links, seed=3) == replay(run, links, seed=3)


def test_of_a_set_only_its_members_links_count() -> None:
    run = recorded("pp_marina", rounds=50, every=50)
    one = replay(run, read_network("up = 1Tbps, down = 1Tbps, node_up = 1Mbps")).total.up
    assert run.header is not None
    shares = [
        bits
        if "added up" in text
        else bits * NODES / 1  # r = 1 node of the set sends, and its bits are its own
        for text, (_, bits) in zip(run.header.messages, run.points[-1].sent, strict=True)
        if text.startswith("node -> server")
    ]
    init = run.points[0].sent[0][1]
    assert one == pytest.approx((init + sum(shares)) / NODES / 1e6, rel=1e-6)


def test_traces_that_tell_nothing_are_refused(tmp_path: Path) -> None:
    old = recorded("gd")
    assert old.header is not None
    old.header = replace(old.header, messages=())
    old.points = [replace(point, sent=()) for point in old.points]
    write_trace(tmp_path / "old.jsonl", old)
    text = (tmp_path / "old.jsonl").read_text()
    assert (
        '"sent"' not in text.replace(text.splitlines()[-1], "")
        and '"messages": [' not in text.splitlines()[0]
    )
    assert read_trace(tmp_path / "old.jsonl").points == old.points
    with pytest.raises(UsageError, match="earlier version"):
        replay(read_trace(tmp_path / "old.jsonl"), STAR)
    for messages in (("node -> server: m",), ("node -> cloud: m", "server -> all: u")):
        other = recorded("gd")
        assert other.header is not None
        other.header = replace(other.header, messages=messages)
        with pytest.raises(UsageError, match="damaged, or of another version"):
            replay(other, STAR)
    with pytest.raises(UsageError, match="rate of its edges"):
        replay(recorded("dpsgd"), STAR)
