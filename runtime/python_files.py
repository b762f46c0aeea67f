"""Python that a user names, `mine.py:accuracy` or `package.module:make`: run once, with the hash of what ran."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Any

from cablese.dsl.text.records import record

from . import python_file_errors as errors
from .errors import RunFailed, SetupError
from .files.reading import TEXT_LIMIT, read_file


@record
class Named:
    """An object of a user's Python: the reference as written, the file's name, its hash, the name there, the object."""

    reference: str
    file: str
    digest: str
    name: str
    value: Any

    @property
    def versions(self) -> dict[str, str]:
        """The file's hash by its name, for headers."""
        return {self.file: f"sha256 {self.digest}"} if self.digest else {}


def split_reference(reference: str) -> tuple[str, str]:
    """`mine.py:make` -> ("mine.py", "make"); the name is empty where none is written."""
    file, colon, name = reference.rpartition(":")
    return (file, name) if colon and name.isidentifier() and file else (reference, "")


def named(reference: str, defaults: tuple[str, ...], wanted: str) -> Named:
    """The object that a reference names, or, without a name, the first of the `defaults` that is there.

    `wanted` says in words what the object must be. SetupError where file, module or name are not there, or the file
    does not run; the error has the line.
    """
    place, name = split_reference(reference)
    if not place.endswith(".py") and Path(place).is_file():
        raise errors.not_named_py(place)
    module, file, digest = (
        _of_file(place, reference) if place.endswith(".py") else _of_module(place, reference)
    )
    for candidate in (name,) if name else defaults:
        if candidate in module:
            return Named(reference, file, digest, candidate, module[candidate])
    own = tuple(own for own, value in module.items() if not isinstance(value, ModuleType))
    raise errors.no_such_name(place, name, defaults, wanted, own)


def ask(what: str, function: Callable[..., Any], *arguments: Any, home: Any = None) -> Any:
    """Call a user's function; SetupError that says `what` it is, and the line, for any exception of it.

    The line is the innermost one in the file of the function, or of `home`, another function of the user's.
    """
    try:
        return function(*arguments)
    except (SetupError, RunFailed, MemoryError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise errors.raised(what, _line_in(home or function, error), error) from error


def place_of(function: Any) -> str:
    """` (mine.py:7)`, where a function begins; empty for what has no lines of Python."""
    code = code_of(function)
    return "" if code is None else f" ({Path(code.co_filename).name}:{code.co_firstlineno})"


def code_of(function: Any) -> CodeType | None:
    """The code of a function, a method or an object that can be called."""
    called = function if hasattr(function, "__code__") else getattr(function, "__func__", None)
    code = getattr(called or getattr(type(function), "__call__", None), "__code__", None)  # noqa: B004 its code is asked for
    return code if isinstance(code, CodeType) else None


def _of_file(place: str, reference: str) -> tuple[Mapping[str, Any], str, str]:
    path = Path(place).expanduser()
    try:
        text = read_file(path, TEXT_LIMIT)
    except OSError as reason:
        raise errors.unreadable(reference, path, reason) from None
    return _executed(path.resolve(), text).__dict__, path.name, sha256(text).hexdigest()[:16]


@cache
def _executed(path: Path, text: bytes) -> ModuleType:
    """The module that a file's text makes, once for each text; modules beside it can be imported."""
    module = ModuleType(f"_own_{path.stem}")
    module.__file__ = str(path)
    before = list(sys.path)
    sys.modules[module.__name__] = module  # dataclasses and pickles look their module up
    sys.path.insert(0, str(path.parent))
    try:
        exec(compile(text, str(path), "exec", dont_inherit=True), module.__dict__)
    except (SetupError, RunFailed, MemoryError, KeyboardInterrupt):
        raise
    except SyntaxError as error:
        raise errors.no_python(str(path), error) from None
    except BaseException as error:
        raise errors.raised(path.name, _last_line(error.__traceback__, str(path)), error) from error
    finally:
        sys.path[:] = before
    return module


def _of_module(place: str, reference: str) -> tuple[Mapping[str, Any], str, str]:
    if not all(part.isidentifier() for part in place.split(".")):
        raise errors.no_reference(reference)
    try:
        module = import_module(place)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise errors.raised(f"the module {place}", "", error) from error
    path = getattr(module, "__file__", None)
    digest = sha256(Path(path).read_bytes()).hexdigest()[:16] if path and path.endswith(".py") else ""
    return module.__dict__, place, digest


def _line_in(function: Any, error: BaseException) -> str:
    """`mine.py:9`: the innermost line of an exception in the function's file, or in any file if it has none there."""
    code = code_of(function)
    return _last_line(error.__traceback__, None if code is None else code.co_filename)


def _last_line(at: TracebackType | None, file: str | None) -> str:
    found = ""
    while at is not None:
        here = at.tb_frame.f_code.co_filename
        if file is None or here == file:
            found = f"{Path(here).name}:{at.tb_lineno}"
        at = at.tb_next
    return found
