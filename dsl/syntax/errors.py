"""The catalogue of syntax errors, E1xx: what is wrong in the language's terms, and what would mend it.

E101 (bytes that are not UTF-8) stands with the decoder.
"""

from __future__ import annotations

from ..text.diagnostics import Diagnostic, Label
from ..text.source import Span

# --- the text as a whole ----------------------------------------------------------------------------------


def empty(span: Span) -> Diagnostic:
    """E102: nothing but blanks and comments."""
    return Diagnostic(
        "E102",
        "there is no algorithm in this text",
        span,
        help="`cablese list algorithms` names specs to start from",
    )


def no_expression(span: Span) -> Diagnostic:
    """E102: an expression is asked for and there is none."""
    return Diagnostic("E102", "an expression is missing: the text is empty", span)


def several_lines(span: Span) -> Diagnostic:
    """E102: an expression is asked for and there are two; `span` is the second."""
    return Diagnostic("E102", "one expression is expected, and a second line follows", span)


def tab_in_indentation(span: Span, lines: int) -> Diagnostic:
    """E103: `span` is the first tab of the text that indents, on one of so many lines."""
    more = "1 more line is" if lines == 2 else f"{lines - 1} more lines are"
    rest = f", and {more} indented so" if lines > 1 else ""
    return Diagnostic(
        "E103",
        "a tab indents this line: indentation is by spaces",
        span,
        f"a tab{rest}",
        help="replace each tab by four spaces",
    )


def number_too_large(span: Span) -> Diagnostic:
    """E112: a literal beyond the largest float."""
    return Diagnostic("E112", "this number is larger than any that a computer holds (about 1.8e308)", span)


def int_too_large(span: Span) -> Diagnostic:
    """E112: a literal beyond the largest int."""
    return Diagnostic(
        "E112",
        "this int is larger than 2^53 = 9007199254740992, which is as far as ints go",
        span,
        help="write it as a real: with `.0` behind it, or an exponent (`1e20`)",
    )


# --- blocks -----------------------------------------------------------------------------------------------


def unexpected_indent(span: Span) -> Diagnostic:
    """E104: a line stands deeper than the one above, which opens no block."""
    return Diagnostic(
        "E104",
        "this line is indented, and the line above opens no block",
        span,
        "deeper than the line above",
        help="align it with the line above, or end the line above with `:`",
    )


def inconsistent_dedent(span: Span) -> Diagnostic:
    """E105: a line stands between two levels of indentation."""
    return Diagnostic(
        "E105",
        "this indentation matches no line above",
        span,
        "between two levels",
        help="align it with the block that it belongs to",
    )


def empty_block(span: Span) -> Diagnostic:
    """E106: a line ends with `:` and nothing deeper follows."""
    return Diagnostic(
        "E106",
        "nothing stands in this block",
        span,
        "opens a block",
        help="write its statements below, indented by four spaces, or behind the `:`; or remove the line",
    )


def blocks_too_deep(span: Span, limit: int) -> Diagnostic:
    """E111: blocks within blocks beyond the limit."""
    return Diagnostic("E111", f"blocks stand in each other more than {limit} deep", span, "too deep")


def loops_too_deep(span: Span, limit: int) -> Diagnostic:
    """E111: loops within loops beyond the limit."""
    return Diagnostic(
        "E111", f"loops stand in each other more than {limit} deep", span, help="join some: `repeat 3 * 5:`"
    )


def nested_too_deeply(span: Span, limit: int, terms: int | None = None) -> Diagnostic:
    """E111: an expression within expressions beyond the limit."""
    return Diagnostic(
        "E111",
        f"this formula is nested more than {limit} deep"
        + (f", or has more than {terms} terms" if terms else ""),
        span,
        help="give parts of it names: `param a = …`, or an assignment above",
    )


def else_without_if(span: Span) -> Diagnostic:
    """E118: the line above an `else:` at its level is no `if`."""
    return Diagnostic(
        "E118",
        "this `else` belongs to no `if`",
        span,
        help="align it with its `if`; nothing may stand between the two at that level",
    )


def else_if(span: Span) -> Diagnostic:
    """E118: `else if c:` or `elif c:`."""
    return Diagnostic(
        "E118",
        "a branch has an `if` and an `else`, nothing between",
        span,
        help="write `else:` and below it, indented, another `if …:`",
    )


def statement_outside_block(span: Span) -> Diagnostic:
    """E124: an assignment, a message, … at the top level."""
    return Diagnostic(
        "E124",
        "a statement stands outside of `init:` and `round:`",
        span,
        help="indent it, so that it belongs to `init:` (done once) or to `round:` (done every round)",
    )


