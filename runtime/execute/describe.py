"""The header of a run: everything that determines it, for the trace."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from cablese.dsl.check.canonical import canonical_hash
from cablese.dsl.check.uses import has_groups
from cablese.dsl.pipeline import read_spec, with_output
from cablese.dsl.syntax.nodes import Output
from cablese.dsl.syntax.printer import print_expression, print_spec
from cablese.dsl.text.diagnostics import Bag

from ..codecs import WIRE_FORMAT
from ..data.hashes import hashes_of
from ..installed import installed_versions
from .config_paths import paths_in
from .context import RunContext
from .interface import Header
from .options import OPTIONS, Options

PACKAGES = ("cablese", "numpy", "scipy", "scikit-learn", "mpi4py")

RESOLVED = frozenset({"problem", "every", "graph", "groups", "output"})
"""Options that may be left open: a header has the values that the method, the data and other options decide."""


def header_of(run: RunContext, compressors: Mapping[str, str], messages: tuple[str, ...]) -> Header:
    """The header of a prepared run; `messages` as the ledger names them."""
    program, problem, spec = run.program, run.problem, read_spec(run.source)
    returning = with_output(spec, run.options.output, Bag()).lines
    params = {q.symbol.name: run.resolver.param(q.symbol.name) for q in program.params if not q.schedule}
    return Header(
        algorithm=program.name,
        source=program.source,
        spec=print_spec(spec),
        spec_hash=canonical_hash(program),
        params={name: value if isinstance(value, int) else float(value) for name, value in params.items()},
        compressors=dict(compressors),
        problem=problem.written,
        kind=problem.kind,
        n=problem.n,
        d=problem.d,
        samples=problem.samples,
        every=run.options.interval,
        ranks=run.transport.ranks,
        versions=versions() | versions_of_own(run),
        constants=dict(run.constants.asked),
        graph=run.mixing.graph.name if run.mixing else "",
        groups=run.grouping.count if has_groups(program) else 0,
        messages=messages,
        output=next(print_expression(line.value) for line in returning if isinstance(line, Output)),
        **_as_given(run.options),
    )


def _as_given(options: Options) -> dict[str, Any]:
    """Options as they were given, for the fields of a header that have their names; `RESOLVED` ones are left out."""
    names = {field.name for field in fields(Header)} & OPTIONS.keys() - RESOLVED
    return {name: getattr(options, name) for name in names}


def versions_of_own(run: RunContext) -> dict[str, str]:
    """Versions of what the problem and the metrics of a run rest on, and hashes of the files that its options name."""
    options = run.options
    read = {"problem": run.problem.written, "split": options.split, "graph": options.graph or ""}
    paths = [path for name, value in read.items() for path in paths_in(name, value)]
    named = hashes_of([*paths, *paths_in("metrics", list(options.metrics))])
    return {**run.problem.versions, **run.metrics.versions, **named}


def versions() -> dict[str, str]:
    """Versions of everything that the bits of a run may depend on, beside its options."""
    return dict(_versions())


@cache
def _versions() -> dict[str, str]:
    found = installed_versions(PACKAGES) | {"wire format": str(WIRE_FORMAT)}
    return found | {"python": platform.python_version(), "cpu": processor(), "blas threads": "1"}


def processor() -> str:
    """The kind of CPU, as the system names it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
