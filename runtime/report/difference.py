"""A comparison of two specs in words: the answer, what is paired, the relation of states, the messages of each."""

from __future__ import annotations

from collections.abc import Iterator

from cablese.dsl.algebra.alignment import aligned_names
from cablese.dsl.algebra.compare import Answer, Comparison
from cablese.dsl.algebra.renaming import bare_text, kept_apart, renamed
from cablese.dsl.algebra.symbols import Sent
from cablese.dsl.algebra.wording import relation_texts
from cablese.dsl.pipeline import read_spec

from ..execute.difference import Difference
from .listing import listing


def difference_lines(difference: Difference, width: int) -> Iterator[str]:
    """The lines that `cablese diff` prints, in so many columns."""
    comparison, trial = difference.comparison, difference.trial
    names = _names(comparison)
    yield f"{names[0]} -> {names[1]}: {_answer(difference)}"
    if difference.without_prox is not None:
        yield f"  if        prox is none (--under prox=none): {difference.without_prox.value}"
    pairs = {**comparison.pairing.params, **comparison.pairing.compressors}
    renamed = [f"{b} is {a}" for b, a in pairs.items() if a != b]
    if renamed:
        yield f"  names     {', '.join(renamed)}"
    for name, own in zip(names, _unpaired(comparison), strict=True):
        if own:
            yield f"  alone     {', '.join(own)} of {name}"
    if comparison.answer in (Answer.ALGEBRA, Answer.PATH):
        yield from (f"  states    {text}" for text in relation_texts(comparison))
    if comparison.answer is Answer.PATH:
        for name, sent in zip(names, comparison.messages, strict=True):
            yield from (f"  messages  only {name}: {text}" for text in sorted(map(_message, sent)))
    if trial is not None and trial.witness is None:
        yield f"  tried     {len(trial.problems) * len(trial.seeds)} runs with equal draws; none told them apart"
        if trial.failed:
            yield f"            {trial.failed}"
    if comparison.answer is not Answer.SAME:
        yield ""
        yield from _side_by_side(difference, width)


def _names(comparison: Comparison) -> tuple[str, str]:
    one, other = (side.program.name for side in comparison.pairing.sides)
    return (one, other) if one != other else (f"{one} (A)", f"{other} (B)")


def _side_by_side(difference: Difference, width: int) -> Iterator[str]:
    """Both specs without comments and claims, the second in the first's names."""
    one, other = map(read_spec, difference.sources)
    pairing = difference.comparison.pairing
    names = kept_apart(aligned_names(pairing), *(side.program for side in pairing.sides))
    texts = bare_text(one), bare_text(renamed(other, names))
    yield from listing(texts[0].splitlines(), texts[1].splitlines(), width)


def _answer(difference: Difference) -> str:
    """The answer, and the gap or the reason why nothing was proven."""
    trial, reason = difference.trial, difference.comparison.reason
    if trial is not None and trial.witness is not None:
        gap = trial.witness
        return f"{difference.answer} (runs part by {gap.gap:.0e} after round {gap.round})"
    return f"{difference.answer} ({reason})" if reason else difference.answer


def _unpaired(comparison: Comparison) -> tuple[list[str], list[str]]:
    """Params and compressors of either that have no part in the other."""
    pairs = {**comparison.pairing.params, **comparison.pairing.compressors}
    one, other = (
        [q.symbol.name for q in side.program.params] + [c.symbol.name for c in side.program.compressors]
        for side in comparison.pairing.sides
    )
    return [n for n in one if n not in pairs.values()], [n for n in other if n not in pairs]


def _message(sent: Sent) -> str:
    form = sent.form.removeprefix("A ").removeprefix("B ")
    return f"line {sent.line}: {sent.route}: {sent.name} ({form})"
