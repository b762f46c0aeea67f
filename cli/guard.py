"""The one place where a failing command ends: its message, its exit code, and the rank that prints."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from enum import IntEnum
from functools import partial
from io import StringIO
from typing import TYPE_CHECKING, Any

import click
from cablese.dsl.text.records import record

from .interrupts import raise_interrupts

if TYPE_CHECKING:
    from cablese.dsl.text.diagnostics import Diagnostic
    from cablese.runtime.transports.job import Job

PARALLEL = ("run", "compare")
"""Commands that the ranks of a job run together; each process runs any other alone, even under a launcher."""

_WORDS = "cablese.words"
_ALONE = "cablese.alone"

_CODES = 6
"""Most codes that are named at the end of a list of diagnostics."""

_SMALLER = "Try --dtype float32, fewer nodes (-n), or more ranks under mpirun."


class Exit(IntEnum):
    """The exit status of a command."""

    DONE = 0
    WRONG_INPUT = 1  # the spec, its parameters, the problem or its data
    WRONG_USAGE = 2  # the command line
    FAILED = 3  # the run, or cablese itself
    INTERRUPTED = 130  # by Ctrl-C
    TERMINATED = 143  # by SIGTERM


@record
class Ending:
    """The end of a command at one rank: its exit code, its report, and the job where other ranks wait for ever."""

    code: int
    tell: Callable[[], None] = lambda: None
    own: bool = True  # False where only another rank failed
    job: Job | None = None


class GuardedGroup(click.Group):
    """Commands that each end in an exit code, whatever happens inside; `--debug` adds tracebacks."""

    def list_commands(self, context: click.Context) -> list[str]:
        """The commands in their own order, not the alphabet's."""
        return list(self.commands)

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Read the words of the command line, which are kept in the context."""
        context.meta[_WORDS] = list(args)
        return super().parse_args(context, args)

    def invoke(self, context: click.Context) -> None:
        """Run the command that the context names, and exit."""
        if not set(PARALLEL).intersection(context.meta[_WORDS]):
            raise_interrupts()  # ranks end at once until they run, the others as any failure
        try:
            ending = Ending(super().invoke(context) or Exit.DONE)
            sys.stdout.flush()
        except click.exceptions.Exit:
            raise
        except click.ClickException as error:
            ending = Ending(Exit.WRONG_USAGE, partial(_show, error))
        except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 the one place that may
            if context.params["debug"]:
                _print_traceback(error)
            ending = _ending(error)
        context.exit(_common_exit_code(ending))


def say(text: str) -> None:
    """A message for people: on standard error, harmless to a terminal whatever name or text it quotes."""
    from cablese.dsl.text.printable import printable

    _write(printable(text))


def echo(text: str) -> None:
    """A user's text on standard output: as it is into a file or a pipe, harmless to a terminal."""
    from cablese.dsl.text.printable import printable

    sys.stdout.write(printable(text) if on_terminal() else text)


def on_terminal() -> bool:
    """True if standard output is a terminal."""
    return sys.stdout.isatty()


def _write(text: str) -> None:
    """Print on standard error; the text is lost where that cannot be written either."""
    with suppress(OSError):
        print(text, file=sys.stderr)


def report(diagnostics: Sequence[Diagnostic]) -> None:
    """Print errors or warnings of specs, and below them the command that explains their rules."""
    from cablese.dsl.text.render import render_all

    _write(render_all(diagnostics, color=colored()))
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    shown = " ".join(codes[:_CODES]) + (" …" if len(codes) > _CODES else "")
    hint = f"{_counted(diagnostics)}; the rules, with examples: cablese explain {shown}"
    _write("\n" + (click.style(hint, dim=True) if colored() else hint))


def _counted(diagnostics: Sequence[Diagnostic]) -> str:
    """The counts of errors and warnings, as in `2 mistakes, 1 warning`."""
    from cablese.dsl.text.diagnostics import Severity

    errors = sum(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)
    counts = ((errors, "mistake"), (len(diagnostics) - errors, "warning"))
    return ", ".join(f"{count} {word}" + ("s" if count > 1 else "") for count, word in counts if count)


