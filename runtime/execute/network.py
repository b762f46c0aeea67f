"""Seconds of a round over a star: a server whose link all messages share, and nodes that compute side by side."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cablese.dsl.text.records import record

from . import setup_errors as errors
from .cost import NOTHING, Amount, Cost

_RATE = re.compile(r"([0-9.]+(?:e[+-]?\d+)?)\s*([kMGT]?)(?:bps|bit/s)")
_TIME = re.compile(r"([0-9.]+(?:e[+-]?\d+)?)\s*(ns|us|ms|s|min)")
_PREFIXES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0}


@record
class Network:
    """Bits a second that the server receives, and sends, over all nodes together; seconds until a message arrives."""

    up: float
    down: float
    latency: float = 0.0


@record
class Seconds:
    """Seconds of a round in the mean, by what takes them; nothing happens meanwhile."""

    computing: Amount
    waiting: Amount
    up: Amount
    down: Amount

    @property
    def fixed(self) -> Amount:
        """Seconds that no faster link saves."""
        return self.computing + self.waiting

    @property
    def moving(self) -> Amount:
        """Seconds in which the server's link is busy."""
        return self.up + self.down

    @property
    def total(self) -> Amount:
        """Seconds of the round."""
        return self.fixed + self.moving


def read_network(text: str) -> Network:
    """The network of `up = 100Mbps, down = 1Gbps, latency = 20ms`; UsageError for another text."""
    given: dict[str, float] = {}
    for part in text.split(","):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or name in given or name not in ("up", "down", "latency"):
            raise errors.no_network(text)
        given[name] = _time(value) if name == "latency" else _rate(value)
        if given[name] < 0:
            raise errors.no_network(text)
    if min(given.get("up", -1.0), given.get("down", -1.0)) <= 0:
        raise errors.no_network(text)
    return Network(given["up"], given["down"], given.get("latency", 0.0))


def read_time(text: str) -> float:
    """Seconds of a text such as 5ms; UsageError for another one."""
    seconds = _time(text.strip())
    if seconds < 0:
        raise errors.no_time(text)
    return seconds


def _rate(text: str) -> float:
    return _scaled(_RATE, _PREFIXES, text)


def _time(text: str) -> float:
    return _scaled(_TIME, _UNITS, text)


def _scaled(form: re.Pattern[str], units: Mapping[str, float], text: str) -> float:
    """The number times its unit; -1 of a text of another form."""
    found = form.fullmatch(text)
    try:
        return float(found[1]) * units[found[2]] if found is not None else -1.0
    except ValueError:
        return -1.0


def seconds_of(cost: Cost, network: Network, gradient: float) -> Seconds:
    """The seconds of a round, `gradient` those of a gradient of all of a node's samples. SetupError without a server."""
    if cost.graph:
        raise errors.no_star(cost.algorithm)
    return Seconds(
        cost.full_gradients * gradient if gradient else NOTHING,
        cost.statements * network.latency,
        cost.bits(up=True) * (1 / network.up),
        cost.bits(up=False) * (1 / network.down),
    )


def break_even(one: Seconds, other: Seconds) -> float | None:
    """How many times as fast the links must be for a round to take both methods as long; None where it never does.

    With slower links the method that moves fewer bits is ahead, with faster ones that which computes and waits less.
    """
    if not all(amount.known for each in (one, other) for amount in (each.fixed, each.moving)):
        return None
    more, saved = other.moving.least - one.moving.least, one.fixed.least - other.fixed.least
    return more / saved if more * saved > 0 else None
