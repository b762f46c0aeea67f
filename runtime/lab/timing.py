"""Times of sending and receiving, as multiples of a warm copy of the vector's floats of 32 bits."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from cablese.dsl.text.records import record

from ..arrays.select import backend
from .samples import Bench
from .subject import Sized


@record
class Speed:
    """Median times: of a copy in seconds; of compressing (with its draws) and encoding, and of decoding and expanding, in
    copies."""

    copy_seconds: float
    send: float
    receive: float


def measure_speed(sized: Sized, seed: int, repeats: int) -> Speed:
    """The speed on one thread and one Gaussian vector, computing in float32."""
    from threadpoolctl import threadpool_limits

    bench = Bench(sized, backend("cpu", "float32", "float32"), seed)
    vector = np.random.default_rng([seed, sized.d]).standard_normal((1, sized.d), np.float32)
    target = np.empty_like(vector)
    with threadpool_limits(1):
        messages = bench.sender.codec.encode(bench.packet(vector, 0))
        copy = _median(lambda: np.copyto(target, vector), 5 * repeats)
        send = _median(lambda: bench.sender.codec.encode(bench.packet(vector, 0)), repeats)
        receive = _median(lambda: bench.receiver.expand(bench.receiver.codec.decode(messages)), repeats)
    return Speed(copy, send / copy, receive / copy)


def _median(work: Callable[[], Any], repeats: int) -> float:
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)
