"""What the checker says of kinds, names and calls (E3xx): one function per kind of mistake, which alone has the words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..text.diagnostics import Diagnostic, Label
from ..text.source import Span
from .kinds import Kind
from .operators import FUNCTIONS
from .phrases import a_kind, meant, quoted, short


def mixed(operator: str, takes: str, sides: Sequence[tuple[Span, Kind]]) -> Diagnostic:
    """Arguments whose kinds do not go together; names every side."""
    said = " and ".join(f"`{short(side.text)}` is {a_kind(kind)}" for side, kind in sides)
    first, *others = sides
    labels = tuple(Label(side, a_kind(kind)) for side, kind in others)
    return Diagnostic("E301", f"`{operator}` takes {takes}, but {said}", first[0], a_kind(first[1]), labels)


def wrong_kind(what: str, wanted: Sequence[Kind], found: Kind, span: Span, remedy: str = "") -> Diagnostic:
    """One argument of the wrong kind."""
    need = " or ".join(a_kind(kind) for kind in wanted)
    return Diagnostic(
        "E302",
        f"{what} needs {need}; `{short(span.text)}` is {a_kind(found)}",
        span,
        a_kind(found),
        help=remedy,
    )


def state_changes_kind(name: str, first: Kind, first_span: Span, later: Kind, span: Span) -> Diagnostic:
    """A state is of one kind in init and of another at the end of a round."""
    return Diagnostic(
        "E303",
        f"`{name}` starts as {a_kind(first)} and would be {a_kind(later)} after a round",
        span,
        a_kind(later),
        (Label(first_span, f"{a_kind(first)} in `init`"),),
        f"start `{name}` as {a_kind(later)}, or give this value another name",
    )


def reserved(name: str, what: str, span: Span, taken: Iterable[str]) -> Diagnostic:
    """A name of the language is bound."""
    return Diagnostic(
        "E304",
        f"`{name}` is {what} and cannot be bound",
        span,
        "taken by the language",
        help=f"take another name, such as `{free_name(name, taken)}`",
    )


def rebound(name: str, what: str, declared: Span, span: Span, taken: Iterable[str]) -> Diagnostic:
    """A param, a compressor or a counter is bound again."""
    return Diagnostic(
        "E305",
        f"`{name}` is {what} and cannot be bound again",
        span,
        "bound a second time",
        (Label(declared, f"{what}, declared here"),),
        f"take another name, such as `{free_name(name, taken)}`",
    )


def free_name(name: str, taken: Iterable[str]) -> str:
    """A name like this one that nothing bears yet."""
    used = set(taken)
    candidates = (f"my_{name}", *(f"{name}_{i}" for i in range(1, 1000)))
    return next(candidate for candidate in candidates if candidate not in used)


def argument_count(function: str, wanted: str, found: int, span: Span) -> Diagnostic:
    """A call with too many or too few arguments."""
    return Diagnostic("E306", f"`{function}` takes {wanted}; {found} given", span, "not as many as it takes")


def unknown_function(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """A call of nothing that exists."""
    return Diagnostic(
        "E307",
        f"there is no function or compressor `{name}`",
        span,
        "unknown function",
        help=_habit(name) or meant(name, candidates) or _no_function(name),
        lacks=name,
    )


_HABITS = {
    "average": "mean(q)",
    "avg": "mean(q)",
    "maximum": "max(a, b)",
    "minimum": "min(a, b)",
    "inner": "dot(a, b)",
    "matmul": "dot(a, b)",
    "ln": "log(a)",
    "pow": "a ^ b",
    "select": "where(c, a, b)",
    "square": "a ^ 2",
    "proximal": "prox(v, gamma)",
    "gradient": "grad(x)",
    "stochastic_grad": "grad(x, xi)",
}
"""What other languages call a thing that this one has under another name."""


_ABSENT = {
    **dict.fromkeys(
        ("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "pi"), "there are no trigonometric functions"
    ),
    **dict.fromkeys(
        ("tanh", "sinh", "cosh", "sigmoid", "softmax", "relu"),
        "there is none; build it of `exp`, `max` and arithmetic: a sigmoid is `1 / (1 + exp(-a))`",
    ),
    **dict.fromkeys(
        ("hess", "hessian", "hvp", "jacobian", "jac", "newton", "solve", "inv", "inverse", "pinv"),
        "there are no second derivatives and no systems of equations: what a node can ask for is `grad`, `loss`, `F` "
        "and `prox`",
    ),
    **dict.fromkeys(
        ("argmin", "argmax", "argsort", "sort", "topk", "any", "count"),
        "there is none: of a family `min`, `max` and `median` give a value and not whose it is, and `where(c, a, b)` "
        "chooses entries",
    ),
    **dict.fromkeys(
        ("rand", "randn", "random", "randint", "gauss"),
        "there is none; chance is drawn by a line of its own: `event u ~ uniform(0, 1)`",
    ),
    **dict.fromkeys(
        ("len", "size", "shape", "dim"), "there is none: nodes are `n`, entries `d`, senders `sum(1 over m)`"
    ),
    **dict.fromkeys(
        ("transpose", "matmat", "outer", "trace", "svd", "eig", "qr", "det"),
        "there are no matrices: values are vectors",
    ),
}
"""What other languages have and this one lacks, and what there is in its stead."""


def _no_function(name: str) -> str:
    """What there is instead of a function that there is not."""
    if name in _ABSENT:
        return _ABSENT[name]
    if name[:1].isupper():
        return f"a compressor is declared first: `compressor {name}: unbiased = rand_k(k = 1)`"
    return (
        f"the functions of numbers and vectors are {quoted(sorted(FUNCTIONS))}; what is called otherwise is a compressor, "
        f"declared first: `compressor {name}: unbiased = rand_k(k = 1)`"
    )


def _habit(name: str) -> str:
    return f"write `{_HABITS[name]}`" if name in _HABITS else ""


def unknown_keyword(function: str, name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """A keyword that a function does not take."""
    allowed = sorted(candidates)
    remedy = meant(name, allowed) or (
        f"it takes {quoted(allowed)}" if allowed else "it takes no named arguments"
    )
    return Diagnostic(
        "E308", f"`{function}` takes no argument `{name}`", span, "unknown argument", help=remedy
    )


def not_a_condition(what: str, found: Kind, span: Span) -> Diagnostic:
    """A condition that is not a bool."""
    remedy = ""
    if found is Kind.MASK:
        remedy = "a mask has a truth value per coordinate; select entries with `where(c, a, b)`"
    elif found in (Kind.INT, Kind.REAL):
        remedy = f"compare it: `{short(span.text)} > 0`"
    return Diagnostic(
        "E309", f"{what} needs a bool; this is {a_kind(found)}", span, a_kind(found), help=remedy
    )


def branches_differ(name: str, span: Span, one: tuple[Span, Kind], other: tuple[Span, Kind]) -> Diagnostic:
    """A name of two kinds after an `if`."""
    labels = (Label(one[0], f"{a_kind(one[1])} here"), Label(other[0], f"{a_kind(other[1])} here"))
    return Diagnostic(
        "E310",
        f"`{name}` is {a_kind(one[1])} on one branch and {a_kind(other[1])} on the other",
        span,
        "of which kind?",
        labels,
        "give the two values different names",
    )


def loop_changes_kind(
    name: str, span: Span, before: tuple[Span, Kind], inside: tuple[Span, Kind]
) -> Diagnostic:
    """A name of another kind after a `repeat`."""
    first, last = a_kind(before[1]), a_kind(inside[1])
    return Diagnostic(
        "E310",
        f"`{name}` is {first} before the `repeat` and {last} inside",
        span,
        f"{first}, if the `repeat` runs zero times",
        (Label(before[0], f"{first} here"), Label(inside[0], f"{last} here")),
        "give the two values different names",
    )


def members_differ(name: str, span: Span, held: tuple[Span, Kind], stored: tuple[Span, Kind]) -> Diagnostic:
    """Members of a set store a value of another kind than the family has."""
    (first, kept), (value, new) = held, stored
    return Diagnostic(
        "E310",
        f"`{name}` is {a_kind(kept)} for those outside of the set and would be {a_kind(new)} for its members",
        span,
        "of which kind?",
        (Label(first, f"{a_kind(kept)} for each"), Label(value, a_kind(new))),
        "give the two values different names",
    )


def not_a_value(name: str, what: str, span: Span, remedy: str) -> Diagnostic:
    """A function or compressor read as if it were a value."""
    return Diagnostic("E311", f"`{name}` is {what}, not a value", span, "a value is needed", help=remedy)


def no_text_here(span: Span) -> Diagnostic:
    """A quoted string in an expression."""
    return Diagnostic("E311", "a quoted text is not a value", span, "a value is needed")


def composed(span: Span) -> Diagnostic:
    """`a of b` outside of a compressor's declaration."""
    return Diagnostic(
        "E311",
        "`… of …` composes compressors; it is not a value",
        span,
        "a value is needed",
        help="declare it: `compressor Q: unbiased = quantize(s = 4) of rand_k(k = 100)`, then apply `Q(e)`",
    )


