"""The options of `run` and `compare` from Python: their types, defaults and meanings, as `help` and Tab show them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict, TypeVar, get_type_hints

Function = TypeVar("Function", bound=Callable[..., Any])


class Choices(TypedDict, total=False):
    """The options of `run` and `compare`, as on the command line; what is left out takes the default."""

    nodes: int
    rounds: int
    problem: str | None
    set: Mapping[str, object] | Sequence[str]
    split: str
    graph: str | None
    groups: int | None
    seed: int
    every: int | None
    max_seconds: float | None
    max_memory: str | None
    metrics: str | Sequence[str]
    thin: Mapping[str, int] | Sequence[str]
    device: str
    dtype: Literal["float64", "float32"]
    wire: Literal["float32", "float64", "float16"]
    wire_check: Literal["sample", "all"]
    server_rank: Literal["shared", "dedicated"]
    patience: float
    alone: bool
    strict: bool


MEANINGS: Mapping[str, tuple[object, str]] = {
    "nodes": (10, "number of nodes, n"),
    "rounds": (1000, "number of rounds"),
    "problem": (
        None,
        "'logreg(data = \"a9a.bz2\", l2 = 1e-3)'; None: logistic regression on breast_cancer, for a vi a bilinear saddle",
    ),
    "set": ((), "params and compressors: {'gamma': 0.1, 'Q': 'rand_k(k = 10)'}, or ['gamma=0.1']"),
    "split": ("contiguous", "how samples are dealt: contiguous, shuffled, by_label, dirichlet(a)"),
    "graph": (
        None,
        "of a method on a graph: ring, torus, complete, star, erdos_renyi(p), or a file of edges; None: ring",
    ),
    "groups": (None, "of a method with groups: how many there are; None: 1"),
    "seed": (0, "seed of all draws"),
    "every": (None, "rounds between points; None: a 200th of all, at least 10"),
    "max_seconds": (None, "seconds after which no further round begins; None: no end"),
    "max_memory": (
        None,
        "such as '4GB': what takes more in a process is refused; None: what the machine has",
    ),
    "metrics": ((), "f_gap, dist2: solve the problem first and measure these as well"),
    "thin": (
        (),
        "{'loss': 5}: measure a metric at every 5th point only; also of grad_norm2, residual2, dist2, average",
    ),
    "device": ("cpu", "where arrays live: cpu, cuda"),
    "dtype": ("float64", "type of computations"),
    "wire": ("float32", "type of floats in messages"),
    "wire_check": ("sample", "messages that are really encoded and decoded in one process: a sample, or all"),
    "server_rank": ("shared", "under mpirun: rank 0 has nodes too (shared), or serves only (dedicated)"),
    "patience": (60.0, "under mpirun: seconds that a rank may be stopped before the run is ended"),
    "alone": (False, "a run of this process only, though a launcher started more"),
    "strict": (False, "a spec's warnings are errors"),
}
"""Each option's default and meaning."""


def with_choices(function: Function) -> Function:
    """Give a function of `**choices: Unpack[Choices]` the signature and the documentation of every option."""
    types, signature = get_type_hints(Choices), inspect.signature(function)
    given = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=types[name])
        for name, (default, _) in MEANINGS.items()
    ]
    function.__signature__ = signature.replace(parameters=[*given, *options])  # type: ignore[attr-defined]
    lines = [f"    {name} = {default!r}: {meaning}" for name, (default, meaning) in MEANINGS.items()]
    function.__doc__ = "\n".join(
        [inspect.cleandoc(function.__doc__ or ""), "", "Options, as on the command line:", "", *lines]
    )
    return function
