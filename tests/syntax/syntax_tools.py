"""Short cuts of the front end's tests: parse a text, random nodes."""

from __future__ import annotations

import textwrap

from cablese.dsl.syntax import nodes
from cablese.dsl.syntax.parse import parse, parse_expression
from cablese.dsl.text.diagnostics import Bag, Diagnostic
from cablese.dsl.text.source import NOWHERE, Source
from hypothesis import strategies as st

LANGUAGE_SPEC = """\
algorithm PP_MARINA: "Gorbunov, Burlachenko, Li, Richtarik (ICML 2021), Algorithm 4"
problem minimize

compressor Q: unbiased = rand_k(k = 1)
param r     = ceil(n / 10)                                                       where 1 <= r <= n
param p     = density(Q) * r / (d * n)                                           where 0 < p <= 1
param gamma = 1 / (L_mean2 * (1 + sqrt((1 - p) * (1 + omega(Q)) / (p * r))))     where gamma > 0

init:
    all: x = x0
    node -> server: m = grad(x)
    server: g = mean(m)

round:
    server: event c ~ bernoulli(p)
    server -> all: g, c
    all:
        x_old = x
        x = x - gamma * g
    if c:
        node -> server: m = grad(x)
        server: g = mean(m)
    else:
        server: event S ~ sample(n, r)
        server -> all: S
        node in S -> server: m = Q(grad(x) - grad(x_old))
        server: g = g + mean(m)

output uniform(x)
guarantee "Theorem 4.1" for smooth when gamma <= 1 / (L_mean2 * (1 + sqrt((1 - p) * (1 + omega(Q)) / (p * r)))): \
average(grad_norm2) <= 2 * f_gap0 / (gamma * rounds)
equals GD when p = 1
equals MARINA when S = everyone
"""
"""The whole spec of the language's definition."""


def spec_of(text: str) -> nodes.Spec:
    """The spec of a text without mistakes."""
    bag = Bag()
    spec = parse(Source("t.alg", text), bag)
    assert not bag, [diagnostic.message for diagnostic in bag]
    return spec


def mistakes_of(text: str) -> list[Diagnostic]:
    """What a text's parse has to say, in source order."""
    bag = Bag()
    parse(Source("t.alg", text), bag)
    return list(bag)


def expression_of(text: str) -> nodes.Expr:
    """The expression of a text without mistakes."""
    bag = Bag()
    expr = parse_expression(Source("e", text), bag)
    assert not bag, [diagnostic.message for diagnostic in bag]
    assert expr is not None
    return expr


def round_of(body: str) -> tuple[nodes.Stmt, ...]:
    """The statements of a round's body."""
    (line,) = spec_of("round:\n" + textwrap.indent(textwrap.dedent(body), "    ")).lines
    assert isinstance(line, nodes.Round)
    return line.body


def name(word: str) -> nodes.Name:
    """A name that stands nowhere."""
    return nodes.Name(word, NOWHERE)


# --- random nodes ------------------------------------------------------------------------------------------

# words that are the language's elsewhere stand here on purpose
_WORDS = [
    "x",
    "g",
    "Q",
    "h_i",
    "L_mean2",
    "_",
    "k1",
    "where",
    "when",
    "of",
    "in",
    "at",
    "rounds",
    "for",
    "all",
    "as",
]
_ROLES = ["all", "server", "node", "link", "group", "neighbors"]

names = st.sampled_from(_WORDS).map(name)
numbers = (
    st.integers(0, 2**53) | st.floats(0, 1e300, allow_nan=False, allow_infinity=False) | st.just(1e-8)
).map(lambda value: nodes.Number(value, NOWHERE))
texts = st.sampled_from(["", "a9a", "it's", 'say "no"', "# no comment", "(", "Théorème 1: x → y"]).map(
    lambda value: nodes.Text(value, NOWHERE)
)
_atoms = names | numbers | texts | st.booleans().map(lambda value: nodes.Boolean(value, NOWHERE))


