"""Arguments of a fused function, what it counts, and the forms of its parts that the runtime hands in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from ..check.program import Route, Site
from ..plan import instructions as ir
from ..text.records import record


@record
class Choosing:
    """The form of a compressor that keeps some coordinates: `function` writes those of one row, of the words drawn for it
    or, where it `draws` none, of its entries."""

    function: str
    draws: bool
    sets: str = ""  # the end of the names of the functions that write and read its sets, if there are any


@record
class Coding:
    """The form of a compressor that sends a symbol for each entry, and scales: the end of its functions' names; whether
    words are drawn for a row."""

    kind: str
    draws: bool


@record
class Plain:
    """The form of a compressor that sends all entries as they are."""


@record
class Dealing:
    """The form of a compressor that deals the coordinates out among all nodes, in a draw that they share."""


Compressing: TypeAlias = Choosing | Coding | Plain | Dealing


@record
class Entrywise:
    """The form of an oracle whose entry (i, j) depends on entry j of the point alone: `function(*arguments, i, j, x_j)`."""

    function: str
    arguments: int


@record
class Rowwise:
    """The form of an oracle that has a node's gradient as a whole: `function(*arguments, i, x, row)` fills the row;
    `of_batch` fills that of a minibatch: `function(*arguments, i, indices, x, row)`."""

    function: str
    arguments: int
    of_batch: Rowwise | None = None


@record
class Drawing:
    """The form of a minibatch: the function that draws a node's indices; "" where it is all samples."""

    function: str


@record
class Forms:
    """The forms of a run's compressors and oracles, by name, and of its minibatches; what is missing cannot be fused.
    `has_prox`: the problem has a regulariser; `blocks`: the lengths of the model's blocks."""

    compressors: Mapping[str, Compressing]
    oracles: Mapping[str, Entrywise | Rowwise]
    has_prox: bool
    batches: Mapping[Site, Drawing]
    blocks: tuple[int, ...] = ()


# --- arguments -------------------------------------------------------------------------------------------------


@record
class StateInput:
    """A state in a view: its array, which the function overwrites; of a number an array of one."""

    slot: ir.Slot
    view: str


@record
class NumberInput:
    """The number of the point that a state holds: an array of one."""

    name: str


@record
class PointInput:
    """The number of a constant, as a point; -1 is that of none."""

    name: str


@record
class RememberedInput:
    """The number (1,) that is new (`next`); of the gradients that the round before asked for the numbers (calls,) of points
    (`asked`), and which are of members alone (`some`, and the members: `over` (calls, n)); of those of this round and the
    last the gradients (`rows` (2 calls, rows, d)), and the numbers of their points (`held` (2 calls,)), -1 for none."""

    part: str
    calls: int


@record
class ParamInput:
    """A param that does not change."""

    name: str


@record
class ScheduleInput:
    """The values of a param that changes, in the rounds of a call, or `ago` rounds before each (0 or 1)."""

    name: str
    ago: int


@record
class SubsetInput:
    """A part of the draw of a subset of nodes, of so many: `form` (its function's place among `SUBSETS`), `count`, `words`,
    `units` or `spare`."""

    size: ir.Pure
    part: str


@record
class SizesInput:
    """Room for the sizes (calls,) of the sets over which a message is sent, or which it tells as an item."""

    number: int
    item: int  # -1: of its senders, or receivers


@record
class ConstantInput:
    """A constant; of one with a value for each node the view whose nodes those are."""

    name: str
    view: str


@record
class KeyInput:
    """The key (2,) of a draw site's stream."""

    kind: str
    site: Site
    scope: str


@record
class CompressorInput:
    """A part of a compressor's form, by its name: `kept`, `words`, `scale`, `units` or `spare`, or else `blocks` or
    `factors`; of its messages' form `head`, `slot`, `table` or `plan`."""

    compressor: str
    part: str


@record
class OracleInput:
    """An argument of an oracle's form, or of that of minibatches."""

    operator: str
    place: int
    of_batch: bool


@record
class BatchInput:
    """A part of the draw of a minibatch: its `count` of samples, its `words` for a node; and by node the words that are
    `taken`, `units` and `spare`."""

    site: Site
    part: str


TAKEN = 2
"""In `offers`: the gradient that was left was taken."""


@record
class OfferInput:
    """The gradient that a measured point left to the first round: `offers` (1,), 0 or 1, then `TAKEN`; its `point`
    (d,) and `rows`."""

    part: str


@record
class SamplesInput:
    """The number of samples of each node (n,)."""


@record
class PacketInput:
    """Room for the coordinates, or masks of them, or the values, of a message item's packets: (calls, rows, …), the rows of
    a view, or one without a view."""

    number: int
    item: int
    compressor: str
    view: str
    part: str


@record
class OutputInput:
    """Room for the output after the last round, where it is no state."""


@record
class MixInput:
    """The weights of a graph, term by term of each node's average: `counts` (n,) of terms, `nodes` and `weights`
    (n, most)."""

    part: str


@record
class MpiInput:
    """The addresses and handles by which MPI is called, or the number of nodes of each rank."""

    part: str


Input: TypeAlias = (
    StateInput
    | ParamInput
    | ScheduleInput
    | SubsetInput
    | SizesInput
    | ConstantInput
    | KeyInput
    | CompressorInput
    | OracleInput
    | SamplesInput
    | OfferInput
    | BatchInput
    | PacketInput
    | OutputInput
    | MpiInput
    | MixInput
    | NumberInput
    | PointInput
    | RememberedInput
)


# --- counts ----------------------------------------------------------------------------------------------------


@record
class Sent:
    """Times that a message statement was sent."""

    number: int
    route: Route


@record
class Asked:
    """Times that all nodes computed a gradient."""


@record
class AskedOver:
    """Gradients of single samples that members of sets computed."""


@record
class Tossed:
    """Times that a coin which all share was drawn."""


Counted: TypeAlias = Sent | Asked | AskedOver | Tossed


@record
class Fused:
    """The text of `rounds(first, stop, n, d, counts, limits, seen, …)`, the functions that it calls, the arguments that
    follow by variable, and the meaning of each count.

    In one process it returns the number of the round that it did not finish, with the states before it, or `stop`; on
    several ranks -1 where it did not finish some round: then the states are lost. `counts` are those of the call so far; a
    round in which one passes its limit is not finished. `seen` (rounds, …) takes the output's values, of a state those
    before the round. `subsets`: sizes of sets that are drawn, each known and from 1 to n; `output`: the view that has it.
    """

    text: str
    functions: tuple[str, ...]
    inputs: tuple[tuple[str, Input], ...]
    counted: tuple[Counted, ...]
    subsets: tuple[ir.Pure, ...]
    output: str
