"""Lints of theory: a default that no condition allows, a compressor that none covers, a class that is not the spec's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cablese.dsl.check import program as core
from cablese.dsl.check.contracts import Contract
from cablese.dsl.check.traverse import EXPRESSIONS
from cablese.dsl.check.uses import readings
from cablese.dsl.text.source import Source

from ..errors import ConditionBroken
from ..execute.bounds import Bound
from ..execute.problems import Problems
from .findings import Finding, Verdict
from .problems import OF_GAMES, Trial, general_trials, trials_of
from .trials import REFUSED, Bench, options_of


def lint_theory(source: Source, program: core.Program, problems: Problems) -> Iterator[Finding]:
    """Findings about what the guarantees of a spec cover."""
    yield from _refused(source, program, problems)
    yield from _wrong_kinds(program)
    yield from _steps(source, program, problems)
    yield from _compressors(program)


def _refused(source: Source, program: core.Program, problems: Problems) -> Iterator[Finding]:
    """Defaults that the spec's own conditions refuse."""
    for trial in general_trials(program.problem):
        try:
            Bench.make(source, options_of(trial, 1), problems)
        except ConditionBroken as error:
            yield Finding("theory", "defaults", program.span.line, Verdict.NOT_ALLOWED, f"{error} ({trial})")
            return
        except REFUSED:
            continue


def _wrong_kinds(program: core.Program) -> Iterator[Finding]:
    """Classes of the other kind of problem."""
    games = program.problem is not core.ProblemKind.MINIMIZE
    for guarantee in program.guarantees:
        for name in guarantee.classes:
            if (name in OF_GAMES) is not games and name != "homogeneous":
                kind = "solves variational inequalities" if games else "minimises"
                detail = f"it is for `{name}` problems, and the method {kind}"
                yield _finding(guarantee, Verdict.NOT_ALLOWED, detail)


def _steps(source: Source, program: core.Program, problems: Problems) -> Iterator[Finding]:
    """Defaults that the condition of a guarantee does not admit: a failure unless another one admits them."""
    found: list[tuple[core.Guarantee, str]] = []
    allowed = False
    for index, guarantee in enumerate(program.guarantees):
        told = _not_allowed(source, index, _trials(program, guarantee), problems)
        if told is None:
            continue
        allowed = allowed or not told
        found += [(guarantee, told)] if told else []
    for guarantee, told in found:
        yield _finding(guarantee, Verdict.NOTE if allowed else Verdict.NOT_ALLOWED, told)


def _trials(program: core.Program, guarantee: core.Guarantee) -> list[Trial]:
    games = program.problem is not core.ProblemKind.MINIMIZE
    return [
        t
        for name, trials in trials_of(guarantee.classes).items()
        for t in trials
        if (name in OF_GAMES) is games
    ]


def _not_allowed(source: Source, index: int, trials: Sequence[Trial], problems: Problems) -> str | None:
    """The first problem on which the defaults do not meet a guarantee's condition, in words; empty where they do, None
    where no problem could tell."""
    seen = False
    for trial in trials:
        try:
            run = Bench.make(source, options_of(trial, 1), problems).prepared.context
            bound = Bound(run.program.guarantees[index], run.resolver)
            if not bound.allowed:
                values = run.resolver.params()
                reads = ", ".join(
                    f"{name} = {value:.6g}" for name, value in values.items() if name in _read(bound)
                )
                return f"the defaults do not meet `{' and '.join(bound.broken())}`: {reads} ({trial})"
        except REFUSED:
            continue
        seen = True
    return "" if seen else None


def _read(bound: Bound) -> set[str]:
    """The params that the condition reads."""
    parts = (part for root in bound.parts() for part in EXPRESSIONS.walk(root))
    return {part.symbol.name for part in parts if isinstance(part, core.ParamRead)}


def _compressors(program: core.Program) -> Iterator[Finding]:
    """Compressors of which a guarantee promises nothing: of the class `any`, or with no figure in the condition."""
    reads = readings(program)
    for guarantee in program.guarantees:
        named = _figures(guarantee, reads)
        for compressor in program.compressors:
            name = compressor.symbol.name
            if compressor.contract is Contract.ANY:
                detail = (
                    f"`{name}: any` promises nothing: a theorem needs an unbiased or a contractive compressor"
                )
                yield _finding(guarantee, Verdict.NOT_ALLOWED, detail)
            elif name not in named:
                yield _finding(guarantee, Verdict.NOTE, f"no figure of the compressor `{name}` enters it")


def _figures(guarantee: core.Guarantee, reads: dict[str, set[str]]) -> set[str]:
    """The compressors whose figures a guarantee reads, if only through params."""
    ahead, found = list[str](), set[str]()
    for side in (guarantee.condition, guarantee.left, guarantee.right):
        for part in () if side is None else EXPRESSIONS.walk(side):
            if isinstance(part, core.Figure):
                found.add(part.compressor.name)
            elif isinstance(part, core.ParamRead):
                ahead.append(part.symbol.name)
    while ahead:
        fresh = reads.get(ahead.pop(), set()) - found
        found |= fresh
        ahead += fresh
    return found


def _finding(guarantee: core.Guarantee, verdict: Verdict, detail: str) -> Finding:
    return Finding("theory", f'guarantee "{guarantee.theorem}"', guarantee.span.line, verdict, detail)
