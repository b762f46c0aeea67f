"""The exact worst case of each guarantee of a spec, beside the theorem's bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property, partial
from math import isclose
from typing import Any

from cablese.dsl.check import program as core
from cablese.dsl.check.contracts import Contract
from cablese.dsl.pipeline import compile_spec
from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source

from ..errors import SetupError
from ..execute.bounds import Bound
from ..execute.options import setting_name
from ..execute.resolve import Resolver
from ..registry import plugins
from ..verify.problems import HOMOGENEOUS
from ..verify.trials import reason
from . import errors
from .bound import Measurer, sides_of
from .coins import Coins
from .errors import NotTranslated
from .evaluate import Evaluator
from .follow import Follower
from .instance import Instance
from .space import Form, Space

SOLVED_TO = 1e-4
"""The relative error of solutions that is forgiven."""

FLOAT_BITS = 64

FEW = 5

DEFAULT = "default"
"""The setting that sets nothing."""


class Standing(Enum):
    """The verdict on a bound over these rounds and at these constants; nothing is said of others."""

    HOLDS = "holds"
    REFUTED = "refuted"
    OPEN = "open"  # what was computed is itself a bound from above, or no mean over the draws of the theorem


@record
class Rate:
    """The worst case over a number of rounds: the left side in units, where the right side has one, and over the right."""

    rounds: int
    left: float | None
    ratio: float


@record
class Exact:
    """The worst case of a guarantee, or the reason for which there is none."""

    spec: str
    line: int
    theorem: str
    problem_class: str
    setting: str = "default"  # beside those that were given
    left: str = ""
    unit: str = ""
    tight: bool = False  # some problem of the class attains it
    paths: int = 1  # sequences of coins, over which the left side is a mean
    worst_draws: tuple[
        str, ...
    ] = ()  # unbiased compressors whose every single draw is taken to be within the variance
    rates: tuple[Rate, ...] = ()
    reason: str = ""

    @property
    def standing(self) -> Standing | None:
        """The verdict, None where nothing was computed."""
        if not self.rates:
            return None
        if self.worst_draws:
            return Standing.OPEN
        if max(rate.ratio for rate in self.rates) <= 1 + SOLVED_TO:
            return Standing.HOLDS
        return Standing.REFUTED if self.tight else Standing.OPEN


@dataclass(frozen=True)
class _Task:
    """A guarantee of a spec for one class of problems, under the constants of an instance."""

    source: Source
    settings: tuple[str, ...]
    place: int
    kind: str
    instance: Instance

    @cached_property
    def program(self) -> core.Program:
        """The spec with its settings."""
        return compile_spec(self.source, plugins(), self.settings)

    @property
    def guarantee(self) -> core.Guarantee:
        """The guarantee under the settings."""
        return self.program.guarantees[self.place]

    def bound(self, rounds: int) -> Bound:
        """The bound under the constants of problems of the class."""
        constants = partial(self.instance.number, kind=self.kind, rounds=rounds)
        return Bound(self.guarantee, Resolver(self.program, constants, self.instance.d, FLOAT_BITS))

    def space(self) -> Space:
        """The unknowns of a problem of the class."""
        return Space(self.kind, HOMOGENEOUS in self.guarantee.classes, self.instance)


def exact_rates(source: Source, settings: Sequence[str], instance: Instance, rounds: int) -> list[Exact]:
    """The worst case of every guarantee, after the `counts` of rounds. Raises SpecError, and SetupError without PEPit."""
    program = compile_spec(source, plugins(), settings)
    return [
        found
        for place, guarantee in enumerate(program.guarantees)
        for kind in [name for name in guarantee.classes if name != HOMOGENEOUS] or ["smooth"]
        for found in _of(_Task(source, tuple(settings), place, kind, instance), rounds)
    ]


def counts(rounds: int) -> list[int]:
    """The numbers of rounds that are looked at: all of a few, else 1, 2, 4, … and the last."""
    if rounds <= FEW:
        return list(range(1, rounds + 1))
    return [*(2**power for power in range(rounds.bit_length()) if 2**power < rounds), rounds]


def _of(task: _Task, rounds: int) -> list[Exact]:
    """The worst case of one guarantee: under the defaults, if it allows them, and with the largest step that it allows."""
    guarantee = task.guarantee
    blank = Exact(task.program.name, guarantee.span.line, guarantee.theorem, task.kind)
    task.space()  # without the extra, say so before anything else
    try:
        if task.program.on_graph:
            raise errors.on_graph()
        found = []
        for allowed, setting in _allowed(task):
            one = replace(blank, setting=setting, left=guarantee.left.span.text)
            for count in counts(rounds):
                one = _after(allowed, count, one)
            found.append(one)
    except NotTranslated as failure:
        return [replace(blank, reason=str(failure))]
    except (SetupError, SpecError) as failure:
        return [replace(blank, reason=reason(failure))]
    return found


def _allowed(task: _Task) -> list[tuple[_Task, str]]:
    """The task, if the condition admits its settings, and with the largest step that it admits, each with what is set;
    raises NotTranslated where it admits none."""
    bound = task.bound(1)
    bound.resolver.params()
    found = [(task, DEFAULT)] if bound.allowed else []
    edge = bound.edge()
    if edge is not None and edge[0] in map(setting_name, task.settings):
        edge = None  # what is given is not replaced
    if edge is not None and not (found and isclose(bound.resolver.param(edge[0]), edge[1], rel_tol=1e-9)):
        largest = replace(task, settings=(*task.settings, f"{edge[0]} = {edge[1]!r}"))
        if largest.bound(1).allowed:
            found.append((largest, f"{edge[0]} = {edge[1]:.4g}"))
    if not found:
        raise NotTranslated(f"the condition does not hold: {', '.join(bound.broken())}")
    return found


def _after(task: _Task, rounds: int, found: Exact) -> Exact:
    """The finding with the worst case after so many rounds."""
    bound = task.bound(rounds)
    sides = sides_of(bound, rounds)
    space, coins = task.space(), Coins()
    measured: dict[str, Form] = {}
    results: dict[object, Any] = {}
    draws: set[str] = set()
    while True:
        evaluator = Evaluator(space, bound.resolver, coins, results, _contracts(task.program), draws)
        points = Follower(task.program, evaluator).run(rounds)
        measurer = Measurer(task.program, task.guarantee, evaluator)
        weight = coins.weight
        for name in sides.left.keys() | sides.right.keys():
            form = measurer.measure(name, points) * weight
            measured[name] = measured[name] + form if name in measured else form
        if not coins.next_path():
            break
    left, right = (_combined(side, measured) for side in (sides.left, sides.right))
    alone = next(iter(sides.right)) if len(sides.right) == 1 else None
    worst = space.worst(left, right if alone is None else measured[alone])
    factor = 1.0 if alone is None else sides.right[alone]
    rate = Rate(rounds, None if alone is None else worst, worst / factor)
    return replace(
        found,
        unit="" if alone is None else _written(task.guarantee, alone),
        tight=space.is_tight,
        paths=coins.paths,
        worst_draws=tuple(sorted(draws)),
        rates=(*found.rates, rate),
    )


def _combined(coefficients: dict[str, float], measured: dict[str, Form]) -> Form:
    terms = [measured[name] * factor for name, factor in coefficients.items()]
    if not terms:
        raise errors.not_scale_free()
    return sum(terms[1:], terms[0])


def _contracts(program: core.Program) -> dict[str, Contract]:
    return {compressor.symbol.name: compressor.contract for compressor in program.compressors}


def _written(guarantee: core.Guarantee, name: str) -> str:
    """The text in the spec of a measure or a number of the start."""
    return next((one.span.text for one in guarantee.measured if one.symbol.name == name), name)
