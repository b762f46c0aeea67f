"""What only ranks without a server can be asked."""

from __future__ import annotations

import json
from pathlib import Path

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


@pytest.mark.parametrize(
    ("graph", "methods"),
    [
        ("ring", ("dpsgd", "choco_sgd")),
        ("complete", ("dpsgd",)),
        ("one_peer_exponential", ("sgp",)),
        ("random_peer", ("sgp",)),
    ],
)
def test_requests_that_persist_carry_the_same_bits(
    graph: str, methods: tuple[str, ...], tmp_path: Path
) -> None:
    """Short messages take them from the second round on; those of `random_peer` have another graph each round."""
    lines = (
        "import cablese, json, sys",
        "from cablese.runtime.transports import neighbours",
        "made, plain = [], neighbours.Swap._prepared",
        "neighbours.Swap._prepared = lambda swap, kind: made.append(1) or plain(swap, kind)",
        "found = []",
        f"for method in {methods}:",
        f"    result = cablese.run(method, nodes=7, graph='{graph}', rounds=30, every=10)",
        "    found.append({n: list(map(float, v)) for n, v in result.trace.items() if n != 'seconds'})",
        "if any(found[0].values()):",
        "    open(sys.argv[1], 'w').write(json.dumps([found, len(made)]))",
    )
    (tmp_path / "job.py").write_text("\n".join(lines))
    traces, counts = [], []
    for ranks in (1, 2, 3, 5):
        ended = mpirun(ranks, tmp_path / "job.py", tmp_path / f"{ranks}.json")
        assert ended.returncode == 0, ended.stderr
        found, made = json.loads((tmp_path / f"{ranks}.json").read_text())
        traces.append(found)
        counts.append(made)
    assert traces[1:] == traces[:1] * 3
    assert all(count > 0 for count in counts[1:]) is (graph != "random_peer")


def _place(words: str) -> str:
    """Spec, line and round of a failure; several nodes may fail in one round."""
    found = next(line for line in words.splitlines() if "is not finite" in line)
    return found[found.index("dpsgd.alg") : found.index(", at node")]
