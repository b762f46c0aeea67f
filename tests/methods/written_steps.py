"""Methods of the reference sheet with local steps, momenta or second moments, written from their papers' formulas."""

from __future__ import annotations

from itertools import count

import numpy as np
from deterministic import SIGNS, TOP, UNEVEN, Compressor, Path, Vector, World, mean
from slow_draws import Drawer, Moment, Site, number
from written_seeds import written


def local(
    w: World, i: int, y: Vector, gamma: float, steps: int, k: int, b: int, shift: Vector | float = 0.0
) -> Vector:
    """The point that local steps on minibatches reach; `shift` is added to each gradient."""
    for t in range(steps):
        y = y - gamma * (w.grad(i, y, w.batch("xi", k, i, b, t)) + shift)
    return y


@written("fed_avg", r=3, H=3, b=16, eta_g=1.4, gamma=0.05)
def fed_avg(w: World, x: Vector, r: int, H: int, b: int, eta_g: float, gamma: float) -> Path:
    for k in count():
        yield x
        changes = [local(w, i, x, gamma, H, k, b) - x for i in w.set_of("S", k, r)]
        x = x + eta_g * mean(changes)


@written("scaffold_1", r=3, H=3, b=16, eta_g=1.2, eta_l=0.05)
def scaffold_1(w: World, x: Vector, r: int, H: int, b: int, eta_g: float, eta_l: float) -> Path:
    return scaffold(w, x, r, H, b, eta_g, eta_l, first=True)


@written("scaffold_2", r=3, H=3, b=16, eta_g=1.2, eta_l=0.05)
def scaffold_2(w: World, x: Vector, r: int, H: int, b: int, eta_g: float, eta_l: float) -> Path:
    return scaffold(w, x, r, H, b, eta_g, eta_l, first=False)


def scaffold(w: World, x: Vector, r: int, H: int, b: int, eta_g: float, eta_l: float, first: bool) -> Path:
    own, c = w.zeros(), w.zero
    for k in count():
        yield x
        changes, moved = [], w.zero
        for i in w.set_of("S", k, r):
            y = local(w, i, x, eta_l, H, k, b, c - own[i])
            new = w.grad(i, x, w.batch("start", k, i, b)) if first else own[i] - c + (x - y) / (H * eta_l)
            changes.append(y - x)
            moved, own[i] = moved + new - own[i], new
        x, c = x + eta_g * mean(changes), c + moved / w.n


@written("fed_com", Q=UNEVEN, H=3, b=16, gamma=1.2, eta=0.05)
def fed_com(w: World, x: Vector, Q: Compressor, H: int, b: int, gamma: float, eta: float) -> Path:
    for k in count():
        yield x
        x = x - eta * gamma * mean([Q((x - local(w, i, x, eta, H, k, b)) / eta) for i in w.nodes])


@written("fed_comgate", Q=UNEVEN, H=3, b=16, gamma=1.2, eta=0.05)
def fed_comgate(w: World, x: Vector, Q: Compressor, H: int, b: int, gamma: float, eta: float) -> Path:
    drift = w.zeros()
    for k in count():
        yield x
        sent = [Q((x - local(w, i, x, eta, H, k, b, -drift[i])) / eta) for i in w.nodes]
        drift = [drift[i] + (sent[i] - mean(sent)) / H for i in w.nodes]
        x = x - eta * gamma * mean(sent)


@written("fed_glomo", Q=UNEVEN, r=3, H=3, b=16, beta=0.4, eta=0.05)
def fed_glomo(w: World, x: Vector, Q: Compressor, r: int, H: int, b: int, beta: float, eta: float) -> Path:
    def change(i: int, x: Vector, k: int) -> Vector:
        y, v = x, w.grad(i, x)
        for t in range(H):
            xi, new = w.batch("xi", k, i, b, t), y - eta * v
            v, y = v + w.grad(i, new, xi) - w.grad(i, y, xi), new
        return x - y

    last, u = x, w.zero
    for k in count():
        yield x
        active = w.set_of("S", k, r)
        now = mean([Q(change(i, x, k)) for i in active])
        further = mean([Q(change(i, x, k) - change(i, last, k)) for i in active])
        u = beta * now + (1 - beta) * (u + further) if k else now
        last, x = x, x - u


@written("qsparse_async", C=TOP, H=3, b=16, gamma=0.05)
def qsparse_async(w: World, x: Vector, C: Compressor, H: int, b: int, gamma: float) -> Path:
    y, last, e, left = [x] * w.n, [x] * w.n, w.zeros(), [1] * w.n
    for k in count():
        yield x
        sent = {}
        for i in w.nodes:
            y[i] = y[i] - gamma * w.grad(i, y[i], w.batch("xi", k, i, b))
            left[i] -= 1
            if left[i] == 0:
                wanted = e[i] + last[i] - y[i]
                sent[i] = C(wanted)
                e[i] = wanted - sent[i]
                left[i] = int(number("choice", Site("event", "gap", 0), Moment(0, k), Drawer(i), [1, H]))
        x = x - sum(sent.values(), start=w.zero) / w.n
        for i in sent:
            y[i] = last[i] = x


