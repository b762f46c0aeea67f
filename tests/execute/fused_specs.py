"""Random specs all of whose statements have a form in loops, for tests of fused rounds."""

from __future__ import annotations

from random import Random

COMPRESSORS = (
    "quantize(s = 1)",
    "quantize(s = 9, norm = inf)",
    "natural()",
    "rand_k(k = 2)",
    "rand_k(k = 3)",
    "identity()",
)
VECTORS = ("x", "x0", "z", "h_i", "2 * x - h_i", "clip(h_i, -a, a)", "w_i * x", "max(h_i, -x) / (1 + k)")
NUMBERS = ("a", "norm2(h_i)", "dot(h_i, x)", "norm_inf(x - h_i)", "w_i / 2", "min(w_i, norm1(x))")
OVER_NODES = (
    "node: h_i = ({v} + grad({p})) / (2 + {r})",
    "node: w_i = {r} / (1 + abs({r}))",
    "node -> server: m = Q(({v}) / (1 + norm(h_i)))\n    server: s = (s + mean(m)) / 2",
    "node -> server: y = {v}, u = {r}\n    server: s = s / 2 + sum(y) / (n * (1 + abs(mean(u))))",
    "all: event c ~ bernoulli(0.4)\n    if c:\n        node: h_i = h_i / 2 + z\n    else:\n        node: w_i = {r}",
    "repeat 2 as t:\n        node: h_i = h_i - (b / (1 + t)) * grad(h_i)\n        node -> server: q = Q(h_i)\n"
    "        server: s = (s - mean(q)) / 3",
    "server -> all: z = s / (1 + norm(s))",
    "server: s = where(k % 3 < 2, s, -s)",
    "node: h_i = where(h_i > x and not (h_i > 2 * x), h_i / 2, {v}) / (1 + a ^ (k + 1))",
    "node -> server: m = Q(({v}) / (1 + norm(h_i)))\n    node: h_i = where(support(m), h_i / 2, h_i)",
    "node:\n        event c_i ~ bernoulli(0.5)\n        if c_i:\n            h_i = (h_i - b * grad(h_i)) / 2\n"
    "        else:\n            w_i = {r} / (1 + abs({r}))",
    "node:\n        repeat 1 + ceil(2 * w_i ^ 2 / (1 + w_i ^ 2)):\n            h_i = (h_i - b * grad(x)) / 2",
    "all: event c ~ bernoulli(0.6)\n    if c:\n        node -> server: m = Q(h_i / (1 + norm(h_i)))\n"
    "        server: s = (s + mean(m)) / 2\n    else:\n        node -> server: m = R({v} / (1 + norm({v})))\n"
    "        server: s = (s - norm(s) * mean(m) / (1 + norm(s))) / 3",
    "node -> server: m = Q(where(h_i > {v}, h_i, grad(x)) / (1 + norm(h_i)))\n    server: s = (s + mean(m)) / 2",
    "node: h_i = where((w_i > a and k > 2) == (norm(h_i) > 1 or k % 2 == 0), h_i / 2, {v} / (2 + {r}))",
)
OVER_SETS = (
    "server: event S ~ subset(n, 2)",
    "server: event S ~ each(0.4)",
    "server: event S ~ each(where(k % 2 == 0, 0, b))",
)
BY_SETS = (
    "node in S -> server: m = Q(h_i - x)\n    server: s = (s + mean(m)) / 2\n    node in S: h_i = (h_i + m) / 2",
    "node in S: h_i = (h_i - b * grad({p})) / 2\n    node in S: w_i = {r} / (1 + abs({r}))",
    "node in S -> server: y = {v}\n    server: s = s / 2 + sum(y) / n",
    "node in S: h_i = (h_i + grad(x)) / 2\n    node: h_i = (h_i + grad(x)) / 3",
)


def random_fused_spec(seed: int) -> tuple[str, str]:
    """The text of a spec, and the setting of its compressor."""
    chance = Random(f"fused {seed}")

    def line(template: str) -> str:
        text = template.replace("{p}", chance.choice(("x", "h_i")))
        while "{v}" in text:
            text = text.replace("{v}", chance.choice(VECTORS), 1)
        while "{r}" in text:
            text = text.replace("{r}", chance.choice(NUMBERS), 1)
        return f"    {text}"

    lines = [line(chance.choice(OVER_NODES)) for _ in range(chance.randint(2, 4))]
    if chance.random() < 0.6:
        lines += [f"    {chance.choice(OVER_SETS)}", "    server -> all: S"]
        lines += [line(chance.choice(BY_SETS)) for _ in range(chance.randint(1, 2))]
        if chance.random() < 0.4:
            lines += [f"    {chance.choice(OVER_SETS)}", "    server -> all: T = S"]
            lines += [f"    {chance.choice(OVER_SETS)}", line(chance.choice(BY_SETS)).replace("in S", "in T")]
            lines += ["    server -> all: S", line(chance.choice(BY_SETS))]
        lines += [line(chance.choice(OVER_NODES))]
    lines.insert(0, line(OVER_NODES[2]))
    text = f"""\
algorithm RandomFused
problem minimize
compressor Q: unbiased
compressor R: unbiased = {chance.choice(COMPRESSORS)}
param a = 0.7
param b = a / (2 + k / 3)
init:
    all: x = x0
    all: z = x0
    server: s = x0
    node: h_i = x0
    node: w_i = 0
round k:
{chr(10).join(lines)}
    server -> all: g = s
    all: x = (x - b * g) / (1 + norm2(x))
output {chance.choice(("x", "average(x)"))}
"""
    return text, f"Q={chance.choice(COMPRESSORS)}"
