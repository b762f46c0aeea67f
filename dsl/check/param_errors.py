"""Errors of params, settings and figures of compressors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..text.diagnostics import Diagnostic
from ..text.page import HALVE, C, Example, Page, Q
from ..text.source import Span
from .contracts import Class, Contract
from .phrases import among, did_you_mean, quoted, short

E406 = Page(
    "E406",
    "a figure that the class of a compressor does not have",
    """`omega(Q)` bounds the variance of an unbiased compressor, `ab_A(Q)` and `ab_B(Q)` that of its mean over the
    nodes, `delta(C)` the loss of a contractive one. A compressor declared `any` has what the one that is bound to it
    has. `density`, `bits` and `share` exist for all.""",
    wrong=Example(HALVE, head=f"{C}\nparam alpha = 1 / (1 + omega(C))"),
    right=Example(HALVE, head=f"{C}\nparam alpha = 1 / delta(C)"),
)


def no_figure(figure: str, compressor: str, contract: Contract, declared: Span, span: Span) -> Diagnostic:
    """`omega` or `delta` of a compressor that need not have one."""
    a, wanted, other = ("a", "contractive", "omega") if figure == "delta" else ("an", "unbiased", "delta")
    remedy = f"declare it `compressor {compressor}: {wanted}`"
    if contract in (Contract.UNBIASED, Contract.CONTRACTIVE):
        remedy = f"what is {contract.value} has `{other}({compressor})`; or {remedy}"
    message = f"only {a} {wanted} compressor has `{figure}`; `{compressor}` is declared `{contract.value}`"
    return E406.told(message, span, f"no `{figure}` is known", (declared, "declared here"), help=remedy)


def no_figure_of_bound(figure: str, compressor: str, actual: Class, bound: Span, span: Span) -> Diagnostic:
    """`omega` or `delta` of a compressor declared `any`, where the one that is bound has none."""
    a, wanted, other = ("a", "contractive", "omega") if figure == "delta" else ("an", "unbiased", "delta")
    has = f"; it has `{other}({compressor})`" if actual.has(other) else ""
    message = f"only {a} {wanted} compressor has `{figure}`; `{short(bound.text)}` is {actual.value}"
    remedy = f"bind {a} {wanted} one to `{compressor}`, and declare it so if it must be{has}"
    return E406.told(message, span, f"no `{figure}` is known", (bound, "bound here"), help=remedy)


E407 = Page(
    "E407",
    "a setting of something that the spec does not have",
    """`--set NAME=EXPR` sets a param or a compressor of the spec, each at most once. Inside EXPR the name
    stands for its default, if it has one.""",
    wrong=Example("all: x = gamma * x", head="param gamma = 0.5", settings=("gama = 0.1",)),
    right=Example("all: x = gamma * x", head="param gamma = 0.5", settings=("gamma = 0.1",)),
)


def unknown_setting(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """`--set` of a name that the spec does not declare."""
    remedy = among(name, sorted(candidates), "it has", "it has none")
    return E407.told(f"the spec has no param or compressor `{name}`", span, "nothing to set", help=remedy)


def set_twice(name: str, first: Span, span: Span) -> Diagnostic:
    """Two `--set` of one name."""
    return E407.told(f"`{name}` is set twice", span, "again here", (first, "first here"))


def no_default(name: str, span: Span) -> Diagnostic:
    """A setting that reads the default of a param or compressor without one."""
    return E407.told(f"`{name}` has no default to start from", span, "stands for its default")


def no_outcome(name: str, span: Span, outcomes: str) -> Diagnostic:
    """A binding of a draw, or of the number of nodes, to what it cannot come to."""
    message = f"`{name}` is not bound to that"
    remedy = f"bind it to {outcomes}" if outcomes else "bind the params that its draw depends on"
    return E407.told(message, span, "comes to no such value", help=remedy)


E408 = Page(
    "E408",
    "a param depends on itself or on a later one",
    """Params are worked out from top to bottom, before the first round. Each reads those above it. A
    compressor whose argument depends on a figure of the same compressor would go round in a circle.""",
    wrong=Example("all: x = gamma * x", head="param gamma = p / 2\nparam p     = 0.5"),
    right=Example("all: x = gamma * x", head="param p     = 0.5\nparam gamma = p / 2"),
)


def declared_later(name: str, span: Span, declared: Span) -> Diagnostic:
    """A param that reads one further down."""
    message = f"param `{name}` is declared further down"
    remedy = f"move the line of `{name}` up"
    return E408.told(message, span, "not known yet", (declared, "declared here"), help=remedy)


def circle(name: str, through: str, span: Span, declared: Span) -> Diagnostic:
    """An argument of a compressor that depends on its own figures."""
    message = f"an argument of `{name}` depends on `{through}`, which depends on `{name}`"
    return E408.told(message, span, "a circle", (declared, f"`{through}` asks for a figure of `{name}`"))


def itself(name: str, span: Span) -> Diagnostic:
    """A param that reads itself."""
    return E408.told(f"param `{name}` is defined by itself", span, "not known yet")


E409 = Page(
    "E409",
    "a param reads a value of the rounds",
    """Params and arguments of compressors are known before the first round, from constants of the problem,
    figures of compressors and other params. What depends on the iterates is computed in the round; what
    depends on the round's number alone may be a param, a schedule in `k`.""",
    wrong=Example("all: x = gamma * x", head="param gamma = 1 / (1 + norm(x))"),
    right=Example("all:\n    gamma = 1 / (1 + norm(x))\n    x = gamma * x"),
)


