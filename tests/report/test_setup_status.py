"""Steps of a set-up are told to a watcher, and shown on a terminal alone."""

from __future__ import annotations

import io
import time

import cablese
import pytest
from cablese.runtime.report.setup_status import SetupStatus
from cablese.runtime.setup_steps import step, watched
from rich.console import Console

TERMINAL = {"force_terminal": True, "color_system": None, "width": 100}


class Kept:
    """A watcher that keeps the steps, each with how many it stands within."""

    def __init__(self) -> None:
        self.steps: list[tuple[int, str]] = []
        self.depth = 0

    def begin(self, what: str) -> None:
        self.steps.append((self.depth, what))
        self.depth += 1

    def end(self) -> None:
        self.depth -= 1


def test_a_run_tells_what_it_reads_computes_and_solves() -> None:
    kept, problem = Kept(), 'logreg(data = "breast_cancer", l2 = 0.1, scale = "columns")'
    with watched(kept):
        cablese.run("gd", problem=problem, nodes=2, rounds=1, metrics="f_gap")
    told = [what for _, what in kept.steps]
    assert kept.depth == 0
    assert "reading breast_cancer" in told
    assert "constant L of logreg" in told and "solving logreg for f*" in told


def test_a_step_that_fails_has_ended() -> None:
    kept = Kept()
    with watched(kept), pytest.raises(ValueError, match="no"), step("a"), step("b"):
        raise ValueError("no")
    assert (kept.depth, kept.steps) == (0, [(0, "a"), (1, "b")])


def test_long_steps_are_shown_and_taken_away() -> None:
    stream = io.StringIO()
    out = Console(file=stream, **TERMINAL)  # type: ignore[arg-type]
    with watched(SetupStatus(lambda: out, pause=0.01)):
        with step("reading much"):
            _until(lambda: "reading much …" in stream.getvalue())
            with step("a part of it"):
                _until(lambda: "a part of it …" in stream.getvalue())
        told = stream.getvalue()
        assert told.endswith("\x1b[2K")
        time.sleep(0.05)
        assert stream.getvalue() == told


def test_short_steps_are_not_shown() -> None:
    stream = io.StringIO()
    status = SetupStatus(lambda: Console(file=stream, **TERMINAL), pause=0.2)  # type: ignore[arg-type]
    with watched(status):
        for _ in range(50):
            with step("reading little"):
                pass
    time.sleep(0.3)
    assert stream.getvalue() == ""


def _until(holds: object) -> None:
    assert callable(holds)
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)
