"""Diagnostics of constructs that the runtime does not execute, so that none is silently ignored.

Invariants, guarantees and laws are no part of a run: the checker checks their form, a verifier holds them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from ..check import program as core
from ..check.contracts import Contract
from ..check.kinds import KNOWN_TO_ALL, Placement, Spread
from ..check.traverse import EXPRESSIONS, STATEMENTS
from ..text.diagnostics import Bag, Diagnostic
from . import errors
from .instructions import roles_of

Found: TypeAlias = Iterator[Diagnostic]


def unbound(program: core.Program, bag: Bag) -> None:
    """Add a diagnostic for every compressor that neither spec nor settings bind."""
    for compressor in program.compressors:
        if compressor.default is None:
            name, contract = compressor.symbol.name, compressor.contract.value
            bag.add(errors.no_default(name, contract, compressor.span))


def refuse(program: core.Program, bag: Bag) -> None:
    """Add a diagnostic for every construct that cannot run, whatever is bound."""
    for diagnostic in _declarations(program):
        bag.add(diagnostic)
    for diagnostic in _statements(program):
        bag.add(diagnostic)
    for diagnostic in _schedules_in_init(program):
        bag.add(diagnostic)


# --- declarations --------------------------------------------------------------------------------------------


def _declarations(program: core.Program) -> Found:
    for compressor in program.compressors:
        yield from _compressor(compressor)
    if program.output.value.where.spread is Spread.GROUPS:
        yield errors.not_executed("an output of which each group has its own", program.output.value.span)
    if program.output.weight is not None:
        yield from _weight(program.output, program.output.weight, program)


def _weight(output: core.Output, weight: core.Expr, program: core.Program) -> Found:
    """Weights that the roles that hold the output cannot evaluate: a state is weighed at the start of a round."""
    place, states = output.value.where.placement, {state.symbol for state in program.states}
    for part in EXPRESSIONS.walk(weight):
        match part:
            case core.Oracle() | core.Compress() | core.Who():
                yield errors.not_executed("a weight that calls oracles, compressors or `who`", part.span)
            case core.Aggregate() if place is not Placement.SERVER:
                yield errors.not_executed(
                    "a weight with an aggregate, of what not the server alone has", part.span
                )
            case core.Read() if output.is_state and part.symbol not in states:
                yield errors.not_executed("a weight of a state that reads what is no state", part.span)
            case core.Read() if not roles_of(place) <= roles_of(part.where.placement):
                yield errors.not_executed("a weight that not all who have the output know", part.span)
            case _:
                continue


def _compressor(compressor: core.Compressor) -> Found:
    if compressor.schedule and compressor.contract is Contract.COLLECTIVE:
        yield errors.not_executed(
            "a collective compressor whose arguments depend on the round", compressor.span
        )


def _schedules_in_init(program: core.Program) -> Found:
    """Schedules, and compressors with arguments of the round, in `init`: before round 0 they have no value."""
    changing = {q.symbol for q in program.params if q.schedule}
    changing |= {c.symbol for c in program.compressors if c.schedule}
    for statement in STATEMENTS.walk(program.init):
        for value in EXPRESSIONS.children(statement):
            if any(_needs_round(part, changing, program.counter) for part in EXPRESSIONS.walk(value)):
                yield errors.schedule_in_init(value.span)


def _needs_round(part: core.Expr, changing: set[core.Symbol], counter: core.Symbol | None) -> bool:
    match part:
        case core.Counter():
            return part.symbol == counter
        case core.ParamRead():
            return part.previous or part.symbol in changing
        case core.Figure() | core.Compress():
            return part.compressor in changing
        case _:
            return False


# --- statements ----------------------------------------------------------------------------------------------


def _statements(program: core.Program) -> Found:
    for statement in STATEMENTS.walk(program):
        if isinstance(statement, core.Message) and statement.route is core.Route.NODE_TO_ALL:
            yield from _collective(statement)
        alone = _at_server(statement)
        for part in EXPRESSIONS.walk(statement):
            yield from _expression(part, alone)


def _at_server(statement: core.Stmt) -> bool:
    """True if the server alone evaluates a statement's expressions."""
    if isinstance(statement, core.Message):
        return statement.route not in (core.Route.NODE_TO_SERVER, core.Route.NODE_TO_NEIGHBORS)
    return statement.at is not None and statement.at.placement is Placement.SERVER


def _collective(message: core.Message) -> Found:
    for item in message.items:
        if isinstance(item.value, core.Compress) and item.value.settings:
            yield errors.not_executed(
                "a value of the round as argument of a collective compressor", item.span
            )


# --- expressions ---------------------------------------------------------------------------------------------


def _expression(expr: core.Expr, at_server: bool) -> Found:
    """Faults of one part of an expression, without its operands; a process has constants of its own nodes alone."""
    match expr:
        case core.Aggregate() if expr.where.placement is Placement.ALL and not at_server:
            yield errors.constant_aggregate(expr.operator, expr.span)
        case core.Compress():
            for name, value in expr.settings:
                if value.where != KNOWN_TO_ALL:
                    yield errors.setting_not_known(name, value.span)
        case _:
            return
