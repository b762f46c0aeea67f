"""Errors of domains: families that some of the nodes have."""

from __future__ import annotations

from ..text.diagnostics import Diagnostic
from ..text.page import HALVE, Example, Page
from ..text.source import Span
from .kinds import Domain, Placement
from .phrases import in_, over, reader, short

_MEMORY = "all: x = x0\nlink: h = zeros"
_DRAWN = "server: event S ~ subset(n, 2)\nserver -> all: S\n"

E209 = Page(
    "E209",
    "values of some nodes are read for all",
    """What is bound over a drawn set S exists for the nodes of S only. It is read in blocks and messages over
    the same S, or aggregated by the server. Drawing `S` anew makes another set: what was bound over the
    earlier one is no longer readable under the new one.""",
    wrong=Example(f"{_DRAWN}node in S -> server: q = grad(x)\nnode: y = q\n{HALVE}"),
    right=Example(f"{_DRAWN}node in S -> server: q = grad(x)\nnode in S: y = q\n{HALVE}"),
)


def domain_differs(name: str, span: Span, one: Span, other: Span) -> Diagnostic:
    """A family that the branches of an `if` bind over different domains."""
    message = f"`{name}` runs over different nodes on the two branches of the `if`"
    remedy = f"use `{name}` inside each branch (aggregate it there), or give the two different names"
    labels = (one, "bound here"), (other, "and here, over others")
    return E209.told(message, span, "over whom is not known here", *labels, help=remedy)


def loop_changes_domain(name: str, span: Span, before: Span, inside: Span) -> Diagnostic:
    """A family that a `repeat` binds over another domain than it had before."""
    message = f"`{name}` runs over other nodes inside the `repeat` than before it"
    remedy = f"use `{name}` inside the `repeat` (aggregate it there), or take another name inside"
    labels = (before, "bound here, before it"), (inside, "and here, over others")
    note = "over those before, if the `repeat` runs zero times"
    return E209.told(message, span, note, *labels, help=remedy)


def outside_domain(name: str, span: Span, domain: Domain, here: Domain, bound: Span | None) -> Diagnostic:
    """A family over S, read in a block over another domain."""
    if here.name == domain.name:
        this = f"`{here.name}` has been bound again since"
        remedy = f"read it before `{here.name}` is bound again, or give the later one another name"
    else:
        this = f"this runs over {over(here)}"
        remedy = f"read it in `node{in_(domain)}:`, or aggregate it at the server"
    message = f"`{name}` exists for {over(domain)} only; {this}"
    label = (bound, f"bound over {over(domain)}")
    return E209.told(message, span, "not every node here has a value", label, help=remedy)


def output_over_subset(name: str, span: Span, domain: Domain) -> Diagnostic:
    """An output that some nodes have."""
    message = f"`{name}` exists for {over(domain)} only and cannot be what the spec returns"
    remedy = "return a value of the server or of all nodes"
    return E209.told(message, span, "not every node has a value", help=remedy)


E210 = Page(
    "E210",
    "two different subsets in one expression",
    """`q - s` is computed node by node, so both operands must exist for the same nodes. Values over two
    different sets meet only after each was aggregated.""",
    wrong=Example(
        "all:\n    event S ~ subset(n, 2)\n    event T ~ subset(n, 2)\nnode in S -> server: q = grad(x)\n"
        f"node in T -> server: s = grad(x)\nserver: g = mean(q - s)\n{HALVE}"
    ),
    right=Example(
        "all:\n    event S ~ subset(n, 2)\n    event T ~ subset(n, 2)\nnode in S -> server: q = grad(x)\n"
        f"node in T -> server: s = grad(x)\nserver: a = mean(q)\nserver: g = a - mean(s)\n{HALVE}"
    ),
)


def two_domains(span: Span, one: Domain, other: Domain) -> Diagnostic:
    """Operands over two different sets."""
    message = f"one operand runs over {over(one)}, the other over {over(other)}"
    remedy = (
        "aggregate each of them first, on lines of their own (`a = mean(…)`), or draw one subset for both"
    )
    return E210.told(message, span, "two different subsets in one expression", help=remedy)


E211 = Page(
    "E211",
    "a message of some nodes binds a state of all",
    """A message over a subset binds its name over that subset: the other nodes would lose what they keep.
    Send it under a name of its own, then store it where it belongs: `link in S: h = q` changes the entries of
    S and leaves the others as they are.""",
    wrong=Example(f"{_DRAWN}node in S -> server: h = grad(x) - h\n{HALVE}", init=_MEMORY),
    right=Example(f"{_DRAWN}node in S -> server: q = grad(x) - h\nlink in S: h = q\n{HALVE}", init=_MEMORY),
)


