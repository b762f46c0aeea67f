"""What the language has and the runtime does not execute: the words for it (codes E6xx)."""

from __future__ import annotations

from ..text.diagnostics import Diagnostic
from ..text.source import Span


def not_executed(what: str, span: Span) -> Diagnostic:
    """A statement or function that this version checks but cannot run."""
    return Diagnostic(
        code="E601",
        message=f"{what} is part of the language, but this version does not run it",
        span=span,
        note="understood, not executed",
        help="write it without this",
    )


def no_default(name: str, contract: str, span: Span) -> Diagnostic:
    """A compressor that nobody bound."""
    return Diagnostic(
        code="E602",
        message=f"compressor `{name}` has no default, and the command line binds none",
        span=span,
        note=f"any {contract} compressor fits",
        help=f"bind one: `--set '{name}=…'`; `cablese list compressors` shows what there is",
    )


def set_is_gone(name: str, span: Span) -> Diagnostic:
    """A family over a set whose name holds another set by now, beside a family that all nodes have."""
    return Diagnostic(
        code="E603",
        message=f"this runs over an earlier `{name}`, which was bound anew since",
        span=span,
        note="whose rows of the other families are meant is lost",
        help=f"give the two sets different names, or put this before `{name}` is bound again",
    )


def support_is_lost(name: str, span: Span) -> Diagnostic:
    """`support` of a value that was stored among others, or comes from one of several compressors."""
    return Diagnostic(
        code="E601",
        message=f"`{name}` is held as plain numbers here: this version does not know which a codec wrote",
        span=span,
        note="its `support` is lost",
        help="take the support where the value is compressed, and keep the mask: `s = support(q)`",
    )


def setting_not_known(name: str, span: Span) -> Diagnostic:
    """`Q(e, k = j)` where a receiver could not tell how to read the message."""
    return Diagnostic(
        code="E608",
        message=f"the argument `{name}` is not one number that all know",
        span=span,
        note="who receives the message could not read it",
        help="compute it in `all:`, or from what the server broadcast before",
    )


def constant_aggregate(operator: str, span: Span) -> Diagnostic:
    """`mean(L_i)` in a round: a number known beforehand, of values that no process holds all of."""
    return Diagnostic(
        code="E606",
        message=f"`{operator}` of constants is known before the rounds; this version takes it as a param alone",
        span=span,
        note="worked out once, not in every round",
        help=f"name it above: `param a = {span.text}`, and read `a` here",
    )


def schedule_in_init(span: Span) -> Diagnostic:
    """A param that depends on the round, read before the first one."""
    return Diagnostic(
        code="E607",
        message="what depends on the round has no value in `init`",
        span=span,
        note="read before round 0",
        help="use a param that does not change, or move this into the round",
    )
