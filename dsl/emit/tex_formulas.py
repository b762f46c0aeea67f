"""Expressions as papers print them: fractions, norms, sums over the nodes, gradients of f_i."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from ..check.desugar import names_in
from ..syntax import nodes
from ..text.records import record
from .tex_symbols import Symbols, plain, symbol

_LOOSEST, _OR, _AND, _NOT, _RELATION, _SUM, _PRODUCT, _MINUS, _POWER, _ATOM = range(10)
_LEVELS = {"or": _OR, "and": _AND, "+": _SUM, "-": _SUM, "*": _PRODUCT, "%": _PRODUCT}
_SIGNS = {"or": "\\lor", "and": "\\land", "*": "\\,", "%": "\\bmod"}
_RELATIONS = {"==": "=", "!=": "\\ne", "<=": "\\le", ">=": "\\ge", "<": "<", ">": ">"}
_AROUND = {
    "abs": ("\\lvert", "\\rvert"),
    "norm": ("\\lVert", "\\rVert"),
    "norm2": ("\\lVert", "\\rVert^2"),
    "norm1": ("\\lVert", "\\rVert_1"),
    "norm_inf": ("\\lVert", "\\rVert_\\infty"),
    "floor": ("\\lfloor", "\\rfloor"),
    "ceil": ("\\lceil", "\\rceil"),
    "dot": ("\\langle", "\\rangle"),
}
_FIGURES = {
    "omega": "\\omega",
    "delta": "\\delta",
    "density": "\\zeta",
    "bits": "\\mathrm{bits}",
    "share": "\\beta",
    "ab_A": "A",
    "ab_B": "B",
}
_FAMILY = {"mean", "sum", "min", "max", "median"}
_NAMED = {"exp", "log", "cos", "sin", "min", "max"}


@record
class Names:
    """The names of a spec: their signs, families and histories among them, and the set that a family runs over."""

    symbols: Symbols
    families: frozenset[str]
    senders: Mapping[str, str]  # the set of a message's senders, in mathematics
    lengths: Mapping[str, nodes.Expr]  # of histories

    def over(self, name: str, senders: str) -> Names:
        """The names once one is bound over a set, or over everyone (then `senders` is empty)."""
        return replace(self, senders={**self.senders, name: senders})


def formula(expr: nodes.Expr, names: Names) -> str:
    """An expression in mathematics."""
    return _Writer(names).at(expr, _LOOSEST)


class _Writer:
    def __init__(self, names: Names, index: str = "i") -> None:
        self.names, self.index = names, index

    def at(self, expr: nodes.Expr, level: int) -> str:
        """An expression where `level` or tighter is needed."""
        own, text = self.leveled(expr)
        return text if own >= level else f"\\left({text}\\right)"

    def leveled(self, expr: nodes.Expr) -> tuple[int, str]:
        match expr:
            case nodes.Name():
                return _ATOM, self.name(expr.id)
            case nodes.Number():
                return _number(expr.value)
            case nodes.Text():
                return _ATOM, f"\\text{{{plain(expr.value)}}}"
            case nodes.Boolean():
                return _ATOM, f"\\mathrm{{{'true' if expr.value else 'false'}}}"
            case nodes.Unary(operator="not"):
                return _NOT, f"\\lnot {self.at(expr.operand, _ATOM)}"
            case nodes.Unary():
                return _MINUS, f"-{self.at(expr.operand, _MINUS)}"
            case nodes.Binary():
                return self.binary(expr)
            case nodes.Comparison():
                parts = [self.at(expr.operands[0], _SUM)]
                for operator, operand in zip(expr.operators, expr.operands[1:], strict=True):
                    parts += [_RELATIONS[operator], self.at(operand, _SUM)]
                return _RELATION, " ".join(parts)
            case nodes.Call():
                return self.call(expr)
            case nodes.Index():
                return _POWER, f"{self.at(expr.of, _ATOM)}^{{[{self.at(expr.index, _LOOSEST)}]}}"
            case nodes.Over():  # in an aggregate, whose range has the domain
                return self.leveled(expr.operand)
            case nodes.Compose():
                return _PRODUCT, f"{self.at(expr.outer, _ATOM)} \\circ {self.at(expr.inner, _ATOM)}"
            case _:
                assert_never(expr)

    def name(self, name: str) -> str:
        index = self.index if name in self.names.families else ""
        return self.names.symbols.of(name, index)

    def binary(self, expr: nodes.Binary) -> tuple[int, str]:
        match expr.operator:
            case "/":
                return _ATOM, self.fraction(expr)
            case "^":
                return _POWER, f"{self.at(expr.left, _ATOM)}^{{{self.at(expr.right, _LOOSEST)}}}"
            case _:
                level = _LEVELS[expr.operator]
                sign = _SIGNS.get(expr.operator, expr.operator)
                if expr.operator == "*" and _starts_with_digit(expr.right):
                    sign = "\\cdot"
                return level, f"{self.at(expr.left, level)} {sign} {self.at(expr.right, level + 1)}"

    def fraction(self, expr: nodes.Binary) -> str:
        """`a / b / c` over one line."""
        above: nodes.Expr = expr.left
        below = [expr.right]
        while isinstance(above, nodes.Binary) and above.operator == "/":
            below.insert(0, above.right)
            above = above.left
        level = _LOOSEST if len(below) == 1 else _PRODUCT
        divisors = " \\, ".join(self.at(part, level) for part in below)
        return f"\\frac{{{self.at(above, _LOOSEST)}}}{{{divisors}}}"

    # --- calls ---------------------------------------------------------------------------------------------------

    def call(self, expr: nodes.Call) -> tuple[int, str]:
        function, arguments = expr.function.id, [self.at(a, _LOOSEST) for a in expr.arguments]
        listed = ", ".join(arguments)
        length = self.length(expr)
        match function, len(arguments):
            case (("mean" | "sum" | "min" | "max"), 1) if length:
                return self.fold_history(function, arguments[0], length)
            case ("mean" | "sum", 1):
                return _PRODUCT, self.fold(function, expr.arguments[0])
            case ("min" | "max" | "median", 1) if not expr.keywords:
                return _ATOM, f"\\operatorname*{{{function}}}_{{{self.range(expr.arguments[0])}}} {listed}"
            case ("grad", _):
                return _ATOM, f"\\nabla f_i({'; '.join(arguments)})"
            case ("F", _):
                return _ATOM, f"F_i({'; '.join(arguments)})"
            case ("loss", _):
                return _ATOM, f"f_i({listed})"
            case ("prox", 2):
                return _ATOM, f"\\operatorname{{prox}}_{{{arguments[1]} \\psi}}\\left({arguments[0]}\\right)"
            case ("mix", 1):
                neighbour = _Writer(self.names, "j").at(expr.arguments[0], _ATOM)
                return _PRODUCT, f"\\sum_j W_{{ij}} \\, {neighbour}"
            case ("block", 1):
                return _ATOM, f"\\mathbf{{1}}_{{{listed}}}"
            case ("sqrt", 1):
                return _ATOM, f"\\sqrt{{{listed}}}"
            case ("prev", 1):
                return _POWER, f"{self.at(expr.arguments[0], _ATOM)}^{{\\mathrm{{prev}}}}"
            case (_, 1) if function in _FIGURES:
                return _ATOM, f"{_FIGURES[function]}_{{{listed}}}"
        if function in _AROUND:
            left, right = _AROUND[function]
            return _ATOM, f"\\left{left} {listed} \\right{right}"
        listed = ", ".join([*arguments, *(self.keyword(keyword) for keyword in expr.keywords)])
        return _ATOM, f"{self.function(function)}\\left({listed}\\right)"

    def function(self, name: str) -> str:
        if name in self.names.symbols.compressors:
            return self.names.symbols.of(name)
        return f"\\{name}" if name in _NAMED else f"\\operatorname{{{plain(name)}}}"

    def keyword(self, keyword: nodes.Keyword) -> str:
        return f"{symbol(keyword.name.id)} = {self.at(keyword.value, _LOOSEST)}"

    # --- over the nodes ------------------------------------------------------------------------------------------

    def fold(self, function: str, argument: nodes.Expr) -> str:
        senders = self.senders(argument)
        count = f"\\lvert {senders} \\rvert" if senders else "n"
        share = f"\\frac{{1}}{{{count}}} " if function == "mean" else ""
        bounds = f"_{{{self.range(argument)}}}" if senders else "_{i=1}^n"
        return f"{share}\\sum{bounds} {self.at(argument, _PRODUCT)}"

    def length(self, expr: nodes.Call) -> str:
        """The length of the one history that a call is of; empty for other values."""
        history = expr.arguments[0] if len(expr.arguments) == 1 else expr
        while isinstance(history, nodes.Call) and history.function.id == "push":
            history = history.arguments[0]
        found = self.names.lengths.get(history.id) if isinstance(history, nodes.Name) else None
        return "" if found is None else self.at(found, _SUM)

    def fold_history(self, function: str, history: str, length: str) -> tuple[int, str]:
        """A fold of what a history holds, by the numbers of its values."""
        value = f"{history}^{{[j]}}"
        if function in ("min", "max"):
            return _ATOM, f"\\{function}_{{j \\le {length}}} {value}"
        share = f"\\frac{{1}}{{{length}}} " if function == "mean" else ""
        return _PRODUCT, f"{share}\\sum_{{j=1}}^{{{length}}} {value}"

    def range(self, argument: nodes.Expr) -> str:
        return f"i \\in {self.senders(argument)}" if self.senders(argument) else "i"

    def senders(self, expr: nodes.Expr) -> str:
        """The set that a family's expression runs over; empty for all nodes."""
        of = expr.family if isinstance(expr, nodes.Over) else expr
        if isinstance(expr, nodes.Over) and not (isinstance(of, nodes.Name) and of.id in self.names.families):
            return self.at(of, _ATOM)
        found = {self.names.senders.get(name.id, "") for name in names_in(of)} - {""}
        return min(found, default="")


def _number(value: int | float) -> tuple[int, str]:
    """10^{-3} for 1e-3: as a product, which a power or a fraction may have to put in parentheses."""
    text = f"{value:g}" if float(f"{value:g}") == value else repr(value)
    digits, sign, exponent = text.partition("e")
    if not sign:
        return _ATOM, text
    power = f"10^{{{int(exponent)}}}"
    return (_POWER, power) if digits == "1" else (_PRODUCT, f"{digits} \\cdot {power}")


def _starts_with_digit(expr: nodes.Expr) -> bool:
    match expr:
        case nodes.Number():
            return True
        case nodes.Binary(operator="*" | "^"):
            return _starts_with_digit(expr.left)
        case _:
            return False