def subset_message_to_state(name: str, span: Span, domain: Domain) -> Diagnostic:
    """A message over a set that binds a state."""
    where = " in who(q)" if domain.name.startswith("who(") else in_(domain) or " in S"
    message = f"a message from or to {over(domain)} cannot bind `{name}`, which is kept for every node"
    remedy = f"send it under a name of its own, then store it: `link{where}: {name} = q`"
    return E211.told(message, span, "the other nodes would have no value", help=remedy)


E212 = Page(
    "E212",
    "a block over a bag assigns a state",
    """`sample(n, r)` draws with replacement: a node may be drawn twice, and then computes and sends twice,
    each copy with draws of its own. A state has one value per node, and which copy should set it is not
    defined. Draw without replacement, with `subset(n, r)`, where nodes keep something.""",
    wrong=Example(
        f"all: event S ~ sample(n, 2)\nnode in S: e = e + grad(x)\n{HALVE}",
        init="all: x = x0\nnode: e = zeros",
    ),
    right=Example(
        f"all: event S ~ subset(n, 2)\nnode in S: e = e + grad(x)\n{HALVE}",
        init="all: x = x0\nnode: e = zeros",
    ),
)


def bag_assigns_state(name: str, span: Span, domain: Domain) -> Diagnostic:
    """A block over a bag that assigns a state."""
    message = f"`{domain.name}` may draw a node twice, so a block over it cannot assign `{name}`, which is kept per node"
    remedy = f"draw without replacement: `event {domain.name or 'S'} ~ subset(n, r)`"
    return E212.told(message, span, "which of the copies should stay?", help=remedy)


E213 = Page(
    "E213",
    "nodes do not know whether they take part",
    """A block `node in S:` runs at the nodes of S, so each node must know whether it belongs. It does when S
    is known to all, or when the server has sent something to the members of S in this round. And S must be
    one set: nodes that draw a set each have as many sets as there are nodes. A node that decides for itself
    flips a coin: `node when c -> server: …`.""",
    wrong=Example(f"server: event S ~ subset(n, 2)\nnode in S -> server: q = grad(x)\n{HALVE}"),
    right=Example(f"{_DRAWN}node in S -> server: q = grad(x)\n{HALVE}"),
)


def members_unknown(name: str, span: Span, role: str) -> Diagnostic:
    """`node in S` although the nodes do not know whether they are in S."""
    message = f"the nodes do not know who is in `{name}`"
    remedy = f"send it first: `server -> all: {name}`, or send its members something: `server -> node in {name}: q = …`"
    note = f"`{role} in {name}` needs each node to know whether it takes part"
    return E213.told(message, span, note, help=remedy)


def family_of_sets(name: str, span: Span, placement: Placement) -> Diagnostic:
    """`node in S` where every node has an S of its own."""
    message = (
        f"{reader(placement)} would have a set `{name}` each; who takes part is one set that all agree on"
    )
    remedy = (
        "draw it once, in `server:` (and send it to all) or in `all:`; if each node decides for itself, let it "
        "flip a coin: `event c ~ bernoulli(q)`, then `if c:` or `node when c -> server: …`"
    )
    return E213.told(message, span, "a family of sets", help=remedy)


E217 = Page(
    "E217",
    "`who` of one value, or asked by somebody who cannot tell",
    """`who(q)` is the set of nodes over which q runs: the members of a drawn set, or those who sent under a
    `when`. The server knows it whole; each node knows its own membership only, which is enough for `node in
    who(q):`.""",
    wrong=Example(f"node when norm(x) > 1 -> server: q = x\nall: A = who(q)\n{HALVE}"),
    right=Example(f"node when norm(x) > 1 -> server: q = x\nserver -> all: A = who(q)\n{HALVE}"),
)


def who_of_one(value: str, span: Span) -> Diagnostic:
    """`who` of something without a domain."""
    message = f"`who` asks over which nodes a family runs; `{short(value)}` is one value"
    remedy = "name what nodes sent: `who(q)` after `node when e -> server: q = …`"
    return E217.told(message, span, "one value, not one per node", help=remedy)


def who_unknown(name: str, span: Span, at: Placement) -> Diagnostic:
    """`who(q)` read by someone who cannot tell."""
    who = "not everyone can" if at is Placement.ALL else f"{reader(at)} cannot"
    remedy = f"let the server send it: `server -> all: A = who({name})`"
    if at is Placement.SERVER:
        remedy = f"send it first: `node -> server: {name}`"
    note = "the server knows it whole, each node only whether it belongs"
    return E217.told(f"{who} tell over whom `{name}` runs", span, note, help=remedy)
