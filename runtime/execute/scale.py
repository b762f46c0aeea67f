"""The size of a run that has no problem, and the numbers of a problem that are known all the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from math import isfinite
from typing import Any

from cablese.dsl.check.guarantees import START_METRICS
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source

from . import rate_errors as errors
from .comparison import options_of_each
from .methods import Method
from .options import Options

OF_PROBLEMS = ("L", "L_max", "L_mean2", "L_i", "mu", "L_pm", "calL", "L_sample")
"""Constants of a problem."""

GIVEN = (*OF_PROBLEMS, "rho", "norm_I_minus_W", *START_METRICS)
"""Numbers that may be given beside a size: also those of a mixing matrix, and of the start."""

_NUMBER = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*(\S+)\s*")


@record
class Scale:
    """The size of a run that has no problem: its options, the length of the model, and numbers of a problem if given."""

    options: Options
    d: int
    samples: int | None = None
    count: str = "codec"  # one of COUNTS
    given: Mapping[str, float] = field(default_factory=dict)  # numbers of GIVEN

    @property
    def float_bits(self) -> int:
        """Bits of a float in messages."""
        return int(self.options.wire.removeprefix("float"))

    def constant(self, name: str) -> Any:
        """A constant, None where only a problem tells it."""
        known = {"n": self.options.nodes, "d": self.d, "rounds": self.options.rounds, **self.given}
        return known.get(name, self.samples if name in ("samples", "samples_i") else None)


def scales_of(sources: Sequence[Source], scale: Scale) -> list[Scale]:
    """The scale of each spec: settings reach those that have the name."""
    own = options_of_each(tuple(map(Method, sources)), scale.options)
    return [replace(scale, options=options) for options in own]


def read_constants(text: str) -> dict[str, float]:
    """The numbers of `L = 2, f_gap0 = 10`; UsageError for another text."""
    found: dict[str, float] = {}
    for part in text.split(","):
        written = _NUMBER.fullmatch(part)
        if written is None or written[1] not in GIVEN:
            raise errors.no_constants(part.strip(), GIVEN)
        name, value = written.groups()
        if name in found:
            raise errors.given_twice(name)
        found[name] = _number(name, value)
    return found


def _number(name: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not isfinite(number) or number < 0:
        raise errors.not_above_nought(name, value)
    return number
