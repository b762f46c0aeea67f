"""The fused function of a run: its form, and its arguments from the parts of the run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, assert_never

import numpy as np
from cablese.dsl.check.kinds import Kind
from cablese.dsl.check.program import Site
from cablese.dsl.emit import fused_inputs as inputs
from cablese.dsl.emit.fused import emit_fused
from cablese.dsl.emit.fused_buffers import HISTORIES, is_number
from cablese.dsl.emit.layout import Layout
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.traverse import INSTRUCTIONS

from ..arrays.row_forms import RowForm, RowSets, RowSymbols
from ..chance.batch import Batch
from ..chance.distinct import Subsets
from ..chance.streams import Stream
from ..problems.base import Compiled, CompiledOracle
from .fused_batches import BatchDraw, batch_draw
from .fused_points import Points
from .fused_schedules import ScheduledParams
from .machine import Machine
from .sparse_vectors import SHORT, SPARSE_SUM

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..compressors.bound import BoundCompressor

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
        if not self.is_possible or not calls or not self._has_dense_sums:
            return None
        has_prox = run.problem.regulariser is not None
        batches = {site: batch.form for site, batch in self._batches.items()}
        forms = inputs.Forms(self._compressors(), self._oracles(), has_prox, batches, self.machine.blocks)
        fused = emit_fused(run.plan, run.layout, forms)
        return fused if fused is not None and self._fits(fused) else None

    def _fits(self, fused: inputs.Fused) -> bool:
        """True of a function whose sizes are as it takes them."""
        run = self.run
        wanted = [given for _, given in fused.inputs]
        sets = any(isinstance(given, inputs.SizesInput | inputs.SubsetInput) for given in wanted)
        alike = not sets or run.d <= SHORT
        known = all(1 <= self._size(size) <= run.n for size in fused.subsets)
        return alike and known

    def _size(self, size: ir.Pure) -> int:
        """The size of a set that is drawn; 0 where it is no count, or not known."""
        given = self.run.numbers.number(size)
        return int(given) if given is not None and given == int(given) else 0

    @property
    def _has_dense_sums(self) -> bool:
        """True where sums of sparse rows are dense."""
        kept = [parts["kept"] for parts in self._rows.values() if "kept" in parts]
        return self.run.d <= SHORT or all(SPARSE_SUM * self.run.n * each >= self.run.d for each in kept)

    @property
    def needed(self) -> inputs.Fused:
        """`fused`, of which there is one."""
        assert self.fused is not None
        return self.fused

    @cached_property
    def _rows(self) -> dict[str, Mapping[str, Any]]:
        """The parts of compressors' forms, by name; of those with one."""
        found: dict[str, Mapping[str, Any]] = {}
        for name, bound in self.machine.compressors.items():
            parts = {} if bound.changes else _parts_of(bound.kernel)
            if parts and ("kept" in parts or parts["kind"] == "dealt" or _count_alike(bound)):
                found[name] = parts | {"words": bound.kernel.words}
        return found

    def _compressors(self) -> dict[str, inputs.Compressing]:
        return {name: _form_of(parts) for name, parts in self._rows.items()}

    @cached_property
    def _gradients(self) -> Compiled | None:
        """The oracle's gradients in compiled code."""
        oracle = self.machine.counted_oracle.oracle
        assert isinstance(oracle, CompiledOracle)
        return oracle.compiled()

    def _oracles(self) -> dict[str, inputs.Entrywise | inputs.Rowwise]:
        found = self._gradients
        if found is None or not (found.by_entry or self._is_exact(found)):
            return {}
        form: inputs.Entrywise | inputs.Rowwise = _rowwise(found)
        if found.by_entry:
            form = inputs.Entrywise(found.function, len(found.arguments))
        return dict.fromkeys(("grad", "F"), form)

    def _is_exact(self, rows: Compiled) -> bool:
        """True of compiled rows with the bits of the oracle's own, which libraries make: tried at points near and far."""
        from .fused_source import function_of

        function, oracle = function_of(rows.function), self.machine.counted_oracle.oracle
        arguments = tuple(map(_contiguous, rows.arguments))
        found = np.empty((self._own_rows, self.run.d))
        for scale in (0.0, 1e-3, 1.0, 1e3):
            point = scale * np.cos(np.arange(self.run.d))
            for i, row in enumerate(found):
                function(*arguments, i, point, row)
            if found.tobytes() != np.asarray(oracle.gradients(point)).tobytes():
                return False
            if not all(self._is_exact_in(rows, batch.count, point) for batch in self._batches.values()):
                return False
        return True

    def _is_exact_in(self, rows: Compiled, count: int, point: HostArray) -> bool:
        """The same of minibatches of so many samples; of all there are none."""
        from .fused_source import function_of

        form, nodes = rows.of_batch, range(*self.run.nodes)
        if form is None or not count or not nodes:
            return True
        indices = np.array([np.arange(count) * self.run.problem.samples[node] // count for node in nodes])
        batch = Batch(indices, np.full(len(nodes), count), full=False)
        function, found = function_of(form.function), np.empty((len(nodes), self.run.d))
        arguments = tuple(map(_contiguous, form.arguments))
        for i, row in enumerate(found):
            function(*arguments, i, indices[i], point, row)
        wanted = self.machine.counted_oracle.oracle.batch_gradients(point, batch)
        return found.tobytes() == np.asarray(wanted).tobytes()

    @cached_property
    def _batches(self) -> dict[Site, BatchDraw]:
        """The minibatches that have a form."""
        run, found = self.run, {}
        for draw in INSTRUCTIONS.walk(run.plan):
            if isinstance(draw, ir.DrawEvent) and draw.distribution == "minibatch":
                size = self._size(draw.arguments[0])
                form = batch_draw(run.host, run.problem.samples, size) if size > 0 else None
                if form is not None:
                    found[draw.site] = form
        return found

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
        head = (first, stop, self.run.n, self._own_rows, self.run.d, counts, limits, seen)
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

    @cached_property
    def _offer(self) -> dict[str, HostArray]:
        d = self.run.d
        return {"offers": np.zeros(1, np.int64), "point": np.zeros(d), "rows": np.zeros((self._own_rows, d))}

    @cached_property
    def numbered(self) -> int:
        """The count of numbers of points that pass from round to round, behind the states."""
        return sum(isinstance(wanted, inputs.NumberInput) for _, wanted in self.needed.inputs)

    @cached_property
    def at_once(self) -> int:
        """The most rounds of one call."""
        kept = [wanted for _, wanted in self.needed.inputs if isinstance(wanted, inputs.PacketInput)]
        entries = [self.run.n * self._rows[each.compressor].get("kept", self.run.d) for each in kept]
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

    @property
    def _own_rows(self) -> int:
        first, last = self.run.nodes
        return last - first

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
                return self._of_subset(self._size(size))[part]
            case inputs.SizesInput(number, item):
                return self.sizes.setdefault((number, item), np.zeros(self.at_once, np.int64))
            case inputs.ConstantInput(name, view):
                value = self.machine.views[view].own(name) if view else self.machine.constant(name)
                return np.ascontiguousarray(value, dtype=np.float64) if np.ndim(value) else float(value)
            case inputs.KeyInput(kind, site, scope):
                stream = Stream(run.seed, kind, site.name, site.ordinal, scope)
                return np.array(stream.key, dtype=np.uint64)
            case inputs.CompressorInput():
                return self._rows[wanted.compressor][wanted.part]
            case inputs.OracleInput():
                form = self._gradients
                form = form.of_batch if form is not None and wanted.of_batch else form
                assert form is not None
                return _contiguous(form.arguments[wanted.place])
            case inputs.BatchInput(site, part):
                return self._batches[site].part(part, run.nodes)
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
        kept = self._rows[wanted.compressor].get("kept", self.run.d)
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


def _rowwise(form: Compiled) -> inputs.Rowwise:
    of_batch = None if form.of_batch is None else _rowwise(form.of_batch)
    return inputs.Rowwise(form.function, len(form.arguments), of_batch)


def _contiguous(argument: Any) -> Any:
    """An array, or a tuple of some, as compiled code takes them."""
    if isinstance(argument, tuple):
        return tuple(map(_contiguous, argument))
    return np.ascontiguousarray(argument)


def _count_alike(bound: BoundCompressor) -> bool:
    """True of a compressor all of whose messages have as many bits."""
    return bound.kernel.codec.fixed_bits is not None and bound.papers.fixed is not None


def _parts_of(kernel: Any) -> dict[str, Any]:
    """The parts of a kernel's form; none where it has no form."""
    form: RowForm | None = getattr(kernel, "of_row", None)
    if form is not None:
        parts = {part: getattr(form, part) for part in ("function", "kept", "units", "spare", "scale")}
        sets: RowSets | None = getattr(kernel.codec, "of_rows", None)
        if sets is not None:
            parts |= {part: getattr(sets, part) for part in ("kind", "head", "slot", "table", "plan")}
        return {"kind": ""} | parts
    symbols: RowSymbols | None = getattr(kernel, "of_symbols", None)
    if symbols is None:
        dealt = getattr(kernel, "of_all_nodes", None)
        if dealt is not None:
            return {"kind": "dealt", "plan": dealt[0], "scale": dealt[1]}
        return {"kind": "plain"} if getattr(kernel, "is_plain", False) else {}
    return {part: getattr(symbols, part) for part in ("kind", "blocks", "head", "slot", "plan", "factors")}


def _form_of(parts: Mapping[str, Any]) -> inputs.Compressing:
    """The form of a compressor with these parts."""
    draws = parts["words"] > 0
    if "kept" in parts:
        return inputs.Choosing(parts["function"], draws, parts["kind"])
    match parts["kind"]:
        case "plain":
            return inputs.Plain()
        case "dealt":
            return inputs.Dealing()
        case kind:
            return inputs.Coding(kind, draws)
