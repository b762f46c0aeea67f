"""The tables of docs/compressors.md that follow the registry, made from it, so that they cannot drift."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator

from cablese.cli.listing import _signature
from cablese.dsl.check.contracts import ArgumentKind, Class, Registry, Trait, with_implied
from cablese.runtime.compressors.base import Compressor
from cablese.runtime.compressors.registry import SHIPPED, registry
from cablese.runtime.errors import SetupError
from cablese.runtime.lab.subject import Sized, example, read_subject
from cablese.runtime.registry import plugins
from tables import table

D, PAPER_D = 10_000, 124


def families() -> str:
    """What each family is, in its own words."""
    rows = (
        (f"`{_signature(registry()[name])}`", registry()[name].doc, registry()[name].codec)
        for name in SHIPPED
    )
    return table(("compressor", "does", "a message has"), rows)


def arguments() -> str:
    """What arguments mean."""
    rows = (
        (f"`{name}`", f"`{argument.name}`", argument.doc, argument.range)
        for name in SHIPPED
        for argument in registry()[name].arguments
    )
    return table(("compressor", "argument", "is", "bounds"), rows)


def examples() -> str:
    """Figures by number and in words, at an example."""
    heading = ("example", "class", "omega or delta", "which is", "traits", "non-zeros", "bits")
    return table(heading, (_figures(sized) for name in SHIPPED for sized in _examples(name)))


def papers() -> str:
    """Formulas of papers, and their numbers at an example."""
    heading = ("compressor", "bits as its paper counts", "example, d = 124", "up, 32-bit floats")
    return table(heading, (_counted(name) for name in SHIPPED))


FAMILY_TABLES: dict[str, Callable[[], str]] = {
    make.__name__: make for make in (families, arguments, examples, papers)
}


def _counted(name: str) -> tuple[str, ...]:
    family = registry()[name]
    if family.classify({}) is Class.COLLECTIVE:
        return f"`{name}`", family.paper, "", ""
    sized = read_subject(example(family), PAPER_D, plugins()).at(PAPER_D)
    return f"`{name}`", family.paper, f"`{sized.label}`", f"{sized.compressor.paper_bits(PAPER_D, 32):.8g}"


def _examples(name: str) -> Iterator[Sized]:
    """With defaults, and with every switch that changes the class thrown."""
    family, at_hand = registry()[name], plugins()
    if family.classify({}) is Class.COLLECTIVE:  # of which no vector has a figure
        return
    text = example(family)
    sized = _sized(text, at_hand)
    yield sized
    kind = sized.compressor.actual
    for argument in family.arguments:
        if argument.kind is ArgumentKind.BOOL and isinstance(argument.default, bool):
            thrown = f"{argument.name} = {str(not argument.default).lower()}"
            other = _sized(f"{text.removesuffix(')')}, {thrown})".replace("(, ", "("), at_hand)
            if other.compressor.actual is not kind:
                yield other


def _sized(text: str, at_hand: Registry) -> Sized:
    return read_subject(text, D, at_hand).at(D)


def _figures(sized: Sized) -> tuple[str, ...]:
    compressor = sized.compressor
    kind = compressor.actual
    contractive = kind is Class.CONTRACTIVE
    figure = compressor.delta if contractive else compressor.omega
    stated, words = _stated(figure) if kind is not Class.NEITHER else ("", "")
    name = "delta" if contractive else "omega"
    value = f"{name} = {stated}" if stated else ""
    implied = frozenset[Trait]().union(
        *(with_implied(frozenset({t})) - {t} for t in compressor.actual_traits)
    )
    traits = ", ".join(t.value for t in Trait if t in compressor.actual_traits - implied)
    density, bits = compressor.density(D), sized.bits
    return f"`{sized.label}`", kind.value, value, words, traits, f"{density:.6g}", f"{bits:.8g}"


def _stated(figure: Callable[[int], float]) -> tuple[str, str]:
    """A figure's value and what its method says of it."""
    try:
        value = figure(D)
    except (NotImplementedError, SetupError):
        return "", ""
    inherited = getattr(figure, "__func__", None) in (Compressor.omega, Compressor.delta)
    return f"{value:.6g}", "" if inherited else _first_line(figure)


def _first_line(function: Callable[..., object]) -> str:
    """The first sentence of its docstring."""
    text = " ".join((inspect.getdoc(function) or "").split())
    return text.partition(". ")[0].removesuffix(".")
