"""Measurements of several benchmarks: seconds of a call, multiples of a warm copy, programs that measure themselves."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

NODES, ENTRIES, ROUNDS = 100, 1000, 200
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def answer_of(script: str, *words: str, ranks: int = 1, environment: Mapping[str, str] = ONE_THREAD) -> Any:
    """The line of JSON of a program that measures itself, at rank 0 of so many. Its failure ends this one."""
    line = [sys.executable, script, *words]
    if ranks > 1:
        from cablese.runtime.report.machine import launcher

        line = [str(launcher()), "-n", str(ranks), *line]
    ended = subprocess.run(line, env={**os.environ, **environment}, capture_output=True, text=True)
    found = [text for text in ended.stdout.splitlines() if text.startswith("{")]
    if ended.returncode or not found:
        sys.exit(f"{' '.join(line)}: {ended.stderr}")
    return json.loads(found[0])


def seconds(work: Callable[[], Any]) -> float:
    """Of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def processor_seconds(work: Callable[[], Any]) -> float:
    """Seconds of the processor in one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def in_copies(works: Mapping[str, Callable[[], Any]], d: int, repeats: int) -> dict[str, float]:
    """Medians of ratios to a warm copy of d float32, measured in turns, after a call that warms up."""
    source = np.ones(d, np.float32)
    target = np.empty_like(source)
    ratios: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(repeats):
        for name, work in works.items():
            copy = seconds(lambda: np.copyto(target, source))
            ratios[name].append(seconds(work) / copy)
    return {name: statistics.median(found) for name, found in ratios.items()}


def processor() -> str:
    """Its kind, as the system names it."""
    listed = Path("/proc/cpuinfo")
    found = (
        re.search(r"^model name\s*:\s*(.+)$", listed.read_text(), re.MULTILINE) if listed.exists() else None
    )
    return found[1] if found else platform.processor() or platform.machine()


def versions(*packages: str) -> str:
    """Of Python and of those packages that are installed."""
    found = [f"Python {platform.python_version()}"]
    for package in packages:
        with contextlib.suppress(PackageNotFoundError):
            found.append(f"{package} {version(package)}")
    return ", ".join(found)


def counting(binding: str, repeats: int) -> tuple[float, float, float]:
    """Medians over runs of DIANA with many small messages: seconds a round, of these for counting exactly, their share."""
    import cablese

    found = []
    for _ in range(repeats):
        with _counting_timed() as spent:
            result = cablese.run(
                "diana",
                problem=f"quadratic(d = {ENTRIES}, mu = 0.01, L = 1, spread = 0.1, seed = 0)",
                nodes=NODES,
                rounds=ROUNDS,
                every=ROUNDS,
                set={"Q": binding, "gamma": "1e-3"},
            )
        found.append((float(result.trace["seconds"][-1]) / ROUNDS, sum(spent) / ROUNDS))
    whole, counted = (statistics.median(part) for part in zip(*found, strict=True))
    return whole, counted, statistics.median(c / w for w, c in found)


@contextlib.contextmanager
def _counting_timed() -> Iterator[list[float]]:
    """The seconds of all calls that add to the totals, sizes held back for later included."""
    from cablese.runtime.transports.packet_payloads import OneCodecPayload

    spent: list[float] = []
    plain = {name: getattr(OneCodecPayload, name) for name in ("count", "bits")}

    def timed(call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*given: Any) -> Any:
            start = time.perf_counter()
            result = call(*given)
            spent.append(time.perf_counter() - start)
            return result

        return wrapped

    for name, call in plain.items():
        setattr(OneCodecPayload, name, timed(call))
    try:
        yield spent
    finally:
        for name, call in plain.items():
            setattr(OneCodecPayload, name, call)
