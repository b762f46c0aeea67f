"""Methods whose nodes deal the coordinates out among themselves, written from their papers' formulas."""

from __future__ import annotations

from itertools import count

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
