"""The words of every mistake in naming and running a user's Python: one function per kind."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from .errors import SetupError


def no_reference(reference: str) -> SetupError:
    """Neither a file nor a module."""
    return SetupError(
        f"{reference!r} names no Python: write a file and a name in it, as mine.py:make, or a "
        "module, as package.module:make."
    )


def not_named_py(file: str) -> SetupError:
    """A file that is there, under a name that Python files do not have."""
    return SetupError(
        f"{file} is a file whose name does not end in .py: name it {Path(file).stem}.py if it is Python."
    )


def unreadable(reference: str, path: Path, reason: OSError) -> SetupError:
    """The file is not there or cannot be read."""
    near = get_close_matches(path.name, _files(path.parent), n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]}?" if near else ""
    return SetupError(f"{reference}: the file {path} cannot be read: {reason.strerror or reason}.{hint}")


def no_python(path: str, error: SyntaxError) -> SetupError:
    """The text of the file is no Python."""
    line = f", line {error.lineno}" if error.lineno else ""
    return SetupError(f"{Path(path).name}{line}: this is no Python: {error.msg}.")


def no_such_name(
    place: str, name: str, defaults: Sequence[str], wanted: str, there: Sequence[str]
) -> SetupError:
    """The file has no object of this name."""
    own = [each for each in there if not each.startswith("_")]
    near = get_close_matches(name, own, n=1, cutoff=0.5) if name else []
    lacks = f"`{name}`" if name else " and no ".join(f"`{default}`" for default in defaults)
    hint = f" Did you mean `{near[0]}`?" if near else f" It must define {wanted}."
    example = own[-1] if own else "make"
    other = "" if name or near else f" Another name is written behind a colon, as {place}:{example}."
    return SetupError(f"{place} has no {lacks}.{hint}{other}")


def raised(what: str, line: str, error: BaseException) -> SetupError:
    """An exception of the user's own code; `line` is where it arose, empty if that is not known."""
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    at = f" at {line}" if line else ""
    return SetupError(f"{what} failed{at}: {said}. `--debug` shows the traceback.")


def _files(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir() if entry.suffix == ".py"] if folder.is_dir() else []
