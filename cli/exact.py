"""`cablese verify SPEC --exact`: the worst case of each guarantee, exactly, beside the theorem's bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .guard import Exit

if TYPE_CHECKING:
    from cablese.dsl.text.source import Source

ROUNDS = 3
"""The number of rounds, unless told."""

MOST_ROUNDS = 50


def show_exact(
    sources: Sequence[Source],
    constants: str | None,
    rounds: int | None,
    as_json: bool,
) -> Exit | None:
    """Compute and show the rates; exit 1 where one is above its bound."""
    from cablese.runtime.errors import UsageError
    from cablese.runtime.exact.instance import Instance
    from cablese.runtime.exact.rates import Standing, exact_rates
    from cablese.runtime.exact.table import exact_record, exact_report, refusals

    from .guard import say
    from .launch import show, show_json

    count = ROUNDS if rounds is None else rounds
    if not 1 <= count <= MOST_ROUNDS:
        raise UsageError(f"--exact takes --rounds from 1 to {MOST_ROUNDS}, not {count}.")
    instance = Instance.read(constants)
    by_source = [(source, exact_rates(source, (), instance, count)) for source in sources]
    found = [one for _, some in by_source for one in some]
    if as_json:
        show_json(exact_record(found, instance))
    else:
        show(exact_report(found, instance))
    for source, some in by_source:
        for line in refusals(some, source.name):
            say(line)
    return Exit.WRONG_INPUT if any(one.standing is Standing.REFUTED for one in found) else None
