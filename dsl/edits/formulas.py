"""Expressions of a checked program -> terms, by the values of names, the sets of domains, and bound params."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from ..algebra.pairing import Fixed
from ..check import program as core
from ..check.kinds import Spread
from ..text.source import Span
from .terms import Sort, Term, applied, leaf, operation, reads

ALWAYS = leaf("always", Sort.CONSTANT)
EVERYONE = leaf("everyone", Sort.CONSTANT)
NONE = leaf("none", Sort.CONSTANT)

NOTHING_FIXED = Fixed()


def word(text: str, span: Span | None = None) -> Term:
    """A word as a term."""
    return leaf(text, Sort.CONSTANT) if span is None else leaf(text, Sort.CONSTANT, span)


def formula(expr: core.Expr) -> Term:
    """The term of an expression of the setup, where no variable is bound."""
    return Formula({}, {}, NOTHING_FIXED, {}).value(expr)


@dataclass
class Formula:
    """Expressions as terms, by the values of names, the sets of domains, and the values of bound params."""

    values: dict[str, Term]
    sets: dict[int, Term]
    fixed: Fixed
    bound_params: dict[str, Term]

    def value(self, expr: core.Expr) -> Term:
        """The term of an expression."""
        match expr:
            case core.Literal():
                return leaf(_literal(expr), Sort.CONSTANT, expr.span)
            case core.Read():
                found = self.values.get(expr.symbol.name, leaf(expr.symbol.name, Sort.CONSTANT))
                return replace(found, span=expr.span) if found.is_leaf else found
            case core.ParamRead() if expr.symbol.name in self.bound_params:
                return self.bound_params[expr.symbol.name]
            case core.ParamRead():
                read = leaf(expr.symbol.name, Sort.PARAM, expr.span)
                return applied("prev", (read,), expr.span) if expr.previous else read
            case core.Constant():
                return leaf(expr.name, Sort.CONSTANT, expr.span)
            case core.BlockMask():
                return leaf(f'block("{expr.block}")', Sort.CONSTANT, expr.span)
            case core.Counter():
                return self.values.get(expr.symbol.name, leaf("k", Sort.CONSTANT, expr.span))
            case core.Apply():
                return operation(expr.operator, [self.value(a) for a in expr.arguments], expr.span)
            case core.Aggregate():
                return self.aggregate(expr)
            case core.Oracle("prox") if self.fixed.plain_prox:
                return self.value(expr.point)
            case core.Oracle():
                parts = [self.value(expr.point)] + ([] if expr.batch is None else [self.value(expr.batch)])
                return applied(expr.operator, parts, expr.span)
            case core.Compress() if expr.compressor.name in self.fixed.exact:
                return self.value(expr.argument)
            case core.Compress():
                return self.compressed(expr)
            case core.Figure():
                return applied(expr.operator, (leaf(expr.compressor.name, Sort.COMPRESSOR),), expr.span)
            case core.Who():
                over = expr.family.where.domain.over
                return EVERYONE if over is None else self.sets.get(over, word("members"))
            case _:
                assert_never(expr)

    def aggregate(self, expr: core.Aggregate) -> Term:
        """A mean and its kin, which a summand leaves that is one for all nodes; its domain is told where no compressed value
        in it tells it."""
        match expr.argument:
            case core.Apply("+" | "-" as sign, (a, b)) if _is_over_all(expr) and Spread.ONE in _spreads(a, b):
                return operation(sign, [self.averaged(expr, a), self.averaged(expr, b)], expr.span)
            case _:
                pass
        inner = self.value(expr.argument)
        if expr.over is not None:
            over: Term | None = self.value(expr.over)
        else:
            over = None if expr.domain.over is None else self.sets.get(expr.domain.over)
        parts = [inner] if expr.setting is None else [inner, self.value(expr.setting)]
        if expr.groups is not None:
            parts.append(applied("setting", (word("by"), self.value(expr.groups))))
        if over is None or (expr.over is None and reads(inner, Sort.SENT)):
            return applied(expr.operator, parts, expr.span)
        return applied(expr.operator, (*parts, applied("over", (over,))), expr.span)

    def averaged(self, mean: core.Aggregate, part: core.Expr) -> Term:
        """A summand of a mean over all nodes."""
        if part.where.spread is Spread.ONE:
            return self.value(part)
        return self.aggregate(replace(mean, argument=part))

    def compressed(self, expr: core.Compress) -> Term:
        """A compressor applied to a value, with its settings."""
        settings = [applied("setting", (word(name), self.value(v))) for name, v in expr.settings]
        compressor = leaf(expr.compressor.name, Sort.COMPRESSOR, expr.span)
        return applied("compress", (compressor, self.value(expr.argument), *settings), expr.span)


def _is_over_all(expr: core.Aggregate) -> bool:
    return expr.operator == "mean" and expr.over is None and expr.domain.over is None


def _spreads(*parts: core.Expr) -> tuple[Spread, ...]:
    return tuple(part.where.spread for part in parts)


def _literal(expr: core.Literal) -> str:
    if isinstance(expr.value, bool):
        return str(expr.value).lower()
    return (
        repr(expr.value)
        if isinstance(expr.value, float) and expr.value != int(expr.value)
        else str(int(expr.value))
    )
