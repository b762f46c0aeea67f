"""Specs of a page: their texts with colours, the differences of each from the first, their claims, their costs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from html import escape
from itertools import combinations

from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.printable import printable
from cablese.dsl.text.source import Source

from ..editing.lexer import AlgLexer
from ..errors import SetupError, UsageError
from ..execute.cost import Cost, cost_of
from ..execute.difference import difference
from ..execute.interface import Header
from ..execute.option_checks import make_options
from ..execute.scale import GIVEN, Scale
from ..report.cost import cost_report
from ..report.difference import account_of
from ..report.difference_html import account_html
from ..verify.claims import untried
from ..verify.table import claims_table
from ..verify.verify import BRIEF, Report, verify
from .document import Section
from .parts import escaped, parts_html

_PAIRED = 10  # specs of which every pair is compared
_FEW_CLAIMED = 12  # specs whose claims are tried for a page


_BRIEFLY = (
    "Tried by algebra and by a few short runs on small problems made for it, not by the runs above: "
    "<code>cablese verify</code> makes longer ones, and more."
)
_UNTRIED = "Here algebra alone has spoken: <code>cablese verify</code> tries the others by runs."


def spec_sections(headers: Sequence[Header]) -> Iterator[Section]:
    """The sections on the specs of runs, each spec once, in order."""
    sources = {header.spec: Source(f"{header.algorithm}.alg", header.spec) for header in headers}
    named = {header.spec: header.algorithm for header in headers}
    yield from _differences_section(list(sources.values()), list(named.values()))
    yield texts_section(list(sources.values()), list(named.values()))
    yield from claims_section(list(sources.values()))


def _differences_section(sources: Sequence[Source], names: Sequence[str]) -> Iterator[Section]:
    """The differences of pairs, of many of which the reader picks one; nothing where no two can be compared."""
    differences = list(_differences(sources))
    if differences:
        differences[0] = differences[0].replace("<details", "<details open", 1)
        labels = json.dumps([f"{at + 1}. {printable(name)}" for at, name in enumerate(names)])
        pairs = f'<div class="pairs" data-names="{escape(labels)}">{"".join(differences)}</div>'
        yield Section("differences", "Differences", pairs)


def texts_section(sources: Sequence[Source], names: Sequence[str]) -> Section:
    """The texts of specs side by side, under these names."""
    texts = "".join(map(_text, sources, names))
    return Section("specs", "Specs", f'<div class="specs">{texts}</div>', folded=len(sources) > 1)


def _differences(sources: Sequence[Source]) -> Iterator[str]:
    """The differences of specs by algebra, behind their answers: of all pairs, of very many specs those from the first.
    Methods for problems of different kinds have none."""
    for (i, one), (j, other) in combinations(enumerate(sources), 2):
        if i > 0 and len(sources) > _PAIRED:
            return
        with suppress(SpecError, SetupError):
            account = account_of(difference((one, other), (), quick=True))
            head = f"<summary><h3>{escaped(account.head)}</h3></summary>"
            yield f'<details class="cablese-diff" data-pair="{i} {j}">{head}{account_html(account)}</details>'


def _text(source: Source, name: str) -> str:
    return f"<div><h3>{escaped(name)}</h3>{coloured(source.text)}</div>"


def coloured(text: str) -> str:
    """A spec with a class for each kind of token."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter

    found: str = highlight(text, AlgLexer(), HtmlFormatter(nowrap=True))
    return f'<pre class="alg" tabindex="0">{found}</pre>'


def claims_section(sources: Sequence[Source]) -> Iterator[Section]:
    """The claims of specs with their verdicts, of many specs those that need no run; nothing where nothing is claimed."""
    look, note = (_tried, _BRIEFLY) if len(sources) <= _FEW_CLAIMED else (untried, _UNTRIED)
    reports = []
    for source in sources:
        with suppress(SpecError):  # a spec of another version
            reports.append(look(source))
    table = claims_table(reports)
    if table.rows:
        yield Section("claims", "Laws and guarantees", f"{parts_html([table])}<p class='note'>{note}</p>")


def _tried(source: Source) -> Report:
    return verify(source, BRIEF)


def cost_html(header: Header) -> str:
    """The expected cost of a round and its formulas, from the spec at the size of a run; empty where it depends on more."""
    try:
        parts = [*cost_report([_cost(header)])]
    except (SpecError, SetupError, UsageError):
        return ""
    unequal = len({*header.samples}) > 1
    return parts_html([*parts, f"taken for {_samples(header)} samples at each node"] if unequal else parts)


def _samples(header: Header) -> int:
    """The samples of a node, or their mean, rounded."""
    return round(sum(header.samples) / max(1, len(header.samples)))


def _cost(header: Header) -> Cost:
    given = {
        "nodes": header.n,
        "rounds": header.rounds,
        "settings": list(header.settings),
        "wire": header.wire,
    }
    options = make_options({**given, "graph": header.graph or None, "groups": header.groups or None})
    numbers = {name: value for name, value in header.constants.items() if name in GIVEN}
    return cost_of(
        Source(f"{header.algorithm}.alg", header.spec),
        Scale(options, header.d, _samples(header), "codec", numbers),
    )
