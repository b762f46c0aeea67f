"""Calls of what plug-ins bring: whatever they raise, and what they return, is told with the plug-in's name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import RunFailed, SetupError


def asked(plugin: str, part: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """A plug-in's answer; SetupError with its name and line for what it raises."""
    try:
        return function(*arguments)
    except (SetupError, RunFailed, MemoryError):
        raise
    except Exception as error:
        raise raised(plugin, part, error) from error


def raised(plugin: str, part: str, error: Exception) -> SetupError:
    """A plug-in ended with an exception of its own."""
    place, said = _line_of(error), f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return SetupError(
        f"the {plugin} failed in its `{part}`{place}: {said}. Mend the plug-in; `--debug` shows the traceback."
    )


def returned(plugin: str, part: str, found: object, wanted: object) -> SetupError:
    """A plug-in's answer is not what the rest of the program needs."""
    return SetupError(
        f"the {plugin} gives as its `{part}` {found}, and must give {wanted}. Mend the plug-in."
    )


def _line_of(error: Exception) -> str:
    """Where the innermost call stands."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    return "" if at is None else f" ({Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno})"
