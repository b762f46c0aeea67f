"""What statements become: effects in order, packets beside values, sparse kept sparse, guards where they are needed."""

from __future__ import annotations

from cablese.dsl.check.contracts import Form
from cablese.dsl.plan import instructions as ir
from plan_tools import computes, everything, method, plan_of, shipped, transfers

STEP = "server -> all: v = mean(m)\nall: x = x - 0.1 * v"


def oracles(plan: ir.Plan) -> list[ir.CallOracle]:
    return [part for part in everything(plan) if isinstance(part, ir.CallOracle)]


def test_two_gradients_of_one_statement_have_names_of_their_own() -> None:
    text = method(
        f"node: event a ~ minibatch(2); event b ~ minibatch(2)\nnode -> server: m = grad(x, a) - grad(x, b)\n{STEP}"
    )
    names = [call.target.name for call in oracles(plan_of(text))]
    assert names == ["grad_x", "grad_x_2"]


def test_a_gradient_that_a_statement_reads_twice_is_asked_for_once() -> None:
    assert len(oracles(plan_of(method(f"node -> server: m = grad(x) + 2 * grad(x)\n{STEP}")))) == 1


def test_an_item_that_reads_an_item_before_it_goes_in_a_message_of_its_own() -> None:
    text = method(f"node -> server: q = Q(grad(x)), r = 2 * x, m = q + x\n{STEP}")
    assert [[p.target.name for p in t.message_items] for t in transfers(plan_of(text))] == [
        ["q", "r"],
        ["m"],
        ["v"],
    ]


def test_values_that_are_stored_together_are_evaluated_first() -> None:
    text = method(
        f"all: event S ~ subset(n, 2)\nnode in S: a, b = b + x, a\nnode -> server: m = grad(x) + a + b\n{STEP}",
        init="all: x = x0\nnode: a = zeros; b = x0",
    )
    plan = plan_of(text)
    held = [part for part in plan.round if isinstance(part, ir.Compute) and len(part.targets) == 2]
    stores = [part for part in plan.round if isinstance(part, ir.Store)]
    assert len(held) == 1
    assert [store.value for store in stores] == [ir.Use(slot) for slot in held[0].targets]


# --- sparse values -------------------------------------------------------------------------------------------


def written(plan: ir.Plan, name: str) -> str:
    """The operators of a name's value, from the outside in."""
    value: ir.Pure = computes(plan, name)[0].values[0]
    found = []
    while isinstance(value, ir.Operation | ir.Fold):
        found.append(value.operator)
        value = (
            value.argument
            if isinstance(value, ir.Fold)
            else value.arguments[-1 if value.operator == "add" else 0]
        )
    return " ".join(found)


def forms(value: str) -> str:
    head = "node -> server: q = Q(grad(x))\n"
    return written(
        plan_of(method(f"{head}node: e = {value}\nnode -> server: m = grad(x) + 0 * e\n{STEP}")), "e"
    )


def test_scaling_and_adding_keep_a_value_sparse() -> None:
    assert forms("2 * q") == "scale"
    assert forms("-q / 3") == "shrink scale"
    assert forms("x0 + L_i * x + q * 2") == "add scale"


def test_everything_else_takes_it_dense() -> None:
    assert forms("q * q") == "* dense"
    assert forms("norm2(q) * x") == "* norm2 dense"
    assert forms("where(q > 0, q, x)") == "where > dense"
    assert forms("q - x") == "- dense"
    assert forms("L_i * q").startswith("*")


def test_one_of_two_sparse_values_is_taken_dense() -> None:
    text = method(
        f"node -> server: q = Q(grad(x)), r = Q(x)\nnode: e = e + r - q\nnode -> server: m = grad(x) + e\n{STEP}",
        init="all: x = x0\nnode: e = zeros",
    )
    value = computes(plan_of(text), "e")[0].values[0]
    assert isinstance(value, ir.Operation)
    assert value.operator == "subtract"
    assert value.form is Form.DENSE


def test_a_state_is_dense_at_the_end_of_a_round() -> None:
    text = method(
        f"node: q = Q(grad(x) - q)\nnode -> server: m = grad(x) + q\n{STEP}",
        init="all: x = x0\nnode: q = zeros",
    )
    plan = plan_of(text)
    (last,) = computes(plan, "q")
    assert isinstance(last.values[0], ir.Operation)
    assert last.values[0].operator == "dense"
    assert last.span.line == next(p.span.line for p in plan.round if isinstance(p, ir.Compress))


# --- packets -------------------------------------------------------------------------------------------------


def codec_of(body: str, name: str = "m") -> str | None:
    """Whose codec writes a name in a round with these statements; the server steps with `m`."""
    plan = plan_of(method(f"{body}\n{STEP}", init="all: x = x0\nnode: e = zeros"))
    return next(p.compressor for t in transfers(plan) for p in t.message_items if p.target.name == name)


