"""Specs with one thing changed: an operator, a number, a name, an order, a compressor left out, a branch turned."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from cablese.dsl.algebra.renaming import common_names
from cablese.dsl.check.program import ProblemKind
from cablese.dsl.pipeline import compile_spec, read_spec
from cablese.dsl.syntax import nodes
from cablese.dsl.syntax.printer import print_spec
from cablese.dsl.syntax.traverse import EXPRESSIONS, STATEMENTS
from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.source import Source
from cablese.runtime.execute.difference import Difference, difference, trial_of
from cablese.runtime.execute.trial import Held
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins
from places import places_named

_OTHER_SIGN = {"+": "-", "-": "+", "*": "/", "/": "*", "^": "*", "and": "or", "or": "and"}
_OTHER_FUNCTION = {"mean": "sum", "sum": "mean", "max": "min", "min": "max", "norm2": "norm", "norm": "norm2"}


def mutant(spec: nodes.Spec, chance: Random) -> nodes.Spec:
    """The spec with one change somewhere in its rounds."""
    lines = list(spec.lines)
    at = chance.choice([k for k, line in enumerate(lines) if isinstance(line, nodes.Init | nodes.Round)])
    changes = list(_changes(lines[at], chance))
    lines[at] = chance.choice(changes) if changes else lines[at]
    return replace(spec, lines=tuple(lines))


def _changes(line: nodes.Line, chance: Random) -> Iterator[nodes.Line]:
    """The line with each of its places changed in turn."""
    places = sum(1 for _ in _places(line))
    for place in range(places):
        yield _changed(line, place, chance)
    yield _swapped(line, chance)


def _places(line: nodes.Line) -> Iterator[nodes.Expr]:
    for statement in STATEMENTS.walk(line):
        yield from EXPRESSIONS.walk(statement)


def _changed(line: nodes.Line, place: int, chance: Random) -> nodes.Line:
    """The line with the expression at a place changed, places counted in the order of a walk."""
    count = 0

    def inside(expr: nodes.Expr) -> nodes.Expr:
        nonlocal count
        here, count = count, count + 1
        found = EXPRESSIONS.map_children(expr, inside)
        return _other(found, chance) if here == place else found

    def statement(part: nodes.Stmt) -> nodes.Stmt:
        return STATEMENTS.map_children(EXPRESSIONS.map_children(part, inside), statement)

    return STATEMENTS.map_children(line, statement)


def _other(expr: nodes.Expr, chance: Random) -> nodes.Expr:
    match expr:
        case nodes.Binary() if expr.operator in _OTHER_SIGN:
            if chance.random() < 0.3:
                return expr.left
            return replace(expr, operator=_OTHER_SIGN[expr.operator])
        case nodes.Number():
            return replace(expr, value=expr.value + 1)
        case nodes.Call() if expr.function.id in _OTHER_FUNCTION and len(expr.arguments) == 1:
            return replace(expr, function=replace(expr.function, id=_OTHER_FUNCTION[expr.function.id]))
        case nodes.Call() if len(expr.arguments) == 1 and not expr.keywords:
            return expr.arguments[0]
        case nodes.Name():
            return nodes.Binary("*", nodes.Number(2, expr.span), expr, expr.span, expr.span)
        case _:
            return expr


def _swapped(line: nodes.Line, chance: Random) -> nodes.Line:
    """Two neighbouring statements in another order."""

    def swap(block: tuple[nodes.Stmt, ...]) -> tuple[nodes.Stmt, ...]:
        if len(block) < 2:
            return block
        at = chance.randrange(len(block) - 1)
        return (*block[:at], block[at + 1], block[at], *block[at + 2 :])

    change: Callable[[tuple[nodes.Stmt, ...]], tuple[nodes.Stmt, ...]] = swap
    return STATEMENTS.map_blocks(line, change)


@dataclass(frozen=True)
class Verdict:
    """A mutant of a shipped spec and the answer of a comparison with it; `told_apart` if runs refute that they are equal.

    `places` are the changes that make another method, each with whether the edit script speaks of its lines.
    """

    name: str
    text: str
    answer: str
    reason: str
    told_apart: bool
    places: tuple[bool, ...]


def verdict(seed: int, names: Sequence[str]) -> Verdict:
    """The comparison of a spec with a mutant of two edits, and the judgement of runs on several problems."""
    chance = Random(f"mutant {seed}")
    shipped = find_spec(chance.choice(list(names)))
    spec = replace(read_spec(shipped), comments=())  # one that stands with a line that moves is no change
    source, mutated = Source(shipped.name, print_spec(spec)), _valid_mutant(spec, chance)
    found = difference((source, mutated), (), quick=False)
    reason = found.comparison.reason or (found.trial.failed if found.trial is not None else "")
    refuted = found.answer in _EQUAL and _is_told_apart(found, seed)
    places = () if found.same else tuple(places_named((source, mutated), found.script))
    return Verdict(source.name, mutated.text, found.answer, reason, refuted, places)


_EQUAL = ("the same method", "equal by algebra", "the same path, other messages")


def _valid_mutant(spec: nodes.Spec, chance: Random) -> Source:
    """A mutant of two edits that checks, and is another text."""
    while True:
        other = mutant(mutant(spec, chance), chance)
        written = Source("mutant.alg", print_spec(other))
        try:
            compile_spec(written, plugins())
        except SpecError:
            continue
        if other != spec:
            return written


def _is_told_apart(found: Difference, seed: int) -> bool:
    """True where runs with equal draws part on one of three random problems, with the default of a compressor of which the
    proof needs a trait; points that come a round later are not those of one round."""
    if found.comparison.alignment.ahead != (0, 0):
        return False
    names = common_names(found.comparison, found.script.spec_names)
    minimised = found.comparison.pairing.sides[0].program.problem is ProblemKind.MINIMIZE
    problems = [problem.format(seed=seed) for problem in (_RANDOM if minimised else _RANDOM_GAMES)]
    held = Held(names=frozenset(rested.name for rested in found.comparison.properties))
    return trial_of(found.sources, found.comparison, names, held, problems).witness is not None


_RANDOM = (
    "quadratic(d = 5, mu = 0.2, L = 1, spread = 1, seed = {seed})",
    "quadratic(d = 8, mu = 0, L = 2, spread = 3, seed = {seed})",
    'logreg(data = "breast_cancer", scale = "columns", l2 = 0.01)',
)
_RANDOM_GAMES = (
    "bilinear_saddle(d = 4, lam = 0.2, seed = {seed})",
    "bilinear_game(d = 3, lam = 0.1, samples = 5, seed = {seed})",
    "quadratic_game(d = 3, mu = 0.2, L = 1, samples = 6, seed = {seed})",
)
