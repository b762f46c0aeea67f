"""The random words of a compressor's draw site, by moment and members, and the coordinates that they pick."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ..arrays.backend import Array, Backend
from ..arrays.lazy_words import PendingWords
from ..arrays.sparse import Picks
from ..chance.joint import JointWords
from ..chance.prefetch import PrefetchedDraws, PrefetchedWords
from ..chance.streams import ONE_ROW, NodeList, NodeRange, Rows, Stream
from ..compressors.base import draws_late
from ..compressors.bound import BoundCompressor
from ..compressors.errors import joint_of_others, joint_of_some
from .views import View

if TYPE_CHECKING:
    from ..chance.nodes import Nodes

Moment: TypeAlias = int | tuple[int, ...]
"""The round of a draw, -1 in `init`; in loops a tuple of it and their counters, outermost first."""


def split(moment: Moment) -> tuple[int, tuple[int, ...]]:
    """The round, and the counters of the loops around."""
    return (moment, ()) if isinstance(moment, int) else (moment[0], moment[1:])


class Site:
    """The draw site of a compressor, with the words that it draws.

    `view` is None where there is one sender; `shared`: every row gets the words of one stream.
    """

    def __init__(
        self, stream: Stream, compressor: BoundCompressor, view: View | None, shared: bool, backend: Backend
    ) -> None:
        self._stream, self._compressor, self._view, self._backend = stream, compressor, view, backend
        self._alike = view if shared else None
        self._together = replace(stream, scope="none")
        self._everyone = everyone = ONE_ROW if view is None or shared else view.everyone
        self._late: NodeRange | None = None
        self._ahead: PrefetchedWords | None = None
        if not isinstance(everyone, NodeRange) or compressor.changes or self._joint:
            return
        if draws_late(compressor.kernel) and not shared:
            self._late = everyone
        else:
            self._ahead = PrefetchedWords(stream, backend, self._count, everyone)

    @property
    def _count(self) -> int:
        """Number of words that one message takes."""
        count: int = self._compressor.kernel.words
        return count

    @property
    def _joint(self) -> bool:
        """True where the nodes draw together."""
        return bool(getattr(self._compressor.kernel, "draws_jointly", False))

    def words(self, moment: Moment, members: Nodes | None = None) -> Array | PendingWords | JointWords | None:
        """Random words of every row, or of the members' rows: (rows, words), drawn or pending; None if none are needed."""
        if self._count == 0:
            return None
        round, repeats = split(moment)
        if self._joint:
            return self._drawn_jointly(round, repeats, members)
        if self._alike is not None:
            return self._spread(self._drawn(round, repeats), members)
        if members is None:
            return self._drawn(round, repeats)
        assert self._view is not None
        rows = member_rows(members, self._view)
        return self._stream.words(self._backend, self._count, round, repeats, rows)

    def picks(self) -> Callable[..., Picks]:
        """A function of the moment (and members): the coordinates that a blind compressor keeps."""
        if self._ahead is None or self._alike is not None:
            return self._picks_now
        upcoming: PrefetchedDraws[Picks] = PrefetchedDraws(self._picks_of_rounds, self._ahead.most)

        def pick(moment: Moment, members: Nodes | None = None) -> Picks:
            if members is None and isinstance(moment, int):
                return upcoming(moment)
            return self._picks_now(moment, members)

        return pick

    def _picks_now(self, moment: Moment, members: Nodes | None = None) -> Picks:
        words = self.words(moment, members)
        assert words is not None
        assert not isinstance(words, JointWords)
        return self._compressor.pick(words)

    def _picks_of_rounds(self, first: int, rounds: int) -> Sequence[Picks]:
        assert self._ahead is not None
        return self._compressor.picks_of_rounds(self._ahead.of_rounds(first, rounds))

    def _drawn(self, round: int, repeats: tuple[int, ...]) -> Array | PendingWords:
        if self._late is not None:
            return self._stream.pending_words(self._count, round, repeats, self._late)
        if self._ahead is not None:
            return self._ahead(round, repeats)
        return self._stream.words(self._backend, self._count, round, repeats, self._everyone)

    def _drawn_jointly(self, round: int, repeats: tuple[int, ...], members: Nodes | None) -> JointWords:
        """The words of one draw for all nodes or a set's, and the places among them of those whose rows these are."""
        said, kernel = self._compressor.description, self._compressor.kernel
        of_set = getattr(kernel, "of_set", 0)
        if self._view is None or (members is not None and not of_set):
            raise joint_of_some(said)
        if members is None and not getattr(kernel, "of_all", True):
            raise joint_of_others(said, "all", of_set)
        if members is not None and (members.is_bag or members.count != of_set):
            raise joint_of_others(said, str(members.count), of_set)
        words = self._together.words(self._backend, self._count, round, repeats, ONE_ROW)
        first = 0 if members is None else np.searchsorted(members.nodes, self._view.first)
        rows = self._view.all.count if members is None else len(self._view.members(members))
        places = np.arange(rows) + (self._view.first if members is None else first)
        return JointWords(words, self._backend.to_device(places))

    def _spread(self, words: Array, members: Nodes | None) -> Array:
        assert self._alike is not None
        rows = self._alike.rows if members is None else len(self._alike.members(members))
        return self._backend.xp.broadcast_to(words, (rows, self._count))


def member_rows(members: Nodes, view: View) -> Rows:
    """The stream rows of the members that a view holds."""
    here = view.held(members)
    return NodeList(here.nodes, here.copies)
