"""Where a number stopped being finite, before the round loop adds round and line."""

from __future__ import annotations

from ..arrays.backend import Array, Backend


class NonFinite(Exception):
    """A value that is sent or becomes state is not finite. `row` is the first bad row of a family, None for one value."""

    fault = "is not finite (inf or nan)"
    remedy = (
        "Usually a step is too large: try a smaller one with --set, or --wire float64 if numbers outgrow the "
        "messages' floats."
    )

    def __init__(self, what: str, row: int | None = None, line: int | None = None) -> None:
        super().__init__(what)
        self.what, self.row, self.line = what, row, line


class Boundless(NonFinite):
    """An int is larger than the language's: it might grow for ever, and would be rounded where it meets reals."""

    fault = "is an int beyond 2^53"
    remedy = "Write it as a real (`1.0` for `1`), or keep it in bounds, say with `%`."


class NotANumber(NonFinite):
    """A side of a comparison is nan: the comparison would count as false in silence."""

    fault = "is not a number (nan), so that the comparison is neither true nor false"
    remedy = "Keep it defined: 0 / 0, and the root or the logarithm of a negative number, are not."


class BeyondReals(Boundless):
    """Ints were multiplied until no real is as large, and then met one."""

    fault = "is larger than any real (1.8e308)"


INT_LIMIT = 2**53
"""Ints lie between -2^53 and 2^53: so far each is a double as well, alone and among the values of nodes."""


def first_bad_row(backend: Backend, values: Array) -> int | None:
    """The first row of a family with an entry that is not finite."""
    if values.ndim == 0:
        return None
    for row in range(values.shape[0]):
        if not backend.all_finite(values[row, ...]):
            return row
    return None


def check_finite(backend: Backend, values: Array, what: str, family: bool, line: int | None = None) -> None:
    """Raise NonFinite unless every entry is finite."""
    if not backend.all_finite(values):
        raise NonFinite(what, first_bad_row(backend, values) if family else None, line)


def check_sent(backend: Backend, sent: Array, source: Array, what: str, name: str, family: bool) -> None:
    """Raise NonFinite unless all that is sent is finite: of the source, `what`, if that is not; else of `name`, which is
    beyond the wire's floats alone."""
    if backend.all_finite(sent):
        return
    check_finite(backend, source, what, family)
    check_finite(backend, sent, f"{name}, rounded to the wire's floats,", family)
