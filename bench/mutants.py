"""Verdicts on random mutants of the library, two edits each: `python bench/mutants.py --count 1000`.

Prints how often each answer was given, and the mutants that are called equal and told apart by runs, or left open.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "algebra"))

from cablese.runtime.library import shipped_specs
from mutants import verdict


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=1000)
    options.add_argument("--first", type=int, default=0)
    given = options.parse_args()
    names, tally = sorted(spec.name for spec in shipped_specs()), Counter[str]()
    for seed in range(given.first, given.first + given.count):
        found = verdict(seed, names)
        answer = f"{found.answer}, and told apart" if found.told_apart else found.answer
        tally[answer] += 1
        if found.told_apart or found.answer == "not proven":
            print(f"{seed} {found.name} {answer}: {found.reason}", flush=True)
    print(*(f"{count:5} {answer}" for answer, count in tally.most_common()), sep="\n")


if __name__ == "__main__":
    main()
