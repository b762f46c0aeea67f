"""Functions of vectors that go entry by entry, as loops that numba compiles: one pass, and no array stands in between.

Loops do the operations of NumPy on the same floats in the same order; they run where as many entries have gone through that
loading them pays.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from cablese.dsl.text.records import ByIdentity, record

from ..arrays.numba_dispatch import compiled, is_forced
from ..arrays.terms import Line, Term, Terms, Unwritten

if TYPE_CHECKING:
    from ..arrays.backend import Array, HostArray

KEPT, NEW = 1 << 27, 1 << 30
"""Entries that go through a loop until it is loaded where it was compiled before, and until it is compiled."""

_BLOCK = 1 << 11  # entries of results that the first cache holds
_NAME = re.compile(r"\b([vc])(\d+)\b")
_seen = Counter[str]()
_compiled = set[str]()


@record
class Loop(ByIdentity):
    """A compiled function, and the places of the arrays and numbers that it takes before its results."""

    run: Callable[..., None]
    arrays: Sequence[int]
    numbers: Sequence[int]

    def fill(self, arrays: Sequence[Any], numbers: Sequence[Any], results: Sequence[HostArray]) -> None:
        """Fill the results, each of which may be one of the arrays."""
        self.run(
            *(arrays[place] for place in self.arrays), *(numbers[place] for place in self.numbers), *results
        )


@record
class Pass(ByIdentity):
    """The loops of a function of vectors: one before each step that takes a term, None before others, and the last."""

    terms: Terms
    before: Sequence[Loop | None]
    last: Loop

    def fill(self, columns: slice, results: Sequence[HostArray]) -> None:
        """Fill these columns of the results, each of which may be the array of a vector."""
        arrays = [None if array is None else array[columns] for array in self.terms.arrays]
        for step, loop in zip(self.terms.steps, self.before, strict=True):
            match step.source:
                case Line(kind=kind):
                    room = np.empty(columns.stop - columns.start, kind)
                    assert loop is not None
                    loop.fill(arrays, self.terms.numbers, [room])
                    given = [room]
                case None:
                    given = []
                case some:
                    given = [some(columns)]
            arrays[step.place] = step.by(columns)(*given)
        self.last.fill(arrays, self.terms.numbers, [result[columns] for result in results])


def pass_of(
    function: Callable[..., Sequence[Array]], of: Callable[[Terms], Sequence[Any]], d: int
) -> Pass | None:
    """The loops of a function of vectors (d,), given what stands for them; None where NumPy is to compute it."""
    if compiled() is None:
        return None
    terms = Terms()
    try:
        results = function(*of(terms))
        if not all(isinstance(result, Term) for result in results):
            return None
    except Unwritten:
        return None
    before = [_loop([step.source], d) if isinstance(step.source, Line) else None for step in terms.steps]
    last = _loop([result.given for result in results], d)
    missing = (
        isinstance(step.source, Line) and loop is None for step, loop in zip(terms.steps, before, strict=True)
    )
    return None if last is None or any(missing) else Pass(terms, before, last)


def _loop(results: Sequence[Line], d: int) -> Loop | None:
    """The loop of some terms, once it pays."""
    text = "".join(f"{result.kind.name} {result.text}\n" for result in results)
    _seen[text] += d
    if text not in _compiled and not is_forced():
        from .fused_source import is_kept

        if _seen[text] < KEPT or (_seen[text] < NEW and not is_kept(_module(text))):
            return None
    _compiled.add(text)
    arrays, numbers = _read(text)
    return Loop(_function(text), arrays, numbers)


def _read(text: str) -> tuple[list[int], list[int]]:
    """The places of the arrays and numbers that a text reads."""
    found = sorted({(name, int(place)) for name, place in _NAME.findall(text)})
    return [place for name, place in found if name == "v"], [place for name, place in found if name == "c"]


@cache
def _function(text: str) -> Callable[..., None]:
    from .fused_source import loaded

    made: Callable[..., None] = loaded(_module(text))["loop"]
    return made


def _module(text: str) -> str:
    """The module of the loop of a text of lines, a result's type and expression each. It fills blocks of results beside
    them, since results may lie where arrays do, and writes them once all are computed."""
    arrays, numbers = _read(text)
    lines = [line.split(" ", 1) for line in text.splitlines()]
    taken = [*(f"w{k}" for k in arrays), *(f"c{k}" for k in numbers), *(f"o{k}" for k in range(len(lines)))]
    body = [f"    s{k} = empty({_BLOCK}, {kind})" for k, (kind, _) in enumerate(lines)]
    body += [f"    for first in range(0, o0.size, {_BLOCK}):"]
    body += [f"        last = min(first + {_BLOCK}, o0.size)"]
    body += [f"        v{k} = w{k}[first:last]" for k in arrays]
    for k, (_, value) in enumerate(lines):
        body += ["        for i in range(last - first):", f"            s{k}[i] = {value}"]
    for k in range(len(lines)):
        body += [f"        p{k} = o{k}[first:last]"]
        body += ["        for i in range(last - first):", f"            p{k}[i] = s{k}[i]"]
    imports = "from cablese.runtime.arrays.numba_bits import fast\nfrom numpy import empty, float32, float64"
    listed = "\n".join(body)
    return f'"""A loop over entries."""\n\n{imports}\n\n\n@fast\ndef loop({", ".join(taken)}):\n{listed}\n'
