"""Errors of places and knowledge: a role does what it cannot, or reads what it does not know."""

from __future__ import annotations

from ..text.diagnostics import Diagnostic
from ..text.page import GD, HALVE, UP, Example, Page
from ..text.source import Span
from .kinds import Domain, Placement, Spread, Where
from .phrases import in_, known, lives, over, reader, refusal, short

_GRAPH = "problem minimize on graph"
_MIXED = Example("node -> neighbors: q = x\nnode: x = mix(q) / 2", init="node: x = x0", problem=_GRAPH)

E203 = Page(
    "E203",
    "a role reads what it does not know",
    """Every value is known to somebody: to all, to the server, to each node its own (`node`), to the server
    and a node together (`link`), to a group, to neighbors. A block reads only what its role knows, and
    knowledge grows by messages alone: that is what the method pays for. The help names the message that is
    missing.""",
    wrong=Example("node: m = grad(x)\nserver: g = mean(m)\nserver -> all: g\nall: x = x - g / L"),
    right=Example(f"{UP}server: g = mean(m)\nserver -> all: g\nall: x = x - g / L"),
)


def unreadable(name: str, span: Span, at: Placement, where: Where, bound: Span | None) -> Diagnostic:
    """A value that is read where the role does not know it."""
    message = f"`{name}` {lives(where)}; {refusal(at)}"
    remedy = _missing_message(name, at, where)
    return E203.told(message, span, f"read here by {reader(at)}", (bound, known(where)), help=remedy)


def _missing_message(name: str, at: Placement, where: Where) -> str:
    """The message that would make the value known to the reader."""
    family = where.spread is not Spread.ONE
    up = f"`node{in_(where.domain)} -> server: {name}`"
    match at, where.placement:
        case Placement.ALL, Placement.SERVER if not family:
            return f"send it first: `server -> all: {name}`"
        case Placement.ALL, Placement.NODE | Placement.NEIGHBORS:
            return f"send it first: {up}, then one value to all: `server -> all: mean_{name} = mean({name})`"
        case Placement.ALL, _:
            return f"send one value to all: `server -> all: mean_{name} = mean({name})`"
        case Placement.SERVER, _:
            return f"send it first: {up}"
        case Placement.NODE, _:
            return f"send it first: `server -> {'node' if family else 'all'}: {name}`"
        case Placement.LINK | Placement.NEIGHBORS, Placement.GROUP:
            return "read it in `node:` or `server:`, where it is known"
        case Placement.LINK, Placement.SERVER:
            return f"send it first: `server -> node: {name}`"
        case Placement.LINK, _:
            return f"send it first: {up}"
        case Placement.GROUP, Placement.SERVER:
            return f"send it first: `server -> group: {name}`"
        case Placement.NEIGHBORS, _:
            return f"send it first: `node -> neighbors: {name}`"
        case _:
            return f"read it in `{'node' if where.placement is Placement.NODE else 'server'}:`, where it is known"


def constant_family(name: str, span: Span) -> Diagnostic:
    """`L_i` or `samples_i` where one value is meant."""
    message = f"`{name}` has one value per node; one value is needed here"
    remedy = f"take one figure of it, such as `max({name})`, or read it in `node:`"
    return E203.told(message, span, "a family", help=remedy)


E204 = Page(
    "E204",
    "an oracle is asked by somebody without data",
    """The data are at the nodes. `grad(x)`, `F(z)` and `loss(x)` are of the node's own function, so they
    stand in expressions that nodes evaluate: in `node:` and in what nodes send. The server gets at the
    gradient of the whole function by the mean of what the nodes send.""",
    wrong=Example("server -> all: g = grad(x)\nall: x = x - g / L"),
    right=Example(GD),
)


def no_data(oracle: str, call: str, span: Span, at: Placement) -> Diagnostic:
    """`grad`, `F` or `loss` outside of a node's expression."""
    who = "the server, which has no data" if at is Placement.SERVER else f"{reader(at)}; only a node has data"
    message = f"`{short(call)}` is read by {who}"
    remedy = f"let the nodes compute it and send it: `node -> server: m = {short(call)}`"
    return E204.told(message, span, f"`{oracle}` asks for a node's data", help=remedy)


def no_data_outside(call: str, span: Span) -> Diagnostic:
    """An oracle in a param, an output or an invariant."""
    message = f"`{short(call)}` stands outside of `init` and `round`"
    remedy = "bind it in `node:` and read the name"
    return E204.told(message, span, "only a node has data, and only there", help=remedy)


E205 = Page(
    "E205",
    "one value per node is sent to all",
    """`server -> all` is a broadcast of one value. A family, one value per node, is either aggregated first,
    as in `mean(m)`, or sent with `server -> node`, which gives each node its own.""",
    wrong=Example(f"{UP}server -> all: g = m\n{HALVE}"),
    right=Example(GD),
)


