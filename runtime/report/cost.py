"""The cost of methods as tables and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import isinf, isnan
from typing import TYPE_CHECKING, Any

from ..execute.cost import Amount, Cost, MessageCost
from ..execute.crossover import Span, Stretch
from ..execute.gradient_cost import Gradients
from ..execute.network import Links
from ..execute.round_time import Seconds, break_even_round
from .cost_formulas import formula_lines, formula_record
from .fitted import FittedTable
from .rates import rates_text
from .units import bits_text, count_text, value_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType


def cost_report(
    costs: Sequence[Cost], network: Links | None = None, seconds: Sequence[Seconds] | None = None
) -> Iterator[RenderableType]:
    """The tables of each method, and of several a table that has one line for each; `seconds` are those of a round."""
    for cost in costs:
        yield _title(cost)
        yield _messages_table(cost)
        yield _totals_table(cost)
        yield "\n".join((_gradients_line(cost), _state_text(cost), _flops_text(cost)))
        yield "\n".join(formula_lines(cost))
    if len(costs) > 1:
        yield _comparison(costs)
    if network is not None and seconds is not None:
        yield _seconds_table(costs, seconds)
        if len(costs) > 1:
            yield "\n".join(_break_evens(costs, seconds, network))


def crossover_lines(found: Sequence[Stretch], span: Span, names: Sequence[str]) -> Iterator[str]:
    """A line for each stretch of numbers: who sends less in a round there."""
    for stretch in found:
        of = f"{stretch.first}" if stretch.first == stretch.last else f"{stretch.first} to {stretch.last}"
        less = "neither surely sends less" if stretch.ahead is None else f"{names[stretch.ahead]} sends less"
        yield f"{span.name} = {of}: {less}"


def crossover_records(found: Sequence[Stretch], span: Span, names: Sequence[str]) -> list[dict[str, Any]]:
    """The stretches as `--json` prints them: who sends less from one number to another, null where neither surely does."""
    return [
        {
            span.name: [stretch.first, stretch.last],
            "less": None if stretch.ahead is None else names[stretch.ahead],
        }
        for stretch in found
    ]


def _seconds_table(costs: Sequence[Cost], seconds: Sequence[Seconds]) -> FittedTable:
    headings = ("seconds a round", "gradients", "latency", "up", "down", "together")
    table = FittedTable(headings, right=(1, 2, 3, 4, 5), spare=(2, 1, 3, 4))
    for cost, own in zip(costs, seconds, strict=True):
        parts = (own.computing, own.waiting, own.up, own.down, own.total)
        table.add_row(cost.algorithm, *(amount_text(part, value_text) for part in parts))
    return table


def _break_evens(costs: Sequence[Cost], seconds: Sequence[Seconds], network: Links) -> Iterator[str]:
    """A line for each two methods: the links with which a round of both takes as long, or that there are none."""
    for (one, first), (other, second) in combinations(zip(costs, seconds, strict=True), 2):
        names = f"{one.algorithm} and {other.algorithm}"
        times = break_even_round(first, second)
        if times is None:
            yield f"{names}: {_ahead(one, first, other, second)}"
            continue
        fewer, more = (one, other) if first.moving.least < second.moving.least else (other, one)
        rates = rates_text(network.faster(times), {bool(one.graph), bool(other.graph)})
        yield f"a round of {fewer.algorithm} is shorter than one of {more.algorithm} below {rates}, and longer above"


def _ahead(one: Cost, first: Seconds, other: Cost, second: Seconds) -> str:
    """The method whose round is shorter at any speed of links."""
    for cost, own, its in ((one, first, second), (other, second, first)):
        if own.fixed.most <= its.fixed.least and own.moving.most <= its.moving.least:
            same = own.total.least == its.total.most
            return (
                "a round takes as long" if same else f"a round of {cost.algorithm} is shorter with any links"
            )
    return "no break-even, since not all is known before a run"


def cost_records(costs: Sequence[Cost], seconds: Sequence[Seconds] | None = None) -> list[dict[str, Any]]:
    """The costs as `--json` prints them, with the seconds of a round where there is a network."""
    records = [cost_record(cost) for cost in costs]
    for record, own in zip(records, seconds or (), strict=bool(seconds)):
        parts = {"gradients": own.computing, "latency": own.waiting, "up": own.up, "down": own.down}
        record["seconds"] = {name: _ends(amount) for name, amount in (parts | {"total": own.total}).items()}
    return records


def cost_record(cost: Cost) -> dict[str, Any]:
    """The cost as `--json` prints it: bits of messages and in total, each as [least, most], null without an end."""
    return {
        "algorithm": cost.algorithm,
        "n": cost.n,
        "d": cost.d,
        "rounds": cost.rounds,
        "samples": cost.samples,
        "graph": cost.graph,
        "groups": cost.groups,
        "bits": cost.count,
        "messages": [_message_record(row) for row in cost.messages],
        "round": _totals_record(cost, in_init=False),
        "init": _totals_record(cost, in_init=True),
        "gradients": {
            "round": _gradients_record(cost.gradients),
            "init": _gradients_record(cost.gradients_in_init),
        },
        "state": {"server": cost.state.server, "node": cost.state.node},
        "flops": {"server": _ends(cost.flops_server), "node": _ends(cost.flops_node)},
        "formulas": formula_record(cost),
    }


def _totals_record(cost: Cost, *, in_init: bool) -> dict[str, Any]:
    found = {
        "bits_up": cost.bits(up=True, in_init=in_init),
        "bits_down": cost.bits(up=False, in_init=in_init),
        "bits_down_broadcast": cost.broadcast(in_init=in_init),
    }
    return {name: _ends(amount) for name, amount in found.items()}


def _message_record(row: MessageCost) -> dict[str, Any]:
    return {
        "line": row.line,
        "route": row.route.value,
        "name": row.name,
        "codec": row.codec,
        "in_init": row.in_init,
        "bits": _ends(row.bits),
        "copies": _ends(row.copies),
        "total": _ends(row.total),
        "about": row.total.about,
    }


def _gradients_record(found: Gradients | None) -> dict[str, Any] | None:
    if found is None:
        return None
    single = None if isnan(found.single) else found.single
    return {"full": found.all_samples, "single": single, "note": found.note}


def _ends(amount: Amount) -> list[float | None]:
    return [amount.least, None if isinf(amount.most) else amount.most]


_COUNTED = {
    "codec": "",
    "paper": ", as papers count",
    "entropy": ", by information",
    "dense": ", as if not compressed",
}


def _title(cost: Cost) -> str:
    of = f" ({cost.graph})" if cost.graph else f" in {cost.groups} groups" if cost.groups > 1 else ""
    return f"{cost.algorithm}: {cost.n} nodes{of}, d = {cost.d}, means over {cost.rounds} rounds{_COUNTED[cost.count]}"


def _messages_table(cost: Cost) -> FittedTable:
    headings = ("line", "when", "message", "codec", "bits each", "copies", "bits")
    table = FittedTable(headings, right=(0, 4, 5, 6), spare=(5, 4, 1, 3))
    for row in cost.messages:
        when = "once" if row.in_init else "per round"
        numbers = (
            amount_text(row.bits, bits_text),
            amount_text(row.copies, value_text),
            amount_text(row.total, bits_text),
        )
        table.add_row(str(row.line), when, f"{row.route.value}: {row.name}", row.codec, *numbers)
    return table


def _totals_table(cost: Cost) -> FittedTable:
    table = FittedTable(("", "a round", "a round and node", "before round 0"), right=(1, 2, 3), spare=(3,))
    for name, up in (("bits up", True), ("bits down", False)):
        each, before = cost.bits(up=up), cost.bits(up=up, in_init=True)
        amounts = (each, each * (1 / cost.n), before)
        table.add_row(name, *(amount_text(amount, bits_text) for amount in amounts))
    if not cost.graph:
        once, before = cost.broadcast(), cost.broadcast(in_init=True)
        cells = (amount_text(once, bits_text), "", amount_text(before, bits_text))
        table.add_row("bits down, broadcasts counted once", *cells)
    return table


def _gradients_line(cost: Cost) -> str:
    before = f"; {gradients_text(cost.gradients_in_init)} before round 0" if cost.gradients_in_init else ""
    return f"gradients of a node in a round: {gradients_text(cost.gradients)}{before}"


def gradients_text(found: Gradients | None) -> str:
    """Gradients in words: `1 full, 3 single`."""
    if found is None:
        return "not known"
    single = "minibatches of an unknown size" if isnan(found.single) else f"{value_text(found.single)} single"
    parts = [f"{value_text(found.all_samples)} full"] if found.all_samples else []
    parts += [single] if found.single else []
    note = f"{found.note} " if found.note else ""
    return note + (", ".join(parts) or "0")


def _state_text(cost: Cost) -> str:
    server = "" if cost.graph else f"{count_text(cost.state.server)} at the server, "
    return f"floats of state: {server}{count_text(cost.state.node)} at a node"


def _flops_text(cost: Cost) -> str:
    server = "" if cost.graph else f"{amount_text(cost.flops_server, count_text)} at the server, "
    return f"operations of the update: {server}{amount_text(cost.flops_node, count_text)} at a node"


def _comparison(costs: Sequence[Cost]) -> FittedTable:
    headings = ("a round and node", "bits up", "bits down", "both", "gradients", "floats of state")
    table = FittedTable(headings, right=(1, 2, 3, 5), spare=(5, 3, 4))
    for cost in costs:
        up, down = (cost.bits(up=way) * (1 / cost.n) for way in (True, False))
        bits = (amount_text(amount, bits_text) for amount in (up, down, up + down))
        table.add_row(cost.algorithm, *bits, gradients_text(cost.gradients), count_text(cost.state.node))
    return table


def amount_text(amount: Amount, text: Callable[[float], str]) -> str:
    """A number in words: `3.2 kbit`, `about 3.2 kbit`, `0 bit to 3.2 kbit`, `at least 3.2 kbit`."""
    about = "about " if amount.about else ""
    if amount.known:
        return about + text(amount.least)
    if isinf(amount.most):
        return f"at least {about}{text(amount.least)}"
    if not amount.least:
        return f"at most {about}{text(amount.most)}"
    return f"{text(amount.least)} to {about}{text(amount.most)}"
