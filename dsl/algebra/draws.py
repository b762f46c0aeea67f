"""Draws as atoms and truth values: told by distribution, arguments, who draws, and how often the same was drawn before."""

from __future__ import annotations

from collections.abc import Sequence

from ..check import program as core
from ..check.kinds import Spread
from .combination import NOTHING, TRUE, Combination, atom, truth
from .compressions import Made
from .functions import key_of, opaque_number
from .keys import digest
from .ranges import ANY
from .symbols import ALL_SAMPLES, EVERYONE

_NUMBERS = frozenset({"uniform", "normal", "choice", "buckets"})


def drawn(
    statement: core.Draw,
    arguments: Sequence[Combination],
    moment: str,
    made: Made,
    all_samples: Combination,
) -> Combination:
    """The outcome of a draw; a draw of what is certain is none. `all_samples` is the size of a full minibatch."""
    kind, first = statement.distribution, arguments[0]
    if kind == "bernoulli":
        return _coin(statement, first, moment, made)
    if kind == "minibatch" and first == all_samples:
        return atom(ALL_SAMPLES)
    if kind == "each" and first == TRUE:
        return atom(EVERYONE)
    if kind == "subset" and len({a.digest() for a in arguments}) == 1:
        return atom(EVERYONE)
    key = _key(statement, arguments, moment, made)
    return opaque_number(ANY, _is_local(statement), key) if kind in _NUMBERS else atom(key)


def _coin(statement: core.Draw, chance: Combination, moment: str, made: Made) -> Combination:
    """The truth value of heads; a coin of 1 - p is one of p turned round."""
    known = chance.coefficient().exact if not chance.guards else None
    if known in (0, 1):
        return TRUE if known else NOTHING
    turned = TRUE - chance
    inside_out = turned.digest() < chance.digest()
    key = _key(statement, [turned if inside_out else chance], moment, made)
    made.zeros.unrelated.add(key)
    return TRUE - truth(key) if inside_out else truth(key)


def _key(statement: core.Draw, arguments: Sequence[Combination], moment: str, made: Made) -> str:
    """The key of one more draw of its like."""
    spread, local = statement.target.where.spread.value, _is_local(statement)
    like = digest(moment, statement.distribution, spread, *(a.digest() for a in arguments), str(local))
    made.seen[like] += 1
    key = key_of(local, like, str(made.seen[like]))
    made.sites[key] = statement.site
    return key


def _is_local(statement: core.Draw) -> bool:
    return statement.target.where.spread is not Spread.ONE
