"""The fused function of a run: its form, and its arguments from the parts of the run."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, assert_never

import numpy as np
from cablese.dsl.check.kinds import Kind
from cablese.dsl.emit import fused_inputs as inputs
from cablese.dsl.emit.fused import emit_fused
from cablese.dsl.emit.fused_buffers import HISTORIES, is_number
from cablese.dsl.emit.layout import Layout
from cablese.dsl.plan import instructions as ir

from ..chance.distinct import Subsets
from ..chance.streams import Stream
from ..problems.base import CompiledOracle
from .fused_parts import FusedParts, contiguous, own_rows
from .fused_points import Points
from .fused_schedules import ScheduledParams
from .machine import Machine
from .sparse_vectors import SHORT

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

AT_ONCE = 256
MOST_ENTRIES = 1 << 16
"""The most rounds of one call, and the most entries that it keeps of packets or of the output."""
WIRES = ("float32", "float64")
"""Floats of messages, by name, that compiled code has."""
MOST_SIZE = 1 << 16
"""The most entries of a family: beyond, NumPy's loops are as quick."""


class FusedForm:
    """The fused function of a run, if it has one."""

    def __init__(self, machine: Machine, averages: bool) -> None:
        """`averages`: the values of the output in all rounds are asked for."""
        self.run, self.machine, self.averages = machine.run, machine, averages
        self.parts = FusedParts(machine)
        self.points = Points(machine)
        self.schedules = ScheduledParams(machine)
        self.sizes: dict[
            tuple[int, int], HostArray
        ] = {}  # of sets, by message and item, in the rounds of a call

    @cached_property
    def is_possible(self) -> bool:
        """False where no plan can be fused; the same at every rank."""
        run = self.run
        backend = run.backend
        plain = backend.name == "numpy" and backend.real == np.float64 and backend.wire.name in WIRES
        if not plain or not 2 <= run.d <= run.n * run.d <= MOST_SIZE or run.options.wire_check == "all":
            return False
        gathers = run.layout is Layout.TOGETHER or run.options.reduce == "gather"
        return gathers and isinstance(self.machine.counted_oracle.oracle, CompiledOracle)

    @cached_property
    def fused(self) -> inputs.Fused | None:
        """The function's text; None where the run, or a part of its plan, has none."""
        run = self.run
        calls = run.layout is Layout.TOGETHER or run.transport.calls is not None
        if not self.is_possible or not calls or not self.parts.has_dense_sums:
            return None
        has_prox = run.problem.regulariser is not None
        batches = {site: batch.form for site, batch in self.parts.batches.items()}
        forms = inputs.Forms(
            self.parts.compressors(), self.parts.oracles(), has_prox, batches, self.machine.blocks
        )
        fused = emit_fused(run.plan, run.layout, forms)
        return fused if fused is not None and self._fits(fused) else None

    def _fits(self, fused: inputs.Fused) -> bool:
        """True of a function whose sizes are as it takes them."""
        run = self.run
        wanted = [given for _, given in fused.inputs]
        sets = any(isinstance(given, inputs.SizesInput | inputs.SubsetInput) for given in wanted)
        alike = not sets or run.d <= SHORT
        known = all(1 <= self.parts.size(size) <= run.n for size in fused.subsets)
        return alike and known

    @property
    def needed(self) -> inputs.Fused:
        """`fused`, of which there is one."""
        assert self.fused is not None
        return self.fused

    # --- arguments -------------------------------------------------------------------------------------------

    @cached_property
    def function(self) -> Any:
        """The function, which compiles when it is called."""
        from .fused_source import compiled_rounds

        fused, calls = self.needed, self.run.transport.calls
        handle = 0 if calls is None else calls.bits
        return compiled_rounds(fused.text, fused.functions, self.run.backend.wire.name, handle)

    def call(
        self,
        first: int,
        stop: int,
        counts: HostArray,
        limits: HostArray,
        seen: HostArray,
        states: list[HostArray],
    ) -> int:
        """The function with all its arguments."""
        head = (first, stop, self.run.n, own_rows(self.run), self.run.d, counts, limits, seen)
        done: int = self.function(*head, *states, *self.given.values())
        return done

    @cached_property
    def states(self) -> list[inputs.StateInput]:
        """The states of this process, in their order."""
        return [wanted for _, wanted in self.needed.inputs if isinstance(wanted, inputs.StateInput)]

    def take_points(self) -> bool:
        """Take the numbers of points over from the machine, into arguments; see `Points.take`."""
        return bool(self.given is not None and self.points.take())

    def take_offer(self) -> None:
        """Take over the gradients that a measured point left, if it left any."""
        offer, room = self.machine.counted_oracle.handover.offered, self._offer
        room["offers"][0] = offer is not None
        if offer is not None:
            room["point"][:] = np.frombuffer(offer.point, dtype=np.float64)
            room["rows"][:] = offer.gradients

    def settle_offer(self) -> None:
        """Note that rounds took these gradients, if they did."""
        handover = self.machine.counted_oracle.handover
        if handover.offered is not None and self._offer["offers"][0] == inputs.TAKEN:
            handover.owe(handover.offered)

    @cached_property
    def _offer(self) -> dict[str, HostArray]:
        d = self.run.d
        return {
            "offers": np.zeros(1, np.int64),
            "point": np.zeros(d),
            "rows": np.zeros((own_rows(self.run), d)),
        }

    @cached_property
    def numbered(self) -> int:
        """The count of numbers of points that pass from round to round, behind the states."""
        return sum(isinstance(wanted, inputs.NumberInput) for _, wanted in self.needed.inputs)

    @cached_property
    def at_once(self) -> int:
        """The most rounds of one call."""
        kept = [wanted for _, wanted in self.needed.inputs if isinstance(wanted, inputs.PacketInput)]
        entries = [self.run.n * self.parts.rows[each.compressor].get("kept", self.run.d) for each in kept]
        if self.averages and self.needed.output:
            entries.append(int(np.prod(self.shape(self.run.plan.output, self.needed.output))))
        return max(1, min(AT_ONCE, MOST_ENTRIES // max(entries, default=1)))

    def seen(self, rounds: int) -> HostArray:
        """Room for the output's values in so many rounds, if they are asked for."""
        if not self.needed.output:
            return np.empty((0, self.run.d))
        shape = self.shape(self.run.plan.output, self.needed.output)
        return np.empty((rounds if self.averages else 0, *shape))

    def shape(self, slot: ir.Slot, view: str) -> tuple[int, ...]:
        """The shape of an argument that holds a slot in a view."""
        if is_number(slot):
            return (1,)
        rows = (self.machine.views[view].rows,) if slot.family else ()
        if slot.kind in HISTORIES:  # of as many values as there are; its axes are known
            rows = (1,)
        return (*rows, self.run.d) if slot.kind in (Kind.VECTOR, Kind.VECTORS) else rows

    @cached_property
    def given(self) -> dict[str, Any]:
        """The arguments behind the states, by variable."""
        first = (inputs.StateInput, inputs.NumberInput)
        wanted = [each for each in self.needed.inputs if not isinstance(each[1], first)]
        return {variable: self._argument(each) for variable, each in wanted}

    def _argument(self, wanted: inputs.Input) -> Any:
        run = self.run
        match wanted:
            case inputs.ParamInput():
                return float(run.params[wanted.name])
            case inputs.ScheduleInput(name, ago):
                return self.schedules.room(name, ago, self.at_once)
            case inputs.SubsetInput(size, part):
                return self._of_subset(self.parts.size(size))[part]
            case inputs.SizesInput(number, item):
                return self.sizes.setdefault((number, item), np.zeros(self.at_once, np.int64))
            case inputs.ConstantInput(name, view):
                value = self.machine.views[view].own(name) if view else self.machine.constant(name)
                return np.ascontiguousarray(value, dtype=np.float64) if np.ndim(value) else float(value)
            case inputs.KeyInput(kind, site, scope):
                stream = Stream(run.seed, kind, site.name, site.ordinal, scope)
                return np.array(stream.key, dtype=np.uint64)
            case inputs.CompressorInput():
                return self.parts.rows[wanted.compressor][wanted.part]
            case inputs.OracleInput():
                form = self.parts.gradients
                form = form.of_batch if form is not None and wanted.of_batch else form
                assert form is not None
                return contiguous(form.arguments[wanted.place])
            case inputs.BatchInput(site, part):
                return self.parts.batches[site].part(part, run.nodes)
            case inputs.OfferInput(part):
                return self._offer[part]
            case inputs.SamplesInput():
                return np.array(run.problem.samples, dtype=np.int64)
            case inputs.PacketInput():
                return self._room_of_packets(wanted)
            case inputs.OutputInput():
                return np.zeros(self.shape(run.plan.output, self.needed.output))
            case inputs.MpiInput():
                return self._of_mpi(wanted.part)
            case inputs.MixInput():
                return self._of_mixing[wanted.part]
            case inputs.PointInput():
                return self.points.encoded(wanted.name)
            case inputs.RememberedInput(part, calls):
                return self.points.part(part, calls)
            case inputs.StateInput() | inputs.NumberInput():
                raise AssertionError("states come first")
            case _:
                assert_never(wanted)

    def _room_of_packets(self, wanted: inputs.PacketInput) -> HostArray:
        rows = self.machine.views[wanted.view].rows if wanted.view else 1
        kept = self.parts.rows[wanted.compressor].get("kept", self.run.d)
        payload = self.machine.messages.payloads(wanted.number)[wanted.item]
        entry = {"columns": np.int64, "mask": np.uint8}.get(wanted.part, np.float64)
        return np.empty((0 if payload.counts_alike else self.at_once, rows, kept), entry)

    def _of_subset(self, size: int) -> dict[str, Any]:
        from ..arrays.numba_rounds import SUBSETS

        subsets = Subsets(self.run.host, self.run.n, size)
        form = subsets.of_row
        parts = {"units": form.units, "spare": form.spare, "count": size, "words": subsets.words}
        return parts | {"form": SUBSETS.index(form.function)}

    @cached_property
    def _of_mixing(self) -> dict[str, HostArray]:
        mixing = self.run.mixing
        assert mixing is not None
        sums = [mixing.row(node) for node in range(self.run.n)]
        counts = np.array([len(terms) for terms in sums], np.int64)
        nodes, weights = (np.zeros((self.run.n, counts.max()), kind) for kind in (np.int64, np.float64))
        for node, terms in enumerate(sums):
            nodes[node, : len(terms)], weights[node, : len(terms)] = zip(*terms, strict=True)
        return {"counts": counts, "nodes": nodes, "weights": weights}

    def _of_mpi(self, part: str) -> Any:
        transport, n = self.run.transport, self.run.n
        match part:
            case "before":
                return self.run.nodes[0]
            case "rows":
                return np.array([last - first for first, last in transport.blocks(n)], dtype=np.int64)
            case _:
                assert transport.calls is not None
                return transport.calls.words
