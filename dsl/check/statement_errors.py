"""Errors of statements: blocks, draws, messages and loops."""

from __future__ import annotations

from collections.abc import Iterable

from ..text.diagnostics import Diagnostic, Remedy
from ..text.page import COIN, GD, HALVE, STEP, Example, Page
from ..text.source import Span
from .phrases import among, short

E501 = Page(
    "E501",
    "a message inside a role's block",
    """A block is one role's own computation. A message involves two roles, so it stands beside the blocks, at
    the level of the round, of an `if` or of a `repeat`. There its order among everything else is plain, and
    sender and receiver come to it together.""",
    wrong=Example(f"node:\n    m = grad(x)\n    node -> server: m\n{STEP}"),
    right=Example(f"node: m = grad(x)\nnode -> server: m\n{STEP}"),
)


def message_in_block(span: Span, role: str) -> Diagnostic:
    """A message inside a role's block."""
    some = "; what only some nodes send: `node when e -> server: m = …`" if role == "node" else ""
    remedy = f"end the block of `{role}:` before it; messages stand beside the blocks{some}"
    return E501.told(f"a message cannot stand inside `{role}:`", span, "a message", help=remedy)


E502 = Page(
    "E502",
    "a role's block inside another",
    """A block is one role's computation from its first line to its last. Blocks of different roles stand one
    after the other.""",
    wrong=Example("all:\n    x = x / 2\n    node: y = x"),
    right=Example(f"{HALVE}\nnode: y = x"),
)


def block_in_block(span: Span, role: str, outer: str) -> Diagnostic:
    """A role's block inside another."""
    message = f"`{role}:` cannot stand inside `{outer}:`"
    return E502.told(message, span, "a block inside a block", help="put the blocks one after the other")


E503 = Page(
    "E503",
    "a computation that nobody does",
    """Every assignment and every draw is done by a role, since that decides who knows the result and, for a
    draw, whether it must be sent. `all:` is what everyone computes alike, at no cost.""",
    wrong=Example("x = x / 2"),
    right=Example(HALVE),
)


def outside_role(span: Span) -> Diagnostic:
    """A computation that no role does."""
    remedy = f"say who does: `all: {short(span.text)}`, `server: …` or `node: …`"
    return E503.told("nobody is said to compute this", span, "stands outside of a role's block", help=remedy)


E506 = Page(
    "E506",
    "there is no such distribution",
    """Events are drawn from `bernoulli(p)`, `uniform(a, b)`, `normal(mu, s)`, `choice(a, b)`, from the nodes
    with `sample(n, r)` (with replacement), `subset(n, r)` (without) and `each(q)` (a coin for every node), or
    from a node's samples with `minibatch(b)`. `sample` and `subset` draw among all n nodes.""",
    wrong=Example(f"all: event c ~ coin(0.5)\n{HALVE}"),
    right=Example(f"{COIN}{HALVE}"),
)


