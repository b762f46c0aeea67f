"""Fused rounds: many rounds of a run in one process as one call of compiled code, with the points and counts of the program.

They are compiled once the rounds ahead take long; rounds that they leave out (a message is checked, a value is not finite)
are the program's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, assert_never

import numpy as np
from cablese.dsl.check.kinds import Kind
from cablese.dsl.emit import fused_inputs as inputs
from cablese.dsl.emit.fused import emit_fused
from cablese.dsl.emit.layout import Layout
from cablese.dsl.plan import instructions as ir
from cablese.dsl.text.records import ByIdentity, record

from ..arrays.numba_dispatch import compiled, is_forced
from ..arrays.row_forms import RowForm
from ..chance.streams import Stream
from ..codecs.packets import SparsePacket
from ..problems.base import EntrywiseOracle
from .machine import Machine
from .sparse_vectors import SHORT, SPARSE_SUM

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

PATIENCE = 1.0
"""Seconds of rounds after which it is asked whether compiling pays."""
AHEAD = 3.0
"""Seconds that the rounds ahead must take, at the pace so far; compiling takes one or two."""
AT_ONCE = 256
MOST_ENTRIES = 1 << 16
"""The most rounds of one call, and the most entries that it keeps of packets or of the output."""
MOST_SIZE = 1 << 16
"""The most entries of a family: beyond, NumPy's loops are as quick."""
NO_LIMIT = 1 << 62


@record
class Advance(ByIdentity):
    """Rounds that were run: the number of the next, the states and the output's value after them, and its values `seen`, if
    those were asked for."""

    done: int
    states: list[Any]
    value: Any
    seen: HostArray


