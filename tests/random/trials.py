"""Trials of a spec: what it comes to in one process, to the slow evaluator, and on ranks that are threads.

A trial that ends in anything but equal results to the last bit, or a diagnostic of `check`, has found something.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.source import Source
from cablese.runtime.errors import RunFailed
from cablese.runtime.execute.interface import Recording
from cablese.runtime.execute.options import Options
from cablese.runtime.execute.session import prepare

Result = Mapping[str, Any]
"""How a run ended: `points`, `messages` and `output`; or that it was `refused`, `stopped`, `crashed`, `ended` or `hung`."""

FAILED = ("crashed", "ended", "hung")


def ended(text: str, options: Options) -> Result:
    """A run in this process; of several ranks' only rank 0 has points. Nothing is raised."""
    recording = Recording()
    try:
        outcome = prepare(Source("random.alg", text), options).run(recording)
    except SpecError as error:
        return {"refused": [[d.code, d.span.line, d.message] for d in error.diagnostics]}
    except RunFailed as error:
        return {"stopped": str(error)}
    except Exception:
        return {"crashed": traceback.format_exc()}
    if recording.summary is None or outcome.output is None:
        return {}
    points = [asdict(point) for point in recording.points]
    for point in points:
        del point["seconds"]
    messages = [asdict(message) for message in recording.summary.messages]
    return plain({"points": points, "messages": messages, "output": outcome.output.tolist()})


def plain(found: dict[str, Any]) -> Result:
    """The same after a trip through JSON, with numbers that are none as words, so that they equal themselves."""
    read: Result = json.loads(json.dumps(found), parse_constant=str)
    return read


def runs(result: Result) -> bool:
    """Whether a run came to its end."""
    return "points" in result


def difference(one: Result, other: Result) -> str:
    """Where another run parts from the one in one process; empty if they are equal."""
    if one == other:
        return ""
    if not (runs(one) and runs(other)):
        return said(other) if runs(one) else f"{said(other)}, not {said(one)}"
    for at, (here, there) in enumerate(zip(one["points"], other["points"], strict=False)):
        if here != there:
            keys = [key for key in here if here[key] != there.get(key)]
            return f"after {at} rounds " + ", ".join(
                f"{key} is {there.get(key)}, not {here[key]}" for key in keys
            )
    return "other messages" if one["messages"] != other["messages"] else "another output"


def said(result: Result) -> str:
    """A result in a line."""
    for key in ("refused", "stopped", *FAILED):
        if key in result:
            return f"{key}: {(str(result[key]).strip().splitlines() or [''])[-1]}"
    return "ran" if runs(result) else "nothing"


def slow_difference(text: str, options: Options) -> str:
    """Where the slow evaluator parts from the fast path; empty if they are equal."""
    from harness import assert_equal

    try:
        with np.errstate(all="ignore"):
            assert_equal(Source("random.alg", text), options)
    except AssertionError as error:
        return f"the slow evaluator differs: {(str(error).strip().splitlines() or ['an assertion of its own'])[0]}"
    except Exception as error:
        return f"the slow evaluator fails: {type(error).__name__}: {error}"
    return ""
