"""Keys for the symbols that a method leaves open, and the meaning of a block: values, messages, draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..check import program as core
from ..check.contracts import Traits
from ..text.records import record
from .combination import NOTHING, Combination
from .ranges import NOT_NEGATIVE, POSITIVE, Range, at_least

EVERYONE = "everyone"
ALL_SAMPLES = "all samples"
MOST_ITERATIONS = 64

CONSTANT_RANGES: Mapping[str, Range] = {
    **dict.fromkeys(("n", "d", "samples", "samples_i"), at_least(1)),
    "node_index": NOT_NEGATIVE,
    **dict.fromkeys(("rounds", "L", "L_i", "L_max", "L_mean2", "L_sample"), POSITIVE),
    "L_pm": NOT_NEGATIVE,
}
FIGURE_RANGES: Mapping[str, Range] = {
    **dict.fromkeys(("omega", "density", "bits", "share", "ab_A", "ab_B"), NOT_NEGATIVE),
    "delta": at_least(1),
}
EXACT_FIGURES: Mapping[str, int] = {"omega": 0, "delta": 1, "ab_A": 0, "ab_B": 0}
"""Figures of a compressor that changes nothing."""
SIZED = frozenset({"sample", "subset"})


class NotRead(Exception):
    """A program holds what is not read as algebra."""


@record
class Sent:
    """One message item: where it goes, over whom, under which condition, how it is written, and the value."""

    route: str
    domain: str
    condition: str
    form: str  # the compressor's key, or the kind of a plain value
    value: str
    vector: Combination = field(
        default=NOTHING, compare=False, repr=False
    )  # the value, of which `value` is the key
    name: str = field(default="", compare=False, repr=False)  # that the message binds
    line: int = field(default=0, compare=False, repr=False)


@record
class Symbols:
    """Keys of what a program leaves open, by name: values of states before the round, params, compressors.

    `exact` are compressors that change nothing; of others the `traits` are used. A param without a key has its default.
    With `rounded` a plain value is another behind the wire, but for messages in the lines `unrounded`.
    """

    states: Mapping[str, Combination] = field(default_factory=dict)
    params: Mapping[str, Combination] = field(default_factory=dict)
    compressors: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, Combination] = field(default_factory=dict)  # that a law fixes
    ranges: Mapping[str, Range] = field(
        default_factory=dict
    )  # of params, where not those of their conditions
    shared: frozenset[str] = frozenset()  # compressors that draw alike for everyone
    nodes: Combination | None = None  # a fixed number of them
    exact: frozenset[str] = frozenset()
    traits: Mapping[str, Traits] = field(default_factory=dict)
    counter: Combination = NOTHING
    moment: str = ""  # draws of different moments differ
    plain_prox: bool = False
    rounded: bool = False
    unrounded: frozenset[int] = frozenset()


@dataclass
class Meaning:
    """Values of names after statements, and what was sent on the way."""

    values: dict[str, Combination]
    sent: list[Sent]
    sites: dict[str, core.Site]  # of draws and compressions, by what they draw and compress
