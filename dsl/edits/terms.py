"""Terms: formulas over states before a round, draws, messages and params; the order of summands does not count."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from enum import Enum

from ..algebra.keys import digest
from ..text.records import record
from ..text.source import NOWHERE, Span


class Sort(Enum):
    """The sort of thing that a term's head names."""

    OPERATOR = "operator"  # of parts; all others have none
    CONSTANT = "constant"
    PARAM = "param"
    COMPRESSOR = "compressor"
    STATE = "state"  # as it is before the round
    NEW = "new state"  # as the round leaves it
    SENT = "compressed"  # what a compressor made of its argument
    DRAW = "draw"
    LOCAL = "local"  # a loop's variable before an iteration
    RESULT = "result"  # the same after the last one


@record
class Term:
    """A head applied to parts; `key` alone is compared, and does not know the order of the parts of sums."""

    head: str = field(compare=False)
    sort: Sort = field(compare=False)
    parts: tuple[Term, ...] = field(compare=False)
    key: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    def walk(self) -> Iterator[Term]:
        """The term and those in it, each before its parts."""
        yield self
        for part in self.parts:
            yield from part.walk()

    @property
    def is_leaf(self) -> bool:
        """True for a name or a number."""
        return self.sort is not Sort.OPERATOR


Path = tuple[int, ...]

COMMUTATIVE = frozenset({"+", "*", "and", "or", "==", "!=", "min", "max", "dot"})
_FLAT = frozenset({"+", "*", "and", "or"})
_NOTHING = frozenset({"zeros", "0"})


def leaf(head: str, sort: Sort, span: Span = NOWHERE) -> Term:
    """A name or a number."""
    return Term(head, sort, (), digest(sort.value, head), span)


def applied(head: str, parts: Sequence[Term], span: Span = NOWHERE) -> Term:
    """An operator applied, as it stands."""
    keys = [part.key for part in parts]
    return Term(
        head,
        Sort.OPERATOR,
        tuple(parts),
        digest(head, *(sorted(keys) if head in COMMUTATIVE else keys)),
        span,
    )


def operation(head: str, parts: Sequence[Term], span: Span = NOWHERE) -> Term:
    """An operator applied: differences are sums, sums and products are flat, signs stand in front, `where`s are positive."""
    if head in _FLAT:
        return _flat(head, parts, span)
    match head, tuple(parts):
        case "-", (a, b):
            return _flat("+", (a, negated(b, span)), span)
        case "neg", (a,):
            return negated(a, span)
        case "where", (Term("not", Sort.OPERATOR, (condition,)), a, b):
            return operation("where", (condition, b, a), span)
        case "where", (_, a, b) if a == b:
            return a
        case "not", (Term("not", Sort.OPERATOR, (a,)),):
            return a
        case _:
            return applied(head, parts, span)


def negated(term: Term, span: Span = NOWHERE) -> Term:
    """The negative, of which the sign stands at `span`."""
    if term.head == "neg":
        return term.parts[0]
    if term.head == "+":
        return applied("+", [negated(part, span) for part in term.parts], term.span)
    return term if term.head in _NOTHING and term.is_leaf else applied("neg", (term,), span)


def _flat(head: str, parts: Sequence[Term], span: Span) -> Term:
    found: list[Term] = []
    for part in parts:
        found += part.parts if part.head == head and not part.is_leaf else [part]
    if head == "+":
        found = _without_opposites([p for p in found if not (p.is_leaf and p.head in _NOTHING)])
        return _alone(head, found, span) or leaf("zeros", Sort.CONSTANT, span)
    if head != "*":
        return _alone(head, found, span) or leaf("true", Sort.CONSTANT, span)
    turned = sum(p.head == "neg" for p in found) % 2
    found = [p.parts[0] if p.head == "neg" else p for p in found]
    found = [p for p in found if not (p.is_leaf and p.head in ("1", "1.0"))]
    product = _alone(head, found, span) or leaf("1", Sort.CONSTANT, span)
    return negated(product, span) if turned else product


