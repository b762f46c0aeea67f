"""The exit status of a command that failed, by its error."""

from __future__ import annotations

from cablese.dsl.text.diagnostics import SpecError

from ..errors import FailedElsewhere, Interrupted, RunFailed, SetupError, UsageError

WRONG_INPUT, WRONG_USAGE, FAILED, SIGNALLED, INTERRUPTED = 1, 2, 3, 128, 130


def exit_of(error: BaseException) -> int:
    """1 for wrong input, 2 for a wrong command line, 3 for anything that went wrong later or is our fault."""
    match error:
        case FailedElsewhere():
            return error.code
        case Interrupted():
            return SIGNALLED + error.signal
        case KeyboardInterrupt():
            return INTERRUPTED
        case UsageError():
            return WRONG_USAGE
        case SpecError() | SetupError():
            return WRONG_INPUT
        case RunFailed() | _:
            return FAILED