def family_to_all(value: str, span: Span, target: str) -> Diagnostic:
    """`server -> all` of a family."""
    message = f"`{short(value)}` has one value per node; `server -> all` sends one value to everyone"
    remedy = (
        f"send each node its own: `server -> node: {target} = …`, or one figure of it: `mean({short(value)})`"
    )
    return E205.told(message, span, "a family", help=remedy)


E207 = Page(
    "E207",
    "a choice that not everyone can follow",
    """When a branch or a loop holds messages, or blocks of several roles, all must take the same branch, or
    some would wait for messages that nobody sends. So its condition or count must be known to all: drawn in
    `all:`, or drawn by the server and sent. Inside one role's block that role alone needs to know it.""",
    wrong=Example(f"server: event c ~ bernoulli(0.5)\nif c:\n    node -> server: m = grad(x)\n{HALVE}"),
    right=Example(
        f"server: event c ~ bernoulli(0.5)\nserver -> all: c\nif c:\n    node -> server: m = grad(x)\n{HALVE}"
    ),
)


def condition_not_for_all(span: Span, where: Where) -> Diagnostic:
    """An `if` over messages whose condition not everyone knows."""
    remedy = (
        "each node decides for itself whether it sends: `node when c -> server: m = …`"
        if where.placement is Placement.NODE
        else "send what it reads first (`server -> all: c`), or put the `if` inside one role's block"
    )
    message = "an `if` that holds messages or several roles needs a condition that everyone knows"
    return E207.told(message, span, known(where), help=remedy)


def count_not_for_all(span: Span, where: Where) -> Diagnostic:
    """A `repeat` at top level whose count not everyone knows."""
    message = "a `repeat` outside of a role's block needs a count that everyone knows"
    remedy = "send the count first, or put the `repeat` inside one role's block"
    return E207.told(message, span, known(where), help=remedy)


E208 = Page(
    "E208",
    "a state does not come home",
    """A state has a home: whoever its first assignment in `init` makes know it. At the end of `init` and of
    every round it must be known there again, one value where it was one value, and for every node where it
    was a family. Otherwise the next round would start from a value that its readers do not have.""",
    wrong=Example(f"{UP}server: x = x - mean(m) / L"),
    right=Example(f"{UP}server -> all: x = x - mean(m) / L"),
)


def state_not_home(
    name: str,
    home: Where,
    home_span: Span,
    actual: Where,
    bound: Span,
    end: str,
    *,
    readers: frozenset[Placement],
) -> Diagnostic:
    """A state that is not known at its home at the end of `init` or of a round; `readers` are the roles that read it."""
    message = f"`{name}` is kept by {reader(home.placement)}, but at the end of {end} it {lives(actual)}"
    first = (home_span, f"first bound here: {known(home)}")
    back = _back_home(name, home.placement, actual.placement)
    remedy = _its_readers_home(name, home_span, actual.placement, readers) or back
    return E208.told(message, bound, known(actual), first, help=remedy)


def _its_readers_home(name: str, first: Span, actual: Placement, readers: frozenset[Placement]) -> str:
    """The remedy for a state that the server alone reads and changes: it starts there, and nobody is sent it."""
    if actual is not Placement.SERVER or not readers <= {Placement.SERVER}:
        return ""
    line = first.source.line_text(first.line).split("#")[0].strip()
    _, colon, assigned = line.partition(":")
    started = assigned.strip() if colon and ";" not in line and "," not in line else f"{name} = …"
    return f"no node reads it before it is sent, so keep it at the server: in `init`, `server: {started}`"


def _back_home(name: str, home: Placement, actual: Placement) -> str:
    """The remedy for any other state: the message that brings it home."""
    match home, actual:
        case Placement.SERVER, _:
            return f"send it: `node -> server: {name}`, or bind it in `server:`"
        case Placement.ALL, Placement.SERVER:
            return f"send it: `server -> all: {name}`, or bind it in `all:`"
        case _:
            return f"bind it in `{home.value}:`, or give this value another name"


def state_spread(name: str, home_span: Span, bound: Span, end: str) -> Diagnostic:
    """A state of one value that ends as a family."""
    message = f"`{name}` is kept as one value, but at the end of {end} it has one value per node"
    remedy = f"aggregate it (`mean(…)`), or give it a value per node in `init` (`link: {name} = …`)"
    return E208.told(message, bound, "a family", (home_span, "first bound here as one value"), help=remedy)


