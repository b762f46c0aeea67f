"""Pages of what the language has and a run cannot do (E6xx)."""

from __future__ import annotations

from .page import Page, spec

_STEP = "server -> all: g = mean(m)\nall: x = x - g / L"
_H = "all: x = x0\nlink: h = zeros"

_GIVEN = "node -> server: m = C(grad(x), k = j)\nserver -> all: g = mean(m)\nall: x = x - g"

PAGES = (
    Page(
        "E601",
        "a part of the language that this version does not run",
        """A run executes what has been built of the language. What it cannot execute `cablese check` tells, and a run
        refuses before the first round; it never runs something else in its place.""",
        spec("group: y = 2 * x\nnode -> server: m = grad(x)\n" + _STEP, output="output y"),
        spec("group: y = 2 * x\nnode -> server: m = grad(y)\n" + _STEP),
    ),
    Page(
        "E602",
        "a compressor that nobody chose",
        """A spec may leave its compressor open, as papers do: `compressor Q: unbiased`. Then whoever runs it
        chooses one of that class: `--set 'Q = rand_k(k = 1)'`.""",
        spec("node -> server: m = Q(grad(x))\n" + _STEP, head="compressor Q: unbiased"),
        spec(
            "node -> server: m = Q(grad(x))\n" + _STEP,
            head="compressor Q: unbiased",
            settings=("Q = rand_k(k = 1)",),
        ),
    ),
    Page(
        "E603",
        "values over a set whose name holds another set by now",
        """Next to values over S, a family of all nodes stands for its members' entries. Which ones that are
        is known as long as `S` is the same set. Give two sets two names, or combine the values before drawing
        anew.""",
        spec(
            "all: event S ~ subset(n, 2)\nnode in S -> server: q = grad(x)\nall: event S ~ subset(n, 2)\n"
            "server: g = mean(q - h)\nall: x = x / 2",
            init=_H,
        ),
        spec(
            "all: event S ~ subset(n, 2)\nnode in S -> server: q = grad(x)\nall: event T ~ subset(n, 2)\n"
            "node in T -> server: r = grad(x)\nserver -> all: g = mean(q - h), u = mean(r)\nall: x = x - g - u",
            init=_H,
        ),
    ),
    Page(
        "E606",
        "an aggregate of constants away from the server",
        """`mean(L_i)` or `max(samples_i)` is one number, known before the first round; but a process that runs some of the
        nodes has the constants of those alone. It is worked out where params are, so give it a name there.""",
        spec("node -> server: m = grad(x)\nserver -> all: g = mean(m)\nall: x = x - g / mean(L_i)"),
        spec(
            "node -> server: m = grad(x)\nserver -> all: g = mean(m)\nall: x = x - g / a",
            head="param a = mean(L_i)",
        ),
    ),
    Page(
        "E607",
        "a schedule is read before the first round",
        """A param whose expression holds the counter `k` has a value in each round. `init` comes before round 0, where it
        has none.""",
        spec("all: x = gamma * x", head="param gamma = 1 / (1 + k)", init="all: x = x0 * gamma"),
        spec("all: x = gamma * x", head="param gamma = 1 / (1 + k)"),
    ),
    Page(
        "E608",
        "an argument of a compressor is not known to all",
        """`Q(e, k = j)` gives an argument as a value of the round. Who receives the message must know it to read the
        message, so it is one number that all know: computed in `all:`, drawn there, or broadcast before.""",
        spec(
            f"node: j = 1 + floor(norm(x))\n{_GIVEN}",
            head="compressor C: contractive = top_k(k = 1)",
        ),
        spec(
            f"all: j = 1 + floor(norm(x))\n{_GIVEN}",
            head="compressor C: contractive = top_k(k = 1)",
        ),
    ),
)