def _without_opposites(parts: Sequence[Term]) -> list[Term]:
    """Summands without those that cancel."""
    found: list[Term] = []
    for part in parts:
        opposite = negated(part)
        if opposite in found:
            found.remove(opposite)
        else:
            found.append(part)
    return found


def _alone(head: str, parts: Sequence[Term], span: Span) -> Term | None:
    """The operator applied; a lone part itself; None of no parts."""
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else applied(head, parts, span)


def rebuilt(term: Term, change: Callable[[Term], Term]) -> Term:
    """The term with every part changed."""
    parts = tuple(change(part) for part in term.parts)
    return term if parts == term.parts else applied(term.head, parts, term.span)


def renamed(term: Term, names: Mapping[str, str]) -> Term:
    """The term with other names for states, draws, messages, params and compressors."""
    if not term.is_leaf:
        return applied(term.head, [renamed(part, names) for part in term.parts], term.span)
    if term.sort is Sort.CONSTANT or term.head not in names:
        return term
    return leaf(names[term.head], term.sort, term.span)


def at_path(term: Term, path: Path) -> Term:
    """The term at a path of places of parts."""
    for place in path:
        term = term.parts[place]
    return term


def put_at(term: Term, path: Path, other: Term) -> Term:
    """The term with another at a path."""
    if not path:
        return other
    first, *rest = path
    parts = [
        put_at(part, tuple(rest), other) if place == first else part for place, part in enumerate(term.parts)
    ]
    return applied(term.head, parts, term.span)


def leaves(term: Term) -> Iterator[Term]:
    """The names and numbers in a term."""
    return (part for part in term.walk() if part.is_leaf)


def reads(term: Term, sort: Sort, head: str = "") -> bool:
    """True where a term holds a leaf of a sort, of any head or of one."""
    return any(part.sort is sort and head in ("", part.head) for part in term.walk())


# --- linear parts ----------------------------------------------------------------------------------------------


@record
class Summand:
    """One summand: factors that are scalars by their look (params, numbers), the sign among them, times the rest."""

    factors: tuple[Term, ...]
    rest: Term

    @property
    def weight(self) -> Term:
        """The product of the factors."""
        return operation("*", self.factors) if self.factors else leaf("1", Sort.CONSTANT)


def summands(term: Term) -> list[Summand]:
    """The term as a sum, products and means multiplied out as far as factors are scalars by their look."""
    match term:
        case Term("+", Sort.OPERATOR):
            return [found for part in term.parts for found in summands(part)]
        case Term("neg", Sort.OPERATOR, (inner,)):
            return [Summand((_MINUS, *s.factors), s.rest) for s in summands(inner)]
        case Term("*", Sort.OPERATOR):
            factors = tuple(p for p in term.parts if is_number(p))
            rest = [p for p in term.parts if not is_number(p)]
            if len(rest) == 1:
                return [Summand((*factors, *s.factors), s.rest) for s in summands(rest[0])]
        case Term("/", Sort.OPERATOR, (above, below)) if is_number(below) and not is_number(above):
            one = applied("/", (leaf("1", Sort.CONSTANT), below))
            return [Summand((one, *s.factors), s.rest) for s in summands(above)]
        case Term("mean", Sort.OPERATOR, (inner, *over)):
            return [Summand(s.factors, applied("mean", (s.rest, *over))) for s in summands(inner)]
        case _:
            pass
    return [Summand((), term)]


def is_number(term: Term) -> bool:
    """True for formulas of params, numbers and constants that are no vectors: scalars by their look."""
    return all(
        part.sort is Sort.PARAM or (part.sort is Sort.CONSTANT and part.head not in VECTORS)
        for part in leaves(term)
    ) and not any(part.head in ("grad", "F", "mean") for part in term.walk() if not part.is_leaf)


VECTORS = frozenset({"x0", "zeros", "ones"})

_MINUS = leaf("-1", Sort.CONSTANT)
