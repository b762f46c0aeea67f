"""Ranks that were given parts of different runs are refused before the first round, by the name of what differs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from launching import mpirun

pytestmark = pytest.mark.mpi

# each rank has a folder of its own, and runs the words for it there, the last ones where there are fewer
EACH = """
import json, os, sys
from cablese.runtime.transports.launchers import launched_rank
from cablese.cli.main import main
rank, (folder, *commands) = launched_rank(os.environ), sys.argv[1:]
os.makedirs(os.path.join(folder, str(rank)), exist_ok=True)
os.chdir(os.path.join(folder, str(rank)))
before, sys.argv[1:] = json.loads(commands[min(rank, len(commands) - 1)])
exec(before)
main()
"""
QUADRATIC = "quadratic(d = 6, mu = 0.5, L = 2)"
GD = ("run", "gd", "--problem", QUADRATIC, "-n", "5", "-k", "10", "--json")
SPEC = """algorithm Own
problem minimize

init:
    all: x = x0

round k:
    node -> server: q = grad(x)
    server -> all: v = mean(q)
    all: x = x - 0.1 * v

output x
"""


def each(folder: Path, *commands: Sequence[str], before: Sequence[str] = ()) -> tuple[int, str, list[str]]:
    """Exit code, output and lines of standard error of as many ranks as there are commands; each runs some Python before."""
    told = [
        json.dumps([text, list(words)]) for text, words in zip(before or [""] * 9, commands, strict=False)
    ]
    ended = mpirun(len(commands), "-c", EACH, folder, *told, limit=60)
    return ended.returncode, ended.stdout, ended.stderr.splitlines()


def own(text: str) -> str:
    """Python that writes a spec into the folder of a rank."""
    return f"open('own.alg', 'w').write({text!r})"


def test_unlike_texts_of_one_spec_are_refused(tmp_path: Path) -> None:
    words = ("run", "own.alg", *GD[2:])
    alike = each(tmp_path, words, words, before=[own(SPEC), own(SPEC)])
    assert alike[0] == 0, alike
    unlike = each(tmp_path, words, words, before=[own(SPEC), own(SPEC.replace("0.1", "0.9"))])
    code, printed, said = unlike
    assert (code, printed, len(said)) == (1, "", 1), unlike
    assert said[0].startswith("error: rank 1 runs with another spec than rank 0: own.alg (sha256 "), said


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ((*GD, "--set", "gamma=0.9"), "another --set than rank 0: gamma=0.9, not none"),
        ((*GD[:-2], "11", "--json"), "another --rounds than rank 0: 11, not 10"),
        ((*GD, "--seeds", "2"), "another --seeds than rank 0: 2, not 1"),
        ((*GD, "--dry"), "another --dry than rank 0: given, not none"),
        (("compare", *GD[1:]), "another command than rank 0: compare, not run"),
    ],
)
def test_unlike_command_lines_are_refused(tmp_path: Path, other: Sequence[str], told: str) -> None:
    code, printed, said = each(tmp_path, GD, other)
    assert (code, printed, len(said)) == (1, "", 1), said
    assert said[0].startswith(f"error: rank 1 runs with {told}"), said


def test_unlike_lists_of_methods_are_refused(tmp_path: Path) -> None:
    code, _, said = each(tmp_path, ("compare", "gd", "diana", *GD[2:]), ("compare", "gd", *GD[2:]))
    assert (code, len(said)) == (1, 1), said
    assert "another list of methods than rank 0: gd, not gd, diana" in said[0]


def data(flip: str) -> str:
    """Python that writes a file of samples, of which one has another label."""
    sample = f"f'{{1 - 2 * (i % 2) * {flip}}} 1:{{i % 5}} 2:{{i % 3}}\\n'"
    return f"open('mine.txt', 'w').write(''.join({sample} for i in range(40)))"


def test_unlike_data_are_refused(tmp_path: Path) -> None:
    words = ("run", "gd", "--problem", 'logreg(data = "mine.txt")', "-n", "4", "-k", "5", "--json")
    assert each(tmp_path, words, words, before=[data("1"), data("1")])[0] == 0
    code, _, said = each(tmp_path, words, words, before=[data("1"), data("(i != 9)")])
    assert (code, len(said)) == (1, 1), said
    assert "rank 1 runs with another file mine.txt than rank 0: sha256 " in said[0]
    for path in tmp_path.rglob("mine.txt"):
        path.unlink()
    code, _, said = each(tmp_path, words, words, before=[data("1"), ""])
    assert (code, len(said)) == (1, 2), said
    assert said[0].startswith("on rank 1 of 2") and "mine.txt" in said[1]


def versions(name: str, found: str) -> str:
    """Python that lets a rank have another version."""
    return f"""
from cablese.runtime.execute import alike, describe
alike.versions = lambda: dict(describe.versions(), **{{{name!r}: {found!r}}})
"""


def test_another_version_of_cablese_is_refused_and_one_of_a_library_remarked(tmp_path: Path) -> None:
    code, _, said = each(tmp_path, GD, GD, GD, before=["", "", versions("cablese", "9.9")])
    assert (code, len(said)) == (1, 1), said
    assert "rank 2 runs with another cablese than rank 0: 9.9, not " in said[0]
    code, _, said = each(tmp_path, GD, GD, GD, before=["", *[versions("numpy", "9.9")] * 2])
    assert (code, len(said)) == (0, 1), said
    assert said[0].startswith("warning: ranks 1 and 2 run with another numpy than rank 0: 9.9, not ")


def test_what_no_number_depends_on_may_differ(tmp_path: Path) -> None:
    words = (
        *GD[:-1],
        "--quiet",
        "--threads",
        "2",
        "--patience",
        "9",
        "--max-memory",
        "1GB",
        "--trace",
        "t.jsonl",
    )
    code, printed, said = each(tmp_path, GD, words)
    assert (code, said, json.loads(printed)["rounds"]) == (0, [], 10)


def test_a_run_that_is_finished_at_one_rank_alone_is_refused(tmp_path: Path) -> None:
    words = (*GD, "--out", "o")
    (tmp_path / "1").mkdir()
    assert each(tmp_path, words)[0] == 0
    code, _, said = each(tmp_path, words, words)
    assert (code, len(said)) == (1, 1), said
    assert "another beginning of its run than rank 0: anew, not finished in its folder" in said[0]
