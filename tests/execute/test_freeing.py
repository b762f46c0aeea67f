"""Programs that free arrays behind their last reader: the same runs to the bit, on less memory."""

from __future__ import annotations

import re
import tracemalloc
from typing import Any

import numpy as np
import pytest
from cablese.dsl.emit.freeing import with_deletions
from cablese.dsl.emit.layout import Layout
from cablese.dsl.pipeline import compile_spec, plan_program, python_of
from cablese.runtime.arrays import row_sums, threads
from cablese.runtime.execute import session, tiles
from cablese.runtime.execute.interface import Recording
from cablese.runtime.execute.options import Options
from cablese.runtime.execute.oracles import CountedOracle
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins
from cablese.runtime.transports import packet_payloads
from library_tiers import lively, specs_by_tier
from shipped_runs import options_of

DELETION = re.compile(r"^ *del .*\n", re.MULTILINE)


def outcome(name: str) -> tuple[list[Any], Any]:
    options = options_of(name, rounds=6, every=1)
    options["settings"] = options.get("settings", lively(name))
    recording = Recording()
    found = session.prepare(find_spec(name), Options(**options)).run(recording)
    return [(p.bits_up, p.bits_down, p.oracle_calls, p.metrics) for p in recording.points], found.output


@pytest.mark.parametrize("name", specs_by_tier())
def test_a_run_that_frees_and_has_gradients_in_turn_and_sums_in_tiles_is_the_same(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    points, output = outcome(name)
    monkeypatch.setattr(session, "LONG", 0)
    monkeypatch.setattr(tiles, "LONG_ROW", 0)
    monkeypatch.setattr(threads, "AT_ONCE", 3)
    monkeypatch.setattr(packet_payloads, "LONG_ROW", 0)
    monkeypatch.setattr(row_sums, "COLUMNS", 2)
    for in_turn in (False, True):
        monkeypatch.setattr(CountedOracle, "_goes_in_turn", lambda oracle, point, always=in_turn: always)
        freed_points, freed_output = outcome(name)
        assert freed_points == points
        assert np.array_equal(freed_output, output)


@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("name", specs_by_tier())
def test_nothing_but_deletions_is_added(name: str, layout: Layout) -> None:
    registry = plugins()
    plan = plan_program(compile_spec(find_spec(name), registry), registry)
    python = python_of(plan, layout)
    assert DELETION.sub("", with_deletions(python, plan, layout)) == python


def test_arrays_of_branches_and_loops_are_freed_where_no_path_reads_them() -> None:
    registry = plugins()
    plan = plan_program(compile_spec(find_spec("marina"), registry), registry)
    python = """def program(run):
    def round(k, states):
        x, g = states
        states.clear()
        m = x + g
        if k:
            x_old = x + m
            m = x_old
        else:
            m = x
        for j in range(k):
            x_old = x + j
            g = g + x_old
        u = g
        x = u
        return [x, g], x
"""
    kept = with_deletions(python, plan, Layout.TOGETHER).splitlines()
    freed = {kept[n - 1].strip(): line.strip() for n, line in enumerate(kept) if "del" in line}
    assert freed == {
        "x_old = x + m": "del m",
        "m = x_old": "del m, x_old",
        "m = x": "del m",
        "g = g + x_old": "del x_old",
    }


@pytest.mark.parametrize(
    ("name", "most"), [("sgd", 11.5), ("comp_ams", 15.7), ("diana", 11.3), ("ef21", 14.3)]
)
def test_the_peak_of_a_round(name: str, most: float) -> None:
    d = 1 << 17
    settings = ("gamma=1e-3",) if name != "comp_ams" else ()
    options = Options(
        problem=f"quadratic(d = {d}, mu = 0.1, L = 1)", nodes=4, rounds=3, every=3, settings=settings
    )
    session.prepare(find_spec(name), options).run(Recording())  # loads what is loaded once
    ready = session.prepare(find_spec(name), options)
    tracemalloc.start()
    ready.run(Recording())
    peak = tracemalloc.get_traced_memory()[1] / (8 * d)
    tracemalloc.stop()
    assert peak < most
