"""`cablese new NAME`: a spec file to begin with, a template or a copy of a method of the library."""

from __future__ import annotations

import click

from . import flags


@click.command()
@click.argument("name", metavar="NAME")
@flags.once("--from", "base", metavar="SPEC", help="Begin with this spec, a shipped one or a file.")
def new(name: str, base: str | None) -> None:
    """Write NAME.alg, a spec to begin with that runs as it is. A file that is there is never replaced."""
    from cablese.runtime.library import find_spec
    from cablese.runtime.new_specs import path_of, renamed_copy, template, write_new

    from .guard import say

    path = path_of(name)
    text = template(path.stem) if base is None else renamed_copy(find_spec(base), path.stem)
    write_new(path, text)
    say(f"wrote {path}: `cablese check {path}` looks for mistakes, `cablese run {path}` runs it")
