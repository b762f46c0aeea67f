"""Which line of the spec, which round and which node stopped a run; the words of that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

from cablese.dsl.check.program import Route
from cablese.dsl.plan import instructions as i
from cablese.dsl.plan.walk import flat
from cablese.dsl.text.source import Source

from ..arrays.finite import BeyondReals, NonFinite
from ..errors import RunFailed, SetupError

if TYPE_CHECKING:
    from .views import View


class Blame:
    """Finds its way back from an exception in a generated program."""

    def __init__(
        self, source: Source, plan: i.Plan, python: str, file: str, views: Mapping[str, View]
    ) -> None:
        """`python` is the program's text, compiled under the name `file`; `views` are those of this process."""
        self._source, self._python, self._file, self._views = source, python.splitlines(), file, views
        self._instructions = tuple(flat((*plan.init, *plan.round)))

    def failure(self, k: int, found: NonFinite | SetupError | RunFailed | OverflowError) -> RunFailed:
        """What stopped the run in round k (-1: init), with round, node and spec line."""
        frame, number = self._raised_at(found.__traceback__)
        if isinstance(found, OverflowError):
            found = BeyondReals("an int on the way")
        line = (found.line if isinstance(found, NonFinite) else None) or self._spec_line(number)
        where = "init" if k < 0 else f"round {k}"
        text = self._source.line_text(line).strip() if line else ""
        place = f"{self._source.name}:{line}: in {where}"
        if not isinstance(found, NonFinite):
            return RunFailed(f"{place}, in `{text}`: {found}")
        node = self._node(found, line, frame)
        at = "" if node is None else f", at node {node}"
        return RunFailed(
            f"{place}{at}: {found.what} {found.fault}, in `{text}`. "
            f"The run is stopped there; the points before are kept (--every 1 measures every round). {found.remedy}"
        )

    # --- lines -----------------------------------------------------------------------------------------------

    def _raised_at(self, traceback: TracebackType | None) -> tuple[FrameType | None, int]:
        """The generated function that raised, and its line."""
        found: tuple[FrameType | None, int] = (None, 0)
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == self._file:
                found = (traceback.tb_frame, traceback.tb_lineno)
            traceback = traceback.tb_next
        return found

    def _spec_line(self, number: int) -> int:
        """The spec line that a generated line comes from: that of the nearest comment above it."""
        for text in reversed(self._python[:number]):
            line, colon, _ = text.strip().removeprefix("# ").partition(":")
            if text.strip().startswith("# ") and colon and line.isdigit():
                return int(line)
        return 0

    # --- nodes -----------------------------------------------------------------------------------------------

    def _node(self, found: NonFinite, line: int, frame: FrameType | None) -> int | None:
        """Whose value it is: rows are the local nodes in order, or the members of the statement's set."""
        view = self._views.get("nodes") or self._views.get("here") or self._views.get("server")
        if found.row is None or view is None:
            return None
        if found.line:  # a state: one row a node
            return view.first + found.row
        several = next(self._of_several(line), None)
        if several is None:
            return None
        if several.members is None or frame is None:
            return view.first + found.row
        here = frame.f_locals[several.members.name].restrict(view.first, view.last)
        return int(here.nodes[found.row])

    def _of_several(self, line: int) -> Iterator[i.Squeeze | i.Transfer]:
        """What a spec line compresses, or sends, for each of several nodes."""
        for instruction in self._instructions:
            match instruction:
                case i.Squeeze() if instruction.span.line == line and instruction.packet.family:
                    yield instruction
                case i.Transfer() if instruction.span.line == line:
                    if instruction.route is not Route.SERVER_TO_ALL:
                        yield instruction
                case _:
                    continue
