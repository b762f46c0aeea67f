"""The set-up of runs is shown to people at a terminal alone."""

from __future__ import annotations

import io
import sys

import pytest
from cablese.cli.setting_up import shown_setup
from cablese.runtime.setup_steps import step


class Terminal(io.StringIO):
    """A stream that says to be a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "quiet", "shown"),
    [(Terminal, False, True), (Terminal, True, False), (io.StringIO, False, False)],
)
def test_steps_are_told_at_a_terminal_that_is_not_to_be_quiet(
    monkeypatch: pytest.MonkeyPatch, stream: type[io.StringIO], quiet: bool, shown: bool
) -> None:
    told: list[str] = []
    monkeypatch.setattr(
        "cablese.runtime.report.setup_status.SetupStatus.begin", lambda _, what: told.append(what)
    )
    monkeypatch.setattr("cablese.runtime.report.setup_status.SetupStatus.end", lambda _: None)
    monkeypatch.setattr(sys, "stderr", stream())
    with shown_setup(quiet=quiet), step("reading"):
        pass
    assert told == (["reading"] if shown else []) and sys.stderr.getvalue() == ""  # type: ignore[attr-defined]
