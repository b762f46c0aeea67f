"""One seed, one trace: in one process and under several ranks, however nodes are dealt to them; and bytes as counted."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from launching import mpirun
from mpi_cases import cases, on_graph, outcome

CASES = {case.name: case for case in cases()}
SETTINGS = ((2, "shared"), (3, "shared"), (5, "shared"), (3, "dedicated"), (8, "shared"), (7, "dedicated"))
MANY = 5  # ranks; with more, most of them have no node or one, and every fifth case is enough


def step_of(ranks: int) -> int:
    """Every how-many-th case is run."""
    return 5 if ranks > MANY else 1


JOBS_AND_NAMES = [
    pytest.param(
        setting,
        name,
        id=f"{setting[0]}-{setting[1]}-{name}",
        marks=[pytest.mark.slow] if setting[0] > MANY else [],
    )
    for setting in SETTINGS
    for name in list(CASES)[:: step_of(setting[0])]
]

pytestmark = pytest.mark.mpi


@cache
def alone(name: str) -> dict[str, Any]:
    """A case in this process, as it reads after a trip through JSON."""
    found: dict[str, Any] = json.loads(json.dumps(outcome(CASES[name])))
    return found


@cache
def job(ranks: int, server_rank: str) -> dict[str, dict[str, Any]]:
    """All cases in one start of the launcher. A case that ends the job has what it said; the rest start anew."""
    found: dict[str, Any] = {}
    names = list(CASES)[:: step_of(ranks)]
    with TemporaryDirectory() as folder:
        file = Path(folder) / "cases.jsonl"
        while len(found) < len(names):
            file.write_text("")
            words = (file, server_rank, len(found) * step_of(ranks), step_of(ranks))
            ended = mpirun(ranks, "ranks.py", *words, limit=900)
            lines = [json.loads(line) for line in file.read_text().splitlines()]
            found |= {line.pop("case"): line for line in lines}
            if len(found) < len(names):
                found[names[len(found)]] = {"ended": ended.stderr[-2000:], "code": ended.returncode}
    return found


@pytest.mark.parametrize(("setting", "name"), JOBS_AND_NAMES)
def test_the_trace_does_not_depend_on_ranks(setting: tuple[int, str], name: str) -> None:
    theirs, ours = dict(job(*setting)[name]), alone(name)
    assert "ended" not in theirs, f"the job ended with code {theirs['code']}:\n{theirs['ended']}"
    for counted in ("up_bytes", "down_bytes"):
        theirs.pop(counted)
    assert theirs == ours


@pytest.mark.parametrize(("setting", "name"), JOBS_AND_NAMES)
def test_bits_are_the_bytes_handed_to_mpi(setting: tuple[int, str], name: str) -> None:
    """Each message fills whole bytes; a broadcast is handed over once."""
    found = job(*setting)[name]
    if "messages" not in found:
        pytest.skip("it does not run")
    if on_graph(CASES[name]):
        # a rank is told what its nodes have in common once, and no node tells its own rank
        _, most = bytes_for(found["messages"], CASES[name].nodes, up=True)
        assert 0 < found["up_bytes"] <= IN_SLOTS.get(name, 1) * most
        assert found["down_bytes"] == 0
        return
    slots = IN_SLOTS.get(name, 1)
    messages = found["messages"]
    if setting[1] == "shared":  # between the server and the nodes of its rank nothing is handed over
        assert 0 < found["up_bytes"] <= slots * bytes_for(messages, CASES[name].nodes, up=True)[1]
        broadcast = [message for message in messages if message["route"] == "server -> all"]
        least = bytes_for(broadcast, CASES[name].nodes, up=False)[0]
        assert least <= found["down_bytes"] <= slots * bytes_for(messages, CASES[name].nodes, up=False)[1]
        return
    for counted, up in (("up_bytes", True), ("down_bytes", False)):
        least, most = bytes_for(messages, CASES[name].nodes, up=up)
        assert least <= found[counted] <= slots * most


IN_SLOTS = {"gaps-5": 1.04, "gaps-ring-6": 1.04, "long-ef21-3": 1.04}
"""Cases whose messages vary in length and travel in slots as long as the longest, and how much that may add."""


def bytes_for(messages: list[dict[str, Any]], nodes: int, *, up: bool) -> tuple[float, float]:
    """The fewest and the most bytes that the ledger's bits fill."""
    least = most = 0.0
    for message in messages:
        if (message["route"] in ("node -> server", "node -> neighbors")) is not up:
            continue
        copies = nodes if message["route"] == "server -> all" else 1
        most += (message["bits"] + 7 * message["messages"]) / copies / 8
        if message["route"] == "server -> group":  # to each rank that has nodes of the group, once
            copies = nodes
        least += message["bits"] / copies / 8
    return least, most
