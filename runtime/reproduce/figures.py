"""Files of figures: the curves of a figure or table of a paper, the options to run them with, and what is expected."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from ..errors import SetupError, UsageError
from ..execute.config_files import merge
from ..execute.config_paths import read_from
from ..files.reading import TEXT_LIMIT, read_file
from ..report.axes import QUANTITIES

FILE = "figure.toml"
_NAME = re.compile(r"\{(\w+)\}")
Options = dict[str, int | float | str | bool | list[str]]
"""Options of a run by their long names, as `--config` takes them."""


def _known(name: str) -> str:
    if name not in QUANTITIES:
        raise ValueError(f"takes {', '.join(QUANTITIES)}, not {name}")
    return name


Quantity = Annotated[str, AfterValidator(_known)]
"""The name of what runs spend: an axis of pictures."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DataFile(_Table):
    """A data set that the problems name in braces: its file, the place that it is had from, and its size in words."""

    file: str
    source: str
    size: str = ""


class Curve(_Table):
    """A method with its settings, as `cablese compare` takes it, under the name that expectations use.

    A spec `mine.alg` may lie beside the figure's file. `run` has options of this curve alone, such as its number of nodes.
    """

    name: str
    method: str
    run: Options = {}


class Level(_Table):
    """An expected value: a metric of a curve, in the median over seeds at the last round, by its logarithm where papers do.

    `full` and `quick` are what these runs gave when the figure was made, within `tolerance`; `paper` is the paper's number,
    which is shown beside ours.
    """

    kind: Literal["level"]
    curve: str
    metric: str
    experiments: tuple[str, ...] = ()
    """Experiments of which it is expected; all, if there are none."""
    log10: bool = False
    full: float | None = None
    quick: float | None = None
    paper: float | None = None
    tolerance: float = 0.05


class Reaches(_Table):
    """An expected cost of a level: the rounds (bits, gradients, …: the quantity `at`) that a curve spends until a metric
    first has passed the level from where it starts, in the median over seeds, to the next point.

    `full`, `quick` and `paper` are as those of a level; `tolerance` is relative.
    """

    kind: Literal["reaches"]
    curve: str
    metric: str
    level: float
    at: Quantity = "rounds"
    experiments: tuple[str, ...] = ()
    """Experiments of which it is expected; all, if there are none."""
    full: float | None = None
    quick: float | None = None
    paper: float | None = None
    tolerance: float = 0.1


class Below(_Table):
    """An expected order: a metric of one curve below that of another, after as many rounds, bits or gradients, the most that
    both have spent."""

    kind: Literal["below"]
    lower: str
    upper: str
    metric: str
    at: Quantity
    experiments: tuple[str, ...] = ()
    """Experiments of which it is expected; all, if there are none."""


class Diverges(_Table):
    """An expected divergence: a metric of a curve ends above its start, or the run fails."""

    kind: Literal["diverges"]
    curve: str
    metric: str
    experiments: tuple[str, ...] = ()
    """Experiments of which it is expected; all, if there are none."""


Expected = Annotated[Level | Reaches | Below | Diverges, Field(discriminator="kind")]


class Experiment(_Table):
    """One panel or row of a figure: the problem and options of its own."""

    name: str
    problem: str
    run: Options = {}
    quick: Options = {}

    @property
    def data(self) -> tuple[str, ...]:
        """The data sets that the problem names in braces."""
        return tuple(_NAME.findall(self.problem))

    def problem_with(self, paths: Mapping[str, str]) -> str:
        """The problem with the paths of its data sets in place of their names."""
        return _NAME.sub(lambda found: paths[found[1]], self.problem)


class View(_Table):
    """The axes of the picture, as `cablese plot` takes them."""

    x: str = "rounds,bits_up"
    y: str
    centre: str = "median"
    most: float | None = None
    """The upper end of the vertical axes, where what diverges would hide the rest."""


_FIELDS = {"set": "settings"}


