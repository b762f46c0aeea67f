"""Terms as text: in the language's own signs, the value that a round leaves in a state with a prime."""

from __future__ import annotations

from collections.abc import Mapping

from .terms import Sort, Term, leaf, rebuilt

OTHERS = "B"
"""The mark of names of the second method that mean something else in the first."""

_INFIX = {
    "or": 1,
    "and": 2,
    "==": 4,
    "!=": 4,
    "<": 4,
    "<=": 4,
    ">": 4,
    ">=": 4,
    "+": 5,
    "*": 6,
    "/": 6,
    "%": 6,
}
_NOT, _MINUS, _POWER, _ATOM = 3, 7, 8, 9


def text(term: Term, named: Mapping[str, str] | None = None) -> str:
    """A term as a formula; subterms that are `named`, by their keys, are written as these names."""
    return _at(term if not named else abbreviated(term, named), 0)


def abbreviated(term: Term, named: Mapping[str, str]) -> Term:
    """The term with names in the place of subterms, the largest first."""
    if term.key in named:
        return leaf(named[term.key], Sort.CONSTANT)
    return rebuilt(term, lambda part: abbreviated(part, named))


def display(name: str) -> str:
    """The name of a part as its spec has it: parts of one name are told apart by a mark behind it.

    A name that stands for something else in the first method has its owner's letter.
    """
    own, _, mark = name.partition("#")
    return f"{own}_B" if mark.endswith(OTHERS) else own


def _at(term: Term, level: int) -> str:
    own, written = _leveled(term)
    return written if own >= level else f"({written})"


def _leveled(term: Term) -> tuple[int, str]:
    if term.is_leaf:
        last = "last " * (term.sort is Sort.RESULT and "#" in term.head)  # of a state that a loop carries
        return _ATOM, last + display(term.head) + "'" * (term.sort is Sort.NEW)
    match term.head, term.parts:
        case "+", parts:
            return 5, _sum(parts)
        case "neg", (inner,):
            return _MINUS, f"-{_at(inner, _MINUS)}"
        case "not", (inner,):
            return _NOT, f"not {_at(inner, _NOT)}"
        case "^", (base, exponent):
            return _POWER, f"{_at(base, _ATOM)}^{_at(exponent, _MINUS)}"
        case "compress", (compressor, *arguments):
            return _ATOM, f"{_at(compressor, _ATOM)}({', '.join(text(a) for a in arguments)})"
        case (("mean" | "sum" | "min" | "max" | "median"), (inner, Term("over", Sort.OPERATOR, (family,)))):
            return _ATOM, f"{term.head}({_at(inner, 1)} over {_at(family, 1)})"
        case "[]", (history, place):
            return _ATOM, f"{_at(history, _ATOM)}[{text(place)}]"
        case head, (history,) if head.endswith("[]"):
            return _ATOM, f"{head.removesuffix('[]')}({text(history)})"
        case "in", (Term("who", Sort.OPERATOR, (condition,)),):
            return _leveled(condition)
        case "setting", (name, value):
            return _ATOM, f"{text(name)} = {text(value)}"
        case "of", (outer, inner):
            return _ATOM, f"{text(outer)} of {text(inner)}"
        case (("*" | "and" | "or"), parts):
            level = _INFIX[term.head]
            return level, f" {term.head} ".join(
                _at(p, level + (term.head == "*" and k > 0)) for k, p in enumerate(parts)
            )
        case head, (left, right) if head in _INFIX:
            return _INFIX[head], f"{_at(left, _INFIX[head])} {head} {_at(right, _INFIX[head] + 1)}"
        case head, parts:
            return _ATOM, f"{head}({', '.join(text(p) for p in parts)})"


def _sum(parts: tuple[Term, ...]) -> str:
    """Summands with a sign first where one must: a positive one goes to the front."""
    ordered = sorted(parts, key=lambda p: p.head == "neg") if parts[0].head == "neg" else parts
    written = _at(ordered[0], 5)
    for part in ordered[1:]:
        if part.head == "neg" and not part.is_leaf:
            written += f" - {_at(part.parts[0], 6)}"
        else:
            written += f" + {_at(part, 6)}"
    return written
