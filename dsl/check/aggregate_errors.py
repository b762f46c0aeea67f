"""Errors of aggregates, and of families where one value is needed."""

from __future__ import annotations

from ..text.diagnostics import Diagnostic, Edit, Remedy
from ..text.page import GD, HALVE, UP, Example, Page
from ..text.records import record
from ..text.source import Span
from .kinds import Domain, Kind, Placement
from .phrases import over, reader, short

_DRAWN = "server: event S ~ subset(n, 2)\nserver -> all: S\n"

E214 = Page(
    "E214",
    "an aggregate of one value, or by somebody else than the server",
    """`mean`, `sum`, `min`, `max` and `median` with one argument run over the nodes: over a family, where all
    of its values are, which is at the server. The nodes get the result by a message.""",
    wrong=Example(f"{UP}all: g = mean(m)\nall: x = x - g / L"),
    right=Example(GD),
)


def not_a_family(function: str, value: str, kind: Kind, span: Span) -> Diagnostic:
    """An aggregate of one value."""
    message = f"`{function}` runs over nodes; `{short(value)}` is one value"
    entries = _of_entries(function, value) if kind is Kind.VECTOR else None
    alone = value if value.isidentifier() else f"({value})"
    remedy = entries or Remedy(f"leave out `{function}`, or aggregate what the nodes sent", alone)
    return E214.told(message, span, "one value, not one per node", help=remedy)


def _of_entries(function: str, value: str) -> Remedy | None:
    """A remedy for an aggregate of one vector: the same of its entries, where there is such."""
    added = f"dot({short(value)}, ones)"
    whole = f"dot({value}, ones)"
    meant = {"sum": (added, whole), "mean": (f"{added} / d", f"({whole} / d)")}.get(function)
    return Remedy(f"the {function} of a vector's entries is `{meant[0]}`", meant[1]) if meant else None


def aggregate_elsewhere(function: str, value: str, span: Span, at: Placement) -> Diagnostic:
    """An aggregate at another role than the server."""
    message = f"`{function}` runs over all nodes; only the server has the values of all"
    send, entries = f"`server -> all: g = {function}(…)`", _of_entries(function, value)
    remedy = f"let the server compute it and send it: {send}" + (f"; {entries.words}" if entries else "")
    return E214.told(message, span, f"evaluated here by {reader(at)}", help=remedy)


E219 = Page(
    "E219",
    "one value is needed where a family stands",
    """A condition or a count at the server, and a weight of the output, is one value. A family has one per
    node: aggregate it, or let each node decide for itself in a `node:` block.""",
    wrong=Example(f"{UP}server:\n    if norm(m) > 1:\n        y = 1\n{HALVE}"),
    right=Example(f"{UP}server:\n    if max(norm(m)) > 1:\n        y = 1\n{HALVE}"),
)


def needs_one(what: str, span: Span) -> Diagnostic:
    """A family where one value is needed."""
    remedy = "aggregate it, or move this into `node:`, where each node has its own"
    return E219.told(f"{what} needs one value; this has one per node", span, "a family", help=remedy)


E220 = Page(
    "E220",
    "aggregates over different nodes in one expression",
    """The aggregates of one written expression run over the same nodes: a sum over those who sent, divided by
    one over all nodes, is a slip that no number shows. `sum(e over m)` runs over the nodes that have an m.
    Where both domains are meant, one of the aggregates is bound to a name on a line of its own: a name is one
    value.""",
    wrong=Example(
        f"{_DRAWN}node in S -> server: m = x\nserver: y = sum(samples_i * m) / sum(samples_i)\n{HALVE}"
    ),
    right=Example(
        f"{_DRAWN}node in S -> server: m = x\nserver: y = sum(samples_i * m) / sum(samples_i over m)\n{HALVE}"
    ),
)


@record
class Aggregated:
    """An aggregate as written: its operator, its argument, a family or set of its domain, and where it stands; `bare`
    if it does not say `over`."""

    operator: str
    argument: str
    by: str
    domain: Domain
    span: Span
    bare: bool

    @property
    def text(self) -> str:
        """The source."""
        return short(self.span.text)

    def over_those_of(self, by: str) -> str:
        """The same over the nodes that `by` names; what is written behind the argument stays."""
        begins = f"{self.operator}({self.argument}"
        rest = self.span.text.removeprefix(begins) if self.span.text.startswith(begins) else ")"
        return f"{begins} over {by}{rest}"


def aggregates_differ(one: Aggregated, other: Aggregated) -> Diagnostic:
    """Two aggregates of one expression, over different domains."""
    message = f"`{one.text}` runs over {over(one.domain)}, `{other.text}` over {over(other.domain)}"
    label = (one.span, f"over {over(one.domain)}")
    note = f"over {over(other.domain)}"
    whole, some = (one, other) if one.domain.over is None else (other, one)
    apart = f"`all_{whole.operator} = {whole.text}`"
    if whole.domain.over is not None or not whole.bare:
        one_apart = apart.replace("all_", "one_")
        remedy = f"bind one of them on a line of its own and write its name here: {one_apart}"
        return E220.told(message, other.span, note, label, help=remedy)
    narrowed = whole.over_those_of(some.by)
    remedy = (
        f"over {over(some.domain)} alone, write `{short(narrowed)}`; if all nodes are meant, bind it on a line of its own "
        f"and write its name here: {apart}"
    )
    fix = (Edit(whole.span, narrowed),)
    return E220.told(message, other.span, note, label, help=remedy, fix=fix)


E221 = Page(
    "E221",
    "`over` outside of an aggregate, or of nobody's value",
    """`e over m` is the argument of an aggregate: `sum(e over m)` adds e up over the nodes that have an m.
    What stands behind `over` is a family that the server knows, or a set of nodes; a single value is
    nobody's.""",
    wrong=Example(f"{_DRAWN}node in S -> server: m = x\nserver: y = sum(samples_i) over m\n{HALVE}"),
    right=Example(f"{_DRAWN}node in S -> server: m = x\nserver: y = sum(samples_i over m)\n{HALVE}"),
)


def over_elsewhere(aggregate: str, family: str, span: Span) -> Diagnostic:
    """`e over m` that is not the argument of an aggregate."""
    message = "`over` says over which nodes an aggregate runs; no aggregate is around it"
    inside = f"{aggregate} over {family})"
    remedy = Remedy(f"write it inside: `{inside}`", inside)
    return E221.told(message, span, "not the argument of an aggregate", help=remedy)


def over_no_one(name: str, span: Span) -> Diagnostic:
    """A value behind `over` that is neither a family nor a set."""
    message = f"`over` needs what names nodes: a family of theirs, or a set; `{short(name)}` is neither"
    remedy = "name what nodes sent: `sum(e over m)` after `node in S -> server: m = …`"
    return E221.told(message, span, "one value, not one per node", help=remedy)
