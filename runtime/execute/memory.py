"""The memory that a run may take, and what is refused because it asks for more."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from . import setup_errors as errors
from .arguments import read_problem
from .byte_sizes import size_of

NODE_BYTES = 400
"""What a node takes beside its arrays: its data's place, its samples' count, its rows."""

POINT_BYTES = 1000
"""What a measured point takes until a run's end."""

EDGE_BYTES = {"complete": 50, "erdos_renyi": 1}
"""What a graph of n nodes takes n^2 times, of the families that have so many edges."""


@dataclass(frozen=True, slots=True)
class Memory:
    """So many bytes a process, `asked` for by --max-memory or as many as the machine has."""

    limit: int
    asked: bool

    def need(self, what: str, size: float, remedy: str) -> None:
        """Raise SetupError for what takes more bytes than there are."""
        if size > self.limit:
            raise errors.too_large(what, size, self.limit, self.asked, remedy)

    def need_problem(self, text: str, nodes: int) -> None:
        """Raise SetupError for a problem, as options name it, that is too large before it is made."""
        self.need(f"a run of {nodes} nodes", NODE_BYTES * nodes, "take fewer with -n")
        d = read_problem(text)[1].get("d")
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
        """Raise SetupError for more draws than fit with a vector each."""
        self.need(f"event `{event}` with {draws:g} draws", draws * (16 + 8 * d), "draw fewer")


def memory_of(max_memory: str | None) -> Memory:
    """The limit that a run keeps to."""
    given = None if max_memory is None else size_of(max_memory)
    return Memory(_machine() if given is None else given, given is not None)


def _machine() -> int:
    """What the machine has, or the container lets this process have."""
    there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        allowed = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return there
    return min(there, int(allowed)) if allowed.isdigit() else there
