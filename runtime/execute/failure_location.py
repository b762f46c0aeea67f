"""The line of the spec, the round and the node that stopped a run, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

from cablese.dsl.check.program import Route
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.traverse import INSTRUCTIONS
from cablese.dsl.text.source import Source

from ..arrays.backend import Backend
from ..arrays.finite import BeyondReals, NonFinite
from ..errors import RunFailed, SetupError
from .domains import undefined
from .origin import origin
from .program_lines import marks

if TYPE_CHECKING:
    from .views import View


_IN_DOMAIN = "keep what the function is given where it is defined, say with `max` or `where`."


class Blame:
    """Finds the line, the round and the node from which an exception in a generated program came."""

    def __init__(
        self,
        source: Source,
        plan: ir.Plan,
        python: str,
        file: str,
        views: Mapping[str, View],
        backend: Backend,
    ) -> None:
        """`python` is the program's text, compiled under the name `file`; `views` are those of this process."""
        self._backend = backend
        self._source, self._python, self._file, self._views = source, python, file, views
        self._instructions = tuple(INSTRUCTIONS.walk(plan))

    def failure(self, k: int, found: NonFinite | SetupError | RunFailed | OverflowError) -> RunFailed:
        """The error of a run that stopped in round k (-1: init), with round, node and spec line."""
        frame, number = self._raised_at(found.__traceback__)
        if isinstance(found, OverflowError):
            found = BeyondReals("an int on the way")
        mark = (found.mark if isinstance(found, NonFinite) else "") or self._mark(number)
        where = "init" if k < 0 else f"round {k}"
        first = self._arose(frame, number) or mark
        node = self._node(found, mark, frame) if isinstance(found, NonFinite) else None
        at = "" if node is None else f", at node {node}"
        place = f"{self._source.name}:{first}" if first.isdecimal() else first
        said = f"{place}: in {where}{self._story(first, mark, at, found)}"
        if not isinstance(found, NonFinite):
            return RunFailed(said)
        kept = "The run is stopped there; the points before are kept (--every 1 measures every round)."
        return RunFailed(f"{said}. {kept} {self._remedy(found, frame, number)}")

    def _story(self, first: str, mark: str, at: str, found: NonFinite | SetupError | RunFailed) -> str:
        """The fault in a line, at a node, and the earlier line where it began."""
        text = f"`{self._text(mark)}`"
        words = f"{found.what} {found.fault}" if isinstance(found, NonFinite) else str(found)
        if first != mark:
            met = f"line {mark}" if mark.isdecimal() else mark
            return f": `{self._text(first)}` gives what is not finite (inf or nan), met in {met}{at}, {text}: {words}"
        return f"{at}: {words}, in {text}" if isinstance(found, NonFinite) else f", in {text}: {words}"

    def _text(self, mark: str) -> str:
        """A line of the spec, or what an option has in its place."""
        if mark.isdecimal():
            return self._source.line_text(int(mark)).strip() if int(mark) else ""
        return next((text for each, text in marks(self._python).values() if each == mark), "")

    def _arose(self, frame: FrameType | None, number: int) -> str:
        """The mark of the text whose value was not finite first, before line `number` of the program failed; empty if there
        is none."""
        if frame is None:
            return ""
        found = origin(self._python, number, frame.f_locals, self._backend)
        return "" if found == number else self._mark(found)

    def _remedy(self, found: NonFinite, frame: FrameType | None, number: int) -> str:
        """Advice: another argument for a function that is not defined for its own, else the remedy of the fault."""
        if frame is None or type(found) is not NonFinite:
            return found.remedy
        first = origin(self._python, number, frame.f_locals, self._backend)
        said = undefined(self._python, first, frame.f_locals, self._backend)
        return f"It is {said}: {_IN_DOMAIN}" if said else found.remedy

    def position(self, frame: FrameType | None) -> str:
        """The spec line and the round that a program has reached, from the innermost frame of its thread."""
        while frame is not None and frame.f_code.co_filename != self._file:
            frame = frame.f_back
        if frame is None:
            return "between two rounds"
        mark, k = self._mark(frame.f_lineno), None
        while frame is not None and k is None:  # lines of a round may stand in a function of their own
            k, frame = (
                frame.f_locals.get("k") if frame.f_code.co_filename == self._file else None,
                frame.f_back,
            )
        where = "init" if k is None else f"round {k}"
        place = f"{self._source.name}:{mark}" if mark.isdecimal() else mark
        return f"at {place}, in {where}: `{self._text(mark)}`"

    # --- lines -----------------------------------------------------------------------------------------------

    def _raised_at(self, traceback: TracebackType | None) -> tuple[FrameType | None, int]:
        """The generated function that raised, and its line."""
        found: tuple[FrameType | None, int] = (None, 0)
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == self._file:
                found = (traceback.tb_frame, traceback.tb_lineno)
            traceback = traceback.tb_next
        return found

    def _mark(self, number: int) -> str:
        """The mark of the text that a generated line comes from, "0" if it comes from none."""
        return marks(self._python).get(number, ("0", ""))[0]

    # --- nodes -----------------------------------------------------------------------------------------------

    def _node(self, found: NonFinite, mark: str, frame: FrameType | None) -> int | None:
        """The node whose value it is: rows are the local nodes in order, or the members of the statement's set."""
        view = self._views.get("nodes") or self._views.get("here") or self._views.get("server")
        if found.row is None or view is None:
            return None
        if found.mark:  # a state: one row a node
            return view.first + found.row
        several = next(self._on_families(mark), None)
        if several is None:
            return None
        if several.members is None or frame is None:
            return view.first + found.row
        here = frame.f_locals[several.members.name].restrict(view.first, view.last)
        return int(here.nodes[found.row])

    def _on_families(self, mark: str) -> Iterator[ir.Compress | ir.Transfer | ir.Compute]:
        """Instructions of a line that compress, send or compute a family."""
        for instruction in self._instructions:
            match instruction:
                case ir.Compress() if instruction.span.mark == mark and instruction.packet.family:
                    yield instruction
                case ir.Transfer() if instruction.span.mark == mark:
                    if instruction.route is not Route.SERVER_TO_ALL:
                        yield instruction
                case ir.Compute() if instruction.span.mark == mark and instruction.targets[0].family:
                    yield instruction
                case _:
                    continue
