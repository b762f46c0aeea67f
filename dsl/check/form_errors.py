"""What the checker says of statements and lines (E5xx): one function per kind of mistake, which alone has the words."""

from __future__ import annotations

from collections.abc import Iterable

from ..text.diagnostics import Diagnostic, Label
from ..text.source import Span
from .phrases import meant, quoted, short


def message_in_block(span: Span, role: str) -> Diagnostic:
    """A message inside a role's block."""
    return Diagnostic(
        "E501",
        f"a message cannot stand inside `{role}:`",
        span,
        "a message",
        help=f"end the block of `{role}:` before it; messages stand beside the blocks"
        + ("; what only some nodes send: `node when e -> server: m = …`" if role == "node" else ""),
    )


def block_in_block(span: Span, role: str, outer: str) -> Diagnostic:
    """A role's block inside another."""
    return Diagnostic(
        "E502",
        f"`{role}:` cannot stand inside `{outer}:`",
        span,
        "a block inside a block",
        help="put the blocks one after the other",
    )


def outside_role(span: Span) -> Diagnostic:
    """A computation that no role does."""
    return Diagnostic(
        "E503",
        "nobody is said to compute this",
        span,
        "stands outside of a role's block",
        help=f"say who does: `all: {short(span.text)}`, `server: …` or `node: …`",
    )


def missing_line(what: str, sample: str, span: Span) -> Diagnostic:
    """A spec lacks a line that it needs."""
    return Diagnostic("E504", f"the spec has no `{what}` line", span, "", help=f"add one: `{sample}`")


def line_twice(what: str, first: Span, span: Span) -> Diagnostic:
    """A line that may stand once."""
    return Diagnostic(
        "E505", f"a spec has one `{what}` line", span, "a second one", (Label(first, "the first"),)
    )


