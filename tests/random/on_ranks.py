"""Run by mpiexec: random cases one after another in one group of processes; rank 0 writes a JSON line for each.

mpiexec -n R python on_ranks.py FILE shared|dedicated SEED …
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

from random_cases import random_case
from trials import ended


def main(file: str, server_rank: str, *seeds: str) -> None:
    """Each case in turn. Rank 0 tells what came of it, any rank that it crashed: others wait for it, and the job ends."""
    from mpi4py import MPI

    first = MPI.COMM_WORLD.Get_rank() == 0
    for seed in map(int, seeds):
        case = random_case(seed)
        result = ended(case.text, replace(case.options, server_rank=server_rank))
        if result and (first or "crashed" in result):
            with Path(file).open("a") as out:
                out.write(json.dumps({"seed": seed, **result}) + "\n")
        if "crashed" in result:  # the others wait for this rank
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
