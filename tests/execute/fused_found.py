"""Rounds that fused ones once came to otherwise than the program, by what was wrong, and their compressors; for tests."""

from __future__ import annotations

from collections.abc import Mapping

_TWO = "rand_k(k = 3)", "rand_k(k = 1)"
_SET = "server: event S ~ subset(n, 2)"
_BY_SET = "server -> all: u = sum(a) / n\nall: x = x - gamma * u"
_BRANCHES = """\
all: event c ~ bernoulli(0.5)
if c:
    node -> server: m = Q(grad(x) - h_i)
    node: h_i = h_i + 0.3 * m
    server -> all: u = mean(m)
else:
    node -> server: m = C(grad(x))
    node: h_i = x + 0.3 * m
    server -> all: u = mean(m) / 2
all: x = x - gamma * u"""
_AFTER_BOTH = """\
all: event c ~ bernoulli(0.5)
if c:
    node -> server: m = Q(grad(x) - h_i)
else:
    node -> server: m = C(grad(x))
node: h_i = 0.9 * h_i + 0.3 * m
server -> all: u = mean(m)
all: x = x - gamma * u"""
_MORE = "node -> server: a = h_i\nserver -> all: u = mean(a)\nall: x = x - gamma * u"

FOUND: Mapping[str, tuple[str, tuple[str, ...]]] = {
    # what the round does, and the compressors Q and C
    **{
        f"{one} in one branch and {other} in the other": (_BRANCHES, (one, other))
        for one, other in (
            _TWO,
            _TWO[::-1],
            ("quantize(s = 2)", "natural()"),
            ("rand_k(k = 3)", "quantize(s = 3)"),
            ("perm_k()", "rand_k(k = 3)"),
            ("rand_k(k = 2)", "perm_k()"),
        )
    },
    "values of either branch": (_AFTER_BOTH, ("quantize(s = 2)", "natural()")),
    "a set under another name": (
        f"{_SET}\nserver -> all: T = S\nserver: event S ~ subset(n, 3)\nnode in T -> server: a = grad(x)\n{_BY_SET}",
        (),
    ),
    "a set of one branch": (
        f"""\
all: event c ~ bernoulli(0.5)
server: event R ~ subset(n, 1)
{_SET}
if c:
    server -> all: T = S
else:
    server -> all: T = R
node in T -> server: a = grad(x)
{_BY_SET}""",
        (),
    ),
    "values over a set that is drawn again": (
        f"""\
{_SET}
server -> all: S
node in S: y = h_i - x
node in S -> server: a = grad(x) - y
server: event S ~ subset(n, 3)
server: s = sum(a) / n
server -> all: S
node in S -> server: b = h_i
node in S: h_i = (h_i + x) / 2
server: s = s + mean(b)
server -> all: u = s
all: x = x - gamma * u""",
        (),
    ),
    "truth values that are compared": (
        f"""\
node: b_i = norm(h_i) > 0.5
node: c_i = k % 2 == 1
node: h_i = where((b_i and c_i) == (b_i or k > 5), 1, 0.5) * h_i + grad(x) / 4
node: h_i = where((not b_i) == c_i, 1, 0.5) * h_i
all: q = (k > 2 and k < 7) == (k % 2 == 0 or k == 5)
{_MORE} * where(q != (k > 3 or k == 1), 1, 0.5)""",
        (),
    ),
    "comparisons at the entries that are kept": (
        "node -> server: m = Q(where(grad(x) > h_i, x, h_i / 2))\nnode: h_i = h_i / 2 + m + grad(x)\n"
        "server -> all: v = mean(m)\nall: x = x - gamma * v",
        ("rand_k(k = 3)",),
    ),
    "a step whose length is of what it changes": (
        "node -> server: m = grad(x)\nserver -> all: u = Q(s)\nserver: s = mean(m) / 2\n"
        "all: x = (x + x0) / 2 - gamma * norm(x) * u\nserver -> all: v = s\nall: x = x - gamma * v",
        ("rand_k(k = 3)",),
    ),
    "numbers, and truth values of their name": (
        f"node: y = norm(h_i) + w_i\nnode: h_i = h_i / 2 + y * grad(x)\nnode: y = w_i > 1 or k % 2 == 0\n"
        f"node: h_i = where(y, h_i / 2, h_i)\n{_MORE}",
        (),
    ),
    "a param called as a number is": (
        "node -> server: a = grad(x0) * number_x0 + grad(x)\n" + _BY_SET.replace("sum(a)", "sum(a) / 2"),
        (),
    ),
}


def found_spec(body: str, compressors: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The text of a spec with such a round, and its settings."""
    names = "QC"[: len(compressors)]
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    text = f"""\
algorithm Found
problem minimize
{"".join(f"compressor {name}: unbiased{chr(10)}" for name in names)}\
param gamma = 0.1
param number_x0 = 0.3
init:
    all: x = x0
    server: s = zeros
    node: h_i = zeros
    node: w_i = 1
round k:
{lines}
    server: s = s + 0 * x
    node: w_i = w_i + number_x0
    node: h_i = h_i / 2 + x
output x
"""
    return text, tuple(f"{name}={setting}" for name, setting in zip(names, compressors, strict=True))
