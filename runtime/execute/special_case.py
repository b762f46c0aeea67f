"""Special cases of specs: `--under 'Q = identity(), p = 1'` -> the text of the spec with these names bound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cablese.dsl.algebra.pairing import Fixed, fixed_in
from cablese.dsl.check.program import Program
from cablese.dsl.pipeline import read_settings, read_spec
from cablese.dsl.specialise.specialise import NODES, PROX, NotAdmitted, bindable, specialised
from cablese.dsl.syntax.printer import print_spec
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source

from ..compiled import compiled
from ..errors import SetupError
from ..registry import plugins
from .methods import Method, settings_of_each
from .options import setting_name

OPTION = "--under"
NONE = "none"
"""`--under prox=none`: problems without a regulariser of their own, where prox(v, gamma) is v."""

_OPENING, _CLOSING = "([", ")]"


@record
class SpecialCase:
    """A spec under bindings: its text and program, names whose value is fixed, the number of nodes where that is bound, and
    whether prox(v, gamma) is v."""

    source: Source
    program: Program
    fixed: frozenset[str]
    nodes: int | None = None
    plain_prox: bool = False

    @property
    def bindings(self) -> Fixed:
        """The bindings that did not fold away."""
        return fixed_in(self.program, self.fixed, plain_prox=self.plain_prox, nodes=self.nodes)


def special_case(source: Source, under: Sequence[str]) -> SpecialCase:
    """The spec under `NAME = EXPR` texts; SpecError for a wrong spec or binding, SetupError for one that is not admitted."""
    if not under:
        return SpecialCase(source, compiled(source), frozenset())
    plain, settings = _without_prox(under)
    spec = read_spec(source)
    try:
        found = specialised(spec, plugins(), read_settings(settings, OPTION), plain_prox=plain)
    except NotAdmitted as refused:
        raise SetupError(f"{OPTION} {', '.join(settings)}: {refused}.") from None
    written = Source(source.name, print_spec(found))
    program = compiled(written)
    names = frozenset(map(setting_name, settings))
    return SpecialCase(written, program, names, _nodes(settings), plain)


def deal_bindings(sources: Sequence[Source], under: Sequence[str]) -> list[tuple[str, ...]]:
    """For each spec the bindings of names that it has, as settings of several methods are dealt; a name that none has goes
    to all, to be refused."""
    if not under:
        return [() for _ in sources]
    texts = [text for one in under for text in separate(one)]
    methods = [Method(source) for source in sources]
    declared = frozenset[str]().union(*(method.declared for method in methods))
    own = [bindable(read_spec(source)) | {PROX, NODES} for source in sources]
    drawn = frozenset[str]().union(*own) - declared
    settings = settings_of_each(methods, [text for text in texts if setting_name(text) not in drawn])
    return [
        (*given, *(text for text in texts if setting_name(text) in drawn & names))
        for given, names in zip(settings, own, strict=True)
    ]


def separate(text: str) -> Iterator[str]:
    """The bindings of a text, which stand between commas outside of brackets and quotes."""
    depth, quoted, first = 0, False, 0
    for place, sign in enumerate(text):
        quoted ^= sign == '"'
        if quoted:
            continue
        depth += (sign in _OPENING) - (sign in _CLOSING)
        if sign == "," and depth == 0:
            yield text[first:place].strip()
            first = place + 1
    yield text[first:].strip()


def _without_prox(under: Sequence[str]) -> tuple[bool, list[str]]:
    """True where `prox = none` is among bindings, and the others."""
    others = [text for text in under if setting_name(text) != PROX]
    values = {text.partition("=")[2].strip() for text in under if setting_name(text) == PROX}
    if values - {NONE}:
        raise SetupError(
            "prox can be bound to `none` alone, for problems without a regulariser of their own."
        )
    return bool(values), others


def _nodes(settings: Sequence[str]) -> int | None:
    values = [text.partition("=")[2].strip() for text in settings if setting_name(text) == NODES]
    return int(values[0]) if values else None
