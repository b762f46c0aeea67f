"""Recordings with the shape of real ones, for what reports show; their numbers are smooth decays."""

from __future__ import annotations

from math import exp

from cablese.runtime.execute.interface import Header, MessageTotal, Point, Recording, Summary


def header(algorithm: str = "MARINA", **changes: object) -> Header:
    values: dict[str, object] = {
        "algorithm": algorithm,
        "source": "Gorbunov et al. (2021), Algorithm 1",
        "spec": f"algorithm {algorithm}\n",
        "spec_hash": "5f2c",
        "params": {"p": 0.1, "gamma": 1 / 3},
        "compressors": {"Q": "rand_k(k = 1)"},
        "problem": 'logreg(data = "breast_cancer", l2 = 0.001)',
        "kind": "minimize",
        "n": 5,
        "d": 30,
        "samples": (114, 114, 114, 114, 113),
        "rounds": 100,
        "every": 10,
        "seed": 0,
        "split": "contiguous",
        "device": "cpu",
        "dtype": "float64",
        "wire": "float32",
        "ranks": 1,
        "versions": {"cablese": "0.1.0", "numpy": "2.4.6"},
        "constants": {"L": 1.5},
    }
    return Header(**{**values, **changes})  # type: ignore[arg-type]


def point(k: int, rate: float = 0.05, **metrics: float) -> Point:
    given = metrics or {"loss": 0.1 + 0.6 * exp(-rate * k), "grad_norm2": exp(-2 * rate * k)}
    return Point(
        round=k,
        bits_up=4800 + 5 * 40 * k,
        bits_down=5 * 961 * k,
        bits_down_broadcast=961 * k,
        bits_paper=4800 + 5 * 32 * k,
        bits_paper_down=5 * 961 * k,
        bits_shared=0,
        oracle_calls=114.0 * (k + 1),
        metrics=given,
        seconds=0.002 * k,
        epochs=114.0 * (k + 1) * 5 / 569,
    )


def recording(algorithm: str = "MARINA", rate: float = 0.05, **changes: object) -> Recording:
    points = [point(k, rate) for k in range(0, 101, 10)]
    totals = (
        MessageTotal(14, "node -> server", "m", "dense float32", 5, 4800),
        MessageTotal(19, "server -> all", "g", "dense float32", 500, 480000),
        MessageTotal(27, "node -> server", "m", "rand_k(k = 1)", 500, 20000),
    )
    return Recording(header(algorithm, **changes), points, Summary(100, points[-1], totals, 0.25))
