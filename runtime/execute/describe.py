"""The header of a run: everything that determines it, for the trace."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

from cablese.dsl.check.canonical import canonical_hash
from cablese.dsl.check.program import Program
from cablese.dsl.check.scalars import Number
from cablese.dsl.pipeline import read_spec
from cablese.dsl.syntax.printer import print_spec
from cablese.dsl.text.source import Source

from ..codecs import WIRE_FORMAT
from ..problems.base import Problem
from .constants import Constants
from .interface import Header
from .options import Options

LIBRARIES = ("numpy", "scipy", "scikit-learn", "mpi4py")


def header_of(
    program: Program,
    source: Source,
    options: Options,
    problem: Problem,
    compressors: dict[str, str],
    params: dict[str, Number],
    constants: Constants,
    ranks: int,
    graph: str,
    groups: int,
) -> Header:
    """The header of a prepared run."""
    return Header(
        algorithm=program.name,
        source=program.source,
        spec=print_spec(read_spec(source)),
        spec_hash=canonical_hash(program),
        params={name: value if isinstance(value, int) else float(value) for name, value in params.items()},
        compressors=compressors,
        problem=problem.written,
        kind=problem.kind,
        n=problem.n,
        d=problem.d,
        samples=problem.samples,
        rounds=options.rounds,
        every=options.interval,
        seed=options.seed,
        split=options.split,
        device=options.device,
        dtype=options.dtype,
        wire=options.wire,
        ranks=ranks,
        versions=versions(),
        constants=dict(constants.asked),
        graph=graph,
        groups=groups,
    )


def versions() -> dict[str, str]:
    """What the bits of a run may depend on beside its options."""
    found = {"cablese": version("cablese"), "wire format": str(WIRE_FORMAT)}
    found["python"] = platform.python_version()
    found |= {name: version(name) for name in LIBRARIES}
    return found | {"cpu": processor(), "blas threads": "1"}


def processor() -> str:
    """The kind of CPU, as the system names it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
