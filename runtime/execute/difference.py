"""The difference of two methods: by algebra, or, where that decides nothing, by runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from cablese.dsl.algebra.compare import Answer, Comparison, compare
from cablese.dsl.algebra.pairing import pair
from cablese.dsl.algebra.renaming import away_from_the_origin, bare_text, common_names, renamed
from cablese.dsl.check.program import Program
from cablese.dsl.edits.script import Script, literal_script, script
from cablese.dsl.pipeline import read_spec
from cablese.dsl.syntax.printer import print_spec
from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source

from ..compiled import compiled
from ..errors import SetupError
from .special_case import deal_bindings, special_case
from .trial import NOTHING_HELD, Held, Trial

if TYPE_CHECKING:
    from .cost import Cost

DIMENSION = 1000
"""The length of the model for which costs are told."""

SAMPLES = 100
"""The samples of a node for which costs are told that depend on them."""


@record
class Difference:
    """Two specs, the comparison of their methods by algebra, the edit script, and the trial runs of an open answer."""

    sources: tuple[Source, Source]
    comparison: Comparison
    script: Script
    trial: Trial | None
    without_prox: Answer | None = None  # the answer for problems without a prox, where that decides it
    literal: bool | None = None  # where names count: True for equal texts

    @property
    def answer(self) -> str:
        """`the same method`, `equal by algebra`, `the same path, other messages`, `not proven` or `different`.

        Where names count `the same to the letter`, or `different to the letter`.
        """
        if self.literal is not None:
            return "the same to the letter" if self.literal else "different to the letter"
        found = self.trial is not None and self.trial.witness is not None
        return "different" if found else str(self.comparison.answer.value)

    @property
    def same(self) -> bool:
        """True where the methods take the same path and send the same messages."""
        if self.literal is not None:
            return self.literal
        return self.comparison.answer in (Answer.SAME, Answer.ALGEBRA)


def difference(
    sources: tuple[Source, Source], under: Sequence[str], *, quick: bool, literal: bool = False
) -> Difference:
    """Compare two specs, `under` bindings NAME=EXPR, each for the specs that have the name; `quick` runs nothing.

    `literal` compares texts: names and the order of lines count, comments, claims and conditions of params do not.
    Raises SpecError for a wrong spec, SetupError for methods of different kinds of problem.
    """
    cases = [
        special_case(source, own) for source, own in zip(sources, deal_bindings(sources, under), strict=True)
    ]
    sources = (cases[0].source, cases[1].source)
    programs = (cases[0].program, cases[1].program)
    _check_alike(*programs)
    if literal:
        equal = bare_text(read_spec(sources[0])) == bare_text(read_spec(sources[1]))
        unread = Comparison(Answer.NOT_PROVEN, pair(*programs), None)
        return Difference(sources, unread, literal_script(*programs), None, literal=equal)
    fixed = (cases[0].bindings, cases[1].bindings)
    comparison = compare(*programs, fixed)
    paired = {**comparison.pairing.params, **comparison.pairing.compressors}
    edits = script(*programs, paired, fixed)
    if comparison.answer is not Answer.NOT_PROVEN:
        return Difference(sources, comparison, edits, None)
    names = common_names(comparison, edits.spec_names)
    held = Held(cases[0].nodes or cases[1].nodes, cases[0].fixed | cases[1].fixed)
    trial = None if quick else trial_of(sources, comparison, names, held)
    if trial is None or trial.witness is not None:
        return Difference(sources, comparison, edits, trial)
    plain = compare(*programs, (replace(fixed[0], plain_prox=True), replace(fixed[1], plain_prox=True)))
    decided = plain.answer is not Answer.NOT_PROVEN
    return Difference(sources, comparison, edits, trial, plain.answer if decided else None)


def costs_of_both(difference: Difference) -> tuple[Cost, Cost] | None:
    """The costs of both methods at the size that a cost has unless told, with SAMPLES at each node where one depends on
    them; None where one depends on more of a problem."""
    return _costs(difference.sources, None) or _costs(difference.sources, SAMPLES)


def _costs(sources: tuple[Source, Source], samples: int | None) -> tuple[Cost, Cost] | None:
    from .cost import cost_of
    from .option_checks import make_options
    from .scale import Scale

    scale = Scale(make_options({}), DIMENSION, samples)
    try:
        return cost_of(sources[0], scale), cost_of(sources[1], scale)
    except (SpecError, SetupError):
        return None


def _check_alike(one: Program, other: Program) -> None:
    if one.problem is not other.problem:
        raise SetupError(
            f"{one.name} (`problem {one.problem.value}`) and {other.name} (`problem {other.problem.value}`) "
            "solve problems of different kinds: there is no run that both could take."
        )
    if one.on_graph is not other.on_graph:
        graph, server = (one, other) if one.on_graph else (other, one)
        raise SetupError(
            f"{graph.name} runs on a graph of nodes, {server.name} with a server: "
            "there is no run that both could take."
        )


def trial_of(
    sources: tuple[Source, Source],
    comparison: Comparison,
    names: dict[str, str],
    held: Held = NOTHING_HELD,
    problems: Sequence[str] = (),
) -> Trial:
    """A trial of both methods, on `problems` or the usual ones; names are part of the keys of draws, so that the second has
    those of the first."""
    from .witness import tried

    one, other = map(read_spec, sources)
    given = (
        Source(sources[0].name, print_spec(away_from_the_origin(one))),
        Source(sources[1].name, print_spec(away_from_the_origin(renamed(other, names)))),
    )
    paired = {**comparison.pairing.params, **comparison.pairing.compressors}
    common = {names.get(theirs, theirs): ours for theirs, ours in paired.items()}
    ours, theirs = map(compiled, given)
    return tried(given, (ours, theirs), common, held, problems)
