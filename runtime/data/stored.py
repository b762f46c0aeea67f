"""The content of data files, as their readers give it: samples with targets, and columns that splits go by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, TypeAlias

from cablese.dsl.text.records import record

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

# a NumPy array (m, …) of any numeric type, a scipy.sparse.csr_array, or a list of m texts
Inputs: TypeAlias = Any


@record
class Samples:
    """`inputs` of m samples and their `targets` (m,), float64 or texts; `columns` (m,) by name tell samples apart, and are
    numbers or texts. `words` are those that a table's features stand for, "" where one is a number."""

    inputs: Inputs
    targets: HostArray
    columns: Mapping[str, HostArray] = field(default_factory=dict)
    words: tuple[str, ...] = ()


@record
class Stored:
    """The training part of a file, and the test part where the file itself has one."""

    training: Samples
    test: Samples | None = None


@record
class Reading:
    """Choices of how a file is read: columns of a svmlight set (0: as many as it mentions), the target's name, and
    the names of columns that are no features, and of those that are categories whatever their cells are."""

    features: int = 0
    target: str = ""
    without: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
