"""A checked program -> warnings of what is legal in it and surely not meant, those aside that its text allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ..check import program as core
from ..syntax import nodes
from ..text.diagnostics import Bag, Diagnostic
from ..text.page import Page
from ..text.source import Span
from . import catalogue as say
from . import doubts
from .allowing import not_allowed
from .first_round import undefined_in_first_round
from .rounded import rounded_states
from .twice import compressed_twice
from .unread import unread_messages, unread_params, unread_values, unused_compressors, unused_draws

LINTS: dict[str, Callable[[core.Program], Iterator[Diagnostic]]] = {
    say.W101.code: unread_params,
    say.W102.code: unused_compressors,
    say.W103.code: unread_messages,
    say.W104.code: unused_draws,
    say.W105.code: unread_values,
    say.W201.code: compressed_twice,
    say.W202.code: rounded_states,
    say.W203.code: undefined_in_first_round,
}
"""Every lint of `check` by its code."""

DOUBTS = frozenset(page.code for page in vars(doubts).values() if isinstance(page, Page))
"""The codes that `check --pedantic` adds."""

_UNREAD = (say.W103.code, say.W104.code, say.W105.code)
"""Lints whose labels are further places of the same mistake."""


def lint(spec: nodes.Spec, program: core.Program, *, pedantic: bool = False) -> Bag:
    """The warnings of a spec, `program` being what it is without any `--set`, in source order."""
    lints = LINTS | _pedantic() if pedantic else LINTS
    found = [warning for look in lints.values() for warning in look(program)]
    bag = Bag()
    for warning in _each_thing_once(not_allowed(spec, found, frozenset(lints), LINTS.keys() | DOUBTS)):
        bag.add(warning)
    return bag


def _pedantic() -> dict[str, Callable[[core.Program], Iterator[Diagnostic]]]:
    from .pedantic import PEDANTIC  # they compare terms, which takes time to load

    return PEDANTIC


def _each_thing_once(warnings: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """The warnings, at one place those of the first lint alone: what nobody reads is left out, however wrong."""
    told: dict[Span, str] = {}
    for warning in sorted(warnings, key=lambda warning: warning.code):
        if told.setdefault(warning.span, warning.code) == warning.code:
            yield warning
        if warning.code in _UNREAD:
            for label in warning.labels:
                told.setdefault(label.span, warning.code)
