"""Errors of a spec's values once they are known: one paragraph each, with place, reason and remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cablese.dsl.check.phrases import quoted
from cablese.dsl.text.nearest import nearest
from cablese.dsl.text.source import Span

from ..errors import ConditionBroken, SetupError, UsageError
from .byte_sizes import size_text


def _place(span: Span) -> str:
    """The place in a spec, or the option with its text."""
    if span.source.is_option:
        return f"{span.source.name} {span.source.text.strip()}"
    return f"{span.source.name}:{span.line}:{span.column}"


def _another(name: str, span: Span) -> str:
    """The remedy for a value that stands at a span."""
    return "give it another value" if span.source.is_option else f"give it a value with `--set {name}=…`"


def _given(readings: Mapping[str, object]) -> str:
    if not readings:
        return ""
    shown = (f"{name} = {_number(value)}" for name, value in readings.items())
    return f" (with {', '.join(shown)})"


def _number(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def not_set(name: str, span: Span) -> SetupError:
    """A param without a default."""
    return SetupError(
        f"{_place(span)}: param `{name}` has no default: give it a value with `--set {name}=…`."
    )


def no_figure(figure: str, compressor: str, actual: str) -> SetupError:
    """`omega` or `delta` of a compressor declared `any`, where the one that is bound has none."""
    wanted = "a contractive" if figure == "delta" else "an unbiased"
    return SetupError(
        f"`{compressor}` is {actual} and has no {figure}; the spec asks for it: bind {wanted} compressor."
    )


def compressor_not_set(name: str, contract: str, span: Span) -> SetupError:
    """A compressor without a default."""
    return SetupError(
        f"{_place(span)}: compressor `{name}` ({contract}) has no default: bind one with "
        f"`--set '{name}=…'`; `cablese list compressors` shows what there is."
    )


def condition_broken(name: str, value: object, span: Span, readings: Mapping[str, object]) -> ConditionBroken:
    """A param outside its `where`."""
    return ConditionBroken(
        f"{_place(span)}: `{name}` is {_number(value)}, but the spec asks for `{span.text}`{_given(readings)}: "
        f"choose another value with `--set {name}=…`, or change what it is computed from."
    )


def no_length(name: str, length: float, span: Span) -> SetupError:
    """A history of a length that is none."""
    return SetupError(
        f"{_place(span)}: `{name}` is a history of {_number(length)} values, and keeps a whole number of them from 1 on: "
        f"choose another `{span.text}`."
    )


def condition_broken_in_round(name: str, value: object, round: int, span: Span) -> SetupError:
    """A schedule outside its `where`; `round` is the first in which it is."""
    return SetupError(
        f"{_place(span)}: `{name}` is {_number(value)} in round {round}, but the spec asks for `{span.text}` in every "
        f"round: choose another schedule with `--set {name}=…`, or fewer rounds."
    )


def compressor_broken_in_round(round: int, why: str, span: Span) -> SetupError:
    """A compressor whose arguments do not fit in every round; `round` is the first."""
    return SetupError(f"{_place(span)}: in round {round}, {why}")


def requirement_broken_in_round(round: int, span: Span) -> SetupError:
    """A `require` that does not hold in every round; `round` is the first."""
    return SetupError(
        f"{_place(span)}: `{span.text}` does not hold in round {round}; it must hold in every round."
    )


def requirement_broken(span: Span, readings: Mapping[str, object]) -> ConditionBroken:
    """A `require` that does not hold."""
    return ConditionBroken(f"{_place(span)}: `{span.text}` does not hold{_given(readings)}.")


def no_count(value: object, span: Span) -> SetupError:
    """A `repeat` whose count is not a whole number from 0 on."""
    return SetupError(
        f"{_place(span)}: this is to be repeated {_number(value)} times, but a count is a whole number, not below 0: "
        "change what it is computed from, with `--set` where that is a param."
    )


def too_many_passes(passes: int, most: int, span: Span) -> SetupError:
    """A loop that would make too many passes in a round."""
    return SetupError(
        f"{_place(span)}: this and the loops in it would run {passes} times in a round, and may run {most} times: "
        "repeat less often, and run more rounds."
    )


def not_finite(name: str, value: float, span: Span, readings: Mapping[str, object]) -> SetupError:
    """A param whose value, which stands at the span, overflows or divides by zero."""
    return SetupError(
        f"{_place(span)}: `{name}` comes out as {value}{_given(readings)}: {_another(name, span)}."
    )


def int_too_large(name: str, span: Span, round: int | None = None) -> SetupError:
    """An int param beyond the range of ints; `round` is the first in which it is."""
    when = "" if round is None else f" in round {round}"
    return SetupError(
        f"{_place(span)}: `{name}` is an int beyond 2^53{when}, which is as far as ints go: write it as a real "
        f"(`1.0` for `1`), or make it smaller{'' if span.source.is_option else f' with `--set {name}=…`'}."
    )


def beyond_reals(span: Span) -> SetupError:
    """An expression of ints that is larger than every real."""
    return SetupError(
        f"{_place(span)}: `{span.text}` is larger than any number (about 1.8e308): write its ints as reals "
        "(`1.0` for `1`), or make it smaller."
    )


def no_constant(name: str, param: str, span: Span, other: str = "") -> SetupError:
    """A constant that the problem cannot supply; `param` is the param computed from it, empty if none is; `other` is what
    the problem offers."""
    remedy = f"give the param a value, `--set {param}=…`" if param else "write the spec without it"
    remedy += f", {other}" if other else ""
    return SetupError(f"{_place(span)}: this problem has no constant `{name}`: {remedy}.")


def no_block(name: str, blocks: Sequence[str], problem: str, span: Span) -> SetupError:
    """A block that the problem's model lacks."""
    listed = quoted(blocks[:10]) + (", …" if len(blocks) > 10 else "")
    close = nearest(name, blocks)
    meant = f"; did you mean `{close}`?" if close else "."
    return SetupError(
        f"{_place(span)}: the model of {problem} has no block `{name}`{meant} "
        f"{'Its blocks are' if len(blocks) > 1 else 'Its one block is'} {listed}."
    )


