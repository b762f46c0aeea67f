"""Regularisers and sets added to a problem: read from its text, bound to blocks, put in front of its class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from itertools import combinations
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.check.contracts import Argument, ArgumentKind
from cablese.dsl.text.records import record

from ..arrays.namespace import NUMPY
from ..families import behind
from ..regularisers import errors
from ..regularisers.base import ON, Regulariser
from ..regularisers.parts import Parts
from ..regularisers.registry import registry
from .arguments import resolve, written
from .base import Problem, Scalar, Setting, Solution
from .proximal_solver import composite_solution

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

Blocks = Sequence[tuple[str, tuple[int, ...]]]


_BLOCK = Argument(ON, ArgumentKind.WORD, "", doc="the block that it acts on; the whole model if not given")


@record
class _Contract:
    """A regulariser as it may be written: its own arguments and `on`."""

    name: str
    arguments: tuple[Argument, ...]


@record
class Term:
    """A regulariser to be added: its family, its own arguments, complete, its block, "" for the whole model, and its
    text as one would type it."""

    family: type[Regulariser]
    arguments: Mapping[str, Scalar]
    block: str
    written: str


def term(name: str, given: Mapping[str, Scalar]) -> Term:
    """The term `name(…)` with these arguments; `SetupError` as for problems."""
    family = registry().get(name)
    if family is None:
        raise errors.unknown(name, registry())
    contract = _Contract(name, (*family.arguments, _BLOCK))
    complete = resolve(contract, given)
    own = {key: value for key, value in complete.items() if key != ON}
    return Term(family, own, str(complete[ON]), written(contract, complete).removesuffix("()"))


def bound(terms: Sequence[Term], blocks: Blocks) -> Regulariser:
    """The terms on a problem's blocks; `SetupError` for a block that there is not, or two terms on one."""
    for one, other in combinations(terms, 2):
        if one.block == other.block or not (one.block and other.block):
            raise errors.overlapping(one.written, other.written)
    lengths = tuple(prod(shape) for _, shape in blocks)
    if len(terms) == 1 and not terms[0].block:
        return terms[0].family(lengths, **terms[0].arguments)
    return Parts(lengths, [_placed(each, blocks, lengths) for each in terms])


def _placed(each: Term, blocks: Blocks, lengths: tuple[int, ...]) -> tuple[int, int, Regulariser]:
    names = [name for name, _ in blocks]
    if each.block not in names:
        raise errors.unknown_block(each.family.name, each.block, names)
    place = names.index(each.block)
    first = sum(lengths[:place])
    length = lengths[place]
    return first, first + length, each.family((length,), **each.arguments)


class Regularised(Problem):
    """The front that `regularised` puts before a problem's class: its f or F with psi added."""

    def __init__(self, setting: Setting, added: Sequence[Term], **arguments: Any) -> None:
        """The problem as its class deals it, then psi; `SetupError` if it has one of its own, or blocks do not fit."""
        self._psi: Regulariser | None = None  # while the class deals its own
        super().__init__(setting, **arguments)
        texts = " + ".join(each.written for each in added)
        if super().regulariser is not None:
            raise errors.has_its_own(self.name, texts)
        self._psi = bound(added, self.blocks)
        self.written = f"{self.written} + {texts}"

    @property
    def regulariser(self) -> Regulariser | None:
        """As `Problem` has it: psi."""
        return self._psi

    @property
    def start(self) -> HostArray:
        """As `Problem` has it: the nearest to its class's x0 where psi is finite."""
        start, psi = super().start, self._psi  # type: ignore[safe-super]
        if psi is None or not psi.constrains:
            return start
        return np.asarray(psi.projections(NUMPY, start[None])[0])

    def solution(self) -> Solution | None:
        """As `Problem` has it, to 1e-10, where f is known to be convex, or F monotone."""
        return self._composite_solution

    @property
    def unsolved(self) -> str:
        """As `Problem` has it."""
        kind = "F is not known to be monotone" if self.kind == "vi" else "f is not known to be convex"
        return f"{kind}, or the solver did not come to 1e-10 under its regulariser"

    @cached_property
    def _composite_solution(self) -> Solution | None:
        return None if self._psi is None else composite_solution(self, self._psi)


@cache
def regularised(family: type[Problem]) -> type[Regularised]:
    """A problem's class with regularisers to be added by the argument `added`."""
    return behind(Regularised, family)  # type: ignore[arg-type]
