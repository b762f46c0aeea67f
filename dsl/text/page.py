"""The page of a code: the rule, its examples, and the one door to its diagnostics; the pages stand with the words."""

from __future__ import annotations

import textwrap

from .diagnostics import Diagnostic, Edit, Help, Label, Remedy, Severity
from .records import record
from .source import Span

UP = "node -> server: m = grad(x)\n"
DOWN = "server -> all: g = mean(m)\n"
AVERAGED = f"{UP}{DOWN}"
STEP = f"{DOWN}all: x = x - g / L"
GD = f"{UP}{STEP}"
COMPRESSED = f"node -> server: m = Q(grad(x))\n{STEP}"
HALVE = "all: x = x / 2"
COIN = "all: event c ~ bernoulli(0.5)\n"
Q = "compressor Q: unbiased = rand_k(k = 1)"
C = "compressor C: contractive = top_k(k = 1)"
"""Lines that many examples are made of."""


@record
class Example:
    """A spec around the statements of a round: `head` are its params and compressors, `output` its last lines.

    If it is `whole`, the body is the spec. `settings` are its `--set`s, `encoding` is how its file is saved.
    """

    body: str
    head: str = ""
    init: str = "all: x = x0"
    output: str = "output x"
    algorithm: str = "Method"
    problem: str = "problem minimize"
    settings: tuple[str, ...] = ()
    encoding: str = "utf-8"
    whole: bool = False

    @property
    def text(self) -> str:
        """The spec, put together when it is asked for: a page is made by every `cablese check`, and seldom shown."""
        parts = (
            f"algorithm {self.algorithm}\n{self.problem}",
            self.head,
            "init:\n" + textwrap.indent(self.init, "    "),
            "round:\n" + textwrap.indent(self.body, "    "),
            self.output,
        )
        return (self.body if self.whole else "\n\n".join(part for part in parts if part)) + "\n"


@record
class Page:
    """All there is to know of the code of an error or a warning; its constructors stand below it.

    `rule` has two to six sentences in the language's terms; `wrong` is told this code and no other, `right` none.
    """

    code: str
    title: str
    rule: str
    wrong: Example
    right: Example

    def told(
        self,
        message: str,
        span: Span,
        note: str = "",
        *others: tuple[Span | None, str],
        help: Help = "",
        lacks: str = "",
        fix: tuple[Edit, ...] = (),
    ) -> Diagnostic:
        """A diagnostic of this code; `others` are further places with their notes, as far as there are any. A remedy that
        names a text to write mends it; `fix` is for edits at other places than the culprit's."""
        labels = tuple(Label(place, words) for place, words in others if place not in (None, span))
        severity = Severity.WARNING if self.code.startswith("W") else Severity.ERROR
        if isinstance(help, Remedy):
            fix, help = (Edit(span, help.instead),), help.words
        return Diagnostic(self.code, message, span, note, labels, help, lacks, severity, fix)
