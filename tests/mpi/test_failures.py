"""What goes wrong under several ranks ends every rank, with one message and its exit code; odd numbers of ranks work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from launching import mpirun

pytestmark = pytest.mark.mpi

CABLESE = ("-m", "cablese.cli.main")
QUADRATIC = "quadratic(d = 6, mu = 0.5, L = 2)"
LIMIT = 60  # seconds: far more than any of these takes, far less than for ever
# one node alone has a nan in round 2: only its rank sees it
LONELY = """algorithm Lonely
problem minimize

init:
    all: x = x0

round k:
    node: s = where(L_i == L_max and k == 2, log(norm(zeros) - 1), 0.0)
    node -> server: q = grad(x) + s
    server -> all: v = mean(q)
    all: x = x - 0.1 * v

output x
"""


def run(ranks: int, *words: object) -> tuple[int, str, str]:
    """`mpirun -n ranks cablese run …`: exit code and what was said."""
    ended = mpirun(ranks, *CABLESE, "run", *words, limit=LIMIT)
    return ended.returncode, ended.stdout, ended.stderr


def messages(said: str) -> list[str]:
    """The messages for people in what a job said; a launcher may add lines of its own."""
    return [line for line in said.splitlines() if line.startswith("error")]


@pytest.mark.parametrize("server_rank", ["shared", "dedicated"])
def test_a_diverging_run_ends_all_ranks_with_one_message(server_rank: str) -> None:
    code, _, said = run(
        3,
        "gd",
        "--problem",
        QUADRATIC,
        "-n",
        5,
        "-k",
        4000,
        "--set",
        "gamma = 100",
        "--server-rank",
        server_rank,
    )
    assert code == 3
    assert len(messages(said)) == 1, said
    assert "round" in messages(said)[0]
    assert "not finite" in messages(said)[0]
    assert "Traceback" not in said


@pytest.mark.parametrize("server_rank", ["shared", "dedicated"])
def test_what_one_rank_alone_sees_ends_all(tmp_path: Path, server_rank: str) -> None:
    """The others wait for that node's message."""
    spec = tmp_path / "lonely.alg"
    spec.write_text(LONELY)
    code, _, said = run(3, spec, "--problem", QUADRATIC, "-n", 5, "-k", 10, "--server-rank", server_rank)
    assert code == 3
    assert len(messages(said)) == 1, said
    assert "in round 2" in messages(said)[0] and ", at node" in messages(said)[0]
    assert "Traceback" not in said


def test_a_mistake_in_the_spec_is_told_once(tmp_path: Path) -> None:
    spec = tmp_path / "wrong.alg"
    spec.write_text(LONELY.replace("mean(q)", "mean(y)"))
    code, _, said = run(3, spec, "--problem", QUADRATIC, "-n", 5, "-k", 10)
    assert code == 1
    assert len(messages(said)) == 1, said


def test_warnings_are_told_once(tmp_path: Path) -> None:
    spec = tmp_path / "warned.alg"
    spec.write_text(LONELY.replace("q = grad(x) + s", "q = grad(x), u = s"))
    code, _, said = run(3, spec, "--problem", QUADRATIC, "-n", 5, "-k", 1)
    assert (code, said.count("warning[W103]")) == (0, 1), said
    code, _, said = run(3, spec, "--problem", QUADRATIC, "-n", 5, "-k", 1, "--strict")
    assert (code, said.count("error[W103]")) == (1, 1), said


def test_wrong_parameters_are_told_once() -> None:
    code, _, said = run(3, "gd", "--problem", QUADRATIC, "-n", 5, "-k", 10, "--set", "gamma = -1")
    assert code == 1
    assert len(messages(said)) == 1, said


