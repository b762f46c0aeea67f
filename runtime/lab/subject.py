"""Subjects of the lab: compressors as a spec writes them, made for any length of vectors."""

from __future__ import annotations

from typing import Any

from cablese.dsl.check.contracts import Class, CompressorContract, Registry
from cablese.dsl.check.program import Program
from cablese.dsl.pipeline import compile_compressor
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source

from ..arrays.backend import Backend
from ..compressors.base import Compressor
from ..compressors.bound import kernel_of
from ..errors import SetupError
from ..execute.resolve import Resolver
from . import errors

_SMALLEST = 32
NODES = 8
"""Number of nodes that share a joint draw."""
_WIRE_BITS = 32


@record
class Subject:
    """A compressor expression; arguments may depend on d."""

    text: str
    program: Program

    def at(self, d: int) -> Sized:
        """The compressor for vectors of d entries; `SetupError` where its arguments do not fit."""
        constants: dict[str, Any] = {"d": d, "n": NODES}
        resolver = Resolver(self.program, constants.get, d, _WIRE_BITS)
        name = self.program.compressors[0].symbol.name
        compressor = resolver.compressor(name)
        compressor.bits(d, _WIRE_BITS)  # raises where d is too small
        return Sized(str(resolver.bindings[name]), compressor, d)

    def small(self, dim: int) -> Sized:
        """The compressor for many draws: vectors of twice the least power of two that its arguments allow."""
        d = _SMALLEST
        while d < dim:
            try:
                self.at(d)
                return self.at(min(2 * d, dim))
            except SetupError:
                d *= 2
        return self.at(dim)


@record
class Sized:
    """A compressor with all arguments known, for vectors of d entries."""

    label: str
    compressor: Compressor
    d: int

    def kernel(self, backend: Backend) -> Any:
        """A new kernel: sender and receiver have one each."""
        return kernel_of(self.compressor, backend, self.d)

    @property
    def bits(self) -> float:
        """Bits of a message as the class states them, with floats of 32 bits."""
        return self.compressor.bits(self.d, _WIRE_BITS)


def read_subject(text: str, dim: int, registry: Registry) -> Subject:
    """The compressor of an expression; SpecError where it is none, `SetupError` where it does not fit `dim`."""
    subject = Subject(text, compile_compressor(Source("compressor", text), registry))
    try:
        subject.at(dim)
    except SetupError as error:
        raise errors.does_not_fit(dim, str(error)) from None
    return subject


def examples(registry: Registry) -> list[str]:
    """Example expressions, one for each family but the collective ones."""
    found = ((family, example(family)) for family in registry.compressors.values())
    return [text for family, text in found if family.classify({}) is not Class.COLLECTIVE]


def example(family: CompressorContract) -> str:
    """An expression of a family, with example values of the arguments that have no default."""
    needed = [argument for argument in family.arguments if argument.default is None]
    return f"{family.name}({', '.join(f'{each.name} = {each.written_example}' for each in needed)})"
