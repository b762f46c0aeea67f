"""What `--dry` expects of a round: the mean of long runs, where draws decide who sends."""

from __future__ import annotations

from collections import Counter
from math import comb

import numpy as np
import pytest
from cablese.runtime.codecs.plain import NodeSetCodec
from execute_runs import prepared, run

HEAD = """algorithm Expected
problem minimize
compressor Q: unbiased = rand_k(k = 2)
param p = 0.25
param gamma = 0.01
param q = (k + 1) / rounds
init:
    all: x = x0; g = zeros
    node: h = zeros
round k:
"""
TAIL = """    all: x = x - gamma * g
output x
"""
ROUNDS, NODES = 1500, 4
KNOWN = {
    "subset": ("""
    server: event S ~ subset(n, 3)
    server -> all: S
    node in S -> server: m = Q(grad(x))
    server -> node in S: u = 1.0 * m
""", {"S": 4, "m": 3, "u": 3}),
    "sample": ("""
    all: event S ~ sample(n, 6)
    node in S -> server: m = grad(x)
""", {"m": 6}),
    "each": ("""
    all: event S ~ each(p)
    node in S -> server: m = grad(x)
""", {"m": 1}),
    "coins": ("""
    server: event c ~ bernoulli(p); event b ~ bernoulli(0.5)
    server -> all: c, b
    if c:
        node -> server: m = grad(x)
        if not b:
            node -> server: u = grad(x)
        if c:
            server -> all: v = mean(m)
    else:
        node -> server: w = Q(grad(x))
        if c:
            node -> server: y = grad(x)
""", {"c": 4, "b": 4, "m": 1, "u": 0.5, "v": 1, "w": 3, "y": 0}),
    "a coin decides who takes part": ("""
    all: event c ~ bernoulli(p); event S ~ subset(n, 2)
    if c:
        node in S -> server: m = grad(x)
""", {"m": 0.5}),
    "loops": ("""
    all: event H ~ choice(1, 4)
    repeat H:
        all: event c ~ bernoulli(0.5)
        if c:
            node -> server: m = grad(x)
    repeat 3:
        server -> all: v = g
""", {"m": 5, "v": 12}),
    "every third round, fewer and fewer": ("""
    if k % 3 == 0:
        all: event S ~ subset(n, 1 + floor(k / 1200)); event c ~ bernoulli(q)
        node in S -> server: m = grad(x)
        if c:
            server -> all: v = g
    else:
        server -> all: u = g
""", {"m": 1.2 / 3, "u": 8 / 3}),
    "when by a coin": ("""
    node: event c ~ bernoulli(p)
    node when c -> server: m = grad(x)
    server: s = sum(m)
    server -> all: v = s
""", {"m": 1, "v": 4, "who_m": 4}),
}  # fmt: skip


@pytest.mark.parametrize("kind", KNOWN)
def test_expected_messages_are_the_mean_of_a_long_run(kind: str) -> None:
    lines, expected = KNOWN[kind]
    spec = HEAD + lines.removeprefix("\n") + TAIL
    rows = [row for row in prepared(spec, rounds=ROUNDS).messages if not row.in_init]
    found = {row.name: row.copies for row in rows}
    assert {name: found[name] for name in expected} == pytest.approx(expected)
    assert not any(row.note for row in rows)
    recording, _ = run(spec, rounds=ROUNDS, every=ROUNDS)
    sent = Counter[str]()
    for message in recording.summary.messages:
        sent[message.name] += message.messages
    most = {"loops": 16, "sample": 6}.get(kind, NODES)  # of a message in a round
    for name, mean in found.items():
        deviation = (mean * (most - mean)) ** 0.5  # at most, of what lies between 0 and `most`
        assert abs(sent[name] / ROUNDS - mean) <= 4 * deviation / ROUNDS**0.5, name


def test_a_set_that_is_sent_has_the_bits_of_its_size() -> None:
    spec = HEAD + KNOWN["subset"][0].removeprefix("\n") + TAIL
    (row,) = (row for row in prepared(spec, nodes=50).messages if row.name == "S")
    assert row.bits == 1 + 6 + 3 * 6


def test_a_set_of_coins_has_the_mean_bits_of_all_sets() -> None:
    spec = HEAD + "    server: event S ~ each(0.1)\n    server -> all: S\n" + TAIL
    (row,) = (row for row in prepared(spec, nodes=20).messages if row.name == "S")
    codec, mean = NodeSetCodec(20), 0.0
    for size in range(21):
        mean += comb(20, size) * 0.1**size * 0.9 ** (20 - size) * codec.bits(np.arange(size))
    assert row.bits == pytest.approx(mean, rel=1e-12) and row.bits < 1 + 20


def test_sizes_that_change_are_means_over_rounds() -> None:
    spec = HEAD + "    node -> server: m = Q(grad(x))\n" + TAIL
    spec = spec.replace("rand_k(k = 2)", "rand_k(k = 1 + k % 2, indices = seeded)")
    (row,) = (row for row in prepared(spec, rounds=10).messages if row.name == "m")
    assert row.bits == 32 * 1.5


@pytest.mark.parametrize(
    ("lines", "note"),
    [
        ("    node when norm2(grad(x) - h) > 1 -> server: m = grad(x)\n", "at most"),
        ("    if norm2(x) > 1:\n        node -> server: m = grad(x)\n", "at most"),
        ("    all: event c ~ bernoulli(1 / (1 + norm(x)))\n    if c:\n        node -> server: m = grad(x)\n", "at most"),
        ("    repeat floor(norm(x)):\n        node -> server: m = grad(x)\n", "for each pass of a loop"),
    ],
)  # fmt: skip
def test_what_the_run_decides_is_told(lines: str, note: str) -> None:
    (row,) = (row for row in prepared(HEAD + lines + TAIL).messages if row.name == "m")
    assert (row.copies, row.note) == (NODES, note)


def test_schedules_are_shown_by_their_ends() -> None:
    spec = (HEAD + TAIL).replace("gamma = 0.01", "gamma = 1 / (k + 1)")
    assert prepared(spec, rounds=100).schedules == {"gamma": (1.0, 0.01), "q": (0.01, 1.0)}
    assert prepared(spec.replace("gamma = 1 / (k + 1)", "gamma = 1").replace("(k + 1)", "1")).schedules == {}


def test_of_a_long_run_some_rounds_are_looked_at() -> None:
    lines = "    if k % 10 == 0:\n        node -> server: m = grad(x)\n"
    (row,) = (row for row in prepared(HEAD + lines + TAIL, rounds=10**6).messages if row.name == "m")
    assert row.note == "about" and abs(row.copies - NODES / 10) < 0.1
