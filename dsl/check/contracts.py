"""Contracts of plug-ins: their names, arguments and mathematical class. The runtime's registry fills them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from math import floor, isfinite
from typing import Protocol, TypeAlias, assert_never

from ..text.records import record

UNBIASED_FIGURES = ("omega", "ab_A", "ab_B")
"""Figures that only unbiased compressors have."""


class Class(Enum):
    """The mathematical class of a compressor."""

    UNBIASED = "unbiased"
    CONTRACTIVE = "contractive"
    BOTH = "unbiased and contractive"  # unbiased with omega < 1 for every d: then delta is 1 / (1 - omega)
    EXACT = "exact"  # identity: unbiased with omega = 0 and contractive with delta = 1
    NEITHER = "neither"
    COLLECTIVE = "collective"

    @property
    def is_unbiased(self) -> bool:
        """True for a class with an omega."""
        return self in (Class.UNBIASED, Class.BOTH, Class.EXACT)

    @property
    def is_contractive(self) -> bool:
        """True for a class with a delta."""
        return self in (Class.CONTRACTIVE, Class.BOTH, Class.EXACT)

    def has(self, figure: str) -> bool:
        """True where compressors of the class have the figure: one of `UNBIASED_FIGURES`, or `delta`; others all have."""
        if figure in UNBIASED_FIGURES:
            return self.is_unbiased
        return self.is_contractive if figure == "delta" else True


class Trait(Enum):
    """A property of a compressor in exact arithmetic, rounding to the wire's floats aside."""

    DETERMINISTIC = "deterministic"  # draws nothing
    HOMOGENEOUS = "homogeneous"  # C(t x) = t C(x) under the same draws, t > 0
    SCALE_FREE = "scale-free"  # C(t x) = C(x) under the same draws, t > 0
    ODD = "odd"  # C(-x) = -C(x) under the same draws
    ODD_IN_LAW = "odd in law"  # C(-x) has the law of -C(x)
    SELECTING = "selecting"  # each entry of C(x) is that of x, or 0
    ZERO = "zero to zero"  # C(0) = 0


Traits: TypeAlias = frozenset[Trait]

_IMPLIED: Mapping[Trait, Traits] = {
    Trait.ODD: frozenset({Trait.ODD_IN_LAW, Trait.ZERO}),  # C(0) = -C(0)
    Trait.HOMOGENEOUS: frozenset({Trait.ZERO}),  # C(0) = t C(0)
    Trait.SELECTING: frozenset({Trait.ZERO}),
}


def with_implied(traits: Traits) -> Traits:
    """Traits with those that follow from them."""
    return traits.union(*(_IMPLIED.get(trait, frozenset()) for trait in traits))


def composed_traits(outer: Traits, inner: Traits) -> Traits:
    """The traits of `outer of inner`."""
    found = set(outer & inner) - {Trait.SCALE_FREE, Trait.ODD_IN_LAW}
    if Trait.ODD_IN_LAW in outer and Trait.ODD in inner:
        found.add(Trait.ODD_IN_LAW)
    scales = {Trait.HOMOGENEOUS, Trait.SCALE_FREE}
    if Trait.SCALE_FREE in outer | inner and outer & scales and inner & scales:
        found.add(Trait.SCALE_FREE)
    return frozenset(found)


def composed_class(outer: Class, inner: Class, of_inner: Traits) -> Class:
    """The class of `outer of inner`, inner being no composition. An unbiased compressor of what a contractive one kept is
    contractive where its omega is below the bound of Qsparse (Basu et al. 2019, Lemma 1); with the numbers known, the
    run judges that. The entries that a contractive one keeps must be those of x: then the loss of outer stands at right
    angles to what is left out."""
    if outer is Class.EXACT:
        return inner
    if inner is Class.EXACT:
        return outer
    outer, inner = (Class.UNBIASED if one is Class.BOTH else one for one in (outer, inner))
    if outer is inner is Class.UNBIASED:
        return outer
    if inner is Class.CONTRACTIVE and Trait.SELECTING in of_inner:
        return Class.NEITHER if outer is Class.NEITHER else Class.CONTRACTIVE
    return Class.NEITHER


