"""`cablese check SPEC …`: parses, types and places specs, and prints every mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import flags
from .guard import Exit

if TYPE_CHECKING:
    from cablese.dsl.text.diagnostics import Diagnostic
    from cablese.dsl.text.source import Span


@click.command()
@flags.spec_arguments
@click.option("--json", is_flag=True, help="Diagnostics as a JSON list on standard output.")
def check(specs: tuple[str, ...], json: bool) -> Exit | None:
    """Check specs without running them; exit 1 when any has a mistake."""
    from cablese.runtime.library import diagnose, find_spec

    found = [diagnostic for spec in specs for diagnostic in diagnose(find_spec(spec))]
    if json:
        _show_json(found)
    else:
        _show(found, len(specs))
    return Exit.WRONG_INPUT if found else None


def _show(found: list[Diagnostic], specs: int) -> None:
    from .guard import report

    if not found:
        print("no mistakes found" if specs == 1 else f"no mistakes found in {specs} specs")
        return
    report(found)


def _show_json(found: list[Diagnostic]) -> None:
    from .launch import show_json

    show_json([_record(diagnostic) for diagnostic in found])


def _record(diagnostic: Diagnostic) -> dict[str, object]:
    """Lines and columns from 1; the end is exclusive."""
    return {
        "code": diagnostic.code,
        "message": diagnostic.message,
        **_place(diagnostic.span),
        "note": diagnostic.note,
        "labels": [{**_place(label.span), "note": label.note} for label in diagnostic.labels],
        "help": diagnostic.help,
    }


def _place(span: Span) -> dict[str, object]:
    end_line, end_column = span.source.line_column(span.end)
    start = {"file": span.source.name, "line": span.line, "column": span.column}
    return {**start, "end_line": end_line, "end_column": end_column}
