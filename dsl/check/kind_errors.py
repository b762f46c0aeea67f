"""Errors of kinds: operands, arguments and states of the wrong one."""

from __future__ import annotations

from collections.abc import Sequence

from ..text.diagnostics import Diagnostic
from ..text.page import AVERAGED, COIN, HALVE, Example, Page
from ..text.source import Span
from .kinds import Kind
from .phrases import a_kind, short

E301 = Page(
    "E301",
    "operands that do not go together",
    """Values are reals, ints, bools, vectors, masks, sets of nodes or batches; kinds are inferred. Arithmetic
    is elementwise on numbers and vectors, and a number next to a vector applies to every entry. Bools and
    sets do not count as numbers: choose with `where(c, a, b)`.""",
    wrong=Example(f"{AVERAGED}{COIN}all: x = x - c * g"),
    right=Example(f"{AVERAGED}{COIN}all: x = x - where(c, g, zeros)"),
)


def mixed(operator: str, takes: str, sides: Sequence[tuple[Span, Kind]]) -> Diagnostic:
    """Arguments whose kinds do not go together, each with its own."""
    said = " and ".join(f"`{short(side.text)}` is {a_kind(kind)}" for side, kind in sides)
    first, *others = sides
    labels = ((side, a_kind(kind)) for side, kind in others)
    mask = next((side for side, kind in sides if kind is Kind.MASK), None)
    remedy = f"choose entries by it: `where({short(mask.text)}, a, b)`" if mask else ""
    return E301.told(
        f"`{operator}` takes {takes}, but {said}", first[0], a_kind(first[1]), *labels, help=remedy
    )


E302 = Page(
    "E302",
    "an argument of the wrong kind",
    """Every argument has a kind: the point of `grad` is a vector, the size of a subset an int, a probability
    a number. An int is accepted where a real is, never the other way round: round with `ceil` or `floor`. A
    batch means something to its own node only and cannot be sent.""",
    wrong=Example(f"all: event S ~ subset(n, n / 2)\n{HALVE}"),
    right=Example(f"all: event S ~ subset(n, ceil(n / 2))\n{HALVE}"),
)


def wrong_kind(what: str, wanted: Sequence[Kind], found: Kind, span: Span, remedy: str = "") -> Diagnostic:
    """One argument of the wrong kind."""
    need = " or ".join(a_kind(kind) for kind in wanted)
    message = f"{what} needs {need}; `{short(span.text)}` is {a_kind(found)}"
    return E302.told(message, span, a_kind(found), help=remedy)


def unsendable(found: Kind, span: Span) -> Diagnostic:
    """A message item that means nothing to its receiver."""
    message = f"`{short(span.text)}` is {a_kind(found)}, which only its node can use; it cannot be sent"
    return E302.told(message, span, a_kind(found))


E303 = Page(
    "E303",
    "a state changes its kind",
    """A state is of the same kind in every round, the one of its first value in `init`. (A state that starts
    as an int and later takes a real is a real throughout.) `zeros` is the vector that starts a memory; `0` is
    a number.""",
    wrong=Example(f"node: e = e + grad(x)\n{HALVE}", init="all: x = x0\nnode: e = 0"),
    right=Example(f"node: e = e + grad(x)\n{HALVE}", init="all: x = x0\nnode: e = zeros"),
)


def state_changes_kind(name: str, first: Kind, first_span: Span, later: Kind, span: Span) -> Diagnostic:
    """A state that is of one kind in `init` and of another at the end of a round."""
    message = f"`{name}` starts as {a_kind(first)} and would be {a_kind(later)} after a round"
    remedy = f"start `{name}` as {a_kind(later)}, or give this value another name"
    return E303.told(message, span, a_kind(later), (first_span, f"{a_kind(first)} in `init`"), help=remedy)


E309 = Page(
    "E309",
    "a condition is not a bool",
    """Conditions (`if`, `when`, `where`, `require`) are true or false. A number is not: compare it. A
    comparison of vectors is a mask, with an answer for every coordinate: select entries with `where(mask, a,
    b)`, or compare one figure such as a norm.""",
    wrong=Example("if n:\n    all: x = x / 2"),
    right=Example("if n > 1:\n    all: x = x / 2"),
)


def not_a_condition(what: str, found: Kind, span: Span) -> Diagnostic:
    """A condition that is not a bool."""
    remedy = ""
    if found is Kind.MASK:
        remedy = "a mask has a truth value per coordinate; select entries with `where(c, a, b)`"
    elif found in (Kind.INT, Kind.REAL):
        remedy = f"compare it: `{short(span.text)} > 0`"
    return E309.told(f"{what} needs a bool; this is {a_kind(found)}", span, a_kind(found), help=remedy)


E310 = Page(
    "E310",
    "a name is of two kinds after an `if`, or for the members of a set",
    """Behind an `if` a name has the value that the branch taken gave it, and behind `node in S: v = e` that
    of `e` for members of S and its own for the others. It must be of the same kind either way, or nothing
    could be computed with it.""",
    wrong=Example(f"{COIN}if c:\n    all: v = 0\nelse:\n    all: v = x\nall: x = x - v"),
    right=Example(f"{COIN}if c:\n    all: v = zeros\nelse:\n    all: v = x\nall: x = x - v"),
)

_TWO_NAMES = "give the two values different names"


def branches_differ(name: str, span: Span, one: tuple[Span, Kind], other: tuple[Span, Kind]) -> Diagnostic:
    """A name of two kinds after an `if`."""
    first, second = a_kind(one[1]), a_kind(other[1])
    labels = (one[0], f"{first} here"), (other[0], f"{second} here")
    message = f"`{name}` is {first} on one branch and {second} on the other"
    return E310.told(message, span, "of which kind?", *labels, help=_TWO_NAMES)


def loop_changes_kind(
    name: str, span: Span, before: tuple[Span, Kind], inside: tuple[Span, Kind]
) -> Diagnostic:
    """A name of another kind after a `repeat`."""
    first, last = a_kind(before[1]), a_kind(inside[1])
    message = f"`{name}` is {first} before the `repeat` and {last} inside"
    labels = (before[0], f"{first} here"), (inside[0], f"{last} here")
    return E310.told(message, span, f"{first}, if the `repeat` runs zero times", *labels, help=_TWO_NAMES)


def members_differ(name: str, span: Span, held: tuple[Span, Kind], stored: tuple[Span, Kind]) -> Diagnostic:
    """A family in which members of a set store a value of another kind."""
    kept, new = a_kind(held[1]), a_kind(stored[1])
    labels = (held[0], f"{kept} for each"), (stored[0], new)
    message = f"`{name}` is {kept} for those outside of the set and would be {new} for its members"
    return E310.told(message, span, "of which kind?", *labels, help=_TWO_NAMES)


_MINUS = "-" * 80

E314 = Page(
    "E314",
    "an expression is nested too deeply",
    """Expressions are followed to a depth of 120. A spec cannot hold a deeper one, but `--set 'gamma = 4 *
    gamma'` puts the default of `gamma` into the new value, and together they may be. Set the value outright,
    or name parts of it.""",
    wrong=Example(
        "all: x = gamma * x", head=f"param gamma = {_MINUS}0.5", settings=(f"gamma = {_MINUS}gamma",)
    ),
    right=Example("all: x = gamma * x", head=f"param gamma = {_MINUS}0.5", settings=("gamma = 0.5",)),
)


def too_deep(span: Span) -> Diagnostic:
    """An expression nested beyond what the checker follows."""
    message = "this expression is nested too deeply"
    return E314.told(message, span, "deeper than 120 levels", help="name parts of it")
