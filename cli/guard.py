"""The one place where a failing command ends: which message, which exit code, printed by which rank."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from cablese.dsl.text.diagnostics import Diagnostic

PARALLEL = ("run", "compare")
"""What the ranks of a job do together; any other command is each process's own, whoever started it."""

_ALONE = "cablese.alone"

_CODES = 6
"""So many codes are named at the end of a list of mistakes."""

_SMALLER = "Try --dtype float32, fewer nodes (-n), or more ranks under mpirun."


class Exit(IntEnum):
    """What the exit status of a command says."""

    DONE = 0
    WRONG_INPUT = 1  # the spec, its parameters, the problem or its data
    WRONG_USAGE = 2  # the command line
    FAILED = 3  # the run, or cablese itself
    INTERRUPTED = 130  # by Ctrl-C
    TERMINATED = 143  # by SIGTERM


class GuardedGroup(click.Group):
    """Commands of which each ends in its exit code, whatever happens inside; `--debug` adds tracebacks."""

    def list_commands(self, context: click.Context) -> list[str]:
        """The commands in their own order, not that of the alphabet."""
        return list(self.commands)

    def invoke(self, context: click.Context) -> None:
        """Run the command that the context names, and exit."""
        try:
            code = super().invoke(context) or Exit.DONE
            sys.stdout.flush()
        except click.exceptions.Exit:
            raise
        except click.ClickException as error:
            if rank() == 0:
                error.show()
            code = Exit.WRONG_USAGE
        except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 the one place that may
            if context.params["debug"]:
                _print_traceback(error)
            code = _ended(error)
        context.exit(int(code))


def say(text: str) -> None:
    """A message for people: on standard error, from rank 0 only; lost where that cannot be written either."""
    if rank() == 0:
        with suppress(OSError):
            print(text, file=sys.stderr)


def report(diagnostics: Sequence[Diagnostic]) -> None:
    """Mistakes in specs, or what is surely not meant, and below them where their rules are explained."""
    from cablese.dsl.text.render import render_all

    say(render_all(diagnostics, color=colored()))
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    shown = " ".join(codes[:_CODES]) + (" …" if len(codes) > _CODES else "")
    hint = f"{_counted(diagnostics)}; the rules, with examples: cablese explain {shown}"
    say("\n" + (click.style(hint, dim=True) if colored() else hint))


def _counted(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 mistakes, 1 warning`."""
    from cablese.dsl.text.diagnostics import Severity

    errors = sum(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)
    counts = ((errors, "mistake"), (len(diagnostics) - errors, "warning"))
    return ", ".join(f"{count} {word}" + ("s" if count > 1 else "") for count, word in counts if count)


def rank() -> int:
    """This process's rank among those that MPI connects to do the command together; 0 of a process alone."""
    together = communicator()
    return 0 if together is None else int(together.Get_rank())


def communicator() -> Any:
    """The communicator of the ranks that do this command together; None of a process alone, whatever a launcher says."""
    context = click.get_current_context(silent=True)
    if context is None or context.find_root().invoked_subcommand not in PARALLEL or _ALONE in context.meta:
        return None
    from cablese.runtime.transports.launchers import launched_size

    if launched_size(os.environ) <= 1:
        return None
    from cablese.runtime.transports.mpi import world

    together = world()
    return together if together.Get_size() > 1 else None


def go_alone() -> None:
    """The command that runs now is this process's own."""
    click.get_current_context().meta[_ALONE] = True


def colored() -> bool:
    """Whether messages for people may be coloured."""
    return sys.stderr.isatty() and "NO_COLOR" not in os.environ


def of_signal(number: int) -> Exit:
    """How a command ends that a signal ended."""
    return Exit(128 + number)


def _ended(error: BaseException) -> Exit:
    from cablese.dsl.text.diagnostics import SpecError
    from cablese.runtime.errors import Interrupted, RunFailed, SetupError
    from cablese.runtime.execute.usage import UsageError

    match error:
        case Interrupted():
            return _told("interrupted", of_signal(error.signal))
        case KeyboardInterrupt():
            return _told("interrupted", Exit.INTERRUPTED)
        case SpecError():
            report(error.diagnostics)
            return Exit.WRONG_INPUT
        case UsageError():
            return _told(f"error: {error}", Exit.WRONG_USAGE)
        case SetupError():
            return _told(f"error: {error}", Exit.WRONG_INPUT)
        case BrokenPipeError():
            return _unread()
        case OSError(filename=None, errno=errno.ENOSPC | errno.EFBIG | errno.EDQUOT | errno.EIO):
            return _unwritten(error)  # files are named
        case OSError():
            return _lost(f"error: {error.filename or 'a file'}: {error.strerror or error}")
        case MemoryError():
            return _lost(f"error: not enough memory: {error or 'an array does not fit'}. " + _SMALLER)
        case RunFailed():
            return _failed(error)
        case _:
            return _bug(error)


def _failed(failure: BaseException) -> Exit:
    """A run that failed, and below it what failed afterwards."""
    later = getattr(failure, "__notes__", ())
    return _told("\n".join(f"error: {text}" for text in (failure, *later)), Exit.FAILED)


def _told(text: str, code: Exit) -> Exit:
    say(text)
    return code


def _unread() -> Exit:
    """Nobody reads on (`cablese … | head`): end without another word."""
    _drop_output()
    return Exit.DONE


def _unwritten(error: OSError) -> Exit:
    """Standard output takes no more."""
    _drop_output()
    return _lost(f"error: standard output cannot be written: {error.strerror}.")


def _drop_output() -> None:
    """Let the interpreter's last flush go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _lost(text: str) -> Exit:
    """What one rank alone may run into: it says so, and takes the others along, who would wait for ever."""
    prefix = f"rank {rank()}: " if rank() else ""
    with suppress(OSError):
        print(f"{prefix}{text}", file=sys.stderr, flush=True)
    together = communicator()
    if together is not None:
        together.Abort(int(Exit.FAILED))
    return Exit.FAILED


def _bug(error: BaseException) -> Exit:
    told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return _lost(
        f"this is a bug in cablese: {told}\n"
        "Please report it with the traceback that `cablese --debug …` prints."
    )


def _print_traceback(error: BaseException) -> None:
    import traceback

    traceback.print_exception(error)