def test_what_a_compressor_returned_is_sent_as_its_packet() -> None:
    assert codec_of("node: q = Q(grad(x))\nnode -> server: m = q") == "Q"
    assert codec_of("node: q = Q(grad(x)); r = q\nnode: q = 2 * q\nnode -> server: m = r") == "Q"
    assert codec_of("node: q, r = Q(grad(x)), x\nnode -> server: m = q") == "Q"


def test_arithmetic_makes_it_dense_again() -> None:
    assert codec_of("node: q = Q(grad(x))\nnode: q = q * 2\nnode -> server: m = q") is None
    assert codec_of("node: q = Q(grad(x)) + x\nnode -> server: m = q") is None


def test_a_packet_survives_a_branch_that_leaves_one_on_both_ways() -> None:
    choose = "all: event c ~ bernoulli(0.5)\n"
    both = choose + "if c:\n    node: q = Q(grad(x))\nelse:\n    node: q = Q(x)\nnode -> server: m = q"
    one = choose + "node: q = Q(grad(x))\nif c:\n    node: q = x\nnode -> server: m = q"
    again = choose + "node: q = Q(grad(x)); r = q\nif c:\n    node: q = Q(x)\nnode -> server: m = q, s = r"
    assert codec_of(both) == "Q"
    assert codec_of(one) is None
    assert codec_of(again) == codec_of(again, "s") == "Q"


def test_a_second_packet_of_a_name_leaves_the_first_as_it_is() -> None:
    text = method(f"node: q = Q(grad(x)); r = q; q = Q(x)\nnode -> server: m = q, s = r\n{STEP}")
    sent = transfers(plan_of(text))[0]
    packets = [
        message_item.payload.slot.name
        for message_item in sent.message_items
        if isinstance(message_item.payload, ir.Use)
    ]
    assert len(set(packets)) == 2


def test_the_draw_of_a_value_travels_with_it() -> None:
    text = method(
        "server: event j ~ choice(1, 200)\nserver -> all: j\nserver: event j ~ choice(1, 3)\nserver -> all: j\n"
        "node -> server: m = grad(x) / j\n" + STEP
    )
    draws = [t.message_items[0].draw for t in transfers(plan_of(text))[:2]]
    assert [d.arguments[1] for d in draws if d is not None] == [
        ir.Number(200, draws[0].arguments[1].kind) if draws[0] else None,
        ir.Number(3, draws[0].arguments[1].kind) if draws[0] else None,
    ]


# --- guards --------------------------------------------------------------------------------------------------


def test_a_state_that_is_updated_in_place_needs_no_guard() -> None:
    plan = shipped("diana")
    assert [p.slot.name for p in plan.round if isinstance(p, ir.Guard)] == ["x"]
    assert {p.slot.name for p in plan.init if isinstance(p, ir.Guard)} == {"x", "h", "h_i"}


def test_a_guard_stands_in_the_way_that_makes_a_new_array() -> None:
    body = """
        all: event c ~ bernoulli(0.5)
        if c:
            node -> server: m = grad(x)
            server: h = mean(m)
        else:
            node -> server: m = Q(grad(x))
            server: h = h + mean(m)
        server -> all: v = 1 * h
        all: x = x - v
    """
    text = method(body, init="all: x = x0\nserver: h = zeros")
    branch = next(p for p in plan_of(text).round if isinstance(p, ir.Branch))
    assert [p.slot.name for p in branch.then if isinstance(p, ir.Guard)] == ["h"]
    assert not [p for p in branch.otherwise if isinstance(p, ir.Guard)]


def test_what_was_just_sent_needs_no_guard() -> None:
    plan = plan_of(method("node -> server: m = grad(x)\nserver -> all: x = x - mean(m)"))
    assert not [p for p in plan.round if isinstance(p, ir.Guard)]


# --- families over some nodes --------------------------------------------------------------------------------


def test_constants_and_families_of_all_nodes_are_read_at_the_members() -> None:
    text = method(
        f"all: event S ~ subset(n, 2)\nnode in S -> server: m = L_i * e + grad(x)\n{STEP}",
        init="all: x = x0\nnode: e = zeros",
    )
    payload = transfers(plan_of(text))[0].message_items[0].payload
    assert str(payload).count("Gather(") == 2


def test_the_server_takes_the_members_of_a_family_of_all() -> None:
    text = method(
        "all: event S ~ subset(n, 2)\nnode in S -> server: q = grad(x)\nserver -> all: v = mean(q - h)\n"
        "link: h = 0.1 * v\nall: x = x - v",
        init="all: x = x0\nlink: h = zeros",
    )
    payload = transfers(plan_of(text))[1].message_items[0].payload
    assert "Gather(" in str(payload)


def test_one_value_is_spread_over_the_members() -> None:
    text = method(
        f"all: event S ~ subset(n, 2)\nnode in S: a = x\nnode in S -> server: m = grad(x) + a\n{STEP}"
    )
    members = computes(plan_of(text), "a")[0].members
    assert members is not None
    assert members.name == "S"
