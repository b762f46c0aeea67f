"""What the compiler asks of plug-ins: their names, arguments and mathematical class. The runtime's registry fills it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Protocol, TypeAlias

from ..text.records import record


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
        """Whether it has an omega."""
        return self in (Class.UNBIASED, Class.BOTH, Class.EXACT)

    @property
    def is_contractive(self) -> bool:
        """Whether it has a delta."""
        return self in (Class.CONTRACTIVE, Class.BOTH, Class.EXACT)


def composed_class(outer: Class, inner: Class) -> Class:
    """The class of `outer of inner`. An unbiased compressor of what a contractive one kept is contractive where its
    omega is below the bound of Qsparse (Basu et al. 2019, Lemma 1); with the numbers known, the run judges that."""
    if outer is Class.EXACT:
        return inner
    if inner is Class.EXACT:
        return outer
    outer, inner = (Class.UNBIASED if one is Class.BOTH else one for one in (outer, inner))
    if outer is inner:
        return outer
    if inner is Class.CONTRACTIVE and outer is Class.UNBIASED:
        return Class.CONTRACTIVE
    return Class.NEITHER


class Contract(Enum):
    """What a spec asks of a compressor parameter: `compressor Q: unbiased`."""

    UNBIASED = "unbiased"
    CONTRACTIVE = "contractive"
    ANY = "any"
    COLLECTIVE = "collective"

    def admits(self, actual: Class) -> bool:
        """Whether a compressor of class `actual` may be bound."""
        match self:
            case Contract.ANY:
                return actual is not Class.COLLECTIVE
            case Contract.UNBIASED:
                return actual.is_unbiased
            case Contract.CONTRACTIVE:
                return actual.is_contractive
            case Contract.COLLECTIVE:
                return actual is Class.COLLECTIVE


class Form(Enum):
    """How a compressor's result is held between decoding and use."""

    SPARSE = "sparse"  # indices and values, K non-zeros a message
    DENSE = "dense"


class ArgumentKind(Enum):
    """What a plug-in's argument takes."""

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
    """One argument of a plug-in as specs write it; `default` None means it must be given."""

    name: str
    kind: ArgumentKind
    default: ArgumentValue | None = None
    choices: tuple[str, ...] = ()
    doc: str = ""


class CompressorContract(Protocol):
    """A compressor family as the compiler sees it."""

    name: str
    arguments: tuple[Argument, ...]
    doc: str

    def classify(self, arguments: Mapping[str, ArgumentValue]) -> Class:
        """The class under these arguments (Rand-K is unbiased when scaled, else contractive)."""

    def form(self, arguments: Mapping[str, ArgumentValue]) -> Form:
        """How its result is held."""

    def picks_blindly(self, arguments: Mapping[str, ArgumentValue]) -> bool:
        """Whether the kept coordinates do not depend on the vector, so that only they need be computed."""

    def redraws(self, arguments: Mapping[str, ArgumentValue]) -> bool:
        """Whether who receives a message at once draws the kept coordinates, which are then not sent."""


class ProblemContract(Protocol):
    """A problem family as the compiler sees it."""

    @property
    def name(self) -> str:
        """As specs and `--problem` write it."""

    @property
    def kind(self) -> str:
        """`minimize` or `vi`."""

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """What it takes."""

    @property
    def constants(self) -> frozenset[str]:
        """The constants that it may supply."""

    @property
    def doc(self) -> str:
        """One line for listings."""


class Registry(Protocol):
    """The plug-ins at hand, by name."""

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
