"""Texts of specs, by name (the shipped ones of `algorithms/`) or path, and their diagnostics."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import cablese.algorithms
from cablese.dsl.text.decode import decode
from cablese.dsl.text.diagnostics import Severity, SpecError, as_errors
from cablese.dsl.text.nearest import nearest
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source

from .errors import SetupError
from .files.reading import TEXT_LIMIT, read_file

if TYPE_CHECKING:
    from cablese.dsl.text.diagnostics import Diagnostic

_SUFFIX = ".alg"
_TITLE = re.compile(r'^algorithm\s+(\w+)\s*(?::\s*"([^"]*)")?', re.MULTILINE)


class SpecNotFound(SetupError):
    """No spec of this name is shipped, or the file cannot be read (exit 1)."""


@record
class Shipped:
    """A spec that comes with cablese: its name for commands, its family, and title and source from its first line."""

    name: str
    family: str
    title: str
    source: str


def find_spec(spec: str) -> Source:
    """The text of a spec: a path, or the name of a shipped one in any case.

    A file of that name wins over a shipped spec. Raises SpecNotFound, or SpecError when it is not UTF-8.
    """
    path, name, shipped = Path(spec), spec.lower(), _shipped_files()
    if name in shipped and not _looks_like_path(spec) and not path.is_file():
        return decode(f"{name}{_SUFFIX}", shipped[name].read_bytes())
    if _looks_like_path(spec) or path.exists():
        return decode(str(path), read_bytes(path))
    raise _not_shipped(spec, shipped)


def shipped_specs() -> tuple[Shipped, ...]:
    """Every shipped spec, by family and name."""
    return tuple(sorted((_described(name, file) for name, file in _shipped_files().items()), key=_by_family))


def diagnose(source: Source, *, pedantic: bool = False) -> tuple[Diagnostic, ...]:
    """The errors of a spec or, where it has none, its warnings, those of doubts if `pedantic`, in source order."""
    from cablese.dsl.pipeline import diagnose_spec

    from .registry import plugins

    return diagnose_spec(source, plugins(), pedantic=pedantic)


def warnings_of(sources: Iterable[Source], *, strict: bool = False) -> tuple[Diagnostic, ...]:
    """The warnings of specs, each spec's once; with `strict` raises SpecError if there is any."""
    found = (diagnostic for source in dict.fromkeys(sources) for diagnostic in diagnose(source))
    warnings = tuple(diagnostic for diagnostic in found if diagnostic.severity is Severity.WARNING)
    if strict and warnings:
        raise SpecError(as_errors(warnings))
    return warnings


def read_bytes(path: Path) -> bytes:
    """The bytes of a spec's file. Raises SpecNotFound."""
    try:
        return read_file(path, TEXT_LIMIT)
    except FileNotFoundError:
        raise _no_file(path) from None
    except IsADirectoryError:
        raise SpecNotFound(
            f"{path} is a directory; name a spec in it, such as {path / 'method.alg'}."
        ) from None
    except OSError as error:
        raise SpecNotFound(f"The spec {path} cannot be read: {error.strerror or error}.") from None


def _no_file(path: Path) -> SpecNotFound:
    near = nearest(path.name, _neighbours(path))
    hint = f" Did you mean {path.with_name(near)}?" if near else ""
    return SpecNotFound(f"There is no file {path}.{hint}")


def _not_shipped(spec: str, shipped: Mapping[str, Path]) -> SpecNotFound:
    here, written = {name.lower(): name for name in _neighbours(Path(spec))}, spec.lower()
    file = here.get(written + _SUFFIX) or here.get(nearest(written, here) or "")
    near = file or nearest(written, shipped)
    hint = f"Did you mean `{near}`?" if near else "`cablese list algorithms` names them all."
    return SpecNotFound(
        f"No spec called `{spec}` comes with cablese, and no file of that name is here. {hint}"
    )


def _looks_like_path(spec: str) -> bool:
    return "/" in spec or spec.endswith(_SUFFIX)


def _neighbours(path: Path) -> list[str]:
    return [file.name for file in path.parent.glob("*" + _SUFFIX)] if path.parent.is_dir() else []


@lru_cache(maxsize=1)
def _shipped_files() -> Mapping[str, Path]:
    """The specs that ship, which stay as they are while a process runs."""
    room = Path(cablese.algorithms.__path__[0])
    return {file.stem: file for file in room.rglob("*" + _SUFFIX)}


def _described(name: str, file: Path) -> Shipped:
    found = _TITLE.search(file.read_text(encoding="utf-8"))
    title, source = (found.group(1), found.group(2) or "") if found else (name, "")
    return Shipped(name, file.parent.name, title, source)


def _by_family(spec: Shipped) -> tuple[str, str]:
    return spec.family, spec.name