def line_inside_block(span: Span) -> Diagnostic:
    """E124: `param`, `output`, … within a block."""
    word = span.text.split(maxsplit=1)[0].rstrip(":")
    return Diagnostic("E124", f"`{word}` stands inside a block", span, help="move it to the left margin")


def missing_colon(span: Span, opener: str) -> Diagnostic:
    """E113: an opener such as `if c` or `node -> server` lacks its `:`; `span` is where it belongs."""
    return Diagnostic("E113", f"a `:` is missing after `{opener}`", span, "here", help=f"write `{opener}:`")


# --- parentheses, strings, characters ---------------------------------------------------------------------


def unclosed_parenthesis(span: Span) -> Diagnostic:
    """E107: `span` is the parenthesis that opens."""
    return Diagnostic(
        "E107", "this parenthesis is never closed", span, "opened here", help="add the missing `)`"
    )


def unopened_parenthesis(span: Span) -> Diagnostic:
    """E108: a `)` too many."""
    return Diagnostic(
        "E108", "this `)` closes nothing", span, help="remove it, or add the `(` that it should close"
    )


def unterminated_string(span: Span) -> Diagnostic:
    """E109: a quote without its partner on the line."""
    quote = span.text[0]
    return Diagnostic(
        "E109",
        "this text in quotes does not end on its line",
        Span(span.source, span.start, span.start + 1),
        "opened here",
        help=f"add the closing `{quote}`",
    )


def stray_character(span: Span, meant: str) -> Diagnostic:
    """E110: a character that the language does not have; `meant` is what it has instead, if anything."""
    char = span.text
    shown = f"`{char}`" if char.isprintable() else f"the character U+{ord(char[0]):04X}"
    remedy = meant or "remove it; names are made of a-z, A-Z, 0-9 and _"
    return Diagnostic("E110", f"{shown} is no sign of the language", span, help=remedy)


# --- signs ------------------------------------------------------------------------------------------------


def single_equals(span: Span) -> Diagnostic:
    """E114: `=` in a condition."""
    return Diagnostic("E114", "`=` assigns and cannot stand in a condition", span, help="compare with `==`")


def double_equals(span: Span, target: str) -> Diagnostic:
    """E115: `==` where a name gets its value."""
    return Diagnostic("E115", "`==` compares and does not assign", span, help=f"write `{target} = …`")


def foreign_operator(span: Span, meant: str) -> Diagnostic:
    """E116: an operator of another language; `meant` says what stands for it here."""
    return Diagnostic("E116", f"`{span.text}` is no operator of the language", span, help=meant)


def foreign_statement(span: Span, meant: str) -> Diagnostic:
    """E117: a statement of another language; `meant` says what stands for it here."""
    return Diagnostic("E117", f"`{span.text}` is no statement of the language", span, help=meant)


def chained_assignment(span: Span) -> Diagnostic:
    """E115: `a = b = e`."""
    return Diagnostic(
        "E115",
        "one assignment has one `=`",
        span,
        "the second one",
        help="write two assignments: `b = e; a = b`",
    )


def statements_by_comma(span: Span, statements: str) -> Diagnostic:
    """E115: `a = e, b = f` where statements stand."""
    return Diagnostic(
        "E115",
        "one assignment has one `=`",
        span,
        "the second one",
        help=f"part two statements by a `;`: `{statements}`",
    )


def loop_until(span: Span) -> Diagnostic:
    """E117: `repeat H while c`, `repeat until c`."""
    return Diagnostic(
        "E117",
        f"no loop runs by a condition: `{span.text}` is not of the language",
        span,
        help="`repeat H:` runs H times; put the condition inside: `repeat H:`, then `if c:`",
    )


def superfluous_comma(span: Span) -> Diagnostic:
    """E122: `f(a,, b)`, `f(, a)`, `f(a,)`, `a, = e`."""
    return Diagnostic(
        "E122", "nothing stands on one side of this comma", span, help="remove it, or write what is missing"
    )


def missing_operand(span: Span, before: str, found: str) -> Diagnostic:
    """E121: an expression should stand between `before` and `found` (empty at the end of the line)."""
    place = f"between `{before}` and `{found}`" if found else f"after `{before}`"
    return Diagnostic("E121", f"an expression is missing {place}", span, "expected here")


def unary_plus(span: Span) -> Diagnostic:
    """E121: `+x`."""
    return Diagnostic("E121", "an expression does not start with `+`", span, help="leave the `+` away")


def missing_operator(span: Span, left: str, right: str, product: str) -> Diagnostic:
    """E123: two things side by side; `product` shows their multiplication if that is likely meant."""
    remedy = f"write `{product}`" if product else "join them by an operator, or part them by a `,`"
    return Diagnostic("E123", f"nothing stands between `{left}` and `{right}`", span, help=remedy)


