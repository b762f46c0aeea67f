"""Errors about constructs that the language has and a run cannot execute."""

from __future__ import annotations

from ..text.diagnostics import Diagnostic
from ..text.page import AVERAGED, COMPRESSED, DOWN, GD, HALVE, STEP, C, Example, Page
from ..text.source import Span

_MEMORY = "all: x = x0\nlink: h = zeros"
_GIVEN = f"node -> server: m = C(grad(x), k = j)\n{DOWN}all: x = x - g"

E601 = Page(
    "E601",
    "a part of the language that this version does not run",
    """A run executes what has been built of the language. What it cannot execute `cablese check` tells, and a
    run refuses before the first round; it never runs something else in its place.""",
    wrong=Example(f"group: y = 2 * x\n{GD}", output="output y"),
    right=Example(f"group: y = 2 * x\nnode -> server: m = grad(y)\n{STEP}"),
)


def not_executed(what: str, span: Span) -> Diagnostic:
    """A statement or function that this version checks but cannot run."""
    message = f"{what} is part of the language, but this version does not run it"
    return E601.told(message, span, "understood, not executed", help="write it without this")


def support_is_lost(name: str, span: Span) -> Diagnostic:
    """`support` of a value that was stored among others, or comes from one of several compressors."""
    message = f"`{name}` is held as plain numbers here: this version does not know which a codec wrote"
    remedy = "take the support where the value is compressed, and keep the mask: `s = support(q)`"
    return E601.told(message, span, "its `support` is lost", help=remedy)


E602 = Page(
    "E602",
    "a compressor that nobody chose",
    """A spec may leave its compressor open, as papers do: `compressor Q: unbiased`. Then whoever runs it
    chooses one of that class: `--set 'Q = rand_k(k = 1)'`.""",
    wrong=Example(COMPRESSED, head="compressor Q: unbiased"),
    right=Example(COMPRESSED, head="compressor Q: unbiased", settings=("Q = rand_k(k = 1)",)),
)


def no_default(name: str, contract: str, span: Span) -> Diagnostic:
    """A compressor without a default that no setting binds."""
    message = f"compressor `{name}` has no default, and the command line binds none"
    remedy = f"bind one: `--set '{name}=…'`; `cablese list compressors` shows what there is"
    return E602.told(message, span, f"any {contract} compressor fits", help=remedy)


E603 = Page(
    "E603",
    "values over a set whose name holds another set by now",
    """Next to values over S, a family of all nodes stands for its members' entries. Which ones that are is
    known as long as `S` is the same set. Give two sets two names, or combine the values before drawing anew.""",
    wrong=Example(
        "all: event S ~ subset(n, 2)\nnode in S -> server: q = grad(x)\nall: event S ~ subset(n, 2)\n"
        f"server: g = mean(q - h)\n{HALVE}",
        init=_MEMORY,
    ),
    right=Example(
        "all: event S ~ subset(n, 2)\nnode in S -> server: q = grad(x)\nall: event T ~ subset(n, 2)\n"
        "node in T -> server: r = grad(x)\nserver -> all: g = mean(q - h), u = mean(r)\nall: x = x - g - u",
        init=_MEMORY,
    ),
)


def set_is_gone(name: str, span: Span) -> Diagnostic:
    """A family over a set whose name holds another set by now, beside a family that all nodes have."""
    message = f"this runs over an earlier `{name}`, which was bound anew since"
    remedy = f"give the two sets different names, or put this before `{name}` is bound again"
    return E603.told(message, span, "whose rows of the other families are meant is lost", help=remedy)


E606 = Page(
    "E606",
    "an aggregate of constants away from the server",
    """`mean(L_i)` or `max(samples_i)` is one number, known before the first round; but a process that runs
    some of the nodes has the constants of those alone. It is worked out where params are, so give it a name
    there.""",
    wrong=Example(f"{AVERAGED}all: x = x - g / mean(L_i)"),
    right=Example(f"{AVERAGED}all: x = x - g / a", head="param a = mean(L_i)"),
)


def constant_aggregate(operator: str, span: Span) -> Diagnostic:
    """`mean(L_i)` in a round: a number known beforehand, of values that no process holds all of."""
    message = f"`{operator}` of constants is known before the rounds; this version takes it as a param alone"
    remedy = f"name it above: `param a = {span.text}`, and read `a` here"
    return E606.told(message, span, "worked out once, not in every round", help=remedy)


E607 = Page(
    "E607",
    "a schedule is read before the first round",
    """A param whose expression holds the counter `k` has a value in each round. `init` comes before round 0,
    where it has none.""",
    wrong=Example("all: x = gamma * x", head="param gamma = 1 / (1 + k)", init="all: x = x0 * gamma"),
    right=Example("all: x = gamma * x", head="param gamma = 1 / (1 + k)"),
)


def schedule_in_init(span: Span) -> Diagnostic:
    """A param that depends on the round, read before the first one."""
    message = "what depends on the round has no value in `init`"
    remedy = "use a param that does not change, or move this into the round"
    return E607.told(message, span, "read before round 0", help=remedy)


E608 = Page(
    "E608",
    "an argument of a compressor is not known to all",
    """`Q(e, k = j)` gives an argument as a value of the round. Who receives the message must know it to read
    the message, so it is one number that all know: computed in `all:`, drawn there, or broadcast before.""",
    wrong=Example(f"node: j = 1 + floor(norm(x))\n{_GIVEN}", head=C),
    right=Example(f"all: j = 1 + floor(norm(x))\n{_GIVEN}", head=C),
)


def setting_not_known(name: str, span: Span) -> Diagnostic:
    """`Q(e, k = j)` where a receiver could not tell how to read the message."""
    message = f"the argument `{name}` is not one number that all know"
    remedy = "compute it in `all:`, or from what the server broadcast before"
    return E608.told(message, span, "who receives the message could not read it", help=remedy)