def rank() -> int:
    """This process's rank among those that run the command together; 0 of a process alone."""
    together = communicator()
    return 0 if together is None else int(together.Get_rank())


def communicator() -> Any:
    """The communicator of the ranks that run this command together; None of a process alone, whatever a launcher says."""
    context = click.get_current_context(silent=True)
    if context is None or context.find_root().invoked_subcommand not in PARALLEL or _ALONE in context.meta:
        return None
    from cablese.runtime.transports.connect import together

    return together()


def words() -> list[str]:
    """The command line, without the program's name."""
    found: list[str] = click.get_current_context().find_root().meta[_WORDS]
    return found


def command() -> str:
    """The name of the command that runs now."""
    return click.get_current_context().find_root().invoked_subcommand or ""


def go_alone() -> None:
    """Mark the command that runs now as this process's own."""
    click.get_current_context().meta[_ALONE] = True


def colored() -> bool:
    """True where messages for people may be coloured."""
    return sys.stderr.isatty() and "NO_COLOR" not in os.environ


def of_signal(number: int) -> Exit:
    """The exit status of a command that a signal ended."""
    return Exit(128 + number)


def _ending(error: BaseException) -> Ending:
    from cablese.runtime.errors import FailedAlone, FailedElsewhere
    from cablese.runtime.execute.exits import exit_of

    match error:
        case FailedAlone() if error.__cause__ is not None:
            return replace(_ending(error.__cause__), job=error.job)
        case FailedElsewhere():
            return Ending(exit_of(error), own=False)
        case BrokenPipeError():
            return Ending(Exit.DONE, _drop_output)
        case _:
            return Ending(exit_of(error), lambda: report_failure(error))


def report_failure(error: BaseException) -> None:
    """Print the failure, and those that it caused."""
    from cablese.dsl.text.diagnostics import SpecError
    from cablese.runtime.errors import RunFailed, SetupError

    match error:
        case KeyboardInterrupt():
            say("interrupted")
        case SpecError():
            report(error.diagnostics)
        case SetupError() | RunFailed():
            say(f"error: {error}")
        case OSError(filename=None, errno=errno.ENOSPC | errno.EFBIG | errno.EDQUOT | errno.EIO):
            _drop_output()  # files are named
            say(f"error: standard output cannot be written: {error.strerror}.")
        case OSError():
            say(f"error: {error.filename or 'a file'}: {error.strerror or error}")
        case MemoryError():
            say(f"error: not enough memory: {error or 'an array does not fit'}. {_SMALLER}")
        case _:
            told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            say(
                f"this is a bug in cablese: {told}\n"
                "Please report it with the traceback that `cablese --debug …` prints."
            )
    for note in getattr(error, "__notes__", ()):
        say(f"error: {note}")


def _drop_output() -> None:
    """Let the interpreter's last flush go nowhere, after standard output failed or lost its reader."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _common_exit_code(ending: Ending) -> int:
    """The exit code of all ranks, of which one reports."""
    from cablese.runtime.errors import SetupError

    try:
        together = communicator()
    except SetupError:  # MPI does not load, which is what each of them has to tell
        together = None
    if together is None:
        ending.tell()
        return ending.code
    import platform

    from cablese.runtime.transports.meeting import leave

    def tell() -> None:
        if together.Get_rank() > 0 and ending.code:
            say(f"on rank {together.Get_rank()} of {together.Get_size()} ({platform.node()}):")
        ending.tell()

    if ending.job is not None:
        ending.job.end(tell, ending.code)
    code, speaks = leave(together, ending.code, own=ending.own)
    if speaks:
        tell()
    return code


def _show(error: click.ClickException) -> None:
    """Print click's message on a wrong command line, which may quote it."""
    words = StringIO()
    error.show(words)
    say(words.getvalue().rstrip("\n"))


def _print_traceback(error: BaseException) -> None:
    import traceback

    say("".join(traceback.format_exception(error)).rstrip("\n"))
