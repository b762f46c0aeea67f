"""Names as papers print them: `gamma` -> \\gamma, `x_old` -> x_{\\mathrm{old}}, `x_hat` -> \\hat{x}."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain, count

from ..text.records import record

_GREEK = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "pi",
    "rho",
    "sigma",
    "tau",
    "phi",
    "chi",
    "psi",
    "omega",
]
_LETTERS = {name: f"\\{name}" for name in _GREEK} | {
    "eps": "\\varepsilon",
    "epsilon": "\\varepsilon",
    "lam": "\\lambda",
}
_ACCENTS = {"hat": "hat", "bar": "bar", "tilde": "tilde"}
_CONSTANTS = {
    "x0": "x^0",
    "zeros": "0",
    "ones": "\\mathbf{1}",
    "L_max": "L_{\\max}",
    "L_mean2": "\\widetilde{L}",
    "L_pm": "L_{\\pm}",
    "calL": "\\mathcal{L}",
    "L_sample": "L_{\\mathrm{s}}",
    "node_index": "i",
    "samples": "N_i",
    "samples_i": "N_i",
    "norm_I_minus_W": "\\lVert I - W \\rVert",
    "everyone": "\\{1, \\dots, n\\}",
    "f_gap0": "f(x^0) - f^\\star",
    "dist2_0": "\\lVert x^0 - x^\\star \\rVert^2",
    "f_gap": "f(x) - f^\\star",
    "grad_norm2": "\\lVert \\nabla f(x) \\rVert^2",
}
_NUMBERED = re.compile(r"([A-Za-z]+)([0-9]+)")

_ROUNDS = ("K", "T", "R", "M")
"""Letters for the number of rounds, the first that is free."""
_COUNTERS = ("k", "t", "r", "s")
"""Letters for the number of a round without a name, the first that is free."""
_INDICES = ("i", "j")
"""Indices of nodes."""
_FIXED = frozenset(
    {*_INDICES, *_CONSTANTS.values(), "n", "d", "f", "f_{i}", "F_{i}", "L", "L_{i}", "\\mu", "\\rho", "\\psi"}
)
"""Signs with a meaning of their own."""

NOTES = {
    "L_mean2": "\\widetilde{L}^2 = \\frac{1}{n} \\sum_{i=1}^n L_i^2",
    "L_pm": "L_{\\pm}^2 \\text{ bounds the variance of } \\nabla f_i(x) - \\nabla f_i(y) \\text{ over } i"
    " \\text{ by } \\lVert x - y \\rVert^2",
    "L_sample": "L_{\\mathrm{s}} = \\max_{i,j} L_{ij} \\text{ is the largest constant of a single sample}",
    "samples": "N_i \\text{ is the number of samples of node } i",
    "samples_i": "N_i \\text{ is the number of samples of node } i",
}
"""Definitions of signs that a reader may not know."""


def symbol(name: str, compressor: bool = False, index: str = "") -> str:
    """A name in mathematics; of a compressor in script; `index` is the node's, for families, in the place of an own `_i`."""
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    base, *marks = name.split("_")
    accents = [_ACCENTS[mark] for mark in marks if mark in _ACCENTS]
    below = [_below(mark) for mark in marks if mark and mark not in _ACCENTS]
    numbered = _NUMBERED.fullmatch(base)
    if numbered:
        base, below = numbered[1], [numbered[2], *below]
    if index:
        below = [*(mark for mark in below if mark != "i"), index]
    letter = _letter(base, compressor)
    for accent in accents:
        letter = f"\\{accent}{{{letter}}}"
    return letter + (f"_{{{', '.join(below)}}}" if below else "")


@record
class Symbols:
    """The signs of one spec's names, no two alike: by `symbol`, or the name itself where another has its sign."""

    compressors: frozenset[str] = frozenset()
    as_written: frozenset[str] = frozenset()  # names that stand as they are
    rounds: str = "K"
    counter: str = "k"

    def of(self, name: str, index: str = "") -> str:
        """A name's sign; `index` as in `symbol`."""
        if name == "rounds":
            return self.rounds
        if name in self.as_written:
            return f"\\mathtt{{{plain(name)}}}" + (f"_{{{index}}}" if index else "")
        return symbol(name, name in self.compressors, index)


def symbols_of(names: Iterable[str], compressors: frozenset[str], families: frozenset[str]) -> Symbols:
    """The signs of the names that a spec binds, beside the language's own; the simplest of names with one sign keeps it."""
    taken, as_written = set(_FIXED), set[str]()
    for name in sorted(names, key=lambda name: (len(name), name)):
        indices = _INDICES if name in families else ("",)
        signs = {symbol(name, name in compressors, index) for index in indices}
        if signs & taken:
            as_written.add(name)
        else:
            taken |= signs
    rounds = _free(_ROUNDS, taken)
    counter = _free(_COUNTERS, taken | {rounds})
    return Symbols(compressors, frozenset(as_written), rounds, counter)


def _free(letters: Sequence[str], taken: set[str]) -> str:
    """The first letter that nothing has; numbered, where all are taken."""
    numbered = (f"{letters[0]}_{{({place})}}" for place in count(1))
    return next(letter for letter in chain(letters, numbered) if letter not in taken)


def plain(text: str) -> str:
    """A text outside of mathematics."""
    for sign in "\\&%$#_{}":
        text = text.replace(sign, "\\textbackslash " if sign == "\\" else f"\\{sign}")
    return text.replace("^", "\\^{}").replace("~", "\\~{}")


def _letter(base: str, compressor: bool) -> str:
    if compressor:
        return f"\\mathcal{{{base}}}"
    if base in _LETTERS:
        return _LETTERS[base]
    return base if len(base) <= 1 else f"\\mathit{{{base}}}"


def _below(mark: str) -> str:
    if mark in _LETTERS:
        return _LETTERS[mark]
    return mark if len(mark) == 1 or mark.isdigit() else f"\\mathrm{{{mark}}}"
