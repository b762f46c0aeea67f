"""The operator table: functions, aggregates, oracles and figures of the language, a row each.

Kernels of the same names stand in the runtime; which expressions may stand where is left to the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from typing import TypeAlias

from ..text.records import record
from .kinds import HISTORIES, Kind

KindRule: TypeAlias = Callable[[tuple[Kind, ...]], "Kind | None"]
"""Kinds of the arguments -> kind of the result, or None where the arguments do not fit."""


class Places(Enum):
    """The rule by which the place of a result follows from its arguments' places."""

    JOIN = "known to those who know every argument"
    MIX = "of a neighbors value, a node value"


@record
class Operator:
    """A function of the language: `takes` completes "`f` takes …"."""

    name: str
    arity: int
    kind: KindRule
    takes: str
    doc: str
    places: Places = Places.JOIN


# --- kind rules ----------------------------------------------------------------------------------------------

_SCALARS, _NUMBERS = (Kind.INT, Kind.REAL), (Kind.INT, Kind.REAL, Kind.VECTOR)


def _arithmetic(kinds: tuple[Kind, ...]) -> Kind | None:
    if any(kind not in _NUMBERS for kind in kinds):
        return None
    if Kind.VECTOR in kinds:
        return Kind.VECTOR
    return Kind.REAL if Kind.REAL in kinds else Kind.INT


def _smooth(kinds: tuple[Kind, ...]) -> Kind | None:
    kind = _arithmetic(kinds)
    return Kind.REAL if kind is Kind.INT else kind


def _whole(kinds: tuple[Kind, ...]) -> Kind | None:
    kind = _arithmetic(kinds)
    return Kind.INT if kind is Kind.REAL else kind


def _ordered(kinds: tuple[Kind, ...]) -> Kind | None:
    kind = _arithmetic(kinds)
    if kind is None:
        return None
    return Kind.MASK if kind is Kind.VECTOR else Kind.BOOL


def _alike(kinds: tuple[Kind, ...]) -> Kind | None:
    if set(kinds) == {Kind.BOOL}:
        return Kind.BOOL
    return _truth(kinds) or _ordered(kinds)


def _truth(kinds: tuple[Kind, ...]) -> Kind | None:
    if any(kind not in (Kind.BOOL, Kind.MASK) for kind in kinds):
        return None
    return Kind.MASK if Kind.MASK in kinds else Kind.BOOL


def _choice(kinds: tuple[Kind, ...]) -> Kind | None:
    condition, *sides = kinds
    of = _arithmetic(tuple(sides))
    if of is None and _truth(tuple(sides)) is not None and condition is Kind.BOOL:
        return _truth(tuple(sides))
    if condition is Kind.MASK:
        return None if of is None else Kind.VECTOR
    return of if condition is Kind.BOOL else None


def _vectors(result: Kind) -> KindRule:
    return lambda kinds: result if set(kinds) == {Kind.VECTOR} else None


def _held(kind: Kind) -> Kind | None:
    """The kind of a history's values."""
    return {Kind.NUMBERS: Kind.REAL, Kind.VECTORS: Kind.VECTOR}.get(kind)


def _history(kinds: tuple[Kind, ...]) -> Kind | None:
    length, value = kinds
    if length is not Kind.INT:
        return None
    return Kind.VECTORS if value is Kind.VECTOR else Kind.NUMBERS if value in _SCALARS else None


def _pushed(kinds: tuple[Kind, ...]) -> Kind | None:
    history, value = kinds
    fits = value is Kind.VECTOR if history is Kind.VECTORS else value in _SCALARS
    return history if fits and history in HISTORIES else None


def _entry(kinds: tuple[Kind, ...]) -> Kind | None:
    return _held(kinds[0]) if kinds[1] is Kind.INT else None


def _of_history(kinds: tuple[Kind, ...]) -> Kind | None:
    return _held(kinds[0])


_FOLDS = {"sum": "sum", "mean": "mean", "min": "least", "max": "greatest"}

# --- the table -----------------------------------------------------------------------------------------------

