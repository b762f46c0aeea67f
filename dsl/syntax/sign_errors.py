"""Errors of signs: `=` and `==`, operators, commas, operands."""

from __future__ import annotations

from ..text.diagnostics import Diagnostic, Edit, Help, Remedy
from ..text.page import AVERAGED, HALVE, Example, Page
from ..text.source import Span

E114 = Page(
    "E114",
    "`=` in a condition",
    """`=` gives a name its value; `==` asks whether two values are equal. Conditions, invariants and `where`
    ask.""",
    wrong=Example("all: event a ~ choice(0, 1)\nif a = 1:\n    all: x = x / 2"),
    right=Example("all: event a ~ choice(0, 1)\nif a == 1:\n    all: x = x / 2"),
)


def single_equals(span: Span) -> Diagnostic:
    """`=` in a condition."""
    return E114.told(
        "`=` assigns and cannot stand in a condition", span, help=Remedy("compare with `==`", "==")
    )


E115 = Page(
    "E115",
    "not one `=` in an assignment",
    """An assignment has one `=`: names to the left, expressions to the right. `==` compares and assigns
    nothing, and assignments are not chained.""",
    wrong=Example("all: x == x / 2"),
    right=Example(HALVE),
)


def double_equals(span: Span, target: str) -> Diagnostic:
    """`==` where a name gets its value."""
    return E115.told("`==` compares and does not assign", span, help=Remedy(f"write `{target} = …`", "="))


def second_equals(span: Span) -> Diagnostic:
    """`a = b = e`."""
    remedy = "write two assignments: `b = e; a = b`"
    return E115.told("one assignment has one `=`", span, "the second one", help=remedy)


def comma_between(span: Span, comma: Span, statements: str) -> Diagnostic:
    """`a = e, b = f`; `statements` are the two, parted as they should be."""
    remedy, fix = f"part two statements by a `;`: `{statements}`", (Edit(comma, ";"),)
    return E115.told("one assignment has one `=`", span, "the second one", help=remedy, fix=fix)


E116 = Page(
    "E116",
    "an operator of another language",
    """The operators are `+ - * / ^ %`, the comparisons `== != < <= > >=`, and the words `and`, `or`, `not`.
    Assigning is always `a = e`, so that each line says in full what a name becomes.""",
    wrong=Example("all: x -= x ** 2"),
    right=Example("all: x = x - x^2"),
)


def foreign_operator(span: Span, meant: Help) -> Diagnostic:
    """An operator of another language; `meant` says what stands for it here."""
    return E116.told(f"`{span.text}` is no operator of the language", span, help=meant)


E121 = Page(
    "E121",
    "an expression is missing",
    """Behind `=`, behind an operator and between parentheses stands an expression. One may start with `-`,
    not with `+`.""",
    wrong=Example("all: x = x - * 0.5"),
    right=Example("all: x = x * 0.5"),
)


def missing_operand(span: Span, before: str, found: str) -> Diagnostic:
    """No expression between `before` and `found` (empty at the end of the line)."""
    place = f"between `{before}` and `{found}`" if found else f"after `{before}`"
    return E121.told(f"an expression is missing {place}", span, "expected here")


def unary_plus(span: Span) -> Diagnostic:
    """`+x`."""
    return E121.told("an expression does not start with `+`", span, help=Remedy("leave the `+` away", ""))


E122 = Page(
    "E122",
    "nothing stands beside a comma",
    """A comma parts two things: arguments, names, values of a message. It does not end a list, so a trailing
    one says that something was forgotten.""",
    wrong=Example("all: x = max(x, 0,)"),
    right=Example("all: x = max(x, 0)"),
)


def superfluous_comma(span: Span) -> Diagnostic:
    """`f(a,, b)`, `f(, a)`, `f(a,)`, `a, = e`."""
    message = "nothing stands on one side of this comma"
    return E122.told(message, span, help="remove it, or write what is missing")


E123 = Page(
    "E123",
    "no operator stands between two operands",
    """Products are written with `*`: `2 * x`, `gamma * g`. A paper leaves the sign out because its names have
    one letter; here `gamma g` could as well be a misspelt name. A value that depends on a condition is
    `where(c, a, b)`.""",
    wrong=Example(f"{AVERAGED}all: x = x - 0.1 g"),
    right=Example(f"{AVERAGED}all: x = x - 0.1 * g"),
)


def missing_operator(left: Span, right: Span, product: str) -> Diagnostic:
    """Two operands side by side; `product` shows their multiplication if that is likely meant."""
    remedy = f"write `{product}`" if product else "join them by an operator, or part them by a `,`"
    fix = (Edit(Span(left.source, left.end, right.start), " * "),) if product else ()
    message = f"nothing stands between `{left.text}` and `{right.text}`"
    return E123.told(message, left.to(right), help=remedy, fix=fix)


def conditional_expression(span: Span) -> Diagnostic:
    """`a if c else b`."""
    message = "`if` cannot stand inside an expression"
    return E123.told(message, span, help="choose a value with `where(c, a, b)`")


E128 = Page(
    "E128",
    "a plain argument behind a named one",
    """Plain arguments are matched by their order, named ones by their name. Plain ones come first, so that
    their order is plain to see.""",
    wrong=Example(f"node: event xi ~ minibatch(replace = true, 4)\n{HALVE}"),
    right=Example(f"node: event xi ~ minibatch(4, replace = true)\n{HALVE}"),
)


def argument_after_keyword(span: Span, keyword: Span) -> Diagnostic:
    """`f(a = 1, b)`."""
    message = "a plain argument stands behind a named one"
    remedy = "move it to the front, or name it as well"
    return E128.told(message, span, "plain", (keyword, "named"), help=remedy)


E129 = Page(
    "E129",
    "not as many names as expressions",
    """`a, b = e, f` gives each name one expression; all of them are evaluated before any name changes.
    Nothing is unpacked: a vector is one value.""",
    wrong=Example("all: x, y = x / 2"),
    right=Example("all: x, y = x / 2, x"),
)


def uneven_assignment(span: Span, targets: int, values: int) -> Diagnostic:
    """`a, b = e`."""
    message = f"{targets} name{'s' if targets > 1 else ''} to the left of `=`, {values} to the right"
    return E129.told(message, span, help="give each name one expression: `a, b = e, f`")


E131 = Page(
    "E131",
    "an expression where a statement should stand",
    """A line in a block does something: it assigns, draws or sends. An expression alone would compute a value
    that nobody keeps; and only a name can get a value, not `x(k)` or `a + b`.""",
    wrong=Example(f"node: grad(x)\n{HALVE}"),
    right=Example(f"node: m = grad(x)\n{HALVE}"),
)


def lone_expression(span: Span, shown: str) -> Diagnostic:
    """An expression where a statement should stand; `shown` abbreviates it."""
    return E131.told(f"`{shown}` alone does nothing", span, help=f"give its value a name: `a = {shown}`")


def assigned_expression(span: Span, shown: str) -> Diagnostic:
    """`f(x) = e`, `x + y = e`; `shown` abbreviates the left side."""
    remedy = "only names stand to the left of `=`: `a = e`"
    return E131.told(f"`{shown}` cannot get a value", span, help=remedy)
