"""Sums in tiles: in the array of a vector that nothing else holds and nothing reads any more, or in a new one."""

from __future__ import annotations

import numpy as np
import pytest
from cablese.dsl.emit.layout import Layout
from cablese.dsl.pipeline import compile_spec, freeing_python_of, plan_program
from cablese.dsl.text.source import Source
from cablese.runtime.arrays import threads
from cablese.runtime.arrays.select import backend
from cablese.runtime.codecs.packets import LevelPacket
from cablese.runtime.compressors.quantize import QuantizeKernel
from cablese.runtime.compressors.unexpanded import Unexpanded
from cablese.runtime.execute import tiles
from cablese.runtime.execute.tiles import Tiles
from cablese.runtime.registry import plugins

SPEC = """algorithm A: "none"
problem minimize
compressor Q: unbiased = quantize(s = 4)
param gamma = 1 where gamma > 0
init:
    all: x = x0
    node: h_i = zeros
    server: h = zeros
round:
    node -> server: m = Q(grad(x) - h_i)
    node: h_i = h_i + gamma * m
    {lines}
output x
"""


def lines_of(lines: str, layout: Layout = Layout.TOGETHER) -> list[str]:
    registry = plugins()
    plan = plan_program(compile_spec(Source("a.alg", SPEC.format(lines=lines)), registry), registry)
    python = freeing_python_of(plan, layout)
    compile(python, "a", "exec")
    return [line.strip() for line in python.splitlines()]


DIANA = "server -> all: g = h + mean(m)\n    server: h = h + gamma * mean(m)\n    all: x = x - gamma * g"

ALONE = "server -> all: g = h + mean(m)\n    server: t = norm(g)\n    all: x = x - gamma * g"


def test_sums_go_into_arrays_that_are_free() -> None:
    lines = lines_of(ALONE)
    assert 'in_tiles = run.functions("in_tiles")' in lines
    assert "h_i = in_tiles(lambda h_i, m: h_i + gamma * m, h_i, h_i, m)" in lines
    assert "x = in_tiles(lambda g, x: x - gamma * g, g, g, x)" in lines


def test_a_state_that_a_message_or_the_output_holds_is_left_alone() -> None:
    lines = lines_of("server -> all: g = h\n    server: t = norm(g)\n    all: x = x - gamma * g")
    assert "x = in_tiles(lambda g, x: x - gamma * g, None, g, x)" in lines
    assert not any(", h, h" in line for line in lines)


def test_several_roles_in_a_process_may_hold_one_message() -> None:
    for layout in set(Layout) - {Layout.TOGETHER}:
        assert not any(", g, g" in line for line in lines_of(DIANA, layout))


def test_messages_that_are_read_in_pieces_alone_are_not_expanded() -> None:
    expanded = "run.expand_in_tiles(0)"
    for layout in (Layout.TOGETHER, Layout.SERVER_AND_NODES, Layout.NODES):
        assert expanded in lines_of(DIANA, layout)
    assert expanded not in lines_of(DIANA + "\n    server: t = norm(mean(m) - h)\n    node: z = norm(m)")
    assert expanded not in lines_of(DIANA + "\n    node: h_i = m")


def test_a_family_of_packets_gives_rows_and_columns() -> None:
    chosen = backend("cpu", "float64", "float32")
    kernel = QuantizeKernel(chosen, 50, 3, True, "fixed")
    draws = np.random.default_rng(0)
    packet = LevelPacket(draws.random(4).astype(np.float32), draws.integers(-3, 4, (4, 50)).astype(np.int8))
    cuts = slice(1), slice(1, None)
    whole, parts = kernel.expand(packet), [LevelPacket(packet.scales[s], packet.levels[s]) for s in cuts]
    for packets in ((packet,), tuple(parts)):
        family = Unexpanded(kernel, packets, 50)
        assert family.shape == whole.shape
        assert np.array_equal(family[..., 10:20], whole[:, 10:20])
        assert np.array_equal(family[1:3, 10:20], whole[1:3, 10:20])
        assert np.array_equal(family[2][10:20], whole[2, 10:20])
        total = np.empty(10)
        family.of_columns(slice(5, 25)).sum_rows(slice(5, 15), total)
        assert np.array_equal(total, whole[:, 10:20].sum(axis=0))


@pytest.mark.parametrize("rows", [None, 3])
def test_pieces_have_the_bits_of_the_whole(rows: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "LONG_ROW", 0)
    monkeypatch.setattr(threads, "AT_ONCE", 7)
    draws = np.random.default_rng(0)
    family = draws.standard_normal(100 if rows is None else (rows, 100)).astype(np.float32)
    plain = draws.standard_normal(100).astype(np.float32)
    helper = Tiles()
    helper.backend, helper.d = backend("cpu", "float32", "float32"), 100
    wanted = family - 0.1 * plain
    assert np.array_equal(helper.in_tiles(lambda a, b: a - 0.1 * b, None, family, plain), wanted)
    found = helper.in_tiles(lambda a, b: a - 0.1 * b, family, family, plain)
    assert found is family
    assert np.array_equal(family, wanted)
    constant = np.broadcast_to(plain, family.shape)
    assert np.array_equal(helper.in_tiles(lambda a: a * 2, constant, constant), 2 * constant)
