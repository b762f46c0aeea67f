"""The files that a command, or a call from Python, asks for: options, checked before anything is run."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from cablese.dsl.text.records import record

from .. import checkpoint_errors as errors
from ..errors import UsageError
from ..execute.command_options import CommandOptions
from ..execute.config_files import read_config
from ..files.run_folder import CONFIG, PLOT
from ..report.figure_files import SUFFIXES
from ..report.page_files import check_is_page
from ..report.text_figure import TERMINAL, check_draws_text

_ABSOLUTE = re.compile(r"(?<![\w.~/)\]])/(?:[^\s\"'/,()]+/)+[^\s\"',()]*")
_PATHS = ("out", "trace", "plot", "report", "save")


class Spelling(Enum):
    """The way in which messages write an option: as a flag, or as a keyword of Python."""

    FLAG = "flag"
    KEYWORD = "keyword"

    def switch(self, name: str) -> str:
        """An option that is on: `--force`, `force=True`."""
        return f"--{name}" if self is Spelling.FLAG else f"{name}=True"

    def word(self, name: str) -> str:
        """An option by itself: `--checkpoint-every`, `checkpoint_every`."""
        return "--" + name.replace("_", "-") if self is Spelling.FLAG else name

    def given(self, name: str, value: object) -> str:
        """An option with its value: `--resume DIR`, `resume='DIR'`."""
        return f"--{name} {value}" if self is Spelling.FLAG else f"{name}={str(value)!r}"


@record
class Files:
    """The files that are asked for, and the ways to treat those that are there."""

    out: Path | None = None
    trace: Path | None = None
    plot: Path | None = None
    draws: bool = False
    """True for a drawing on standard output."""
    report: Path | None = None
    save: Path | None = None
    checkpoint_every: int = 0
    resume: bool = False
    again: bool = False
    force: bool = False
    is_part: bool = False
    """True where other commands do the rest of the runs, and write into the same folder."""
    spelling: Spelling = Spelling.FLAG
    command: str = ""
    """The line that asks for them, without places of this machine."""

    @property
    def plots(self) -> tuple[Path, ...]:
        """Every file that the figure goes to, each once; a part of the runs has none."""
        wanted = (self.plot, self.out / PLOT if self.out and not self.is_part else None)
        return tuple({os.path.realpath(path): path for path in wanted if path is not None}.values())


NO_FILES = Files()


def wanted_files(
    chosen: CommandOptions, *, force: bool, spelling: Spelling, words: Sequence[str] = ()
) -> Files:
    """The files of checked options, asked for in these words. Raises UsageError for options that do not go together."""
    paths = {name: Path(path) for name in _PATHS if (path := getattr(chosen, name)) is not None}
    draws = paths.get("plot") == Path(TERMINAL)
    if draws:
        del paths["plot"]
        check_draws_text()
    if chosen.resume is not None:
        paths["out"] = _resumed(Path(chosen.resume), paths, spelling)
    if draws and chosen.json:
        raise UsageError("--plot - draws where --json prints: name a file for one of them.")
    _check_folder(chosen, paths, spelling)
    return Files(
        **paths,
        draws=draws,
        checkpoint_every=chosen.checkpoint_every or 0,
        resume=chosen.resume is not None or chosen.part is not None,
        again=chosen.again,
        force=force,
        is_part=chosen.part is not None,
        spelling=spelling,
        command=hostless(words),
    )


def hostless(words: Sequence[str]) -> str:
    """A command line as it may stand in a file that others read: absolute paths start at the current folder, of those
    elsewhere the last part is left."""
    here = os.path.realpath(os.getcwd())

    def shortened(found: re.Match[str]) -> str:
        path = os.path.realpath(found[0])
        return os.path.relpath(path, here) if path.startswith(here + os.sep) else f"…/{Path(path).name}"

    return " ".join(shlex.join(_ABSOLUTE.sub(shortened, word) for word in words).split("\n"))


def config_in(folder: str | os.PathLike[str] | None) -> dict[str, object]:
    """The options of the run in a folder, by field; none without a folder, or without a configuration there."""
    path = None if folder is None else Path(folder) / CONFIG
    return read_config(path) if path is not None and path.is_file() else {}


def check_files(files: Files) -> None:
    """Raise UsageError before the run, not after it, where a result could not be written."""
    if files.out is not None and files.out.exists() and not files.out.is_dir():
        raise UsageError(f"--out {files.out} is a file; name a directory.")
    for flag, path in (
        ("--trace", files.trace),
        ("--plot", files.plot),
        ("--report", files.report),
        ("--save", files.save),
    ):
        if path is None:
            continue
        if path.is_dir():
            raise UsageError(f"{flag} {path} is a directory; name a file in it.")
        if path.parent == files.out:
            continue  # it will be made
        if not path.parent.is_dir():
            raise UsageError(f"{flag} {path}: there is no directory {path.parent}; make it first.")
        if not (path.exists() or os.access(path.parent, os.W_OK | os.X_OK)):
            raise UsageError(f"{flag} {path}: files cannot be made in {path.parent}: Permission denied.")
    if files.plot is not None and files.plot.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"--plot {files.plot}: the name must end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}."
        )
    if files.report is not None:
        check_is_page(files.report)
    if files.save is not None:
        from ..problems.saved import check_can_save

        check_can_save(files.save)


def _resumed(folder: Path, chosen: Mapping[str, Any], spelling: Spelling) -> Path:
    """The folder in which runs go on. Raises UsageError for other outputs beside it."""
    out, trace = chosen.get("out"), chosen.get("trace")
    if out is not None and os.path.realpath(out) != os.path.realpath(folder):
        raise errors.other_out(spelling.given("out", out), spelling.given("resume", folder))
    if trace is not None:
        raise errors.other_trace(folder)
    if not folder.is_dir():
        raise errors.no_folder(folder)
    return folder


def _check_folder(chosen: CommandOptions, paths: Mapping[str, Path], spelling: Spelling) -> None:
    """Raise UsageError for options of a folder without one, and for outputs of all runs beside a part of them."""
    given = {
        "checkpoint_every": chosen.checkpoint_every is not None,
        "slurm": chosen.slurm,
        "part": chosen.part is not None,
    }
    for name, is_given in given.items():
        if is_given and "out" not in paths:
            raise errors.needs_out(spelling.word(name), spelling.given("out", "DIR"))
    shared = next((name for name in ("trace", "plot", "report") if getattr(chosen, name) is not None), None)
    in_parts = "slurm" if chosen.slurm else "part" if chosen.part is not None else None
    if in_parts is not None and shared is not None:
        raise errors.of_all_runs(in_parts, shared)
