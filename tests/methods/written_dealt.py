"""Methods whose nodes deal the coordinates out among themselves, written from their papers' formulas."""

from __future__ import annotations

from itertools import count

import numpy as np
from deterministic import Path, Vector, World, mean
from written_seeds import written


@written("marina_perm_k", p=0.3, gamma=0.1)
def marina_of_permutations(w: World, x: Vector, p: float, gamma: float) -> Path:
    g = mean([w.grad(i, x) for i in w.nodes])
    for k in count():
        yield x
        last, x = x, x - gamma * g
        if w.coin("c", k, p):
            g = mean([w.grad(i, x) for i in w.nodes])
        else:
            has = w.dealt("m", k, 1)
            g = g + sum(has[i] * (w.grad(i, x) - w.grad(i, last)) for i in w.nodes)


@written("tamuna", r=4, s=2, gamma=0.1, p=0.4)
def tamuna(w: World, x: Vector, r: int, s: int, gamma: float, p: float) -> Path:
    h = w.zeros()
    eta = w.n * (s - 1) / (s * (w.n - 1))
    for k in count():
        yield x
        cohort, y = w.set_of("S", k, r), [x] * w.n
        steps = 1 + int(np.floor(np.log(1 - w.uniform("v", k)) / np.log(1 - p)))
        for i in cohort:
            for _ in range(steps):
                y[i] = y[i] - gamma * (w.grad(i, y[i]) - h[i])
        has = dict(zip(cohort, w.dealt("m", k, s, r), strict=True))
        x = sum(has[i] * y[i] for i in cohort) / s
        for i in cohort:
            h[i] = h[i] + p * eta / gamma * has[i] * (x - y[i])