def conditional_expression(span: Span) -> Diagnostic:
    """E123: `a if c else b`."""
    return Diagnostic(
        "E123", "`if` cannot stand inside an expression", span, help="choose a value with `where(c, a, b)`"
    )


def argument_after_keyword(span: Span, keyword: Span) -> Diagnostic:
    """E128: `f(a = 1, b)`."""
    return Diagnostic(
        "E128",
        "a plain argument stands behind a named one",
        span,
        "plain",
        (Label(keyword, "named"),),
        "move it to the front, or name it as well",
    )


def lone_expression(span: Span, shown: str) -> Diagnostic:
    """E131: an expression where a statement should stand; `shown` abbreviates it."""
    return Diagnostic(
        "E131", f"`{shown}` alone does nothing", span, help=f"give its value a name: `a = {shown}`"
    )


def assigned_expression(span: Span, shown: str) -> Diagnostic:
    """E131: `f(x) = e`, `x + y = e`; `shown` abbreviates the left side."""
    return Diagnostic(
        "E131", f"`{shown}` cannot get a value", span, help="only names stand to the left of `=`: `a = e`"
    )


def uneven_assignment(span: Span, targets: int, values: int) -> Diagnostic:
    """E129: `a, b = e`."""
    return Diagnostic(
        "E129",
        f"{targets} name{'s' if targets > 1 else ''} to the left of `=`, {values} to the right",
        span,
        help="give each name one expression: `a, b = e, f`",
    )


# --- words ------------------------------------------------------------------------------------------------


def misspelt(span: Span, meant: str | None) -> Diagnostic:
    """E120: a line starts with a word that no line starts with; `meant` is the closest that one does."""
    remedy = (
        f"did you mean `{meant}`?" if meant else "lines start with a word such as `param`, a role, or `a = e`"
    )
    return Diagnostic("E120", f"no line starts with `{span.text}`", span, help=remedy)


def misspelt_inside(span: Span, meant: str) -> Diagnostic:
    """E120: a word within a line that cannot stand there, close to one that can."""
    return Diagnostic("E120", f"`{span.text}` cannot stand here", span, help=f"did you mean `{meant}`?")


def unknown_role(span: Span, meant: str | None) -> Diagnostic:
    """E120: a role that does not exist; `meant` is the closest role or opener."""
    known = "the roles are all, server, node, link, group and neighbors"
    remedy = f"did you mean `{meant}`?" if meant else f"{known}; an assignment is written `{span.text} = e`"
    return Diagnostic("E120", f"no role is called `{span.text}`", span, help=remedy)


def word_as_name(span: Span, free: str) -> Diagnostic:
    """E126: a word of the language where a name should stand; `free` is a name that may."""
    return Diagnostic(
        "E126",
        f"`{span.text}` is a word of the language, not a name",
        span,
        help=f"use another name, such as `{free}`",
    )


def incomplete_message(span: Span, lacks: str) -> Diagnostic:
    """E119: a message `sender -> receiver: q = e` without one of its parts; `lacks` is the part."""
    return Diagnostic(
        "E119", f"this message lacks {lacks}", span, help="a message is written `node -> server: q = e`"
    )


def draw_without_tilde(span: Span, name: str) -> Diagnostic:
    """E127: `event c = D(p)` or `c ~ D(p)`."""
    return Diagnostic(
        "E127",
        "a draw is written with `event` and `~`",
        span,
        help=f"write `event {name} ~ …`, with a distribution such as `bernoulli(p)`",
    )


def draw_without_call(span: Span, name: str) -> Diagnostic:
    """E127: `event c ~ e` with an e that is no distribution."""
    return Diagnostic(
        "E127",
        "a distribution with its arguments should follow `~`",
        span,
        help=f"such as `event {name} ~ bernoulli(p)`",
    )


def missing_contract(span: Span, name: str) -> Diagnostic:
    """E130: `compressor Q = …` or `compressor Q: rand_k(…)`."""
    return Diagnostic(
        "E130",
        "a compressor states its kind: unbiased, contractive, any or collective",
        span,
        help=f"write `compressor {name}: unbiased = rand_k(k = 1)`",
    )


def malformed(span: Span, found: str, form: str, expected: str) -> Diagnostic:
    """E125: what else cannot stand here; `form` is how to write such a line, `expected` what could stand."""
    what = f"`{found}` cannot stand here" if found else "this line ends too early"
    note = f"expected {expected}" if expected else ""
    return Diagnostic("E125", what, span, note, help=f"the form is `{form}`" if form else "")
