"""Seconds of a round over a star, and the links with which two methods take as long."""

from __future__ import annotations

from typing import Any

import pytest
from cablese.dsl.pipeline import compile_spec, plan_program
from cablese.dsl.plan.added_up import added_up
from cablese.dsl.plan.instructions import Transfer
from cablese.dsl.plan.traverse import INSTRUCTIONS
from cablese.runtime.errors import SetupError, UsageError
from cablese.runtime.execute.cost import Cost, cost_of
from cablese.runtime.execute.laws import NO_TIME, number
from cablese.runtime.execute.network import Links, read_network, read_time
from cablese.runtime.execute.options import Options
from cablese.runtime.execute.round_time import break_even_round, seconds_of
from cablese.runtime.execute.scale import Scale
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins

STAR = Links(up=100e6, down=1e9, latency=0.02)


def cost(name: str, samples: int | None = None, **options: Any) -> Cost:
    return cost_of(find_spec(name), Scale(Options(**options), 1000, samples))


def test_networks_are_read() -> None:
    assert read_network("up = 100Mbps, down = 1Gbps, latency = 20ms") == STAR
    assert read_network("down=1e3 kbit/s,up=2.5bps") == Links(2.5, 1e6)
    assert (read_time("5ms").value, read_time("2 min").value) == (0.005, 120)


@pytest.mark.parametrize(
    "text", ["", "latency = 1s", "up = 1Mbps, down = 0bps", "up = 1, down = 1Mbps", "up = 1Mbps, up = 1Mbps",
             "over = tree(0)", "up = 1e400bps, down = 1bps", "up = uniform(1Mbps, 2Mbps)",
             "edge = lognormal(1Mbps)", "over = grid, up = 1Mbps",
             "edge = uniform(2Mbps, 1Mbps)",
             "up = 1Mbps, down = 1Mbps, latency = -1s", "up = 1Mbps, down = 1Mbps, loss = 1s", "up = 1.1.1bps, down = 1bps"]
)  # fmt: skip
def test_other_networks_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--network"):
        read_network(text)


def test_other_times_are_refused() -> None:
    with pytest.raises(UsageError, match="--gradient-time"):
        read_time("5")


def test_the_seconds_of_gradient_descent() -> None:
    found = seconds_of(cost("gd"), STAR, number(0.005))
    parts = (found.computing.most, found.waiting.most, found.up.most, found.down.most)
    assert parts == pytest.approx((0.005, 0.04, 320_000 / 100e6, 320_000 / 1e9))
    assert found.total.least == found.total.most == pytest.approx(sum(parts))


def test_a_round_waits_for_its_busiest_node() -> None:
    """A member of PP-MARINA's set asks at two points, unless all asked in the round before."""
    rounds, p = 10, 0.01
    found = cost("pp_marina", rounds=rounds).full_gradients.least
    assert found == pytest.approx(p + (1 - p) * (1 + (1 - p) * (rounds - 1) / rounds), rel=1e-9)


def test_exchanges_of_a_collective_compressor_follow_one_another() -> None:
    assert cost("power_sgd").statements.least == 4
    assert cost("marina").statements.least == pytest.approx(2)


def test_minibatches_take_their_share_of_the_time() -> None:
    sgd = cost("sgd", samples=50, settings=("b=5",))
    assert seconds_of(sgd, STAR, number(1.0)).computing.least == pytest.approx(0.1)
    with pytest.raises(SetupError, match="--samples"):
        seconds_of(cost("sgd", settings=("b=5",)), STAR, number(1.0))
    assert seconds_of(cost("sgd", settings=("b=5",)), STAR, NO_TIME).computing.least == 0


def test_links_that_a_method_needs_are_asked_for() -> None:
    with pytest.raises(UsageError, match="method on a graph"):
        seconds_of(cost("dpsgd"), STAR)
    with pytest.raises(UsageError, match="has a server"):
        seconds_of(cost("gd"), read_network("edge = 1Gbps"))


def test_neighbours_send_side_by_side() -> None:
    """Each edge of D-PSGD's torus carries one dense vector each way."""
    found = seconds_of(cost("dpsgd", graph="torus", nodes=16), read_network("edge = 1Mbps, latency = 10ms"))
    assert found.total.least == pytest.approx(0.01 + 32_000 / 1e6)


@pytest.mark.parametrize(
    ("fan_out", "n", "hops"), [(1, 7, 7), (2, 2, 1), (2, 6, 2), (2, 7, 3), (3, 12, 2), (10**9, 10**6, 1)]
)
def test_a_tree_is_as_deep_as_its_nodes_need(fan_out: int, n: int, hops: int) -> None:
    assert Links(fan_out=fan_out).hops(n) == hops


def test_a_tree_hands_on_broadcasts_and_sums() -> None:
    """GD's gradients are added up on their way; of EF21's messages every one goes over the server's link."""
    gd, ef21 = cost("gd"), cost("ef21")
    for over, hops, copies in (("star", 1, 10), ("tree(2)", 3, 2), ("ring", 10, 1)):
        links = read_network(f"up = 100Mbps, down = 1Gbps, latency = 20ms, over = {over}")
        found = seconds_of(gd, links)
        assert found.waiting.least == pytest.approx(2 * hops * 0.02)
        assert (found.up.least, found.down.least) == pytest.approx(
            (copies * 32_000 / 1e8, copies * 32_000 / 1e9)
        )
        assert seconds_of(ef21, links).up == seconds_of(ef21, STAR).up


def test_a_node_may_have_the_slower_link() -> None:
    links = read_network("up = 100Mbps, down = 1Gbps, node_up = 1Mbps, node_down = 1Gbps")
    found = seconds_of(cost("gd"), links)
    assert (found.up.least, found.down.least) == pytest.approx((32_000 / 1e6, 320_000 / 1e9))


def test_messages_that_are_read_one_by_one_are_not_added_up() -> None:
    found = {}
    for name in ("gd", "marina", "ef21", "sign_sgd_mv"):
        plan = plan_program(compile_spec(find_spec(name), plugins(), ()), plugins())
        sent = [part for part in INSTRUCTIONS.walk(plan.round) if isinstance(part, Transfer)]
        found[name] = [part.span.line for part in sent if part.number in added_up(plan)]
    assert len(found["gd"]) == 1
    assert (found["marina"], found["ef21"], found["sign_sgd_mv"]) == ([21], [], [])


def test_where_the_run_decides_seconds_have_two_ends() -> None:
    found = seconds_of(cost("clag"), STAR, NO_TIME)
    assert found.total.least < found.total.most
    assert break_even_round(found, seconds_of(cost("gd"), STAR, NO_TIME)) is None


def test_at_the_break_even_both_take_as_long() -> None:
    one, other = cost("ef21"), cost("masha1")
    times = break_even_round(*(seconds_of(each, STAR, number(0.005)) for each in (one, other)))
    assert times is None, "ef21 sends less, computes less and waits less"
    one, other = cost("local_sgd"), cost("ef21")
    times = break_even_round(*(seconds_of(each, STAR, number(0.005)) for each in (one, other)))
    assert times is None
    one, other = cost("qsparse_local_sgd"), cost("gd")
    times = break_even_round(*(seconds_of(each, STAR, number(0.005)) for each in (one, other)))
    assert times is not None
    there = STAR.faster(times)
    first, second = (seconds_of(each, there, number(0.005)).total.least for each in (one, other))
    assert first == pytest.approx(second, rel=1e-12)
