"""Steps before and after a run that ranks take together: if one fails, or has other facts, every rank learns of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from typing import Any

from cablese.dsl.text.records import structure

from ..transports.meeting import meet
from .exits import exit_of
from .rank_errors import differences, not_alike, remark


@structure
class Step:
    """A step that ranks take together, and what they tell each other at its end."""

    facts: dict[str, str] = field(default_factory=dict)
    """Facts of a run by name, which must be the same at every rank."""
    bits: dict[str, str] = field(default_factory=dict)
    """Facts on which last bits depend: where ranks have unlike ones, `remarks` say so."""
    remarks: tuple[str, ...] = ()


@contextmanager
def in_step(communicator: Any) -> Iterator[Step]:
    """A block that each rank runs by itself: it succeeds at all ranks or fails at all. Raises SetupError at all where they
    have unlike facts."""
    step = Step()
    try:
        yield step
    except BaseException as failure:
        if communicator is not None:
            meet(communicator, exit_of(failure))
        raise
    if communicator is None:
        return
    told = meet(communicator, facts={**step.bits, **step.facts})
    found = differences(told)
    if refused := [each for each in found if each.name not in step.bits]:
        raise not_alike(refused)
    step.remarks = tuple(map(remark, found))


def at_first_rank(
    communicator: Any, action: Callable[[], object], facts: Mapping[str, str] | None = None
) -> None:
    """Run an action at rank 0 of a communicator, or here if that is None; if it fails there, every rank fails. `facts` must
    be the same at every rank."""
    with in_step(communicator) as step:
        step.facts.update(facts or {})
        if communicator is None or communicator.Get_rank() == 0:
            action()
