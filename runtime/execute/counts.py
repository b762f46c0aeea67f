"""Loops and draws of a plan, as far as their counts are known before a run: refused where they would not end or fit."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.traverse import INSTRUCTIONS

from ..errors import SetupError
from ..problems.base import Problem
from . import setup_errors as errors
from .functions import MOST_PASSES
from .memory import Memory

Number = Callable[[ir.Pure], Any]
"""The value of an expression that is known before the run, else None."""


def check_counts(plan: ir.Plan, number: Number, memory: Memory, problem: Problem) -> None:
    """Raise SetupError for loops with too many passes or a count that is none, and for draws that do not fit in memory."""
    for block in (plan.init, plan.round):
        _passes(block, number)
    for part in INSTRUCTIONS.walk(plan):
        if isinstance(part, ir.DrawEvent) and part.distribution == "sample":
            _check_draws(part, number(part.arguments[1]), memory, problem.d)


def _check_draws(event: ir.DrawEvent, count: Any, memory: Memory, d: int) -> None:
    try:
        memory.need_draws(event.site.name, count or 0, d)
    except SetupError as error:
        raise errors.at(event.span, error) from None


def _passes(block: tuple[ir.Instruction, ...], number: Number) -> int:
    """The least number of passes that the loops of a block make together."""
    passes = 0
    for part in block:
        if isinstance(part, ir.Branch):
            passes += min(_passes(part.then, number), _passes(part.otherwise, number))
        elif isinstance(part, ir.Repeat):
            passes += _passes_of(part, number)
    return passes


def _passes_of(loop: ir.Repeat, number: Number) -> int:
    inside, count = _passes(loop.body, number), number(loop.count)
    if count is None:
        return 0
    if not math.isfinite(count) or count < 0 or count != int(count):
        raise errors.no_count(count, loop.span)
    passes = int(count) * (1 + inside)
    if passes > MOST_PASSES:
        raise errors.too_many_passes(passes, MOST_PASSES, loop.span)
    return passes
