"""A certificate: specs run for a few rounds in every way in which a run may be executed, and one hash of all that came out.

Points, what each message cost, and the output are hashed; seconds are not. Ways of one type of computations must agree.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from hashlib import sha256
from importlib.util import find_spec as find_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from cablese.dsl.check.program import ProblemKind
from cablese.dsl.pipeline import compile_spec
from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source

from ..arrays.numba_dispatch import kernels_always, numpy_alone
from ..errors import RunFailed, SetupError
from ..execute.interface import Recording
from ..execute.options import Options
from ..execute.problems import Problems
from ..execute.session import prepare
from ..registry import plugins
from ..report.machine import launcher

NODES, ROUNDS, EVERY = 5, 6, 2
_HASH = re.compile("[0-9a-f]{64}")  # an outcome that is none is what a run that failed said
SHARE = 8
"""The quick form takes every so many-th spec."""

PROBLEMS: Mapping[ProblemKind, str] = {
    ProblemKind.MINIMIZE: 'logreg(data = "breast_cancer", l2 = 1e-3, scale = "rows")',
    ProblemKind.SADDLE: 'bilinear_saddle(d = 3, lam = 0.5, seed = 1, x0 = "normal(1)")',
    ProblemKind.VI: 'bilinear_game(d = 3, lam = 0.5, samples = 6, seed = 1, x0 = "normal(1)")',
}


@record
class Way:
    """A way of execution: a process alone with NumPy or with compiled loops whatever the length, or so many ranks."""

    name: str
    ranks: int = 1
    dedicated: bool = False
    compiled: bool = False
    dtype: Literal["float64", "float32"] = "float64"


ALONE = Way("one process")
ALONE_32 = Way("one process, float32", dtype="float32")
TWO_32 = Way("2 ranks, float32", 2, dtype="float32")
QUICK = (ALONE, Way("2 ranks", 2), Way("3 ranks, dedicated server", 3, dedicated=True), ALONE_32, TWO_32)
ALL = (
    ALONE,
    Way("one process, numba", compiled=True),
    Way("2 ranks", 2),
    Way("3 ranks", 3),
    Way("8 ranks", 8),
    Way("3 ranks, dedicated server", 3, dedicated=True),
    ALONE_32,
    TWO_32,
)


@record
class Certificate:
    """A spec's hash, the ways that agree on it, and what came out of those that do not. Where a run fails alike in the ways
    of one type of computations, `failed` is what it says, and there is no hash."""

    spec: str
    hash: str
    ways: tuple[str, ...]
    others: tuple[tuple[str, str], ...]  # ways and their hashes, or what they said
    failed: str = ""

    @property
    def stands(self) -> bool:
        """True where the spec ran, and all ways agree."""
        return not (self.others or self.failed)


def ways_here(quick: bool) -> tuple[Way, ...]:
    """The ways that this machine has: with a launcher for several ranks, and with numba."""
    several, numba = launcher() is not None, find_module("numba") is not None
    wanted = QUICK if quick else ALL
    return tuple(way for way in wanted if (way.ranks == 1 or several) and (numba or not way.compiled))


def share_of(names: Sequence[str]) -> list[str]:
    """The specs of the quick form."""
    return list(names)[::SHARE]


def certify(
    sources: Sequence[Source], ways: Sequence[Way], told: Callable[[str], None] = lambda _: None
) -> list[Certificate]:
    """Run the specs in all ways; `told` hears of each way before it is taken."""
    found: dict[Way, dict[str, str]] = {}
    for way in ways:
        told(way.name)
        found[way] = dict(_alone(sources, way) if way.ranks == 1 else _together(sources, way))
    return [_certificate(source.name, {way: found[way][source.name] for way in ways}) for source in sources]


def _certificate(spec: str, found: Mapping[Way, str]) -> Certificate:
    """The hash of a spec from those of its ways, each compared with the first of its type of computations."""
    wanted: dict[str, str] = {}
    agreeing, others = [], []
    for way, outcome in found.items():
        if wanted.setdefault(way.dtype, outcome) == outcome:
            agreeing.append(way.name)
        else:
            others.append((way.name, outcome))
    failed = next((outcome for outcome in wanted.values() if not _HASH.fullmatch(outcome)), "")
    whole = "" if failed else sha256("".join(wanted.values()).encode()).hexdigest()[:16]
    return Certificate(spec.removesuffix(".alg"), whole, tuple(agreeing), tuple(others), failed)


def _alone(sources: Sequence[Source], way: Way) -> Iterator[tuple[str, str]]:
    """Each spec with the hash of its run in this process; "" at other ranks than the first."""
    problems = Problems()
    kernels: AbstractContextManager[None] = nullcontext()
    if way.ranks == 1:
        kernels = kernels_always() if way.compiled else numpy_alone()
    with kernels:
        for source in sources:
            yield source.name, _outcome(source, way, problems)


def _outcome(source: Source, way: Way, problems: Problems) -> str:
    program = compile_spec(source, plugins())
    options = Options(
        nodes=NODES,
        rounds=ROUNDS,
        every=EVERY,
        problem=PROBLEMS[program.problem],
        dtype=way.dtype,
        wire_check="all",
        server_rank="dedicated" if way.dedicated and not program.on_graph else "shared",
        alone=way.ranks == 1,
    )
    recording = Recording()
    try:
        ended = prepare(source, options, problems).run(recording)
    except (SpecError, SetupError, RunFailed) as error:
        return f"{type(error).__name__}: {error}"
    if recording.summary is None or ended.output is None:
        return ""
    points = [asdict(point) | {"seconds": 0.0} for point in recording.points]
    messages = [asdict(message) for message in recording.summary.messages]
    told = json.dumps([points, messages, ended.output.dtype.str], sort_keys=True)
    return sha256(told.encode() + ended.output.tobytes()).hexdigest()


def _together(sources: Sequence[Source], way: Way) -> Iterator[tuple[str, str]]:
    """The same under the launcher, all specs in one job. One that ends it has what it said; the rest start anew."""
    left = list(sources)
    with TemporaryDirectory() as folder:
        work = Path(folder) / "work.json"
        while left:
            specs = [(source.name, source.text) for source in left]
            work.write_text(json.dumps({"way": asdict(way), "specs": specs}), encoding="utf-8")
            words = [str(launcher()), "-n", str(way.ranks), sys.executable, "-P", "-m", __name__, str(work)]
            ended = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            lines = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith('["')]
            yield from ((name, outcome) for name, outcome in lines)
            left = left[len(lines) :]
            if left:
                yield left.pop(0).name, f"the job ended with code {ended.returncode}: {ended.stderr[-500:]}"


def rank_main(work: Path) -> None:
    """The work of one rank, which a file describes; rank 0 writes a line a spec. A run fails at every rank."""
    from ..transports.mpi import job

    asked = json.loads(work.read_text(encoding="utf-8"))
    sources = [Source(name, text) for name, text in asked["specs"]]
    for name, outcome in _alone(sources, Way(**asked["way"])):
        if job().rank == 0:
            print(json.dumps([name, outcome]), flush=True)


if __name__ == "__main__":
    rank_main(Path(sys.argv[1]))
