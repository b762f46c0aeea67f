"""Rounds until an accuracy by a method's guarantee, from the constants of a problem and before any run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cablese.dsl.check import program as core
from cablese.dsl.check.guarantees import START_METRICS
from cablese.dsl.check.traverse import EXPRESSIONS
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source

from ..compiled import compiled
from ..errors import SetupError
from . import rate_errors as errors
from .bounds import Bound, NoNumber
from .plan_numbers import PlanResolver
from .scale import Scale, scales_of


@record
class Rate:
    """The rounds after which a guarantee has a measure of the run below an accuracy."""

    algorithm: str
    theorem: str
    measure: str  # as the guarantee writes it: average(grad_norm2)
    rounds: int


def rates_of(sources: Sequence[Source], scale: Scale, metric: str, accuracy: float) -> list[Rate]:
    """The rate of each spec; raises SpecError, or SetupError for one without a guarantee that tells it."""
    return [
        rate_of(source, own, metric, accuracy)
        for source, own in zip(sources, scales_of(sources, scale), strict=True)
    ]


def rate_of(source: Source, scale: Scale, metric: str, accuracy: float) -> Rate:
    """The rate by the guarantee of the spec that needs the fewest rounds."""
    program = compiled(source, scale.options.settings)
    resolver = PlanResolver(program, scale.constant, scale.d, scale.float_bits)
    if not program.guarantees:
        raise errors.no_guarantee(program.name)
    claims = [(claim, found) for claim in program.guarantees if (found := _bounded(claim, metric))]
    if not claims:
        raise errors.other_metric(
            program.name, metric, [claim.left.span.text for claim in program.guarantees]
        )
    _check_params(program)
    rates: list[Rate] = []
    reasons: list[SetupError] = []
    for claim, measured in claims:
        try:
            rounds = _rounds(program, Bound(claim, resolver), scale, accuracy)
            rates.append(Rate(program.name, claim.theorem, measured.span.text, rounds))
        except SetupError as reason:
            reasons.append(reason)
    if not rates:
        raise reasons[0]
    return min(rates, key=lambda rate: rate.rounds)


def _bounded(claim: core.Guarantee, metric: str) -> core.Measured | None:
    """The measure that a guarantee bounds, where that is of this metric alone."""
    for measured in claim.measured:
        if isinstance(claim.left, core.Read) and claim.left.symbol == measured.symbol:
            return measured if measured.measure != "start" and _metric(measured) == metric else None
    return None


def _metric(measured: core.Measured) -> str:
    """The metric that a measure is of alone, empty where it is of an expression."""
    value = measured.value
    found = [
        each.name for each in measured.metrics if isinstance(value, core.Read) and each.symbol == value.symbol
    ]
    return found[0] if found else ""


def _check_params(program: core.Program) -> None:
    """Raise SetupError for a param that is computed from the number of rounds, which is what is looked for."""
    for param in program.params:
        if param.value is not None:
            for part in EXPRESSIONS.walk(param.value):
                if isinstance(part, core.Constant) and part.name == "rounds":
                    raise errors.of_rounds(program.name, param.symbol.name)


def _rounds(program: core.Program, bound: Bound, scale: Scale, accuracy: float) -> int:
    theorem = bound.guarantee.theorem
    if not bound.allowed:
        raise errors.not_allowed(program.name, theorem, bound.broken())
    try:
        rounds = bound.rounds_to(accuracy, dict(_start(bound.guarantee, scale)))
    except NoNumber as missing:
        raise errors.no_start(program.name, theorem, str(missing)) from None
    if rounds is None:
        raise errors.never(program.name, theorem)
    return rounds


def _start(claim: core.Guarantee, scale: Scale) -> Iterator[tuple[str, float]]:
    """The numbers of the start that are known, by the symbols that read them."""
    known = {name: scale.given[name] for name in START_METRICS if name in scale.given}
    yield from known.items()
    by_metric = {START_METRICS[name]: value for name, value in known.items()}
    for measured in claim.measured:
        metric = _metric(measured)
        if measured.measure == "start" and metric in by_metric:
            yield measured.symbol.name, by_metric[metric]
