"""Pages of names and of who knows what (E201 to E208)."""

from __future__ import annotations

from .page import Page, spec

_SEND = "node -> server: m = grad(x)\nserver -> all: g = mean(m)\n"

PAGES = (
    Page(
        "E201",
        "a name that nothing binds",
        """A name stands for a value that an assignment, a draw or a message bound before, for a `param`, for
        the counter of `round k:` or of a `repeat`, or for a constant of the problem such as `L`, `n` or `x0`.
        Names tell upper from lower case.""",
        spec(_SEND + "all: x = x - gama * g", head="param gamma = 1 / L"),
        spec(_SEND + "all: x = x - gamma * g", head="param gamma = 1 / L"),
    ),
    Page(
        "E202",
        "a name that may be read before it is bound",
        """A name must be bound on every path that leads to where it is read. A state is kept from round to
        round and gets its first value in `init`; what only one branch of an `if` binds is not known behind
        it; what a `repeat` binds for the first time lives for one iteration.""",
        spec("node -> server: m = grad(x)\nserver: v = 0.9 * v + mean(m)\nall: x = x / 2"),
        spec(
            "node -> server: m = grad(x)\nserver: v = 0.9 * v + mean(m)\nall: x = x / 2",
            init="all: x = x0\nserver: v = zeros",
        ),
    ),
    Page(
        "E203",
        "a role reads what it does not know",
        """Every value is known to somebody: to all, to the server, to each node its own (`node`), to the
        server and a node together (`link`), to a group, to neighbors. A block reads only what its role knows,
        and knowledge grows by messages alone: that is what the method pays for. The help names the message
        that is missing.""",
        spec("node: m = grad(x)\nserver: g = mean(m)\nserver -> all: g\nall: x = x - g / L"),
        spec("node -> server: m = grad(x)\nserver: g = mean(m)\nserver -> all: g\nall: x = x - g / L"),
    ),
    Page(
        "E204",
        "an oracle is asked by somebody without data",
        """The data are at the nodes. `grad(x)`, `F(z)` and `loss(x)` are of the node's own function, so they
        stand in expressions that nodes evaluate: in `node:` and in what nodes send. The server gets at the
        gradient of the whole function by the mean of what the nodes send.""",
        spec("server -> all: g = grad(x)\nall: x = x - g / L"),
        spec(_SEND + "all: x = x - g / L"),
    ),
    Page(
        "E205",
        "one value per node is sent to all",
        """`server -> all` is a broadcast of one value. A family, one value per node, is either aggregated
        first, as in `mean(m)`, or sent with `server -> node`, which gives each node its own.""",
        spec("node -> server: m = grad(x)\nserver -> all: g = m\nall: x = x / 2"),
        spec("node -> server: m = grad(x)\nserver -> all: g = mean(m)\nall: x = x - g / L"),
    ),
    Page(
        "E207",
        "a choice that not everyone can follow",
        """When a branch or a loop holds messages, or blocks of several roles, all must take the same branch,
        or some would wait for messages that nobody sends. So its condition or count must be known to all:
        drawn in `all:`, or drawn by the server and sent. Inside one role's block that role alone needs to
        know it.""",
        spec("server: event c ~ bernoulli(0.5)\nif c:\n    node -> server: m = grad(x)\nall: x = x / 2"),
        spec(
            "server: event c ~ bernoulli(0.5)\nserver -> all: c\nif c:\n    node -> server: m = grad(x)\n"
            "all: x = x / 2"
        ),
    ),
    Page(
        "E208",
        "a state does not come home",
        """A state has a home: whoever its first assignment in `init` makes know it. At the end of `init` and
        of every round it must be known there again, one value where it was one value, and for every node
        where it was a family. Otherwise the next round would start from a value that its readers do not
        have.""",
        spec("node -> server: m = grad(x)\nserver: x = x - mean(m) / L"),
        spec("node -> server: m = grad(x)\nserver -> all: x = x - mean(m) / L"),
    ),
)