def _value(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


class Figure(_Table):
    """A figure or table of a paper."""

    title: str
    source: str
    time: str
    """The time that it takes, in full and quick."""
    run: Options
    quick: Options = {}
    view: View
    curves: tuple[Curve, ...] = Field(min_length=1)
    experiments: tuple[Experiment, ...] = Field(min_length=1)
    data: Mapping[str, DataFile] = {}
    expected: tuple[Expected, ...] = ()

    def options(
        self, experiment: Experiment, *, quick: bool, own: Mapping[str, object] = MappingProxyType({})
    ) -> dict[str, object]:
        """The options of an experiment's runs by field: its own win over the figure's, the quick ones over both, those of a
        curve over all; those of `set` do so name by name."""
        found: dict[str, object] = {"problem": experiment.problem}
        for table in (self.run, experiment.run, *((self.quick, experiment.quick) if quick else ()), own):
            found = merge(found, {_FIELDS.get(name, name): _value(value) for name, value in table.items()})
        return found


def groups(curves: Sequence[Curve]) -> list[tuple[Curve, ...]]:
    """The curves whose runs have the same options, and so go together, in order."""
    found: dict[str, list[Curve]] = {}
    for curve in curves:
        found.setdefault(repr(sorted(curve.run.items())), []).append(curve)
    return [tuple(group) for group in found.values()]


def shipped() -> dict[str, Figure]:
    """The figures that are shipped, by name."""
    return {name: _read(path) for name, path in sorted(_shipped_files().items())}


def find(name: str) -> Figure:
    """The figure of a name, or of a file. Raises UsageError for neither, SetupError for a file that is wrong."""
    known = _shipped_files()
    if name in known:
        return _read(known[name])
    path = Path(name)
    if path.is_dir():
        path /= FILE
    if not path.is_file():
        raise UsageError(
            f"there is no figure {name}: no such file, and of those shipped {', '.join(sorted(known))}."
        )
    return _read(path)


def _shipped_files() -> dict[str, Path]:
    root = Path(str(files("cablese.examples")))
    return {path.parent.name: path for path in root.glob(f"*/{FILE}")}


def _read(path: Path) -> Figure:
    try:
        table = tomllib.loads(read_file(path, TEXT_LIMIT).decode("utf-8-sig"))
    except OSError as error:
        raise SetupError(f"{path}: the file cannot be read: {error.strerror or error}.") from None
    except ValueError as error:
        raise SetupError(f"{path}: this is not TOML: {error}.") from None
    try:
        figure = Figure.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise SetupError(f"{path}: {place}: {first['msg']}.") from None
    _check_names(figure, path)
    return _beside(figure, path.parent)


def _beside(figure: Figure, folder: Path) -> Figure:
    """The same figure; specs that lie in its folder and paths of its options, which start there, by their paths."""
    curves = tuple(
        curve.model_copy(
            update={"method": _method_beside(curve.method, folder), "run": _moved(curve.run, folder)}
        )
        for curve in figure.curves
    )
    experiments = tuple(
        one.model_copy(update={"run": _moved(one.run, folder), "quick": _moved(one.quick, folder)})
        for one in figure.experiments
    )
    own = {"run": _moved(figure.run, folder), "quick": _moved(figure.quick, folder)}
    return figure.model_copy(update={"curves": curves, "experiments": experiments, **own})


def _method_beside(method: str, folder: Path) -> str:
    name, opened, settings = method.partition("(")
    spec = folder / name.strip()
    return f"{spec}{opened}{settings}" if spec.suffix == ".alg" and spec.is_file() else method


def _moved(options: Options, folder: Path) -> dict[str, object]:
    return {name: read_from(folder, name, value) for name, value in options.items()}


def _check_names(figure: Figure, path: Path) -> None:
    """Raise SetupError where an expectation names a curve or an experiment that there is not, or a problem such data."""
    for experiment in figure.experiments:
        for name in set(experiment.data) - figure.data.keys():
            raise SetupError(
                f"{path}: the problem of {experiment.name} names the data {name}: state it in [data.{name}]."
            )
    curves = {curve.name for curve in figure.curves}
    experiments = {experiment.name for experiment in figure.experiments}
    for expected in figure.expected:
        named = {expected.lower, expected.upper} if isinstance(expected, Below) else {expected.curve}
        for what, unknown, known in (
            ("curve", named - curves, curves),
            ("experiment", set(expected.experiments) - experiments, experiments),
        ):
            if unknown:
                raise SetupError(
                    f"{path}: an expectation names the {what} {min(unknown)}; there are {', '.join(sorted(known))}."
                )
