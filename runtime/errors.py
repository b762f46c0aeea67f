"""Errors of the runtime that are not ours: wrong settings or data (exit 1) and failed runs (exit 3)."""

from __future__ import annotations


class SetupError(Exception):
    """Parameters, problem, data or machine do not fit the spec; one paragraph with place, reason and remedy."""


class RunFailed(Exception):
    """A run that began could not go on: diverged to non-finite values, or a rank died."""


class OutputFailed(RunFailed):
    """A result cannot be written: the disk is full, say."""
