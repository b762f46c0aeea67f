"""Calls of plug-ins, and checks of their answers: errors name the plug-in."""

from __future__ import annotations

from collections.abc import Callable
from operator import index
from pathlib import Path
from typing import Any

from .errors import RunFailed, SetupError


class PluginFailed(SetupError):
    """A plug-in raised an exception, which is the cause, or gave an answer that cannot be used."""


def asked(plugin: str, part: str, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """A plug-in's answer; PluginFailed with its name and line for any exception, an exit of the process too."""
    try:
        return function(*arguments, **named)
    except (SetupError, RunFailed, MemoryError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise raised(plugin, part, error) from error


def raised(plugin: str, part: str, error: BaseException) -> PluginFailed:
    """A plug-in raised an exception of its own."""
    place, said = _line_of(error), f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return PluginFailed(
        f"the {plugin} failed in its `{part}`{place}: {said}. Mend the plug-in; `--debug` shows the traceback."
    )


def returned(plugin: str, part: str, found: object, wanted: object) -> PluginFailed:
    """A plug-in's answer is not of the kind that is needed."""
    return PluginFailed(
        f"the {plugin} gives as its `{part}` {found}, and must give {wanted}. Mend the plug-in."
    )


def a_count(plugin: str, part: str, found: object, most: int = (1 << 31) - 1) -> int:
    """A plug-in's answer as a whole number from 0 on; PluginFailed where it is none."""
    if isinstance(found, bool) or not hasattr(found, "__index__") or not 0 <= index(found) <= most:
        raise returned(plugin, part, repr(found), f"a whole number from 0 to {most}")
    return index(found)


def shaped(plugin: str, part: str, found: Any, shape: tuple[int, ...], dtype: object) -> Any:
    """A plug-in's answer as an array of a shape and type; PluginFailed where it is another, or none."""
    got = getattr(found, "shape", None)
    if got is None or tuple(got) != shape:
        what = type(found).__name__ if got is None else f"an array of shape {tuple(got)}"
        raise returned(plugin, part, what, f"one of shape {shape}")
    if found.dtype != dtype:
        raise returned(plugin, part, f"numbers of type {found.dtype}", f"{dtype}")
    return found


def bad_plugin(what: str, word: str, reason: str) -> SetupError:
    """A class whose contract is incomplete or contradicts itself, or an object that is no class of the kind."""
    return SetupError(
        f"{what} cannot be registered as a {word}: {reason}. Mend the plug-in, or uninstall it."
    )


def _line_of(error: BaseException) -> str:
    """File and line of the innermost call, in parentheses; empty without a traceback."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return "" if at is None else f" ({Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno})"