def _inner(parts: st.SearchStrategy[nodes.Expr]) -> st.SearchStrategy[nodes.Expr]:
    keyword = st.builds(nodes.Keyword, names, parts, st.just(NOWHERE))
    some = st.lists(parts, max_size=3).map(tuple)
    operators = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    chain = st.lists(st.tuples(operators, parts), min_size=1, max_size=3).flatmap(
        lambda rest: parts.map(
            lambda first: nodes.Comparison(
                tuple(sign for sign, _ in rest), (first, *(operand for _, operand in rest)), NOWHERE
            )
        )
    )
    return (
        st.builds(nodes.Unary, st.sampled_from(["-", "not"]), parts, st.just(NOWHERE))
        | st.builds(
            nodes.Binary,
            st.sampled_from(["+", "-", "*", "/", "^", "%", "and", "or"]),
            parts,
            parts,
            st.just(NOWHERE),
            st.just(NOWHERE),
        )
        | chain
        | st.builds(nodes.Call, names, some, st.lists(keyword, max_size=2).map(tuple), st.just(NOWHERE))
        | st.builds(nodes.Compose, parts, parts, st.just(NOWHERE))
        | st.builds(nodes.Over, parts, parts, st.just(NOWHERE))
        | st.builds(nodes.Index, parts, parts, st.just(NOWHERE))
    )


expressions: st.SearchStrategy[nodes.Expr] = st.recursive(_atoms, _inner, max_leaves=12)

calls = st.builds(
    nodes.Call, names, st.lists(expressions, max_size=2).map(tuple), st.just(()), st.just(NOWHERE)
)
_targets = st.sampled_from(["x", "g", "h_i", "where", "all", "in", "node"]).map(name)
assigns = st.lists(st.tuples(_targets, expressions), min_size=1, max_size=3).map(
    lambda pairs: nodes.Assign(tuple(t for t, _ in pairs), tuple(v for _, v in pairs), NOWHERE)
)
events = st.builds(nodes.Event, names, calls, st.just(NOWHERE))
roles = st.builds(
    nodes.Role,
    st.sampled_from(_ROLES).map(name),
    st.none() | expressions,
    st.none() | expressions,
    st.just(NOWHERE),
)
items = st.builds(nodes.Item, names, st.none() | expressions, st.just(NOWHERE))
messages = st.builds(
    nodes.Message, roles, roles, st.lists(items, min_size=1, max_size=3).map(tuple), st.just(NOWHERE)
)


def _nested(inner: st.SearchStrategy[nodes.Stmt]) -> st.SearchStrategy[nodes.Stmt]:
    body = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return (
        st.builds(nodes.Place, roles, body, st.just(NOWHERE))
        | st.builds(nodes.If, expressions, body, st.just(()) | body, st.just(NOWHERE))
        | st.builds(nodes.Repeat, expressions, st.none() | names, body, st.just(NOWHERE))
    )


statements: st.SearchStrategy[nodes.Stmt] = st.recursive(assigns | events | messages, _nested, max_leaves=6)
_body = st.lists(statements, min_size=1, max_size=3).map(tuple)
_bindings = st.lists(st.builds(nodes.Keyword, names, expressions, st.just(NOWHERE)), max_size=3).map(tuple)
_maybe = st.none() | expressions

lines: st.SearchStrategy[nodes.Line] = (
    st.builds(nodes.Algorithm, names, st.none() | texts, st.just(NOWHERE))
    | st.builds(nodes.Problem, names, st.booleans(), st.none(), st.just(NOWHERE))
    | st.builds(nodes.Problem, names, st.just(True), names, st.just(NOWHERE))
    | st.builds(nodes.Compressor, names, names, _maybe, st.just(NOWHERE))
    | st.builds(nodes.Param, names, _maybe, _maybe, st.just(NOWHERE))
    | st.builds(nodes.Require, expressions, st.just(NOWHERE))
    | st.builds(nodes.Init, _body, st.just(NOWHERE))
    | st.builds(nodes.Round, st.none() | names, _body, st.just(NOWHERE))
    | st.builds(nodes.Output, expressions, st.just(NOWHERE))
    | st.builds(nodes.Invariant, expressions, expressions, st.just(NOWHERE))
    | st.builds(
        nodes.Guarantee,
        texts,
        st.lists(names, min_size=1, max_size=3).map(tuple),
        _maybe,
        expressions,
        expressions,
        st.just(NOWHERE),
    )
    | st.builds(nodes.Equals, names, _bindings, _bindings, _bindings, _maybe, st.just(NOWHERE))
)

specs = st.lists(lines, min_size=1, max_size=5).map(lambda found: nodes.Spec(tuple(found), (), NOWHERE))
