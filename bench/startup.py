"""Start-up: medians of whole processes, `cablese --help`, `cablese check SPEC`, and a first short run with its memory.

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
LINES = {
    "--help": (["--help"], 0.2, 60),
    "check": (["check", str(SPEC)], 0.4, 60),
    "run": (["run", "marina", "-n", "5", "-k", "10", "--quiet"], 1.0, 120),
}
"""Words of a command, and its limits in seconds and megabytes."""
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Python may keep what it compiled, as it does where nobody forbids it."""


def command() -> list[str]:
    """The installed `cablese`, next to this Python if there."""
    beside = Path(sys.executable).with_name("cablese")
    found = str(beside) if beside.exists() else shutil.which("cablese")
    if found is None:
        raise SystemExit("`cablese` is not installed: run `pip install -e .` first.")
    return [found]


def measured(line: list[str]) -> tuple[float, float]:
    """Wall-clock seconds of one process and its largest resident size in megabytes; it must end well."""
    started = time.perf_counter()
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(line)} ended with {process.returncode}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def main() -> None:
    keep_lines = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=keep_lines)
    parser.add_argument("--repeats", type=int, default=15)
    repeats = parser.parse_args().repeats
    for name, (words, limit, most) in LINES.items():
        whole = command() + words
        measured(whole)  # the first fills the caches of the system and of Python
        times, sizes = zip(*(measured(whole) for _ in range(repeats)), strict=True)
        print(
            f"cablese {name:<8} median {statistics.median(times):.3f} s  best {min(times):.3f} s  limit {limit} s"
            f"   {max(sizes):.0f} MB  limit {most} MB"
        )


if __name__ == "__main__":
    main()
