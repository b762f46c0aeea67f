from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from cablese.cli.main import app


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture
def cablese(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command line in this process."""
    monkeypatch.setenv("COLUMNS", "120")

    def command(*words: object) -> Ended:
        capsys.readouterr()
        code: object = 0
        try:
            app(args=[str(word) for word in words], prog_name="cablese")
        except SystemExit as ended:
            code = ended.code
        out, err = capsys.readouterr()
        assert isinstance(code, int)
        return Ended(code, out, err)

    return command


@pytest.fixture
def quick() -> tuple[str, ...]:
    """A problem and sizes that take no time."""
    return ("--problem", "quadratic(d = 6, mu = 0.5, L = 2)", "-n", "3", "-k", "20", "--every", "5")
