"""Reserved names: the words of the language, and the names of its tables' rows, none of which a spec can bind."""

from __future__ import annotations

from collections.abc import Mapping

from .constants import CONSTANTS
from .distributions import DISTRIBUTIONS
from .operators import AGGREGATES, FIGURES, FUNCTIONS, ORACLES

_LINES = ("algorithm", "problem", "compressor", "param", "require", "init", "round", "output", "invariant")
_THEORY = (
    "guarantee",
    "equals",
    "average",
    "for",
    "when",
    "drawing",
    "at",
    "on",
    "graph",
    "everyone",
    "prev",
)
_STATEMENTS = (
    "in",
    "event",
    "repeat",
    "as",
    "if",
    "else",
    "and",
    "or",
    "not",
    "of",
    "over",
    "true",
    "false",
    "who",
    "block",
    "epoch",
)
_ROLES = ("all", "server", "node", "link", "group", "neighbors")
_WORDS = (*_LINES, *_THEORY, *_STATEMENTS, *_ROLES)

LANGUAGE_NAMES: Mapping[str, str] = {
    **dict.fromkeys(_WORDS, "a word of the language"),
    **dict.fromkeys(DISTRIBUTIONS, "a distribution of the language"),
    **dict.fromkeys(FIGURES, "a figure of a compressor"),
    **dict.fromkeys((*FUNCTIONS, *AGGREGATES), "a function of the language"),
    **dict.fromkeys(ORACLES, "an oracle of the language"),
    **dict.fromkeys(CONSTANTS, "a constant of the problem"),
    **dict.fromkeys(("n", "d", "rounds"), "a constant of the run"),
}
"""Names that a spec cannot bind, and what each is."""
