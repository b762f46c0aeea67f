"""Paths in a configuration: they start at its folder, so that it repeats a run from anywhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from cablese.dsl.syntax import nodes
from cablese.dsl.syntax.parse import parse_expression
from cablese.dsl.text.diagnostics import Bag
from cablese.dsl.text.source import Source

from ..data.split_names import FILE, RUN
from ..files.run_folder import OUTPUT
from ..problems.reading import summands
from ..python_files import split_reference

OUTPUTS = ("out", "trace", "plot", "report", "save")

DATA, PYTHON = ("data", "test"), ("file", "module")
"""Arguments of problems that are paths: of data, and of Python (`mine.py:make`)."""


def read_from(folder: Path, name: str, value: object) -> object:
    """A value from a configuration in `folder`, its paths made relative to the current folder."""
    return moved(name, value, lambda path: _between(folder, Path(), path))


def written_to(folder: Path, name: str, value: object) -> object:
    """A value for a configuration in `folder`, its paths made relative to that folder."""
    return moved(name, value, lambda path: _between(Path(), folder, path))


def paths_in(name: str, value: object) -> list[str]:
    """The paths in the value of an option, in order."""
    found: list[str] = []

    def seen(path: str) -> str:
        found.append(path)
        return path

    moved(name, value, seen)
    return found


def moved(name: str, value: object, move: Callable[[str], str]) -> object:
    """The value of an option with each of its paths replaced by what `move` gives for it."""
    if isinstance(value, list) and name == "metrics":
        return [moved(name, each, move) for each in value]
    if not isinstance(value, str):
        return value
    match name:
        case "problem":
            return _moved_data(value, move)
        case "metrics":
            return ",".join(_moved_reference(part.strip(), move) for part in value.split(","))
        case "graph" if not _is_named_graph(value):
            return move(value)
        case "split" if value.strip().startswith(FILE):
            return _moved_file(value, move)
        case _ if name in OUTPUTS and value:
            return move(value)
        case _:
            return value


def _moved_reference(reference: str, move: Callable[[str], str]) -> str:
    """`FILE.py:NAME` with the file moved; a module's name stays."""
    file, name = split_reference(reference)
    if not file.endswith(".py"):
        return reference
    return f"{move(file)}:{name}" if name else move(file)


def _moved_data(problem: str, move: Callable[[str], str]) -> str:
    """A problem's text with the paths of its data and Python moved; a text that is no problem stays, to be refused where it
    is read."""
    read = parse_expression(Source("problem", problem), Bag())
    call = None if read is None else next(summands(read))
    if not isinstance(call, nodes.Call):
        return problem
    pieces, end = [], 0
    for keyword in call.keywords:
        value = keyword.value
        if isinstance(value, nodes.Text):
            quoted = _quoted(_moved_argument(keyword.name.id, value.value, move))
            pieces += [problem[end : value.span.start], quoted]
            end = value.span.end
    return "".join([*pieces, problem[end:]])


def _moved_argument(name: str, value: str, move: Callable[[str], str]) -> str:
    if name in PYTHON:
        return _moved_reference(value, move)
    if value.startswith(FILE):
        return _moved_file(value, move)
    if name == "x0" and value.startswith(RUN):
        return RUN + _moved_folder(value.removeprefix(RUN).strip(), move)
    return move(value) if name in DATA and _is_path(value) else value


def _moved_folder(folder: str, move: Callable[[str], str]) -> str:
    """The folder of a run, moved with the output that is read from it."""
    return os.path.dirname(move(os.path.join(folder, OUTPUT))) or os.curdir


def _moved_file(value: str, move: Callable[[str], str]) -> str:
    """`file:PATH` with the path moved."""
    return FILE + move(value.strip().removeprefix(FILE).strip())


def _is_path(value: str) -> bool:
    """True for a value of `data` or `test` that is no bundled set and no share of the samples."""
    from ..data.bundled import BUNDLED

    return bool(value) and value not in BUNDLED and not _is_number(value)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _quoted(path: str) -> str:
    return f"'{path}'" if '"' in path else f'"{path}"'


def _is_named_graph(graph: str) -> bool:
    from ..graphs.make import is_named

    return is_named(graph.strip())


def _between(start: Path, goal: Path, path: str) -> str:
    """A path relative to `start`, made relative to `goal`: links of folders are followed, the file's own is not."""
    if os.path.isabs(path) or path.startswith("~"):
        return path
    folder, name = os.path.split(path)
    return os.path.relpath(os.path.join(os.path.realpath(start / folder), name), os.path.realpath(goal))
