"""Errors of the text as a whole: characters, numbers, indentation, blocks, parentheses, texts in quotes."""

from __future__ import annotations

from collections.abc import Sequence

from ..text.diagnostics import Diagnostic, Edit, Help, Remedy
from ..text.page import COIN, GD, HALVE, STEP, UP, Example, Page
from ..text.source import Span

E102 = Page(
    "E102",
    "there is nothing to read",
    """A spec holds at least an algorithm, a problem, a round and an output. Blank lines and comments alone
    are no spec; an empty value on the command line is no expression.""",
    wrong=Example("# gradient descent, to be written", whole=True),
    right=Example(GD),
)


def empty(span: Span) -> Diagnostic:
    """A text of blanks and comments alone."""
    remedy = "`cablese list algorithms` names specs to start from"
    return E102.told("there is no algorithm in this text", span, help=remedy)


def no_expression(span: Span) -> Diagnostic:
    """A text without an expression where one is asked for."""
    return E102.told("an expression is missing: the text is empty", span)


def several_lines(span: Span) -> Diagnostic:
    """A text of two lines where one expression is asked for; `span` is the second."""
    return E102.told("one expression is expected, and a second line follows", span)


E103 = Page(
    "E103",
    "a tab indents a line",
    """Blocks go by indentation, and a tab is as wide as each editor likes. So indentation is by spaces; four
    are the canonical step. The message counts the lines that are indented by tabs and points to the first.""",
    wrong=Example(
        "algorithm M\nproblem minimize\n\ninit:\n\tall: x = x0\n\nround:\n    all: x = x / 2\n\noutput x",
        whole=True,
    ),
    right=Example(HALVE),
)


def tab_in_indentation(tabs: Sequence[Span]) -> Diagnostic:
    """Tabs that indent, the first of each line."""
    lines = len(tabs)
    more = "1 more line is" if lines == 2 else f"{lines - 1} more lines are"
    rest = f", and {more} indented so" if lines > 1 else ""
    message = "a tab indents this line: indentation is by spaces"
    fix = tuple(_spaces(tab) for tab in tabs)
    return E103.told(message, tabs[0], f"a tab{rest}", help="replace each tab by four spaces", fix=fix)


def _spaces(tab: Span) -> Edit:
    """The indentation of a line from its first tab on, by spaces."""
    text = tab.source.text
    end = next((at for at in range(tab.start, len(text)) if text[at] not in " \t"), len(text))
    return Edit(Span(tab.source, tab.start, end), text[tab.start : end].replace("\t", " " * 4))


E104 = Page(
    "E104",
    "a line is indented and no block was opened",
    """Only a line that ends with `:` opens a block, and only the lines of a block stand deeper than the line
    that opens it. Elsewhere a deeper line would say that it belongs to something that is not there.""",
    wrong=Example(f"{UP}    server -> all: g = mean(m)\nall: x = x - g / L"),
    right=Example(GD),
)


def unexpected_indent(span: Span) -> Diagnostic:
    """A line that stands deeper than the one above, which opens no block."""
    message = "this line is indented, and the line above opens no block"
    remedy = "align it with the line above, or end the line above with `:`"
    return E104.told(message, span, "deeper than the line above", help=remedy)


E105 = Page(
    "E105",
    "an indentation matches no line above",
    """The lines of a block stand in one column. A line that ends a block goes back to the column of a block
    that is still open; one that stands between two columns belongs to neither.""",
    wrong=Example("all:\n    y = x / 2\n  x = y"),
    right=Example("all:\n    y = x / 2\n    x = y"),
)


def inconsistent_dedent(span: Span) -> Diagnostic:
    """A line that stands between two levels of indentation."""
    remedy = "align it with the block that it belongs to"
    return E105.told("this indentation matches no line above", span, "between two levels", help=remedy)


E106 = Page(
    "E106",
    "a block is empty",
    """A line that ends with `:` opens a block: a role's computation, a message, a branch, `init` or `round`.
    What it opens holds at least one statement, on the same line or below it. A branch that does nothing is
    left away. What an empty block would have bound is not known, so missing names are not reported as long as
    one is empty.""",
    wrong=Example(f"{COIN}if c:\n    all: x = x / 2\nelse:"),
    right=Example(f"{COIN}if c:\n    all: x = x / 2"),
)


