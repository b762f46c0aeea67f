"""Methods for variational inequalities, written from papers' formulas: generators of what they return, round by round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import numpy as np
from deterministic import SIGNS, TOP, UNEVEN, Compressor, Map, Path, Vector, mean
from slow_draws import Drawer, Moment, Site, number

Operators = Sequence[Map]
CASES: list[tuple[str, Callable[..., Path], dict[str, Any]]] = []


def written(spec: str, **settings: Any) -> Callable[[Callable[..., Path]], Callable[..., Path]]:
    """The settings under which a transcription is compared with a spec; it takes them by their names."""

    def keep(write: Callable[..., Path]) -> Callable[..., Path]:
        CASES.append((spec, write, settings))
        return write

    return keep


def coin(k: int, p: float) -> bool:
    return bool(number("bernoulli", Site("event", "c", 0), Moment(0, k), Drawer(), [p]))


@written("qgda", Q=UNEVEN, gamma=0.1)
def qgda(fields: Operators, z: Vector, Q: Compressor, gamma: float) -> Path:
    while True:
        yield z
        z = z - gamma * mean([Q(f(z)) for f in fields])


@written("diana_sgda", Q=UNEVEN, gamma=0.1, alpha=0.4)
def diana_sgda(fields: Operators, z: Vector, Q: Compressor, gamma: float, alpha: float) -> Path:
    h = [np.zeros_like(z) for _ in fields]
    while True:
        yield z
        sent = [Q(f(z) - own) for f, own in zip(fields, h, strict=True)]
        z = z - gamma * (mean(h) + mean(sent))
        h = [own + alpha * s for own, s in zip(h, sent, strict=True)]


@written("ef_gda", C=TOP, gamma=0.1)
def ef_gda(fields: Operators, z: Vector, C: Compressor, gamma: float) -> Path:
    e = [np.zeros_like(z) for _ in fields]
    while True:
        yield z
        wanted = [own + gamma * f(z) for own, f in zip(e, fields, strict=True)]
        e = [v - C(v) for v in wanted]
        z = z - mean([C(v) for v in wanted])


@written("quantised_eg", Q=UNEVEN, gamma=0.2)
def quantised_extragradient(fields: Operators, z: Vector, Q: Compressor, gamma: float) -> Path:
    while True:
        yield z
        half = z - gamma * mean([Q(f(z)) for f in fields])
        z = z - gamma * mean([Q(f(half)) for f in fields])


def masha1(
    fields: Operators, z: Vector, device: Compressor, server: Compressor, tau: float, gamma: float
) -> Any:
    """Pairs of the last point and the last half step."""
    point, half = z, z
    for k in count():
        yield z, half
        bar = tau * z + (1 - tau) * point
        base = mean([f(point) for f in fields])
        half = bar - gamma * base
        g = server(mean([device(f(half) - f(point)) for f in fields]))
        z = bar - gamma * (g + base)
        if coin(k, 1 - tau):
            point = z


@written("masha1", Q_dev=UNEVEN, Q_srv=UNEVEN, tau=0.6, gamma=0.1)
def masha1_last(
    fields: Operators, z: Vector, Q_dev: Compressor, Q_srv: Compressor, tau: float, gamma: float
) -> Path:
    return (last for last, _ in masha1(fields, z, Q_dev, Q_srv, tau, gamma))


@written("masha1_monotone", Q_dev=UNEVEN, Q_srv=UNEVEN, tau=0.6, gamma=0.1)
def masha1_halves(
    fields: Operators, z: Vector, Q_dev: Compressor, Q_srv: Compressor, tau: float, gamma: float
) -> Path:
    return (half for _, half in masha1(fields, z, Q_dev, Q_srv, tau, gamma))


@written("masha2", C_dev=TOP, C_srv=SIGNS, tau=0.6, gamma=0.1)
def masha2(
    fields: Operators, z: Vector, C_dev: Compressor, C_srv: Compressor, tau: float, gamma: float
) -> Path:
    point, errors, error = z, [np.zeros_like(z) for _ in fields], np.zeros_like(z)
    for k in count():
        yield z
        half = tau * z + (1 - tau) * point - gamma * mean([f(point) for f in fields])
        wanted = [gamma * (f(half) - f(point)) + e for f, e in zip(fields, errors, strict=True)]
        errors = [v - C_dev(v) for v in wanted]
        answer = mean([C_dev(v) for v in wanted]) + error
        error, z = answer - C_srv(answer), half - C_srv(answer)
        if coin(k, 1 - tau):
            point = z


@written("local_sgda", H=3, gamma=0.1)
def local_descent_ascent(fields: Operators, z: Vector, H: int, gamma: float) -> Path:
    while True:
        yield z
        reached = []
        for f in fields:
            y = z
            for _ in range(H):
                y = y - gamma * f(y)
            reached.append(y)
        z = mean(reached)


@written("extra_step_local_sgd", H=3, gamma=0.1)
def local_extragradient(fields: Operators, z: Vector, H: int, gamma: float) -> Path:
    while True:
        yield z
        reached = []
        for f in fields:
            y = z
            for _ in range(H):
                y = y - gamma * f(y - gamma * f(y))
            reached.append(y)
        z = mean(reached)


@written("q_genx", Q=UNEVEN)
def dual_extrapolation(fields: Operators, z: Vector, Q: Compressor) -> Path:
    y, seen, half, n = np.zeros_like(z), 0.0, z, len(fields)
    while True:
        yield half
        gamma = n / np.sqrt(1 + seen)
        z = gamma * y
        first = [Q(f(z)) for f in fields]
        half = z - gamma / n * sum(first[1:], start=first[0])
        second = [Q(f(half)) for f in fields]
        y = y - sum(second[1:], start=second[0]) / n
        seen += sum(float(np.sum((a - b) ** 2)) for a, b in zip(first, second, strict=True))
