from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import replace
from textwrap import dedent

import pytest
from cablese.runtime.execute.interface import MessageRow
from cablese.runtime.report.console import console
from cablese.runtime.report.labels import labelled
from cablese.runtime.report.table import compare_report, dry_report, run_report
from cablese.runtime.report.units import bit_scale, bits_text, count_text, metric_text, seconds_text
from fakes import header, point, recording
from rich.console import Console, RenderableType


def printed(parts: Iterable[RenderableType]) -> str:
    stream = io.StringIO()
    for part in parts:
        console(stream).print(part)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


def golden(text: str) -> str:
    return dedent(text).strip("\n")


def test_the_table_that_closes_a_run() -> None:
    assert printed(run_report(recording())) == golden(
        """
        MARINA on logreg(data = "breast_cancer", l2 = 0.001): 5 nodes, d = 30, 100 rounds in 0.20 s
        metric                      at round 0   at round 100
        ─────────────────────────────────────────────────────
        loss f(x)                       0.7000         0.1040
        ||grad f(x)||^2                  1.000      4.540e-05
        sample gradients per node                      11,514
        bits                                total    per node   per node and round
        ──────────────────────────────────────────────────────────────────────────
        up                              24.8 kbit   4.96 kbit             49.6 bit
        down                             480 kbit   96.1 kbit              961 bit
        up, as papers count             20.8 kbit   4.16 kbit             41.6 bit
        down, as papers count            480 kbit   96.1 kbit              961 bit
        down, broadcasts counted once   96.1 kbit
        line   message             codec           messages        bits    share
        ────────────────────────────────────────────────────────────────────────
          14   node -> server: m   dense float32          5   4.80 kbit    1.0 %
          19   server -> all: g    dense float32        500    480 kbit   95.1 %
          27   node -> server: m   rand_k(k = 1)        500   20.0 kbit    4.0 %
        """
    )


def test_the_table_that_closes_a_comparison() -> None:
    runs = [recording("MARINA"), recording("DIANA", rate=0.1)]
    assert printed(compare_report(runs)) == golden(
        """
        logreg(data = "breast_cancer", l2 = 0.001), 5 nodes, d = 30
                 rounds   loss f(x)   ||grad f(x)||^2     up/node   down/node   gradients/node     time
        ───────────────────────────────────────────────────────────────────────────────────────────────
        MARINA      100      0.1040         4.540e-05   4.96 kbit   96.1 kbit           11,514   0.20 s
        DIANA       100      0.1000         2.061e-09   4.96 kbit   96.1 kbit           11,514   0.20 s
        """
    )


def test_a_dry_run_shows_parameters_messages_and_memory() -> None:
    rows = (
        MessageRow(14, "node -> server", "m", "dense float32", 960, 5, True),
        MessageRow(27, "node -> server", "m", "rand_k(k = 1)", 37, 2.5, False),
        MessageRow(29, "node -> server", "u", "bool", 1, 5, False, "at most"),
    )
    schedules = {"eta": (0.5, 0.005)}
    assert printed(dry_report(header(ranks=3), rows, 1_234_567, schedules)) == golden(
        """
        MARINA on logreg(data = "breast_cancer", l2 = 0.001): 5 nodes, d = 30, 100 rounds
        name    value
        ─────────────────────────────────────────────────
        Q       rand_k(k = 1)
        p       0.1
        gamma   0.3333
        eta     0.5 in the first round, 0.005 in the last
        L       1.5
        line   when                 message             codec           bits each   copies        bits
        ──────────────────────────────────────────────────────────────────────────────────────────────
          14   once                 node -> server: m   dense float32     960 bit        5   4.80 kbit
          27   per round            node -> server: m   rand_k(k = 1)      37 bit      2.5    92.5 bit
          29   per round, at most   node -> server: u   bool                1 bit        5       5 bit
        memory: 1.23 MB a process, 3 processes
        """
    )


def test_equal_names_are_told_apart_by_what_differs() -> None:
    runs = [recording(), recording(params={"p": 0.1, "gamma": 0.2}), recording("DIANA"), recording("DIANA")]
    assert [run.label for run in labelled(runs)] == [
        "MARINA (gamma = 0.3333)",
        "MARINA (gamma = 0.2)",
        "DIANA #3",
        "DIANA #4",
    ]


def test_a_run_that_was_cut_off_still_has_a_table() -> None:
    run = recording()
    run.summary = None
    run.points = run.points[:4]
    assert "at round 30" in printed(run_report(run))


def test_brackets_in_a_problem_are_no_markup() -> None:
    assert "[bold]x[/bold]" in printed(run_report(recording(problem="[bold]x[/bold]")))


@pytest.mark.parametrize(
    ("bits", "text"),
    [
        (0, "0 bit"),
        (999, "999 bit"),
        (0.5, "0.50 bit"),
        (1000, "1.00 kbit"),
        (12_345, "12.3 kbit"),
        (999_999, "1000 kbit"),
        (1.5e9, "1.50 Gbit"),
        (2e18, "2000 Pbit"),
    ],
)
def test_bits_for_people(bits: float, text: str) -> None:
    assert bits_text(bits) == text


def test_other_numbers_for_people() -> None:
    assert [seconds_text(s) for s in (0.123, 12.34, 200, 7500)] == [
        "0.12 s",
        "12.3 s",
        "3 min 20 s",
        "2 h 5 min",
    ]
    assert (metric_text(0.7), count_text(11513.6)) == ("0.7000", "11,514")
    assert bit_scale(4_000_000) == (1e6, "Mbit")


@pytest.mark.parametrize(("losses", "told"), [((2.3, 0.8), False), ((2.3, 2.4), True), ((), True)])
def test_gradients_that_grow_while_the_loss_falls_are_no_divergence(
    losses: tuple[float, ...], told: bool
) -> None:
    run = recording()
    run.points[:] = [
        point(10 * k, grad_norm2=norm, **({"loss": losses[k]} if losses else {}))
        for k, norm in enumerate((0.1, 3.0))
    ]
    assert ("diverges" in printed(run_report(run))) is told


def test_the_best_accuracy_is_bold_where_it_is_the_largest() -> None:
    runs = [recording(name) for name in ("GD", "DIANA")]
    for run, accuracy in zip(runs, (0.7, 0.9), strict=True):
        run.points[-1].metrics["test_accuracy"] = accuracy
    stream = io.StringIO()
    for part in compare_report(runs):
        Console(file=stream, force_terminal=True, width=200).print(part)
    bold = [piece.split("\x1b")[0].strip() for piece in stream.getvalue().split("\x1b[1m")[1:]]
    assert "0.9000" in bold and "0.7000" not in bold


def test_seeds_that_a_rule_ended_are_told_with_their_rounds() -> None:
    runs = [recording("MARINA"), recording("MARINA")]
    for seed, (run, rounds) in enumerate(zip(runs, (100, 150), strict=True)):
        assert run.header is not None and run.summary is not None
        run.header = replace(run.header, seed=seed)
        run.summary = replace(run.summary, rounds=rounds, stopped="--stop 'loss <= 1'")
    assert "MARINA: 2 of 2 seeds stopped at rounds 100 to 150, median 125" in printed(compare_report(runs))
