"""Errors of minibatches in epochs."""

from __future__ import annotations

from ..text.diagnostics import Diagnostic, Remedy
from ..text.page import HALVE, Example, Page
from ..text.source import Span

E517 = Page(
    "E517",
    "epochs that there are not",
    """`minibatch(b, order = epochs)` walks through a node's samples: every epoch in a new order, each sample once. The
    last batch of an epoch is what remains; with `drop_last = true` it is left out. `epoch(k)` is the number of epochs
    by round k, where one such draw stands in the round, outside branches and loops, with one size for all nodes.""",
    wrong=Example(f"node: event xi ~ minibatch(4, order = shuffled)\n{HALVE}"),
    right=Example(f"node: event xi ~ minibatch(4, order = epochs)\nnode -> server: m = grad(x, xi)\n{HALVE}"),
)


def unknown_order(span: Span) -> Diagnostic:
    """An order of samples that is no word of the language."""
    message = "the order of a minibatch is `epochs`, or chance where none is given"
    return E517.told(message, span, "no order", help=Remedy("`minibatch(b, order = epochs)`", "epochs"))


def no_order(span: Span) -> Diagnostic:
    """`drop_last` of draws that have no last batch."""
    message = "`drop_last` is of the last batch of an epoch, and these batches are drawn by chance"
    return E517.told(
        message, span, "no epoch ends here", help="`minibatch(b, order = epochs, drop_last = true)`"
    )


def not_a_word(span: Span) -> Diagnostic:
    """`drop_last` of something that a run decides."""
    return E517.told("`drop_last` is `true` or `false`", span, "neither of both")


def replaced_in_epochs(span: Span) -> Diagnostic:
    """Draws with replacement that walk in epochs."""
    message = "in an epoch each sample is drawn once, and `replace = true` draws it again"
    return E517.told(message, span, "not in epochs", help="take out one of both")


def no_epochs(span: Span, *, several: bool) -> Diagnostic:
    """`epoch(k)` where no draw, or no single one, says how long an epoch is."""
    if several:
        message = "`epoch` needs one draw with `order = epochs`, once a round and of one size, and here is no single one"
        remedy = "write the rounds of an epoch out: `floor(k / ceil(max(samples_i) / b))`"
    else:
        message = "`epoch` counts passes of `minibatch(b, order = epochs)`, and no draw of the round walks so"
        remedy = "add `order = epochs` to the draw, or write `floor(k * b / max(samples_i))`"
    return E517.told(message, span, "how long is an epoch?", help=remedy)
