"""Compressors: a contract next to its kernel. `Compressor` has arguments bound, `Kernel` also d and arrays."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from enum import IntEnum
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias, TypeGuard

from cablese.dsl.check.contracts import ArgumentValue, Class, Form, Traits, with_implied

from ..arrays.backend import Array, Backend
from ..codecs.base import Codec
from ..codecs.packets import Packet
from ..plugin_contracts import Plugin
from .papers import Alike, NonZeros, Papers

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..arrays.terms import Term, Terms

Shapes: TypeAlias = tuple[tuple[int, ...], ...]
"""The shapes of a model's blocks, whose entries make up its d."""


class Meaning(IntEnum):
    """The meaning of a stated number of bits, the surest first."""

    MEAN = 0  # of every vector, over the compressor's draws; exact where sizes are fixed
    ABOUT = 1
    AT_MOST = 2


class Compressor(Plugin, ABC):
    """A compressor family with its arguments; needs no array library.

    Subclasses are registered by name. `arguments` lists what a spec may write; the constructor takes them complete,
    of their kinds and within their bounds, and raises `SetupError` where two of them do not fit each other.
    """

    codec: ClassVar[str]  # the wire format, in words
    paper: ClassVar[str] = "non-zeros times fb"  # what `paper_bits` is, as a formula
    paper_alike: ClassVar[bool] = False  # whether its paper counts all messages of a length alike
    entropy_alike: ClassVar[bool] = False  # whether all messages of a length hold as much information
    stated: ClassVar[tuple[str, ...]] = ("name", "doc", "codec")
    texts: ClassVar[tuple[str, ...]] = stated
    meant: ClassVar[Mapping[str, str]] = {
        "codec": ", which says in words what its messages hold",
        "kind": ", which is its class",
        "sends": ", which gives its messages a codec",
    }

    def __init__(self, **arguments: ArgumentValue) -> None:
        self.values: Mapping[str, ArgumentValue] = arguments

    @property
    def actual(self) -> Class:
        """The class under the arguments at hand."""
        return self.classify(self.values)

    @property
    def actual_traits(self) -> Traits:
        """The traits under the arguments at hand, with those that follow."""
        return with_implied(self.traits(self.values))

    def fitted(self, shapes: Shapes) -> Compressor:
        """The compressor for a model of these blocks; itself, unless it goes by blocks."""
        return self

    @classmethod
    @abstractmethod
    def classify(cls, arguments: Mapping[str, ArgumentValue]) -> Class:
        """The mathematical class under these arguments."""

    @classmethod
    def traits(cls, arguments: Mapping[str, ArgumentValue]) -> Traits:
        """The traits that the family states under these arguments, which methods' equality may rest on: none unless said
        otherwise. Traits that follow from others need not be named."""
        return frozenset()

    @classmethod
    def form(cls, arguments: Mapping[str, ArgumentValue]) -> Form:
        """The form of results: dense unless said otherwise."""
        return Form.DENSE

    @classmethod
    def picks_blindly(cls, arguments: Mapping[str, ArgumentValue]) -> bool:
        """True where the kept coordinates are drawn without a look at the vector."""
        return False

    @classmethod
    def redraws(cls, arguments: Mapping[str, ArgumentValue]) -> bool:
        """True where a receiver of a message at once draws the kept coordinates, which are then not sent."""
        return False

    @classmethod
    def joint(cls, arguments: Mapping[str, ArgumentValue]) -> bool:
        """True where all nodes draw together: its kernel `draws_jointly` and takes `JointWords`."""
        return False

    @classmethod
    def dealt_among(cls) -> str:
        """The argument of a joint compressor that lets a drawn set of nodes draw together, so many; empty without one."""
        return ""

    @classmethod
    def writes_some(cls, arguments: Mapping[str, ArgumentValue]) -> bool:
        """True where results are dense and their packets `MaskedPacket`s: the others' coordinates are not in a message."""
        return False

    def among(self, n: int) -> Compressor:
        """The compressor of n nodes; itself, unless it goes by them."""
        return self

    def omega(self, d: int) -> float:
        """The omega of E||Q(x) - x||^2 <= omega ||x||^2; for unbiased compressors only."""
        raise NotImplementedError

    def delta(self, d: int) -> float:
        """The delta of E||C(x) - x||^2 <= (1 - 1/delta) ||x||^2; for contractive compressors only. For an unbiased one
        with omega < 1 the bound is omega itself."""
        if self.actual is Class.BOTH:
            return 1 / (1 - self.omega(d))
        raise NotImplementedError

    def ab(self, d: int, n: int) -> tuple[float, float]:
        """A and B of E||mean Q_i(x_i) - mean x_i||^2 <= A mean ||x_i||^2 - B ||mean x_i||^2 over n nodes (arXiv:2110.03300):
        of independent draws omega / n and 0; for unbiased compressors only."""
        return self.omega(d) / n, 0.0

    @abstractmethod
    def density(self, d: int) -> float:
        """Expected non-zeros of a result (an upper bound where it depends on the vector)."""

    @abstractmethod
    def bits(self, d: int, float_bits: int) -> float:
        """Expected encoded bits of a message with `float_bits` a float (exact for fixed-size codecs; an
        upper bound where the vector decides)."""

    def meaning_of_bits(self, d: int) -> Meaning:
        """How far the vector decides: a mean that holds for all vectors, or only about one, or a bound."""
        return Meaning.AT_MOST

    def entropy_formula(self, float_bits: int) -> str:
        """`entropy_bits` as an expression; `log2C(d, k)` has the information in a set of k of d coordinates."""
        return ""

    def formula(self, float_bits: int) -> str:
        """The same as an expression in the arguments, d and fb, where `bits` is one for all d; empty where it is none.

        `set(d, k)` has the bits of a set of k of d coordinates, `trits(d)` those of d symbols of three cases.
        """
        return ""

    def entropy_bits(self, d: int, float_bits: int) -> float:
        """The information in a message, in the mean at most: floats in full, log2 C(d, k) of a set of k coordinates, the
        entropy of symbols; where a family tells no more, the bits that are sent."""
        return self.bits(d, float_bits)

    def paper_bits(self, d: int, float_bits: int) -> float:
        """Bits of a message as the family's paper counts them, expected: non-zeros times float bits unless said
        otherwise."""
        return self.density(d) * float_bits

    def papers(self, kernel: Any, backend: Backend, d: int) -> Papers:
        """The same for each message that `kernel` makes."""
        bits = backend.xp.finfo(backend.wire).bits
        if self.paper_alike:
            return Alike(round(self.paper_bits(d, bits)))
        return NonZeros(backend, kernel, bits)

    @abstractmethod
    def kernel(self, backend: Backend, d: int) -> Kernel:
        """The compressor for vectors of d entries on a backend; `SetupError` if the arguments do not fit d."""


