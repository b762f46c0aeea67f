"""Checkpoints: everything that a run takes from one round into the next, at rank 0, in a form that knows no ranks.

Draws are functions of seed, site, round and node, so that of chance only the walks through epochs are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from cablese.dsl.emit.layout import carried_slots, numbered
from cablese.dsl.text.records import record

from ..chance.nodes import Nodes
from .carried import Carried, Kept, played
from .context import RunContext
from .interface import Point
from .machine import Machine
from .oracles import Asked, Over

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..chance.epochs import EpochEvent

_NONE = -1
_POINT, _BATCH = (
    1,
    2,
)  # flags of an evaluation: rows of its point, or of its batch, are those of all local nodes


@record
class Progress:
    """The part of a checkpoint that is numbers of the whole run: rounds done, points measured, `measured` if that after
    the last of these rounds is one of them; totals over ranks; of every message the times, and what points have told."""

    done: int
    points: int
    measured: bool
    seconds: float
    last: Point | None
    totals: tuple[int, ...]
    times: tuple[int, ...]
    told: tuple[tuple[int, int], ...]
    bits_shared: int
    weight: float = 0.0  # of the values in an average
    alike: bool = True


@record
class Checkpoint:
    """A run after some of its rounds: numbers, and arrays over all nodes by name, each with its form in programs."""

    progress: Progress
    kept: Mapping[str, Kept]


class Keeper(Protocol):
    """The place that checkpoints go to, at rank 0; `every` so many rounds, 0: only where a run is asked to end."""

    every: int

    def save(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint instead of the one before."""


