"""What only ranks without a server can be asked."""

from __future__ import annotations

import json

import pytest
from launching import mpirun

MAIN = "from cablese.cli.main import main; main()"

pytestmark = pytest.mark.mpi


def test_a_method_on_a_graph_has_no_server_that_could_have_a_rank() -> None:
    ended = mpirun(2, "-c", MAIN, "run", "dpsgd", "-n", 4, "--rounds", 2, "--server-rank", "dedicated")
    assert ended.returncode != 0
    assert "DPSGD is a method on a graph and has no server" in ended.stderr


def test_a_node_that_diverges_ends_the_run_wherever_it_sits() -> None:
    """Node 3 is another rank's: its neighbours' copies do not speak for it."""
    words = ("run", "dpsgd", "-n", 4, "--rounds", 400, "--set", "gamma=1e9", "--wire", "float64")
    alone = mpirun(1, "-c", MAIN, *words)
    ended = mpirun(2, "-c", MAIN, *words)
    assert alone.returncode == 3
    assert ended.returncode != 0
    assert "is not finite" in alone.stderr
    assert "is not finite" in ended.stderr
    assert _place(ended.stderr) == _place(alone.stderr)


def test_a_dry_run_expects_the_messages_of_all_ranks() -> None:
    words = ("-c", MAIN, "run", "dpsgd", "-n", 5, "--dry", "--json")
    alone, together = (json.loads(mpirun(ranks, *words).stdout)["messages"] for ranks in (1, 2))
    assert together == alone
    assert [row["copies"] for row in alone] == [10]


def _place(words: str) -> str:
    """Spec, line and round of a failure; several nodes may fail in one round."""
    found = next(line for line in words.splitlines() if "is not finite" in line)
    return found[found.index("dpsgd.alg") : found.index(", at node")]
