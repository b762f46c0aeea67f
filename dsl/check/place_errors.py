"""What the checker says of places and knowledge (E2xx): one function per kind of mistake, which alone has the words."""

from __future__ import annotations

from collections.abc import Iterable

from ..text.diagnostics import Diagnostic, Label
from ..text.source import Span
from .kinds import Domain, Kind, Placement, Spread, Where
from .phrases import in_, known, lives, meant, over, reader, refusal, short


def unknown_name(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """Nothing in the spec or the language is called so."""
    return Diagnostic(
        "E201",
        f"`{name}` is not bound anywhere",
        span,
        "unknown name",
        help=_unknown_help(name, candidates),
        lacks=name,
    )


def _unknown_help(name: str, candidates: Iterable[str]) -> str:
    if name.lower() in ("nan", "inf", "infinity"):
        return "numbers are finite: write one, such as `0.1` or `1e6`"
    return meant(name, candidates) or f"bind it before it is read: `{name} = …`"


def unnamed_counter(name: str, span: Span) -> Diagnostic:
    """`k` is read although the round block names no counter."""
    return Diagnostic(
        "E201",
        f"`{name}` is not bound anywhere",
        span,
        "unknown name",
        help=f"to count the rounds, name the counter: `round {name}:`",
    )


def counter_in_init(name: str, span: Span, counter: Span) -> Diagnostic:
    """The round counter before the first round."""
    return Diagnostic(
        "E202",
        f"`{name}` counts the rounds; `init` comes before the first",
        span,
        "not counting yet",
        (Label(counter, "named here"),),
    )


def counter_outside(name: str, span: Span, counter: Span) -> Diagnostic:
    """The counter of a `repeat` outside of it."""
    return Diagnostic(
        "E202",
        f"`{name}` counts a `repeat` and is known inside it only",
        span,
        "not known here",
        (Label(counter, "named here"),),
    )


def not_yet_bound(name: str, span: Span, elsewhere: Span | None) -> Diagnostic:
    """The name is bound, but not on every path that leads here."""
    labels = (Label(elsewhere, "bound here, which does not come before on every path"),) if elsewhere else ()
    return Diagnostic(
        "E202",
        f"`{name}` may be read before it is bound",
        span,
        "not bound on every path to here",
        labels,
        f"bind `{name}` before, or give it a first value in `init` if it is kept from round to round",
        lacks=name,
    )


def bound_on_one_branch(name: str, span: Span, there: Span) -> Diagnostic:
    """After an `if`, a name that one branch alone binds."""
    return Diagnostic(
        "E202",
        f"`{name}` is bound on one branch of the `if` only",
        span,
        "unknown when the other branch is taken",
        (Label(there, "bound here"),),
        f"bind `{name}` on both branches, or read it inside the branch",
        lacks=name,
    )


def bound_in_repeat(name: str, span: Span, there: Span) -> Diagnostic:
    """A name first bound in a `repeat` lives for one iteration."""
    return Diagnostic(
        "E202",
        f"`{name}` is first bound inside the `repeat` and lives for one iteration",
        span,
        "no longer known here",
        (Label(there, "bound here"),),
        f"bind `{name}` before the `repeat`",
        lacks=name,
    )


def knower_differs(name: str, span: Span, one: Span, other: Span) -> Diagnostic:
    """Nobody knows both branches' values."""
    return Diagnostic(
        "E202",
        f"`{name}` is bound for others on one branch than on the other, so nobody knows it here",
        span,
        "unknown on one of the branches",
        (Label(one, "bound here"), Label(other, "and here")),
        f"bind `{name}` for the same ones on both branches, or send it on both",
        lacks=name,
    )


def loop_changes_knowers(name: str, span: Span, before: Span, inside: Span) -> Diagnostic:
    """A `repeat` binds a name for others than know it before."""
    return Diagnostic(
        "E202",
        f"`{name}` is known to others inside the `repeat` than before it, so nobody surely knows it here",
        span,
        "unknown to some, if the `repeat` runs zero times",
        (Label(before, "bound here, before it"), Label(inside, "and here, inside")),
        f"bind `{name}` for the same ones before the `repeat` and inside, or take another name inside",
        lacks=name,
    )


def unreadable(name: str, span: Span, at: Placement, where: Where, bound: Span | None) -> Diagnostic:
    """A block reads what its role does not know."""
    return Diagnostic(
        "E203",
        f"`{name}` {lives(where)}; {refusal(at)}",
        span,
        f"read here by {reader(at)}",
        (Label(bound, known(where)),) if bound else (),
        _missing_message(name, at, where),
    )


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
    return Diagnostic(
        "E203",
        f"`{name}` has one value per node; one value is needed here",
        span,
        "a family",
        help=f"take one figure of it, such as `max({name})`, or read it in `node:`",
    )


def no_data(oracle: str, call: str, span: Span, at: Placement) -> Diagnostic:
    """`grad`, `F` or `loss` outside of a node's expression."""
    who = "the server, which has no data" if at is Placement.SERVER else f"{reader(at)}; only a node has data"
    return Diagnostic(
        "E204",
        f"`{short(call)}` is read by {who}",
        span,
        f"`{oracle}` asks for a node's data",
        help=f"let the nodes compute it and send it: `node -> server: m = {short(call)}`",
    )


def no_data_outside(call: str, span: Span) -> Diagnostic:
    """An oracle in a param, an output or an invariant."""
    return Diagnostic(
        "E204",
        f"`{short(call)}` stands outside of `init` and `round`",
        span,
        "only a node has data, and only there",
        help="bind it in `node:` and read the name",
    )


def family_to_all(value: str, span: Span, target: str) -> Diagnostic:
    """`server -> all` of a family."""
    return Diagnostic(
        "E205",
        f"`{short(value)}` has one value per node; `server -> all` sends one value to everyone",
        span,
        "a family",
        help=f"send each node its own: `server -> node: {target} = …`, or one figure of it: `mean({short(value)})`",
    )


def condition_not_for_all(span: Span, where: Where) -> Diagnostic:
    """An `if` over messages whose condition not everyone knows."""
    return Diagnostic(
        "E207",
        "an `if` that holds messages or several roles needs a condition that everyone knows",
        span,
        known(where),
        help="each node decides for itself whether it sends: `node when c -> server: m = …`"
        if where.placement is Placement.NODE
        else "send what it reads first (`server -> all: c`), or put the `if` inside one role's block",
    )


def count_not_for_all(span: Span, where: Where) -> Diagnostic:
    """A `repeat` at top level whose count not everyone knows."""
    return Diagnostic(
        "E207",
        "a `repeat` outside of a role's block needs a count that everyone knows",
        span,
        known(where),
        help="send the count first, or put the `repeat` inside one role's block",
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
    """At the end of init or a round, a state is not known to those who keep it; `readers` read it."""
    return Diagnostic(
        "E208",
        f"`{name}` is kept by {reader(home.placement)}, but at the end of {end} it {lives(actual)}",
        bound,
        known(actual),
        (Label(home_span, f"first bound here: {known(home)}"),),
        _its_readers_home(name, home_span, actual.placement, readers)
        or _back_home(name, home.placement, actual.placement),
    )


def _its_readers_home(name: str, first: Span, actual: Placement, readers: frozenset[Placement]) -> str:
    """A state that the server alone reads and changes starts there: nobody needs to be sent it."""
    if actual is not Placement.SERVER or not readers <= {Placement.SERVER}:
        return ""
    line = first.source.line_text(first.line).split("#")[0].strip()
    _, colon, assigned = line.partition(":")
    started = assigned.strip() if colon and ";" not in line and "," not in line else f"{name} = …"
    return f"no node reads it before it is sent, so keep it at the server: in `init`, `server: {started}`"


def _back_home(name: str, home: Placement, actual: Placement) -> str:
    match home, actual:
        case Placement.SERVER, _:
            return f"send it: `node -> server: {name}`, or bind it in `server:`"
        case Placement.ALL, Placement.SERVER:
            return f"send it: `server -> all: {name}`, or bind it in `all:`"
        case _:
            return f"bind it in `{home.value}:`, or give this value another name"


def state_spread(name: str, home_span: Span, bound: Span, end: str) -> Diagnostic:
    """A state of one value ends as a family."""
    return Diagnostic(
        "E208",
        f"`{name}` is kept as one value, but at the end of {end} it has one value per node",
        bound,
        "a family",
        (Label(home_span, "first bound here as one value"),),
        f"aggregate it (`mean(…)`), or give it a value per node in `init` (`link: {name} = …`)",
    )


def state_over_subset(
    name: str, home: Placement, home_span: Span, bound: Span, domain: Domain, end: str
) -> Diagnostic:
    """A state ends with values for some nodes only."""
    role = home.value if home in (Placement.NODE, Placement.LINK) else "link"
    return Diagnostic(
        "E208",
        f"`{name}` is kept by every node, but at the end of {end} only {over(domain)} have a value",
        bound,
        f"bound over {over(domain)} only",
        (Label(home_span, "first bound here"),),
        f"assign it in a block of the role that keeps it (`{role}{in_(domain)}: {name} = …`): "
        "the other entries then stay",
    )


def not_a_family(function: str, value: str, kind: Kind, span: Span) -> Diagnostic:
    """An aggregate of one value."""
    return Diagnostic(
        "E214",
        f"`{function}` runs over nodes; `{short(value)}` is one value",
        span,
        "one value, not one per node",
        help=(_of_entries(function, short(value)) if kind is Kind.VECTOR else "")
        or f"leave out `{function}`, or aggregate what the nodes sent",
    )


def _of_entries(function: str, value: str) -> str:
    """How the entries of a vector are added up, where that may be meant."""
    meant = {"sum": f"dot({value}, ones)", "mean": f"dot({value}, ones) / d"}.get(function)
    return f"the {function} of a vector's entries is `{meant}`" if meant else ""


def aggregate_elsewhere(function: str, value: str, span: Span, at: Placement) -> Diagnostic:
    """An aggregate outside of the server."""
    return Diagnostic(
        "E214",
        f"`{function}` runs over all nodes; only the server has the values of all",
        span,
        f"evaluated here by {reader(at)}",
        help="; ".join(
            filter(
                None,
                (
                    f"let the server compute it and send it: `server -> all: g = {function}(…)`",
                    _of_entries(function, short(value)),
                ),
            )
        ),
    )


def no_server(span: Span, function: str = "") -> Diagnostic:
    """A server, or an aggregate, in a decentralised spec."""
    lacking = f", so nobody can take the `{function}` of all nodes" if function else ""
    return Diagnostic(
        "E215",
        f"there is no server on a graph{lacking}",
        span,
        "this spec is decentralised (`on graph`, or a message to `neighbors`)",
        help="exchange values with neighbors: `node -> neighbors: q = …`, then `mix(q)`",
    )


def mix_needs_neighbors(value: str, span: Span, where: Where) -> Diagnostic:
    """`mix` of what the neighbours did not receive."""
    return Diagnostic(
        "E216",
        f"`mix` averages what a node has of its neighbors; `{short(value)}` {lives(where)}",
        span,
        known(where),
        help="send it first: `node -> neighbors: q = …`, then `mix(q)`",
    )


def mix_elsewhere(span: Span, at: Placement) -> Diagnostic:
    """`mix` by someone who is no node."""
    return Diagnostic(
        "E216",
        f"`mix` needs what a node has of all its neighbors; {reader(at)} cannot take it",
        span,
        f"evaluated here by {reader(at)}",
        help="write it in `node:`",
    )


def batch_elsewhere(span: Span, at: Placement) -> Diagnostic:
    """A minibatch drawn by someone without samples."""
    return Diagnostic(
        "E218",
        "a minibatch is drawn from one node's samples, so a node draws it",
        span,
        f"drawn here by {reader(at)}",
        help="draw it in `node:` (each node its own): `node: event xi ~ minibatch(b)`",
    )


def needs_one(what: str, span: Span) -> Diagnostic:
    """One value is needed where a family stands."""
    return Diagnostic(
        "E219",
        f"{what} needs one value; this has one per node",
        span,
        "a family",
        help="aggregate it, or move this into `node:`, where each node has its own",
    )
