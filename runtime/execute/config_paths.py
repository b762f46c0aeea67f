"""Paths in a configuration: they start at its folder, so that it repeats a run from anywhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from cablese.dsl.syntax import nodes
from cablese.dsl.syntax.parse import parse_expression
from cablese.dsl.text.diagnostics import Bag
from cablese.dsl.text.source import Source

Value = TypeVar("Value")

OUTPUTS = ("out", "trace", "plot")


def read_from(folder: Path, name: str, value: Value) -> Value | str:
    """A value from a configuration in `folder`, its paths made relative to the current folder."""
    return _moved(name, value, lambda path: _between(folder, Path(), path))


def written_to(folder: Path, name: str, value: Value) -> Value | str:
    """A value for a configuration in `folder`, its paths made relative to that folder."""
    return _moved(name, value, lambda path: _between(Path(), folder, path))


def _moved(name: str, value: Value, move: Callable[[str], str]) -> Value | str:
    if not isinstance(value, str):
        return value
    match name:
        case "problem":
            return _moved_data(value, move)
        case "graph" if not _is_named_graph(value):
            return move(value)
        case _ if name in OUTPUTS and value:
            return move(value)
        case _:
            return value


def _moved_data(problem: str, move: Callable[[str], str]) -> str:
    """A problem's text with the path of its data moved; a text that is no problem stays, to be refused where it is read."""
    from ..problems.bundled import BUNDLED

    call = parse_expression(Source("problem", problem), Bag())
    if not isinstance(call, nodes.Call):
        return problem
    for keyword in call.keywords:
        data = keyword.value
        if keyword.name.id == "data" and isinstance(data, nodes.Text) and data.value not in BUNDLED:
            quoted = _quoted(move(data.value))
            return problem[: data.span.start] + quoted + problem[data.span.end :]
    return problem


def _quoted(path: str) -> str:
    return f"'{path}'" if '"' in path else f'"{path}"'


def _is_named_graph(graph: str) -> bool:
    from ..graphs.families import FAMILIES, is_erdos_renyi

    return graph.strip() in FAMILIES or is_erdos_renyi(graph.strip())


def _between(start: Path, goal: Path, path: str) -> str:
    """A path relative to `start`, made relative to `goal`: links of folders are followed, the file's own is not."""
    if os.path.isabs(path) or path.startswith("~"):
        return path
    folder, name = os.path.split(path)
    return os.path.relpath(os.path.join(os.path.realpath(start / folder), name), os.path.realpath(goal))
