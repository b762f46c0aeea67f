"""Exceptions and checks for numbers that are not finite; the round loop adds round and line to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..arrays.backend import Array, Backend


class NonFinite(Exception):
    """A value that is sent or becomes state is not finite. `row` is a family's first bad row, None for one value; `mark` is
    that of the text which is to blame, where it is not the line that raised."""

    fault = "is not finite (inf or nan)"
    remedy = (
        "Usually a step is too large: try a smaller one with --set, or --wire float64 if numbers outgrow the "
        "messages' floats."
    )

    def __init__(self, what: str, row: int | None = None, mark: str = "") -> None:
        super().__init__(what)
        self.what, self.row, self.mark = what, row, mark


class Boundless(NonFinite):
    """An int is beyond the language's range: it might grow for ever, and would be rounded where it meets reals."""

    fault = "is an int beyond 2^53"
    remedy = "Write it as a real (`1.0` for `1`), or keep it in bounds, say with `%`."


class NotANumber(NonFinite):
    """A side of a comparison is nan, so that the comparison would silently count as false."""

    fault = "is not a number (nan), so that the comparison is neither true nor false"
    remedy = "Keep it defined: 0 / 0, and the root or the logarithm of a negative number, are not."


class BeyondReals(Boundless):
    """An int larger than any real meets a real."""

    fault = "is larger than any real (1.8e308)"


def first_bad_row(backend: Backend, values: Array) -> int | None:
    """Index of the first row of a family with an entry that is not finite; None without one."""
    if values.ndim == 0:
        return None
    for row in range(values.shape[0]):
        if not backend.all_finite(values[row, ...]):
            return row
    return None


def check_finite(backend: Backend, values: Array, what: str, family: bool, mark: str = "") -> None:
    """Raise NonFinite of the value that `what` names unless every entry is finite."""
    if not backend.all_finite(values):
        raise NonFinite(what, first_bad_row(backend, values) if family else None, mark)


@contextmanager
def rows_behind(first: int) -> Iterator[None]:
    """Let bad rows count from the first of all, where a part of a family is looked at that begins at this row."""
    try:
        yield
    except NonFinite as fault:
        if fault.row is not None:
            fault.row += first
        raise


def check_sent(backend: Backend, sent: Array, source: Array, what: str, name: str, family: bool) -> None:
    """Raise NonFinite unless every sent entry is finite: of the source, `what`, if that is not finite either; else of
    `name`, which only outgrew the wire's floats."""
    if backend.all_finite(sent):
        return
    check_finite(backend, source, what, family)
    check_finite(backend, sent, f"{name}, rounded to the wire's floats,", family)
