"""Laws (`equals`): proven by algebra, or both methods run side by side with the same draws."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from cablese.dsl.algebra.combination import TooMany
from cablese.dsl.algebra.laws import LawProof, prove_law
from cablese.dsl.algebra.renaming import renamed
from cablese.dsl.algebra.symbols import NotRead
from cablese.dsl.check import program as core
from cablese.dsl.check.claims import EVERYONE, Given
from cablese.dsl.check.contracts import Contract
from cablese.dsl.check.traverse import EXPRESSIONS, STATEMENTS
from cablese.dsl.pipeline import compile_spec, read_spec
from cablese.dsl.syntax import nodes
from cablese.dsl.syntax.printer import print_spec
from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source

from ..errors import SetupError
from ..execute.problems import Problems
from ..execute.special_case import special_case
from ..library import SpecNotFound, find_spec, shipped_specs
from ..registry import plugins
from .findings import Finding, Verdict
from .problems import Trial
from .trials import REFUSED, Bench, Course, options_of, reason

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

SAME = 1e-9
"""Outputs agree if they differ by less than this part of the largest norm that they have had."""

OTHERS: Mapping[Contract, str] = {
    Contract.UNBIASED: "rand_k(k = 2)",
    Contract.CONTRACTIVE: "rand_k(k = 2, scaled = false)",
}
"""Compressors that draw, put in the place of those that a law leaves open. Of `any` no class is promised: a law of one may
rest on the default."""

VARIED = 0.7
"""The factor of the params that a law leaves open, in one of the trials."""


@record
class Sides:
    """Both methods of a law as they are run: the first with settings, the second with what the law gives it."""

    program: core.Program
    law: core.Law
    written: nodes.Equals
    source: Source
    other: Source
    other_program: core.Program


def is_proven(source: Source, program: core.Program, index: int) -> bool:
    """True where algebra alone proves a law; nothing is run."""
    try:
        proof = _proof(program, _sides(source, program, index))
    except (SpecNotFound, SpecError, SetupError):
        return False
    return proof is not None and proof.holds and not proof.properties


def _proof(program: core.Program, sides: Sides) -> LawProof | None:
    """The proof of a law by algebra; None where algebra does not read it."""
    try:
        return prove_law(program, sides.law, sides.other_program)
    except (NotRead, TooMany):
        return None


def check_law(
    source: Source,
    program: core.Program,
    index: int,
    trials: Sequence[Trial],
    seeds: Sequence[int],
    rounds: int,
    problems: Problems,
) -> Finding:
    """The verdict on a law: proven, held in runs, or refuted by one."""
    law = program.laws[index]
    text, line = law.span.text, law.span.line
    try:
        sides = _sides(source, program, index)
    except (SpecNotFound, SpecError, SetupError) as error:
        return Finding("law", text, line, Verdict.NOT_TRIED, reason(error))
    proof = _proof(program, sides)
    if proof is None or not proof.holds:
        return _run(sides, trials, seeds, rounds, problems, (text, line))
    if not proof.properties:
        return Finding("law", text, line, Verdict.PROVEN, "by algebra")
    rests = ", ".join(f"{one.name} {one.trait.value}" for one in proof.properties)
    found = _run(sides, trials, seeds, rounds, problems, (text, line))
    if found.verdict is Verdict.REFUTED:  # a contract promises less than the default has
        return replace(found, detail=f"proven for {rests} alone: {found.detail}")
    return Finding("law", text, line, Verdict.PROVEN, f"by algebra, for {rests}")


def _run(
    sides: Sides,
    trials: Sequence[Trial],
    seeds: Sequence[int],
    rounds: int,
    problems: Problems,
    claim: tuple[str, int],
) -> Finding:
    held, refused = 0, ""
    for trial in trials:
        for settings in _variants(sides):
            try:
                ours, theirs = _benches(sides, _dealt(trial, sides), settings, rounds, problems)
            except (*REFUSED, ArithmeticError) as error:
                refused = reason(error)
                continue
            for seed in seeds:
                if parting := _parting(ours.course(seed), theirs.course(seed), _stride(sides, ours)):
                    shown = f" with {', '.join(settings)}" if settings else ""
                    detail = f"{parting}{shown} ({_dealt(trial, sides)} --seed {seed})"
                    return Finding("law", *claim, Verdict.REFUTED, detail)
                held += 1
    if not held:
        return Finding("law", *claim, Verdict.NOT_TRIED, refused or "no run could be made")
    return Finding("law", *claim, Verdict.HELD, f"in {held} runs of {rounds} rounds")


# --- both methods --------------------------------------------------------------------------------------------


def _sides(source: Source, program: core.Program, index: int) -> Sides:
    law = program.laws[index]
    written = [line for line in program.claims if isinstance(line, nodes.Equals)][index]
    other = _with_draws_of(written, other_spec(law.other, source))
    events = [f"{name} = {_event(value)}" for name, value in law.bindings if _is_event(program, name)]
    ours = special_case(source, events).source if events else source
    return Sides(program, law, written, ours, other, compile_spec(other, plugins()))


def other_spec(name: str, source: Source) -> Source:
    """The spec that a law names: one beside the law's own file, or a shipped one of this title."""
    beside = Path(source.name).with_name(f"{name.lower()}.alg")
    if "/" in source.name and beside.is_file():
        return find_spec(str(beside))
    titles = {spec.title.lower(): spec.name for spec in shipped_specs()}
    return find_spec(titles.get(name.lower(), name.lower()))


