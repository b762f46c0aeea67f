"""Pages of the text as a whole: characters, indentation, blocks, parentheses (E101 to E113)."""

from __future__ import annotations

from .page import Page, spec, text

_TITLE = """
    algorithm GD: "Cauchy, Méthode générale (1847)"
    problem minimize

    init:
        all: x = x0

    round:
        node -> server: m = grad(x)
        server -> all: g = mean(m)
        all: x = x - g / L

    output x
    """

PAGES = (
    Page(
        "E101",
        "the file is not UTF-8",
        """A spec is a text in UTF-8, so that names of authors and papers read the same on every machine. A
        byte that belongs to no UTF-8 character says that the file was saved in another encoding, often
        Latin-1 or UTF-16. Save it as UTF-8; a byte order mark and Windows newlines do no harm.""",
        text(_TITLE, encoding="latin-1"),
        text(_TITLE),
    ),
    Page(
        "E102",
        "there is nothing to read",
        """A spec holds at least an algorithm, a problem, a round and an output. Blank lines and comments
        alone are no spec; an empty value on the command line is no expression.""",
        text("# gradient descent, to be written"),
        spec("node -> server: m = grad(x)\nserver -> all: g = mean(m)\nall: x = x - g / L"),
    ),
    Page(
        "E103",
        "a tab indents a line",
        """Blocks go by indentation, and a tab is as wide as each editor likes. So indentation is by spaces;
        four are the canonical step. The message counts the lines that are indented by tabs and points to the
        first.""",
        text(
            "algorithm M\nproblem minimize\n\ninit:\n\tall: x = x0\n\nround:\n    all: x = x / 2\n\noutput x"
        ),
        spec("all: x = x / 2"),
    ),
    Page(
        "E104",
        "a line is indented and no block was opened",
        """Only a line that ends with `:` opens a block, and only the lines of a block stand deeper than the
        line that opens it. Elsewhere a deeper line would say that it belongs to something that is not
        there.""",
        spec("node -> server: m = grad(x)\n    server -> all: g = mean(m)\nall: x = x - g / L"),
        spec("node -> server: m = grad(x)\nserver -> all: g = mean(m)\nall: x = x - g / L"),
    ),
    Page(
        "E105",
        "an indentation matches no line above",
        """The lines of a block stand in one column. A line that ends a block goes back to the column of a
        block that is still open; one that stands between two columns belongs to neither.""",
        spec("all:\n    y = x / 2\n  x = y"),
        spec("all:\n    y = x / 2\n    x = y"),
    ),
    Page(
        "E106",
        "a block is empty",
        """A line that ends with `:` opens a block: a role's computation, a message, a branch, `init` or
        `round`. What it opens holds at least one statement, on the same line or below it. A branch that does
        nothing is left away. What an empty block would have bound is not known, so missing names are not
        reported as long as one is empty.""",
        spec("all: event c ~ bernoulli(0.5)\nif c:\n    all: x = x / 2\nelse:"),
        spec("all: event c ~ bernoulli(0.5)\nif c:\n    all: x = x / 2"),
    ),
    Page(
        "E107",
        "a parenthesis is never closed",
        """Inside parentheses newlines are ignored, so that a long formula may run over several lines. A
        parenthesis without its partner would swallow all that follows; it is reported where it opens, and
        reading goes on at the next statement.""",
        spec("node -> server: m = grad(x\nserver -> all: g = mean(m)\nall: x = x - g / L"),
        spec("node -> server: m = grad(x)\nserver -> all: g = mean(m)\nall: x = x - g / L"),
    ),
    Page(
        "E108",
        "a parenthesis closes nothing",
        """Every `)` closes a `(` that stands before it. One too many is often left over from a formula that
        was shortened.""",
        spec("all: x = x / (1 + n))"),
        spec("all: x = x / (1 + n)"),
    ),
    Page(
        "E109",
        "a text in quotes does not end",
        """Titles and theorem names stand in quotes, `"…"` or `'…'`, and end on their line. An apostrophe
        opens a text as well, so `x'` is no name: write `x_new` or `x_half`.""",
        text(
            'algorithm M: "a title\nproblem minimize\n\ninit:\n    all: x = x0\n\nround:\n    all: x = x / 2\n\noutput x'
        ),
        text(
            'algorithm M: "a title"\nproblem minimize\n\ninit:\n    all: x = x0\n\nround:\n    all: x = x / 2\n\noutput x'
        ),
    ),
    Page(
        "E110",
        "a character that the language does not have",
        """Names are made of the letters a to z and A to Z, digits and `_`; formulas use the signs of a
        keyboard. Typeset signs have a spelling: `gamma`, `<=`, `->`, `*`. A value has no index, since a block
        `node:` already speaks of one node's own values.""",
        spec("node -> server: m = grad(x)\nserver → all: g = mean(m)\nall: x = x - g / L"),
        spec("node -> server: m = grad(x)\nserver -> all: g = mean(m)\nall: x = x - g / L"),
    ),
    Page(
        "E111",
        "blocks or formulas are nested too deeply",
        """A formula is nested at most 60 parentheses or 100 operators deep (a sum
        or product of up to 200 terms counts once), and blocks stand in each other at
        most 40 deep, loops 16. No algorithm box comes near; the limits keep a mistyped or hostile text from exhausting
        the machine. Give parts of a formula names: a `param`, or an assignment above.""",
        spec(f"all: x = {'(' * 61}x{')' * 61} / 2"),
        spec("all:\n    half = x / 2\n    x = half"),
    ),
    Page(
        "E112",
        "a number is too large",
        """Numbers are held as floats of 64 bits, which end at about 1.8e308. A larger one would silently
        become infinite. Ints end at 2^53, up to where each of them is such a float as well.""",
        spec("all: x = x / 1e400"),
        spec("all: x = x / 1e300"),
    ),
    Page(
        "E113",
        "a `:` is missing",
        """A `:` stands between who acts and what is done: after a role, after a message's receiver, after
        `init`, `round`, `if`, `else` and `repeat`. Without it the two run into each other.""",
        spec("node -> server: m = grad(x)\nserver -> all g = mean(m)\nall: x = x - g / L"),
        spec("node -> server: m = grad(x)\nserver -> all: g = mean(m)\nall: x = x - g / L"),
    ),
)
