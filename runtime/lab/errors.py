"""Errors in requests to the lab: one function per kind, which alone has the words."""

from __future__ import annotations

from ..errors import SetupError, UsageError


def not_a_count(option: str, value: float, least: int) -> UsageError:
    """A number on the command line that is no whole number or too small."""
    return UsageError(f"{option} {value:g}: takes a whole number from {least} on, such as {option} 1e5.")


def not_a_seed(value: float) -> UsageError:
    """A seed out of its range."""
    return UsageError(f"--seed {value:g}: takes a whole number from 0 to 2^64 - 1.")


def does_not_fit(dim: int, reason: str) -> SetupError:
    """A compressor whose arguments do not fit vectors of this length."""
    return SetupError(f"--dim {dim}: {reason}")