def unknown_distribution(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """An event of no known distribution."""
    known = sorted(candidates)
    return Diagnostic(
        "E506",
        f"there is no distribution `{name}`",
        span,
        "unknown distribution",
        help=meant(name, known) or f"there are {quoted(known)}",
    )


def draws_from_n(name: str, span: Span) -> Diagnostic:
    """`sample` and `subset` draw among all nodes."""
    return Diagnostic(
        "E506",
        f"`{name}` draws among all nodes: its first argument is `n`",
        span,
        "should be `n`",
        help=f"`{name}(n, r)`",
    )


def bad_route(sender: str, receiver: str, span: Span) -> Diagnostic:
    """No message travels so."""
    known = (
        "node -> server",
        "server -> all",
        "server -> node",
        "server -> group",
        "node -> neighbors",
        "node -> all",
    )
    return Diagnostic(
        "E507",
        f"no message goes from `{sender}` to `{receiver}`",
        span,
        "unknown route",
        help=f"a message goes {quoted(known)}",
    )


def no_members(role: str, span: Span) -> Diagnostic:
    """`in S` where it has no meaning."""
    return Diagnostic(
        "E508",
        f"`in` cannot stand behind `{role}` here",
        span,
        "who takes part is fixed here",
        help="`in S` stands in `node in S:`, `link in S:`, `node in S -> server:` and `server -> node in S:`",
    )


def no_condition(span: Span) -> Diagnostic:
    """`when` where it has no meaning."""
    return Diagnostic(
        "E508",
        "`when` says who sends; it stands in `node when e -> server:` only",
        span,
        "not a message to the server",
        help="a node's message to the server may be left out: `node when e -> server: m = …`; in a block, write `if e:`",
    )


def when_over_bag(span: Span) -> Diagnostic:
    """`when` over a bag."""
    return Diagnostic(
        "E508",
        "`when` cannot choose among the draws of a bag",
        span,
        "each node decides once",
        help="draw a `subset(n, r)`",
    )


def output_form(span: Span) -> Diagnostic:
    """An output that is none of the forms."""
    return Diagnostic(
        "E509",
        f"`{short(span.text)}` is not something that a spec returns",
        span,
        "not a name of the rounds",
        help="write `output x`, `output average(x)`, `output average(x, weight)` or `output uniform(x)`",
    )


def uniform_weight(span: Span) -> Diagnostic:
    """A weight where none is taken."""
    return Diagnostic(
        "E509", "`uniform` takes no weight", span, "every point counts alike", help="`average(x, weight)`"
    )


def unknown_problem(name: str, span: Span) -> Diagnostic:
    """A kind of problem that does not exist."""
    known = ("minimize", "vi", "variational_inequality", "saddle")
    return Diagnostic(
        "E510",
        f"there is no kind of problem `{name}`",
        span,
        "unknown kind",
        help=meant(name, known) or f"it is one of {quoted(known)}",
    )


def other_oracle(oracle: str, problem: str, declared: Span | None, span: Span) -> Diagnostic:
    """The oracle of the other kind of problem."""
    mine = "`F(z)`" if oracle != "F" else "`grad(x)` and `loss(x)`"
    return Diagnostic(
        "E511",
        f"`{oracle}` is not an oracle of `problem {problem}`",
        span,
        f"`problem {problem}` has {mine}",
        (Label(declared, "declared here"),) if declared else (),
        "change the problem's kind, or ask for its own oracle",
    )


def graph_constant(name: str, span: Span) -> Diagnostic:
    """A constant of networks in a spec with a server."""
    return Diagnostic(
        "E511",
        f"`{name}` is a constant of a network",
        span,
        "this spec has none",
        help="say `problem minimize on graph`",
    )


def unknown_class(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """A guarantee for a class that does not exist."""
    known = list(candidates)
    return Diagnostic(
        "E512",
        f"there is no class of problems `{name}`",
        span,
        "unknown class",
        help=meant(name, known) or f"there are {quoted(known)}",
    )


def bare_metric(name: str, span: Span) -> Diagnostic:
    """A metric or state in a bound without saying when it is measured."""
    return Diagnostic(
        "E512",
        f"`{name}` has a value at every point of the run; a bound is over one figure",
        span,
        "of which points?",
        help=f"write `average({name})`, `last({name})` or `at_output({name})`",
    )


def unknown_metric(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """A guarantee about a metric that does not exist."""
    known = sorted(candidates)
    return Diagnostic(
        "E512",
        f"there is no metric or state `{short(name)}`",
        span,
        "unknown metric",
        help=meant(name, known) or f"there are {quoted(known)}",
    )


def unknown_binding(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """A law fixes something that the spec does not have."""
    known = sorted(candidates)
    return Diagnostic(
        "E513",
        f"a law fixes params, compressors, `n` and events; `{name}` is none of them",
        span,
        "nothing to fix",
        help=meant(name, known) or f"there are {quoted(known)}",
        lacks=name,
    )


def fixed_batch(name: str, span: Span) -> Diagnostic:
    """A law fixes a minibatch."""
    return Diagnostic(
        "E513",
        f"the minibatch `{name}` cannot be fixed",
        span,
        "names no samples",
        help="fix the size that it is drawn with: `when b = max(samples_i)` makes it all samples",
    )


def event_value(name: str, wanted: str, span: Span) -> Diagnostic:
    """A law fixes an event to something that it never is."""
    return Diagnostic(
        "E513", f"event `{name}` is fixed to {wanted}; `{short(span.text)}` is not that", span, "does not fit"
    )


def unknown_draw(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """`drawing` names no draw of this spec."""
    known = sorted(candidates)
    return Diagnostic(
        "E513",
        f"nothing is drawn under the name `{name}`",
        span,
        "no draw",
        help=meant(name, known) or f"draws are made under {quoted(known)}",
    )


def invariant_sides(left: str, right: str, span: Span) -> Diagnostic:
    """The two sides of an invariant are of different kinds."""
    return Diagnostic(
        "E514", f"an invariant compares like with like; here {left} and {right}", span, "two kinds"
    )


def negative_count(span: Span) -> Diagnostic:
    """`repeat -1:`."""
    return Diagnostic("E515", "a `repeat` runs a number of times, at least 0", span, "less than 0")


def unsettled(span: Span) -> Diagnostic:
    """What names are at the start of a `repeat` hangs on too many others."""
    return Diagnostic(
        "E516",
        "too many names of these `repeat`s pass values to each other for their places to be found",
        span,
        "who knows what is not clear",
        help="before a `repeat`, bind the names that it rebinds at the role that rebinds them",
    )
