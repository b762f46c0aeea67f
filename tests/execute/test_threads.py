"""`--threads`: the same trace, whatever their number; and pieces of which one fails."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from cablese.runtime.arrays import threads as threading_of_runs
from cablese.runtime.arrays.numba_dispatch import kernels_always
from cablese.runtime.arrays.threads import each, spans, threads
from cablese.runtime.errors import UsageError
from cablese.runtime.execute.option_checks import make_options
from execute_runs import run

LONG = "quadratic(d = 140000, mu = 0.1, L = 1, spread = 0.5, seed = 3)"


@pytest.mark.parametrize(
    ("spec", "compressor"),
    [
        ("diana", "Q=quantize(s = 7)"),
        ("diana", "Q=quantize(s = 7, encode = entropy)"),
        ("diana", "Q=natural()"),
        ("diana", "Q=natural(encode = entropy)"),
        ("ef21", "C=top_k(k = 1000)"),
        ("ef21", "C=scaled_sign()"),
    ],
)
def test_a_trace_does_not_depend_on_the_number_of_threads(
    spec: str, compressor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading_of_runs, "SPAN", 1 << 15)
    monkeypatch.setattr(threading_of_runs, "AT_ONCE", 1 << 12)
    found = []
    for count in (1, 2, 3):
        with kernels_always():
            recording, outcome = run(
                spec,
                problem=LONG,
                nodes=3,
                rounds=2,
                threads=count,
                wire_check="all",
                settings=("gamma=0.1", compressor),
            )
        found.append(([(p.bits_up, p.bits_down, p.metrics) for p in recording.points], outcome.output))
    for points, output in found[1:]:
        assert points == found[0][0]
        assert np.array_equal(output, found[0][1])


def test_pieces_go_to_several_threads_and_those_of_pieces_do_not() -> None:
    seen: set[int] = set()
    begun = threading.Barrier(2, timeout=30)

    def work(piece: int) -> None:
        begun.wait()
        each(lambda _: seen.add(threading.get_ident()), range(3))

    with threads(2):
        each(work, range(2))
    assert len(seen) == 2


def test_warnings_stay_as_the_caller_has_them(recwarn: pytest.WarningsRecorder) -> None:
    with threads(2), np.errstate(all="ignore"):
        each(lambda _: np.float32(1e38) * np.float32(1e38), range(4))
    assert not recwarn


def test_a_failure_is_told_and_the_pool_ends() -> None:
    with pytest.raises(ZeroDivisionError), threads(2):
        each(lambda piece: 1 // piece, range(3))
    assert threading_of_runs._team is None


def test_the_first_piece_that_fails_is_told() -> None:
    begun = threading.Barrier(2, timeout=30)

    def work(piece: int) -> None:
        if piece < 2:
            begun.wait()
            time.sleep(0.1 * (1 - piece))  # the second fails before the first
            raise ValueError(piece)

    with pytest.raises(ValueError, match="0"), threads(2):
        each(work, range(9))


def test_pieces_cover_an_array_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading_of_runs, "SPAN", 7)
    covered = np.zeros((3, 40), np.int64)
    for row, columns in spans(3, 40):
        covered[row, columns] += 1
    assert (covered == 1).all()


@pytest.mark.parametrize("count", [0, 2000])
def test_numbers_of_threads_have_bounds(count: int) -> None:
    with pytest.raises(UsageError, match="threads"):
        make_options({"threads": count})
