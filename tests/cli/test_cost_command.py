"""`cablese cost`: tables, JSON, and command lines that are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Command


def test_a_table_of_each_spec_and_one_of_all(cablese: Command) -> None:
    ended = cablese("cost", "marina", "rand_mcm_g", "--groups", "2", "--dim", "1e9", "--nodes", "1e6")
    assert ended.code == 0
    assert "MARINA: 1000000 nodes, d = 1000000000" in ended.out
    assert "RAND_MCM_G: 1000000 nodes in 2 groups" in ended.out
    assert ended.out.index("a round and node", ended.out.index("RAND_MCM_G")) > 0


def test_json_has_both_ends(cablese: Command) -> None:
    (found,) = json.loads(cablese("cost", "clag", "-n", 4, "--dim", 10, "--json").out)
    assert (found["n"], found["d"]) == (4, 10)
    assert found["round"]["bits_up"] == [4, 4 + 4 * (32 + 4)]
    assert found["init"]["bits_up"] == [1280, 1280]
    (step,) = (row for row in found["messages"] if row["name"] == "u")
    assert step["bits"] == [320, 320]


def test_the_crossover_of_two(cablese: Command) -> None:
    words = ("marina", "gd", "--set", "Q=rand_k(k = K)", "--dim", 100)
    lines = cablese("cost", *words, "--cross", "K=1..100").out.splitlines()
    assert [line.partition(": ")[2] for line in lines] == ["marina sends less", "gd sends less"]
    first, last = json.loads(cablese("cost", *words, "--cross", "K=1..100", "--json").out)
    assert (first["K"][0], last["K"][1], first["less"], last["less"]) == (1, 100, "marina", "gd")


def test_other_ways_to_count(cablese: Command) -> None:
    found = {
        count: json.loads(cablese("cost", "diana", "-n", 1, "--dim", 100, "--bits", count, "--json").out)[0]
        for count in ("codec", "paper", "dense")
    }
    bits = {count: record["round"]["bits_up"][0] for count, record in found.items()}
    assert bits["paper"] == 320 < bits["codec"] < bits["dense"] == 3200


NETWORK = ("--network", "up = 100Mbps, down = 1Gbps, latency = 20ms")


def test_seconds_and_the_break_even(cablese: Command) -> None:
    ended = cablese("cost", "gd", "qsparse_local_sgd", "marina", *NETWORK, "--gradient-time", "5ms")
    told = "a round of QSPARSE_LOCAL_SGD is shorter than one of GD below 18.9 Mbit/s up and 189 Mbit/s down"
    assert f"{told}, and longer above" in " ".join(ended.out.split())
    assert "GD and MARINA: a round of MARINA is shorter with any links" in ended.out
    (found,) = json.loads(cablese("cost", "gd", *NETWORK, "--json").out)
    assert found["seconds"]["latency"] == [0.04, 0.04]


def test_figures_against_bandwidth(cablese: Command, tmp_path: Path) -> None:
    trace, plot = tmp_path / "t.jsonl", tmp_path / "f.svg"
    cablese("run", "gd", "-k", 20, "--quiet", "--trace", trace)
    assert cablese("cost", "gd", "ef21", *NETWORK, "--plot", plot).code == 0
    assert "EF21" in plot.read_text() and "seconds a round" in plot.read_text()
    until = ("--from", trace, "--until", "loss <= 0.6")
    assert cablese("cost", "gd", *NETWORK, "--plot", plot, *until).code == 0
    assert "seconds until loss &lt;= 0.6" in plot.read_text()
    ended = cablese("cost", "gd", "ef21", *NETWORK, "--plot", plot, *until)
    assert (ended.code, "--from has no run of EF21" in ended.err) == (2, True)
    ended = cablese("cost", "gd", *NETWORK, "--plot", plot, "--from", trace, "--until", "loss <= 0")
    assert (ended.code, "no run of GD reaches loss <= 0" in ended.err) == (2, True)


def test_samples_are_given_where_nodes_of_a_problem_differ(cablese: Command) -> None:
    words = (
        "cost",
        "vr_marina",
        "-n",
        4,
        "--problem",
        'least_squares(data = "diabetes")',
        "--constants",
        "f_gap0 = 1",
    )
    assert "give it by `--samples`" in cablese(*words).err, "442 samples are no multiple of 4"
    assert cablese(*words, "--samples", 110).code == 0


def test_a_figure_until_an_accuracy_by_guarantees(cablese: Command, tmp_path: Path) -> None:
    plot = tmp_path / "rates.svg"
    words = ("gd", "marina", *NETWORK, "--until", "grad_norm2 <= 1e-3")
    given = ("--constants", "L = 1, L_mean2 = 1, f_gap0 = 2")
    ended = cablese("cost", *words, *given, "--plot", plot)
    assert ended.code == 0
    assert "descent lemma   average(grad_norm2)    4,000" in ended.out
    text = plot.read_text()
    assert "seconds at most until grad_norm2 &lt;= 0.001" in text and "MARINA" in text
    gd, marina = json.loads(cablese("cost", *words, *given, "--json").out)
    assert gd["until"]["rounds"] == 4000 and marina["until"]["theorem"] == "Theorem 2.1"
    assert gd["until"]["seconds"] == [4000 * gd["seconds"]["total"][0]] * 2
    ended = cablese("cost", "gd", "signum", "--until", "grad_norm2 <= 1e-3", *given)
    assert (ended.code, "SIGNUM has no `guarantee`" in ended.err) == (1, True)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("gd", "--dim", "1.5"), 2, "'1.5' is not a whole number from 1"),
        (("gd", "--nodes", "0"), 2, "'0' is not a whole number"),
        (("gd", "--graph", "ring"), 2, "graph"),
        (("gd", "--groups", "2"), 2, "--groups is for methods with groups"),
        (("dpsgd", "--graph", "erdos_renyi(0.5)", "-n", "1e6"), 1, "take ring, torus"),
        (("gd", "--wire", "float8"), 2, "--wire"),
        (("vr_marina",), 1, "`b`, which is computed from `samples_i`"),
        (("marina", "--set", "Q=rand_k(k = 2000)"), 1, "2000"),
        (("gd", "--gradient-time", "5ms"), 2, "give --network"),
        (("gd", "--network", "fast"), 2, "no 'fast'"),
        (("gd", "--network", "up = 1Mbps, down = 2 Mb"), 2, "`down` takes a rate above 0 such as 100Mbps"),
        (("gd", "--network", "up = 1Mbps"), 2, "the rates at which it receives and sends"),
        (("dpsgd", *NETWORK), 2, "needs the rate of its edges"),
        (("gd", "--network", "up = 1Mbps, down = 1Mbps, node_up = lognormal(1Mbps, 1)"), 2, "cablese replay"),
        (("gd", "--cross", "K=1..3"), 2, "of two specs"),
        (("gd", "ef21", "--cross", "K=1..3"), 2, "rand_k(k = K)"),
        (("gd", "--bits", "most"), 2, "--bits"),
        (("gd", "--plot", "a.png"), 2, "give --network"),
        (("gd", *NETWORK, "--until", "loss <= 1", "--from", "a"), 2, "give --plot"),
        (("gd", *NETWORK, "--plot", "a.png", "--from", "a"), 2, "give --until"),
        (("gd", "marina", *NETWORK, "--cross", "K=1..9"), 2, "leave out --network"),
        (("gd", "--until", "loss"), 2, "--until takes a metric and a bound"),
        (("gd", "--until", "loss <= 1", "--constants", "f_gap0 = 1, L = 1"), 1, "bounds loss"),
        (("gd", "--constants", "K = 1"), 2, "--constants takes numbers of the problem"),
        (("gd", "--problem", "quadratic(d = 9, mu = 1, L = 1)", "--dim", 9), 2, "--dim is a number of the --problem"),
        (("gd", *NETWORK, "--plot", "a.txt"), 2, ".png"),
        ((), 2, "SPEC"),
    ],
)  # fmt: skip
def test_refusals(cablese: Command, words: tuple[object, ...], code: int, told: str) -> None:
    ended = cablese("cost", *words)
    assert (ended.code, told in ended.err) == (code, True), ended.err