def empty_block(span: Span) -> Diagnostic:
    """A line that ends with `:`, and nothing deeper follows."""
    remedy = "write its statements below, indented by four spaces, or behind the `:`; or remove the line"
    return E106.told("nothing stands in this block", span, "opens a block", help=remedy)


E107 = Page(
    "E107",
    "a parenthesis is never closed",
    """Inside parentheses newlines are ignored, so that a long formula may run over several lines. A
    parenthesis without its partner would swallow all that follows; it is reported where it opens, and reading
    goes on at the next statement.""",
    wrong=Example(f"node -> server: m = grad(x\n{STEP}"),
    right=Example(GD),
)


def unclosed_parenthesis(span: Span) -> Diagnostic:
    """A parenthesis that opens, `span`, and is not closed."""
    return E107.told("this parenthesis is never closed", span, "opened here", help="add the missing `)`")


E108 = Page(
    "E108",
    "a parenthesis closes nothing",
    """Every `)` closes a `(` that stands before it. One too many is often left over from a formula that was
    shortened.""",
    wrong=Example("all: x = x / (1 + n))"),
    right=Example("all: x = x / (1 + n)"),
)


def unopened_parenthesis(span: Span) -> Diagnostic:
    """A `)` too many."""
    remedy = Remedy("remove it, or add the `(` that it should close", "")
    return E108.told("this `)` closes nothing", span, help=remedy)


E109 = Page(
    "E109",
    "a text in quotes does not end",
    """Titles and theorem names stand in quotes, `"…"` or `'…'`, and end on their line. An apostrophe opens a
    text as well, so `x'` is no name: write `x_new` or `x_half`.""",
    wrong=Example(HALVE, algorithm='M: "a title'),
    right=Example(HALVE, algorithm='M: "a title"'),
)


def unterminated_string(span: Span) -> Diagnostic:
    """A quote without its partner on the line."""
    quote = span.text[0]
    message = "this text in quotes does not end on its line"
    remedy = f"add the closing `{quote}`"
    return E109.told(message, Span(span.source, span.start, span.start + 1), "opened here", help=remedy)


E110 = Page(
    "E110",
    "a character that the language does not have",
    """Names are made of the letters a to z and A to Z, digits and `_`; formulas use the signs of a keyboard.
    Typeset signs have a spelling: `gamma`, `<=`, `->`, `*`. A value has no index, since a block `node:`
    already speaks of one node's own values.""",
    wrong=Example(f"{UP}server → all: g = mean(m)\nall: x = x - g / L"),
    right=Example(GD),
)


def stray_character(span: Span, meant: Help) -> Diagnostic:
    """A character that the language does not have; `meant` is what it has instead, if anything."""
    char = span.text
    shown = f"`{char}`" if char.isprintable() else f"the character U+{ord(char[0]):04X}"
    remedy = meant or "remove it; names are made of a-z, A-Z, 0-9 and _"
    return E110.told(f"{shown} is no sign of the language", span, help=remedy)


E111 = Page(
    "E111",
    "blocks or formulas are nested too deeply",
    """A formula is nested at most 60 parentheses or 100 operators deep (a sum or product of up to 200 terms
    counts once), and blocks stand in each other at most 40 deep, loops 16. No algorithm box comes near; the
    limits keep a mistyped or hostile text from exhausting the machine. Give parts of a formula names: a
    `param`, or an assignment above.""",
    wrong=Example(f"all: x = {'(' * 61}x{')' * 61} / 2"),
    right=Example("all:\n    half = x / 2\n    x = half"),
)


def blocks_too_deep(span: Span, limit: int) -> Diagnostic:
    """Blocks within blocks beyond the limit."""
    return E111.told(f"blocks stand in each other more than {limit} deep", span, "too deep")


def loops_too_deep(span: Span, limit: int) -> Diagnostic:
    """Loops within loops beyond the limit."""
    message = f"loops stand in each other more than {limit} deep"
    return E111.told(message, span, help="join some: `repeat 3 * 5:`")


