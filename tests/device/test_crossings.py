"""Arrays stay on the device through a round: one process reads numbers of it alone, and ranks the bytes of messages.

The strict device stands for a GPU: nothing leaves it but by `to_host` and by conversions to Python's numbers.
"""

from __future__ import annotations

import threading
from typing import Any

import array_api_strict
import numpy as np
import pytest
from cablese.runtime.arrays.strict_backend import StrictBackend
from cablese.runtime.execute.loop import Loop
from cablese.runtime.execute.options import Options
from cablese.runtime.library import find_spec
from cablese.runtime.transports.packet_payloads import PacketPayload
from emulated_ranks import emulated
from trials import ended

ROUNDS, D, NODES = 12, 40, 6
PROBLEM = f"quadratic(d = {D}, mu = 0.1, L = 3, spread = 1, seed = 2)"
METHODS = (
    ("diana", "Q = rand_k(k = 4)"),
    ("diana", "Q = quantize(s = 7)"),
    ("diana", "Q = quantize(s = 1)"),
    ("diana", "Q = natural()"),
    ("ef21", "C = top_k(k = 4)"),
    ("ef21", "C = scaled_sign()"),
)
MOST_NUMBERS = 8
"""Numbers that a round reads, all of them answers of checks that values are finite, or coordinates distinct."""


class Crossings:
    """Crossings from the device in rounds: arrays as type and bytes, and a count of single numbers."""

    def __init__(self) -> None:
        self.here = threading.local()  # ranks are threads
        self.arrays: list[tuple[str, int]] = []
        self.numbers = 0

    def record(self, values: Any) -> None:
        """Note an array that crosses."""
        if not getattr(self.here, "in_rounds", False):
            return
        if values.size > 1:
            self.arrays.append((str(values.dtype).rpartition(".")[2], values.size * values.itemsize))
        else:
            self.numbers += 1


@pytest.fixture
def crossings(monkeypatch: pytest.MonkeyPatch) -> Crossings:
    found = Crossings()
    to_host, rounds = StrictBackend.to_host, Loop._one_by_one
    array = type(array_api_strict.zeros(1))

    def watched(backend: StrictBackend, values: Any) -> Any:
        host = to_host(backend, values)
        found.record(host)
        return host

    def in_rounds(loop: Loop, *given: Any) -> Any:
        found.here.in_rounds = True
        try:
            return rounds(loop, *given)
        finally:
            found.here.in_rounds = False

    for name in ("__bool__", "__int__", "__float__", "__index__"):
        plain = getattr(array, name)

        def number(values: Any, plain: Any = plain) -> Any:
            found.record(np.zeros(1))
            return plain(values)

        monkeypatch.setattr(array, name, number)
    monkeypatch.setattr(StrictBackend, "to_host", watched)
    monkeypatch.setattr(Loop, "_one_by_one", in_rounds)
    monkeypatch.setattr(PacketPayload, "verify", lambda *_: None)  # the checks of the wire read packets
    return found


def options(setting: str) -> Options:
    """A run whose only points are the first and the last."""
    return Options(
        nodes=NODES, rounds=ROUNDS, every=ROUNDS, problem=PROBLEM, settings=(setting,), device="strict"
    )


@pytest.mark.parametrize(("method", "setting"), METHODS)
def test_in_one_process_no_array_leaves_the_device(method: str, setting: str, crossings: Crossings) -> None:
    assert "points" in ended(find_spec(method).text, options(setting))
    assert crossings.arrays == []
    assert 0 < crossings.numbers <= MOST_NUMBERS * ROUNDS


@pytest.mark.parametrize(("method", "setting"), METHODS)
def test_between_ranks_only_messages_leave_it(method: str, setting: str, crossings: Crossings) -> None:
    """Rank 1 sends the messages of three nodes, rank 0 one to all; sets of coordinates are coded on the host."""
    assert "points" in emulated(find_spec(method).text, options(setting), 2)
    dense = ("float32", 4 * D), ("float32", 4 * D * NODES // 2)
    octets = {
        "quantize(s = 7)": 4 + D // 2,
        "quantize(s = 1)": 4 + D // 5,
        "natural()": 9 * D // 8,
        "scaled_sign()": 4 + D // 8,
    }
    name = setting.partition("= ")[2]
    sent = NODES // 2 * octets.get(name, 0)
    kept = ("uint32", 4 * 4 * NODES // 2), ("float32", 4 * 4 * NODES // 2)
    messages = {("uint8", sent)} if sent else set(kept)
    assert messages <= set(crossings.arrays) <= {*messages, *dense}
    assert crossings.numbers <= 2 * MOST_NUMBERS * ROUNDS