def declared_twice(name: str, what: str, first: Span, span: Span) -> Diagnostic:
    """Two declarations of one name."""
    return Diagnostic(
        "E312", f"`{name}` is declared twice", span, "again here", (Label(first, f"{what} here"),)
    )


def target_twice(name: str, first: Span, span: Span) -> Diagnostic:
    """One name twice among the targets of a statement."""
    return Diagnostic(
        "E313", f"`{name}` is bound twice by one statement", span, "again here", (Label(first, "first here"),)
    )


def too_deep(span: Span) -> Diagnostic:
    """An expression nested beyond what the checker follows."""
    return Diagnostic(
        "E314",
        "this expression is nested too deeply",
        span,
        "deeper than 120 levels",
        help="name parts of it",
    )


def unsendable(found: Kind, span: Span) -> Diagnostic:
    """Something in a message that has no meaning elsewhere."""
    return Diagnostic(
        "E302",
        f"`{short(span.text)}` is {a_kind(found)}, which only its node can use; it cannot be sent",
        span,
        a_kind(found),
    )


def not_a_function(name: str, span: Span) -> Diagnostic:
    """A value is called."""
    return Diagnostic(
        "E307",
        f"`{name}` is a value and cannot be called",
        span,
        "not a function",
        help=f"to multiply, write `{name} * (…)`",
    )
