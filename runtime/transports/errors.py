"""Errors of messages during a run: one function per kind, which alone has the words."""

from __future__ import annotations

from ..errors import RunFailed


def int_out_of_range(name: str, value: int, least: int, most: int) -> RunFailed:
    """An int is outside the range that its message holds."""
    return RunFailed(
        f"the int `{name}` is {value}, but its message holds whole numbers from {least} to {most} only. "
        "Send it as a real (`1.0 * …`), or keep it within the range with `clip`."
    )
