"""Fresh numbers, above all that the checker gave, for the symbols and the domains that lowering adds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from ..check import program as core
from ..check.kinds import Domain
from ..check.uses import targets_in
from ..text.traversal import Traversal

_SYMBOLS: Traversal[core.Symbol] = Traversal(core.Symbol)
_DOMAINS: Traversal[Domain] = Traversal(Domain)


class Numbers:
    """A source of symbols and domains that differ from all of a program."""

    def __init__(self, program: core.Program) -> None:
        self._program = program
        self._symbols: dict[str, core.Symbol] = {}
        self._unused: Iterator[int] | None = None  # most programs need none, and need not be looked through

    def symbol(self, name: str) -> core.Symbol:
        """The symbol of a name that no spec has; the same at every call for a name."""
        if name not in self._symbols:
            self._symbols[name] = core.Symbol(self._next(), name)
        return self._symbols[name]

    def domain(self, name: str) -> Domain:
        """A domain over a set that no spec names, another at every call; `name` is the variable that holds the set."""
        return Domain(self._next(), name)

    def _next(self) -> int:
        if self._unused is None:
            self._unused = count(_largest(self._program) + 1)
        return next(self._unused)


def _largest(program: core.Program) -> int:
    """The largest number of a symbol, a domain or a binding of a program."""
    symbols = (symbol.number for symbol in _SYMBOLS.children(program))
    domains = (domain.over for domain in _DOMAINS.children(program) if domain.over is not None)
    bindings = (target.binding for target in targets_in(program))
    return max((*symbols, *domains, *bindings), default=0)