_TWO = "numbers or vectors"
_ONE = "a number or a vector"
_VECTOR = "a vector"
_BLOCK = "a vector of the model's shape; each entry is its block's "

_ROWS = (
    Operator("+", 2, _arithmetic, _TWO, "sum"),
    Operator("-", 2, _arithmetic, _TWO, "difference"),
    Operator("*", 2, _arithmetic, _TWO, "product, entry by entry"),
    Operator("/", 2, _smooth, _TWO, "quotient, entry by entry; never rounded to an int"),
    Operator("^", 2, _smooth, _TWO, "power, entry by entry; an int for a literal exponent of an int"),
    Operator("%", 2, _arithmetic, _TWO, "remainder with the sign of the divisor"),
    Operator("neg", 1, _arithmetic, _ONE, "negation, written `-a`"),
    Operator("==", 2, _alike, "numbers, vectors, or truth values of one kind", "equality, entry by entry"),
    Operator("!=", 2, _alike, "numbers, vectors, or truth values of one kind", "inequality, entry by entry"),
    Operator("<", 2, _ordered, _TWO, "less, entry by entry"),
    Operator("<=", 2, _ordered, _TWO, "at most, entry by entry"),
    Operator(">", 2, _ordered, _TWO, "greater, entry by entry"),
    Operator(">=", 2, _ordered, _TWO, "at least, entry by entry"),
    Operator("and", 2, _truth, "bools or masks", "both"),
    Operator("or", 2, _truth, "bools or masks", "at least one"),
    Operator("not", 1, _truth, "a bool or a mask", "the opposite"),
    Operator("sqrt", 1, _smooth, _ONE, "square root, entry by entry"),
    Operator("abs", 1, _arithmetic, _ONE, "absolute value, entry by entry"),
    Operator("sign", 1, _arithmetic, _ONE, "-1, 0 or 1, entry by entry"),
    Operator("exp", 1, _smooth, _ONE, "exponential, entry by entry"),
    Operator("log", 1, _smooth, _ONE, "natural logarithm, entry by entry"),
    Operator("cos", 1, _smooth, _ONE, "cosine of radians, entry by entry"),
    Operator("sin", 1, _smooth, _ONE, "sine of radians, entry by entry"),
    Operator("floor", 1, _whole, _ONE, "largest whole number below, entry by entry"),
    Operator("ceil", 1, _whole, _ONE, "smallest whole number above, entry by entry"),
    Operator("min", 2, _arithmetic, _TWO, "the smaller, entry by entry"),
    Operator("max", 2, _arithmetic, _TWO, "the larger, entry by entry"),
    Operator(
        "clip", 3, _arithmetic, "a value, its least and its greatest, numbers or vectors", "min(max(a, b), c)"
    ),
    Operator(
        "where",
        3,
        _choice,
        "a condition (bool or mask) and two values of one kind",
        "b where a holds, else c; what the other side has there is ignored",
    ),
    Operator("dot", 2, _vectors(Kind.REAL), "two vectors", "inner product"),
    Operator("norm", 1, _vectors(Kind.REAL), _VECTOR, "Euclidean norm"),
    Operator("norm2", 1, _vectors(Kind.REAL), _VECTOR, "squared Euclidean norm"),
    Operator("norm1", 1, _vectors(Kind.REAL), _VECTOR, "sum of absolute values"),
    Operator("norm_inf", 1, _vectors(Kind.REAL), _VECTOR, "largest absolute value"),
    Operator("block_norm", 1, _vectors(Kind.VECTOR), _VECTOR, _BLOCK + "Euclidean norm"),
    Operator("block_norm2", 1, _vectors(Kind.VECTOR), _VECTOR, _BLOCK + "squared Euclidean norm"),
    Operator("block_norm1", 1, _vectors(Kind.VECTOR), _VECTOR, _BLOCK + "sum of absolute values"),
    Operator("block_norm_inf", 1, _vectors(Kind.VECTOR), _VECTOR, _BLOCK + "largest absolute value"),
    Operator("support", 1, _vectors(Kind.MASK), _VECTOR, "the coordinates that the codec wrote"),
    Operator(
        "history",
        2,
        _history,
        "a length and the value that fills it, a number or a vector",
        "a history of that length, each of whose values is b",
    ),
    Operator(
        "push",
        2,
        _pushed,
        "a history and a value of its kind",
        "the history with b as its newest value, and without its oldest",
    ),
    Operator("[]", 2, _entry, "a history and an int", "the value pushed b-th last, written `a[b]`"),
    *(
        Operator(
            f"{name}[]", 1, _of_history, "a history", f"{doc} of a history's values, written `{name}(a)`"
        )
        for name, doc in _FOLDS.items()
    ),
    Operator("mix", 1, _smooth, _ONE, "sum_j w_ij q_j over i and its neighbours", Places.MIX),
)