def nested_too_deeply(span: Span, limit: int, terms: int | None = None) -> Diagnostic:
    """An expression within expressions beyond the limit."""
    rest = f", or has more than {terms} terms" if terms else ""
    message = f"this formula is nested more than {limit} deep{rest}"
    remedy = "give parts of it names: `param a = …`, or an assignment above"
    return E111.told(message, span, help=remedy)


E112 = Page(
    "E112",
    "a number is too large",
    """Numbers are held as floats of 64 bits, which end at about 1.8e308. A larger one would silently become
    infinite. Ints end at 2^53, up to where each of them is such a float as well.""",
    wrong=Example("all: x = x / 1e400"),
    right=Example("all: x = x / 1e300"),
)


def number_too_large(span: Span) -> Diagnostic:
    """A literal beyond the largest float."""
    return E112.told("this number is larger than any that a computer holds (about 1.8e308)", span)


def int_too_large(span: Span) -> Diagnostic:
    """A literal beyond the largest int."""
    message = "this int is larger than 2^53 = 9007199254740992, which is as far as ints go"
    return E112.told(message, span, help="write it as a real: with `.0` behind it, or an exponent (`1e20`)")


E113 = Page(
    "E113",
    "a `:` is missing",
    """A `:` stands between who acts and what is done: after a role, after a message's receiver, after `init`,
    `round`, `if`, `else` and `repeat`. Without it the two run into each other.""",
    wrong=Example(f"{UP}server -> all g = mean(m)\nall: x = x - g / L"),
    right=Example(GD),
)


def missing_colon(span: Span, opener: str) -> Diagnostic:
    """An opener such as `if c` or `node -> server` without its `:`; `span` is where that belongs."""
    return E113.told(
        f"a `:` is missing after `{opener}`", span, "here", help=Remedy(f"write `{opener}:`", ":")
    )


E118 = Page(
    "E118",
    "an `else` without its `if`",
    """An `else:` stands directly behind the block of its `if`, in the same column. There is no `elif`: a
    third case is an `if` inside the `else`.""",
    wrong=Example(f"{COIN}if c:\n    all: y = x\nelif n > 5:\n    all: y = x / 2\n{HALVE}"),
    right=Example(f"{COIN}if c:\n    all: y = x\nelse:\n    if n > 5:\n        all: y = x / 2\n{HALVE}"),
)


def else_without_if(span: Span) -> Diagnostic:
    """An `else:` below a line of its level that is no `if`."""
    remedy = "align it with its `if`; nothing may stand between the two at that level"
    return E118.told("this `else` belongs to no `if`", span, help=remedy)


def else_if(span: Span) -> Diagnostic:
    """`else if c:` or `elif c:`."""
    remedy = "write `else:` and below it, indented, another `if …:`"
    return E118.told("a branch has an `if` and an `else`, nothing between", span, help=remedy)


E124 = Page(
    "E124",
    "a line stands on the wrong level",
    """Statements belong to `init:`, which is done once, or to `round:`, which is done every round, and are
    indented below it. What declares or describes the method (`param`, `compressor`, `output`, `guarantee`, …)
    stands at the left margin.""",
    wrong=Example(
        "algorithm Method\nproblem minimize\n\ninit:\n    all: x = x0\n\nround:\n    node -> server: m = grad(x)\n"
        "    server -> all: g = mean(m)\nall: x = x - g / L\n\noutput x",
        whole=True,
    ),
    right=Example(GD),
)


def statement_outside_block(span: Span) -> Diagnostic:
    """An assignment, a message, … at the top level."""
    remedy = "indent it, so that it belongs to `init:` (done once) or to `round:` (done every round)"
    return E124.told("a statement stands outside of `init:` and `round:`", span, help=remedy)


def line_inside_block(span: Span) -> Diagnostic:
    """`param`, `output`, … within a block."""
    word = span.text.split(maxsplit=1)[0].rstrip(":")
    return E124.told(f"`{word}` stands inside a block", span, help="move it to the left margin")
