"""The functions of `import cablese`: run, compare, check, load; the work is done in `cablese.runtime`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from cablese.dsl.text.source import Source

from .results import Comparison, Result

if TYPE_CHECKING:
    from cablese.dsl.text.diagnostics import Diagnostic
    from cablese.runtime.execute.interface import Recording
    from cablese.runtime.execute.options import Options
    from cablese.runtime.execute.session import Prepared

Spec = str | Path | Source


class Choices(TypedDict, total=False):
    """The options of `run` and `compare`, as on the command line; what is left out takes the default."""

    nodes: int
    rounds: int
    problem: str
    set: Mapping[str, object] | Sequence[str]
    split: str
    graph: str
    groups: int
    seed: int
    every: int
    metrics: Sequence[str]
    device: str
    dtype: str
    wire: str
    wire_check: str
    server_rank: str
    alone: bool


def run(spec: Spec, **choices: Unpack[Choices]) -> Result:
    """Run a spec: the name of a shipped one, a path, or a text of several lines.

    Options are those of the command line: nodes=10, rounds=1000, problem='logreg(data = "a9a.bz2")',
    set={"gamma": 0.1, "Q": "rand_k(k = 10)"} or ["gamma=0.1"], seed=0, every=10, wire="float32", …
    Raises SpecError (mistakes in the spec), SetupError (parameters, problem, data, options), RunFailed.
    """
    from cablese.runtime.execute import session

    return _run(session.prepare(_source(spec), _options(choices)))


def compare(specs: Sequence[Spec], **choices: Unpack[Choices]) -> Comparison:
    """Run several specs on the same problem, one after another; `set` reaches those that have the name."""
    from cablese.runtime.execute.contest import prepare_all

    entries = prepare_all([_source(spec) for spec in specs], _options(choices))
    return Comparison([_run(entry.prepared) for entry in entries])


def check(spec: Spec) -> tuple[Diagnostic, ...]:
    """Every mistake in a spec, in source order; empty when there is none."""
    from cablese.dsl.text.diagnostics import SpecError
    from cablese.runtime.library import diagnose

    try:
        return diagnose(_source(spec))
    except SpecError as error:  # not UTF-8
        return error.diagnostics


def load(path: str | Path) -> Result:
    """The run in a trace file; SetupError when the file is no trace or holds several runs (`load_all`)."""
    from cablese.runtime.tracing import read_trace

    return _result(read_trace(Path(path)))


def load_all(path: str | Path) -> Comparison:
    """Every run in a trace file."""
    from cablese.runtime.tracing import read_traces

    return Comparison([_result(recording) for recording in read_traces(Path(path))])


def _run(prepared: Prepared) -> Result:
    from cablese.runtime.execute.interface import Recording

    recording = Recording()
    outcome = prepared.run(recording)
    return Result(prepared.header, tuple(recording.points), outcome.summary, outcome.output)


def _result(recording: Recording) -> Result:
    assert recording.header is not None, "a recording starts with a header"
    return Result(recording.header, tuple(recording.points), recording.summary)


def _source(spec: Spec) -> Source:
    from cablese.runtime.library import find_spec

    if isinstance(spec, Source):
        return spec
    if isinstance(spec, str) and "\n" in spec:
        return Source("<text>", spec)
    return find_spec(str(spec))


def _options(choices: Choices) -> Options:
    from cablese.runtime.execute.options import make_options

    values: dict[str, object] = dict(choices)
    chosen = values.pop("set", ())
    if isinstance(chosen, Mapping):
        chosen = tuple(f"{name}={_expression(value)}" for name, value in chosen.items())
    elif not isinstance(chosen, str):
        chosen = tuple(chosen)  # type: ignore[arg-type]
    return make_options({**values, "settings": chosen})


def _expression(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