class Contract(Enum):
    """The class that a spec asks of a compressor: `compressor Q: unbiased`."""

    UNBIASED = "unbiased"
    CONTRACTIVE = "contractive"
    ANY = "any"
    COLLECTIVE = "collective"

    def admits(self, actual: Class) -> bool:
        """True if a compressor of class `actual` may be bound."""
        match self:
            case Contract.ANY:
                return actual is not Class.COLLECTIVE
            case Contract.UNBIASED:
                return actual.is_unbiased
            case Contract.CONTRACTIVE:
                return actual.is_contractive
            case Contract.COLLECTIVE:
                return actual is Class.COLLECTIVE

    @property
    def traits(self) -> Traits:
        """The traits of all that may be bound: with E ||C(x) - x||^2 <= c ||x||^2 zero becomes zero."""
        measured = self in (Contract.UNBIASED, Contract.CONTRACTIVE)
        return frozenset({Trait.ZERO}) if measured else frozenset()


class Form(Enum):
    """The form of a compressor's result between decoding and use."""

    SPARSE = "sparse"  # indices and values, K non-zeros a message
    DENSE = "dense"


class ArgumentKind(Enum):
    """The kind of value that a plug-in's argument takes."""

    INT = "int"
    REAL = "real"
    BOOL = "bool"
    WORD = "word"  # one of `choices`
    NORM = "norm"  # 2 or inf
    TEXT = "text"
    COMPRESSOR = "compressor"


ArgumentValue: TypeAlias = "int | float | bool | str | CompressorBinding"


@record
class Argument:
    """One argument of a plug-in as specs write it; `default` None means it must be given.

    Bounds are of numbers; `least` and `most` are admitted themselves, `above` and `below` are not. A number of which
    any bound is stated is finite. Bounds that depend on d or n are left to the plug-in. `example` is a value as a spec would
    write it, such as `ceil(d / 100)`.
    """

    name: str
    kind: ArgumentKind
    default: ArgumentValue | None = None
    choices: tuple[str, ...] = ()
    doc: str = ""
    least: float | None = None
    above: float | None = None
    most: float | None = None
    below: float | None = None
    example: str = ""

    @property
    def bounded(self) -> bool:
        """True if any bound is stated."""
        return (self.least, self.above, self.most, self.below) != (None, None, None, None)

    @property
    def range(self) -> str:
        """The bounds in words: `from 1 to 127`, `above 0 and at most 1`; empty where there are none."""
        if self.least is not None and self.most is not None:
            return f"from {self.least:.12g} to {self.most:.12g}"
        bounds = (
            ("at least", self.least),
            ("above", self.above),
            ("at most", self.most),
            ("below", self.below),
        )
        return " and ".join(f"{words} {bound:.12g}" for words, bound in bounds if bound is not None)

    @property
    def meaning(self) -> str:
        """Its line and its bounds, as listings and errors explain it."""
        return "; ".join(part for part in (self.doc, self.range) if part)

    def wanted(self, value: ArgumentValue) -> str:
        """The bounds in words, as asked for in the place of a number that is not admitted."""
        infinite = isinstance(value, float) and not isfinite(value)
        return f"finite and {self.range}" if infinite else self.range

    def admits(self, value: ArgumentValue) -> bool:
        """True for a value within the bounds, and for every value that is no number."""
        if not self.bounded or not isinstance(value, int | float) or isinstance(value, bool):
            return True
        return (
            isfinite(value)
            and (self.least is None or value >= self.least)
            and (self.above is None or value > self.above)
            and (self.most is None or value <= self.most)
            and (self.below is None or value < self.below)
        )

    @property
    def sample(self) -> ArgumentValue | None:
        """A value that fits, where none is known: the default, else a plain one of its kind within the bounds."""
        if self.default is not None:
            return self.default
        match self.kind:
            case ArgumentKind.INT:
                return self._within(1, floor)
            case ArgumentKind.REAL:
                return self._within(0.5, float)
            case ArgumentKind.BOOL:
                return True
            case ArgumentKind.WORD:
                return self.choices[0] if self.choices else None
            case ArgumentKind.NORM:
                return 2
            case ArgumentKind.TEXT:
                return ""
            case ArgumentKind.COMPRESSOR:
                return None
            case _:
                assert_never(self.kind)

    @property
    def written_example(self) -> str:
        """A value that fits, as a spec would write it."""
        if self.example:
            return self.example
        match self.sample, self.kind:
            case bool(value), _:
                return str(value).lower()
            case str(text), ArgumentKind.TEXT:
                return f'"{text or "…"}"'
            case None, ArgumentKind.COMPRESSOR:
                return "identity()"
            case None, _:
                return "…"
            case float(value), _:
                return f"{value:.12g}"
            case value, _:
                return str(value)

    def _within(self, plain: float, rounded: Callable[[float], float]) -> float | None:
        """A plain number, or one near the bounds; None where they leave none."""
        low = self.least if self.least is not None else self.above
        high = self.most if self.most is not None else self.below
        near = [plain, *(b + step for b in (low, high) if b is not None for step in (0, 1, -1))]
        if low is not None and high is not None:
            near.append((low + high) / 2)
        return next((found for found in map(rounded, near) if self.admits(found)), None)


