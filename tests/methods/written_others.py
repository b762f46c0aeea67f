"""Methods of other papers, written from their formulas: generators of the model after 0, 1, 2, … rounds."""

from __future__ import annotations

from itertools import count

import numpy as np
from deterministic import SIGNS, TOP, UNEVEN, Compressor, Path, Vector, World, mean, top
from written_seeds import written
from written_steps import local


@written("ef21_sgdm", C=TOP, b=16, eta=0.3, gamma=0.05)
def ef21_with_momentum(w: World, x: Vector, C: Compressor, b: int, eta: float, gamma: float) -> Path:
    v = [w.grad(i, x, w.batch("start", -1, i, b)) for i in w.nodes]
    g = list(v)
    for k in count():
        yield x
        x = x - gamma * mean(g)
        v = [(1 - eta) * v[i] + eta * w.grad(i, x, w.batch("xi", k, i, b)) for i in w.nodes]
        g = [g[i] + C(v[i] - g[i]) for i in w.nodes]


@written("ef_bv", Q=UNEVEN, **{"lambda": 0.6, "nu": 0.7, "gamma": 0.1})
def ef_bv(w: World, x: Vector, Q: Compressor, gamma: float, nu: float, **others: float) -> Path:
    h = w.zeros()
    while True:
        yield x
        sent = [Q(w.grad(i, x) - h[i]) for i in w.nodes]
        x = x - gamma * (mean(h) + nu * mean(sent))
        h = [h[i] + others["lambda"] * sent[i] for i in w.nodes]


@written("three_pc_v2", Q=UNEVEN, C=TOP, gamma=0.1)
def second_three_point_compressor(w: World, x: Vector, Q: Compressor, C: Compressor, gamma: float) -> Path:
    g = [w.grad(i, x) for i in w.nodes]
    while True:
        yield x
        last, x = x, x - gamma * mean(g)
        for i in w.nodes:
            between = g[i] + Q(w.grad(i, x) - w.grad(i, last))
            g[i] = between + C(w.grad(i, x) - between)


@written("e_control", C=TOP, b=16, eta=0.3, gamma=0.05)
def e_control(w: World, x: Vector, C: Compressor, b: int, eta: float, gamma: float) -> Path:
    e, h = w.zeros(), w.zeros()
    for k in count():
        yield x
        for i in w.nodes:
            g = w.grad(i, x, w.batch("xi", k, i, b))
            h[i] = h[i] + C(eta * e[i] + g - h[i])
            e[i] = e[i] + g - h[i]
        x = x - gamma * mean(h)


@written("dasha", Q=UNEVEN, a=0.4, gamma=0.1)
def dasha(w: World, x: Vector, Q: Compressor, a: float, gamma: float) -> Path:
    g = [w.grad(i, x) for i in w.nodes]
    while True:
        yield x
        last, x = x, x - gamma * mean(g)
        g = [g[i] + Q(w.grad(i, x) - w.grad(i, last) - a * (g[i] - w.grad(i, last))) for i in w.nodes]


@written("dasha_mvr", Q=UNEVEN, b=16, a=0.4, beta=0.3, gamma=0.1)
def dasha_mvr(w: World, x: Vector, Q: Compressor, b: int, a: float, beta: float, gamma: float) -> Path:
    h = [w.grad(i, x) for i in w.nodes]
    g = list(h)
    for k in count():
        yield x
        last, x = x, x - gamma * mean(g)
        for i in w.nodes:
            xi = w.batch("xi", k, i, b)
            new = w.grad(i, x, xi) + (1 - beta) * (h[i] - w.grad(i, last, xi))
            g[i] = g[i] + Q(new - h[i] - a * (g[i] - h[i]))
            h[i] = new


@written("dasha_pp", Q=UNEVEN, q=0.6, a=0.4, beta=0.5, gamma=0.05)
def dasha_of_some(w: World, x: Vector, Q: Compressor, q: float, a: float, beta: float, gamma: float) -> Path:
    h = [w.grad(i, x) for i in w.nodes]
    g = list(h)
    for k in count():
        yield x
        last, x = x, x - gamma * mean(g)
        for i in w.coins("S", k, q):
            change = w.grad(i, x) - w.grad(i, last) - beta * (h[i] - w.grad(i, last))
            g[i] = g[i] + Q(change / q - a / q * (g[i] - h[i]))
            h[i] = h[i] + change / q


