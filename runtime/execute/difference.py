"""The difference of two methods: by algebra, or, where that decides nothing, by runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cablese.dsl.algebra.compare import Answer, Comparison, compare
from cablese.dsl.algebra.laws import IDENTITY
from cablese.dsl.algebra.pairing import Fixed, pair
from cablese.dsl.algebra.renaming import away_from_the_origin, bare_text, common_names, renamed
from cablese.dsl.check.program import Program
from cablese.dsl.edits.script import Script, literal_script, script
from cablese.dsl.pipeline import compile_spec, read_spec
from cablese.dsl.syntax.printer import print_spec
from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.source import Source

from ..errors import SetupError
from ..registry import plugins
from .methods import Method, settings_of_each
from .options import setting_name
from .witness import Trial, tried

if TYPE_CHECKING:
    from .cost import Cost

DIMENSION = 1000
"""The length of the model for which costs are told."""

PROX, NONE = "prox", "none"
"""`--under prox=none`: problems without a regulariser of their own, where prox(v, gamma) is v."""


@dataclass(frozen=True)
class Difference:
    """Two specs, the comparison of their methods by algebra, the edit script, and the trial runs of an open answer."""

    sources: tuple[Source, Source]
    comparison: Comparison
    script: Script
    settings: tuple[tuple[str, ...], ...]  # of either, without `prox`
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
    """Compare two specs, `under` settings NAME=EXPR, each for the specs that have the name; `quick` runs nothing.

    `literal` compares texts: names and the order of lines count, comments, claims and conditions of params do not.
    Raises SpecError for a wrong spec, SetupError for methods of different kinds of problem.
    """
    plain_prox = [s for s in under if setting_name(s) == PROX and s.partition("=")[2].strip() == NONE]
    methods = tuple(map(Method, sources))
    settings = settings_of_each(methods, [s for s in under if s not in plain_prox])
    programs = _compiled(sources, settings)
    _check_alike(*programs)
    dealt = tuple(map(tuple, settings))
    if literal:
        equal = bare_text(read_spec(sources[0])) == bare_text(read_spec(sources[1]))
        unread = Comparison(Answer.NOT_PROVEN, pair(*programs), None)
        return Difference(sources, unread, literal_script(*programs), dealt, None, literal=equal)
    fixed = [_fixed(p, own, bool(plain_prox)) for p, own in zip(programs, settings, strict=True)]
    comparison = compare(*programs, (fixed[0], fixed[1]))
    paired = {**comparison.pairing.params, **comparison.pairing.compressors}
    edits = script(*programs, paired, (fixed[0], fixed[1]))
    if comparison.answer is not Answer.NOT_PROVEN:
        return Difference(sources, comparison, edits, dealt, None)
    names = common_names(comparison, edits.spec_names)
    trial = None if quick else _side_by_side(sources, settings, comparison, names)
    plain = compare(*programs, (replace(fixed[0], plain_prox=True), replace(fixed[1], plain_prox=True)))
    decided = plain.answer is not Answer.NOT_PROVEN and trial is not None and trial.witness is None
    return Difference(sources, comparison, edits, dealt, trial, plain.answer if decided else None)


def costs_of_both(difference: Difference) -> tuple[Cost, Cost] | None:
    """The costs of both methods at the size that a cost has unless told; None where one depends on a problem."""
    from .cost import Scale, cost_of
    from .option_checks import make_options

    found = []
    for source, settings in zip(difference.sources, difference.settings, strict=True):
        try:
            found.append(cost_of(source, Scale(make_options({"settings": settings}), DIMENSION)))
        except (SpecError, SetupError):
            return None
    return found[0], found[1]


def _compiled(sources: tuple[Source, Source], settings: Sequence[Sequence[str]]) -> tuple[Program, Program]:
    one, other = (compile_spec(s, plugins(), given) for s, given in zip(sources, settings, strict=True))
    return one, other


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


def _fixed(program: Program, settings: Sequence[str], plain_prox: bool) -> Fixed:
    """The params, and the exact compressors, that settings fix in a program."""
    names = frozenset(map(setting_name, settings))
    exact = frozenset(
        c.symbol.name
        for c in program.compressors
        if c.symbol.name in names and c.default and c.default.name == IDENTITY and c.default.inner is None
    )
    return Fixed(names & {q.symbol.name for q in program.params}, exact, plain_prox)


def _side_by_side(
    sources: tuple[Source, Source],
    settings: Sequence[tuple[str, ...]],
    comparison: Comparison,
    names: dict[str, str],
) -> Trial:
    """A trial of both methods, the second with the first's names where names are part of the keys of draws."""
    one, other = map(read_spec, sources)
    given = (
        Source(sources[0].name, print_spec(away_from_the_origin(one))),
        Source(sources[1].name, print_spec(away_from_the_origin(renamed(other, names)))),
    )
    paired = {**comparison.pairing.params, **comparison.pairing.compressors}
    common = {names.get(theirs, theirs): ours for theirs, ours in paired.items()}
    theirs = tuple(_renamed_setting(setting, names) for setting in settings[1])
    return tried(given, _compiled(given, ((), ())), common, (settings[0], theirs))


def _renamed_setting(setting: str, names: dict[str, str]) -> str:
    name, _, value = setting.partition("=")
    return f"{names.get(name.strip(), name.strip())}={value}"
