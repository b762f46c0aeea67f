"""Errors of calls: functions that do not exist, and arguments that they do not take."""

from __future__ import annotations

from collections.abc import Iterable

from ..text.diagnostics import Diagnostic, Help, Remedy
from ..text.page import HALVE, C, Example, Page, Q
from ..text.source import Span
from .operators import FUNCTIONS
from .phrases import among, did_you_mean, quoted

E306 = Page(
    "E306",
    "not as many arguments as a function takes",
    """Functions take a fixed number of arguments. An aggregate takes one family; `min` and `max` with two or
    more arguments are elementwise; an oracle takes a point and, if it is stochastic, a batch.""",
    wrong=Example("all: x = clip(x)"),
    right=Example("all: x = clip(x, -1, 1)"),
)


def argument_count(function: str, wanted: str, found: int, span: Span) -> Diagnostic:
    """A call with too many or too few arguments."""
    return E306.told(f"`{function}` takes {wanted}; {found} given", span, "not as many as it takes")


E307 = Page(
    "E307",
    "there is no such function",
    """What is called is a function of the language, an oracle, an aggregate, or a compressor that the spec
    declares. A family of compressors such as `top_k` is no function: declare a compressor from it and apply
    that. A value that stands before a parenthesis lacks a `*`.""",
    wrong=Example(f"node -> server: m = top_k(grad(x))\n{HALVE}"),
    right=Example(f"node -> server: m = C(grad(x))\n{HALVE}", head=C),
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
"""Names of other languages, with the call that stands for each here."""

_ABSENT = {
    **dict.fromkeys(
        ("tan", "asin", "acos", "atan", "atan2"), "of trigonometric functions there are `cos` and `sin`"
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
"""Functions that there are not, with what there is in their stead."""


def unknown_function(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """A call of a function that does not exist."""
    message = f"there is no function or compressor `{name}`"
    remedy = _habit(name) or did_you_mean(name, candidates) or _no_function(name)
    return E307.told(message, span, "unknown function", help=remedy, lacks=name)


def _habit(name: str) -> Help:
    """The call that stands for one of another language; of a function only the name is another."""
    call = _HABITS.get(name, "")
    function, parenthesis, _ = call.partition("(")
    words = f"write `{call}`" if call else ""
    return Remedy(words, function) if parenthesis else words


def _no_function(name: str) -> str:
    """The remedy where no function has a name like this one."""
    if name in _ABSENT:
        return _ABSENT[name]
    declared = f"declared first: `compressor {name}: unbiased = rand_k(k = 1)`"
    if name[:1].isupper():
        return f"a compressor is {declared}"
    functions = quoted(sorted(FUNCTIONS))
    return f"the functions of numbers and vectors are {functions}; what is called otherwise is a compressor, {declared}"


def not_a_function(name: str, span: Span) -> Diagnostic:
    """A call of a value."""
    message = f"`{name}` is a value and cannot be called"
    return E307.told(message, span, "not a function", help=f"to multiply, write `{name} * (…)`")


def undeclared(name: str, span: Span) -> Diagnostic:
    """A family of compressors applied as if it were a compressor of the spec."""
    message = f"`{name}` is applied, and the spec declares no compressor from it"
    remedy = f"declare one: `compressor C: any = {name}(…)`; then apply it: `C(e)`"
    return E307.told(message, span, "not declared", help=remedy)


E308 = Page(
    "E308",
    "there is no such named argument",
    """Most functions take their arguments by order alone. Named ones belong to compressors (`rand_k(k = 1)`),
    to `minibatch(b, replace = true)` or `minibatch(b, order = epochs)`, to aggregates of groups (`median(m, by = B)`), and
    to laws.""",
    wrong=Example(f"node: event xi ~ minibatch(4, replacement = true)\n{HALVE}"),
    right=Example(f"node: event xi ~ minibatch(4, replace = true)\n{HALVE}"),
)


def unknown_keyword(function: str, name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """A keyword that a function does not take."""
    remedy = among(name, sorted(candidates), "it takes", "it takes no named arguments")
    return E308.told(f"`{function}` takes no argument `{name}`", span, "unknown argument", help=remedy)


E311 = Page(
    "E311",
    "something that is no value stands in an expression",
    """Functions, compressors and distributions are not values: apply them, `Q(e)`, or draw from them, `event
    c ~ bernoulli(p)`. Quoted texts name sources, theorems and blocks of the model only, and `of` composes compressors
    where they are declared.""",
    wrong=Example(f"node -> server: m = Q\n{HALVE}", head=Q),
    right=Example(f"node -> server: m = Q(grad(x))\n{HALVE}", head=Q),
)


def not_a_value(name: str, what: str, span: Span, remedy: str) -> Diagnostic:
    """A function, a compressor or a distribution read as if it were a value."""
    return E311.told(f"`{name}` is {what}, not a value", span, "a value is needed", help=remedy)


def block_without_quotes(written: str, span: Span) -> Diagnostic:
    """`block(x)`, whose block is no quoted text."""
    name = written if written.isidentifier() else "x"
    remedy = f'write its name in quotes: `block("{name}")`'
    return E311.told(
        "`block` takes the name of a block of the model", span, "not a name in quotes", help=remedy
    )


def no_text_here(span: Span) -> Diagnostic:
    """A quoted string in an expression."""
    return E311.told("a quoted text is not a value", span, "a value is needed")


def composed(span: Span) -> Diagnostic:
    """`a of b` outside of a compressor's declaration."""
    message = "`… of …` composes compressors; it is not a value"
    remedy = "declare it: `compressor Q: unbiased = quantize(s = 4) of rand_k(k = 100)`, then apply `Q(e)`"
    return E311.told(message, span, "a value is needed", help=remedy)