def no_problem(constant: str, param: str = "") -> SetupError:
    """A cost that depends on a number of the problem, by the param that is computed from it, if there is one."""
    through = f"`{param}`, which is computed from `{constant}`" if param else f"`{constant}`"
    given = ["`--samples`" if constant.startswith("samples") else f"`--constants {constant}=…`"]
    given += [f"`--set {param}=…`"] if param else []
    return SetupError(
        f"the cost depends on {through}, and only a problem tells that: give it by {' or '.join(given)}."
    )


def no_gradient_time(algorithm: str) -> SetupError:
    """A round whose gradients are not told in those of all samples, of which `--gradient-time` is."""
    return SetupError(
        f"--gradient-time is of a gradient of all samples, and {algorithm} takes minibatches: give `--samples`, or "
        "the size of its minibatches with `--set`."
    )


def no_span(text: str) -> UsageError:
    """A name and its numbers that are not written as such."""
    return UsageError(f"--cross takes a name and whole numbers, such as K=1..1000, not {text!r}.")


def not_two(specs: int) -> UsageError:
    """A crossover of one method, or of many."""
    return UsageError(f"--cross is of two specs, and there {'is one' if specs == 1 else f'are {specs}'}.")


def not_in_settings(name: str) -> UsageError:
    """A crossover by a name that nothing holds."""
    return UsageError(
        f"--cross {name}=… is of a number `{name}` in a setting: write it there, such as --set 'Q=rand_k(k = {name})'."
    )


