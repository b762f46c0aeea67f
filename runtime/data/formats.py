"""The format of a data file, by its name, and its content."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from . import errors
from .bundled import BUNDLED, load_bundled
from .idx import NAMED
from .stored import Reading, Samples, Stored

_PACKED = re.compile(r"\.(gz|bz2|xz)$")


def read_stored(name: str, how: Reading) -> Stored:
    """The content of the set called `name`: one of scikit-learn's, or a file. SetupError names file and place."""
    if name in BUNDLED:
        _refuse_columns(name, how)
        return Stored(Samples(*load_bundled(name)))
    path = Path(name).expanduser()
    if path.is_dir():
        raise errors.data_is_folder(name)
    if not path.exists():
        raise errors.missing_data(name, BUNDLED)
    return _reader(path.name.lower())(path, name, how)


def _reader(file: str) -> Callable[[Path, str, Reading], Stored]:
    """The reader of files of this name, which imports no other."""
    bare = _PACKED.sub("", file)
    if bare.endswith((".csv", ".tsv")):
        from .csv_tables import load_csv

        return load_csv
    if bare.endswith(".jsonl"):
        from .jsonl import load_jsonl

        return load_jsonl
    if bare.endswith((".tar", ".tgz")):
        from .cifar import load_cifar

        return _without_columns(load_cifar)
    if NAMED.search(file):
        from .idx import load_idx

        return _without_columns(load_idx)
    if bare.endswith(".npz"):
        from .npz import load_npz

        return _without_columns(load_npz)
    from .svmlight import load_svmlight

    return _without_columns(load_svmlight)


def _without_columns(
    load: Callable[[Path, str, Reading], Stored],
) -> Callable[[Path, str, Reading], Stored]:
    """The reader of a format whose columns have no names."""

    def reader(path: Path, name: str, how: Reading) -> Stored:
        _refuse_columns(name, how)
        return load(path, name, how)

    return reader


def _refuse_columns(name: str, how: Reading) -> None:
    given = {"target": how.target, "without": how.without, "categories": how.categories}
    for argument, columns in given.items():
        if columns:
            raise errors.no_named_columns(name, argument)
