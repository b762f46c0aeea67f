"""Programs of specs with the plug-ins at hand, each compiled once: one question often asks several times for the same."""

from __future__ import annotations

from functools import lru_cache

from cablese.dsl.check.program import Program
from cablese.dsl.pipeline import compile_spec
from cablese.dsl.text.source import Source

from .registry import plugins


@lru_cache(maxsize=512)
def compiled(source: Source, settings: tuple[str, ...] = ()) -> Program:
    """The checked program, settings in the place of defaults; SpecError with every error."""
    return compile_spec(source, plugins(), settings)