def unknown_distribution(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """An event of a distribution that does not exist."""
    remedy = among(name, sorted(candidates), "there are")
    return E506.told(f"there is no distribution `{name}`", span, "unknown distribution", help=remedy)


def draws_from_n(name: str, span: Span) -> Diagnostic:
    """`sample`, `subset` or `buckets` of another number than n."""
    message = f"`{name}` draws among all nodes: its first argument is `n`"
    second = "s" if name == "buckets" else "r"
    return E506.told(message, span, "should be `n`", help=Remedy(f"`{name}(n, {second})`", "n"))


E507 = Page(
    "E507",
    "no message goes this way",
    """Messages go `node -> server`, `server -> all`, `server -> node`, `server -> group`, on a graph `node ->
    neighbors`, and `node -> all` for collective compressors. `all`, `link` and `group` are no senders: what
    they know, its holders know already.""",
    wrong=Example(f"node -> node: m = grad(x)\n{HALVE}"),
    right=Example(GD),
)


def bad_route(sender: str, receiver: str, span: Span) -> Diagnostic:
    """A message between roles that send each other nothing."""
    message = f"no message goes from `{sender}` to `{receiver}`"
    remedy = (
        "a message goes `node -> server`, `server -> all`, `server -> node`, `server -> group`, "
        "`node -> neighbors`, `node -> all`"
    )
    return E507.told(message, span, "unknown route", help=remedy)


E508 = Page(
    "E508",
    "`in` or `when` where it has no meaning",
    """`in S` chooses nodes: in `node in S:`, `link in S:`, `node in S -> server:` and `server -> node in S:`.
    `when e` lets each node decide whether to send: in `node when e -> server:` alone. Inside a block a
    condition is an `if`.""",
    wrong=Example(f"node when norm(x) > 1: y = x\n{HALVE}"),
    right=Example(f"node:\n    if norm(x) > 1:\n        y = x\n{HALVE}"),
)


def no_members(role: str, span: Span) -> Diagnostic:
    """`in S` where it has no meaning."""
    message = f"`in` cannot stand behind `{role}` here"
    remedy = "`in S` stands in `node in S:`, `link in S:`, `node in S -> server:` and `server -> node in S:`"
    return E508.told(message, span, "who takes part is fixed here", help=remedy)


def no_condition(span: Span) -> Diagnostic:
    """`when` where it has no meaning."""
    message = "`when` says who sends; it stands in `node when e -> server:` only"
    remedy = "a node's message to the server may be left out: `node when e -> server: m = …`; in a block, write `if e:`"
    return E508.told(message, span, "not a message to the server", help=remedy)


def when_over_bag(span: Span) -> Diagnostic:
    """`when` over a bag."""
    message = "`when` cannot choose among the draws of a bag"
    return E508.told(message, span, "each node decides once", help="draw a `subset(n, r)`")


E515 = Page(
    "E515",
    "a `repeat` of less than no times",
    """The count of a `repeat` is an int from 0 on, where 0 leaves its block out. There is no counting down:
    the counter of `repeat H as t:` goes from 0 to H - 1.""",
    wrong=Example("repeat -1:\n    all: x = x / 2"),
    right=Example("repeat 1:\n    all: x = x / 2"),
)


def negative_count(span: Span) -> Diagnostic:
    """`repeat -1:`."""
    return E515.told("a `repeat` runs a number of times, at least 0", span, "less than 0")


def _rows(values: list[str], indent: str) -> str:
    """Assignments of values to v0, v1, and so on, six a line."""
    written = [f"v{i} = {value}" for i, value in enumerate(values)]
    return "".join(f"{indent}{'; '.join(written[i : i + 6])}\n" for i in range(0, len(written), 6))


_ASKED = "node -> server: q = grad(x)\n"
_BEFORE = _rows(["x"] * 30, "    ")
_PASSED_ON = _rows([*(f"v{i}" for i in range(1, 30)), "q"], "        ")

E516 = Page(
    "E516",
    "too many names pass values on through a `repeat`",
    """Who knows a name at the start of an iteration depends on the iteration before. The checker follows
    values around a `repeat` until nothing changes, and gives up after two dozen times. Bind the names before
    the loop at the role that rebinds them inside, and nothing has to be found out.""",
    wrong=Example(f"{_ASKED}all:\n{_BEFORE}repeat 3:\n    server:\n{_PASSED_ON}{HALVE}"),
    right=Example(f"{_ASKED}server: v = mean(q)\nrepeat 3:\n    server: v = v + mean(q)\n{HALVE}"),
)


def unsettled(span: Span) -> Diagnostic:
    """Placements at the start of a `repeat` that depend on too many names."""
    message = "too many names of these `repeat`s pass values to each other for their places to be found"
    remedy = "before a `repeat`, bind the names that it rebinds at the role that rebinds them"
    return E516.told(message, span, "who knows what is not clear", help=remedy)
