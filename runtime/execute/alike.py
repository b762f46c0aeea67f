"""Facts of a run that its ranks compare before the first round: the spec, the options, the data, the versions."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from cablese.dsl.text.source import Source

from .agree import Step
from .context import RunContext
from .describe import versions, versions_of_own
from .options import OPTIONS, Options

OWN = frozenset({"max_memory", "threads", "patience", "progress_wait", "alone"})
"""Options that each rank may have as it likes: no number depends on them, and no message."""

_OURS = ("cablese", "wire format")
"""Versions without which ranks do not understand each other."""

_LIBRARIES = ("numpy", "scipy", "python")
"""Versions on which last bits may depend; numbers are the same with every numba, and without."""

_DIGITS = 9
"""Digits in which numbers that each rank computes from data must be the same."""


def tell_spec(step: Step, source: Source, options: Options) -> None:
    """Tell the facts of a run that are known before anything is computed."""
    digest = sha256(source.text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    step.facts["spec"] = f"{Path(source.name).name} (sha256 {digest})"
    for name, option in OPTIONS.items():
        if name not in OWN:
            step.facts[option.flag] = _shown(getattr(options, name))
    found = versions()
    step.facts.update({name: found.get(name, "") for name in _OURS})
    step.bits.update({name: found.get(name, "") for name in _LIBRARIES})


def tell_problem(step: Step, run: RunContext) -> None:
    """Tell the facts that are known once the data are read: their hashes, sizes, and numbers computed from them."""
    problem = run.problem
    step.facts.update({f"file {name}": digest for name, digest in _files(versions_of_own(run)).items()})
    step.facts["problem"] = f"{problem.written}, d = {problem.d}"
    step.facts["samples of nodes"] = _counts(problem.samples)
    for name, value in run.params.items():
        if isinstance(value, (int, float)):
            step.facts[f"param {name}"] = f"{value:.{_DIGITS}g}"
            step.bits[f"last bits of {name}"] = repr(value)


def _files(found: Mapping[str, str]) -> dict[str, str]:
    return {name: digest for name, digest in found.items() if digest.startswith("sha256")}


def _counts(samples: tuple[int, ...]) -> str:
    """The numbers of samples of all nodes in few words."""
    if not samples:
        return ""
    digest = sha256(repr(samples).encode()).hexdigest()[:12]
    return f"{min(samples)} to {max(samples)}, {sum(samples)} in all (sha256 {digest})"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
