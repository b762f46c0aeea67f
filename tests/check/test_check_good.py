"""Specs without mistakes: what they become, and that all that ship are among them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cablese.dsl.check import program as core
from cablese.dsl.check.canonical import canonical_hash
from cablese.dsl.check.kinds import EVERYONE, Kind, Placement, Spread, Where
from cablese.dsl.pipeline import compile_spec
from cablese.dsl.text.source import Source
from cablese.runtime.registry import plugins
from check_tools import HERE, SHIPPED, codes_of, expressions, program_of, spec_with, statements, targets

GOOD = sorted((HERE / "good").glob("*.alg"))
ALGORITHMS = sorted(SHIPPED.glob("*/*.alg"))


@pytest.mark.parametrize("path", GOOD + ALGORITHMS, ids=lambda path: path.stem)
def test_a_good_spec_is_accepted_and_holds_no_unknown_kind(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    shipped = path in ALGORITHMS
    program = compile_spec(Source(path.name, text), plugins()) if shipped else program_of(text)
    for expression in expressions((program.init, program.round, program.output, program.invariants)):
        assert expression.kind is not Kind.UNKNOWN or isinstance(expression, core.ParamRead)


def pp_marina() -> core.Program:
    """PP-MARINA that sends g under its own name."""
    text = (SHIPPED / "participation" / "pp_marina.alg").read_text(encoding="utf-8")
    return program_of(text.replace("u = g, c", "g, c").replace("gamma * u", "gamma * g"))


# --- state, homes, messages ----------------------------------------------------------------------------------


def test_state_is_what_a_round_reads_before_it_binds_it() -> None:
    states = {state.symbol.name: state.home for state in pp_marina().states}
    assert states == {"x": Where(Placement.ALL), "g": Where(Placement.SERVER)}


def test_messages_make_knowledge_grow_and_the_end_of_a_round_forgets_it() -> None:
    program = pp_marina()
    assert [t.where.placement for t in targets(program, "g")] == [
        Placement.SERVER,
        Placement.ALL,
        Placement.SERVER,
        Placement.SERVER,
    ]
    first = next(s for s in statements(program.round) if isinstance(s, core.Message))
    read = first.items[0].value
    assert isinstance(read, core.Read)
    assert (read.binding, read.where) == (0, Where(Placement.SERVER))


def test_a_family_over_a_drawn_bag_keeps_its_domain_and_the_set_its_name_when_sent() -> None:
    program = pp_marina()
    message = next(s for s in statements(program.round) if isinstance(s, core.Message) and s.members)
    drawn = next(
        s for s in statements(program.round) if isinstance(s, core.Draw) and s.distribution == "sample"
    )
    assert message.domain.over == drawn.target.binding
    assert (message.domain.name, message.domain.bag) == ("S", True)
    assert message.items[0].target.where == Where(Placement.LINK, Spread.NODES, message.domain)


def test_what_the_server_assigns_is_a_family_iff_an_operand_is() -> None:
    program = program_of(spec_with("node -> server: m = grad(x)\nserver:\n    a = mean(m)\n    b = m - a"))
    assert targets(program, "a")[0].where.spread is Spread.ONE
    assert targets(program, "b")[0].where == Where(Placement.SERVER, Spread.NODES)


def test_the_server_compresses_afresh_for_each_receiver() -> None:
    head = "compressor Q: unbiased = rand_k(k = 1)"
    program = program_of(
        spec_with("server: w = x\nserver -> node: u = Q(w)\nserver -> all: v = Q(w)", head=head)
    )
    found = {e.site.name: e.where for e in expressions(program.round) if isinstance(e, core.Compress)}
    assert found == {"u": Where(Placement.SERVER, Spread.NODES), "v": Where(Placement.SERVER)}


def test_a_single_value_that_joins_a_family_is_spread_out_on_its_branch() -> None:
    body = "all: event c ~ bernoulli(0.5)\nif c:\n    node: y = grad(x)\nelse:\n    all: y = x\nnode: z = y"
    program = program_of(spec_with(body))
    branch = next(s for s in program.round if isinstance(s, core.Branch))
    last = branch.otherwise[-1]
    assert isinstance(last, core.Assign)
    assert last.at == core.At(Placement.NODE, EVERYONE)
    assert last.targets[0].where == Where(Placement.NODE, Spread.NODES)


def test_a_family_that_ends_as_one_value_comes_home() -> None:
    program = program_of((HERE / "good" / "local_sgd.alg").read_text(encoding="utf-8"))
    last = program.round[-1]
    assert isinstance(last, core.Assign)
    assert (last.targets[0].symbol.name, last.targets[0].where) == ("y", Where(Placement.NODE, Spread.NODES))


def test_an_assignment_over_a_set_keeps_the_entries_of_the_others() -> None:
    program = program_of((HERE / "good" / "memories_at_server.alg").read_text(encoding="utf-8"))
    store = targets(program, "h")[-1]
    assert store.where == Where(Placement.LINK, Spread.NODES, EVERYONE)


def test_after_a_branch_a_name_is_known_to_those_who_know_it_on_both() -> None:
    body = """
    all: event c ~ bernoulli(0.5)
    if c:
        node -> server: m = grad(x)
    else:
        node: m = grad(x)
    node: y = m
    """
    program = program_of(spec_with(body))
    read = next(e for e in expressions(program.round[-2]) if isinstance(e, core.Read))
    assert (read.binding, read.where.placement) == (0, Placement.NODE)


def test_an_if_over_one_roles_blocks_is_an_if_inside_that_role() -> None:
    program = program_of(
        spec_with("server: event c ~ bernoulli(0.5)\nif c:\n    server: a = 1\nelse:\n    server: a = 2")
    )
    branch = next(s for s in program.round if isinstance(s, core.Branch))
    assert branch.at == core.At(Placement.SERVER, EVERYONE)


# --- kinds ---------------------------------------------------------------------------------------------------


def test_an_int_state_that_later_takes_a_real_is_real_throughout() -> None:
    program = program_of(spec_with("all: b = a\nall: a = a + 0.5", init="all: x = x0\nall: a = 0"))
    assert {t.kind for t in targets(program, "a") + targets(program, "b")} == {Kind.REAL}
    assert {state.symbol.name: state.kind for state in program.states}["a"] is Kind.REAL


def test_a_chain_of_int_states_becomes_real_through_all_of_them() -> None:
    init = "all: x = x0\n" + "\n".join(f"all: s{i} = 0" for i in range(9))
    body = "\n".join(f"all: s{i} = s{i + 1}" for i in range(8)) + "\nall: s8 = 0.5"
    program = program_of(spec_with(body, init=init))
    assert {state.kind for state in program.states} == {Kind.REAL, Kind.VECTOR}


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("max(samples_i)", Kind.INT),
        ("mean(L_i^2)", Kind.REAL),
        ("7 / 2", Kind.REAL),
        ("7 % 2", Kind.INT),
        ("n^2", Kind.INT),
        ("n^k", Kind.REAL),
        ("ceil(d / 10)", Kind.INT),
        ("min(1, 2.5)", Kind.REAL),
        ("min(n, d, 3)", Kind.INT),
        ("1 < 2 <= 3", Kind.BOOL),
        ("where(true, 1, 2.5)", Kind.REAL),
        ("norm2(x0)", Kind.REAL),
        ("samples", Kind.INT),
    ],
)
def test_kinds_of_params(written: str, kind: Kind) -> None:
    program = program_of(spec_with("all: y = x", head=f"param b = {written}"))
    assert program.params[0].kind is kind
    assert program.params[0].value is not None
    assert program.params[0].value.where == Where(Placement.ALL)


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("x > 0", Kind.MASK),
        ("where(x > 0, x, 0)", Kind.VECTOR),
        ("x^2 / norm(x)", Kind.VECTOR),
        ("dot(x, x)", Kind.REAL),
        ("max(x, 0, 1)", Kind.VECTOR),
        ("block_norm(x)", Kind.VECTOR),
        ('block("x")', Kind.MASK),
        ('where(block("x") and not block("y"), x, 1)', Kind.VECTOR),
        ("not (x > 0) or x < -1", Kind.MASK),
        ("-k", Kind.INT),
    ],
)
def test_kinds_of_values(written: str, kind: Kind) -> None:
    program = program_of(spec_with(f"all: y = {written}"))
    assert targets(program, "y")[0].kind is kind


# --- sites, schedules, the whole -----------------------------------------------------------------------------


def test_sites_count_draws_of_a_kind_and_name_with_init_first() -> None:
    text = (
        "algorithm M\nproblem minimize\ncompressor Q: unbiased = natural()\n"
        "round:\n    node -> server: m = Q(grad(x)) + Q(x)\n    all: event m ~ bernoulli(0.5)\n    all: x = Q(x)\n"
        "init:\n    all: x = x0\n    node -> server: m = Q(grad(x))\noutput x\n"
    )
    program = program_of(text)
    sites = [e.site for e in expressions((program.init, program.round)) if isinstance(e, core.Compress)]
    assert sites == [
        core.Site("compressor", "m", 0),
        core.Site("compressor", "m", 1),
        core.Site("compressor", "m", 2),
        core.Site("compressor", "x", 0),
    ]
    draws = [s.site for s in statements(program.round) if isinstance(s, core.Draw)]
    assert draws == [core.Site("event", "m", 0)]


def test_every_value_of_a_statement_draws_under_the_name_that_it_binds() -> None:
    head = "compressor Q: unbiased = natural()"
    program = program_of(spec_with("all: a, b = Q(x), Q(x)", head=head))
    names = [e.site.name for e in expressions(program.round) if isinstance(e, core.Compress)]
    assert names == ["a", "b"]


def test_params_that_depend_on_the_round_are_schedules() -> None:
    head = "param a = 1\nparam b = a / (1 + k)\nparam c = 2 * b\nparam e = prev(a)\nparam f = a"
    program = program_of(spec_with("all: y = x", head=head))
    assert {q.symbol.name: q.schedule for q in program.params} == {
        "a": False,
        "b": True,
        "c": True,
        "e": True,
        "f": False,
    }


def test_a_schedule_counts_rounds_that_the_round_block_does_not_name() -> None:
    text = spec_with("all: y = x", head="param a = 1 / (1 + k)").replace("round k:", "round:")
    program = program_of(text)
    assert program.counter is not None
    assert program.counter.name == "k"


def test_binding_numbers_are_distinct_and_reads_name_them() -> None:
    program = pp_marina()
    numbers = [t.binding for name in ("x", "g", "m", "c", "S", "x_old") for t in targets(program, name)]
    assert len(set(numbers)) == len(numbers)
    reads = {e.binding for e in expressions((program.init, program.round)) if isinstance(e, core.Read)}
    assert reads <= {0, *numbers}


def test_shared_is_an_argument_of_every_compressor() -> None:
    head = "compressor Q: any = natural(shared = true)\ncompressor P: any = quantize(s = 1) of rand_k(k = 2, shared = true)"
    program = program_of(spec_with("all: y = Q(x)\nall: z = P(x)", head=head))
    assert [c.shared for c in program.compressors] == [True, True]
    assert {e.shared for e in expressions(program.round) if isinstance(e, core.Compress)} == {True}
    outer = program.compressors[1].default
    assert outer is not None
    assert outer.inner is not None
    assert (outer.name, outer.inner.name, outer.inner.arguments[0][0]) == ("quantize", "rand_k", "k")


def test_arguments_may_be_round_values() -> None:
    head = "compressor Q: any = scale()"
    program = program_of(spec_with("all: s = norm(x)\nall: y = Q(x, scale = s)", head=head))
    compress = next(e for e in expressions(program.round) if isinstance(e, core.Compress))
    assert [name for name, _ in compress.settings] == ["scale"]
    assert codes_of(spec_with("all: y = Q(x)", head=head)) == ["E404"]
    assert codes_of(spec_with("all: y = Q(x, scale = x > 0)", head=head)) == ["E405"]


def test_words_norms_and_compressors_are_arguments() -> None:
    inner = 'mixed(inner = quantize(s = 2, norm = inf), label = "big")'
    head = f"compressor Q: any = {inner}\ncompressor R: any = coded(mode = seeded)"
    program = program_of(spec_with("all: y = Q(x)\nall: z = R(x)", head=head))
    default = program.compressors[0].default
    assert default is not None
    bound = dict(default.arguments)["inner"]
    assert isinstance(bound, core.CompressorCall)
    assert dict(bound.arguments)["norm"] == "inf"
    assert dict(default.arguments)["label"] == "big"
    assert codes_of(spec_with("all: y = x", head="compressor R: any = coded(mode = seede)")) == ["E405"]


def test_the_hash_is_blind_to_layout_and_sees_content() -> None:
    text = (HERE / "good" / "lazy.alg").read_text(encoding="utf-8")
    spread = text.replace("    ", "  ").replace(" = ", "  =  ").replace("round:", "# a comment\n\nround:")
    assert canonical_hash(program_of(text)) == canonical_hash(program_of(spread))
    assert canonical_hash(program_of(text)) != canonical_hash(program_of(text.replace("0.1", "0.2")))


def test_problem_kinds() -> None:
    text = (HERE / "good" / "saddle.alg").read_text(encoding="utf-8")
    assert program_of(text).problem is core.ProblemKind.SADDLE
    assert (
        program_of(text.replace("problem saddle", "problem variational_inequality")).problem
        is core.ProblemKind.VI
    )


def test_a_message_to_neighbors_implies_a_graph() -> None:
    text = (HERE / "good" / "choco.alg").read_text(encoding="utf-8")
    assert program_of(text.replace(" on graph", "")).on_graph