def round_value(name: str, span: Span, bound: Span | None) -> Diagnostic:
    """A param that reads a value of the rounds."""
    message = f"`{name}` is a value of the rounds; params and arguments of compressors are known before"
    remedy = "compute with it inside `round`, or use constants and other params"
    return E409.told(message, span, "not known here", (bound, "bound here"), help=remedy)


E411 = Page(
    "E411",
    "a param is no number",
    """A param is a number or a bool that can be set on the command line. Vectors are values of the method:
    bind them in `init`.""",
    wrong=Example("all: x = x - v", head="param v = zeros"),
    right=Example("all: x = x - v", init="all:\n    x = x0\n    v = zeros"),
)


def not_a_scalar(name: str, found: str, span: Span) -> Diagnostic:
    """A param that is no number."""
    return E411.told(f"param `{name}` is a number or a bool; this is {found}", span, found)


E412 = Page(
    "E412",
    "a figure of something that is no compressor",
    """`omega`, `delta`, `density`, `bits`, `share`, `ab_A` and `ab_B` are figures of a compressor that the spec
    declares, given by its name. The dimension of the model is `d`, and everything about the problem has a constant of
    its own.""",
    wrong=Example(HALVE, head="param p = density(x0) / d"),
    right=Example(HALVE, head=f"{Q}\nparam p = density(Q) / d"),
)


def not_a_compressor(figure: str, name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """A figure of something that is no compressor."""
    message = f"`{figure}` is a figure of a compressor; `{short(name)}` is none"
    remedy = among(name, sorted(candidates), "the spec declares", "the spec declares none")
    return E412.told(message, span, "not a compressor", help=remedy, lacks=name)


E413 = Page(
    "E413",
    "`prev` of something that is no param",
    """`prev(gamma)` is the value that a schedule had in the last round. To use the last round's value of
    something that is computed, keep it: bind it to a name of its own before it changes.""",
    wrong=Example("all: x = x / 2 + 0.1 * prev(x)"),
    right=Example(
        "all:\n    y = x / 2 + 0.1 * x_old\n    x_old = x\n    x = y", init="all:\n    x = x0\n    x_old = x0"
    ),
)


def not_a_param(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """`prev` of something that is no param."""
    message = f"`prev` gives a param's value of the last round; `{short(name)}` is none"
    remedy = did_you_mean(name, candidates) or "to keep a value of the rounds, bind it to a name of its own"
    return E413.told(message, span, "not a param", help=remedy)


E418 = Page(
    "E418",
    "`--set` of what nothing depends on",
    """What is set on the command line must be able to change the run. A param that the spec declares and
    never reads cannot, nor can one that only another param's default reads while that param is set as well.
    Read it where it is meant, or leave the setting out.""",
    wrong=Example(HALVE, head="param gamma = 1 / L", settings=("gamma = 100",)),
    right=Example("all: x = x - gamma * x", head="param gamma = 1 / L", settings=("gamma = 100",)),
)


def setting_of_nothing(name: str, algorithm: str, span: Span, others: Sequence[str]) -> Diagnostic:
    """`--set` of what no step of the method depends on."""
    instead = f", or {quoted(others)} took the place of what did" if others else ""
    message = f"`{name}` is set, but nothing in {algorithm} depends on it"
    remedy = f"leave it out: the spec does not read `{name}`{instead}"
    return E418.told(message, span, "changes nothing", help=remedy)
