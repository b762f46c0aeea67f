"""jsonl files of texts: an object a line, with a `text` and a target."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from cablese.dsl.text.records import record

from . import errors
from .stored import Reading, Samples, Stored
from .text_files import text_of

_PARTS = {"train": True, "training": True, "test": False}


@record
class _Line:
    """A line's number and its object."""

    number: int
    held: Mapping[str, Any]


def load_jsonl(path: Path, name: str, how: Reading) -> Stored:
    """The texts and targets of the lines, those with `"split": "test"` as the test part, if some are. The target is
    `label`, or what `how` names, in all lines a number or in all a text."""
    lines = _lines(text_of(path, name), name)
    target = how.target or "label"
    for line in lines:
        for key, kinds in (("text", str), (target, (int, float, str))):
            if not isinstance(line.held.get(key), kinds):
                raise errors.lacks_a_key(
                    name, line.number, key, "text" if key == "text" else "a number or a text"
                )
    _check_alike(lines, target, name)
    parts: tuple[list[_Line], list[_Line]] = ([], [])
    for line in lines:
        part = line.held.get("split", "train")
        if part not in _PARTS:
            raise errors.no_part(name, line.number, str(part))
        parts[0 if _PARTS[part] else 1].append(line)
    if not parts[0]:
        raise errors.empty_data(name)
    training, test = (_samples(part, target) for part in parts)
    return Stored(training, test if parts[1] else None)


def _check_alike(lines: list[_Line], target: str, name: str) -> None:
    """Raise SetupError where some targets are texts and others numbers."""
    first = isinstance(lines[0].held[target], str)
    odd = next((line for line in lines if isinstance(line.held[target], str) != first), None)
    if odd is not None:
        what = "a text as above it" if first else "a number as above it"
        raise errors.lacks_a_key(name, odd.number, target, what)


def _lines(text: str, name: str) -> list[_Line]:
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            held = json.loads(line)
        except ValueError as reason:
            raise errors.no_json(name, number, reason) from None
        if not isinstance(held, dict):
            raise errors.no_json(name, number, f"it is {type(held).__name__}, not an object")
        found.append(_Line(number, held))
    if not found:
        raise errors.empty_data(name)
    return found


def _samples(lines: list[_Line], target: str) -> Samples:
    held = [line.held for line in lines]
    targets = np.array([each[target] for each in held])
    targets = targets if targets.dtype.kind == "U" else targets.astype(np.float64)
    first = held[0] if held else {}
    columns = {
        key: np.array([str(each.get(key, "")) for each in held])
        for key, value in first.items()
        if key != "text" and isinstance(value, int | float | str)
    }
    return Samples([each["text"] for each in held], targets, columns)
