"""Options from Python: signatures and documentation, as `help` and Tab show them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints

from cablese.runtime.execute.declared import Declared, Option
from cablese.runtime.execute.options import OPTIONS, Choices

Function = TypeVar("Function", bound=Callable[..., Any])

STRICT = Option("strict", bool, False, Declared("Take a spec's warnings for errors"))
"""An option of reading specs, on which no run depends."""

NAMED = {option.name: option for option in (*OPTIONS.values(), STRICT)}
"""Options by the keyword that Python gives them."""


def with_choices(function: Function) -> Function:
    """Give a function of `**choices: Unpack[Choices]` the signature and the documentation of every option."""
    types, signature = get_type_hints(Choices), inspect.signature(function)
    given = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    options = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=option.default, annotation=types[name]
        )
        for name, option in NAMED.items()
    ]
    function.__signature__ = signature.replace(parameters=[*given, *options])  # type: ignore[attr-defined]
    lines = [f"    {name} = {option.default!r}: {_meaning(option)}" for name, option in NAMED.items()]
    function.__doc__ = "\n".join(
        [inspect.cleandoc(function.__doc__ or ""), "", "Options, as on the command line::", "", *lines]
    )
    return function


def _meaning(option: Option) -> str:
    """The help of an option, as a note behind its default."""
    declared = option.declared
    unset = f"; None: {declared.unset}" if declared.unset else ""
    written = f", as {declared.in_python}" if declared.in_python else ""
    return declared.help[0].lower() + declared.help[1:] + written + unset
