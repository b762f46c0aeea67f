"""Amounts of a network that are one number or drawn by a law, and their texts: `20ms`, `5ms + exponential(2ms)`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from math import exp, inf, log
from statistics import NormalDist

from cablese.dsl.text.records import record

_NUMBER = r"([0-9]*\.?[0-9]+(?:e[+-]?\d+)?)\s*"
_RATE = re.compile(_NUMBER + r"([kMGT]?)(?:bps|bit/s)")
_BITS = re.compile(_NUMBER + r"([kMGT]?)bit")
_TIME = re.compile(_NUMBER + r"(ns|us|ms|s|min)")
_PREFIXES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0}
_LAW = re.compile(r"(?:(?P<shift>[^()+]+)\+)?\s*(?P<name>[a-z]+)\s*\((?P<arguments>[^()]*)\)")

MOST = 1e30
"""Rates and times are smaller, so that what is computed of them is a number."""

Reading = Callable[[str], float | None]
"""Text -> a number in the base unit, None of a text that is none."""


@record
class Law:
    """A number, or one drawn by a law: `quantile` of a chance in (0, 1) is the value that is not exceeded with it."""

    text: str
    quantile: Callable[[float], float]
    fixed: bool = False

    @property
    def value(self) -> float:
        """The number, or the median."""
        return self.quantile(0.5)

    def largest(self, chance: float, count: int) -> float:
        """The value that the largest of `count` draws does not exceed with a chance."""
        return self.quantile(chance ** (1 / count))


def number(value: float, text: str = "") -> Law:
    """The law of one number."""
    return Law(text or f"{value:g}", lambda _: value, fixed=True)


NO_TIME = number(0.0)


def read_rate(text: str) -> float | None:
    """Bits a second of a text such as 100Mbps, above 0."""
    rate = _scaled(_RATE, _PREFIXES, text)
    return rate if rate is not None and rate > 1 / MOST else None


def read_bits(text: str) -> float | None:
    """Bits of a text such as 50kbit, or a plain number."""
    found = _scaled(_BITS, _PREFIXES, text)
    return read_plain(text) if found is None else found


def read_duration(text: str) -> float | None:
    """Seconds of a text such as 5min, or a plain number."""
    found = read_seconds(text)
    return read_plain(text) if found is None else found


def read_plain(text: str) -> float | None:
    """A number without a unit."""
    try:
        return float(text)
    except ValueError:
        return None


def read_seconds(text: str) -> float | None:
    """Seconds of a text such as 5ms."""
    return _scaled(_TIME, _UNITS, text)


def read_law(text: str, read: Reading) -> Law | None:
    """The law of a text, in units that `read` knows; None of a text that is none.

    `uniform(a, b)`, `exponential(mean)`, `lognormal(median, sigma)`; each may stand behind `shift +`.
    """
    plain = read(text.strip())
    if plain is not None:
        return number(plain, text.strip())
    found = _LAW.fullmatch(text.strip())
    if found is None or found["name"] not in _LAWS:
        return None
    shift = 0.0 if found["shift"] is None else read(found["shift"].strip())
    quantile = _LAWS[found["name"]]([part.strip() for part in found["arguments"].split(",")], read)
    if shift is None or quantile is None:
        return None
    return Law(text.strip(), lambda chance: shift + quantile(chance))


def _uniform(arguments: list[str], read: Reading) -> Callable[[float], float] | None:
    ends = [read(argument) for argument in arguments]
    if len(ends) != 2 or ends[0] is None or ends[1] is None or ends[0] > ends[1]:
        return None
    low, high = ends[0], ends[1]
    return lambda chance: low + (high - low) * chance


def _exponential(arguments: list[str], read: Reading) -> Callable[[float], float] | None:
    mean = read(arguments[0]) if len(arguments) == 1 else None
    return None if mean is None else lambda chance: -mean * log(1 - chance)


def _lognormal(arguments: list[str], read: Reading) -> Callable[[float], float] | None:
    if len(arguments) != 2:
        return None
    median = read(arguments[0])
    try:
        sigma = float(arguments[1])
    except ValueError:
        return None
    if median is None or not 0 <= sigma < 10:
        return None
    return lambda chance: median * exp(sigma * NormalDist().inv_cdf(chance))


_LAWS: Mapping[str, Callable[[list[str], Reading], Callable[[float], float] | None]] = {
    "uniform": _uniform,
    "exponential": _exponential,
    "lognormal": _lognormal,
}


def _scaled(form: re.Pattern[str], units: Mapping[str, float], text: str) -> float | None:
    """The number times its unit; None of a text of another form."""
    found = form.fullmatch(text)
    value = float(found[1]) * units[found[2]] if found is not None else inf
    return value if value < MOST else None
