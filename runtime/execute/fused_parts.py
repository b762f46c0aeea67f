"""The parts of a run that fused rounds have a form of: compressors, gradients and minibatches, each as loops over rows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.check.program import Site
from cablese.dsl.emit import fused_inputs as inputs
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.traverse import INSTRUCTIONS

from ..arrays.row_forms import RowForm, RowSets, RowSymbols
from ..chance.batch import Batch
from ..problems.base import Compiled, CompiledOracle
from .context import RunContext
from .fused_batches import BatchDraw, batch_draw
from .machine import Machine
from .sparse_vectors import SHORT, SPARSE_SUM

if TYPE_CHECKING:
    from ..arrays.backend import HostArray
    from ..compressors.bound import BoundCompressor


class FusedParts:
    """The parts of a run, by what compiled code takes of them; what is missing cannot be fused."""

    def __init__(self, machine: Machine) -> None:
        self.run, self.machine = machine.run, machine

    def size(self, size: ir.Pure) -> int:
        """The size of a set that is drawn; 0 where it is no count, or not known."""
        given = self.run.numbers.number(size)
        return int(given) if given is not None and given == int(given) else 0

    @property
    def has_dense_sums(self) -> bool:
        """True where sums of sparse rows are dense."""
        kept = [parts["kept"] for parts in self.rows.values() if "kept" in parts]
        return self.run.d <= SHORT or all(SPARSE_SUM * self.run.n * each >= self.run.d for each in kept)

    @cached_property
    def rows(self) -> dict[str, Mapping[str, Any]]:
        """The parts of compressors' forms, by name; of those with one."""
        found: dict[str, Mapping[str, Any]] = {}
        for name, bound in self.machine.compressors.items():
            parts = {} if bound.changes else _parts_of(bound.kernel)
            if parts and ("kept" in parts or parts["kind"] == "dealt" or _count_alike(bound)):
                found[name] = parts | {"words": bound.kernel.words}
        return found

    def compressors(self) -> dict[str, inputs.Compressing]:
        """The forms of compressors, by name."""
        return {name: _form_of(parts) for name, parts in self.rows.items()}

    @cached_property
    def gradients(self) -> Compiled | None:
        """The oracle's gradients in compiled code."""
        oracle = self.machine.counted_oracle.oracle
        assert isinstance(oracle, CompiledOracle)
        return oracle.compiled()

    def oracles(self) -> dict[str, inputs.Entrywise | inputs.Rowwise]:
        """The forms of oracles, by name; none where compiled code has other bits."""
        found = self.gradients
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
        arguments = tuple(map(contiguous, rows.arguments))
        found = np.empty((own_rows(self.run), self.run.d))
        for scale in (0.0, 1e-3, 1.0, 1e3):
            point = scale * np.cos(np.arange(self.run.d))
            for i, row in enumerate(found):
                function(*arguments, i, point, row)
            if found.tobytes() != np.asarray(oracle.gradients(point)).tobytes():
                return False
            if not all(self._is_exact_in(rows, batch.count, point) for batch in self.batches.values()):
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
        arguments = tuple(map(contiguous, form.arguments))
        for i, row in enumerate(found):
            function(*arguments, i, indices[i], point, row)
        wanted = self.machine.counted_oracle.oracle.batch_gradients(point, batch)
        return found.tobytes() == np.asarray(wanted).tobytes()

    @cached_property
    def batches(self) -> dict[Site, BatchDraw]:
        """The minibatches that have a form."""
        run, found = self.run, {}
        for draw in INSTRUCTIONS.walk(run.plan):
            if isinstance(draw, ir.DrawEvent) and draw.distribution == "minibatch":
                size = self.size(draw.arguments[0])
                form = batch_draw(run.host, run.problem.samples, size) if size > 0 else None
                if form is not None:
                    found[draw.site] = form
        return found


def own_rows(run: RunContext) -> int:
    """The number of the nodes of this process."""
    first, last = run.nodes
    return last - first


def contiguous(argument: Any) -> Any:
    """An array, or a tuple of some, as compiled code takes them."""
    if isinstance(argument, tuple):
        return tuple(map(contiguous, argument))
    return np.ascontiguousarray(argument)


def _rowwise(form: Compiled) -> inputs.Rowwise:
    of_batch = None if form.of_batch is None else _rowwise(form.of_batch)
    return inputs.Rowwise(form.function, len(form.arguments), of_batch)


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
