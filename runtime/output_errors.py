"""Refusals of outputs, and errors of writing them: one function per kind, which alone has the words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .errors import OutputFailed, UsageError
from .execute.interface import Recording


class Refused(Exception):
    """A file may not be replaced."""


class Locked(Refused):
    """Another process writes the file."""


class NotATrace(Refused):
    """The file holds something other than a trace."""


class AnotherRun(Refused):
    """The file holds a trace of other runs; `runs` are empty where it is damaged."""

    def __init__(self, runs: tuple[Recording, ...]) -> None:
        super().__init__()
        self.runs = runs


def refused(what: str, why: Refused, remedy: str) -> UsageError:
    """A trace may not be written; `what` names the option with the file, `remedy` the setting that replaces a run."""
    match why:
        case Locked():
            return locked(what)
        case AnotherRun():
            return UsageError(
                f"{what} holds {_held(why.runs)}, which would be lost: name another place, or replace it with {remedy}."
            )
        case _:
            return UsageError(
                f"{what} is no trace, and nothing but a trace is replaced by one: name another file."
            )


def fewer_metrics(path: Path, lacking: Sequence[str]) -> OutputFailed:
    """The file holds the same run with more metrics."""
    return OutputFailed(
        f"{path} holds this run with more metrics ({', '.join(lacking)}), which would be lost: ask for them with "
        "--metrics, name another file, or replace it with --force."
    )


def locked(what: str) -> UsageError:
    """Another run writes the same output."""
    return UsageError(f"{what} is being written by another run: wait for its end, or name another place.")


def still_written(folders: Sequence[Path]) -> UsageError:
    """Runs in progress, which are not deleted."""
    them, end = ("it was", "its end") if len(folders) == 1 else ("they were", "their end")
    return UsageError(
        f"{', '.join(map(str, folders))}: a command that still runs writes there, so {them} not deleted: stop it (Ctrl-C), "
        f"or wait for {end}, then delete again."
    )


def there_already(path: Path) -> UsageError:
    """A new file where there is one."""
    return UsageError(f"{path} is there already, and is left as it is: name another file.")


def not_writable(what: str, error: OSError) -> UsageError:
    """The system refuses an output, before anything was computed."""
    return UsageError(f"{what} cannot be written: {error.strerror or error}.")


def written_twice(one: str, other: str) -> UsageError:
    """Two outputs of one command are the same file."""
    return UsageError(f"{one} and {other} are the same file: name two.")


def is_input(what: str, read: str) -> UsageError:
    """An output would overwrite a file that is read."""
    return UsageError(f"{what} is {read}, which would be lost: name another file.")


def other_text(path: Path, remedy: str) -> UsageError:
    """The file holds another text than the one to write."""
    return UsageError(
        f"{path} holds something else, which would be lost: name another place, or replace it with {remedy}."
    )


def other_file(what: str, remedy: str) -> UsageError:
    """The file of an output is there already."""
    return UsageError(f"{what} is there already: name another file, or replace it with {remedy}.")


def output_of_several() -> UsageError:
    """One file for the outputs of several runs."""
    return UsageError("--save is of one run, and this command makes several: save them one by one.")


def not_a_picture(what: str, suffix: str) -> UsageError:
    """A figure would replace a file that is no figure of its format."""
    return UsageError(
        f"{what} is no {suffix.removeprefix('.').upper()}, and a figure only replaces a figure: name another file."
    )


def no_folder(path: Path) -> UsageError:
    """The folder of an output does not exist."""
    return UsageError(f"{path} cannot be written: there is no directory {path.parent}; make it first.")


def no_figure(path: Path, suffixes: Sequence[str]) -> UsageError:
    """The name of a figure has no suffix of a format."""
    names = f"{', '.join(suffixes[:-1])} or {suffixes[-1]}"
    return UsageError(f"the plot {path}: the name must end in {names}.")


def no_page(path: Path, suffixes: Sequence[str]) -> UsageError:
    """The name of a report has no suffix of a page."""
    return UsageError(f"the report {path}: the name must end in {' or '.join(suffixes)}.")


def other_page(path: Path) -> UsageError:
    """A report would replace a file that is no report."""
    return UsageError(
        f"the report {path} is another file, and a report only replaces a report: name another file."
    )


def is_folder(path: Path) -> UsageError:
    """The name of an output is that of a folder."""
    return UsageError(f"{path} is a directory; name a file in it.")


def no_tex(path: Path, reason: str) -> UsageError:
    """A .pgf needs LaTeX, which measures its texts."""
    return UsageError(
        f"the plot {path}: a .pgf's texts are measured by LaTeX with its package pgf, and {reason}: install them "
        "(Debian: texlive-latex-base, texlive-pictures), or write a .pdf."
    )


def failed(path: Path, error: OSError) -> OutputFailed:
    """The system fails while an output is written."""
    return OutputFailed(f"{path} cannot be written: {error.strerror or error}.")


def _held(runs: tuple[Recording, ...]) -> str:
    if not runs:
        return "a trace that is damaged or of another version"
    last = runs[-1]
    name = last.header.algorithm if last.header else "a method"
    reached = f"{last.points[-1].round} rounds of {name}" if last.points else f"the beginning of {name}"
    return f"another run ({reached})" if len(runs) == 1 else f"{len(runs)} other runs (the last: {reached})"
