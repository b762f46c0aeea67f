"""Arithmetic on vectors, entry by entry, as text: a function of vectors is called once, with terms in their places."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from cablese.dsl.text.records import ByIdentity, record

if TYPE_CHECKING:
    from .backend import HostArray

Columns: TypeAlias = Callable[[slice], Any]
"""Some columns of a family."""

MOST_TEXT = 1 << 12
"""Characters of an expression up to which it is written: a term that several others read stands in each of them."""

KINDS = ("float32", "float64")


class Unwritten(Exception):
    """An operation, or an array, that no term can stand for."""


class Terms:
    """The arrays and numbers that terms read, `v0`, `v1`, … and `c0`, `c1`, … in their text, and the steps by which
    functions of whole vectors make some of the arrays: their places hold None."""

    def __init__(self) -> None:
        self.arrays: list[HostArray | None] = []
        self.numbers: list[Any] = []
        self.steps: list[Step] = []

    def number(self, value: Any) -> str:
        """The text of a number, or of an array that is read as a table."""
        self.numbers.append(value)
        return f"c{len(self.numbers) - 1}"

    def entry(self, vector: HostArray | None) -> str:
        """The text of a vector's entry."""
        if vector is not None and not (vector.ndim == 1 and vector.flags.c_contiguous):
            raise Unwritten
        self.arrays.append(vector)
        return f"v{len(self.arrays) - 1}[i]"

    def of(self, vector: Any) -> Term:
        """The term of a vector (d,)."""
        if isinstance(vector, np.ndarray):
            return Term(self, self.entry(vector), vector.dtype)
        if isinstance(vector, HasTerm):
            return vector.term(self)
        raise Unwritten

    def made(self, by: Callable[[slice], Callable[..., HostArray]], source: Symbolic | None) -> Term:
        """The term of a vector that functions of columns make, of the source, unless that is None."""
        text, sample = self.entry(None), [] if source is None else [source.sample()]
        self.steps.append(Step(by, None if source is None else source.given, len(self.arrays) - 1))
        return Term(self, text, by(slice(0, 1))(*sample).dtype)


class HasTerm:
    """A base of vectors that are computed when they are read, entry by entry."""

    __slots__ = ()

    @abstractmethod
    def term(self, terms: Terms) -> Term:
        """The expression of an entry."""


class Symbolic:
    """A stand-in for a vector or a family: functions that go through one as a whole leave that to `through`."""

    __slots__ = ()
    terms: Terms

    def through(self, function: Callable[[Any], HostArray]) -> Term:
        """The term of the vector that a function makes of this one, column by column."""
        return self.terms.made(lambda columns: function, self)

    @abstractmethod
    def sample(self) -> Any:
        """One column."""

    @property
    @abstractmethod
    def given(self) -> Line | Columns:
        """The source of columns. It holds no terms, which hold it, so that arrays are freed with their last name."""


@record
class Line:
    """An expression of entries, and the type of its numbers."""

    text: str
    kind: np.dtype[Any]


class Term(Symbolic):
    """An expression of entries, and the type of its numbers. Sums, products and so on of terms and numbers are terms."""

    __slots__ = ("kind", "terms", "text")

    __array_ufunc__ = None  # NumPy's arrays and numbers leave operations to the term

    def __init__(self, terms: Terms, text: str, kind: np.dtype[Any]) -> None:
        if len(text) > MOST_TEXT or kind.name not in KINDS:
            raise Unwritten
        self.terms, self.text, self.kind = terms, text, kind

    def __add__(self, other: Any) -> Term:
        return self._with("({} + {})", other)

    def __radd__(self, other: Any) -> Term:
        return self._with("({1} + {0})", other)

    def __sub__(self, other: Any) -> Term:
        return self._with("({} - {})", other)

    def __rsub__(self, other: Any) -> Term:
        return self._with("({1} - {0})", other)

    def __mul__(self, other: Any) -> Term:
        return self._with("({} * {})", other)

    def __rmul__(self, other: Any) -> Term:
        return self._with("({1} * {0})", other)

    def __truediv__(self, other: Any) -> Term:
        return self._with("({} / {})", other)

    def __rtruediv__(self, other: Any) -> Term:
        return self._with("({1} / {0})", other)

    def __neg__(self) -> Term:
        return Term(self.terms, f"(-{self.text})", self.kind)

    def _with(self, form: str, other: Any) -> Term:
        """An operation of this term and another, or a number, in the type in which NumPy does it."""
        if isinstance(other, Term):
            kind = np.result_type(self.kind, other.kind)
            operand = other.cast(kind).text
        elif isinstance(other, int | float | np.number) and not isinstance(other, bool):
            kind = np.result_type(self.kind, other)
            operand = self.terms.number(kind.type(other))
        else:
            raise Unwritten
        return Term(self.terms, form.format(self.cast(kind).text, operand), kind)

    def cast(self, kind: np.dtype[Any]) -> Term:
        """This term's numbers in another type."""
        return self if kind == self.kind else Term(self.terms, f"{kind.name}({self.text})", kind)

    def sample(self) -> HostArray:
        """As `Symbolic` has it."""
        return np.zeros(1, self.kind)

    @property
    def given(self) -> Line:
        """As `Symbolic` has it."""
        return Line(self.text, self.kind)


class Family(Symbolic):
    """A stand-in for a family (rows, d), of which `columns` gives some."""

    __slots__ = ("columns", "terms")

    def __init__(self, terms: Terms, columns: Columns) -> None:
        self.terms, self.columns = terms, columns

    def __getattr__(self, name: str) -> Any:
        raise Unwritten

    def sample(self) -> Any:
        """As `Symbolic` has it."""
        return self.columns(slice(0, 1))

    @property
    def given(self) -> Columns:
        """As `Symbolic` has it."""
        return self.columns


class Message:
    """A stand-in for a message that goes by pieces: called, with the term that is sent or nothing, it is what is bound."""

    __slots__ = ("by", "terms")

    def __init__(self, terms: Terms, by: Callable[[slice], Callable[..., HostArray]]) -> None:
        self.terms, self.by = terms, by

    def __call__(self, *sent: Term) -> Term:
        """The vector that receivers bind."""
        return self.terms.made(self.by, sent[0] if sent else None)


@record
class Step(ByIdentity):
    """Functions of columns that make a vector, what they are given, and the place of the array."""

    by: Callable[[slice], Callable[..., HostArray]]
    source: Line | Columns | None
    place: int
