"""Expressions mean in Python what they mean in the spec: precedence, truth values, families and entries."""

from __future__ import annotations

import numpy as np
import pytest
from emit_tools import method, number, output, points

NUMBERS = [
    ("2 - (3 - 4)", 3),
    ("2 - 3 - 4", -5),
    ("8 / (4 / 2)", 4),
    ("-2^2", -4),
    ("(-2)^2", 4),
    ("2^-1", 0.5),
    ("2^3^2", 512),
    ("-(1 + 2) * 3", -9),
    ("7 % 4 * 2", 6),
    ("-7 % 4", 1),
    ("min(3, 1, 2) + max(1, 5, 4)", 6),
    ("clip(9, 0, 4)", 4),
    ("floor(2.7) + ceil(2.2) + abs(-1) + sign(-3)", 5),
    ("sqrt(norm2(x0 + 2) / d)", 2),
]

TRUTHS = [
    ("1 < 2 and not 2 < 1", True),
    ("not (1 < 2 and 2 < 1)", True),
    ("not 1 < 2 or 2 < 1", False),
    ("(1 < 2) == (2 < 3)", True),
    ("(3 < 2) == (2 < 1)", True),
    ("1 < 2 < 3", True),
    ("3 > 2 > 2", False),
    ("c == (not c)", False),
    ("not c or c", True),
    ("norm(zeros + 1) > 1 and not norm(zeros) > 1", True),
]


@pytest.mark.parametrize(("expression", "expected"), NUMBERS)
def test_numbers(expression: str, expected: float) -> None:
    assert number(expression) == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize(("expression", "expected"), TRUTHS)
def test_truth_values(expression: str, expected: bool) -> None:
    before = "all: event c ~ bernoulli(0.5)"
    assert number(f"where({expression}, 1, 2)", before=before) == (1 if expected else 2)
    branch = f"{before}\nif {expression}:\n    all: a = 1\nelse:\n    all: a = 2\nall: x = zeros + a"
    assert output(method(branch), 1)[0] == (1 if expected else 2)


def test_masks_and_truth_values_together() -> None:
    lines = (
        "all: y = x0 + 1; c = 1 < 2\nall: y = where(y > 0 and c, y, zeros) + where(not (y > 0) or not c, zeros + 5, y)\n"
        "all: x = where((y > 0) == (y > 1), y, zeros - 1)"
    )
    assert (output(method(lines), 1) == 2).all()


def test_families_of_truth_values_and_numbers_meet_vectors() -> None:
    lines = (
        "node: c = norm2(grad(x)) > 1; a = norm(grad(x))\n"
        "node -> server: m = where(c and not a > 1e9, a * grad(x), zeros), b = where(c, 1, 0)\n"
        "server -> all: v = mean(m) + mean(b)\nall: x = x - 0.01 * v"
    )
    other = (
        "node: a = norm(grad(x))\nnode -> server: m = grad(x) * a, b = 1 + 0 * a\n"
        "server -> all: v = mean(m) + mean(b)\nall: x = x - 0.01 * v"
    )
    assert [p[3] for p in points(method(lines))] == [p[3] for p in points(method(other))]


SPARSE_READS = [
    "norm2(q) * x",
    "q * q",
    "where(q > 0, q, x)",
    "where(q > 0 and not q > 9, -q, q / 2)",
    "max(q, x)",
    "abs(q) + sqrt(abs(q))",
    "x - q",
    "q - x",
    "-q + x",
    "q + q",
    "(q - r) * 2",
    "dot(q, r) * x + q",
    "L_i * q",
    "prox(q, 0.1)",
    "q % 2",
]


@pytest.mark.parametrize("expression", SPARSE_READS)
def test_a_sparse_value_read_by_anything_is_what_it_is(expression: str) -> None:
    """`q` may be held sparse; a copy made by arithmetic is held dense."""
    body = (
        "node: q = Q(grad(x)); r = Q(x - 0.3 * grad(x))\n{}node -> server: m = grad(x) + 0.01 * ({})\n"
        "server -> all: v = mean(m)\nall: x = x - 0.1 * v"
    )
    dense = "node: q, r = where(1 > 0, q, q) * 1 + zeros, where(1 > 0, r, r) * 1 + zeros\n"
    assert points(method(body.format("", expression))) == points(method(body.format(dense, expression)))


BLIND = [
    "norm2(grad(x)) / (1 + norm2(grad(x))) * x",
    "norm(grad(x)) * grad(x) / 100",
    "x * dot(grad(x), x) / (1 + norm2(x))",
    "L_i * grad(x) + x",
    "where(grad(x) > 0 and norm2(x) >= 0, grad(x), -x)",
    "min(grad(x), norm(grad(x)))",
    "grad(x) - e",
]


@pytest.mark.parametrize("operand", BLIND)
def test_compressors_that_see_entries_alone_see_the_same_entries(operand: str) -> None:
    body = "{}node -> server: m = Q({})\nserver -> all: v = mean(m)\nall: x = x - 0.1 * v\nnode: e = 0.5 * m"
    init = "all: x = x0 + 1\nnode: e = zeros"
    held = f"node: whole = {operand}\n"
    assert points(method(body.format("", operand), init=init)) == points(
        method(body.format(held, "whole"), init=init)
    )


def test_the_server_compresses_an_aggregate_where_it_is_kept() -> None:
    body = "node -> server: m = grad(x)\n{}server -> all: v = Q({})\nall: x = x - 0.1 * v"
    whole = body.format("server: g = mean(m) - x\n", "g")
    assert points(method(body.format("", "mean(m) - x"))) == points(method(whole))


def test_vectors_have_as_many_entries_as_the_problem() -> None:
    assert output(method("all: x = zeros + d"), 1).tolist() == np.full(6, 6.0).tolist()