@written("ef21_pp", C=TOP, q=0.6, gamma=0.05)
def ef21_of_some(w: World, x: Vector, C: Compressor, q: float, gamma: float) -> Path:
    g = [w.grad(i, x) for i in w.nodes]
    for k in count():
        yield x
        x = x - gamma * mean(g)
        for i in w.coins("S", k, q):
            g[i] = g[i] + C(w.grad(i, x) - g[i])


@written("mifa", q=0.6, H=3, b=16, gamma=0.03)
def mifa(w: World, x: Vector, q: float, H: int, b: int, gamma: float) -> Path:
    updates = w.zeros()
    for k in count():
        yield x
        for i in w.coins("S", k, q if k else 1.0):
            updates[i] = (x - local(w, i, x, gamma, H, k, b)) / gamma
        x = x - gamma * mean(updates)


@written("ef21_p_diana", Q=UNEVEN, C=TOP, alpha=0.4, gamma=0.05)
def ef21_p_and_diana(w: World, x: Vector, Q: Compressor, C: Compressor, alpha: float, gamma: float) -> Path:
    h, seen = w.zeros(), x
    while True:
        yield x
        sent = [Q(w.grad(i, seen) - h[i]) for i in w.nodes]
        x = x - gamma * mean([h[i] + sent[i] for i in w.nodes])
        h = [h[i] + alpha * sent[i] for i in w.nodes]
        seen = seen + C(x - seen)


@written("marina_p", Q=UNEVEN, p=0.3, gamma=0.1)
def marina_downwards(w: World, x: Vector, Q: Compressor, p: float, gamma: float) -> Path:
    own = [x] * w.n
    for k in count():
        yield x
        last, x = x, x - gamma * mean([w.grad(i, own[i]) for i in w.nodes])
        own = [x] * w.n if w.coin("c", k, p) else [v + Q(x - last) for v in own]


@written("nesterov", gamma=0.1)
def fista(w: World, x: Vector, gamma: float) -> Path:
    y, t = x, 1.0
    while True:
        yield x
        last, x = x, y - gamma * w.full(y)
        after = (1 + np.sqrt(1 + 4 * t * t)) / 2
        y, t = x + (t - 1) / after * (x - last), after


@written("adiana", Q=UNEVEN, alpha=0.4, p=0.3, eta=0.05, theta1=0.2, theta2=0.5, gamma=0.1, beta=0.99)
def adiana(
    w: World,
    x: Vector,
    Q: Compressor,
    alpha: float,
    p: float,
    eta: float,
    theta1: float,
    theta2: float,
    gamma: float,
    beta: float,
) -> Path:
    y, z, point, h = x, x, x, w.zeros()
    for k in count():
        yield y
        x = theta1 * z + theta2 * point + (1 - theta1 - theta2) * y
        g = mean([h[i] + Q(w.grad(i, x) - h[i]) for i in w.nodes])
        h = [h[i] + alpha * Q(w.grad(i, point) - h[i]) for i in w.nodes]
        last, y = y, x - eta * g
        z = beta * z + (1 - beta) * x + gamma / eta * (y - x)
        if w.coin("c", k, p):
            point = last


@written("canita", Q=UNEVEN, alpha=0.4, p=0.3, theta="2 / (k + 9)", eta=0.01)
def canita(w: World, x: Vector, Q: Compressor, alpha: float, p: float, theta: str, eta: float) -> Path:
    point, h = x, w.zeros()
    for k in count():
        yield point
        t = 2 / (k + 9)
        y = t * x + (1 - t) * point
        g = mean([h[i] + Q(w.grad(i, y) - h[i]) for i in w.nodes])
        h = [h[i] + alpha * Q(w.grad(i, point) - h[i]) for i in w.nodes]
        x = x - eta / t * g
        if w.coin("c", k, p):
            point = t * x + (1 - t) * point


@written("scaffnew", gamma=0.1, p=0.4)
def scaffnew(w: World, x: Vector, gamma: float, p: float) -> Path:
    own, h = [x] * w.n, w.zeros()
    for k in count():
        yield mean(own)
        y = [own[i] - gamma * (w.grad(i, own[i]) - h[i]) for i in w.nodes]
        own = [mean(y)] * w.n if w.coin("c", k, p) else y
        h = [h[i] + p / gamma * (own[i] - y[i]) for i in w.nodes]