def state_over_subset(
    name: str, home: Placement, home_span: Span, bound: Span, domain: Domain, end: str
) -> Diagnostic:
    """A state that ends with values for some nodes only."""
    role = home.value if home in (Placement.NODE, Placement.LINK) else "link"
    message = f"`{name}` is kept by every node, but at the end of {end} only {over(domain)} have a value"
    remedy = (
        f"assign it in a block of the role that keeps it (`{role}{in_(domain)}: {name} = …`): "
        "the other entries then stay"
    )
    note = f"bound over {over(domain)} only"
    return E208.told(message, bound, note, (home_span, "first bound here"), help=remedy)


E215 = Page(
    "E215",
    "a server on a graph",
    """A method `on graph` is decentralised: nodes exchange values with their neighbors, and nobody knows the
    values of all. So there is no server and no `mean` of all nodes; `mix(q)` averages what the neighbors
    sent, weighted by the graph. A message to `neighbors` makes a spec decentralised even if its `problem`
    line does not say so.""",
    wrong=Example("node -> server: q = x\nnode: x = x / 2", init="node: x = x0", problem=_GRAPH),
    right=_MIXED,
)


def no_server(span: Span, function: str = "") -> Diagnostic:
    """A server, or an aggregate, in a decentralised spec."""
    lacking = f", so nobody can take the `{function}` of all nodes" if function else ""
    message = f"there is no server on a graph{lacking}"
    remedy = "exchange values with neighbors: `node -> neighbors: q = …`, then `mix(q)`"
    note = "this spec is decentralised (`on graph`, or a message to `neighbors`)"
    return E215.told(message, span, note, help=remedy)


E222 = Page(
    "E222",
    "copies kept at neighbors of a directed graph",
    """A method `on directed graph` runs also where other nodes hear a node in each round, and what it sent in the last
    round did not reach those who hear it now. So neighbors keep nothing of a node: a message to them holds for
    its round, and what must last stands in `node:`.""",
    wrong=Example(
        "node: x = mix(q) / 2\nnode -> neighbors: q = x",
        init="node: x = x0\nnode -> neighbors: q = x",
        problem="problem minimize on directed graph",
    ),
    right=Example(
        "node -> neighbors: q = x\nnode: x = mix(q) / 2",
        init="node: x = x0",
        problem="problem minimize on directed graph",
    ),
)


def no_copies(span: Span) -> Diagnostic:
    """A block of `neighbors` on a graph that may change."""
    message = "neighbors keep no copies on a directed graph: others may hear a node in the next round"
    return E222.told(
        message, span, "evaluated by who hears a node", help="compute it in `node:`, and send it"
    )


def no_kept_message(name: str, span: Span) -> Diagnostic:
    """A message to neighbours that is read in a later round, on a graph that may change."""
    message = (
        f"`{name}` is kept by the neighbors from round to round, but others may hear a node in the next one"
    )
    remedy = "send it in the round that reads it"
    return E222.told(message, span, "first bound here, at those who heard it then", help=remedy)


E216 = Page(
    "E216",
    "`mix` of what the neighbors did not send",
    """`mix(q)` is the weighted sum of q over a node's neighbors and the node itself, so q must have been sent
    to the neighbors, or be kept by them. Its result is the node's own, so it stands in `node:`.""",
    wrong=Example("node: x = mix(x) / 2", init="node: x = x0", problem=_GRAPH),
    right=_MIXED,
)


def mix_needs_neighbors(value: str, span: Span, where: Where) -> Diagnostic:
    """`mix` of what the neighbours did not receive."""
    message = f"`mix` averages what a node has of its neighbors; `{short(value)}` {lives(where)}"
    remedy = "send it first: `node -> neighbors: q = …`, then `mix(q)`"
    return E216.told(message, span, known(where), help=remedy)


def mix_elsewhere(span: Span, at: Placement) -> Diagnostic:
    """`mix` by someone who is no node."""
    message = f"`mix` needs what a node has of all its neighbors; {reader(at)} cannot take it"
    return E216.told(message, span, f"evaluated here by {reader(at)}", help="write it in `node:`")


E218 = Page(
    "E218",
    "a minibatch drawn by somebody without samples",
    """`minibatch(b)` names b of a node's own samples. Only the node that has them can draw it, and its only
    use is the second argument of an oracle: `grad(x, xi)`.""",
    wrong=Example(f"server: event xi ~ minibatch(4)\n{HALVE}"),
    right=Example(f"node: event xi ~ minibatch(4)\nnode -> server: m = grad(x, xi)\n{HALVE}"),
)


def batch_elsewhere(span: Span, at: Placement) -> Diagnostic:
    """A minibatch drawn by someone without samples."""
    message = "a minibatch is drawn from one node's samples, so a node draws it"
    remedy = "draw it in `node:` (each node its own): `node: event xi ~ minibatch(b)`"
    return E218.told(message, span, f"drawn here by {reader(at)}", help=remedy)
