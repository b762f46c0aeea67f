"""What a page is, and the frame around the lines that its examples are about."""

from __future__ import annotations

import textwrap

from ..text.records import record


@record
class Example:
    """A spec; `settings` are its `--set`s, `encoding` is how its file is saved."""

    text: str
    settings: tuple[str, ...] = ()
    encoding: str = "utf-8"


@record
class Page:
    """What there is to know of the code of an error or a warning.

    `rule` has two to six sentences in the language's terms; `wrong` is told this code and no other, `right` none.
    """

    code: str
    title: str
    rule: str
    wrong: Example
    right: Example


def spec(
    body: str,
    *,
    head: str = "",
    init: str = "all: x = x0",
    output: str = "output x",
    problem: str = "problem minimize",
    settings: tuple[str, ...] = (),
) -> Example:
    """A spec around the statements of a round; `head` are its params and compressors, `output` its last lines."""
    parts = (
        f"algorithm Method\n{problem}",
        _lines(head),
        "init:\n" + textwrap.indent(_lines(init), "    "),
        "round:\n" + textwrap.indent(_lines(body), "    "),
        _lines(output),
    )
    return Example("\n\n".join(part for part in parts if part) + "\n", settings)


def text(written: str, *, encoding: str = "utf-8") -> Example:
    """A spec that is written out, indented as the page's source is."""
    return Example(_lines(written) + "\n", encoding=encoding)


def _lines(written: str) -> str:
    return textwrap.dedent(written).strip("\n")