class CompressorContract(Protocol):
    """A compressor family as the compiler sees it."""

    name: str
    arguments: tuple[Argument, ...]
    doc: str

    def classify(self, arguments: Mapping[str, ArgumentValue]) -> Class:
        """The class under these arguments (Rand-K is unbiased when scaled, else contractive)."""

    def form(self, arguments: Mapping[str, ArgumentValue]) -> Form:
        """The form of its result."""

    def traits(self, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """The traits under these arguments."""

    def picks_blindly(self, arguments: Mapping[str, ArgumentValue]) -> bool:
        """True if the kept coordinates do not depend on the vector, so that only they need be computed."""

    def redraws(self, arguments: Mapping[str, ArgumentValue]) -> bool:
        """True if the receiver of a message draws the kept coordinates too, so that they are not sent."""

    def joint(self, arguments: Mapping[str, ArgumentValue]) -> bool:
        """True if all nodes draw together, each for a part of its own: it stands where every node compresses."""

    def dealt_among(self) -> str:
        """The argument of a joint family that lets a drawn set of nodes draw together; empty without one."""

    def writes_some(self, arguments: Mapping[str, ArgumentValue]) -> bool:
        """True if a message of dense form has but some coordinates, which its packet tells."""


class Called(Protocol):
    """A plug-in by the name and the arguments that may be written for it."""

    @property
    def name(self) -> str:
        """As specs and `--problem` write it."""

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """The arguments that it takes."""


class ProblemContract(Called, Protocol):
    """A problem family as the compiler sees it."""

    @property
    def kind(self) -> str:
        """`minimize` or `vi`."""

    @property
    def constants(self) -> frozenset[str]:
        """The constants that it may supply."""

    @property
    def doc(self) -> str:
        """One line for listings."""


class AggregatorContract(Called, Protocol):
    """An aggregate of a plug-in as the compiler sees it: a function of vectors, and of a number if it has an argument."""

    @property
    def doc(self) -> str:
        """One line for listings."""


class Registry(Protocol):
    """The plug-ins at hand, by name."""

    @property
    def aggregators(self) -> Mapping[str, AggregatorContract]:
        """Aggregates beside those of the language."""

    @property
    def compressors(self) -> Mapping[str, CompressorContract]:
        """Compressor families."""

    @property
    def problems(self) -> Mapping[str, ProblemContract]:
        """Problem families."""


@record
class CompressorBinding:
    """A compressor with its arguments, as resolved at start-up: `rand_k(k = 5)`, `quantize(s = 4) of top_k(k = 9)`."""

    name: str
    arguments: tuple[tuple[str, ArgumentValue], ...]
    inner: CompressorBinding | None = None

    def __str__(self) -> str:
        listed = ", ".join(f"{name} = {_written(value)}" for name, value in self.arguments)
        text = f"{self.name}({listed})"
        return f"{text} of {self.inner}" if self.inner else text


def _written(value: ArgumentValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
