"""Configuration files: the TOML text that `--config` reads and that repeats a run."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..files.reading import TEXT_LIMIT, read_file
from .config_paths import read_from, written_to
from .option_checks import assignments
from .options import OPTIONS, Options, setting_name


def read_config(path: Path) -> dict[str, object]:
    """The options in a TOML file, by field (`set` may be a list of NAME=EXPR or a table).

    Paths in it start at its folder. Keys are the long names of the options, with `-` or `_`; unknown ones are left to
    the caller. Raises UsageError for a file that cannot be read.
    """
    try:
        table = tomllib.loads(read_file(path, TEXT_LIMIT).decode("utf-8-sig"))
    except OSError as error:
        raise UsageError(f"--config {path}: the file cannot be read: {error.strerror or error}.") from None
    except ValueError as error:
        raise UsageError(f"--config {path}: this is not TOML: {error}.") from None
    named = {key.replace("-", "_"): value for key, value in table.items()}
    if "set" in named:
        named["settings"] = _settings(named.pop("set"), path)
    return {name: read_from(path.parent, name, value) for name, value in named.items()}


def merge(config: Mapping[str, object], command_line: Mapping[str, object]) -> dict[str, object]:
    """Both sources of options in one; the command line wins, for `--set` name by name."""
    merged = {**config, **{name: value for name, value in command_line.items() if value is not None}}
    if not (isinstance(config.get("settings"), tuple) and isinstance(command_line.get("settings"), tuple)):
        return merged
    newer: tuple[str, ...] = command_line["settings"]  # type: ignore[assignment]
    older: tuple[str, ...] = config["settings"]  # type: ignore[assignment]
    replaced = {setting_name(setting) for setting in newer}
    merged["settings"] = tuple(s for s in older if setting_name(s) not in replaced) + newer
    return merged


def config_text(options: Options, folder: Path) -> str:
    """The TOML text that `--config` reads back as these options from a file in `folder`."""
    lines = []
    for name, value in asdict(options).items():
        if value is not None:
            written = written_to(folder, name, list(value) if isinstance(value, tuple) else value)
            lines.append(f"{OPTIONS[name].flag.removeprefix('--')} = {_toml(written)}")
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """A value as TOML: its JSON, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _settings(value: Any, path: Path) -> tuple[str, ...]:
    if isinstance(value, dict):
        return assignments(value)
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    remedy = '["gamma=0.1"] or a table such as {gamma = "0.1"}'
    raise UsageError(f"--config {path}: `set` takes a list such as {remedy}.")
