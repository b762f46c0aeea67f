"""Errors of names: read before they are bound, or bound where they are taken."""

from __future__ import annotations

from collections.abc import Iterable

from ..text.diagnostics import Diagnostic, Help
from ..text.page import AVERAGED, HALVE, UP, Example, Page
from ..text.source import Span
from .phrases import did_you_mean

E201 = Page(
    "E201",
    "a name that nothing binds",
    """A name stands for a value that an assignment, a draw or a message bound before, for a `param`, for the
    counter of `round k:` or of a `repeat`, or for a constant of the problem such as `L`, `n` or `x0`. Names
    tell upper from lower case.""",
    wrong=Example(f"{AVERAGED}all: x = x - gama * g", head="param gamma = 1 / L"),
    right=Example(f"{AVERAGED}all: x = x - gamma * g", head="param gamma = 1 / L"),
)


def unknown_name(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """A name that nothing in the spec or the language has."""
    message = f"`{name}` is not bound anywhere"
    return E201.told(message, span, "unknown name", help=_unknown_help(name, candidates), lacks=name)


def _unknown_help(name: str, candidates: Iterable[str]) -> Help:
    """The remedy: the nearest name, or a binding."""
    if name.lower() in ("nan", "inf", "infinity"):
        return "numbers are finite: write one, such as `0.1` or `1e6`"
    return did_you_mean(name, candidates) or f"bind it before it is read: `{name} = …`"


def unnamed_counter(name: str, span: Span) -> Diagnostic:
    """`k` where the round block names no counter."""
    remedy = f"to count the rounds, name the counter: `round {name}:`"
    return E201.told(f"`{name}` is not bound anywhere", span, "unknown name", help=remedy)


E202 = Page(
    "E202",
    "a name that may be read before it is bound",
    """A name must be bound on every path that leads to where it is read. A state is kept from round to round
    and gets its first value in `init`; what only one branch of an `if` binds is not known behind it; what a
    `repeat` binds for the first time lives for one iteration.""",
    wrong=Example(f"{UP}server: v = 0.9 * v + mean(m)\n{HALVE}"),
    right=Example(f"{UP}server: v = 0.9 * v + mean(m)\n{HALVE}", init="all: x = x0\nserver: v = zeros"),
)


def counter_in_init(name: str, span: Span, counter: Span) -> Diagnostic:
    """The round counter before the first round."""
    message = f"`{name}` counts the rounds; `init` comes before the first"
    return E202.told(message, span, "not counting yet", (counter, "named here"))


def counter_outside(name: str, span: Span, counter: Span) -> Diagnostic:
    """The counter of a `repeat` outside of it."""
    message = f"`{name}` counts a `repeat` and is known inside it only"
    return E202.told(message, span, "not known here", (counter, "named here"))


def not_yet_bound(name: str, span: Span, elsewhere: Span | None) -> Diagnostic:
    """A name that is bound, but not on every path to its reading."""
    message = f"`{name}` may be read before it is bound"
    remedy = f"bind `{name}` before, or give it a first value in `init` if it is kept from round to round"
    label = (elsewhere, "bound here, which does not come before on every path")
    return E202.told(message, span, "not bound on every path to here", label, help=remedy, lacks=name)


def bound_on_one_branch(name: str, span: Span, there: Span) -> Diagnostic:
    """A name that one branch of an `if` alone binds, read behind it."""
    message = f"`{name}` is bound on one branch of the `if` only"
    remedy = f"bind `{name}` on both branches, or read it inside the branch"
    note = "unknown when the other branch is taken"
    return E202.told(message, span, note, (there, "bound here"), help=remedy, lacks=name)


def bound_in_repeat(name: str, span: Span, there: Span) -> Diagnostic:
    """A name first bound in a `repeat`, read behind it."""
    message = f"`{name}` is first bound inside the `repeat` and lives for one iteration"
    remedy = f"bind `{name}` before the `repeat`"
    return E202.told(message, span, "no longer known here", (there, "bound here"), help=remedy, lacks=name)


def knower_differs(name: str, span: Span, one: Span, other: Span) -> Diagnostic:
    """A name that the branches of an `if` bind at different placements."""
    message = f"`{name}` is bound for others on one branch than on the other, so nobody knows it here"
    remedy = f"bind `{name}` for the same ones on both branches, or send it on both"
    labels = (one, "bound here"), (other, "and here")
    return E202.told(message, span, "unknown on one of the branches", *labels, help=remedy, lacks=name)


def loop_changes_knowers(name: str, span: Span, before: Span, inside: Span) -> Diagnostic:
    """A name that a `repeat` binds at another placement than it had before."""
    message = (
        f"`{name}` is known to others inside the `repeat` than before it, so nobody surely knows it here"
    )
    remedy = f"bind `{name}` for the same ones before the `repeat` and inside, or take another name inside"
    labels = (before, "bound here, before it"), (inside, "and here, inside")
    note = "unknown to some, if the `repeat` runs zero times"
    return E202.told(message, span, note, *labels, help=remedy, lacks=name)


E304 = Page(
    "E304",
    "a name of the language is bound",
    """The names of functions, of the problem's constants (`L`, `mu`, `n`, `d`, `x0`, `zeros`, …) and of the
    language's words have one meaning in every spec, so that a reader need not look for another. The help
    proposes a name that is free.""",
    wrong=Example("all:\n    mu = 0.5\n    x = mu * x"),
    right=Example("all:\n    my_mu = 0.5\n    x = my_mu * x"),
)


def reserved(name: str, what: str, span: Span, taken: Iterable[str]) -> Diagnostic:
    """A name of the language that the spec binds."""
    remedy = f"take another name, such as `{_free_name(name, taken)}`"
    return E304.told(f"`{name}` is {what} and cannot be bound", span, "taken by the language", help=remedy)


def _free_name(name: str, taken: Iterable[str]) -> str:
    """A name like this one that is not taken."""
    used = set(taken)
    candidates = (f"my_{name}", *(f"{name}_{i}" for i in range(1, 1000)))
    return next(candidate for candidate in candidates if candidate not in used)


E305 = Page(
    "E305",
    "a param, compressor or counter is bound again",
    """Params are fixed before the first round: that is what `--set` sets and what the theory speaks of. A
    step size that changes is a schedule: a `param` whose expression holds the counter `k`. Compressors and
    counters are not values to assign either.""",
    wrong=Example("all:\n    x = gamma * x\n    gamma = gamma / 2", head="param gamma = 0.5"),
    right=Example("all: x = gamma * x", head="param gamma = 0.5 / (1 + k)"),
)


def rebound(name: str, what: str, declared: Span, span: Span, taken: Iterable[str]) -> Diagnostic:
    """A param, a compressor or a counter that is bound again."""
    message = f"`{name}` is {what} and cannot be bound again"
    remedy = f"take another name, such as `{_free_name(name, taken)}`"
    return E305.told(message, span, "bound a second time", (declared, f"{what}, declared here"), help=remedy)


E312 = Page(
    "E312",
    "a name is declared twice",
    """Params and compressors share one set of names, which `--set` and laws go by. Each is declared once.""",
    wrong=Example("all: x = gamma * x", head="param gamma = 0.5\nparam gamma = 0.1"),
    right=Example("all: x = gamma * x", head="param gamma = 0.5\nparam beta  = 0.1"),
)


def declared_twice(name: str, first: Span, span: Span) -> Diagnostic:
    """Two declarations of one name."""
    return E312.told(f"`{name}` is declared twice", span, "again here", (first, "declared here"))


E313 = Page(
    "E313",
    "a statement binds a name twice",
    """The values of `a, b = e, f`, and those of one message, are bound together, after all of them were
    worked out. The same name twice would leave its value open.""",
    wrong=Example("all: x, x = x / 2, x"),
    right=Example("all: x, y = x / 2, x"),
)


def target_twice(name: str, first: Span, span: Span) -> Diagnostic:
    """One name twice among the targets of a statement."""
    return E313.told(f"`{name}` is bound twice by one statement", span, "again here", (first, "first here"))
