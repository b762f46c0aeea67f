"""Calls of plug-ins, and checks of their answers: errors name the plug-in."""

from __future__ import annotations

from collections.abc import Callable
from operator import index
from pathlib import Path
from typing import Any

from .errors import RunFailed, SetupError


class PluginFailed(SetupError):
    """A plug-in raised an exception, which is the cause, or gave an answer that cannot be used."""


def call_plugin(plugin: str, part: str, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Call a plug-in's function; PluginFailed with its name and line for any exception, an exit of the process too."""
    try:
        return function(*arguments, **named)
    except (SetupError, RunFailed, MemoryError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise raised_error(plugin, part, error) from error


def raised_error(plugin: str, part: str, error: BaseException) -> PluginFailed:
    """The error of a plug-in that raised an exception of its own."""
    place, said = _line_of(error), f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return PluginFailed(
        f"the {plugin} failed in its `{part}`{place}: {said}. Mend the plug-in; `--debug` shows the traceback."
    )


def wrong_answer(plugin: str, part: str, found: object, wanted: object) -> PluginFailed:
    """The error of a plug-in whose answer is not of the kind that is needed."""
    return PluginFailed(
        f"the {plugin} gives as its `{part}` {found}, and must give {wanted}. Mend the plug-in."
    )


def check_count(plugin: str, part: str, found: object, most: int = (1 << 31) - 1) -> int:
    """A plug-in's answer, checked to be a whole number from 0 to `most`; raises PluginFailed."""
    if isinstance(found, bool) or not hasattr(found, "__index__") or not 0 <= index(found) <= most:
        raise wrong_answer(plugin, part, repr(found), f"a whole number from 0 to {most}")
    return index(found)


def check_array(plugin: str, part: str, found: Any, shape: tuple[int, ...], dtype: object) -> Any:
    """A plug-in's answer, checked to be an array of a shape and type; raises PluginFailed."""
    got = getattr(found, "shape", None)
    if got is None or tuple(got) != shape:
        what = type(found).__name__ if got is None else f"an array of shape {tuple(got)}"
        raise wrong_answer(plugin, part, what, f"one of shape {shape}")
    if found.dtype != dtype:
        raise wrong_answer(plugin, part, f"numbers of type {found.dtype}", f"{dtype}")
    return found


def bad_plugin(what: str, word: str, reason: str) -> SetupError:
    """The error of a class whose contract is incomplete or contradicts itself, or an object that is no class of the kind."""
    return SetupError(
        f"{what} cannot be registered as a {word}: {reason}. Mend the plug-in, or uninstall it."
    )


def _line_of(error: BaseException) -> str:
    """File and line of the innermost call, in parentheses; empty without a traceback."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return "" if at is None else f" ({Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno})"
