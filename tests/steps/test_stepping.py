"""A round line by line: its messages are those that the ledger counts, its values those of the run."""

from __future__ import annotations

import json
from pathlib import Path

import cablese
import numpy as np
import pytest
from cablese.cli.main import app
from cablese.dsl.text.source import Source
from cablese.runtime.execute.interface import Recording
from cablese.runtime.execute.options import Options
from cablese.runtime.execute.session import prepare
from cablese.runtime.library import find_spec
from cablese.runtime.report.steps import steps_record, steps_report
from cablese.runtime.steps.stepping import step_at
from click.testing import CliRunner
from library_tiers import lively, specs_by_tier
from tiers import every

CORNERS = Path(__file__).parents[1] / "reference" / "specs"
GROUPED = ("rand_mcm_g",)
QUADRATIC = "quadratic(d = 6, mu = 0.5, L = 2, spread = 0.5)"


def bits(source: Source, options: Options, rounds: int) -> tuple[int, int]:
    """Bits up and down of `init` and the first rounds, step by step."""
    up = down = 0
    for number in (None, *range(rounds)):
        prepared, found = step_at(source, options, number)
        assert list(steps_report(prepared.header, found))
        json.dumps(steps_record(prepared.header, found), allow_nan=False)
        sent = [item for step in found.steps for item in step.sent]
        up += sum(item.bits for item in sent if item.up)
        down += sum(item.bits for item in sent if item.down)
    return up, down


def assert_bits_are_counted(source: Source, options: Options) -> None:
    recording = Recording()
    prepare(source, options).run(recording)
    last = recording.points[-1]
    assert bits(source, options, options.rounds) == (last.bits_up, last.bits_down)


@pytest.mark.parametrize("name", specs_by_tier())
def test_messages_are_those_that_are_counted(name: str) -> None:
    groups = 2 if name in GROUPED else None
    options = Options(nodes=4, rounds=2, every=2, settings=lively(name), groups=groups)
    assert_bits_are_counted(find_spec(name), options)


@pytest.mark.parametrize("path", every(12, sorted(CORNERS.glob("*.alg"))), ids=lambda path: path.stem)
def test_every_construct_is_followed(path: Path) -> None:
    text = path.read_text()
    problem = 'logreg(data = "breast_cancer")' if "minibatch" in text else QUADRATIC
    problem = "bilinear_saddle(d = 6, lam = 0.5)" if "problem saddle" in text else problem
    options = Options(nodes=4, rounds=2, every=2, problem=problem, groups=2 if "group:" in text else None)
    assert_bits_are_counted(Source(path.name, text), options)


def test_values_are_those_of_the_run() -> None:
    """The point after round 2, and the norm of what descent leaves of it."""
    found = cablese.trace("gd", round=2, nodes=3, problem=QUADRATIC)
    after = cablese.run("gd", rounds=3, nodes=3, problem=QUADRATIC).output
    (step,) = [step for step in found.steps if "prox" in step.text]
    (reading,) = step.readings
    assert reading.numbers == (pytest.approx(float(np.linalg.norm(after)), rel=1e-15),)
    assert reading.nodes is None and reading.nonzeros == (6,)


LOOP = """\
algorithm Loop
problem minimize
init:
    server: x = x0
round:
    server: event S ~ subset(n, 2)
    server -> node in S: y = x
    node in S:
        repeat 2:
            y = y - 0.1 * grad(y)
    node in S -> server: m = y
    server: x = mean(m)
output x
"""


def test_passes_of_loops_and_members_are_told() -> None:
    found = cablese.trace(LOOP, round=1, nodes=5, problem=QUADRATIC)
    assert [(step.line, step.turns) for step in found.steps] == [
        (6, ()), (7, ()), (9, ()), (10, (0,)), (10, (1,)), (11, ()), (12, ())
    ]  # fmt: skip
    drawn = tuple(map(int, found.steps[0].readings[0].numbers))
    assert len(drawn) == 2 and found.steps[3].readings[0].nodes == drawn
    assert found.steps[5].sent[0].messages == 2
    assert "node in S -> server" in repr(found) and "{" in repr(found)


def test_a_picture_is_drawn(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["trace", "marina", "--round", "1", "--plot", str(tmp_path / "round.svg")])
    assert run.exit_code == 0 and "m: 10 x 143 bit" in run.stdout
    assert "m: 10 x 143 bit" in (tmp_path / "round.svg").read_text()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--round", "1000"), 2, "the run has rounds 0 to 999"),
        (("--round", "-1"), 2, "takes a number from 0 on or init, not -1"),
        (("--round", "init", "--plot", "round.txt"), 2, "round.txt"),
        (("--round", "40", "--set", "gamma = 1e300"), 3, "in round"),
        (("--set", "beta = 1"), 1, "beta"),
    ],
)
def test_mistakes_are_told(words: tuple[str, ...], code: int, said: str) -> None:
    run = CliRunner().invoke(app, ["trace", "gd", *words])
    assert run.exit_code == code, run.output
    assert said in run.stderr
