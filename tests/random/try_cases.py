"""Tries random cases in one process, to the slow evaluator and on emulated ranks: a line when one begins and when it ends.

python try_cases.py FIRST STOP
"""

from __future__ import annotations

import json
import sys

from findings import SETTINGS, tried
from random_cases import random_case
from trials import ended, said


def main(first: int, stop: int) -> None:
    """Each case in turn; what the first thing is that goes wrong with it."""
    for seed in range(first, stop):
        print(seed, flush=True)
        case = random_case(seed)
        result = {"said": said(ended(case.text, case.options)).split(":")[0]}
        finding = next(tried(case.text, case.options, SETTINGS), None)
        if finding is not None:
            result |= {"where": finding.where, "what": finding.what}
        print(seed, json.dumps(result), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
