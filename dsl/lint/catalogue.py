"""Warnings of what is legal in a spec and surely not meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..check.kinds import Placement
from ..check.phrases import did_you_mean, quoted
from ..text.diagnostics import Diagnostic, Help, Remedy
from ..text.page import AVERAGED, DOWN, GD, STEP, UP, C, Example, Page, Q
from ..text.source import Span

_MEMORY = "all: x = x0\nnode: e = zeros"
_SMALL_STEP = f"{DOWN}all: x = x - g / (8 * L)"

W101 = Page(
    "W101",
    "a param that nothing reads",
    """A param is there to be set: `--set gamma=0.1` must change something. One that no step, no other param
    and no compressor reads changes nothing, and to set it is an error. Often a formula has the number that
    the param was meant for.""",
    wrong=Example(GD, head="param gamma = 1 / L"),
    right=Example(f"{AVERAGED}all: x = x - gamma * g", head="param gamma = 1 / L"),
)


def unread_param(name: str, span: Span) -> Diagnostic:
    """A param in no expression."""
    remedy = f"use `{name}` where it is meant, or leave the line out"
    return W101.told(f"param `{name}` is never read", span, "changes nothing", help=remedy)


W102 = Page(
    "W102",
    "a compressor that nothing uses",
    """A compressor is declared to be applied to what is sent: `m = Q(e)`. One that is neither applied nor
    asked for a figure such as `omega(Q)` saves no bit, and binding another one changes nothing.""",
    wrong=Example(GD, head=Q),
    right=Example(f"node -> server: m = Q(grad(x))\n{DOWN}all: x = x - g / (L * (1 + omega(Q)))", head=Q),
)


def unused_compressor(name: str, span: Span) -> Diagnostic:
    """A compressor that is neither applied nor asked for a figure."""
    remedy = f"apply it to what is sent: `{name}(e)`, or leave the line out"
    return W102.told(f"compressor `{name}` is never used", span, "compresses nothing", help=remedy)


W103 = Page(
    "W103",
    "a message that its receiver never reads",
    """Every message is counted, whether it is used or not: one that its receiver does not read makes the
    method look dearer than it is. Either something was meant to read it, or it can be left out. A sender
    needs no message to read what it has.""",
    wrong=Example(f"node -> server: m = grad(x), l = loss(x)\n{STEP}"),
    right=Example(GD),
)

_RECEIVERS = {Placement.SERVER: "the server", Placement.NODE: "no node", None: "nobody"}


def unread_message(
    name: str, receiver: Placement | None, places: Sequence[Span], *, bound_anew: bool
) -> Diagnostic:
    """A message item that its receiver does not read."""
    never = "never reads it" if receiver is Placement.SERVER else "ever reads it"
    before = " before it is bound anew" if bound_anew else ""
    message = f"`{name}` is sent and counted, but {_RECEIVERS[receiver]} {never}{before}"
    remedy = "leave it out of the message, or read it at the receiving end"
    return W103.told(message, places[-1], "paid for and not used", *_others(places), help=remedy)


W104 = Page(
    "W104",
    "a draw that decides over nothing",
    """Whatever a draw is for, a branch, a set of members or a minibatch, has to name it. A minibatch that no
    gradient takes is the common case: `grad(x)` is of all samples, `grad(x, xi)` of those in xi.""",
    wrong=Example(f"node: event xi ~ minibatch(8)\n{GD}"),
    right=Example(f"node: event xi ~ minibatch(8)\nnode -> server: m = grad(x, xi)\n{STEP}"),
)


def unused_draw(name: str, places: Sequence[Span]) -> Diagnostic:
    """A draw that decides over nothing."""
    message = f"`{name}` is drawn and never used"
    remedy = f"use `{name}` where it is meant, or leave the draw out"
    return W104.told(message, places[-1], "decides over nothing", *_others(places), help=remedy)


W105 = Page(
    "W105",
    "a memory that is kept and never read",
    """A memory earns its place by what reads it: error feedback adds what was not sent to what is sent next.
    One that is only written, or that goes into nothing but its own next value, leaves the method as it would
    be without it, so that something is missing or something is too much.""",
    wrong=Example(
        f"node -> server: m = C(grad(x))\nnode: e = e + grad(x) - m\n{_SMALL_STEP}", head=C, init=_MEMORY
    ),
    right=Example(
        f"node -> server: m = C(e + grad(x))\nnode: e = e + grad(x) - m\n{_SMALL_STEP}", head=C, init=_MEMORY
    ),
)


def unread_value(name: str, places: Sequence[Span], *, memory: bool) -> Diagnostic:
    """A name that is only assigned."""
    message = f"memory `{name}` is kept and never read" if memory else f"`{name}` is computed and never read"
    remedy = f"read `{name}` where it is meant, or leave it out"
    return W105.told(message, places[-1], "written here", *_others(places), help=remedy)


def idle_memory(name: str, places: Sequence[Span], through: Sequence[str]) -> Diagnostic:
    """A name that goes into nothing but itself."""
    by = f", by way of {quoted(through)}" if through else ""
    message = f"memory `{name}` goes into nothing but itself{by}"
    remedy = (
        f"no message, output or other value depends on it: read `{name}` where it is meant, or leave it out"
    )
    return W105.told(message, places[-1], "written here", *_others(places), help=remedy)


def _others(places: Sequence[Span]) -> list[tuple[Span, str]]:
    """All places but the last, as labels."""
    return [(place, "and here") for place in places[:-1]]


W201 = Page(
    "W201",
    "a compressor applied twice to one value",
    """Every application of a compressor draws for itself: `C(p)` written twice gives two results. Error
    feedback must subtract what was sent, so the memory takes the message's name, not `C(p)` again; with
    another draw the errors do not cancel. Even a compressor that draws nothing may be bound to one that does.""",
    wrong=Example(
        f"node: p = e + grad(x)\nnode -> server: m = C(p)\nnode: e = p - C(p)\n{_SMALL_STEP}",
        head=C,
        init=_MEMORY,
    ),
    right=Example(
        f"node: p = e + grad(x)\nnode -> server: m = C(p)\nnode: e = p - m\n{_SMALL_STEP}",
        head=C,
        init=_MEMORY,
    ),
)


def compressed_twice(compressor: str, first: Span, again: Span, held: str | None) -> Diagnostic:
    """A compressor applied afresh to a value that it has compressed already."""
    message = f"`{compressor}` compresses one value twice, and each application draws for itself"
    rule = "a memory must subtract what was sent, not another draw"
    remedy: Help = f"bind the first result and reuse it: {rule}"
    if held:
        remedy = Remedy(f"write `{held}`, which holds what was drawn first: {rule}", held)
    return W201.told(message, again, "drawn afresh", (first, "compressed here"), help=remedy)


W202 = Page(
    "W202",
    "a state that is rounded by sending it under its own name",
    """What is sent is rounded to the wire's floats, and from then on its name holds the rounded value, for
    the sender, too. A state of the server that is sent as `server -> all: x` and updated from there loses in
    every round what the wire cannot hold; with `--wire float16` it may stop moving. Send a copy under another
    name. A state whose home is `all` is meant to be alike for everyone and not warned of.""",
    wrong=Example(f"server -> all: x\n{UP}server: x = x - mean(m) / L", init="server: x = x0"),
    right=Example(
        "server -> all: u = x\nnode -> server: m = grad(u)\nserver: x = x - mean(m) / L",
        init="server: x = x0",
    ),
)


def rounded_state(name: str, sender: Placement, instead: str, span: Span, home: Span) -> Diagnostic:
    """A role's own state that becomes what the message's floats hold of it."""
    whose = "the server's own" if sender is Placement.SERVER else "the nodes' own"
    message = f"{whose} state `{name}` is rounded to the wire's floats by sending it under its own name"
    lives = (home, f"lives at the {sender.value}")
    return W202.told(message, span, "from here on it is what was sent", lives, help=instead)


W203 = Page(
    "W203",
    "a division by what is zero in round 0",
    """The counter starts at 0, and `prev(gamma)` is 0 in round 0, since there was no round before: what
    divides by them has no value there. As the weight of an average it spoils the whole average. Count from 1,
    or take another value in round 0 with `where`, which ignores the side that it does not take.""",
    wrong=Example(
        f"{AVERAGED}all: x = x - gamma * g",
        head="param gamma = 1 / (L * (1 + k))",
        output="output average(x, 1 / prev(gamma))",
    ),
    right=Example(
        f"{AVERAGED}all: x = x - gamma * g",
        head="param gamma = 1 / (L * (1 + k))",
        output="output average(x, where(k == 0, L, 1 / prev(gamma)))",
    ),
)


def undefined_in_first_round(written: str, zero: Span, read: Span | None) -> Diagnostic:
    """A division by what is zero in round 0."""
    message = f"`{written}` divides by zero in round 0"
    remedy = "`prev(…)` and the counter are 0 in round 0: `where(k == 0, …, …)` takes another value there"
    return W203.told(message, zero, "0 in round 0", (read, "read in round 0"), help=remedy)


W301 = Page(
    "W301",
    "an `# allow` without a reason",
    """`# allow W103: why` silences a warning where the spec means what it says. The reason is for who reads
    the spec next, and for its author in a year.""",
    wrong=Example(f"node -> server: m = grad(x), l = loss(x)    # allow W103\n{STEP}"),
    right=Example(f"node -> server: m = grad(x), l = loss(x)    # allow W103: the paper counts it\n{STEP}"),
)


def allow_without_reason(code: str, span: Span) -> Diagnostic:
    """An `# allow` that does not say why."""
    remedy = f"say why what it silences is meant: `# allow {code}: …`"
    return W301.told("an `allow` gives no reason", span, help=remedy)


W302 = Page(
    "W302",
    "an `# allow` that silences nothing",
    """The comment speaks for the statement on its line; alone on a line, for the statement below and all in
    it. Where no such warning is given there, it is a leftover, or it stands in the wrong place, and would
    silence a later mistake.""",
    wrong=Example(f"{AVERAGED}all: x = x - g / L    # allow W103: the paper counts it"),
    right=Example(GD),
)


def allow_of_nothing(code: str, span: Span) -> Diagnostic:
    """An `# allow` of a warning that is not given there."""
    remedy = "leave it out; it speaks for the statement on its line, or alone on a line for the one below"
    return W302.told(f"there is no {code} here to allow", span, "silences nothing", help=remedy)


W303 = Page(
    "W303",
    "an `# allow` of what is no warning",
    """Only warnings can be allowed, each by its code, W and three digits; several are separated by commas. An
    error says that the spec has no meaning, which no comment can give it.""",
    wrong=Example(f"{AVERAGED}all: x = x - g / L    # allow W109: as in the paper"),
    right=Example(GD),
)


def allow_of_unknown(code: str, span: Span, known: Iterable[str]) -> Diagnostic:
    """An `# allow` of what is no warning."""
    if code.startswith("E"):
        return W303.told(
            f"{code} is an error, and only warnings can be allowed", span, "unknown code", help="mend it"
        )
    codes = sorted(known)
    remedy = did_you_mean(code, codes) or f"there are {', '.join(codes)}"
    return W303.told(f"there is no warning {code}", span, "unknown code", help=remedy)
