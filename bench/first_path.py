"""A first-time user's path, docs/own_method.md: processor seconds of each of its steps, the least of several times.

python bench/first_path.py --repeats 3
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import tempfile
from pathlib import Path

from startup import command

PAGE = Path(__file__).parents[1] / "docs" / "own_method.md"
_PART = re.compile(
    r"^## (\d\.[^\n]*)$|^<!-- file: (\S+) -->\n```alg\n(.*?)^```$|^```sh\n(.*?)^```$", re.M | re.S
)


def walked(folder: Path) -> dict[str, float]:
    """Processor seconds of each step of the page, all in one folder."""
    step, seconds = "", dict[str, float]()
    for title, name, text, lines in _PART.findall(PAGE.read_text(encoding="utf-8")):
        if title:
            step = title
        elif name:
            (folder / name).write_text(text, encoding="utf-8")
        for line in lines.splitlines():
            seconds[step] = seconds.get(step, 0.0) + _seconds(shlex.split(line)[1:], folder)
    return seconds


def _seconds(words: list[str], folder: Path) -> float:
    """Processor seconds of a command and the processes that it starts; it must end well."""
    before = os.times()
    done = subprocess.run([*command(), *words], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode > (words[0] == "diff"):  # which ends with 1 where methods differ
        raise SystemExit(f"{shlex.join(words)}: {done.stderr.decode()}")
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=3)
    found = []
    for _ in range(parser.parse_args().repeats):
        with tempfile.TemporaryDirectory() as folder:
            found.append(walked(Path(folder)))
    least = {step: min(each[step] for each in found) for step in found[0]}
    for step, seconds in least.items():
        print(f"{seconds:6.1f} s  {step}")
    print(f"{sum(least.values()):6.1f} s  together")


if __name__ == "__main__":
    main()
