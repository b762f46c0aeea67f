"""What the checker says of subsets of nodes (E209 to E217): one function per kind of mistake, which alone has the words."""

from __future__ import annotations

from ..text.diagnostics import Diagnostic, Label
from ..text.records import record
from ..text.source import Span
from .kinds import Domain, Placement
from .phrases import in_, over, reader, short


def domain_differs(name: str, span: Span, one: Span, other: Span) -> Diagnostic:
    """The branches bind a family over different nodes."""
    return Diagnostic(
        "E209",
        f"`{name}` runs over different nodes on the two branches of the `if`",
        span,
        "over whom is not known here",
        (Label(one, "bound here"), Label(other, "and here, over others")),
        f"use `{name}` inside each branch (aggregate it there), or give the two different names",
    )


def loop_changes_domain(name: str, span: Span, before: Span, inside: Span) -> Diagnostic:
    """A `repeat` binds a family over other nodes than before."""
    return Diagnostic(
        "E209",
        f"`{name}` runs over other nodes inside the `repeat` than before it",
        span,
        "over those before, if the `repeat` runs zero times",
        (Label(before, "bound here, before it"), Label(inside, "and here, over others")),
        f"use `{name}` inside the `repeat` (aggregate it there), or take another name inside",
    )


def outside_domain(name: str, span: Span, domain: Domain, here: Domain, bound: Span | None) -> Diagnostic:
    """A family over S is read in a block over others."""
    this = f"this runs over {over(here)}"
    if here.name == domain.name:
        this = f"`{here.name}` has been bound again since"
    return Diagnostic(
        "E209",
        f"`{name}` exists for {over(domain)} only; {this}",
        span,
        "not every node here has a value",
        (Label(bound, f"bound over {over(domain)}"),) if bound else (),
        f"read it before `{domain.name}` is bound again, or give the later one another name"
        if here.name == domain.name
        else f"read it in `node{in_(domain)}:`, or aggregate it at the server",
    )


def two_domains(span: Span, one: Domain, other: Domain) -> Diagnostic:
    """Two different subsets in one expression."""
    return Diagnostic(
        "E210",
        f"one operand runs over {over(one)}, the other over {over(other)}",
        span,
        "two different subsets in one expression",
        help="aggregate each of them first, on lines of their own (`a = mean(…)`), or draw one subset for both",
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


def aggregates_differ(one: Aggregated, other: Aggregated) -> Diagnostic:
    """Aggregates over different nodes in one expression."""
    return Diagnostic(
        "E220",
        f"`{one.text}` runs over {over(one.domain)}, `{other.text}` over {over(other.domain)}",
        other.span,
        f"over {over(other.domain)}",
        (Label(one.span, f"over {over(one.domain)}"),),
        _both_ways(one, other),
    )


def _both_ways(one: Aggregated, other: Aggregated) -> str:
    """How to mean either: the same nodes, or each its own."""
    whole, some = (one, other) if one.domain.over is None else (other, one)
    apart = f"`all_{whole.operator} = {whole.text}`"
    if whole.domain.over is not None or not whole.bare:
        return (
            f"bind one of them on a line of its own and write its name here: {apart.replace('all_', 'one_')}"
        )
    return (
        f"over {over(some.domain)} alone, write `{whole.operator}({short(whole.argument)} over {some.by})`; if all nodes "
        f"are meant, bind it on a line of its own and write its name here: {apart}"
    )


def over_elsewhere(aggregate: str, family: str, span: Span) -> Diagnostic:
    """`a over b` that is not the argument of an aggregate."""
    return Diagnostic(
        "E221",
        "`over` says over which nodes an aggregate runs; no aggregate is around it",
        span,
        "not the argument of an aggregate",
        help=f"write it inside: `{aggregate} over {family})`",
    )


def over_no_one(name: str, span: Span) -> Diagnostic:
    """What stands behind `over` runs over nobody."""
    return Diagnostic(
        "E221",
        f"`over` needs what names nodes: a family of theirs, or a set; `{short(name)}` is neither",
        span,
        "one value, not one per node",
        help="name what nodes sent: `sum(e over m)` after `node in S -> server: m = …`",
    )


def subset_message_to_state(name: str, span: Span, domain: Domain) -> Diagnostic:
    """A message over a subset binds a state."""
    where = " in who(q)" if domain.name.startswith("who(") else in_(domain) or " in S"
    return Diagnostic(
        "E211",
        f"a message from or to {over(domain)} cannot bind `{name}`, which is kept for every node",
        span,
        "the other nodes would have no value",
        help=f"send it under a name of its own, then store it: `link{where}: {name} = q`",
    )


def bag_assigns_state(name: str, span: Span, domain: Domain) -> Diagnostic:
    """A block over a bag assigns state."""
    return Diagnostic(
        "E212",
        f"`{domain.name}` may draw a node twice, so a block over it cannot assign `{name}`, which is kept per node",
        span,
        "which of the copies should stay?",
        help=f"draw without replacement: `event {domain.name or 'S'} ~ subset(n, r)`",
    )


def members_unknown(name: str, span: Span, role: str) -> Diagnostic:
    """`node in S` although the nodes do not know whether they are in S."""
    return Diagnostic(
        "E213",
        f"the nodes do not know who is in `{name}`",
        span,
        f"`{role} in {name}` needs each node to know whether it takes part",
        help=f"send it first: `server -> all: {name}`, or send its members something: "
        f"`server -> node in {name}: q = …`",
    )


def family_of_sets(name: str, span: Span, placement: Placement) -> Diagnostic:
    """Every node has an S of its own."""
    return Diagnostic(
        "E213",
        f"{reader(placement)} would have a set `{name}` each; who takes part is one set that all agree on",
        span,
        "a family of sets",
        help="draw it once, in `server:` (and send it to all) or in `all:`; if each node decides for itself, let it "
        "flip a coin: `event c ~ bernoulli(q)`, then `if c:` or `node when c -> server: …`",
    )


def who_of_one(value: str, span: Span) -> Diagnostic:
    """`who` of something without a domain."""
    return Diagnostic(
        "E217",
        f"`who` asks over which nodes a family runs; `{short(value)}` is one value",
        span,
        "one value, not one per node",
        help="name what nodes sent: `who(q)` after `node when e -> server: q = …`",
    )


def who_unknown(name: str, span: Span, at: Placement) -> Diagnostic:
    """`who(q)` read by someone who cannot tell."""
    who = "not everyone can" if at is Placement.ALL else f"{reader(at)} cannot"
    return Diagnostic(
        "E217",
        f"{who} tell over whom `{name}` runs",
        span,
        "the server knows it whole, each node only whether it belongs",
        help=f"send it first: `node -> server: {name}`"
        if at is Placement.SERVER
        else f"let the server send it: `server -> all: A = who({name})`",
    )


def output_over_subset(name: str, span: Span, domain: Domain) -> Diagnostic:
    """An output that some nodes have."""
    return Diagnostic(
        "E209",
        f"`{name}` exists for {over(domain)} only and cannot be what the spec returns",
        span,
        "not every node has a value",
        help="return a value of the server or of all nodes",
    )