@written("sgd_m", b=16, lam=0.8, gamma=0.02)
def sgd_m(w: World, x: Vector, b: int, lam: float, gamma: float) -> Path:
    v = w.zero
    for k in count():
        yield x
        g = mean([w.grad(i, x, w.batch("xi", k, i, b)) for i in w.nodes])
        v = lam * v + g
        x = x - gamma * (g + v)


@written("ams_grad", eta=0.5, b=16, beta1=0.8, beta2=0.9, eps=1e-4)
def ams_grad(w: World, x: Vector, eta: float, b: int, beta1: float, beta2: float, eps: float) -> Path:
    m, v, most = w.zero, w.zero, w.zero
    for k in count():
        yield x
        g = mean([w.grad(i, x, w.batch("xi", k, i, b)) for i in w.nodes])
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        most = np.maximum(most, v)
        x = x - eta * m / np.sqrt(most + eps)


@written("q_adam", C=SIGNS, Q_x=UNEVEN, b=16, beta=0.8, theta=0.9, eps=1e-4, eta="1 / sqrt(k + 1)")
def q_adam(
    w: World,
    x: Vector,
    C: Compressor,
    Q_x: Compressor,
    b: int,
    beta: float,
    theta: float,
    eps: float,
    eta: str,
) -> Path:
    m, v, e = w.zeros(), w.zeros(), w.zeros()
    for k in count():
        yield x
        sent, seen = [], Q_x(x)
        for i in w.nodes:
            g = w.grad(i, seen, w.batch("xi", k, i, b))
            v[i] = theta * v[i] + (1 - theta) * g**2
            m[i] = beta * m[i] + (1 - beta) * g
            wanted = m[i] / np.sqrt(v[i] + eps) / np.sqrt(k + 1) + e[i]
            sent.append(C(wanted))
            e[i] = wanted - sent[i]
        x = x - mean(sent)


@written("one_bit_adam", C_up=SIGNS, C_dwn=SIGNS, b=16, T=5, beta1=0.8, beta2=0.9, eps=1e-4, eta=0.2)
def one_bit_adam(
    w: World,
    x: Vector,
    C_up: Compressor,
    C_dwn: Compressor,
    b: int,
    T: int,
    beta1: float,
    beta2: float,
    eps: float,
    eta: float,
) -> Path:
    m, v, errors, error = w.zero, w.zero, w.zeros(), w.zero
    for k in count():
        yield x
        local = [w.grad(i, x, w.batch("xi", k, i, b)) for i in w.nodes]
        if k < T:
            m = beta1 * m + (1 - beta1) * mean(local)
            v = beta2 * v + (1 - beta2) * mean(local) ** 2
        else:
            wanted = [beta1 * m + (1 - beta1) * local[i] + errors[i] for i in w.nodes]
            errors = [u - C_up(u) for u in wanted]
            answer = mean([C_up(u) for u in wanted]) + error
            error, m = answer - C_dwn(answer), C_dwn(answer)
        x = x - eta * m / (np.sqrt(v) + eps)


@written("lamb", C=TOP, b=16, warm=4, beta1=0.8, beta2=0.9, eps=1e-6, decay=0.01)
def lamb(
    w: World,
    x: Vector,
    C: Compressor,
    b: int,
    warm: int,
    beta1: float,
    beta2: float,
    eps: float,
    decay: float,
) -> Path:
    m, v = w.zero, w.zero
    for k in count():
        yield x
        u = C(mean([C(w.grad(i, x, w.batch("xi", k, i, b))) for i in w.nodes]))
        g = u / max(1, np.linalg.norm(u))
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
        step = m / (1 - beta1 ** (k + 1)) / (np.sqrt(v / (1 - beta2 ** (k + 1))) + eps) + decay * x
        size, length = np.linalg.norm(x), np.linalg.norm(step)
        x = x - 0.02 * min(1, (k + 1) / warm) * (size / length if size > 0 and length > 0 else 1) * step


@written("signum", b=16, beta=0.7, gamma=0.5)
def signum(w: World, x: Vector, b: int, beta: float, gamma: float) -> Path:
    m = w.zero
    for k in count():
        yield x
        m = beta * m + (1 - beta) * mean([w.grad(i, x, w.batch("xi", k, i, b)) for i in w.nodes])
        x = x - gamma * np.where(m < 0, -1.0, 1.0)
