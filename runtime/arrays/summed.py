"""The sum of a family's rows where nobody here has the rows themselves."""

from __future__ import annotations

from cablese.dsl.text.records import record

from ..arrays.backend import Array


@record
class Summed:
    """The sum (d,) of so many rows."""

    total: Array
    rows: int

    def of_columns(self, columns: slice) -> Summed:
        """The sum of these columns."""
        return Summed(self.total[columns], self.rows)
