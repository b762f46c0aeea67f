"""The set-up of runs, shown on a terminal where it takes long."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from .guard import rank


@contextmanager
def shown_setup(*, quiet: bool = False) -> Iterator[None]:
    """The block of a set-up, of which a person at a terminal sees what takes long."""
    if quiet or rank() != 0 or not sys.stderr.isatty():
        yield
        return
    from cablese.runtime.report.console import console
    from cablese.runtime.report.setup_status import SetupStatus
    from cablese.runtime.setup_steps import watched

    with watched(SetupStatus(lambda: console(sys.stderr))):
        yield