OPERATORS: Mapping[str, Operator] = {row.name: row for row in _ROWS}

OF_HISTORIES = tuple(_FOLDS)
"""Aggregates that run over a history's values where they are given one: the row `sum[]` is `sum(h)`."""

FUNCTIONS = frozenset(name for name in OPERATORS if name.isidentifier()) - {"neg", "and", "or", "not"}
"""Rows that a spec writes as calls."""


@record
class AggregateRow:
    """A function of a family, over its domain; `setting` is the name of the whole number that it takes beside, if any."""

    name: str
    kind: KindRule
    doc: str
    setting: str = ""
    elementwise: bool = True  # an entry of the result depends on that entry of the vectors alone
    takes: str = "a family of numbers or vectors"

    @property
    def written(self) -> str:
        """As a spec writes it."""
        return f"{self.name}(e, {self.setting})" if self.setting else f"{self.name}(e)"


def _averaged(kinds: tuple[Kind, ...]) -> Kind | None:
    return _smooth(kinds)


def _of_vectors(kinds: tuple[Kind, ...]) -> Kind | None:
    """Vectors, and whole numbers beside them."""
    first, *others = kinds
    return Kind.VECTOR if first is Kind.VECTOR and all(kind is Kind.INT for kind in others) else None


AGGREGATES: Mapping[str, AggregateRow] = {
    row.name: row
    for row in (
        AggregateRow("mean", _averaged, "mean over the domain, with multiplicity; 0 over no one"),
        AggregateRow("sum", _arithmetic, "sum over the domain, with multiplicity; 0 over no one"),
        AggregateRow("min", _arithmetic, "least, entry by entry"),
        AggregateRow("max", _arithmetic, "greatest, entry by entry"),
        AggregateRow("median", _averaged, "median, entry by entry"),
        AggregateRow(
            "trimmed_mean",
            _of_vectors,
            "mean without the f least and the f greatest, entry by entry",
            "f",
            takes="a family of vectors and a whole number",
        ),
        AggregateRow(
            "krum",
            _of_vectors,
            "the vector nearest, in the sum of squares, to its n - f - 2 nearest others, of n",
            "f",
            elementwise=False,
            takes="a family of vectors and a whole number",
        ),
        AggregateRow(
            "geometric_median",
            _of_vectors,
            "the point with the least sum of distances to the vectors, by 100 steps of Weiszfeld's iteration",
            elementwise=False,
            takes="a family of vectors",
        ),
    )
}


def plugin_row(name: str, doc: str, setting: str = "") -> AggregateRow:
    """The row of an aggregate that a plug-in brings: of vectors, and of a whole number if it names one."""
    takes = "a family of vectors and a whole number" if setting else "a family of vectors"
    return AggregateRow(name, _of_vectors, doc, setting, elementwise=False, takes=takes)


ELEMENTWISE_AGGREGATES = ("min", "max")
"""With two or more arguments these are elementwise."""

ORACLES: Mapping[str, Kind] = {
    "grad": Kind.VECTOR,
    "F": Kind.VECTOR,
    "loss": Kind.REAL,
    "prox": Kind.VECTOR,
}

FIGURES = ("omega", "delta", "density", "bits", "share", "ab_A", "ab_B")
