"""Pages of warnings: what nobody reads, what comes out otherwise than it reads, and what comments allow (W101 to W303)."""

from __future__ import annotations

from .page import Page, spec

_SEND = "node -> server: m = grad(x)\nserver -> all: g = mean(m)\n"
_STEP = _SEND + "all: x = x - g / L"
_Q = "compressor Q: unbiased = rand_k(k = 1)"
_C = "compressor C: contractive = top_k(k = 1)"
_START = "all: x = x0\nnode: e = zeros"

PAGES = (
    Page(
        "W101",
        "a param that nothing reads",
        """A param is there to be set: `--set gamma=0.1` must change something. One that no step, no other param
        and no compressor reads changes nothing, and to set it is an error. Often a formula has the number that
        the param was meant for.""",
        spec(_STEP, head="param gamma = 1 / L"),
        spec(_SEND + "all: x = x - gamma * g", head="param gamma = 1 / L"),
    ),
    Page(
        "W102",
        "a compressor that nothing uses",
        """A compressor is declared to be applied to what is sent: `m = Q(e)`. One that is neither applied nor
        asked for a figure such as `omega(Q)` saves no bit, and binding another one changes nothing.""",
        spec(_STEP, head=_Q),
        spec(
            "node -> server: m = Q(grad(x))\nserver -> all: g = mean(m)\nall: x = x - g / (L * (1 + omega(Q)))",
            head=_Q,
        ),
    ),
    Page(
        "W103",
        "a message that its receiver never reads",
        """Every message is counted, whether it is used or not: one that its receiver does not read makes the
        method look dearer than it is. Either something was meant to read it, or it can be left out. A sender
        needs no message to read what it has.""",
        spec("node -> server: m = grad(x), l = loss(x)\nserver -> all: g = mean(m)\nall: x = x - g / L"),
        spec(_STEP),
    ),
    Page(
        "W104",
        "a draw that decides over nothing",
        """Whatever a draw is for, a branch, a set of members or a minibatch, has to name it. A minibatch that no
        gradient takes is the common case: `grad(x)` is of all samples, `grad(x, xi)` of those in xi.""",
        spec("node: event xi ~ minibatch(8)\n" + _STEP),
        spec(
            "node: event xi ~ minibatch(8)\nnode -> server: m = grad(x, xi)\nserver -> all: g = mean(m)\n"
            "all: x = x - g / L"
        ),
    ),
    Page(
        "W105",
        "a memory that is kept and never read",
        """A memory earns its place by what reads it: error feedback adds what was not sent to what is sent next.
        One that is only written, or that goes into nothing but its own next value, leaves the method as it
        would be without it, so that something is missing or something is too much.""",
        spec(
            "node -> server: m = C(grad(x))\nnode: e = e + grad(x) - m\nserver -> all: g = mean(m)\n"
            "all: x = x - g / (8 * L)",
            head=_C,
            init=_START,
        ),
        spec(
            "node -> server: m = C(e + grad(x))\nnode: e = e + grad(x) - m\nserver -> all: g = mean(m)\n"
            "all: x = x - g / (8 * L)",
            head=_C,
            init=_START,
        ),
    ),
    Page(
        "W201",
        "a compressor applied twice to one value",
        """Every application of a compressor draws for itself: `C(p)` written twice gives two results. Error
        feedback must subtract what was sent, so the memory takes the message's name, not `C(p)` again; with
        another draw the errors do not cancel. Even a compressor that draws nothing may be bound to one that
        does.""",
        spec(
            "node: p = e + grad(x)\nnode -> server: m = C(p)\nnode: e = p - C(p)\nserver -> all: g = mean(m)\n"
            "all: x = x - g / (8 * L)",
            head=_C,
            init=_START,
        ),
        spec(
            "node: p = e + grad(x)\nnode -> server: m = C(p)\nnode: e = p - m\nserver -> all: g = mean(m)\n"
            "all: x = x - g / (8 * L)",
            head=_C,
            init=_START,
        ),
    ),
    Page(
        "W202",
        "a state that is rounded by sending it under its own name",
        """What is sent is rounded to the wire's floats, and from then on its name holds the rounded value,
        for the sender, too. A state of the server that is sent as `server -> all: x` and updated from there
        loses in every round what the wire cannot hold; with `--wire float16` it may stop moving. Send a copy
        under another name. A state whose home is `all` is meant to be alike for everyone and not warned of.""",
        spec(
            "server -> all: x\nnode -> server: m = grad(x)\nserver: x = x - mean(m) / L",
            init="server: x = x0",
        ),
        spec(
            "server -> all: u = x\nnode -> server: m = grad(u)\nserver: x = x - mean(m) / L",
            init="server: x = x0",
        ),
    ),
    Page(
        "W203",
        "a division by what is zero in round 0",
        """The counter starts at 0, and `prev(gamma)` is 0 in round 0, since there was no round before: what
        divides by them has no value there. As the weight of an average it spoils the whole average. Count
        from 1, or take another value in round 0 with `where`, which ignores the side that it does not take.""",
        spec(
            _SEND + "all: x = x - gamma * g",
            head="param gamma = 1 / (L * (1 + k))",
            output="output average(x, 1 / prev(gamma))",
        ),
        spec(
            _SEND + "all: x = x - gamma * g",
            head="param gamma = 1 / (L * (1 + k))",
            output="output average(x, where(k == 0, L, 1 / prev(gamma)))",
        ),
    ),
    Page(
        "W301",
        "an `# allow` without a reason",
        """`# allow W103: why` silences a warning where the spec means what it says. The reason is for who reads
        the spec next, and for its author in a year.""",
        spec(
            "node -> server: m = grad(x), l = loss(x)    # allow W103\nserver -> all: g = mean(m)\nall: x = x - g / L"
        ),
        spec(
            "node -> server: m = grad(x), l = loss(x)    # allow W103: the paper counts it\n"
            "server -> all: g = mean(m)\nall: x = x - g / L"
        ),
    ),
    Page(
        "W302",
        "an `# allow` that silences nothing",
        """The comment speaks for the statement on its line; alone on a line, for the statement below and all in
        it. Where no such warning is given there, it is a leftover, or it stands in the wrong place, and would
        silence a later mistake.""",
        spec(_STEP.replace("L", "L    # allow W103: the paper counts it")),
        spec(_STEP),
    ),
    Page(
        "W303",
        "an `# allow` of what is no warning",
        """Only warnings can be allowed, each by its code, W and three digits; several are separated by commas.
        An error says that the spec has no meaning, which no comment can give it.""",
        spec(_STEP.replace("L", "L    # allow W109: as in the paper")),
        spec(_STEP),
    ),
)
