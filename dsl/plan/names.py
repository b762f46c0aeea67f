"""Names of the plan's slots: the spec's own wherever Python and the frame of generated programs leave them free."""

from __future__ import annotations

import keyword
from collections.abc import Container, Iterable

SUFFIX = "_at_server"
"""The mark of the server's copy of a family where one process plays both roles."""

EACH = "_i"
"""The mark of a family whose symbol is bound as one value elsewhere in the spec."""

NEARBY = "_nearby"
"""The mark of copies that a process holds of values at nodes of other processes, neighbours of its own."""

FRAME = frozenset(
    {"range", "program", "run", "init", "round", "states", "here", "nodes", "server", "nearby"}
    | {"groups_here", "groups_of_nodes", "groups_of_server"}
)
"""Names that generated programs use for themselves."""


class Namer:
    """The names of one plan. A symbol of the spec keeps one, or two if it is bound both as one value and as a family: a
    process that plays two roles holds a family once for each, and the one value once. Helpers get names that no symbol
    has.

    A helper's name is `kept` until the next pass over instructions (`init`, `round`), or `passing`: free again after the
    statement. A name asked for as a family's is never handed out as one value's, nor the other way round.
    """

    def __init__(self, symbols: Iterable[str], of_both_spreads: Iterable[str] = ()) -> None:
        self._symbols: dict[str, str] = {}
        names = sorted(symbols)
        taken = {name for name in names if _usable(name)}
        for name in names:
            spelling = name if name in taken else unused(f"{name}_", taken)
            taken.add(spelling)
            self._symbols[name] = spelling
        self._families: dict[str, str] = {}
        for name in sorted(of_both_spreads):
            self._families[name] = unused(f"{self._symbols[name]}{EACH}", taken)
            taken.add(self._families[name])
        self._spellings = frozenset(taken)
        self._kept: set[str] = set()
        self._passing: set[str] = set()
        self._holds_family: dict[str, bool] = {}

    def symbol(self, name: str) -> str:
        """The name of a symbol of the spec."""
        return self._symbols[name]

    def variable(self, name: str, family: bool) -> str:
        """The name of a symbol of the spec, bound as a family or as one value."""
        return self._families.get(name, self._symbols[name]) if family else self._symbols[name]

    def kept(self, wish: str, family: bool | None = None) -> str:
        """A name like `wish` that nothing else has in this pass."""
        return self._hand_out(wish, self._kept, family)

    def passing(self, wish: str, family: bool | None = None) -> str:
        """A name like `wish` that nothing else has in this statement."""
        return self._hand_out(wish, self._passing, family)

    def kept_names(self, instead: Iterable[str] | None = None) -> frozenset[str]:
        """The names kept so far; from now on these `instead`, so that two branches of an `if` may use the same."""
        kept = frozenset(self._kept)
        if instead is not None:
            self._kept = set(instead)
        return kept

    def next_statement(self) -> None:
        """Passing names are free again."""
        self._passing.clear()

    def next_pass(self) -> None:
        """All names beside the symbols are free again."""
        self._kept.clear()
        self._passing.clear()

    def _hand_out(self, wish: str, holder: set[str], family: bool | None) -> str:
        wish = wish if _usable(wish) else f"{wish}_"
        others = {
            name for name, held in self._holds_family.items() if family is not None and held is not family
        }
        name = unused(wish, self._spellings | self._kept | self._passing | others)
        holder.add(name)
        if family is not None:
            self._holds_family[name] = family
        return name


def unused(wish: str, taken: Container[str]) -> str:
    """`wish`, or the first of wish_2, wish_3, … that is not taken; a word of Python gets a `_` behind it."""
    wish = f"{wish}_" if keyword.iskeyword(wish) else wish
    name, number = wish, 2
    while name in taken:
        name, number = f"{wish.rstrip('_')}_{number}", number + 1
    return name


def _usable(name: str) -> bool:
    return not keyword.iskeyword(name) and name not in FRAME and not name.endswith((SUFFIX, NEARBY))
