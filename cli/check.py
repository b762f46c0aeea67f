"""`cablese check SPEC …`: parses, types and places specs, and prints all errors and warnings."""

from __future__ import annotations

from collections.abc import Sequence
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
@flags.strict_option
@click.option("--pedantic", is_flag=True, help="Warn of doubts, too, which a method may have a reason for.")
def check(specs: tuple[str, ...], json: bool, strict: bool, pedantic: bool) -> Exit | None:
    """Check specs without running them; exit 1 when any has a mistake, 0 where there are only warnings."""
    from cablese.dsl.text.diagnostics import Severity, as_errors
    from cablese.runtime.library import diagnose, find_spec

    found = tuple(diagnostic for spec in specs for diagnostic in diagnose(find_spec(spec), pedantic=pedantic))
    found = as_errors(found) if strict else found
    wrong = any(diagnostic.severity is Severity.ERROR for diagnostic in found)
    if json:
        _show_json(found)
    else:
        _show(found, "" if wrong else _all_well(len(specs), len(found)))
    return Exit.WRONG_INPUT if wrong else None


def _all_well(specs: int, warnings: int) -> str:
    found = "no mistakes found" if not warnings else f"no mistakes, {warnings} warning{'s' * (warnings > 1)}"
    return found if specs == 1 else f"{found} in {specs} specs"


def _show(found: Sequence[Diagnostic], closing: str) -> None:
    from .guard import report

    if found:
        report(found)
    if closing:
        print(closing)


def _show_json(found: Sequence[Diagnostic]) -> None:
    from .launch import show_json

    show_json([_record(diagnostic) for diagnostic in found])


def _record(diagnostic: Diagnostic) -> dict[str, object]:
    """A diagnostic as a JSON object; lines and columns count from 1, the end is exclusive. `fix` are edits that an editor
    makes together: each a text in the place of a stretch."""
    return {
        "severity": diagnostic.severity.value,
        "code": diagnostic.code,
        "message": diagnostic.message,
        **_place(diagnostic.span),
        "note": diagnostic.note,
        "labels": [{**_place(label.span), "note": label.note} for label in diagnostic.labels],
        "help": diagnostic.help,
        "fix": [{**_place(edit.span), "text": edit.text} for edit in diagnostic.fix],
    }


def _place(span: Span) -> dict[str, object]:
    end_line, end_column = span.source.line_column(span.end)
    start = {"file": span.source.name, "line": span.line, "column": span.column}
    return {**start, "end_line": end_line, "end_column": end_column}
