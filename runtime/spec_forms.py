"""A spec in the forms of the compiler, as texts; each form imports its own stages alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cablese.dsl.pipeline import plan_program, python_of, read_spec

from .errors import UsageError
from .registry import plugins

if TYPE_CHECKING:
    from cablese.dsl.check.program import Program
    from cablese.dsl.text.source import Source


def text_of(source: Source, program: Program, form: str) -> str:
    """The text of a form: `spec`, `json`, `tex`, `server`, `node`, `plan` or `python`. Raises SpecError for a construct that
    no run executes, UsageError for the server of a method that has none."""
    if form == "server" and program.on_graph:
        raise UsageError(
            f"{program.name} is a method on a graph and has no server: `node` shows what each node computes and sends."
        )
    match form:
        case "spec":
            from cablese.dsl.syntax.printer import print_spec

            return print_spec(read_spec(source))
        case "json":
            from cablese.dsl.emit.json_tree import emit_json

            return emit_json(read_spec(source))
        case "tex":
            from cablese.dsl.emit.tex import emit_tex

            return emit_tex(read_spec(source), program)
        case "server" | "node":
            from cablese.dsl.emit.projection import project_spec
            from cablese.dsl.syntax.printer import print_spec

            return print_spec(project_spec(read_spec(source), form))
        case "plan":
            from cablese.dsl.emit.plan_text import emit_plan

            return emit_plan(plan_program(program, plugins()))
        case _:
            from cablese.dsl.emit.layout import Layout

            return python_of(plan_program(program, plugins()), Layout.TOGETHER)
