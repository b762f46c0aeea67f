"""Keys for the symbols that a method leaves open, and the meaning of a block: values, messages, draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..check import program as core
from ..text.records import record
from .combination import NOTHING, Combination

EVERYONE = "everyone"
ALL_SAMPLES = "all samples"
MOST_ITERATIONS = 64

POSITIVE = frozenset({"n", "d", "rounds", "samples", "samples_i", "L", "L_i", "L_max", "L_mean2"})
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
    name: str = field(default="", compare=False, repr=False)  # that the message binds
    line: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True)
class Symbols:
    """Keys of what a program leaves open, by name: values of states before the round, params, compressors.

    `exact` are compressors that change nothing, `deterministic` those that draw nothing, `homogeneous` those that scale.
    A param without a key has its default.
    """

    states: Mapping[str, Combination] = field(default_factory=dict)
    params: Mapping[str, Combination] = field(default_factory=dict)
    compressors: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, Combination] = field(default_factory=dict)  # that a law fixes
    shared: frozenset[str] = frozenset()  # compressors that draw alike for everyone
    nodes: Combination | None = None  # a fixed number of them
    exact: frozenset[str] = frozenset()
    deterministic: frozenset[str] = frozenset()
    homogeneous: frozenset[str] = frozenset()
    counter: Combination = NOTHING
    moment: str = ""  # draws of different moments differ
    plain_prox: bool = False


@dataclass
class Meaning:
    """Values of names after statements, and what was sent on the way."""

    values: dict[str, Combination]
    sent: list[Sent]
    sites: dict[str, core.Site]  # of draws and compressions, by what they draw and compress