# each rank runs the command of its own among several, the last of them where there are fewer
EACH = """
import sys
from mpi4py import MPI
from cablese.cli.main import main
commands = [words.split("|") for words in sys.argv[1:]]
sys.argv[1:] = commands[min(MPI.COMM_WORLD.Get_rank(), len(commands) - 1)]
main()
"""
GOOD = ("run", "gd", "--problem", QUADRATIC, "-n", "5", "-k", "10")


@pytest.mark.parametrize(
    ("others", "code", "rank", "word"),
    [
        ([GOOD, ("run", "absent.alg"), ("run", "absent.alg")], 1, 1, "absent.alg"),
        ([GOOD, ("run", "absent.alg"), ("run", "gd", "-n", "0")], 2, 2, "--nodes"),  # the first to fail
        ([GOOD, GOOD, (*GOOD, "--no-such-option")], 2, 2, "--no-such-option"),
    ],
)
def test_what_some_ranks_alone_cannot_prepare_ends_all(
    others: list[tuple[str, ...]], code: int, rank: int, word: str
) -> None:
    """A spec that one machine lacks, say; data: test_unlike_ranks.py."""
    ended = mpirun(3, "-c", EACH, *("|".join(words) for words in others), limit=LIMIT)
    assert ended.returncode == code, ended.stderr
    assert ended.stderr.lower().count("error:") == 1, ended.stderr
    assert word in ended.stderr and f"on rank {rank} of 3" in ended.stderr


def test_a_comparison_outlives_a_run_that_fails_at_every_rank(tmp_path: Path) -> None:
    spec = tmp_path / "steep.alg"
    spec.write_text(LONELY.replace("0.1 * v", "100 * v").replace(" + s", ""))
    words = ("compare", spec, "gd", "--problem", QUADRATIC, "-n", 5, "-k", 50, "--json")
    ended = mpirun(3, *CABLESE, *words, limit=LIMIT)
    assert ended.returncode == 3
    assert len(messages(ended.stderr)) == 1, ended.stderr
    first, second = json.loads(ended.stdout)
    assert first["failed"] and second["last"]["round"] == 50


# rank 1 alone is at fault; a run that all ranks fail in is an exception as in one process
PYTHON = """
import sys
import cablese
from mpi4py import MPI
from cablese.runtime.execute.oracles import CountedOracle
steep, problem = sys.argv[1:]
try:
    cablese.run(steep, problem=problem, nodes=5)
except cablese.RunFailed as failure:
    if MPI.COMM_WORLD.Get_rank() == 0:
        print(failure.result.failed, len(failure.result.points) > 1)
if MPI.COMM_WORLD.Get_rank() == 1:
    CountedOracle.begin = None
cablese.run("gd", problem=problem, nodes=5)
"""


def test_in_python_failures_are_exceptions_unless_others_wait(tmp_path: Path) -> None:
    spec = tmp_path / "steep.alg"
    spec.write_text(LONELY.replace("0.1 * v", "100 * v").replace(" + s", ""))
    ended = mpirun(3, "-c", PYTHON, spec, QUADRATIC, limit=LIMIT)
    assert ended.returncode == 3
    assert ended.stdout == "True True\n"
    assert len(messages(ended.stderr)) == 1 and "rank 1 of 3" in ended.stderr, ended.stderr


# of what rank 0 alone looks at, all ranks have the answer
FOLDERS = """
import sys
import cablese
from mpi4py import MPI
rank = MPI.COMM_WORLD.Get_rank()
folder, problem = sys.argv[1:]
given = {"problem": problem, "nodes": 5, "rounds": 20}
found = []
stopped = cablese.run("diana", **given, out=folder, max_seconds=1e-9)
try:
    cablese.run("diana", **given, out=folder)
except cablese.SetupError as refused:
    found.append("was stopped" in str(refused))
try:
    cablese.compare(["diana"], **given, out=sys.executable)
except cablese.SetupError as refused:
    found.append(("is a file" if rank == 0 else "rank 0 could not") in str(refused))
result = cablese.run("diana", **given, resume=folder, max_seconds=1e9)
taken = cablese.run("diana", **given, out=folder)
found.append(rank > 0 or (result.points == taken.points and taken.points[-1].round == 20))
sys.stdout.write(f"{found} {rank > 0 or stopped.stopped}\\n")
"""