class Kernel(Protocol):
    """A compressor for one length and one array library; pure, batched over rows.

    The result that every role uses is `expand(packet)`; it equals `expand(decode(encode(packet)))` to the bit.
    One that says `draws_late` compresses with `PendingWords` as well, and draws them as it goes.
    """

    @property
    def words(self) -> int:
        """64-bit random words that one message takes, 0 if deterministic."""

    @property
    def form(self) -> Form:
        """The form of results."""

    @property
    def codec(self) -> Codec:
        """The wire format of this kernel's packets."""

    def compress(self, vectors: Array, words: Array | None) -> Packet:
        """vectors (rows, d), words (rows, self.words) -> a packet of `rows` messages, floats in the wire's type."""

    def expand(self, packet: Any) -> Array:
        """Vectors that receivers make of this kernel's packets, in the computations' type: dense (rows, d), or for sparse
        forms the values (rows, k) that stand at `packet.indices` (rows, k), which ascend in each row."""


def draws_late(kernel: Any) -> bool:
    """True if a kernel takes `PendingWords`: for long vectors, where holding them all costs as much as drawing."""
    return bool(getattr(kernel, "draws_late", False))


class ColumnwiseKernel(Kernel, Protocol):
    """A kernel with dense results, columns of which are what the same columns of a packet's arrays (rows, d) expand to, with
    its others."""

    columnwise: bool

    def sum_rows(self, packet: Any, total: HostArray, behind: bool = False) -> None:
        """Fill total (columns,), on the host, with the sum of a host packet's expanded rows, one by one in order; or add
        them `behind` those that it has."""

    def term(self, packet: Any, row: int, terms: Terms) -> Term:
        """The expression of an entry of an expanded row of a host packet."""


def columnwise(kernel: Any) -> TypeGuard[ColumnwiseKernel]:
    """True for a kernel that says so."""
    return bool(getattr(kernel, "columnwise", False))


def reads_pieces(kernel: Any) -> bool:
    """True if a kernel compresses `Pieces` of long rows as well, with pending words or none: it reads each entry once or
    twice, a row's in order, and holds no more than some."""
    return bool(getattr(kernel, "reads_pieces", False))


class BlindKernel(Kernel, Protocol):
    """A kernel whose kept coordinates do not depend on the vector: only those need be computed."""

    def pick(self, words: Array) -> Array:
        """words (rows, self.words) -> indices (rows, k), ascending in each row."""

    def pack(self, indices: Array, entries: Array) -> Packet:
        """entries (rows, k) of the vectors at `indices` -> the packet; compress(v, w) == pack(pick(w), v at pick(w))."""