class Snapshots:
    """Takes the values of a running program apart, and puts them together again. All ranks call its methods alike."""

    def __init__(self, run: RunContext, machine: Machine) -> None:
        self._run, self._machine = run, machine
        self._carried = Carried(run, machine.views)
        self._layout = run.layout
        self._slots, self._numbered = carried_slots(run.plan, run.layout), numbered(run.plan, run.layout)
        self._names = sorted(run.plan.tracked)
        self._numbers = numbered(run.plan, None)
        self._has_nodes = bool(machine.views.keys() & {"here", "nodes"})

    def check(self) -> None:
        """Raise SetupError for a method whose states cannot be kept."""
        self._carried.check()
        for averaging in self._machine.averagings:
            averaging.memory()

    def take(self, states: Sequence[Any], others: Mapping[str, Any]) -> dict[str, Kept] | None:
        """All values by name, at rank 0; `others` are values of the output's kind, None where this process has none."""
        found: dict[str, Kept | None] = {}
        values = dict(zip(self._slots, states, strict=False))
        for slot in self._run.plan.states:
            held = {view: values[key] for key in values if key[0] == slot.name for view in (key[1],)}
            found[f"state.{slot.name}"] = self._carried.gather(slot, held)
        for name, value in others.items():
            if self._somewhere(value is not None):
                found[name] = self._carried.gather(self._run.plan.output, self._as_output(value))
        found |= self._of_nodes("numbers", self._number_rows(states))
        found |= self._of_nodes("asked", self._asked_rows())
        found |= self._of_nodes("keys", self._key_rows())
        found |= self._of_nodes("walks", self._walk_rows())
        if self._run.transport.rank > 0:
            return None
        for s, averaging in enumerate(self._machine.averagings):  # alike at every rank
            for a, array in enumerate(averaging.memory()):
                found[f"average.{s}.{a}"] = Kept(np.array(self._run.backend.to_host(array)), "array")
        return {name: kept for name, kept in found.items() if kept is not None}

    def states(self, kept: Mapping[str, Kept]) -> list[Any]:
        """This process's states, in the order of its program."""
        slots = {slot.name: slot for slot in self._run.plan.states}
        found = [self._carried.deal(slots[name], kept[f"state.{name}"], view) for name, view in self._slots]
        if not self._numbered:
            return found
        row = kept["numbers"].array[0].tolist()
        return [*found, *(self._decoded(row[self._numbers.index(name)]) for name in self._numbered)]

    def output(self, kept: Mapping[str, Kept], name: str) -> Any:
        """This process's value of the output's kind; None where it has none."""
        view = self._view_of_output()
        return (
            None
            if view is None or name not in kept
            else self._carried.deal(self._run.plan.output, kept[name], view)
        )

    def recall(self, kept: Mapping[str, Kept], done: int) -> None:
        """Put back what was asked of oracles in the last round, and the walks through epochs."""
        numbers = [int(value) for value in kept["numbers"].array.ravel()] if "numbers" in kept else []
        asked = kept["asked"].array if "asked" in kept else np.zeros((self._run.n, 0, 4), dtype=np.int64)
        self._machine.numbers.start(max([*numbers, *asked[..., :2].ravel().tolist(), _NONE]) + 1)
        oracle = self._machine.counted_oracle
        oracle.recall(done - 1, [self._evaluation(asked[:, e]) for e in range(asked.shape[1])])
        if "keys" in kept and oracle.keyed is not None:
            first, last = self._run.nodes
            points = self._points_of(asked)
            oracle.call_keys.recall(
                {at: kept["keys"].array[first:last, p] for p, at in enumerate(points)},
            )
        for s, averaging in enumerate(self._machine.averagings):
            arrays = [kept[f"average.{s}.{a}"].array for a in range(len(averaging.memory()))]
            averaging.recall([self._run.backend.to_device(np.array(array)) for array in arrays])
        if "walks" in kept:
            self._walk_on(kept["walks"].array)

    # --- parts -----------------------------------------------------------------------------------------------

    def _somewhere(self, here: bool) -> bool:
        return bool(self._run.transport.agree(np.array([here], dtype=np.int64))[0])

    def _most(self, count: int) -> int:
        return int(self._run.transport.agree(np.array([count], dtype=np.int64))[0])

    def _view_of_output(self) -> str | None:
        views = played(self._run.plan.output, self._layout.views)
        return views[0].variable if views else None

    def _as_output(self, value: Any) -> dict[str, Any]:
        view = self._view_of_output()
        return {} if view is None or value is None else {view: value}

    def _of_nodes(self, name: str, rows: HostArray) -> dict[str, Kept]:
        """An array with a row for each node; none where it has no columns at any rank."""
        width = self._most(rows.shape[1])
        if not width:
            return {}
        if rows.shape[1] != width:  # a rank without nodes
            rows = np.zeros((rows.shape[0], width, *rows.shape[2:]), dtype=np.int64)
        found = self._run.transport.collect(rows, self._run.n)
        return {} if found is None else {name: Kept(found, "array")}

    def _local(self) -> int:
        first, last = self._run.nodes
        return last - first if self._has_nodes else 0

    def _number_rows(self, states: Sequence[Any]) -> HostArray:
        own = list(states[len(self._slots) :])
        return np.tile(np.array([self._code(each) for each in own], dtype=np.int64), (self._local(), 1))

    def _asked_rows(self) -> HostArray:
        """(nodes, evaluations, 4): point, minibatch, flags, and how often the node is a member."""
        first, last = self._run.nodes
        rows = np.zeros((self._local(), 0, 4), dtype=np.int64)
        for asked in self._machine.counted_oracle.recent() if self._has_nodes else ():
            flags = 0
            counts = np.ones(last - first, dtype=np.int64)
            if asked.over is not None:
                counts = np.bincount(asked.over.members.nodes - first, minlength=last - first)
                flags = 4 + _POINT * asked.over.point_of_all + _BATCH * asked.over.batch_of_all
            one = [
                np.full_like(counts, each) for each in (self._code(asked.at), self._code(asked.draw), flags)
            ]
            rows = np.concatenate([rows, np.stack([*one, counts], axis=-1)[:, None]], axis=1)
        return rows

    def _evaluation(self, rows: HostArray) -> Asked:
        at, draw, flags = rows[0, :3].tolist()
        over = None
        if flags:
            first, last = self._run.nodes
            drawn = np.repeat(np.arange(len(rows)), rows[:, 3])
            members = Nodes.bag(drawn, self._run.n).restrict(first, last)
            over = Over(members, bool(flags & _POINT), bool(flags & _BATCH))
        return Asked(self._decoded(at), self._decoded(draw), over)

    def _points_of(self, asked: HostArray) -> list[Any]:
        return list(dict.fromkeys(self._decoded(at) for at in asked[0, :, 0].tolist()))

    def _key_rows(self) -> HostArray:
        """(nodes, points, 2): whether the node has a key of the noise at a point, and the key's bits."""
        oracle, count = self._machine.counted_oracle, self._local()
        if oracle.keyed is None or not self._has_nodes:
            return np.zeros((count, 0, 2), dtype=np.int64)
        points = list(dict.fromkeys(asked.at for asked in oracle.recent()))
        return np.stack(
            [np.zeros((count, 0), dtype=np.int64)] * 2
            if not points
            else oracle.call_keys.held(points, count),
            axis=-1,
        )

    def _walk_rows(self) -> HostArray:
        """(nodes, sites, 3): the site, the epoch + 1 (0: none begun), and the samples drawn of it."""
        first, last = self._run.nodes
        walks = self._machine.walks if self._has_nodes else {}
        rows = np.zeros((self._local(), len(walks), 3), dtype=np.int64)
        for place, (site, own) in enumerate(sorted(walks.items())):
            for row, node in enumerate(range(first, last)):
                found = next((at for each in own if (at := each.position(node))), (_NONE, 0))
                rows[row, place] = (_site_code(site), found[0] + 1, found[1])
        return rows

    def _walk_on(self, rows: HostArray) -> None:
        by_code: dict[int, list[EpochEvent]] = {
            _site_code(site): own for site, own in self._machine.walks.items()
        }
        whole = bool(self._machine.views.keys() & {"here", "server", "nearby"})
        nodes = range(self._run.n) if whole else range(*self._run.nodes)
        for place in range(rows.shape[1]):
            for node in nodes:
                code, epoch, drawn = rows[node, place].tolist()
                for walk in by_code.get(code, []) if epoch else []:
                    walk.go_to(node, epoch - 1, drawn)

    def _code(self, number: Any) -> int:
        """A number of a point or minibatch, a constant's name, or None, as an integer."""
        if number is None:
            return _NONE
        return int(number) if isinstance(number, int) else _NONE - 1 - self._names.index(number)

    def _decoded(self, code: int) -> Any:
        if code == _NONE:
            return None
        return code if code >= 0 else self._names[_NONE - 1 - code]


def _site_code(site: tuple[str, int]) -> int:
    digest = blake2b(repr(site).encode(), digest_size=7, person=b"cablese.site").digest()
    return int.from_bytes(digest, "little")
