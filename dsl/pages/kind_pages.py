"""Pages of kinds, names and calls (E3xx)."""

from __future__ import annotations

from .page import Page, spec

_SEND = "node -> server: m = grad(x)\nserver -> all: g = mean(m)\n"
_COIN = "all: event c ~ bernoulli(0.5)\n"
_MINUS = "-" * 80

PAGES = (
    Page(
        "E301",
        "operands that do not go together",
        """Values are reals, ints, bools, vectors, masks, sets of nodes or batches; kinds are inferred.
        Arithmetic is elementwise on numbers and vectors, and a number next to a vector applies to every
        entry. Bools and sets do not count as numbers: choose with `where(c, a, b)`.""",
        spec(_SEND + _COIN + "all: x = x - c * g"),
        spec(_SEND + _COIN + "all: x = x - where(c, g, zeros)"),
    ),
    Page(
        "E302",
        "an argument of the wrong kind",
        """Every argument has a kind: the point of `grad` is a vector, the size of a subset an int, a
        probability a number. An int is accepted where a real is, never the other way round: round with `ceil`
        or `floor`. A batch means something to its own node only and cannot be sent.""",
        spec("all: event S ~ subset(n, n / 2)\nall: x = x / 2"),
        spec("all: event S ~ subset(n, ceil(n / 2))\nall: x = x / 2"),
    ),
    Page(
        "E303",
        "a state changes its kind",
        """A state is of the same kind in every round, the one of its first value in `init`. (A state that
        starts as an int and later takes a real is a real throughout.) `zeros` is the vector that starts a
        memory; `0` is a number.""",
        spec("node: e = e + grad(x)\nall: x = x / 2", init="all: x = x0\nnode: e = 0"),
        spec("node: e = e + grad(x)\nall: x = x / 2", init="all: x = x0\nnode: e = zeros"),
    ),
    Page(
        "E304",
        "a name of the language is bound",
        """The names of functions, of the problem's constants (`L`, `mu`, `n`, `d`, `x0`, `zeros`, …) and of
        the language's words have one meaning in every spec, so that a reader need not look for another. The
        help proposes a name that is free.""",
        spec("all:\n    mu = 0.5\n    x = mu * x"),
        spec("all:\n    my_mu = 0.5\n    x = my_mu * x"),
    ),
    Page(
        "E305",
        "a param, compressor or counter is bound again",
        """Params are fixed before the first round: that is what `--set` sets and what the theory speaks of. A
        step size that changes is a schedule: a `param` whose expression holds the counter `k`. Compressors
        and counters are not values to assign either.""",
        spec("all:\n    x = gamma * x\n    gamma = gamma / 2", head="param gamma = 0.5"),
        spec("all: x = gamma * x", head="param gamma = 0.5 / (1 + k)"),
    ),
    Page(
        "E306",
        "not as many arguments as a function takes",
        """Functions take a fixed number of arguments. An aggregate takes one family; `min` and `max` with two
        or more arguments are elementwise; an oracle takes a point and, if it is stochastic, a batch.""",
        spec("all: x = clip(x)"),
        spec("all: x = clip(x, -1, 1)"),
    ),
    Page(
        "E307",
        "there is no such function",
        """What is called is a function of the language, an oracle, an aggregate, or a compressor that the
        spec declares. A family of compressors such as `top_k` is no function: declare a compressor from it
        and apply that. A value that stands before a parenthesis lacks a `*`.""",
        spec("node -> server: m = top_k(grad(x))\nall: x = x / 2"),
        spec(
            "node -> server: m = C(grad(x))\nall: x = x / 2", head="compressor C: contractive = top_k(k = 1)"
        ),
    ),
    Page(
        "E308",
        "there is no such named argument",
        """Most functions take their arguments by order alone. Named ones belong to compressors (`rand_k(k =
        1)`), to `minibatch(b, replace = true)`, and to laws.""",
        spec("node: event xi ~ minibatch(4, replacement = true)\nall: x = x / 2"),
        spec("node: event xi ~ minibatch(4, replace = true)\nall: x = x / 2"),
    ),
    Page(
        "E309",
        "a condition is not a bool",
        """Conditions (`if`, `when`, `where`, `require`) are true or false. A number is not: compare it. A
        comparison of vectors is a mask, with an answer for every coordinate: select entries with `where(mask,
        a, b)`, or compare one figure such as a norm.""",
        spec("if n:\n    all: x = x / 2"),
        spec("if n > 1:\n    all: x = x / 2"),
    ),
    Page(
        "E310",
        "a name is of two kinds after an `if`, or for the members of a set",
        """Behind an `if` a name has the value that the branch taken gave it, and behind `node in S: v = e` that
        of `e` for members of S and its own for the others. It must be of the same kind either way, or nothing
        could be computed with it.""",
        spec(_COIN + "if c:\n    all: v = 0\nelse:\n    all: v = x\nall: x = x - v"),
        spec(_COIN + "if c:\n    all: v = zeros\nelse:\n    all: v = x\nall: x = x - v"),
    ),
    Page(
        "E311",
        "something that is no value stands in an expression",
        """Functions, compressors and distributions are not values: apply them, `Q(e)`, or draw from them,
        `event c ~ bernoulli(p)`. Quoted texts name sources and theorems only, and `of` composes compressors
        where they are declared.""",
        spec("node -> server: m = Q\nall: x = x / 2", head="compressor Q: unbiased = rand_k(k = 1)"),
        spec("node -> server: m = Q(grad(x))\nall: x = x / 2", head="compressor Q: unbiased = rand_k(k = 1)"),
    ),
    Page(
        "E312",
        "a name is declared twice",
        """Params and compressors share one set of names, which `--set` and laws go by. Each is declared
        once.""",
        spec("all: x = gamma * x", head="param gamma = 0.5\nparam gamma = 0.1"),
        spec("all: x = gamma * x", head="param gamma = 0.5\nparam beta  = 0.1"),
    ),
    Page(
        "E313",
        "a statement binds a name twice",
        """The values of `a, b = e, f`, and those of one message, are bound together, after all of them were worked out. The
        same name twice would leave its value open.""",
        spec("all: x, x = x / 2, x"),
        spec("all: x, y = x / 2, x"),
    ),
    Page(
        "E314",
        "an expression is nested too deeply",
        """Expressions are followed to a depth of 120. A spec cannot hold a deeper one, but `--set 'gamma = 4
        * gamma'` puts the default of `gamma` into the new value, and together they may be. Set the value
        outright, or name parts of it.""",
        spec("all: x = gamma * x", head=f"param gamma = {_MINUS}0.5", settings=(f"gamma = {_MINUS}gamma",)),
        spec("all: x = gamma * x", head=f"param gamma = {_MINUS}0.5", settings=("gamma = 0.5",)),
    ),
)
