"""The pages of docs/reference: each code with its rule and examples, each command with its help."""

from __future__ import annotations

from collections.abc import Iterator

import click
from blocks import ROOT
from cablese.cli.explain import circumstances, diagnostics_of
from cablese.cli.main import app
from cablese.dsl.catalogue import FAMILIES, PAGES
from cablese.dsl.text.page import Page

FOLDER = ROOT / "docs" / "reference"
_WIDTH = 100
_MADE = "Made by `pytest --update-golden tests/docs/test_docs_reference.py`."


def errors_page() -> str:
    """Every code of an error or a warning, by family."""
    rows = [
        "# Errors and warnings",
        "",
        "`cablese explain CODE` prints the same: the rule, a spec that breaks it with what is told of it, and a right one.",
        _MADE,
    ]
    for family, words in FAMILIES.items():
        rows += ["", f"## {family}: {words}"]
        for code, page in PAGES.items():
            if code.startswith(family):
                rows += ["", *_of_code(page)]
    return "\n".join(rows) + "\n"


def _of_code(page: Page) -> Iterator[str]:
    yield f"### {page.code}: {page.title}"
    yield ""
    yield " ".join(page.rule.split())
    yield ""
    yield f"Wrong{circumstances(page.wrong)}:"
    yield ""
    yield from _fenced("alg", page.wrong.text)
    yield ""
    yield from _fenced("text", diagnostics_of(page.wrong))
    yield ""
    yield f"Right{circumstances(page.right)}:"
    yield ""
    yield from _fenced("alg", page.right.text)


def commands_page() -> str:
    """Every command with its help."""
    rows = [
        "# Commands",
        "",
        f"`cablese COMMAND --help` prints the same. {_MADE}",
        "",
        *_fenced("text", _help(app, "cablese", None)),
    ]
    whole = click.Context(app, info_name="cablese", **app.context_settings)
    for name in app.list_commands(whole):
        command = app.get_command(whole, name)
        assert command is not None
        rows += ["", f"## {name}", "", *_fenced("text", _help(command, name, whole))]
    return "\n".join(rows) + "\n"


def _help(command: click.Command, name: str, parent: click.Context | None) -> str:
    settings = {**app.context_settings, "terminal_width": _WIDTH, "max_content_width": _WIDTH}
    return command.get_help(click.Context(command, info_name=name, parent=parent, **settings))


def _fenced(kind: str, text: str) -> Iterator[str]:
    yield f"```{kind}"
    yield text.strip("\n")
    yield "```"
