"""Seconds of a round over a star, and the links with which two methods take as long."""

from __future__ import annotations

from typing import Any

import pytest
from cablese.runtime.errors import SetupError, UsageError
from cablese.runtime.execute.cost import Cost, Scale, cost_of
from cablese.runtime.execute.network import Network, break_even, read_network, read_time, seconds_of
from cablese.runtime.execute.options import Options
from cablese.runtime.library import find_spec

STAR = Network(up=100e6, down=1e9, latency=0.02)


def cost(name: str, samples: int | None = None, **options: Any) -> Cost:
    return cost_of(find_spec(name), Scale(Options(**options), 1000, samples))


def test_networks_are_read() -> None:
    assert read_network("up = 100Mbps, down = 1Gbps, latency = 20ms") == STAR
    assert read_network("down=1e3 kbit/s,up=2.5bps") == Network(2.5, 1e6, 0.0)
    assert (read_time("5ms"), read_time("2 min")) == (0.005, 120)


@pytest.mark.parametrize(
    "text", ["", "up = 1Mbps", "up = 1Mbps, down = 0bps", "up = 1, down = 1Mbps", "up = 1Mbps, up = 1Mbps",
             "up = 1Mbps, down = 1Mbps, latency = -1s", "up = 1Mbps, down = 1Mbps, loss = 1s", "up = 1.1.1bps, down = 1bps"]
)  # fmt: skip
def test_other_networks_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--network"):
        read_network(text)


def test_other_times_are_refused() -> None:
    with pytest.raises(UsageError, match="--gradient-time"):
        read_time("5")


def test_the_seconds_of_gradient_descent() -> None:
    found = seconds_of(cost("gd"), STAR, 0.005)
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
    assert seconds_of(sgd, STAR, 1.0).computing.least == pytest.approx(0.1)
    with pytest.raises(SetupError, match="--samples"):
        seconds_of(cost("sgd", settings=("b=5",)), STAR, 1.0)
    assert seconds_of(cost("sgd", settings=("b=5",)), STAR, 0.0).computing.least == 0


def test_a_graph_is_no_star() -> None:
    with pytest.raises(UsageError, match="method on a graph"):
        seconds_of(cost("dpsgd"), STAR, 0.0)


def test_where_the_run_decides_seconds_have_two_ends() -> None:
    found = seconds_of(cost("clag"), STAR, 0.0)
    assert found.total.least < found.total.most
    assert break_even(found, seconds_of(cost("gd"), STAR, 0.0)) is None


def test_at_the_break_even_both_take_as_long() -> None:
    one, other = cost("ef21"), cost("masha1")
    times = break_even(*(seconds_of(each, STAR, 0.005) for each in (one, other)))
    assert times is None, "ef21 sends less, computes less and waits less"
    one, other = cost("local_sgd"), cost("ef21")
    times = break_even(*(seconds_of(each, STAR, 0.005) for each in (one, other)))
    assert times is None
    one, other = cost("qsparse_local_sgd"), cost("gd")
    times = break_even(*(seconds_of(each, STAR, 0.005) for each in (one, other)))
    assert times is not None
    there = Network(STAR.up * times, STAR.down * times, STAR.latency)
    first, second = (seconds_of(each, there, 0.005).total.least for each in (one, other))
    assert first == pytest.approx(second, rel=1e-12)
