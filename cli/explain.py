"""`cablese explain CODE …`: the rule behind an error or a warning, a wrong example with its diagnostics, a right one."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from cablese.dsl.text.page import Example, Page

_WIDTH = 88


@click.command()
@click.argument("codes", nargs=-1, metavar="[CODE...]")
def explain(codes: tuple[str, ...]) -> None:
    """Explain the codes of errors and warnings, such as E203; without one, list them all."""
    pages = [_page(code) for code in dict.fromkeys(codes)]
    text = "\n\n".join("\n".join(_rows(page)) for page in pages)
    click.echo(text if pages else "\n".join(_contents()))


def _page(code: str) -> Page:
    from cablese.dsl.catalogue import PAGES
    from cablese.dsl.text.nearest import nearest
    from cablese.runtime.errors import UsageError

    wanted = code.upper()
    if wanted in PAGES:
        return PAGES[wanted]
    family = [other for other in PAGES if other[:2] == wanted[:2]]
    near = nearest(wanted, family) or nearest(wanted, PAGES)
    hint = f"Did you mean {near}?" if near else "`cablese explain` lists them all."
    raise UsageError(f"There is no code {code}. {hint}")


def _contents() -> Iterator[str]:
    """Every code with its title, by family."""
    from cablese.dsl.catalogue import FAMILIES, PAGES

    for i, (family, title) in enumerate(FAMILIES.items()):
        if i:
            yield ""
        yield _bold(f"{family}  {title}")
        yield from (f"  {code}  {page.title}" for code, page in PAGES.items() if code.startswith(family))


def _rows(page: Page) -> Iterator[str]:
    yield _bold(f"{page.code}: {page.title}")
    yield ""
    yield textwrap.fill(" ".join(page.rule.split()), _WIDTH, break_on_hyphens=False, break_long_words=False)
    yield ""
    yield _bold(f"Wrong{circumstances(page.wrong)}:")
    yield ""
    yield _indented(page.wrong.text)
    yield ""
    yield _indented(diagnostics_of(page.wrong))
    yield ""
    yield _bold(f"Right{circumstances(page.right)}:")
    yield ""
    yield _indented(page.right.text)


def circumstances(example: Example) -> str:
    """The settings and the encoding of an example, which its text does not show."""
    given = [f"with --set '{setting}'" for setting in example.settings]
    if example.encoding != "utf-8":
        given.append(f"saved as {example.encoding}")
    return "".join(f", {part}" for part in given)


def diagnostics_of(example: Example) -> str:
    """The diagnostics that an example gets, as a run would print them."""
    from cablese.dsl.pipeline import compile_spec, diagnose_spec, plan_program
    from cablese.dsl.text.decode import decode
    from cablese.dsl.text.diagnostics import SpecError
    from cablese.dsl.text.render import render_all
    from cablese.runtime.registry import plugins

    registry = plugins()
    try:
        source = decode("wrong.alg", example.text.encode(example.encoding))
        plan_program(compile_spec(source, registry, example.settings), registry)
    except SpecError as error:
        return render_all(error.diagnostics, color=_colored())
    return render_all(diagnose_spec(source, registry, pedantic=True), color=_colored())


def _colored() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


def _bold(text: str) -> str:
    return click.style(text, bold=True) if _colored() else text


def _indented(text: str) -> str:
    return textwrap.indent(text.rstrip("\n"), "    ")