def _with_draws_of(written: nodes.Equals, other: Source) -> Source:
    """The other spec with its draws named as this one's, where the law pairs them."""
    if not written.drawing:
        return other
    names = {pair.value.span.text: pair.name.id for pair in written.drawing}
    return Source(other.name, print_spec(renamed(read_spec(other), names)))


def _is_event(program: core.Program, name: str) -> bool:
    known = {q.symbol.name for q in program.params} | {c.symbol.name for c in program.compressors} | {"n"}
    return name not in known


def _event(value: Given) -> str:
    return EVERYONE if isinstance(value, core.Constant | core.Symbol) else value.span.text


def _variants(sides: Sides) -> Iterator[tuple[str, ...]]:
    """Settings of what the law leaves open: none, compressors that draw, params below their defaults."""
    bound = {name for name, _ in sides.law.bindings}
    yield ()
    others = [
        f"{c.symbol.name} = {OTHERS[c.contract]}"
        for c in sides.program.compressors
        if c.symbol.name not in bound and c.contract in OTHERS
    ]
    if others and draw_names(sides.other_program) <= draw_names(sides.program):
        yield tuple(others)
    steps = [q.symbol.name for q in sides.program.params if q.symbol.name not in bound and _is_real(q)]
    if steps:
        yield tuple(f"{name} = {VARIED} * {name}" for name in steps)


def draw_names(program: core.Program) -> set[str]:
    """The names under which compressors draw: methods that name them otherwise draw otherwise."""
    parts = (part for statement in STATEMENTS.walk(program) for part in EXPRESSIONS.walk(statement))
    return {part.site.name for part in parts if isinstance(part, core.Compress)}


def _is_real(param: core.Param) -> bool:
    return not param.schedule and param.value is not None and param.kind.value == "real"


def _dealt(trial: Trial, sides: Sides) -> Trial:
    """The trial with the number of nodes that the law fixes."""
    for name, value in sides.law.bindings:
        if name == "n" and isinstance(value, core.Literal):
            return replace(trial, nodes=int(value.value))
    return trial


def _benches(
    sides: Sides, trial: Trial, settings: tuple[str, ...], rounds: int, problems: Problems
) -> tuple[Bench, Bench]:
    """Both methods on one problem; the second has the first's values of common names, then those that the law gives."""
    fixed = tuple(
        f"{name} = {value.span.text}"
        for name, value in sides.law.bindings
        if name != "n" and not _is_event(sides.program, name) and not isinstance(value, core.Symbol)
    )
    declared = {q.symbol.name for q in compile_spec(sides.source, plugins()).params}
    declared |= {c.symbol.name for c in compile_spec(sides.source, plugins()).compressors}
    used = tuple(text for text in (*fixed, *settings) if text.partition(" = ")[0] in declared)
    options = options_of(trial, rounds, used)
    ours = Bench.make(sides.source, options, problems)
    header = ours.prepared.header
    values: dict[str, str] = {name: _number(value) for name, value in header.params.items()}
    values |= header.compressors
    given = {name: values[name] for name in _names(sides.other_program) if name in values}
    given |= {name: _given(value, ours, values) for name, value in sides.law.arguments}
    theirs = tuple(f"{name} = {value}" for name, value in given.items())
    stride = _stride(sides, ours)
    other = Bench.make(sides.other, options_of(trial, rounds * stride, theirs), problems)
    return ours, other


def _names(program: core.Program) -> list[str]:
    from cablese.dsl.check.uses import in_use

    schedules = {q.symbol.name for q in program.params if q.schedule}
    names = [*(q.symbol.name for q in program.params), *(c.symbol.name for c in program.compressors)]
    used = in_use(program)
    return [name for name in names if name in used and name not in schedules]


def _given(value: Given, ours: Bench, values: dict[str, str]) -> str:
    match value:
        case core.Symbol():
            return values[value.name]
        case core.CompressorCall():
            return value.span.text
        case _:
            return _number(ours.prepared.context.resolver.value(value))


def _number(value: float) -> str:
    return repr(value).lower() if isinstance(value, bool) else repr(value)


def _stride(sides: Sides, ours: Bench) -> int:
    """The rounds of the other method that one of this takes: `at rounds = H`."""
    if sides.written.rounds is None:
        return 1
    name = sides.written.rounds.span.text
    params = ours.prepared.header.params
    return int(params[name] if name in params else int(name))


# --- comparison ----------------------------------------------------------------------------------------------


def _parting(ours: Course, theirs: Course, stride: int) -> str:
    """The first round after which outputs differ by more than rounding, in words; empty where there is none."""
    if bool(ours.failed) is not bool(theirs.failed):
        return f"one of the runs fails: {ours.failed or theirs.failed}"
    scale = 0.0
    for done, one in enumerate(ours.outputs):
        if done * stride >= len(theirs.outputs):
            break
        other = theirs.outputs[done * stride]
        if one is None or other is None:
            continue
        a, b = _point(one), _point(other)
        scale = max(scale, float(np.linalg.norm(a)), float(np.linalg.norm(b)))
        gap = float(np.linalg.norm(a - b))
        if not gap <= SAME * scale:
            return f"the outputs part by {gap / scale:.2g} after round {done - 1}"
    return ""


def _point(value: HostArray) -> HostArray:
    """The point of an output: of a family the mean."""
    return value if value.ndim == 1 else np.asarray(np.mean(value, axis=0))
