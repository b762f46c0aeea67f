"""The stages in order, able to stop after each: source -> spec -> program -> plan -> Python. No input or output.

Planning and emitting are imported when asked for: a check of a spec must start quickly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from .check.check import check
from .check.compressor_calls import known_arguments
from .check.contracts import Form, Registry
from .check.program import CompressorCall, Program
from .syntax.nodes import Algorithm, Keyword, Name, Output, Spec
from .syntax.parse import parse, parse_expression, parse_setting
from .text.diagnostics import Bag, Diagnostic, Label, SpecError
from .text.source import Source

OUTPUT = "--output"
SYNTAX = "E1"
"""The family of the codes of mistakes that a text has by itself, whatever method it is given to."""

_LONE = """\
algorithm Lone
problem minimize
compressor C: any
init:
    all: x = x0
round:
    node -> server: q = C(x)
    all: x = x
output x
"""

if TYPE_CHECKING:
    from .emit.layout import Layout
    from .plan.instructions import Plan
    from .plan.lower import CompressorTraits


@lru_cache(maxsize=512)
def _parsed(source: Source) -> tuple[Spec, Bag]:
    """The spec that a text holds, which is often read more than once, and its syntax errors."""
    bag = Bag()
    return parse(source, bag), bag


def forget_texts() -> None:
    """Drop the texts that were read. Where each key that is typed makes another, they would fill the memory, and the search
    for garbage among them hold up an answer."""
    _parsed.cache_clear()


def _parse(source: Source, bag: Bag) -> Spec:
    spec, errors = _parsed(source)
    bag.add_all(errors)
    return spec


def read_spec(source: Source) -> Spec:
    """The spec as written; SpecError with every syntax error."""
    bag = Bag()
    spec = _parse(source, bag)
    if bag:
        raise SpecError(tuple(bag))
    return spec


def readable_part(source: Source) -> Spec:
    """The spec as far as it can be read: lines with syntax errors are left out."""
    return _parse(source, Bag())


def read_settings(texts: Sequence[str], option: str = "--set") -> tuple[Keyword, ...]:
    """`NAME=EXPR` texts of an option of the command line."""
    bag = Bag()
    settings = [parse_setting(Source(option, text), bag) for text in texts]
    if bag:
        raise SpecError(tuple(bag))
    return tuple(s for s in settings if s is not None)


def with_output(spec: Spec, output: str | None, bag: Bag) -> Spec:
    """The spec with the output that the command line gives, if it does, in the place of its own."""
    value = None if output is None else parse_expression(Source(OUTPUT, output), bag)
    if value is None:
        return spec
    given = Output(value, value.span)
    return replace(spec, lines=tuple(given if isinstance(line, Output) else line for line in spec.lines))


def compile_spec(
    source: Source, registry: Registry, settings: Sequence[str] = (), output: str | None = None
) -> Program:
    """The checked program, with the command line's settings in the place of defaults, and its output, if one is given, in
    that of the spec's; SpecError with every error."""
    bag = Bag()
    spec = _parse(source, bag)
    program = check(with_output(spec, output, bag), registry, bag, read_settings(settings))
    if bag or program is None:
        raise SpecError(tuple(_with_method(diagnostic, spec) for diagnostic in bag))
    return program


def _with_method(diagnostic: Diagnostic, spec: Spec) -> Diagnostic:
    """A mistake in the output of the command line, which may be given to several methods, with the one that it is of."""
    names = [line.name.span for line in spec.lines if isinstance(line, Algorithm)]
    apart = diagnostic.span.source.name == OUTPUT and not diagnostic.code.startswith(SYNTAX)
    if not apart or diagnostic.labels or not names:
        return diagnostic
    return replace(diagnostic, labels=(Label(names[0], "of this method"),))


def diagnose_spec(source: Source, registry: Registry, *, pedantic: bool = False) -> tuple[Diagnostic, ...]:
    """Every error in a spec as it is written, with constructs that no run would execute; without errors, the warnings, those
    of doubts if `pedantic`."""
    from .lint.lint import lint

    bag = Bag()
    spec = _parse(source, bag)
    program = check(spec, registry, bag)
    if bag or program is None:
        return tuple(bag)
    return _refusals(program, registry) or tuple(lint(spec, program, pedantic=pedantic))


def _refusals(program: Program, registry: Registry) -> tuple[Diagnostic, ...]:
    """Errors of constructs that a run would refuse, whatever is bound to the compressors left open."""
    from .plan.lower import CompressorTraits, translated
    from .plan.unsupported import refuse

    bag = Bag()
    refuse(program, bag)
    if bag:
        return tuple(bag)
    stand_in = CompressorTraits(Form.DENSE, False)
    traits = {c.symbol.name: stand_in for c in program.compressors} | compressor_traits(program, registry)
    try:
        translated(program, traits)
    except SpecError as error:
        return error.diagnostics
    return ()


def compile_compressor(source: Source, registry: Registry) -> Program:
    """The checked program of a compressor expression by itself: its one compressor; SpecError with every error."""
    bag = Bag()
    value = parse_expression(source, bag)
    if value is not None:
        setting = Keyword(Name("C", value.span), value, value.span)
        program = check(parse(Source("lone.alg", _LONE), bag), registry, bag, (setting,))
        if program is not None and not bag:
            return program
    raise SpecError(tuple(bag))


def plan_program(program: Program, registry: Registry) -> Plan:
    """The plan of a program; SpecError for constructs that the runtime does not execute."""
    from .plan.lower import lower
    from .plan.unsupported import refuse, unbound
    from .plan.verify import verify_plan

    bag = Bag()
    unbound(program, bag)
    refuse(program, bag)
    if bag:
        raise SpecError(tuple(bag))
    plan = lower(program, compressor_traits(program, registry))
    verify_plan(plan)
    return plan


def compressor_traits(program: Program, registry: Registry) -> dict[str, CompressorTraits]:
    """Traits of each compressor that lowering needs, from its contract and the arguments that are written out."""
    return {
        declared.symbol.name: _traits(declared.default, registry)
        for declared in program.compressors
        if declared.default is not None
    }


def _traits(call: CompressorCall, registry: Registry) -> CompressorTraits:
    from .plan.lower import CompressorTraits

    if call.inner is not None:
        return CompressorTraits(_traits(call.inner, registry).form, False)
    contract = registry.compressors[call.name]
    known = known_arguments(contract, dict(call.arguments))
    return CompressorTraits(
        contract.form(known),
        contract.picks_blindly(known),
        contract.redraws(known),
        contract.writes_some(known),
    )


def freeing_python_of(plan: Plan, layout: Layout) -> str:
    """The same program, which frees each array behind its last reader, lets arithmetic write into gradients, computes them
    node by node where one line reads them, and sums piece by piece, neighbouring ones together."""
    from .emit.by_rows import with_gradients_by_rows
    from .emit.freeing import with_deletions
    from .emit.inlining import with_gradients_inlined
    from .emit.one_pass import with_lines_in_one_pass
    from .emit.tiling import with_sums_in_tiles
    from .emit.unexpanded import with_messages_unexpanded

    python = python_of(plan, layout)
    for rewritten in (
        with_gradients_inlined,
        with_gradients_by_rows,
        with_sums_in_tiles,
        with_lines_in_one_pass,
        with_messages_unexpanded,
        with_deletions,
    ):
        python = rewritten(python, plan, layout)
    return python


def python_of(plan: Plan, layout: Layout) -> str:
    """The generated program of a process with this layout, as text."""
    from .emit.python import emit_python

    return emit_python(plan, layout)
