"""Forms of kernels for one row, by which fused rounds call them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cablese.dsl.text.records import ByIdentity, record

if TYPE_CHECKING:
    from .backend import HostArray


@record
class RowForm(ByIdentity):
    """The choice of a row's coordinates: `function(source, units, spare, subset)` of `arrays.numba_draws` fills subset (k,)
    from source, the row's words, or its entries where none are drawn. Entries are sent times `scale`."""

    function: str
    kept: int
    units: HostArray
    spare: int = 0
    scale: float = 1.0


@record
class RowSets(ByIdentity):
    """The bytes of sparse messages as `arrays.numba_wire` writes and reads them: `head` of `slot` bytes hold the entries,
    the rest a set, `ranked` by the table (k, d) of binomials or `gapped`.

    `plan`: of ranked sets their number; of gaps d, the divisor, the low bits and the cut.
    """

    kind: str
    head: int
    slot: int
    table: HostArray
    plan: HostArray


@record
class RowSymbols(ByIdentity):
    """A row's symbols as `arrays.numba_symbols` codes them: `code_KIND` and `value_KIND` take `plan` and `factors`, beside
    `blocks` scales, which are the first `head` of `slot` bytes of a message."""

    kind: str
    blocks: int
    head: int
    slot: int
    plan: HostArray
    factors: HostArray
