"""Values that pass from round to round, gathered at rank 0 as arrays over all nodes, and dealt again to whatever ranks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.check.kinds import HISTORIES, Kind
from cablese.dsl.emit.layout import View as Played
from cablese.dsl.plan.instructions import NODE, SERVER, Slot, roles_of
from cablese.dsl.text.records import record

from .context import RunContext
from .setup_errors import not_checkpointed
from .views import Nearby, View

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

_KINDS = (Kind.VECTOR, Kind.MASK, Kind.REAL, Kind.INT, Kind.BOOL, *HISTORIES)


@record
class Kept:
    """A value in a checkpoint: an array over all nodes, or groups, or of one value; `form` says what it is in programs:
    `array`, or for one number `generic` (of the array library), `int`, `float` or `bool`."""

    array: HostArray
    form: str


class Carried:
    """The values of a run's slots in this process."""

    def __init__(self, run: RunContext, views: Mapping[str, View]) -> None:
        self._run, self._views = run, views

    def check(self) -> None:
        """Raise SetupError for a state that a checkpoint cannot hold."""
        for slot in self._run.plan.states:
            if slot.kind not in _KINDS:
                raise not_checkpointed(slot.name, slot.kind.value)

    def gather(self, slot: Slot, held: Mapping[str, Any]) -> Kept | None:
        """A slot's value at rank 0, None elsewhere; every rank calls it. `held` are this process's values by view."""
        run, roles = self._run, roles_of(slot.placement)
        if not slot.family:
            return self._single(next(iter(held.values()))) if run.transport.rank == 0 else None
        if roles >= SERVER and run.mixing is None:
            here = held.get("here", held.get("server"))
            return None if here is None else Kept(self._host(here), "array")
        rows = self._host(held["nodes" if "nodes" in held else "here"]) if roles >= NODE and held else None
        if rows is None:
            rows = np.zeros((0, *self._shape(slot)), dtype=self._dtype(slot))
        found = run.transport.collect(rows, run.n)
        return None if found is None else Kept(found, "array")

    def deal(self, slot: Slot, kept: Kept, view: str) -> Any:
        """This process's value of a slot in a view, from that of all nodes."""
        array = np.array(kept.array)
        if not slot.family:
            return self._number(kept.form, array) if kept.form != "array" else self._device(array)
        held = self._views[self._rows_of(slot, view)]
        rows = array[list(held.nodes)] if isinstance(held, Nearby) else array[held.first : held.last]
        return self._device(rows)

    def _rows_of(self, slot: Slot, view: str) -> str:
        groups = {"here": "groups_here", "nodes": "groups_of_nodes", "server": "groups_of_server"}
        return groups[view] if slot.groups else view

    def _shape(self, slot: Slot) -> tuple[int, ...]:
        own = (self._run.d,) if slot.kind in (Kind.VECTOR, Kind.MASK, Kind.VECTORS) else ()
        return (self._run.lengths[slot.name], *own) if slot.kind in HISTORIES else own

    def _dtype(self, slot: Slot) -> Any:
        if slot.kind in (Kind.MASK, Kind.BOOL):
            return np.dtype(bool)
        return np.dtype(self._run.options.dtype or "float64")

    def _single(self, value: Any) -> Kept:
        if isinstance(value, bool | int | float) and not isinstance(value, np.generic):
            return Kept(np.asarray(value), type(value).__name__)
        return Kept(self._host(value), "generic" if isinstance(value, np.generic) else "array")

    def _number(self, form: str, array: HostArray) -> Any:
        return array[()] if form == "generic" else array.item()

    def _host(self, value: Any) -> HostArray:
        if isinstance(value, np.generic):
            return np.asarray(value)
        return np.array(self._run.backend.to_host(value))

    def _device(self, array: HostArray) -> Any:
        return self._run.backend.to_device(np.ascontiguousarray(array).reshape(array.shape))


def played(slot: Slot, views: tuple[Played, ...]) -> list[Played]:
    """The views of a process in which it holds a slot."""
    return [view for view in views if roles_of(slot.placement) & view.roles]