@written("compressed_scaffnew", s=3, gamma=0.1, p=0.4)
def compressed_scaffnew(w: World, x: Vector, s: int, gamma: float, p: float) -> Path:
    own, h = [x] * w.n, w.zeros()
    eta = w.n * (s - 1) / (s * (w.n - 1))
    for k in count():
        yield mean(own)
        y = np.asarray([own[i] - gamma * (w.grad(i, own[i]) - h[i]) for i in w.nodes])
        if w.coin("c", k, p):
            has = w.dealt("m", k, s)
            z = np.where(has, y, 0.0).sum(axis=0) / s
            h = [h[i] + p * eta / gamma * np.where(has[i], z - y[i], 0.0) for i in w.nodes]
            own = [z] * w.n
        else:
            own = list(y)


@written("locodl", Q=UNEVEN, s=0.05, gamma=0.1, weight=0.8, p=0.4, step=1.3)
def locodl(
    w: World, x: Vector, Q: Compressor, s: float, gamma: float, weight: float, p: float, step: float
) -> Path:
    own, u, y, v = [x] * w.n, w.zeros(), x, w.zero
    for k in count():
        yield y
        own = [own[i] - gamma * (w.grad(i, own[i]) - s * own[i]) + gamma * u[i] for i in w.nodes]
        y = y - gamma * s * y + gamma * v
        if w.coin("c", k, p):
            sent = [Q(o - y) for o in own]
            half = sum(sent[1:], start=sent[0]) / (2 * w.n)
            own = [(1 - weight) * o + weight * (y + half) for o in own]
            u = [u[i] + step * (half - sent[i]) for i in w.nodes]
            y, v = y + weight * half, v + step * half


@written("fed_prox", r=3, H=3, b=16, tie=0.5, gamma=0.05)
def fed_prox(w: World, x: Vector, r: int, H: int, b: int, tie: float, gamma: float) -> Path:
    for k in count():
        yield x
        reached = []
        for i in w.set_of("S", k, r):
            y = x
            for t in range(H):
                y = y - gamma * (w.grad(i, y, w.batch("xi", k, i, b, t)) + tie * (y - x))
            reached.append(y)
        x = mean(reached)


