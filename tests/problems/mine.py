"""An objective of one's own, as a user would write it, that states everything there is to state."""

import numpy as np
from cablese import Objective

draws = np.random.default_rng(0)
A, y = draws.normal(size=(40, 6)), draws.normal(size=40)


def loss(x, A, y):
    return np.mean(np.log(np.cosh(A @ x - y)))


def grad(x, A, y):
    return A.T @ np.tanh(A @ x - y) / len(y)


def constants(shards):
    """|l''| is at most 1."""
    per_sample = [np.max(np.sum(A * A, axis=1)) for A, _ in shards]
    return {
        "L_i": [np.linalg.norm(A, 2) ** 2 / len(y) for A, y in shards],
        "calL": np.sqrt(np.mean(np.square(per_sample))),
        "L_pm": np.mean(per_sample),
        "L_sample": np.max(per_sample),
        "mu": 0.0,
    }


def share_within(x):
    return np.mean(np.abs(A @ x - y) < 0.5)


def make(info):
    assert info.nodes >= 1 and info.seed == 0
    return objective


objective = Objective(loss, grad, start=6, data=(A, y), constants=constants, metrics={"within": share_within})
