"""Aggregates of one expression run over the same nodes; `over` says which; every remedy is tried."""

from __future__ import annotations

import pytest
from check_tools import checked, codes_of, spec_with

SENT = """
server: event S ~ subset(n, 2)
server -> all: S
server: event r ~ choice(1, 4)
node in S -> server: m = grad(x)
node when norm(x) > 1 -> server: q = grad(x)
node -> server: h = grad(x)
"""


def written(*lines: str) -> str:
    return spec_with(SENT + "\n".join(f"server: {line}" for line in lines))


@pytest.mark.parametrize(
    ("expression", "over_senders", "apart"),
    [
        ("sum(samples_i * m) / sum(samples_i)", "sum(samples_i over m)", "sum(samples_i)"),
        ("mean(m) + mean(h)", "mean(h over m)", "mean(h)"),
        ("mean(h) - 2 * mean(m - h)", "mean(h over m)", "mean(h)"),
        ("mean(q) * max(L_i)", "max(L_i over q)", "max(L_i)"),
        ("mean(q / max(L_i))", "max(L_i over q)", "max(L_i)"),
        ("sum(m * norm(mean(h)))", "mean(h over m)", "mean(h)"),
        ("where(mean(m) > mean(h), 1, 0)", "mean(h over m)", "mean(h)"),
        ("median(L_i over S) * mean(h)", "mean(h over S)", "mean(h)"),
    ],
)
def test_both_ways_to_mean_two_domains(expression: str, over_senders: str, apart: str) -> None:
    _, (said,) = checked(written(f"a = {expression}"))
    name = f"all_{apart.split('(')[0]}"
    assert said.code == "E220"
    assert "over all nodes" in said.message and "over the nodes in" in said.message
    assert f"`{over_senders}`" in said.help and f"`{name} = {apart}`" in said.help
    assert codes_of(written(f"a = {expression.replace(apart, over_senders)}")) == []
    assert codes_of(written(f"{name} = {apart}", f"a = {expression.replace(apart, name)}")) == []


@pytest.mark.parametrize(
    "expression", ["mean(m) - mean(q)", "mean(m) + sum(1 over h)", "sum(m over S) + mean(q)"]
)
def test_aggregates_over_two_subsets(expression: str) -> None:
    _, (said,) = checked(written(f"a = {expression}"))
    assert said.code == "E220" and "on a line of its own" in said.help
    one, operator, other = expression.rpartition(" - " if " - " in expression else " + ")
    assert codes_of(written(f"b = {one}", f"a = b {operator.strip()} {other}")) == []


@pytest.mark.parametrize(
    "lines",
    [
        ("a = sum(m) / n",),
        ("a = mean(m) * r",),
        ("a = sum(m)", "b = sum(h)", "c = a + b"),
        ("a, b = sum(m), sum(h)",),
        ("a = sum(m) / sum(1 over m)",),
        ("a = sum(m) / sum(1 over S)",),
        ("a = mean(h over who(q)) - mean(q)",),
        ("a = mean(h over h) - mean(h)",),
        ("a = mean(x over h)",),
        ("a = mean(norm(h - x) over m)",),
    ],
)
def test_one_domain(lines: tuple[str, ...]) -> None:
    assert codes_of(written(*lines)) == []


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("a = sum(m) over S", ["E221"]),
        ("a = h over m", ["E221"]),
        ("a = norm(mean(h) over m)", ["E221"]),
        ("a = sum(h over x)", ["E221"]),
        ("a = sum(h over 2)", ["E221"]),
        ("a = sum(h over nothing)", ["E201"]),
        ("a = sum(m over q)", ["E209"]),
        ("a = sum(S over m)", ["E301"]),
        ("over = 1", ["E304"]),
    ],
)
def test_over_out_of_place(line: str, codes: list[str]) -> None:
    assert codes_of(written(line)) == codes


def test_an_over_outside_of_its_aggregate_is_moved_inside() -> None:
    _, (said,) = checked(written("a = sum(h) over S"))
    assert "`sum(h over S)`" in said.help
    assert codes_of(written("a = sum(h over S)")) == []


def test_what_only_nodes_know_names_no_senders_to_the_server() -> None:
    assert codes_of(spec_with("node: e = grad(x)\nserver: a = sum(L_i over e)")) == ["E203"]
