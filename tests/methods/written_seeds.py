"""Methods of the reference sheet, written from their papers' formulas: generators of the model after 0, 1, 2, … rounds."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
from deterministic import SIGNS, TOP, UNEVEN, Compressor, Path, Vector, World, mean

Write = Callable[..., Path]
Case = tuple[str, Write, dict[str, Any]]
CASES: list[Case] = []


def written(spec: str, **settings: Any) -> Callable[[Write], Write]:
    """The settings under which a transcription is compared with a spec; it takes them by their names."""

    def keep(write: Write) -> Write:
        CASES.append((spec, write, settings))
        return write

    return keep


# --- uplink compression ---------------------------------------------------------------------------------------


@written("dcgd", Q=UNEVEN, gamma=0.1, b=16)
def dcgd(w: World, x: Vector, Q: Compressor, gamma: float, b: int) -> Path:
    for k in count():
        yield x
        x = x - gamma * mean([Q(w.grad(i, x, w.batch("xi", k, i, b))) for i in w.nodes])


@written("ecq_sgd", Q=UNEVEN, gamma=0.1, a=0.2, beta=0.9)
def ecq_sgd(w: World, x: Vector, Q: Compressor, gamma: float, a: float, beta: float) -> Path:
    h = w.zeros()
    while True:
        yield x
        q = [Q(w.grad(i, x) + a * h[i]) for i in w.nodes]
        h = [beta * h[i] + w.grad(i, x) - q[i] for i in w.nodes]
        x = x - gamma * mean(q)


@written("ef21_plus", C=TOP, gamma=0.1)
def ef21_plus(w: World, x: Vector, C: Compressor, gamma: float) -> Path:
    g = [w.grad(i, x) for i in w.nodes]
    while True:
        yield x
        x = x - gamma * mean(g)
        for i in w.nodes:
            true = w.grad(i, x)
            ways = C(true), g[i] + C(true - g[i])
            g[i] = min(ways, key=lambda way: np.sum((way - true) ** 2))


@written("ef21_c", C=TOP, gamma=0.1)
def ef21_from_compressed(w: World, x: Vector, C: Compressor, gamma: float) -> Path:
    g = [C(w.grad(i, x)) for i in w.nodes]
    while True:
        yield x
        x = x - gamma * mean(g)
        g = [g[i] + C(w.grad(i, x) - g[i]) for i in w.nodes]


@written("dgc", C=TOP, gamma=0.05, beta=0.6, most=60.0)
def dgc(w: World, x: Vector, C: Compressor, gamma: float, beta: float, most: float) -> Path:
    u, v = w.zeros(), w.zeros()
    while True:
        yield x
        sent = []
        for i in w.nodes:
            g = w.grad(i, x)
            g = g * min(1, most / np.sqrt(w.n) / np.linalg.norm(g))
            u[i] = beta * u[i] + g
            v[i] = v[i] + u[i]
            sent.append(C(v[i]))
            u[i], v[i] = np.where(sent[i] != 0, 0, u[i]), v[i] - sent[i]
        x = x - gamma * mean(sent)


@written("ec_sgd_diana", C=TOP, Q=UNEVEN, gamma=0.05, alpha=0.4)
def ec_sgd_diana(w: World, x: Vector, C: Compressor, Q: Compressor, gamma: float, alpha: float) -> Path:
    e, h = w.zeros(), w.zeros()
    while True:
        yield x
        base, g = mean(h), [w.grad(i, x) for i in w.nodes]
        v = [C(e[i] + gamma * (g[i] - h[i] + base)) for i in w.nodes]
        e = [e[i] + gamma * (g[i] - h[i] + base) - v[i] for i in w.nodes]
        h = [h[i] + alpha * Q(g[i] - h[i]) for i in w.nodes]
        x = x - mean(v)


@written("ec_lsvrg_diana", C=TOP, Q=UNEVEN, gamma=0.05, alpha=0.4, b=8, p=0.4)
def ec_lsvrg_diana(
    w: World, x: Vector, C: Compressor, Q: Compressor, gamma: float, alpha: float, b: int, p: float
) -> Path:
    e, h, points = w.zeros(), w.zeros(), [x] * w.n
    for k in count():
        yield x
        base, sent = mean(h), []
        for i in w.nodes:
            xi = w.batch("xi", k, i, b)
            g = w.grad(i, x, xi) - w.grad(i, points[i], xi) + w.grad(i, points[i])
            wanted = e[i] + gamma * (g - h[i] + base)
            sent.append(C(wanted))
            e[i] = wanted - sent[i]
            h[i] = h[i] + alpha * Q(g - h[i])
            if w.coin("c", k, p, i):
                points[i] = x
        x = x - mean(sent)


# --- compression both ways --------------------------------------------------------------------------------------


@written("double_squeeze", C_up=TOP, C_dwn=SIGNS, gamma=0.02)
def double_squeeze(w: World, x: Vector, C_up: Compressor, C_dwn: Compressor, gamma: float) -> Path:
    return dist_ef(w, x, C_up, C_dwn, lambda k: gamma)


@written("dist_ef_sgd", C_up=TOP, C_dwn=SIGNS, gamma="0.05 / (1 + k)")
def dist_ef_sgd(w: World, x: Vector, C_up: Compressor, C_dwn: Compressor, gamma: str) -> Path:
    return dist_ef(w, x, C_up, C_dwn, lambda k: 0.05 / (1 + k))


def dist_ef(w: World, x: Vector, up: Compressor, down: Compressor, step: Callable[[int], float]) -> Path:
    errors, error = w.zeros(), w.zero
    for k in count():
        yield x
        ratio = step(k - 1) / step(k) if k else 0.0
        wanted = [w.grad(i, x) + ratio * errors[i] for i in w.nodes]
        sent = [up(v) for v in wanted]
        errors = [v - s for v, s in zip(wanted, sent, strict=True)]
        answer = mean(sent) + ratio * error
        error = answer - down(answer)
        x = x - step(k) * down(answer)


@written("dore", C_up=UNEVEN, C_dwn=UNEVEN, gamma=0.1, alpha=0.4, beta=0.7, eta=0.3)
def dore(
    w: World,
    x: Vector,
    C_up: Compressor,
    C_dwn: Compressor,
    gamma: float,
    alpha: float,
    beta: float,
    eta: float,
) -> Path:
    h, e = w.zeros(), w.zero
    while True:
        yield x
        delta = [C_up(w.grad(i, x) - h[i]) for i in w.nodes]
        step = -gamma * (mean(h) + mean(delta))
        h = [h[i] + alpha * delta[i] for i in w.nodes]
        q = step + eta * e
        e = q - C_dwn(q)
        x = x + beta * C_dwn(q)


@written("dore_repo", C_up=UNEVEN, C_dwn=UNEVEN, gamma=0.1, alpha=0.4, eta=0.3)
def dore_of_the_repository(
    w: World, x: Vector, C_up: Compressor, C_dwn: Compressor, gamma: float, alpha: float, eta: float
) -> Path:
    h, e = w.zeros(), w.zero
    while True:
        yield x
        delta = [C_up(w.grad(i, x) - h[i]) for i in w.nodes]
        wanted = mean(h) + mean(delta) + eta * e
        h = [h[i] + alpha * delta[i] for i in w.nodes]
        e = wanted - C_dwn(wanted)
        x = x - gamma * C_dwn(wanted)


@written("artemis_pp1", C_up=UNEVEN, C_dwn=UNEVEN, gamma=0.05, alpha=0.4, q=0.6)
def artemis_pp1(
    w: World, x: Vector, C_up: Compressor, C_dwn: Compressor, gamma: float, alpha: float, q: float
) -> Path:
    h = w.zeros()
    for k in count():
        yield x
        active = w.coins("S", k, q)
        delta = {i: C_up(w.grad(i, x) - h[i]) for i in active}
        g = sum((delta[i] + h[i] for i in active), start=w.zero) / (q * w.n)
        h = [h[i] + alpha * delta[i] if i in active else h[i] for i in w.nodes]
        x = x - gamma * C_dwn(g)


@written("artemis_pp2", C_up=UNEVEN, C_dwn=UNEVEN, gamma=0.05, alpha=0.4, q=0.6)
def artemis_pp2(
    w: World, x: Vector, C_up: Compressor, C_dwn: Compressor, gamma: float, alpha: float, q: float
) -> Path:
    h = w.zeros()
    for k in count():
        yield x
        active = w.coins("S", k, q)
        delta = {i: C_up(w.grad(i, x) - h[i]) for i in active}
        g = mean(h) + sum(delta.values(), start=w.zero) / (q * w.n)
        h = [h[i] + alpha * delta[i] if i in active else h[i] for i in w.nodes]
        x = x - gamma * C_dwn(g)


@written("ghost", C_up=UNEVEN, C_dwn=UNEVEN, gamma=0.1)
def ghost(w: World, x: Vector, C_up: Compressor, C_dwn: Compressor, gamma: float) -> Path:
    seen = x
    while True:
        yield x
        g = mean([C_up(w.grad(i, seen)) for i in w.nodes])
        x, seen = x - gamma * g, x - gamma * C_dwn(g)


@written("update_compression", C_up=UNEVEN, C_dwn=UNEVEN, gamma=0.1)
def update_compression(w: World, x: Vector, C_up: Compressor, C_dwn: Compressor, gamma: float) -> Path:
    seen = x
    while True:
        yield x
        g = mean([C_up(w.grad(i, seen)) for i in w.nodes])
        x, seen = x - gamma * g, seen - gamma * C_dwn(g)


@written("model_compression", C_up=UNEVEN, C_dwn=UNEVEN, gamma=0.1)
def model_compression(w: World, x: Vector, C_up: Compressor, C_dwn: Compressor, gamma: float) -> Path:
    seen = x
    while True:
        yield x
        x = x - gamma * mean([C_up(w.grad(i, seen)) for i in w.nodes])
        seen = C_dwn(x)


@written("model_difference_compression", C_up=UNEVEN, C_dwn=UNEVEN, gamma=0.1)
def model_difference_compression(
    w: World, x: Vector, C_up: Compressor, C_dwn: Compressor, gamma: float
) -> Path:
    seen = x
    while True:
        yield x
        x = x - gamma * mean([C_up(w.grad(i, seen)) for i in w.nodes])
        seen = seen + C_dwn(x - seen)


@written("rand_mcm_1mem", C_up=UNEVEN, C_dwn=UNEVEN, gamma=0.1, alpha_up=0.4, alpha_dwn=0.3, T=5)
def rand_mcm_with_one_memory(
    w: World,
    x: Vector,
    C_up: Compressor,
    C_dwn: Compressor,
    gamma: float,
    alpha_up: float,
    alpha_dwn: float,
    T: int,
) -> Path:
    seen, own, h, memory = [x] * w.n, [x] * w.n, w.zeros(), x
    for k in count():
        yield x
        delta = [C_up(w.grad(i, seen[i]) - h[i]) for i in w.nodes]
        x = x - gamma * mean([delta[i] + h[i] for i in w.nodes])
        h = [h[i] + alpha_up * delta[i] for i in w.nodes]
        if k % T == 0:
            own = [memory] * w.n
        sent = [C_dwn(x - memory) for _ in w.nodes]
        seen = [own[i] + sent[i] for i in w.nodes]
        own = [own[i] + alpha_dwn * sent[i] for i in w.nodes]
        memory = memory + alpha_dwn * mean(sent)


# --- variance reduction -----------------------------------------------------------------------------------------


@written("l_svrg", gamma=0.05, b=8, p=0.3)
def l_svrg(w: World, x: Vector, gamma: float, b: int, p: float) -> Path:
    return vr_diana(w, x, Compressor("", lambda v: v), gamma, 0.0, b, p)


@written("vr_diana", Q=UNEVEN, gamma=0.05, alpha=0.4, b=8, p=0.3)
def vr_diana(w: World, x: Vector, Q: Compressor, gamma: float, alpha: float, b: int, p: float) -> Path:
    h, point = w.zeros(), x
    for k in count():
        yield x
        delta = []
        for i in w.nodes:
            xi = w.batch("xi", k, i, b)
            delta.append(Q(w.grad(i, x, xi) - w.grad(i, point, xi) + w.grad(i, point) - h[i]))
        if w.coin("c", k, p):
            point = x
        x = x - gamma * mean([h[i] + delta[i] for i in w.nodes])
        h = [h[i] + alpha * delta[i] for i in w.nodes]


@written("page", gamma=0.05, b=8, p=0.3)
def page(w: World, x: Vector, gamma: float, b: int, p: float) -> Path:
    g = w.full(x)
    for k in count():
        yield x
        last, x = x, x - gamma * g
        if w.coin("c", k, p):
            g = w.full(x)
            continue
        batches = [w.batch("xi", k, i, b) for i in w.nodes]
        g = g + mean([w.grad(i, x, batches[i]) - w.grad(i, last, batches[i]) for i in w.nodes])


@written("vr_marina_online", Q=UNEVEN, gamma=0.05, b=30, b_small=6, p=0.3)
def vr_marina_online(
    w: World, x: Vector, Q: Compressor, gamma: float, b: int, b_small: int, p: float
) -> Path:
    g = mean([w.grad(i, x, w.batch("start", -1, i, b)) for i in w.nodes])
    for k in count():
        yield x
        last, x = x, x - gamma * g
        if w.coin("c", k, p):
            g = mean([w.grad(i, x, w.batch("large", k, i, b)) for i in w.nodes])
            continue
        batches = [w.batch("xi", k, i, b_small) for i in w.nodes]
        g = g + mean([Q(w.grad(i, x, batches[i]) - w.grad(i, last, batches[i])) for i in w.nodes])