class FusedRounds:
    """The fused rounds of a run, if it has any."""

    def __init__(self, machine: Machine, averages: bool) -> None:
        """`averages`: the values of the output in all rounds are asked for."""
        self._run, self._machine, self._messages, self._averages = (
            machine.run,
            machine,
            machine.messages,
            averages,
        )
        self._fuses: bool | None = None  # not asked yet

    def pay(self, seconds: float, done: int, rounds: int) -> bool:
        """True once rounds are fused: where they can be, and `done` of `rounds` took so many seconds that it pays to compile
        the rest, or a comparison asks for it."""
        if self._fuses is None and (
            is_forced() or (seconds > PATIENCE and seconds / done * (rounds - done) > AHEAD)
        ):
            self._fuses = self._form is not None and compiled() is not None and self._compiles()
        return bool(self._fuses)

    def advance(self, first: int, stop: int, states: Sequence[Any]) -> Advance:
        """Run rounds `first` to `stop` - 1, or fewer: none where the next is the program's."""
        stop = min(stop, first + self._at_once)
        own = [np.array(state, dtype=np.float64, order="C", ndmin=1) for state in states]
        counts = np.zeros(len(self._fused.counted), np.int64)
        seen = np.empty((self._at_once if self._averages else 0, *self._shape(self._run.plan.output)))
        done = self._call(first, stop, counts, seen, own)
        self._count(counts.tolist())
        if done > first:
            self._machine.begin(done - 1)
        after = [value if slot.kind is Kind.VECTOR else float(value[0]) for slot, value in self._beside(own)]
        return Advance(done, after, self._value(after), seen[: done - first].copy())

    def _call(
        self, first: int, stop: int, counts: HostArray, seen: HostArray, states: Sequence[HostArray]
    ) -> int:
        head = (first, stop, self._run.n, self._run.d, counts, self._limits(), seen)
        done: int = self._rounds(*head, *states, *self._arguments)
        return done

    def _compiles(self) -> bool:
        """True if the function compiles, which no round is needed for. A compiler that fails is no reason to end a run."""
        from numba.core.errors import NumbaError

        states = [np.zeros(self._shape(slot)) for slot in self._run.plan.states]
        try:
            self._call(
                0,
                0,
                np.zeros(len(self._fused.counted), np.int64),
                np.zeros((0, *self._shape(self._run.plan.output))),
                states,
            )
        except NumbaError:
            if is_forced():
                raise
            return False
        return True

    # --- what can be fused -------------------------------------------------------------------------------------

    @cached_property
    def _form(self) -> inputs.Fused | None:
        """The fused function; None where the run, or a part of its plan, has none."""
        run = self._run
        plain = (
            run.backend.name == "numpy" and run.backend.real == np.float64 and run.layout is Layout.TOGETHER
        )
        if not plain or not 2 <= run.d <= run.n * run.d <= MOST_SIZE:
            return None
        if run.options.wire_check == "all" or not self._has_dense_sums:
            return None
        fused = emit_fused(
            run.plan, inputs.Forms(self._choosing(), self._entrywise(), run.problem.regulariser is not None)
        )
        return fused if fused is not None and all(map(self._is_full, fused.full)) else None

    @property
    def _has_dense_sums(self) -> bool:
        """True where sums of sparse rows are dense."""
        kept = [draws["kept"] for draws in self._rows.values()]
        return self._run.d <= SHORT or all(SPARSE_SUM * self._run.n * each >= self._run.d for each in kept)

    @property
    def _fused(self) -> inputs.Fused:
        assert self._form is not None
        return self._form

    @cached_property
    def _rows(self) -> dict[str, Mapping[str, Any]]:
        """The parts of the forms of compressors that choose the coordinates of each row."""
        found: dict[str, Mapping[str, Any]] = {}
        for name, bound in self._machine.compressors.items():
            form: RowForm | None = None if bound.changes else getattr(bound.kernel, "of_row", None)
            if form is not None:
                parts = {
                    part: getattr(form, part) for part in ("function", "kept", "units", "spare", "scale")
                }
                found[name] = {**parts, "words": bound.kernel.words}
        return found

    def _choosing(self) -> dict[str, inputs.Choosing]:
        return {
            name: inputs.Choosing(parts["function"], parts["words"] > 0) for name, parts in self._rows.items()
        }

    @cached_property
    def _entry(self) -> tuple[str, tuple[Any, ...]] | None:
        oracle = self._machine.counted_oracle.oracle
        return oracle.of_entry if isinstance(oracle, EntrywiseOracle) else None

    def _entrywise(self) -> dict[str, inputs.Entrywise]:
        if self._entry is None:
            return {}
        function, arguments = self._entry
        return {"grad": inputs.Entrywise(function, len(arguments))}

    def _is_full(self, size: ir.Pure) -> bool:
        """True for the size of a minibatch, if it is that of all samples whichever node it is drawn at."""
        given = self._run.numbers.number(size)
        return given is not None and given == int(given) and given >= max(self._run.problem.samples)

    # --- arguments -----------------------------------------------------------------------------------------------

    @cached_property
    def _rounds(self) -> Any:
        from .fused_source import compiled_rounds

        return compiled_rounds(self._fused.text, self._fused.functions, self._run.backend.wire.name)

    @cached_property
    def _at_once(self) -> int:
        kept = [wanted for _, wanted in self._fused.inputs if isinstance(wanted, inputs.PacketInput)]
        entries = [self._run.n * self._rows[each.compressor]["kept"] for each in kept]
        if self._averages:
            entries.append(int(np.prod(self._shape(self._run.plan.output))))
        return max(1, min(AT_ONCE, MOST_ENTRIES // max(entries, default=1)))

    @cached_property
    def _given(self) -> dict[str, Any]:
        """The arguments behind the states, by variable."""
        wanted = [each for each in self._fused.inputs if not isinstance(each[1], inputs.StateInput)]
        return {variable: self._argument(each) for variable, each in wanted}

    @cached_property
    def _arguments(self) -> tuple[Any, ...]:
        return tuple(self._given.values())

    def _argument(self, wanted: inputs.Input) -> Any:
        run = self._run
        match wanted:
            case inputs.ParamInput():
                return float(run.params[wanted.name])
            case inputs.ConstantInput():
                value = (
                    self._machine.views["here"].own(wanted.name)
                    if wanted.family
                    else self._machine.constant(wanted.name)
                )
                return np.ascontiguousarray(value, dtype=np.float64) if np.ndim(value) else float(value)
            case inputs.KeyInput(kind, site, scope):
                return np.array(Stream(run.seed, kind, site.name, site.ordinal, scope).key, dtype=np.uint64)
            case inputs.CompressorInput():
                return self._rows[wanted.compressor][wanted.part]
            case inputs.OracleInput():
                assert self._entry is not None
                return np.ascontiguousarray(self._entry[1][wanted.place])
            case inputs.PacketInput():
                rows, kept = run.n if wanted.family else 1, self._rows[wanted.compressor]["kept"]
                payload = self._messages.payloads(wanted.number)[wanted.item]
                entry: type = np.int64 if wanted.part == "columns" else np.float64
                return np.empty((0 if payload.counts_alike else self._at_once, rows, kept), entry)
            case inputs.OutputInput():
                return np.zeros(self._shape(run.plan.output))
            case inputs.StateInput():
                raise AssertionError("states come first")
            case _:
                assert_never(wanted)

    def _shape(self, slot: ir.Slot) -> tuple[int, ...]:
        """The shape of an argument that holds a slot."""
        if slot.kind is Kind.REAL:
            return (1,)
        return (self._run.n, self._run.d) if slot.family else (self._run.d,)

    def _limits(self) -> HostArray:
        """The most of each count in one call: messages that are to be checked are the program's."""
        found = [
            min(payload.left for payload in self._messages.payloads(counted.number))
            if isinstance(counted, inputs.Sent)
            else NO_LIMIT
            for counted in self._fused.counted
        ]
        return np.asarray(found, dtype=np.int64)

    # --- results -------------------------------------------------------------------------------------------------

    def _beside(self, values: Sequence[HostArray]) -> list[tuple[ir.Slot, HostArray]]:
        return list(zip(self._run.plan.states, values, strict=True))

    def _value(self, states: Sequence[Any]) -> Any:
        """The output's value: that of a state, or the one that the last round left."""
        output = self._run.plan.output
        if output in self._run.plan.states:
            return states[self._run.plan.states.index(output)]
        return self._given["output"].copy()

    def _count(self, counts: Sequence[int]) -> None:
        """Count what the rounds sent, asked for and drew, as the program does."""
        for counted, times in zip(self._fused.counted, counts, strict=True):
            match counted:
                case inputs.Sent():
                    self._count_sent(counted.number, times)
                case inputs.Asked():
                    self._machine.counted_oracle.calls += times * self._machine.counted_oracle.everyone
                case inputs.Tossed():
                    self._machine.bits_shared += times * self._run.n
                case _:
                    assert_never(counted)

    def _count_sent(self, number: int, times: int) -> None:
        self._messages.count_times(number, times)
        for item, payload in enumerate(self._messages.payloads(number)):
            if payload.counts_alike:
                payload.count_calls(times, times * (self._run.n if payload.family else 1))
            elif times:
                columns, values = (
                    self._given[f"{part}_sent_{number}_{item}"][:times] for part in ("columns", "values")
                )
                kept = columns.shape[-1]
                wired = values.reshape(-1, kept).astype(self._run.backend.wire)
                payload.count(SparsePacket(columns.reshape(-1, kept).copy(), wired))
                payload.count_calls(times - 1, 0)
