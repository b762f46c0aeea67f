"""Pages of compressors and params (E4xx)."""

from __future__ import annotations

from .page import Page, spec

_STEP = "server -> all: g = mean(m)\nall: x = x - g / L"
_SEND = "node -> server: m = Q(grad(x))\n" + _STEP
_Q = "compressor Q: unbiased = rand_k(k = 1)"
_C = "compressor C: contractive = top_k(k = 1)"
_PLAIN = "all: x = x / 2"

PAGES = (
    Page(
        "E401",
        "a compressor of another class than the method needs",
        """A method's theorem holds for a class of compressors, which the spec states. An unbiased compressor
        is right on average and may be large; a contractive one never moves away from its argument and may be
        biased. One in the place of the other may diverge without a word, so it is refused, in the spec and on
        the command line alike.""",
        spec(_SEND, head="compressor Q: unbiased = top_k(k = 1)"),
        spec(_SEND, head=_Q),
    ),
    Page(
        "E402",
        "there is no such compressor",
        """After `=` stands a compressor from the library or from a plug-in; `cablese list compressors` names
        them with their arguments. A number, or a name of the spec, is no compressor.""",
        spec(_SEND, head="compressor Q: unbiased = randk(k = 1)"),
        spec(_SEND, head=_Q),
    ),
    Page(
        "E403",
        "arguments of a compressor that it does not take, or without their names",
        """Compressors take their arguments by name, each once. So a spec reads without the manual, and `rand_k(k = 10)`
        cannot be mistaken for ten percent.""",
        spec(_SEND, head="compressor Q: unbiased = rand_k(10)"),
        spec(_SEND, head="compressor Q: unbiased = rand_k(k = 10)"),
    ),
    Page(
        "E404",
        "a compressor lacks an argument",
        """An argument without a default must be given: how many coordinates, how many levels. There is no
        choice that would suit every method.""",
        spec(_SEND, head="compressor Q: unbiased = rand_k()"),
        spec(_SEND, head=_Q),
    ),
    Page(
        "E405",
        "an argument of a compressor does not fit",
        """Arguments have kinds: numbers of coordinates and levels are ints, switches are `true` or `false`, a
        norm is `2` or `inf`. A fraction of the dimension is written as such: `k = ceil(d / 100)`. In a composition the
        inner compressor keeps k coordinates and the outer one compresses their values: `quantize(s = 4) of
        top_k(k = 100)`.""",
        spec(_SEND, head="compressor Q: unbiased = rand_k(k = 0.01)"),
        spec(_SEND, head="compressor Q: unbiased = rand_k(k = ceil(d / 100))"),
    ),
    Page(
        "E406",
        "a figure that the class of a compressor does not have",
        """`omega(Q)` bounds the variance of an unbiased compressor, `delta(C)` the loss of a contractive one.
        A compressor declared `any` need have neither. `density`, `bits` and `share` exist for all.""",
        spec(_PLAIN, head=f"{_C}\nparam alpha = 1 / (1 + omega(C))"),
        spec(_PLAIN, head=f"{_C}\nparam alpha = 1 / delta(C)"),
    ),
    Page(
        "E407",
        "a setting of something that the spec does not have",
        """`--set NAME=EXPR` sets a param or a compressor of the spec, each at most once. Inside EXPR the name
        stands for its default, if it has one.""",
        spec("all: x = gamma * x", head="param gamma = 0.5", settings=("gama = 0.1",)),
        spec("all: x = gamma * x", head="param gamma = 0.5", settings=("gamma = 0.1",)),
    ),
    Page(
        "E408",
        "a param depends on itself or on a later one",
        """Params are worked out from top to bottom, before the first round. Each reads those above it. A
        compressor whose argument depends on a figure of the same compressor would go round in a circle.""",
        spec("all: x = gamma * x", head="param gamma = p / 2\nparam p     = 0.5"),
        spec("all: x = gamma * x", head="param p     = 0.5\nparam gamma = p / 2"),
    ),
    Page(
        "E409",
        "a param reads a value of the rounds",
        """Params and arguments of compressors are known before the first round, from constants of the
        problem, figures of compressors and other params. What depends on the iterates is computed in the
        round; what depends on the round's number alone may be a param, a schedule in `k`.""",
        spec("all: x = gamma * x", head="param gamma = 1 / (1 + norm(x))"),
        spec("all:\n    gamma = 1 / (1 + norm(x))\n    x = gamma * x"),
    ),
    Page(
        "E410",
        "there is no such class of compressors",
        """The classes are `unbiased`, `contractive`, `any` (every compressor that a node can run alone) and
        `collective` (compressed averaging that runs exchanges of its own). What the literature calls biased
        is contractive, or any.""",
        spec("node -> server: m = C(grad(x))\n" + _STEP, head="compressor C: biased = top_k(k = 1)"),
        spec("node -> server: m = C(grad(x))\n" + _STEP, head=_C),
    ),
    Page(
        "E411",
        "a param is no number",
        """A param is a number or a bool that can be set on the command line. Vectors are values of the
        method: bind them in `init`.""",
        spec("all: x = x - v", head="param v = zeros"),
        spec("all: x = x - v", init="all:\n    x = x0\n    v = zeros"),
    ),
    Page(
        "E412",
        "a figure of something that is no compressor",
        """`omega`, `delta`, `density`, `bits` and `share` are figures of a compressor that the spec declares, given by
        its name. The dimension of the model is `d`, and everything about the problem has a constant of its
        own.""",
        spec(_PLAIN, head="param p = density(x0) / d"),
        spec(_PLAIN, head=f"{_Q}\nparam p = density(Q) / d"),
    ),
    Page(
        "E413",
        "`prev` of something that is no param",
        """`prev(gamma)` is the value that a schedule had in the last round. To use the last round's value of
        something that is computed, keep it: bind it to a name of its own before it changes.""",
        spec("all: x = x / 2 + 0.1 * prev(x)"),
        spec(
            "all:\n    y = x / 2 + 0.1 * x_old\n    x_old = x\n    x = y",
            init="all:\n    x = x0\n    x_old = x0",
        ),
    ),
    Page(
        "E415",
        "collective compression in the wrong place",
        """A collective compressor averages while it compresses, in exchanges that it runs and counts itself.
        Its one form is `node -> all: u = P(e)`, and u is the decoded mean. All others compress one vector at
        one place; their messages go to the server, which sends the mean on.""",
        spec("node -> all: g = Q(grad(x))\nall: x = x - g / L", head=_Q),
        spec(_SEND, head=_Q),
    ),
    Page(
        "E416",
        "a compressor where nothing is bound",
        """A compressor draws its random numbers under the name that its result is bound to. Conditions,
        params and invariants bind no name, so compress first and read the name.""",
        spec("all:\n    if norm(Q(x)) > 1:\n        x = x / 2", head=_Q),
        spec("all:\n    q = Q(x)\n    if norm(q) > 1:\n        x = x / 2", head=_Q),
    ),
    Page(
        "E417",
        "`support` of what no codec wrote",
        """`support(q)` is the mask of the coordinates that the codec wrote into the message. Only the
        compressor's result itself has it: arithmetic makes a value dense again, and a gradient was never
        encoded.""",
        spec("node: y = where(support(2 * x), x, zeros)\nall: x = x / 2", head=_C),
        spec("node:\n    q = C(x)\n    y = where(support(q), x, zeros)\nall: x = x / 2", head=_C),
    ),
    Page(
        "E418",
        "`--set` of what nothing depends on",
        """What is set on the command line must be able to change the run. A param that the spec declares and
        never reads cannot, nor can one that only another param's default reads while that param is set as
        well. Read it where it is meant, or leave the setting out.""",
        spec("all: x = x / 2", head="param gamma = 1 / L", settings=("gamma = 100",)),
        spec("all: x = x - gamma * x", head="param gamma = 1 / L", settings=("gamma = 100",)),
    ),
    Page(
        "E419",
        "an argument of a compressor out of its bounds",
        """Each argument has bounds, which docs/compressors.md lists: at least one coordinate is kept, a probability is
        above 0 and at most 1. Numbers that stand in the text, params set to them and arithmetic of both are held against
        the bounds here; what depends on the problem, such as `k = floor(d / 100)`, when the run starts.""",
        spec(_SEND, head="compressor Q: unbiased = rand_p(p = 3 / 2)"),
        spec(_SEND, head="compressor Q: unbiased = rand_p(p = 1 / 2)"),
    ),
)