def uneven_samples(span_text: str, least: int, most: int) -> SetupError:
    """`samples` where nodes have different numbers of them."""
    return SetupError(
        f"`samples` in {span_text} is one number, but nodes hold {least} to {most} samples: "
        "write `max(samples_i)` or `min(samples_i)`, or choose `-n` so that every node has as many."
    )


FEWER = (
    "check the data's largest feature index (`features = …` fixes it), take fewer nodes, `--dtype float32`, or more "
    "ranks with mpirun"
)
"""The remedy for arrays that do not fit."""


def too_large(what: str, size: float, limit: int, asked: bool, remedy: str) -> SetupError:
    """A part of a run that takes more memory than the machine has, or, if `asked`, than --max-memory allows."""
    allowed = "--max-memory allows" if asked else "the machine has"
    return SetupError(
        f"{what} takes about {size_text(size)} in this process, more than the {size_text(limit)} that {allowed}: "
        f"{remedy}{' or allow more' if asked else ''}."
    )


def at(span: Span, error: SetupError) -> SetupError:
    """An error with its place in the spec."""
    return SetupError(f"{_place(span)}: {error}")


def wrong_kind(algorithm: str, asked: str, problem: str, kind: str) -> SetupError:
    """A spec for the other kind of problem."""
    examples = "quadratic, logreg" if asked == "minimize" else "bilinear_saddle"
    return SetupError(
        f"{algorithm} is a method for `problem {asked}`, but {problem} is of kind {kind}: "
        f"give one of the right kind with --problem, such as {examples}."
    )


def more_groups_than_nodes(groups: int, nodes: int) -> UsageError:
    """Groups that would have no node."""
    return UsageError(
        f"--groups {groups} asks for more groups than the {nodes} nodes of the run: take {nodes} at most, "
        "or more nodes with --nodes."
    )


def no_groups(algorithm: str) -> UsageError:
    """--groups for a method without groups."""
    return UsageError(
        f"--groups is for methods with groups of nodes, whose specs have `group:` blocks; {algorithm} has none: "
        "leave the option out."
    )


def nothing_to_compare() -> UsageError:
    """A comparison of no spec."""
    return UsageError("There is nothing to compare: name a spec, or several.")


def wrong_metric(metric: str, found: str, wanted: str) -> SetupError:
    """A metric of one's own that gives no number."""
    return SetupError(f"{metric} gives {found}, and must be or give {wanted}.")


def metric_name_taken(name: str, place: str) -> SetupError:
    """A metric of one's own with the name of another."""
    return SetupError(
        f"a metric{place} cannot be called `{name}`: traces have something else of that name. Give it another one."
    )


def no_prox(method: str, problem: str) -> SetupError:
    """A method that never applies `prox`, on a problem with a regulariser or set."""
    return SetupError(
        f"{method} has no `prox`, so it would ignore the regulariser or set of {problem}: take a method with one (gd, sgd, "
        "diana, extragradient, masha1), write `prox(v, gamma)` into the spec, or leave the regulariser out."
    )


def no_gap(problem: str) -> SetupError:
    """The metric `gap` for a problem where it cannot be computed."""
    return SetupError(
        f"--metrics gap: {problem} has no duality gap in closed form. Games that are bilinear have, and affine ones without "
        "a set: see docs/problems.md."
    )


def no_solution(names: Sequence[str], problem: str, why: str, always: str) -> SetupError:
    """Metrics that were asked for by name, of a problem whose solution is not known, or not as they need it."""
    return SetupError(
        f"--metrics {','.join(names)}: {problem} has no such metric, for {why}. Leave {'it' if len(names) == 1 else 'them'} "
        f"out: `{always}` tells how far a run is, and is measured without being asked for."
    )


def not_checkpointed(state: str, kind: str) -> SetupError:
    """A state that no checkpoint holds."""
    return SetupError(
        f"the method keeps `{state}`, {kind}, from round to round, which a checkpoint cannot hold: "
        "leave --checkpoint-every out."
    )