def test_in_python_a_folder_is_refused_and_gone_on_with_by_all_ranks(tmp_path: Path) -> None:
    ended = mpirun(2, "-c", FOLDERS, tmp_path / "a", QUADRATIC, limit=LIMIT)
    assert ended.returncode == 0, ended.stderr
    assert sorted(ended.stdout.splitlines()) == [
        "[True, True, True] --max-seconds",
        "[True, True, True] True",
    ]


# rank 1 alone gets a signal, in a round of its own
SIGNALLED = """
import os, signal, sys
from cablese.cli.main import main
from cablese.runtime.execute.oracles import CountedOracle
from cablese.runtime.transports.launchers import launched_rank
begin = CountedOracle.begin
def begin_and_raise(oracle, round):
    begin(oracle, round)
    if round == 100 and launched_rank(os.environ) == 1:
        signal.raise_signal(int(number))
number = sys.argv.pop(1)
CountedOracle.begin = begin_and_raise
main()
"""


def test_a_signal_ends_all_ranks_after_the_same_round(tmp_path: Path) -> None:
    words = (*GOOD[:-1], 10**8, "--json", "--trace", tmp_path / "t.jsonl")
    ended = mpirun(3, "-c", SIGNALLED, 15, *words, limit=LIMIT)
    assert (ended.returncode, ended.stderr) == (143, "")
    found = json.loads(ended.stdout)
    assert found["stopped"] == "SIGTERM" and found["last"]["round"] == found["rounds"] > 100
    rounds = found["rounds"] * 5  # messages, and what each of 5 nodes is told: all ranks counted as many
    assert [message["messages"] for message in found["messages"]] == [rounds, rounds]


def test_a_rank_that_stands_still_ends_the_job_by_name() -> None:
    ended = mpirun(3, "-c", SIGNALLED, 19, *GOOD[:-1], 10**8, "--patience", 2, limit=LIMIT)
    assert ended.returncode == 3
    (said,) = messages(ended.stderr)
    assert "rank 1 of 3" in said and "stopped for 2 s" in said
    assert "rank 0 waits at gd.alg:11, in round 100: `node -> server: m = grad(x)`" in said


# a rank is stopped for ever as it comes to a step of the set-up
STOPPED = """
import os, signal, sys
from importlib import import_module
from cablese.runtime.transports.launchers import launched_rank
from cablese.cli import supervision
supervision.PATIENCE = 1.0
rank, module, name = sys.argv.pop(1), sys.argv.pop(1), sys.argv.pop(1)
module = import_module(module)
step = getattr(module, name)
def stopped(*given, **named):
    if launched_rank(os.environ) == int(rank):
        signal.raise_signal(signal.SIGSTOP)
    return step(*given, **named)
setattr(module, name, stopped)
if sys.argv[1:]:
    from cablese.cli.main import main
    main()
else:
    import cablese
    cablese.run("gd", problem="quadratic(d = 6, mu = 0.5, L = 2)", nodes=5, rounds=10, patience=2, out="OUT")
"""


@pytest.mark.parametrize(
    ("rank", "module", "step"),
    [
        (0, "cablese.runtime.execute.session", "make_context"),
        (1, "cablese.runtime.execute.session", "connect"),
        (0, "cablese.runtime.folders.outputs", "_check_distinct"),
    ],
)
def test_a_rank_that_stands_still_before_the_first_round_ends_the_job(
    tmp_path: Path, rank: int, module: str, step: str
) -> None:
    words = (*GOOD, "--patience", 2, "--out", tmp_path / "o")
    ended = mpirun(3, "-c", STOPPED, rank, module, step, *words, limit=LIMIT)
    assert ended.returncode == 3
    (said,) = messages(ended.stderr)
    assert f"rank {rank} of 3" in said and "has been stopped for 2 s" in said


