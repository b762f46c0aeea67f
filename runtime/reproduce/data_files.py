"""Data sets of figures: where their files lie, and how to get those that are missing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import SetupError
from .figures import DataFile, Experiment, Figure

VARIABLE = "CABLESE_DATA"


def folders(given: Path | None) -> list[Path]:
    """The folders in which data files are looked for: the one given, else that of the environment variable and `data`."""
    if given is not None:
        return [given]
    named = os.environ.get(VARIABLE)
    return [*([Path(named)] if named else []), Path("data")]


def problem_of(figure: Figure, experiment: Experiment, given: Path | None) -> str:
    """The problem of an experiment with the paths of its data. Raises SetupError for data that is not there."""
    return experiment.problem_with({name: str(_path(figure.data[name], given)) for name in experiment.data})


def check_data(figure: Figure, experiments: tuple[Experiment, ...], given: Path | None) -> None:
    """Raise SetupError, for all at once, where data of experiments is missing."""
    missing = dict(_missing(figure, experiments, given))
    if not missing:
        return
    lines = [
        f"  {file.file}{f' ({file.size})' if file.size else ''}: {file.source}" for file in missing.values()
    ]
    places = " or ".join(str(folder) for folder in folders(given))
    raise SetupError(
        f"data that this figure needs is not in {places}:\n" + "\n".join(lines) + "\n"
        f"Put the files there, or name their folder by --data DIR or the environment variable {VARIABLE}."
    )


def _missing(
    figure: Figure, experiments: tuple[Experiment, ...], given: Path | None
) -> Iterator[tuple[str, DataFile]]:
    for experiment in experiments:
        for name in experiment.data:
            if _found(figure.data[name], given) is None:
                yield name, figure.data[name]


def _path(file: DataFile, given: Path | None) -> Path:
    found = _found(file, given)
    assert found is not None, "data is looked for before a figure is made"
    return found


def _found(file: DataFile, given: Path | None) -> Path | None:
    return next((folder / file.file for folder in folders(given) if (folder / file.file).exists()), None)
