"""A spec as written: one immutable node per construct, sugar included; spans stay outside equality."""

from __future__ import annotations

from dataclasses import field
from typing import TypeAlias

from ..text.records import record
from ..text.source import Span


def _span() -> Span:
    return field(compare=False, repr=False)  # type: ignore[no-any-return]


# --- expressions ------------------------------------------------------------------------------------------


@record
class Name:
    """An identifier."""

    id: str
    span: Span = _span()


@record
class Number:
    """A literal; an `int` when written without point and exponent."""

    value: int | float
    span: Span = _span()


@record
class Text:
    """A quoted string (titles, and data names on the command line); `value` is without quotes."""

    value: str
    span: Span = _span()


@record
class Boolean:
    """`true` or `false`."""

    value: bool
    span: Span = _span()


@record
class Unary:
    """`-x` or `not c`."""

    operator: str
    operand: Expr
    span: Span = _span()


@record
class Binary:
    """`a + b` and its kin: + - * / ^ % and or."""

    operator: str
    left: Expr
    right: Expr
    operator_span: Span = _span()
    span: Span = _span()


@record
class Comparison:
    """A chain `a <= b < c`: `operators[i]`, of == != < <= > >=, stands between operands i and i + 1."""

    operators: tuple[str, ...]
    operands: tuple[Expr, ...]
    span: Span = _span()


@record
class Keyword:
    """`name = value` in a call."""

    name: Name
    value: Expr
    span: Span = _span()


@record
class Call:
    """`f(a, b, key = c)`."""

    function: Name
    arguments: tuple[Expr, ...]
    keywords: tuple[Keyword, ...]
    span: Span = _span()


@record
class Compose:
    """`outer of inner`, for compressors: `quantize(s = 4) of top_k(k = 100)`."""

    outer: Expr
    inner: Expr
    span: Span = _span()


@record
class Over:
    """`operand over family`, in an aggregate: `sum(samples_i over m)` runs over the nodes that have an `m`."""

    operand: Expr
    family: Expr
    span: Span = _span()


@record
class Index:
    """`h[j]`: the value of a history that was pushed j-th last."""

    of: Expr
    index: Expr
    span: Span = _span()


Expr: TypeAlias = Name | Number | Text | Boolean | Unary | Binary | Comparison | Call | Compose | Over | Index


# --- statements -------------------------------------------------------------------------------------------


@record
class Assign:
    """`a, b = e, f`."""

    targets: tuple[Name, ...]
    values: tuple[Expr, ...]
    span: Span = _span()


@record
class Event:
    """`event c ~ bernoulli(p)`."""

    target: Name
    distribution: Call
    span: Span = _span()


@record
class Role:
    """`server`, `node`, `node in S`, `node when e`, …: a role and who of it takes part."""

    name: Name
    members: Expr | None
    condition: Expr | None
    span: Span = _span()


@record
class Place:
    """A block of computation at a role."""

    role: Role
    body: tuple[Stmt, ...]
    span: Span = _span()


@record
class Item:
    """One binding of a message: `q = e`, or a bare `q` (then `value` is None)."""

    target: Name
    value: Expr | None
    span: Span = _span()


@record
class Message:
    """`sender -> receiver: q = e, r = f`."""

    sender: Role
    receiver: Role
    items: tuple[Item, ...]
    span: Span = _span()


@record
class If:
    """`if c:` with an `else:` that may be empty."""

    condition: Expr
    then: tuple[Stmt, ...]
    otherwise: tuple[Stmt, ...]
    span: Span = _span()


@record
class Repeat:
    """`repeat H as t:`."""

    count: Expr
    counter: Name | None
    body: tuple[Stmt, ...]
    span: Span = _span()


Simple: TypeAlias = Assign | Event
"""Statements of one line, that stand in a role's block and may stand behind its colon."""

Stmt: TypeAlias = Simple | Place | Message | If | Repeat


# --- a spec's lines ---------------------------------------------------------------------------------------


@record
class Algorithm:
    """`algorithm NAME: "source"`."""

    name: Name
    source: Text | None
    span: Span = _span()


@record
class Problem:
    """`problem minimize` | `vi` | `variational_inequality` | `saddle`, perhaps `on graph`, or `on directed graph`, whose
    word is its `sort`."""

    kind: Name
    on_graph: bool
    sort: Name | None = None
    span: Span = _span()


@record
class Compressor:
    """`compressor Q: unbiased = rand_k(k = 1)`."""

    name: Name
    contract: Name
    default: Expr | None
    span: Span = _span()


@record
class Param:
    """`param gamma = 1 / L where gamma > 0`; without a default it must be set on the command line."""

    name: Name
    default: Expr | None
    condition: Expr | None
    span: Span = _span()


@record
class Require:
    """`require e`."""

    condition: Expr
    span: Span = _span()


@record
class Init:
    """The `init:` block."""

    body: tuple[Stmt, ...]
    span: Span = _span()


@record
class Round:
    """The `round:` or `round k:` block."""

    counter: Name | None
    body: tuple[Stmt, ...]
    span: Span = _span()


@record
class Output:
    """`output x`, `output average(x, weight)`, `output uniform(x)`: `value` as written."""

    value: Expr
    span: Span = _span()


@record
class Invariant:
    """`invariant e == f`."""

    left: Expr
    right: Expr
    span: Span = _span()


@record
class Guarantee:
    """`guarantee "T" for CLASSES when COND: lhs <= rhs`."""

    title: Text
    classes: tuple[Name, ...]
    condition: Expr | None
    left: Expr
    right: Expr
    span: Span = _span()


@record
class Equals:
    """`equals OTHER(a = e) when BINDINGS drawing m = D at rounds = H`."""

    other: Name
    arguments: tuple[Keyword, ...]
    bindings: tuple[Keyword, ...]
    drawing: tuple[Keyword, ...]
    rounds: Expr | None
    span: Span = _span()


Line: TypeAlias = (
    Algorithm
    | Problem
    | Compressor
    | Param
    | Require
    | Init
    | Round
    | Output
    | Invariant
    | Guarantee
    | Equals
)


@record
class Comment:
    """A `#` comment, from the sign to the end of its line; `alone` if nothing stands before it."""

    text: str
    alone: bool = field(compare=False)
    span: Span = _span()


@record
class Spec:
    """A whole spec, its lines in the order of the text.

    `unparsed_names` holds the names that lines which did not parse may have bound or sent: nothing is said of them.
    `binds_unknown` tells that a block is empty, or that a line binds what it does not name: nobody knows what is bound.
    """

    lines: tuple[Line, ...]
    comments: tuple[Comment, ...] = field(compare=False)
    span: Span = _span()
    unparsed_names: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    binds_unknown: bool = field(default=False, compare=False, repr=False)
