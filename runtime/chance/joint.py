"""Random words that several nodes share, with the nodes' places: for compressors whose draws are joint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cablese.dsl.text.records import record

if TYPE_CHECKING:
    from ..arrays.backend import Array


@record
class JointWords:
    """The words of one draw (1, count), or of one for each row (rows, count), and the rows' places among the nodes that
    share it, (rows,) int64."""

    words: Array
    nodes: Array

    def of_rows(self, first: int, last: int) -> JointWords:
        """Words of some neighbouring rows."""
        words = self.words if self.words.shape[0] == 1 else self.words[first:last, ...]
        return JointWords(words, self.nodes[first:last])
