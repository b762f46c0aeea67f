"""The random words of one compression site, by round and members."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from ..arrays.backend import Array, Backend
from ..chance.streams import ONE_ROW, NodeList, Rows, Stream
from ..compressors.bound import BoundCompressor
from .views import View

if TYPE_CHECKING:
    from ..chance.nodes import Nodes

Words: TypeAlias = Callable[..., "Array | None"]

Moment: TypeAlias = int | tuple[int, ...]
"""The round, -1 in `init`; in loops with their counters behind it, outermost first."""


def split(moment: Moment) -> tuple[int, tuple[int, ...]]:
    """The round, and the counters of the loops around."""
    return (moment, ()) if isinstance(moment, int) else (moment[0], moment[1:])


def words_source(
    stream: Stream, compressor: BoundCompressor, view: View | None, shared: bool, backend: Backend
) -> Words:
    """A function of the moment (and of members) that draws the random words of one compression site.

    `view` None: the sender is one; shared: every row gets the words of that one stream.
    """
    count: int = compressor.kernel.words
    if count == 0:
        return lambda moment, members=None: None
    if view is None:
        return lambda moment, members=None: stream.words(backend, count, *split(moment), ONE_ROW)
    if shared:

        def alike(moment: Moment, members: Nodes | None = None) -> Array:
            rows = view.rows if members is None else len(view.members(members))
            words = stream.words(backend, count, *split(moment), ONE_ROW)
            return backend.xp.broadcast_to(words, (rows, count))

        return alike
    everyone = view.everyone

    def own(moment: Moment, members: Nodes | None = None) -> Array:
        rows = everyone if members is None else member_rows(members, view)
        return stream.words(backend, count, *split(moment), rows)

    return own


def member_rows(members: Nodes, view: View) -> Rows:
    """The stream rows of the members that a view holds."""
    here = members.restrict(view.first, view.last)
    return NodeList(here.nodes, here.copies)
