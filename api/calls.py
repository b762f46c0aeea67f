"""The functions of `import cablese`: run, compare, diff, verify, check, load; the work is done in `cablese.runtime`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Unpack
from warnings import warn

from cablese.dsl.text.source import Source
from cablese.runtime.checkpoint_errors import no_spec_given, objective_in_folder

from .choices import NAMED, STRICT, with_choices
from .methods import Likenesses, MethodDifference
from .results import Comparison, Result
from .several import OnPoint, Seen, result_of, run_all, run_one

if TYPE_CHECKING:
    from cablese.dsl.text.diagnostics import Diagnostic
    from cablese.runtime.execute.methods import Method
    from cablese.runtime.execute.options import Choices, Options
    from cablese.runtime.execute.session import Prepared
    from cablese.runtime.folders.wanted import Files
    from cablese.runtime.problems.objective import Objective

    from .costs import MethodCost, ReplayedRun
    from .rounds import TracedRound
    from .verification import Verification

Spec = str | Path | Source
PathLike = str | Path


@with_choices
def run(
    spec: Spec | None = None,
    *,
    out: PathLike | None = None,
    checkpoint_every: int | None = None,
    resume: PathLike | None = None,
    again: bool = False,
    force: bool = False,
    on_point: OnPoint | None = None,
    live: bool = False,
    **choices: Unpack[Choices],
) -> Result:
    """Run a spec: the name of a shipped one, a path, with or without settings of its own behind it as in
    `marina(gamma = 0.1)`, or a text of several lines. `on_point(header, point)` is called as points are measured;
    `live` serves the page of `--live` meanwhile, whose address is printed on standard error.

    `out`, `checkpoint_every`, `resume`, `again` and `force` are those of the command line: the folder of the run, with its
    spec, options, trace, checkpoints, output and figure; a run that stands finished there is taken, and not run, unless
    `again`; `resume=DIR` goes on with the one in DIR, with its spec and options where others are not given.

    Raises SpecError (mistakes in the spec), SetupError (parameters, problem, data, options, another run in the folder),
    RunFailed; an interrupt (Ctrl-C, a notebook's stop) ends it after the round and raises Interrupted. Both have the
    `result` so far. A construct that is surely not meant is a SpecWarning, with strict=True a mistake.
    """
    from cablese.runtime.execute import session
    from cablese.runtime.execute.comparison import Entry, options_of_each
    from cablese.runtime.execute.problems import Problems
    from cablese.runtime.folders.starts import spec_in

    files = _files(out, checkpoint_every, resume, again=again, force=force)
    if spec is None and files.resume and files.out is not None:
        spec = spec_in(files.out)
    if spec is None:
        raise no_spec_given()
    method = _method(spec)
    warnings = _warnings([method.source], choices)
    objective, options = _problem_and_options(choices, files)
    options = options_of_each([method], options)[0]
    prepared = session.prepare(method.source, options, Problems(objective))
    _warn(warnings, [prepared], choices)
    return run_one(Entry("", method.source, options, prepared), files, Seen(on_point, live))


@with_choices
def compare(
    specs: Sequence[Spec],
    *,
    seeds: int = 1,
    sweep: str | Sequence[str] = (),
    jobs: int = 1,
    out: PathLike | None = None,
    checkpoint_every: int | None = None,
    resume: PathLike | None = None,
    again: bool = False,
    force: bool = False,
    on_point: OnPoint | None = None,
    live: bool = False,
    **choices: Unpack[Choices],
) -> Comparison:
    """Run several specs on the same problem, one after another; `set` reaches those that have the name, and
    `marina(Q = rand_k(k = 1))` or {"marina.gamma": 0.1} one of them. Each runs under so many `seeds`, from `seed` on, and
    for each value of a `sweep` such as "gamma = gamma * [1/4, 1, 4]", of which `Comparison.best` chooses; `jobs` of them
    run at once, each in a process.

    `out`, `checkpoint_every`, `resume`, `again`, `force`, `on_point` and `live` are those of `run`; each run has a folder
    in that of `out`.

    One that fails is a result all the same, with `failed` set. An interrupt raises Interrupted, a file that cannot be
    written RunFailed; their `result` is the comparison so far.
    """
    from cablese.runtime.execute.comparison import prepare_all
    from cablese.runtime.execute.option_checks import whole
    from cablese.runtime.execute.sweeps import read_sweep, swept

    files = _files(out, checkpoint_every, resume, again=again, force=force)
    sweeps = [read_sweep(text) for text in ([sweep] if isinstance(sweep, str) else sweep)]
    objective, options = _problem_and_options(choices, files)
    each = [specs] if isinstance(specs, str) else specs
    methods = swept([_method(spec) for spec in each], sweeps, options.settings)
    warnings = _warnings([method.source for method in methods], choices)
    entries = prepare_all(methods, options, whole("--seeds", seeds), objective)
    _warn(warnings, [entry.prepared for entry in entries], choices)
    return run_all(entries, files, jobs, Seen(on_point, live))


def diff(
    one: Spec, other: Spec, *, under: Mapping[str, object] | Sequence[str] = (), quick: bool = False
) -> MethodDifference:
    """The difference of two methods, by algebra and, unless `quick`, by runs with equal draws.


    `under` binds params and compressors first: {'C': 'identity()', 'p': 1}, or ['p=1']; {'prox': 'none'} is for problems
    without a regulariser. Raises SpecError for mistakes in a spec, SetupError for methods that no run could compare.
    """
    from cablese.runtime.execute.difference import difference
    from cablese.runtime.execute.option_checks import settings_of

    return MethodDifference(difference((_source(one), _source(other)), settings_of(under), quick=quick))


def cost(
    spec: Spec,
    *,
    dim: int = 1000,
    nodes: int = 10,
    rounds: int = 1000,
    samples: int | None = None,
    set: Mapping[str, object] | Sequence[str] = (),
    wire: str = "float32",
    bits: str = "codec",
    graph: str | None = None,
    groups: int | None = None,
    constants: Mapping[str, float] | None = None,
) -> MethodCost:
    """The cost of a round of a method, from its spec alone: bits, formulas, state, operations, seconds over a network.

    `bits`: `codec`, `paper`, `entropy` or `dense`; `samples` are those of every node. Raises SpecError for mistakes in the
    spec, SetupError where the cost depends on a problem, whose `constants` may be given: {"L": 2.0, "f_gap0": 10.0}.
    """
    from cablese.runtime.execute.cost import cost_of
    from cablese.runtime.execute.message_sizes import COUNTS
    from cablese.runtime.execute.network_errors import no_count
    from cablese.runtime.execute.option_checks import make_options, settings_of, whole
    from cablese.runtime.execute.scale import Scale, read_constants

    from .costs import MethodCost

    if bits not in COUNTS:
        raise no_count(bits, COUNTS)
    given = {
        "nodes": nodes,
        "rounds": rounds,
        "set": settings_of(set),
        "wire": wire,
        "graph": graph,
        "groups": groups,
    }
    named = {NAMED[name].field if name in NAMED else name: value for name, value in given.items()}
    written = ", ".join(f"{name} = {value!r}" for name, value in (constants or {}).items())
    source, numbers = _source(spec), read_constants(written) if written else {}
    of_node = None if samples is None else whole("--samples", samples)
    scale = Scale(make_options(named), whole("--dim", dim), of_node, bits, numbers)
    return MethodCost(cost_of(source, scale), source, scale)


def replay(
    run: Result | str | Path, network: str, *, gradient_time: str = "0s", seed: int = 0
) -> ReplayedRun:
    """A finished run, or the one in a trace file, under a network such as `up = 100Mbps, down = 1Gbps, latency = 20ms`.

    `gradient_time` is that of a gradient of all of a node's samples, perhaps by a law: `5ms + exponential(2ms)`. Raises
    SetupError for a network that is none or lacks links, and for a trace that does not tell of messages.
    """
    from cablese.runtime.execute.network import read_network, read_time
    from cablese.runtime.execute.replay import replay as replayed

    from .costs import ReplayedRun

    result = run if isinstance(run, Result) else load(run)
    links = read_network(network)
    return ReplayedRun(replayed(result.recording, links, read_time(gradient_time), seed), links)


def like(spec: Spec) -> Likenesses:
    """The shipped methods that a spec is like, the likest first: `like("mine.alg")[0].name`.

    Raises SpecError for mistakes in the spec, SetupError where no other method solves its kind of problem.
    """
    from cablese.runtime.execute.likeness import likenesses

    return Likenesses(*likenesses(_source(spec)))


def verify(
    *specs: Spec,
    quick: bool = False,
    seeds: int | None = None,
    rounds: int | None = None,
    set: Mapping[str, object] | Sequence[str] = (),
) -> Verification:
    """Verdicts on the claims of specs: laws by algebra or runs, invariants and guarantees by runs, lints of theory.

    A name may be that of a family. `seeds` and `rounds` are the most of a guarantee's runs, `set` holds settings in place of
    defaults, {"gamma": 0.1}. Raises SpecError for mistakes in a spec; a claim that does not stand is told, and makes
    `failed` true.
    """
    from cablese.runtime.execute.methods import Method
    from cablese.runtime.execute.option_checks import settings_of, whole
    from cablese.runtime.verify.settings import settled
    from cablese.runtime.verify.verify import effort_of, find_specs
    from cablese.runtime.verify.verify import verify as verified

    from .verification import Verification

    most = {"seeds": seeds, "rounds": rounds}
    given = {name: None if value is None else whole(f"--{name}", value, 0) for name, value in most.items()}
    effort = effort_of(quick=quick, **given)
    sources: list[Source] = []
    for spec in specs:
        named = isinstance(spec, str) and not _is_text(spec)
        sources += find_specs([str(spec)]) if named else [_source(spec)]
    tried = settled([Method(source) for source in sources], settings_of(set))
    return Verification(tuple(verified(source, effort) for source in tried))


def check(spec: Spec) -> tuple[Diagnostic, ...]:
    """Every mistake in a spec or, in one that has none, what is surely not meant: `severity` tells errors from warnings.

    In source order; empty when nothing is to be said.
    """
    from cablese.dsl.text.diagnostics import SpecError
    from cablese.runtime.library import diagnose

    try:
        return diagnose(_source(spec))
    except SpecError as error:  # not UTF-8
        return error.diagnostics


def load(path: str | Path) -> Result:
    """The run in a trace file; SetupError when the file is no trace or holds several runs (`load_all`)."""
    from cablese.runtime.tracing import read_trace

    return result_of(read_trace(Path(path)))


def load_all(path: str | Path) -> Comparison:
    """Every run in a trace file."""
    from cablese.runtime.tracing import read_traces

    return Comparison([result_of(recording) for recording in read_traces(Path(path))])


@with_choices
def trace(spec: Spec, *, round: int | Literal["init"] = 0, **choices: Unpack[Choices]) -> TracedRound:
    """One round of a run, line by line: the values that it gave, the draws, the messages. The rounds before are run as `run`
    does, in this process alone. Raises as `run` does."""
    from cablese.runtime.execute.comparison import options_of_each
    from cablese.runtime.execute.problems import Problems
    from cablese.runtime.folders.wanted import Files
    from cablese.runtime.steps.stepping import read_round, step_at

    from .rounds import TracedRound

    method = _method(spec)
    _warnings([method.source], choices)
    objective, options = _problem_and_options(choices, Files())
    options = options_of_each([method], options)[0]
    prepared, found = step_at(
        method.source, options, read_round(str(round), options.rounds), Problems(objective)
    )
    return TracedRound(prepared.header, found, prepared.context.program.on_graph)


def _warnings(sources: Sequence[Source], choices: Choices) -> tuple[Diagnostic, ...]:
    from cablese.runtime.library import warnings_of

    return warnings_of(sources, strict=choices.get("strict", False))


def _warn(diagnostics: Sequence[Diagnostic], prepared: Sequence[Prepared], choices: Choices) -> None:
    """Python's own warnings, at the line that called `run` or `compare`; under MPI from rank 0. With strict=True the
    first remark on a run is a SetupError."""
    from cablese.dsl.text.diagnostics import SpecWarning
    from cablese.runtime.errors import SetupError

    notes = list(dict.fromkeys(note for each in prepared for note in each.notes))
    if notes and choices.get("strict", False):
        raise SetupError(notes[0])
    if prepared[0].rank == 0:
        for diagnostic in diagnostics:
            warn(SpecWarning(diagnostic), stacklevel=3)
        for note in notes:
            warn(note, UserWarning, stacklevel=3)


def _method(spec: Spec) -> Method:
    from cablese.runtime.execute.methods import Method, find_method

    if isinstance(spec, str) and not _is_text(spec):
        return find_method(spec)
    return Method(_source(spec))


def _is_text(spec: str) -> bool:
    return "\n" in spec or "\r" in spec


def _source(spec: Spec) -> Source:
    from cablese.runtime.library import find_spec

    if isinstance(spec, Source):
        return spec
    if isinstance(spec, str) and _is_text(spec):
        return Source("<text>", spec)
    return find_spec(str(spec))


def _files(
    out: PathLike | None,
    checkpoint_every: int | None,
    resume: PathLike | None,
    *,
    again: bool,
    force: bool,
) -> Files:
    """The files that a call asks for. Raises UsageError."""
    from cablese.runtime.execute.option_checks import make_command
    from cablese.runtime.folders.wanted import Spelling, wanted_files

    paths = {"out": out, "resume": resume}
    given: dict[str, object] = {name: None if path is None else str(path) for name, path in paths.items()}
    chosen = make_command({**given, "checkpoint_every": checkpoint_every, "again": again})
    return wanted_files(chosen, force=force, spelling=Spelling.KEYWORD)


def _problem_and_options(choices: Choices, files: Files) -> tuple[Objective | None, Options]:
    """An objective that stands for the problem, if one does, and the options; those of a run that goes on where others are
    not given."""
    from cablese.runtime.problems.objective import Objective

    problem = choices.get("problem")
    if not isinstance(problem, Objective):
        return None, _options(choices, files)
    if files.out is not None:
        raise objective_in_folder()
    return problem, _options({**choices, "problem": None}, files)


def _options(choices: Choices, files: Files) -> Options:
    from cablese.runtime.execute.config_files import merge
    from cablese.runtime.execute.option_checks import make_options, settings_of
    from cablese.runtime.folders.wanted import config_in

    values: dict[str, object] = {name: value for name, value in choices.items() if name != STRICT.name}
    chosen = values.get("set")
    if isinstance(chosen, Iterable):
        values["set"] = settings_of(chosen)
    given = {NAMED[name].field if name in NAMED else name: value for name, value in values.items()}
    return make_options(merge(config_in(files.out if files.resume else None), given))
