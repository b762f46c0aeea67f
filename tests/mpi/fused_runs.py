"""Runs of `test_fused_ranks`: of each a line of what came out, and the number of rounds that were fused."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from cablese.runtime.arrays.numba_dispatch import kernels_always, numpy_alone
from cablese.runtime.errors import FailedAlone, RunFailed
from cablese.runtime.execute import fused_source
from cablese.runtime.execute.fused import Advance, FusedRounds
from cablese.runtime.execute.interface import Recording
from cablese.runtime.execute.options import Options
from cablese.runtime.execute.session import prepare
from cablese.runtime.library import find_spec

FUSED: list[int] = []
advance = FusedRounds.advance


def counted(rounds: FusedRounds, first: int, stop: int, states: list[Any]) -> Advance:
    found = advance(rounds, first, stop, states)
    FUSED.append(found.done - first)
    return found


def told(spec: str, problem: str, given: dict[str, Any]) -> str:
    """Points, messages and output of a run, as a hash at rank 0; or how it failed."""
    settings = tuple(given.pop("settings", ()))
    options: dict[str, Any] = {"problem": problem, "nodes": 5, "rounds": 40, "every": 20} | given
    recording = Recording()
    try:
        outcome = prepare(find_spec(spec), Options(**options, settings=settings)).run(recording)
    except FailedAlone as failure:
        sys.stdout.write(f"{json.dumps([str(failure.__cause__), sum(FUSED)])}\n")
        sys.stdout.flush()
        failure.job.world.Abort(3)
    except RunFailed as failure:
        return str(failure)
    if outcome.output is None or recording.summary is None:
        return ""
    points = [asdict(point) | {"seconds": 0.0} for point in recording.points]
    messages = [asdict(message) for message in recording.summary.messages]
    return sha256(json.dumps([points, messages]).encode() + outcome.output.tobytes()).hexdigest()


def main() -> None:
    FusedRounds.advance = counted  # type: ignore[method-assign]
    way, runs = sys.argv[1:]
    if way == "text":
        sys.path.append(str(Path(__file__).parents[1] / "execute"))
        from fused_text import not_compiled

        fused_source.compiled_rounds = not_compiled([])  # type: ignore[assignment]
    with numpy_alone() if way == "program" else kernels_always():
        for spec, problem, given in json.loads(runs):
            FUSED.clear()
            said = told(spec, problem, given)
            if said:
                sys.stdout.write(f"{json.dumps([said, sum(FUSED)])}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
