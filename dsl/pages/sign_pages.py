"""Pages of signs: `=` and `==`, operators, commas, operands (E114 to E116, E121 to E123, E128, E129, E131)."""

from __future__ import annotations

from .page import Page, spec

_COIN = "all: event c ~ bernoulli(0.5)\n"

PAGES = (
    Page(
        "E114",
        "`=` in a condition",
        """`=` gives a name its value; `==` asks whether two values are equal. Conditions, invariants and
        `where` ask.""",
        spec("all: event a ~ choice(0, 1)\nif a = 1:\n    all: x = x / 2"),
        spec("all: event a ~ choice(0, 1)\nif a == 1:\n    all: x = x / 2"),
    ),
    Page(
        "E115",
        "not one `=` in an assignment",
        """An assignment has one `=`: names to the left, expressions to the right. `==` compares and assigns
        nothing, and assignments are not chained.""",
        spec("all: x == x / 2"),
        spec("all: x = x / 2"),
    ),
    Page(
        "E116",
        "an operator of another language",
        """The operators are `+ - * / ^ %`, the comparisons `== != < <= > >=`, and the words `and`, `or`,
        `not`. Assigning is always `a = e`, so that each line says in full what a name becomes.""",
        spec("all: x -= x ** 2"),
        spec("all: x = x - x^2"),
    ),
    Page(
        "E117",
        "a statement of another language",
        """A spec has no loops over nodes, no functions and no returns. A block `node:` runs at every node at
        once, `repeat H:` does something a fixed number of times, messages are written with an arrow, and
        `output` says what the method returns. So every spec ends, and its bits can be counted without running
        it.""",
        spec("node -> server: m = grad(x)\nserver: g = mean(m)\nbroadcast g\nall: x = x / 2"),
        spec("node -> server: m = grad(x)\nserver: g = mean(m)\nserver -> all: g\nall: x = x - g / L"),
    ),
    Page(
        "E118",
        "an `else` without its `if`",
        """An `else:` stands directly behind the block of its `if`, in the same column. There is no `elif`: a
        third case is an `if` inside the `else`.""",
        spec(_COIN + "if c:\n    all: y = x\nelif n > 5:\n    all: y = x / 2\nall: x = x / 2"),
        spec(_COIN + "if c:\n    all: y = x\nelse:\n    if n > 5:\n        all: y = x / 2\nall: x = x / 2"),
    ),
    Page(
        "E121",
        "an expression is missing",
        """Behind `=`, behind an operator and between parentheses stands an expression. One may start with
        `-`, not with `+`.""",
        spec("all: x = x - * 0.5"),
        spec("all: x = x * 0.5"),
    ),
    Page(
        "E122",
        "nothing stands beside a comma",
        """A comma parts two things: arguments, names, values of a message. It does not end a list, so a
        trailing one says that something was forgotten.""",
        spec("all: x = max(x, 0,)"),
        spec("all: x = max(x, 0)"),
    ),
    Page(
        "E123",
        "no operator stands between two operands",
        """Products are written with `*`: `2 * x`, `gamma * g`. A paper leaves the sign out because its names
        have one letter; here `gamma g` could as well be a misspelt name. A value that depends on a condition
        is `where(c, a, b)`.""",
        spec("node -> server: m = grad(x)\nserver -> all: g = mean(m)\nall: x = x - 0.1 g"),
        spec("node -> server: m = grad(x)\nserver -> all: g = mean(m)\nall: x = x - 0.1 * g"),
    ),
    Page(
        "E128",
        "a plain argument behind a named one",
        """Plain arguments are matched by their order, named ones by their name. Plain ones come first, so
        that their order is plain to see.""",
        spec("node: event xi ~ minibatch(replace = true, 4)\nall: x = x / 2"),
        spec("node: event xi ~ minibatch(4, replace = true)\nall: x = x / 2"),
    ),
    Page(
        "E129",
        "not as many names as expressions",
        """`a, b = e, f` gives each name one expression; all of them are evaluated before any name changes.
        Nothing is unpacked: a vector is one value.""",
        spec("all: x, y = x / 2"),
        spec("all: x, y = x / 2, x"),
    ),
    Page(
        "E131",
        "an expression where a statement should stand",
        """A line in a block does something: it assigns, draws or sends. An expression alone would compute a
        value that nobody keeps; and only a name can get a value, not `x(k)` or `a + b`.""",
        spec("node: grad(x)\nall: x = x / 2"),
        spec("node: m = grad(x)\nall: x = x / 2"),
    ),
)
