"""Cases of a parametrized test, dealt to the tiers: some are tried in the quick one, the others wait for the slow one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def every(step: int, cases: Iterable[Any]) -> list[Any]:
    """All cases in order; of `step` in a row the first is quick, the others are marked slow."""
    return [case if not at % step else _slow(case) for at, case in enumerate(cases)]


def _slow(case: Any) -> Any:
    values = case if isinstance(case, tuple) else (case,)
    return pytest.param(*values, marks=pytest.mark.slow)
