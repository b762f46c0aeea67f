"""Everything that `run` takes and that determines a run: checked values, and the TOML text that repeats them.

Whether the values fit the spec and the data is found out by `session.prepare`.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ..errors import UsageError
from ..files.reading import TEXT_LIMIT, read_file
from .byte_sizes import size_of
from .config_paths import read_from, written_to

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

MOST_ROUNDS = 10**9

THINNED = ("loss", "grad_norm2", "residual2", "dist2", "average")
"""Metrics that `thin` takes: `f_gap` goes with the loss, and `average` is all of those of an averaged output."""

_QUOTED = ("settings", "thin")
"""Options of several texts, of which their errors quote the wrong one."""

_SPLITS = ("contiguous", "shuffled", "by_label")
_DIRICHLET = re.compile(r"dirichlet\(\s*([0-9.eE+-]+)\s*\)")
_PERIOD = re.compile(r"\s*(\w+)\s*=\s*0*[1-9]\d{0,8}\s*")
_SETTING = re.compile(r"\s*([A-Za-z_]\w*)\s*=(?!=)\s*\S")


class Options(BaseModel):
    """The options that determine a run, with their defaults; `make_options` gives readable errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    nodes: Annotated[int, Field(ge=1)] = 10
    rounds: Annotated[int, Field(ge=0, le=MOST_ROUNDS)] = 1000
    problem: str | None = None
    settings: tuple[str, ...] = ()  # "NAME=EXPR", a param or a compressor
    split: str = "contiguous"
    graph: str | None = None  # of a method on a graph; ring unless given
    groups: Annotated[int, Field(ge=1)] | None = (
        None  # that nodes are dealt to, if the method has any; 1 unless given
    )
    seed: Annotated[int, Field(ge=0, lt=2**64)] = 0
    every: Annotated[int, Field(ge=1)] | None = None
    max_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = (
        None  # no further round begins then
    )
    max_memory: str | None = None  # such as 4GB, a process; all that the machine has unless given
    metrics: tuple[Literal["f_gap", "dist2"], ...] = ()  # beside the usual ones; need the solution
    thin: tuple[str, ...] = ()  # "NAME=P", a metric that every P-th point has
    device: Literal["cpu", "cuda", "strict"] = (
        "cpu"  # strict is for tests: a device that refuses hidden copies
    )
    dtype: Literal["float64", "float32"] = "float64"
    wire: Literal["float32", "float64", "float16"] = "float32"
    wire_check: Literal["sample", "all"] = "sample"
    server_rank: Literal["shared", "dedicated"] = "shared"
    patience: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 60.0  # seconds that a rank may be stopped
    alone: bool = False  # a run of this process only, whatever a launcher started beside it

    @property
    def interval(self) -> int:
        """Rounds between two points: `every`, or a 200th of the rounds, but at least ten (or a tenth of few rounds), so that
        measuring costs little beside them."""
        return self.every or max(1, min(10, self.rounds // 10), self.rounds // 200)

    @property
    def periods(self) -> dict[str, int]:
        """The metrics that not every point has, each with the P of `thin`."""
        return {setting_name(text): int(text.partition("=")[2]) for text in self.thin}

    @field_validator("split")
    @classmethod
    def _known_split(cls, split: str) -> str:
        parameter = _DIRICHLET.fullmatch(split.strip())
        if split in _SPLITS or (parameter and _positive(parameter.group(1))):
            return split
        raise ValueError("takes contiguous, shuffled, by_label or dirichlet(a) with a > 0")

    @field_validator("max_memory")
    @classmethod
    def _a_size(cls, text: str | None) -> str | None:
        if text is None or size_of(text):
            return text
        raise ValueError("takes a size such as 4GB or 500MB")

    @field_validator("settings")
    @classmethod
    def _assignments(cls, settings: tuple[str, ...]) -> tuple[str, ...]:
        for setting in settings:
            if not _SETTING.match(setting):
                raise ValueError(f"takes NAME=EXPR, such as gamma=0.1 or 'Q=rand_k(k = 10)', not {setting!r}")
        return settings

    @field_validator("thin")
    @classmethod
    def _periods(cls, thin: tuple[str, ...]) -> tuple[str, ...]:
        for text in thin:
            found = _PERIOD.fullmatch(text)
            if found is None or found[1] not in THINNED:
                names = ", ".join(THINNED)
                raise ValueError(
                    f"takes NAME=P, such as loss=5, where P is a whole number from 1 and NAME one of {names}, not {text!r}"
                )
        return thin


def make_options(values: Mapping[str, object]) -> Options:
    """Options from values by field name; values that are None take the default.

    Raises UsageError, one paragraph that names each wrong option and what it takes.
    """
    given = {name: _frozen(value) for name, value in values.items() if value is not None}
    for name, value in given.items():
        _check_is_text(name, value)
    periods = given.get("thin")
    if isinstance(periods, Mapping):
        given["thin"] = tuple(f"{name}={period}" for name, period in periods.items())
    if isinstance(given.get("metrics"), str):
        given["metrics"] = tuple(name.strip() for name in str(given["metrics"]).split(","))
    try:
        return Options(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        raise UsageError(" ".join(_sentence(item) for item in error.errors())) from None


def _check_is_text(name: str, value: object) -> None:
    """A text can be kept in files, which are UTF-8: a name of other bytes could not be found again."""
    try:
        str(value).encode()
    except UnicodeEncodeError:
        raise UsageError(f"{flag(name)} is not UTF-8 text: rename the file that it names.") from None


def setting_name(setting: str) -> str:
    """The NAME of `NAME=EXPR`."""
    return setting.partition("=")[0].strip()


def flag(field: str) -> str:
    """How an option is spelt on the command line: `wire_check` is `--wire-check`, `settings` is `--set`."""
    return "--set" if field == "settings" else "--" + field.replace("_", "-")


def read_config(path: Path) -> dict[str, object]:
    """The options in a TOML file, by field name (`set` may be a list of NAME=EXPR or a table).

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
    for name, value in options.model_dump(exclude_none=True).items():
        key = "set" if name == "settings" else name.replace("_", "-")
        written = list(value) if isinstance(value, tuple) else written_to(folder, name, value)
        lines.append(f"{key} = {_toml(written)}")
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """JSON is TOML, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _frozen(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _positive(text: str) -> bool:
    try:
        return 0 < float(text) < float("inf")
    except ValueError:
        return False


def _settings(value: Any, path: Path) -> tuple[str, ...]:
    if isinstance(value, dict):
        return tuple(f"{name}={_expression(item)}" for name, item in value.items())
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    remedy = '["gamma=0.1"] or a table such as {gamma = "0.1"}'
    raise UsageError(f"--config {path}: `set` takes a list such as {remedy}.")


def _expression(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sentence(item: ErrorDetails) -> str:
    field, given, limits = str(item["loc"][0]), item["input"], item.get("ctx", {})
    match item["type"]:
        case "extra_forbidden":
            return f"`{field}` is no option of a run."
        case "literal_error":
            return f"{flag(field)} takes {limits['expected'].replace(chr(39), '')}, not {given!r}."
        case "greater_than_equal":
            return f"{flag(field)} must be at least {limits['ge']}, not {given}."
        case "less_than_equal":
            return f"{flag(field)} must be at most {limits['le']}, not {given}."
        case "greater_than":
            return f"{flag(field)} must be greater than {limits['gt']:g}, not {given}."
        case "less_than":
            return f"{flag(field)} must be below 2^64, not {given}."
        case "value_error":
            return f"{flag(field)} {limits['error']}" + ("." if field in _QUOTED else f", not {given!r}.")
        case _:
            return f"{flag(field)} does not take {given!r}: {item['msg'].lower()}."
