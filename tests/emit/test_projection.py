"""A role's program in the spec's syntax: a subsequence of the spec that holds what the role does and no more."""

from __future__ import annotations

import textwrap

import pytest
from cablese.dsl.check.desugar import calls_in
from cablese.dsl.emit.projection import Role, project_spec
from cablese.dsl.pipeline import read_spec
from cablese.dsl.syntax import nodes
from cablese.dsl.syntax.printer import print_spec
from cablese.dsl.text.source import Source
from cablese.runtime.library import find_spec, shipped_specs
from library_tiers import specs_by_tier

SHIPPED = [spec.name for spec in shipped_specs()]


def projected(text: str, role: Role) -> str:
    """The role's program of a spec with these lines, without the first two and blank ones."""
    source = Source("m.alg", f"algorithm M\nproblem minimize\n{textwrap.dedent(text).strip()}\n")
    lines = print_spec(project_spec(read_spec(source), role)).splitlines()[2:]
    return "\n".join(line for line in lines if line)


def flat(body: tuple[nodes.Stmt, ...]) -> list[nodes.Stmt]:
    found: list[nodes.Stmt] = []
    for statement in body:
        found.append(statement)
        match statement:
            case nodes.If():
                found += flat(statement.then) + flat(statement.otherwise)
            case nodes.Repeat() | nodes.Place():
                found += flat(statement.body)
            case nodes.Message() | nodes.Assign() | nodes.Event():
                continue
    return found


def statements(spec: nodes.Spec) -> list[nodes.Stmt]:
    return [s for line in spec.lines if isinstance(line, nodes.Init | nodes.Round) for s in flat(line.body)]


@pytest.mark.parametrize("role", ["server", "node"])
@pytest.mark.parametrize("name", specs_by_tier())
def test_each_role_does_a_subsequence_of_the_spec(name: str, role: Role) -> None:
    spec = read_spec(find_spec(name))
    whole = iter(statement.span for statement in statements(spec))
    assert all(
        any(span == other for other in whole)
        for span in (s.span for s in statements(project_spec(spec, role)))
    )


@pytest.mark.parametrize("name", specs_by_tier())
def test_nothing_is_lost_between_the_roles(name: str) -> None:
    spec = read_spec(find_spec(name))
    spans = [{s.span for s in statements(project_spec(spec, role))} for role in ("server", "node")]
    assert spans[0] | spans[1] == {s.span for s in statements(spec)}
    messages = {s.span for s in statements(spec) if isinstance(s, nodes.Message)}
    on_graph = any(isinstance(line, nodes.Problem) and line.on_graph for line in spec.lines)
    assert messages <= (spans[1] if on_graph else spans[0] & spans[1])


@pytest.mark.parametrize("role", ["server", "node"])
@pytest.mark.parametrize("name", specs_by_tier())
def test_the_text_parses_to_the_same_program(name: str, role: Role) -> None:
    program = project_spec(read_spec(find_spec(name)), role)
    assert read_spec(Source("again", print_spec(program))) == program


@pytest.mark.parametrize("name", specs_by_tier())
def test_the_server_calls_no_oracle_of_the_data(name: str) -> None:
    for statement in statements(project_spec(read_spec(find_spec(name)), "server")):
        for item in statement.items if isinstance(statement, nodes.Message) else ():
            assert not [
                c for c in calls_in(item.value or item.target) if c.function.id in ("grad", "F", "loss")
            ]


SPEC = """
    param a = 1
    param b = a + 1
    param c = 2
    compressor Q: unbiased = rand_k(k = c)
    compressor R: unbiased = rand_k(k = 3)
    require b > 0
    require c > 0
    init:
        all: x = x0
        server: s = b * x
    round:
        node -> server: m = Q(grad(x))
        server:
            s = s + mean(m)
            if norm(s) > 1:
                s = s / 2
        all: event e ~ bernoulli(0.5)
        if e:
            server: s = 0.5 * s
        else:
            node: h = x
        if e:
            all: event f ~ bernoulli(0.5)
            if f:
                server: s = s
        link: t = m
        server -> node: u = R(s)
    output s
"""


def test_the_server() -> None:
    assert projected(SPEC, "server") == textwrap.dedent(
        """\
        param a = 1
        param b = a + 1
        param c = 2
        compressor Q: unbiased = rand_k(k = c)
        compressor R: unbiased = rand_k(k = 3)
        require b > 0
        require c > 0
        init:
            all: x = x0
            server: s = b * x
        round:
            node -> server: m
            server:
                s = s + mean(m)
                if norm(s) > 1:
                    s = s / 2
            all: event e ~ bernoulli(0.5)
            if e:
                server: s = 0.5 * s
            if e:
                all: event f ~ bernoulli(0.5)
                if f:
                    server: s = s
            link: t = m
            server -> node: u = R(s)
        output s"""
    )


def test_the_nodes() -> None:
    """No `s`, so no `b` and no output; a way that is left alone stands under `not`."""
    assert projected(SPEC, "node") == textwrap.dedent(
        """\
        param c = 2
        compressor Q: unbiased = rand_k(k = c)
        compressor R: unbiased = rand_k(k = 3)
        require c > 0
        init:
            all: x = x0
        round:
            node -> server: m = Q(grad(x))
            all: event e ~ bernoulli(0.5)
            if not e:
                node: h = x
            if e:
                all: event f ~ bernoulli(0.5)
            link: t = m
            server -> node: u"""
    )


def test_groups_neighbours_members_and_conditions_stay_with_their_roles() -> None:
    text = """
        init:
            all: x = x0
        round:
            server: event S ~ sample(n, r)
            server -> all: S
            node in S -> server: m = grad(x)
            node when c > 0 -> server: q = x
            server -> group: g = x
            group: h = g
            repeat 3:
                node: y = x
        output x
    """
    assert "node in S -> server: m\n" in projected(text, "server")
    assert "node when c > 0 -> server: q\n" in projected(text, "server")
    assert "server -> group: g = x" in projected(text, "server")
    assert "repeat" not in projected(text, "server")
    node = projected(text, "node")
    assert "event S" not in node
    assert "server -> group: g\n    group: h = g\n    repeat 3:\n        node: y = x" in node


def test_laws_guarantees_invariants_and_comments_stay_behind() -> None:
    for name in SHIPPED:
        text = print_spec(project_spec(read_spec(find_spec(name)), "node"))
        assert not [
            line for line in text.splitlines() if line.startswith(("#", "equals", "guarantee", "invariant"))
        ]
