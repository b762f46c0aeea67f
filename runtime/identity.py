"""The identity of a run: all that its points depend on, files by their content and not by their place."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from .execute.config_paths import moved
from .execute.interface import Header
from .tracing import header_record

DIGEST = "sha256"
"""The beginning of a hash among a header's versions."""

_PLACED = ("problem", "split", "graph")
"""Fields of a header with paths, as they were written in the folder where the run was begun."""


def identity_of(header: Header) -> dict[str, Any]:
    """The fields of a header that points depend on; the spec counts by its hash, files by theirs. Metrics beside the
    problem's own are not among them."""
    unlike = replace(placeless(header), algorithm="", source="", spec="", ranks=0, messages=(), settings=())
    return header_record(replace(unlike, metrics=(), thin=()))


def placeless(header: Header) -> Header:
    """The header with the last parts alone of paths to files whose hashes it has: the same from every folder."""
    fields = {name: getattr(header, name) for name in _PLACED}
    metrics = tuple(without_places("metrics", metric, header.versions) for metric in header.metrics)
    return replace(header, **_bare(fields, header.versions), metrics=metrics)


def placeless_record(identity: Mapping[str, Any]) -> dict[str, Any]:
    """An identity as it is written today; checkpoints of earlier days have paths in it."""
    return {**identity, **_bare({name: identity[name] for name in _PLACED}, identity["versions"])}


def without_places(name: str, value: Any, read: Mapping[str, str]) -> Any:
    """The value of an option with the last parts alone of paths to files of these names, whose hashes are known."""
    hashed = {file for file, told in read.items() if told.startswith(DIGEST)}
    return moved(name, value, lambda path: _last(path, hashed))


def _bare(fields: Mapping[str, Any], versions: Mapping[str, str]) -> dict[str, Any]:
    return {name: without_places(name, value, versions) for name, value in fields.items()}


def _last(path: str, hashed: Collection[str]) -> str:
    name = os.path.basename(path)
    return name if name in hashed else path