@written("fed_nova", b=40, epochs=2, gamma=0.02)
def fed_nova(w: World, x: Vector, b: int, epochs: int, gamma: float) -> Path:
    steps = [-(-epochs * m // b) for m in w.samples]
    for k in count():
        yield x
        directions = [(x - local(w, i, x, gamma, steps[i], k, b)) / (gamma * steps[i]) for i in w.nodes]
        x = x - gamma * np.mean(steps) * mean(directions)


@written("fed_adam", r=3, H=3, b=16, beta1=0.8, beta2=0.9, tau=0.1, eta=2.0, gamma=0.05)
def fed_adam(
    w: World,
    x: Vector,
    r: int,
    H: int,
    b: int,
    beta1: float,
    beta2: float,
    tau: float,
    eta: float,
    gamma: float,
) -> Path:
    m, v = w.zero, w.zero + tau**2
    for k in count():
        yield x
        change = mean([local(w, i, x, gamma, H, k, b) - x for i in w.set_of("S", k, r)])
        m, v = beta1 * m + (1 - beta1) * change, beta2 * v + (1 - beta2) * change**2
        x = x + eta * m / (np.sqrt(v) + tau)


@written("diloco", C=TOP, H=3, b=16, eta=0.5, beta1=0.8, beta2=0.9, eps=1e-4, decay=0.1, outer=0.7, lam=0.8)
def diloco(
    w: World,
    x: Vector,
    C: Compressor,
    H: int,
    b: int,
    eta: float,
    beta1: float,
    beta2: float,
    eps: float,
    decay: float,
    outer: float,
    lam: float,
) -> Path:
    m, v, s = w.zeros(), w.zeros(), w.zero
    for k in count():
        yield x
        sent = []
        for i in w.nodes:
            y = x
            for t in range(H):
                g, age = w.grad(i, y, w.batch("xi", k, i, b, t)), H * k + t + 1
                m[i], v[i] = beta1 * m[i] + (1 - beta1) * g, beta2 * v[i] + (1 - beta2) * g**2
                first, second = m[i] / (1 - beta1**age), v[i] / (1 - beta2**age)
                y = y - eta * (first / (np.sqrt(second) + eps) + decay * y)
            sent.append(C(x - y))
        s = lam * s + mean(sent)
        x = x - outer * (lam * s + mean(sent))


@written("cocktail_sgd", R=Compressor("top_k(k = 6)", top(6)), C=TOP, b=16, gamma=0.05)
def cocktail_sgd(w: World, x: Vector, R: Compressor, C: Compressor, b: int, gamma: float) -> Path:
    e = w.zeros()
    for k in count():
        yield x
        wanted = [e[i] + gamma * w.grad(i, x, w.batch("xi", k, i, b)) for i in w.nodes]
        e = [v - C(R(v)) for v in wanted]
        x = x - mean([C(R(v)) for v in wanted])


@written("lag", zeta=5.0, gamma=0.1)
def lag(w: World, x: Vector, zeta: float, gamma: float) -> Path:
    last = [w.grad(i, x) for i in w.nodes]
    g = list(last)
    while True:
        yield x
        x = x - gamma * mean(g)
        new = [w.grad(i, x) for i in w.nodes]
        for i in w.nodes:
            if np.sum((new[i] - g[i]) ** 2) > zeta * np.sum((new[i] - last[i]) ** 2):
                g[i] = new[i]
        last = new


@written("lag_wk", D=3, xi=0.3, gamma=0.1)
def lag_wk(w: World, x: Vector, D: int, xi: float, gamma: float) -> Path:
    g = [w.grad(i, x) for i in w.nodes]
    models = [x]
    while True:
        yield x
        x = x - gamma * mean(g)
        models.append(x)
        steps = [a - b for a, b in zip(models[1:], models, strict=False)][-D:]
        for i in w.nodes:
            new = w.grad(i, x)
            if np.sum((new - g[i]) ** 2) > xi * sum(step @ step for step in steps) / gamma**2:
                g[i] = new


@written("micro_adam", C=TOP, E=SIGNS, m=3, beta1=0.6, beta2=0.8, eta=0.05)
def micro_adam(
    w: World, x: Vector, C: Compressor, E: Compressor, m: int, beta1: float, beta2: float, eta: float
) -> Path:
    """The moments as the paper's Algorithm 2 sums them up, from a ring of the last m sparse gradients."""
    errors, ring = w.zeros(), np.zeros((m, len(x)))
    for t in count(1):
        yield x
        wanted = [w.grad(i, x) + errors[i] for i in w.nodes]
        errors = [E(a - C(a)) for a in wanted]
        ring[(t - 1) % m] = mean([C(a) for a in wanted])
        kept, first, second = min(t, m), np.zeros(len(x)), np.zeros(len(x))
        for i in range(kept):
            age = (t - 1 - i) % m
            first += (1 - beta1) / (1 - beta1**kept) * beta1**age * ring[i]
            second += (1 - beta2) / (1 - beta2**kept) * beta2**age * ring[i] ** 2
        x = x - eta * first / (1e-8 + np.sqrt(second))


@written("byz_vr_marina", Q=UNEVEN, s=2, b=8, p=0.3, gamma=0.05)
def byzantine_marina(w: World, x: Vector, Q: Compressor, s: int, b: int, p: float, gamma: float) -> Path:
    """The robust aggregate as Karimireddy, He and Jaggi have it: shuffle, average every s in a row, take the median."""

    def robust(k: int, sent: list[Vector]) -> Vector:
        order = w.shuffled("B", k)
        rows = [order[first : first + s] for first in range(0, w.n, s)]
        return np.asarray(np.median([mean([sent[i] for i in sorted(row)]) for row in rows], axis=0))

    g = robust(-1, [w.grad(i, x) for i in w.nodes])
    for k in count():
        yield x
        last, x = x, x - gamma * g
        if w.coin("c", k, p):
            g = robust(k, [w.grad(i, x) for i in w.nodes])
            continue
        batches = [w.batch("xi", k, i, b) for i in w.nodes]
        g = robust(k, [g + Q(w.grad(i, x, xi) - w.grad(i, last, xi)) for i, xi in enumerate(batches)])


# --- on the ring: a node and its two neighbours weigh a third each ---------------------------------------------


def mixed(vectors: list[Vector]) -> list[Vector]:
    n = len(vectors)
    return [(vectors[i - 1] + vectors[i] + vectors[(i + 1) % n]) / 3 for i in range(n)]


def apart(vectors: list[Vector]) -> list[Vector]:
    return [m - v for m, v in zip(mixed(vectors), vectors, strict=True)]


@written("diging", eta=0.05)
def diging(w: World, x: Vector, eta: float) -> Path:
    own = [x] * w.n
    y = [w.grad(i, x) for i in w.nodes]
    while True:
        yield mean(own)
        last, own = own, [m - eta * y[i] for i, m in enumerate(mixed(own))]
        y = [m + w.grad(i, own[i]) - w.grad(i, last[i]) for i, m in enumerate(mixed(y))]


@written("motef", C=TOP, b=16, gamma=0.3, eta=0.05, **{"lambda": 0.4})
def motef(w: World, x: Vector, C: Compressor, b: int, gamma: float, eta: float, **others: float) -> Path:
    own, h, seen, share = [x] * w.n, w.zeros(), w.zeros(), others.get("lambda", 1.0)
    g = [w.grad(i, x, w.batch("start", -1, i, b)) for i in w.nodes]
    v = list(g)
    for k in count():
        yield mean(own)
        own = [own[i] + gamma * a - eta * v[i] for i, a in enumerate(apart(h))]
        h = [h[i] + C(own[i] - h[i]) for i in w.nodes]
        last = g
        g = [(1 - share) * g[i] + share * w.grad(i, own[i], w.batch("xi", k, i, b)) for i in w.nodes]
        v = [v[i] + gamma * a + g[i] - last[i] for i, a in enumerate(apart(seen))]
        seen = [seen[i] + C(v[i] - seen[i]) for i in w.nodes]


written("beer", C=TOP, b=16, gamma=0.3, eta=0.05)(motef)


@written("lead", Q=UNEVEN, b=16, alpha=0.4, gamma=0.6, eta=0.05)
def lead(w: World, x: Vector, Q: Compressor, b: int, alpha: float, gamma: float, eta: float) -> Path:
    own = [x - eta * w.grad(i, x, w.batch("start", -1, i, b)) for i in w.nodes]
    dual, h = w.zeros(), w.zeros()
    for k in count():
        yield mean(own)
        g = [w.grad(i, own[i], w.batch("xi", k, i, b)) for i in w.nodes]
        y = [own[i] - eta * g[i] - eta * dual[i] for i in w.nodes]
        rough = [h[i] + Q(y[i] - h[i]) for i in w.nodes]
        h = [(1 - alpha) * h[i] + alpha * rough[i] for i in w.nodes]
        dual = [dual[i] - gamma / (2 * eta) * a for i, a in enumerate(apart(rough))]
        own = [own[i] - eta * g[i] - eta * dual[i] for i in w.nodes]


@written("choco_sgd_dl", C=TOP, b=16, gamma=0.3, eta=0.05)
def choco_in_the_order_of_deep_learning(
    w: World, x: Vector, C: Compressor, b: int, gamma: float, eta: float
) -> Path:
    own, h = [x] * w.n, w.zeros()
    for k in count():
        yield mean(own)
        pulls = apart(h)
        own = [own[i] - eta * w.grad(i, own[i], w.batch("xi", k, i, b)) + gamma * pulls[i] for i in w.nodes]
        h = [h[i] + C(own[i] - h[i]) for i in w.nodes]


@written("dadam", b=16, beta1=0.8, beta2=0.9, beta3=0.7, eps=1e-4, eta="0.5 / sqrt(k + 1)")
def dadam(
    w: World, x: Vector, b: int, beta1: float, beta2: float, beta3: float, eps: float, eta: str
) -> Path:
    own, m, v, most = [x] * w.n, w.zeros(), w.zeros(), w.zeros()
    for k in count():
        yield mean(own)
        g = [w.grad(i, own[i], w.batch("xi", k, i, b)) for i in w.nodes]
        m = [beta1 * m[i] + (1 - beta1) * g[i] for i in w.nodes]
        v = [beta2 * v[i] + (1 - beta2) * g[i] ** 2 for i in w.nodes]
        most = [beta3 * most[i] + (1 - beta3) * np.maximum(most[i], v[i]) for i in w.nodes]
        own = [a - 0.5 / np.sqrt(k + 1) * m[i] / np.sqrt(most[i] + eps) for i, a in enumerate(mixed(own))]
