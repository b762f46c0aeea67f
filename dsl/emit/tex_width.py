"""The width of a formula, estimated from its LaTeX: fractions lie above each other, indices are small."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKENS = re.compile(r"\\[A-Za-z]+\*?|\\.|\S")
_FONTS = ("\\mathcal", "\\mathrm", "\\mathit", "\\text", "\\operatorname", "\\operatorname*", "\\widetilde")
_SILENT = ("\\left", "\\right", "\\displaystyle")
_SPACED = "=+-<>"
_SMALL, _THIN, _GREEK, _SIGN, _ROOT = 0.7, 0.3, 1.2, 2.5, 1.5


def width(text: str) -> float:
    """The width in display style, in digits."""
    return _row(iter(_TOKENS.findall(text)))


def _row(tokens: Iterator[str]) -> float:
    """The width of tokens up to the end, or to the brace that closes their group."""
    total = 0.0
    for token in tokens:
        if token == "}":
            break
        total += _one(token, tokens)
    return total


def _one(token: str, tokens: Iterator[str]) -> float:
    """The width of a token with its arguments, which are taken from those after it."""
    if token == "{":
        return _row(tokens)
    if token == "\\frac":
        return max(_argument(tokens), _argument(tokens))
    if token == "\\sqrt":
        return _ROOT + _argument(tokens)
    if token in "_^":
        return _SMALL * _argument(tokens)
    if token in _FONTS:
        return _argument(tokens)
    if token in _SILENT:
        return 0.0
    if token == "\\,":
        return _THIN
    if token in _SPACED or token in ("\\le", "\\ge", "\\land", "\\lor"):
        return _SIGN
    return float(len(token) - 1) if token in ("\\max", "\\min", "\\log", "\\exp") else _plain(token)


def _plain(token: str) -> float:
    return _GREEK if token.startswith("\\") else 1.0


def _argument(tokens: Iterator[str]) -> float:
    token = next(tokens, "")
    return _one(token, tokens) if token else 0.0
