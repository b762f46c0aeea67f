"""Pages of the words that lines are made of: messages, draws, declarations (E119, E120, E124 to E127, E130)."""

from __future__ import annotations

from .page import Page, spec, text

_STEP = "server -> all: g = mean(m)\nall: x = x - g / L"

PAGES = (
    Page(
        "E119",
        "a message lacks a part",
        """A message has a sender, an arrow, a receiver, and names for what is sent: `node -> server: q = e`.
        The name is how receiver and sender speak of the value afterwards; `q` alone sends the value that `q`
        has.""",
        spec("node -> server: grad(x)\nall: x = x / 2"),
        spec("node -> server: m = grad(x)\n" + _STEP),
    ),
    Page(
        "E120",
        "a word that is misspelt or does not exist",
        """Lines start with `algorithm`, `problem`, `compressor`, `param`, `require`, `init`, `round`,
        `output`, `invariant`, `guarantee` or `equals`; statements with a role, `if`, `else`, `repeat`,
        `event`, or a name that is assigned. The roles are all, server, node, link, group and neighbors:
        papers also say worker, client, master.""",
        spec("worker -> server: m = grad(x)\n" + _STEP),
        spec("node -> server: m = grad(x)\n" + _STEP),
    ),
    Page(
        "E124",
        "a line stands on the wrong level",
        """Statements belong to `init:`, which is done once, or to `round:`, which is done every round, and
        are indented below it. What declares or describes the method (`param`, `compressor`, `output`,
        `guarantee`, …) stands at the left margin.""",
        text(
            """
            algorithm Method
            problem minimize

            init:
                all: x = x0

            round:
                node -> server: m = grad(x)
                server -> all: g = mean(m)
            all: x = x - g / L

            output x
            """
        ),
        spec("node -> server: m = grad(x)\n" + _STEP),
    ),
    Page(
        "E125",
        "a line has not the form that it should have",
        """Every kind of line has one form, which the help shows. Something else stands at the marked place,
        or the line ends too early.""",
        spec("all: x = x / 2", output="output x, x0"),
        spec("all: x = x / 2", output="output x"),
    ),
    Page(
        "E126",
        "a word of the language where a name should stand",
        """Words such as `if`, `and`, `output` or `round` structure a spec and cannot name a value as well.
        Append an underscore, or take a longer name.""",
        spec("all: event if ~ bernoulli(0.5)\nall: x = x / 2"),
        spec("all: event if_ ~ bernoulli(0.5)\nall: x = x / 2"),
    ),
    Page(
        "E127",
        "a draw is not written as one",
        """Whatever is random is named by an `event`: `event c ~ bernoulli(p)`. The sign `~` reads "is drawn
        from", and a distribution with its arguments follows. So each draw has a name, which its stream of
        random numbers hangs on: reordering or reformatting other lines changes no draw.""",
        spec("server: event c = bernoulli(0.5)\nserver -> all: c\nall: x = x / 2"),
        spec("server: event c ~ bernoulli(0.5)\nserver -> all: c\nall: x = x / 2"),
    ),
    Page(
        "E130",
        "a compressor without its class",
        """A method's theory holds for a class of compressors: unbiased (E Q(x) = x), contractive (E |C(x) -
        x|^2 <= (1 - 1/delta) |x|^2), any, or collective. The spec states it behind the name, so that a
        compressor of another class is refused however it gets bound; a default may follow after `=`.""",
        spec("node -> server: m = Q(grad(x))\n" + _STEP, head="compressor Q = rand_k(k = 1)"),
        spec("node -> server: m = Q(grad(x))\n" + _STEP, head="compressor Q: unbiased = rand_k(k = 1)"),
    ),
)
