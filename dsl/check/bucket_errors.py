"""Errors of buckets: who draws them, and what aggregates by them."""

from __future__ import annotations

from ..text.diagnostics import Diagnostic
from ..text.page import HALVE, UP, Example, Page
from ..text.source import Span
from .kinds import Placement, Spread
from .phrases import reader, short

E223 = Page(
    "E223",
    "buckets drawn by somebody else than the server",
    """`buckets(n, s)` puts all nodes in a random order and gives each the number of its bucket of s nodes. The server
    aggregates, so the server draws, and no node knows with whom it is averaged.""",
    wrong=Example(f"{UP}all: event B ~ buckets(n, 2)\nserver: y = median(m, by = B)\n{HALVE}"),
    right=Example(f"{UP}server: event B ~ buckets(n, 2)\nserver: y = median(m, by = B)\n{HALVE}"),
)


def buckets_elsewhere(span: Span, at: Placement) -> Diagnostic:
    """Buckets drawn at another role than the server."""
    message = "buckets are of the nodes whose vectors the server aggregates, so the server draws them"
    remedy = "draw them there: `server: event B ~ buckets(n, s)`"
    return E223.told(message, span, f"drawn here by {reader(at)}", help=remedy)


E224 = Page(
    "E224",
    "`by` where there is nothing to group",
    """`median(e, by = b)` takes the mean of e over the nodes with equal b, for each value of b, and aggregates these
    means. It belongs to aggregates that are not linear, in what the server computes in a round or in `init`; b is a whole
    number of each node.""",
    wrong=Example(f"{UP}server: event B ~ buckets(n, 2)\nserver: y = mean(m, by = B)\n{HALVE}"),
    right=Example(f"{UP}server: event B ~ buckets(n, 2)\nserver: y = geometric_median(m, by = B)\n{HALVE}"),
)


def by_of_linear(function: str, span: Span) -> Diagnostic:
    """Groups of a mean or a sum."""
    message = f"`{function}` takes no `by`: groups are for aggregates that outliers do not carry away"
    remedy = "leave it out, or take another: `median(e, by = b)`, `krum(e, f, by = b)`, `geometric_median(e, by = b)`"
    return E224.told(message, span, f"of a {function}", help=remedy)


def by_elsewhere(span: Span) -> Diagnostic:
    """Groups in a param or in a claim."""
    message = "`by` groups what the server has of the nodes in a round; params and claims have no groups"
    remedy = "aggregate in `server:` and write the name here"
    return E224.told(message, span, "not in a block of the server", help=remedy)


def by_of_one(value: str, span: Span, spread: Spread) -> Diagnostic:
    """A number that is not one of each row of the family."""
    each = "group" if spread is Spread.GROUPS else "node"
    message = f"`by` needs a whole number of each {each}, as the aggregate is of values of {each}s"
    remedy = (
        "draw buckets, `server: event B ~ buckets(n, s)`, or compute with `node_index`: `by = node_index % 3`"
    )
    others = "values of groups need a number that a `group:` block binds"
    label = f"`{short(value)}` is not one value per {each}"
    return E224.told(message, span, label, help=remedy if each == "node" else others)
