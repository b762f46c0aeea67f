"""Tables that fit the terminal: text wraps between words, headings too; then columns are left out. No number is broken."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from cablese.dsl.text.records import structure

from .console import columns as asked_columns

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table
    from rich.text import Text

_GAP = 3  # characters between two columns
_BREAKS = re.compile(r"(?<=/)|\s+")  # places where the heading of a column of numbers may break


@structure
class FittedTable:
    """A table of one line of headings; cells are texts. Columns in `right` hold numbers, which never wrap; those in `spare`
    are left out where the width is small, the first first. `in_files`: the width where no terminal gives one, 0: any."""

    headings: Sequence[str]
    right: Sequence[int] = ()
    spare: Sequence[int] = ()
    rows: list[tuple[str | Text, ...]] = field(default_factory=list)
    in_files: int = 0

    def add_row(self, *cells: str | Text) -> None:
        """One more row; cells that are missing at its end are empty."""
        self.rows.append((*cells, *[""] * (len(self.headings) - len(cells))))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        width = options.max_width
        if self.in_files and not console.is_terminal and asked_columns() is None:
            width = min(width, self.in_files)
        columns = self._fitting_columns(width)
        yield self._table(columns, width)
        left_out = [heading for place, heading in enumerate(self.headings) if place not in columns]
        if left_out:
            yield f"left out at this width: {', '.join(left_out)}"

    def _fitting_columns(self, width: int) -> list[int]:
        """The columns that fit at their narrowest."""
        kept = list(range(len(self.headings)))
        for place in self.spare:
            if self._total(kept) <= width:
                break
            kept.remove(place)
        return kept

    def _total(self, columns: Sequence[int]) -> int:
        return sum(map(self._narrowest, columns)) + _GAP * (len(columns) - 1)

    def _narrowest(self, column: int) -> int:
        """Characters of the longest piece that does not wrap."""
        heading = [part.rstrip() for part in _BREAKS.split(self.headings[column])]
        bodies = [str(row[column]) for row in self.rows]
        pieces = bodies if column in self.right else [word for body in bodies for word in body.split()]
        return _longest([*heading, *pieces])

    def _table(self, columns: Sequence[int], width: int) -> Table:
        from rich import box
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for column, wide in self._widths(columns, width).items():
            number = column in self.right
            heading = (
                self._broken(column) if number and wide < self._widest(column) else self.headings[column]
            )
            table.add_column(heading, justify="right" if number else "left", no_wrap=number, width=wide)
        for row in self.rows:
            table.add_row(*(row[column] for column in columns))
        return table

    def _widths(self, columns: Sequence[int], width: int) -> dict[int, int]:
        """Width of each column: its narrowest, and from the room left what it lacks, first where that is least."""
        widths = {column: self._narrowest(column) for column in columns}
        room = width - self._total(columns)
        for column in sorted(columns, key=lambda column: self._widest(column) - widths[column]):
            more = min(max(room, 0), self._widest(column) - widths[column])
            if column not in self.right or more == self._widest(column) - widths[column]:
                widths[column] += more
                room -= more
        return widths

    def _widest(self, column: int) -> int:
        return _longest([self.headings[column], *(str(row[column]) for row in self.rows)])

    def _broken(self, column: int) -> str:
        """The heading in lines no longer than the numbers below, where it has places to break."""
        lines, width = [""], self._narrowest(column)
        for part in _BREAKS.split(self.headings[column]):
            blank = "" if lines[-1].endswith("/") or not lines[-1] else " "
            if lines[-1] and _longest([lines[-1] + blank + part]) > width:
                lines.append(part)
            else:
                lines[-1] += blank + part
        return "\n".join(lines)


def _longest(texts: Sequence[str]) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, texts), default=0)
