"""Errors of histories: where one is made and kept, its length, and the places of its values."""

from __future__ import annotations

from ..text.diagnostics import Diagnostic, Remedy
from ..text.page import AVERAGED, Example, Page
from ..text.source import Span
from .phrases import short

_INIT = "all:\n    x = x0\n    h = history(3, zeros)"

E315 = Page(
    "E315",
    "a history that is made or kept in another way than by `history` and `push`",
    """`h = history(m, v)` in `init` makes a history of m values, each of them v; it stands alone on the right of
    its `=`, once for each name. In the rounds `h = push(h, v)` keeps it: v is the newest value, and the oldest
    is dropped. A history has one name and one length, so it is copied under no other; what it holds is read
    by `h[1]`, the newest, to `h[m]`, the oldest, and by `sum(h)`, `mean(h)`, `min(h)` and `max(h)`. It is not
    sent: send its values, from which others keep histories of their own.""",
    wrong=Example(f"{AVERAGED}all:\n    g = push(h, g)\n    x = x - g[1] / L", init=_INIT),
    right=Example(f"{AVERAGED}all:\n    h = push(h, g)\n    x = x - h[1] / L", init=_INIT),
)


def made_in_rounds(name: str, span: Span) -> Diagnostic:
    """`h = history(m, v)` outside of `init`."""
    remedy = f"make it in `init`, and keep it by `{name} = push({name}, v)`"
    return E315.told("a history is made in `init`", span, "in the rounds", help=remedy)


def made_inside(span: Span) -> Diagnostic:
    """`history(m, v)` within an expression."""
    remedy = "give the history a name: `h = history(m, v)`, alone on the right of its `=`, in `init`"
    return E315.told("a history is made under a name of its own", span, help=remedy)


def made_twice(name: str, first: Span, span: Span) -> Diagnostic:
    """A second history under one name."""
    message = f"`{name}` would be a history twice, and a history has one length"
    return E315.told(message, span, "the second one", (first, "the first one"))


def not_kept(name: str, value: str, span: Span) -> Diagnostic:
    """A history under another name."""
    message = f"a history stays under its own name, and `{short(value)}` would go to `{name}`"
    return E315.told(
        message, span, help="push to it, `h = push(h, v)`, and read its values: `h[1]`, `mean(h)`"
    )


def not_sent(value: str, span: Span) -> Diagnostic:
    """A history in a message."""
    message = f"`{short(value)}` is a history, and a history is not sent"
    return E315.told(message, span, help="send its values: `g = h[1]`, `g = mean(h)`")


def not_compared(value: str, span: Span) -> Diagnostic:
    """A history as the side of an invariant."""
    message = f"`{short(value)}` is a history, and an invariant compares numbers or vectors"
    return E315.told(message, span, help="compare its values: `h[1]`, `mean(h)`")


E316 = Page(
    "E316",
    "a history without a length, or a place that no history has",
    """The length of a history is known before the rounds: a whole number from 1 on, made of params and
    constants. Its values are numbered from 1, the newest, as papers number them: `h[1]` was pushed last.""",
    wrong=Example(f"{AVERAGED}all:\n    h = push(h, g)\n    x = x - h[0] / L", init=_INIT),
    right=Example(f"{AVERAGED}all:\n    h = push(h, g)\n    x = x - h[1] / L", init=_INIT),
)


def length_unknown(length: str, span: Span) -> Diagnostic:
    """A length that depends on the run."""
    message = f"the length of a history is known before the rounds, and `{short(length)}` is not"
    return E316.told(message, span, help="write a param, a constant or a number")


def length_too_small(length: object, span: Span) -> Diagnostic:
    """A history of no value."""
    return E316.told(f"a history keeps at least one value, not {length}", span)


def no_such_place(name: str, index: object, span: Span) -> Diagnostic:
    """`h[0]`."""
    message = f"`{name}` has no value {index}: a history's values are numbered from 1, the newest"
    return E316.told(message, span, help=Remedy(f"the newest is `{name}[1]`", "1"))


def not_a_history(name: str, kind: str, span: Span) -> Diagnostic:
    """`x[1]` of what is no history."""
    message = f"`{name}` is {kind}, and only a history has values with numbers"
    remedy = f"at node i `{name}` is node i's own; entries are chosen by a mask, `where(c, a, b)`"
    return E316.told(message, span, help=remedy)
