"""The compressor families at hand, and a compressor from a name with its arguments."""

from __future__ import annotations

from typing import TypeVar

from cablese.dsl.check.contracts import (
    Class,
    CompressorBinding,
    Form,
    Traits,
    composed_class,
    composed_traits,
    with_implied,
)
from cablese.dsl.text.nearest import nearest

from ..families import Families
from . import errors
from .arguments import complete
from .base import Compressor
from .guarded import guarded

SHIPPED = {
    "identity": "identity",
    "rand_k": "rand_k",
    "top_k": "top_k",
    "quantize": "quantize",
    "ternary": "ternary",
    "natural": "natural",
    "natural_dithering": "natural_dithering",
    "rand_p": "masked",
    "threshold_k": "masked",
    "mvss": "mvss",
    "perm_k": "perm_k",
    "sign": "signs",
    "scaled_sign": "signs",
    "block_sign": "signs",
    "linear8": "eight_bits",
    "tree8": "eight_bits",
    "round_to": "round_to",
    "mixed": "mixed",
    "contracted": "contracted",
    "power_sgd": "power_sgd",
    "sketch": "sketch",
}
"""The modules of the shipped families."""

Family = TypeVar("Family", bound=type[Compressor])


def families() -> Families[Compressor]:
    """The shipped compressors, none looked for yet, with room for others."""
    return Families("compressor", Compressor, SHIPPED, guarded)


_FAMILIES = families()


def registry() -> Families[Compressor]:
    """All compressor families; each class fulfils the compiler's `CompressorContract`."""
    return _FAMILIES


def register(family: Family) -> Family:
    """Class decorator: make the family known under its `name`; `SetupError` if its contract is not complete."""
    _FAMILIES.register(family)
    return family


def make(binding: CompressorBinding) -> Compressor:
    """The compressor that a binding asks for, defaults filled in; `SetupError` for what does not fit."""
    first, *others = _parts(binding)
    compressor = _make(first)
    for part in others:
        from .composed import Composed

        compressor = Composed(compressor, _make(part))
    return compressor


def _make(binding: CompressorBinding) -> Compressor:
    family = _FAMILIES.get(binding.name)
    if family is None:
        known = sorted(_FAMILIES)
        raise errors.unknown_compressor(binding.name, known, nearest(binding.name, known))
    return family(**complete(family, dict(binding.arguments)))


def traits_of(binding: CompressorBinding) -> Traits:
    """The traits that a binding's names and arguments give; none where no such family is at hand."""
    first, *others = (_own_traits(part) for part in _parts(binding))
    for traits in others:
        first = composed_traits(first, traits)
    return first


def _own_traits(binding: CompressorBinding) -> Traits:
    family = _FAMILIES.get(binding.name)
    return frozenset() if family is None else with_implied(family.traits(dict(binding.arguments)))


def class_of(binding: CompressorBinding) -> Class:
    """The class that a binding's names and arguments give; `NEITHER` where no such family is at hand."""
    first, *others = _parts(binding)
    found = _own_class(first)
    for part in others:
        found = composed_class(found, _own_class(part), _own_traits(part))
    return found


def _own_class(binding: CompressorBinding) -> Class:
    family = _FAMILIES.get(binding.name)
    return Class.NEITHER if family is None else family.classify(dict(binding.arguments))


def form_of(binding: CompressorBinding) -> Form:
    """The form of results that a binding's names and arguments give; dense where no such family is at hand."""
    family = _FAMILIES.get(binding.name)
    if binding.inner is not None:
        return Form.SPARSE
    return Form.DENSE if family is None else family.form(dict(binding.arguments))


def _parts(binding: CompressorBinding) -> list[CompressorBinding]:
    """The compressors of a composition, that which is applied last first."""
    return [binding, *(() if binding.inner is None else _parts(binding.inner))]
