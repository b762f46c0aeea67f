"""`cablese show SPEC --as …`: what the compiler made of a spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import flags

if TYPE_CHECKING:
    from cablese.dsl.plan.instructions import Plan
    from cablese.dsl.text.source import Source

FORMS = ("python", "plan", "server", "node")


@click.command()
@flags.spec_argument
@click.option("--as", "form", default="python", metavar="|".join(FORMS), help="What to show [python].")
@flags.set_option
def show(spec: str, form: str, settings: tuple[str, ...]) -> None:
    """Show what a spec became: its Python program, the plan, or a role's program."""
    from cablese.dsl.pipeline import compile_spec, plan_program
    from cablese.runtime.execute.usage import UsageError
    from cablese.runtime.library import find_spec
    from cablese.runtime.registry import plugins

    if form not in FORMS:
        raise UsageError(f"--as takes {', '.join(FORMS[:-1])} or {FORMS[-1]}, not {form}.")
    source, registry = find_spec(spec), plugins()
    plan = plan_program(compile_spec(source, registry, settings), registry)
    if form == "server" and plan.on_graph:
        raise UsageError(f"{plan.name} is a method on a graph and has no server: take --as node.")
    click.echo(_text(source, plan, form), nl=False)


def _text(source: Source, plan: Plan, form: str) -> str:
    from cablese.dsl.emit.layout import Layout
    from cablese.dsl.emit.plan_text import emit_plan
    from cablese.dsl.emit.projection import project_spec
    from cablese.dsl.pipeline import python_of, read_spec
    from cablese.dsl.syntax.printer import print_spec

    match form:
        case "plan":
            return emit_plan(plan)
        case "server" | "node":
            return print_spec(project_spec(read_spec(source), form))
        case _:
            return python_of(plan, Layout.TOGETHER)
