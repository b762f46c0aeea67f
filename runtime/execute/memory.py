"""The memory that a run may take, and the refusal of runs that need more."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from cablese.dsl.check.kinds import Kind
from cablese.dsl.emit.layout import Layout
from cablese.dsl.plan.instructions import Plan
from cablese.dsl.text.records import record

from ..problems.base import Problem
from ..problems.reading import read_problem
from . import setup_errors as errors
from .byte_sizes import size_of

NODE_BYTES = 400
"""Bytes of a node beside its arrays: the place of its data, the number of its samples, its rows."""

POINT_BYTES = 1000
"""Bytes of a measured point, kept until a run's end."""

EDGE_BYTES = {"complete": 50, "erdos_renyi": 1, "directed_erdos_renyi": 2}
"""Bytes of a graph of n nodes, divided by n^2, for the families whose edges grow with n^2."""


@record
class Memory:
    """The limit of a process in bytes: that of --max-memory if `asked`, else as much as the machine has."""

    limit: int
    asked: bool

    def need(self, what: str, size: float, remedy: str) -> None:
        """Raise SetupError if a part of the run takes more bytes than the limit."""
        if size > self.limit:
            raise errors.too_large(what, size, self.limit, self.asked, remedy)

    def need_problem(self, text: str, nodes: int) -> None:
        """Raise SetupError for a problem, as options name it, that is too large before it is made."""
        self.need(f"a run of {nodes} nodes", NODE_BYTES * nodes, "take fewer with -n")
        d = read_problem(text)[0][1].get("d")
        if isinstance(d, int):
            self.need(f"a problem with d = {d}", 64 * d, "take a smaller d")

    def need_graph(self, text: str, nodes: int) -> None:
        """Raise SetupError for a graph with too many edges."""
        size = EDGE_BYTES.get(text.partition("(")[0].strip(), 0) * nodes**2
        self.need(f"the graph {text} on {nodes} nodes", size, "take fewer nodes, or --graph torus")

    def need_points(self, rounds: int, every: int) -> None:
        """Raise SetupError for more points than can be kept."""
        points = rounds // every + 2
        self.need(f"a run that measures {points} points", POINT_BYTES * points, "measure fewer with --every")

    def need_draws(self, event: str, draws: float, d: int) -> None:
        """Raise SetupError for more draws than fit, each with a vector."""
        self.need(f"event `{event}` with {draws:g} draws", draws * (16 + 8 * d), "draw fewer")


def memory_of(max_memory: str | None) -> Memory:
    """The memory limit of a run."""
    given = None if max_memory is None else size_of(max_memory)
    return Memory(_machine() if given is None else given, given is not None)


_VECTORS = (Kind.VECTOR, Kind.VECTORS)


def array_bytes(
    plan: Plan,
    problem: Problem,
    layout: Layout,
    nodes: tuple[int, int],
    real: int,
    lengths: Mapping[str, int],
) -> int:
    """Roughly the size of a process's arrays: the data as read and as dealt to its nodes, states, gradients.

    `nodes` are the first and the last + 1 of the process; a number takes `real` bytes; `lengths` are those of histories.
    """
    here = nodes[1] - nodes[0]
    rows = problem.n if layout is Layout.TOGETHER else here
    values = ((slot, lengths.get(slot.name, 1)) for slot in plan.states if slot.kind in _VECTORS)
    families = sum(length * (rows if slot.family else 1) for slot, length in values)
    data = problem.data_bytes * (1 + here / problem.n)
    return int(data) + real * problem.d * (families + 4 * rows + 4)


def _machine() -> int:
    """Bytes of the machine's memory, or of what its container allows."""
    there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        allowed = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return there
    return min(there, int(allowed)) if allowed.isdigit() else there
