"""Start-up: medians of whole processes, `cablese --help` and `cablese check SPEC`.

python bench/startup.py --repeats 15
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

SPEC = Path(__file__).parent.parent / "algorithms" / "unidirectional" / "marina.alg"
LIMITS = {"--help": 0.2, "check": 0.4}  # seconds
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Python may keep what it compiled, as it does where nobody forbids it."""


def command() -> list[str]:
    """The installed `cablese`, next to this Python if there."""
    beside = Path(sys.executable).with_name("cablese")
    found = str(beside) if beside.exists() else shutil.which("cablese")
    if found is None:
        raise SystemExit("`cablese` is not installed: run `pip install -e .` first.")
    return [found]


def seconds(line: list[str]) -> float:
    """Wall-clock time of one process; it must end well."""
    started = time.perf_counter()
    done = subprocess.run(line, capture_output=True, text=True, env=ENVIRONMENT)
    elapsed = time.perf_counter() - started
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(line)} ended with {done.returncode}:\n{done.stderr}")
    return elapsed


def main() -> None:
    keep_lines = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=keep_lines)
    parser.add_argument("--repeats", type=int, default=15)
    repeats = parser.parse_args().repeats
    for name, line in {"--help": ["--help"], "check": ["check", str(SPEC)]}.items():
        whole = command() + line
        seconds(whole)  # the first fills the caches of the system and of Python
        times = [seconds(whole) for _ in range(repeats)]
        median, best = statistics.median(times), min(times)
        print(f"cablese {name:<8} median {median:.3f} s  best {best:.3f} s  limit {LIMITS[name]} s")


if __name__ == "__main__":
    main()