@pytest.mark.parametrize(
    ("module", "step"),
    [
        ("cablese.runtime.execute.session", "make_context"),
        ("cablese.runtime.folders.outputs", "_check_distinct"),
    ],
)
def test_in_python_as_well(tmp_path: Path, module: str, step: str) -> None:
    script = STOPPED.replace("OUT", str(tmp_path / "o"))
    ended = mpirun(3, "-c", script, 0, module, step, limit=LIMIT)
    assert ended.returncode == 3
    (said,) = messages(ended.stderr)
    assert "rank 0 of 3" in said and "has been stopped for 2 s" in said and "rank 1 waits before" in said


def test_a_killed_rank_ends_the_job_by_name() -> None:
    ended = mpirun(3, "-c", SIGNALLED, 9, *GOOD[:-1], 10**8, limit=LIMIT)
    assert ended.returncode == 3
    (said,) = messages(ended.stderr)
    assert "rank 1 of 3" in said and "was killed" in said
    assert "rank 0 waits at gd.alg:11, in round 100: `node -> server: m = grad(x)`" in said


@pytest.mark.parametrize(
    ("ranks", "nodes", "server_rank"), [(5, 2, "shared"), (5, 1, "dedicated"), (4, 4, "dedicated")]
)
def test_more_ranks_than_nodes_work(tmp_path: Path, ranks: int, nodes: int, server_rank: str) -> None:
    """A rank without nodes idles, and nothing else changes."""
    words = [
        "pp_marina",
        "-n",
        nodes,
        "-k",
        20,
        "--every",
        1,
        "--set",
        "p = 0.4",
        "--set",
        "Q = rand_k(k = 13)",
    ]
    traces = [tmp_path / "several.jsonl", tmp_path / "one.jsonl"]
    several = run(ranks, *words, "--server-rank", server_rank, "--trace", traces[0])
    one = run(1, *words, "--trace", traces[1])
    assert (several[0], one[0]) == (0, 0), several[2] + one[2]
    assert points(traces[0]) == points(traces[1])


def points(trace: Path) -> list[dict[str, object]]:
    """What a trace measured, seconds aside."""
    found = [json.loads(line) for line in trace.read_text().splitlines()]
    return [{k: v for k, v in line.items() if k != "seconds"} for line in found if line["type"] == "point"]


def test_only_rank_0_prints() -> None:
    code, printed, _ = run(3, "gd", "--problem", QUADRATIC, "-n", 5, "-k", 10, "--json")
    assert code == 0
    assert json.loads(printed), "one JSON value, not three"


def test_outputs_are_refused_by_every_rank_alike_and_kept(tmp_path: Path) -> None:
    """Rank 0 alone sees the files; the others end with its code."""
    spec, trace, out = tmp_path / "mine.alg", tmp_path / "t.jsonl", tmp_path / "o"
    spec.write_text(LONELY)
    words = ("gd", "--problem", QUADRATIC, "-n", 5, "-k", 10)
    code, _, said = run(3, *words, "--trace", spec)
    assert (code, len(messages(said))) == (2, 1), said
    assert "is no trace" in said and spec.read_text() == LONELY
    assert run(3, *words, "--trace", trace, "--out", out)[0] == 0
    before = trace.read_bytes()
    code, _, said = run(3, *words, "--trace", trace, "--seed", 1)
    assert (code, len(messages(said))) == (2, 1), said
    assert "--force" in said and trace.read_bytes() == before


def test_a_full_disk_ends_every_rank_with_3() -> None:
    code, _, said = run(3, "gd", "--problem", QUADRATIC, "-n", 5, "-k", 10, "--trace", "/dev/full")
    assert code == 3, said
    assert set(messages(said)) == {"error: /dev/full cannot be written: No space left on device."}
