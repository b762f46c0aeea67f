"""The error of a wrong command line, apart from `options` so that catching it loads nothing."""

from __future__ import annotations

from ..errors import SetupError


class UsageError(SetupError):
    """A value on the command line, in `--config` or given to `cablese.run` is not what the option takes."""


def nothing_to_compare() -> UsageError:
    """A comparison of no spec."""
    return UsageError("There is nothing to compare: name a spec, or several.")
