"""Files that commands write: nothing finished is lost, nothing of another kind is replaced, nothing is left half."""

from __future__ import annotations

import fcntl
import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import cablese as api
import pytest
from cablese.runtime.errors import SetupError
from cablese.runtime.execute.interface import Point
from cablese.runtime.tracing import read_trace, read_traces
from conftest import Command
from test_commands import interrupt_after

Quick = tuple[str, ...]

PROBLEM = "quadratic(d = 6, mu = 0.5, L = 2)"
SPEC = """algorithm Mine
problem minimize

init:
    all: x = x0

round:
    node -> server: m = grad(x)
    server -> all: g = mean(m)
    all: x = x - 0.1 * g

output x
"""


def timeless(path: Path) -> list[Point]:
    return [replace(point, seconds=0.0) for point in read_trace(path).points]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("spec.alg").write_text(SPEC)
    return tmp_path


# --- nothing of another kind ----------------------------------------------------------------------------------


@pytest.mark.parametrize("force", [(), ("--force",)])
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--trace", "spec.alg"), "--trace spec.alg is no trace, and nothing but a trace is replaced by one"),
        (("--trace", "t.png", "--plot", "t.png"), "--trace t.png and the plot t.png are the same file"),
        (("--trace", "o/trace.jsonl", "--out", "o"), "are the same file"),
        (("--plot", "text.png"), "the plot text.png is no PNG, and a figure only replaces a figure"),
        (("--plot", "text.svg"), "the plot text.svg is no SVG"),
        (("--out", "spec.alg"), "--out spec.alg is a file; name a directory."),
        (("--trace", "pipe"), "--trace pipe cannot be written: No such device or address."),
    ],
)
def test_what_is_no_output_of_that_kind_is_never_replaced(
    cablese: Command, quick: Quick, here: Path, words: Quick, message: str, force: Quick
) -> None:
    for name in ("text.png", "text.svg"):
        Path(name).write_text("notes")
    Path("o").mkdir()
    os.mkfifo("pipe")
    before = {file: file.read_text() for file in here.iterdir() if file.is_file()}
    for command in (("run", "spec.alg"), ("compare", "spec.alg", "gd")):
        if command[0] == "compare" and "--out" in words and "--trace" in words:
            continue  # there each run has a folder of its own
        ended = cablese(*command, *quick, *words, *force)
        assert (ended.code, ended.out) == (2, "")
        assert message in ended.err
    assert {file: file.read_text() for file in here.iterdir() if file.is_file()} == before


@pytest.mark.parametrize("suffix", [".png", ".pdf", ".svg"])
def test_a_figure_replaces_a_figure_of_its_format(cablese: Command, here: Path, suffix: str) -> None:
    words = ("--problem", PROBLEM, "-n", "3", "-k", "2", "--plot", f"p{suffix}")
    assert cablese("run", "spec.alg", *words).code == 0
    before = Path(f"p{suffix}").read_bytes()
    assert cablese("run", "spec.alg", *words, "--seed", "1").code == 0
    assert Path(f"p{suffix}").read_bytes() == before  # no method of chance, so the same picture


def test_the_figure_of_a_folder_may_be_asked_for_by_name_too(
    cablese: Command, quick: Quick, here: Path
) -> None:
    assert cablese("run", "spec.alg", *quick, "--out", "o", "--plot", "o/plot.png").code == 0


@pytest.mark.parametrize("name", ["spec.alg", "run.toml"])
def test_a_folder_with_files_of_the_users_own_keeps_them(
    cablese: Command, quick: Quick, here: Path, name: str
) -> None:
    Path("o").mkdir()
    Path("o", name).write_text("# mine\n")
    ended = cablese("run", "gd", *quick, "--out", "o")
    assert ended.code == 2 and f"o/{name} holds something else, which would be lost" in ended.err
    assert [file.name for file in Path("o").iterdir()] == [name]


def test_the_spec_itself_stays_as_it_is_in_its_own_folder(cablese: Command, quick: Quick, here: Path) -> None:
    text = "# not in canonical form\n" + SPEC.replace("x = x0", "x   =   x0")
    Path("spec.alg").write_text(text)
    assert cablese("run", "spec.alg", *quick, "--out", ".").code == 0
    assert Path("spec.alg").read_text() == text


# --- nothing finished -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", [("--out", "o"), ("--trace", "t.jsonl")])
@pytest.mark.parametrize("command", [("run", "spec.alg"), ("compare", "spec.alg", "gd")])
def test_another_run_is_replaced_on_demand_only(
    cablese: Command, quick: Quick, here: Path, where: Quick, command: Quick
) -> None:
    assert cablese(*command, *quick, *where).code == 0
    files = {file: file.read_bytes() for file in here.rglob("*") if file.is_file()}
    ended = cablese(*command, *quick[:4], *quick[6:], *where, "--rounds", "5")
    assert (ended.code, ended.out) == (2, "")
    assert "replace it with --force" in ended.err and "20 rounds of" in ended.err
    assert {file: file.read_bytes() for file in here.rglob("*") if file.is_file()} == files
    assert cablese(*command, *quick[:4], *quick[6:], *where, "--rounds", "5", "--force").code == 0
    kept = next(file for file in files if file.name.endswith(".jsonl"))
    assert {run.header.rounds for run in read_traces(kept) if run.header} == {5}


def test_the_same_run_may_be_repeated_and_keeps_the_old_trace_until_it_ends(
    cablese: Command, quick: Quick, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("run", "spec.alg", *quick, "--out", "o")
    assert cablese(*words).code == 0
    first = Path("o/trace.jsonl").read_bytes()
    with monkeypatch.context() as patched:
        interrupt_after(10, patched)
        assert cablese(*words, "--again").code == 130
    assert Path("o/trace.jsonl").read_bytes() == first
    points = timeless(Path("o/trace.jsonl"))
    assert cablese(*words, "--again").code == 0
    assert timeless(Path("o/trace.jsonl")) == points and read_trace(Path("o/trace.jsonl")).summary
    assert sorted(file.name for file in Path("o").iterdir()) == [
        "output.safetensors",
        "plot.png",
        "run.toml",
        "spec.alg",
        "trace.jsonl",
    ]


def test_a_run_that_was_cut_off_is_replaced_by_the_same_but_by_no_other(
    cablese: Command, quick: Quick, here: Path
) -> None:
    words = ("run", "spec.alg", *quick, "--trace", "t.jsonl")
    assert cablese(*words).code == 0
    whole = Path("t.jsonl").read_text().splitlines(keepends=True)
    Path("t.jsonl").write_text("".join(whole[:3]) + whole[3][:20])
    assert cablese(*words, "--seed", "1").code == 2
    assert cablese(*words).code == 0
    assert len(read_trace(Path("t.jsonl")).points) == 5


@pytest.mark.parametrize("where", [("--out", "o"), ("--trace", "t.jsonl")])
def test_the_same_run_with_fewer_metrics_replaces_nothing(
    cablese: Command, quick: Quick, here: Path, where: Quick
) -> None:
    words = ("run", "spec.alg", *quick, *where)
    assert cablese(*words, "--metrics", "f_gap").code == 0
    kept = next(here.rglob("*.jsonl"))
    before = kept.read_bytes()
    ended = cablese(*words)
    taken = ended.code == 0 and "o holds this run, finished" in ended.err
    assert taken if where[0] == "--out" else ended.code in (2, 3) and "which would be lost" in ended.err
    assert kept.read_bytes() == before and "f_gap" in kept.read_text()
    assert cablese(*words, "--force").code == 0
    assert "f_gap" not in kept.read_text()


def test_a_damaged_trace_is_replaced_on_demand(cablese: Command, quick: Quick, here: Path) -> None:
    words = ("run", "spec.alg", *quick, "--trace", "t.jsonl")
    assert cablese(*words).code == 0
    Path("t.jsonl").write_text(Path("t.jsonl").read_text().replace('"rounds"', '"\0rounds"', 1))
    ended = cablese(*words)
    assert ended.code == 2 and "holds a trace that is damaged or of another version" in ended.err
    assert cablese(*words, "--force").code == 0


def test_no_configuration_forces(cablese: Command, quick: Quick, here: Path) -> None:
    Path("run.toml").write_text("force = true\n")
    assert "`force` is no option of a run." in cablese("run", "spec.alg", "--config", "run.toml").err


# --- one at a time --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locked", "words"),
    [
        ("t.jsonl", ("run", "gd", "--trace", "t.jsonl")),
        ("t.jsonl", ("compare", "gd", "diana", "--trace", "t.jsonl")),
        ("o", ("run", "gd", "--out", "o")),
        ("o", ("compare", "gd", "diana", "--out", "o")),
        ("o/gd", ("compare", "gd", "diana", "--out", "o")),
        ("o/trace.jsonl", ("run", "gd", "--out", "o")),
    ],
)
def test_a_second_run_is_refused_before_it_starts(
    cablese: Command, here: Path, locked: str, words: Quick
) -> None:
    """A lock of another open file is as good as one of another process."""
    (Path(locked) if "." not in locked else Path(locked).parent).mkdir(parents=True, exist_ok=True)
    descriptor = os.open(locked, os.O_RDONLY if "." not in locked else os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        ended = cablese(*words, "--problem", 'logreg(data = "/no/such/data")')
        assert (ended.code, ended.out) == (2, "")
        assert "is being written by another run: wait for its end, or name another place." in ended.err
    finally:
        os.close(descriptor)
    assert "/no/such/data" in cablese(*words, "--problem", 'logreg(data = "/no/such/data")').err
    assert Path(locked).exists()


def test_a_run_that_does_not_start_leaves_nothing(cablese: Command, here: Path) -> None:
    for words in (("--trace", "t.jsonl"), ("--out", "deep/er")):
        assert cablese("run", "gd", "--problem", 'logreg(data = "/no/such/data")', *words).code == 1
    assert [file.name for file in here.iterdir()] == ["spec.alg"]


# --- a full disk ----------------------------------------------------------------------------------------------


def test_a_trace_that_cannot_be_written_is_named(cablese: Command, quick: Quick, here: Path) -> None:
    ended = cablese("run", "spec.alg", *quick, "--trace", "/dev/full")
    assert (ended.code, ended.err) == (3, "error: /dev/full cannot be written: No space left on device.\n")


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """No file grows beyond so many bytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_failed_first_is_told_first_and_nothing_half_is_left(
    cablese: Command, quick: Quick, here: Path
) -> None:
    with files_up_to(4000):
        ended = cablese("run", "gd", *quick[:6], "--every", "1", "--out", "o")
    assert ended.code == 3 and "rounds in" in ended.out  # results come first
    assert ended.err == (
        "error: o/trace.jsonl cannot be written: File too large.\n"
        "error: o/plot.png cannot be written: File too large.\n"
    )
    assert sorted(file.name for file in Path("o").iterdir()) == ["run.toml", "spec.alg", "trace.jsonl"]
    assert 0 < len(read_trace(Path("o/trace.jsonl")).points) < 20


def test_a_trace_that_cannot_be_begun_leaves_no_file(cablese: Command, quick: Quick, here: Path) -> None:
    with files_up_to(100):
        assert cablese("run", "gd", *quick, "--trace", "t.jsonl").code == 3
        assert cablese("run", "gd", *quick, "--out", "o").code == 3
        assert cablese("compare", "gd", "diana", *quick, "--out", "o").code == 3
    assert [file.name for file in here.iterdir()] == ["spec.alg"]


@pytest.mark.parametrize("command", [("run", "gd"), ("compare", "gd", "diana")])
def test_results_come_before_a_plot_that_cannot_be_written(
    cablese: Command, quick: Quick, here: Path, command: Quick
) -> None:
    with files_up_to(4000):
        ended = cablese(*command, *quick, "--plot", "p.png", "--json")
    assert json.loads(ended.out)
    assert (ended.code, ended.err) == (3, "error: p.png cannot be written: File too large.\n")


def test_traces_may_go_to_a_device(cablese: Command, quick: Quick, here: Path) -> None:
    assert cablese("run", "spec.alg", *quick, "--trace", "/dev/null").code == 0


# --- show and fmt ---------------------------------------------------------------------------------------------


def test_show_replaces_a_text_on_demand_and_never_the_spec(cablese: Command, here: Path) -> None:
    assert cablese("show", "spec.alg", "--out", "p.py").code == 0
    assert cablese("show", "spec.alg", "--out", "p.py").code == 0  # it is there already
    Path("p.py").write_text("mine\n")
    ended = cablese("show", "spec.alg", "--out", "p.py")
    assert ended.code == 2 and "p.py holds something else, which would be lost" in ended.err
    assert Path("p.py").read_text() == "mine\n"
    assert cablese("show", "spec.alg", "--out", "p.py", "--force").code == 0
    assert "def program" in Path("p.py").read_text()
    for form in ("python", "server", "tex"):
        ended = cablese("show", "spec.alg", "--as", form, "--out", "spec.alg", "--force")
        assert ended.code == 2 and "is the spec itself" in ended.err
    assert Path("spec.alg").read_text() == SPEC


# --- from Python ----------------------------------------------------------------------------------------------


def test_a_saved_trace_replaces_no_other(here: Path) -> None:
    one = api.run("spec.alg", problem=PROBLEM, nodes=3, rounds=4)
    other = api.run("spec.alg", problem=PROBLEM, nodes=3, rounds=5)
    one.save("t.jsonl")
    one.save("t.jsonl")
    with pytest.raises(SetupError, match="replace it with force=True"):
        other.save("t.jsonl")
    assert api.load("t.jsonl").header.rounds == 4
    other.save("t.jsonl", force=True)
    assert api.load("t.jsonl").header.rounds == 5
    with pytest.raises(SetupError, match="is no trace"):
        one.save("spec.alg", force=True)
    Path("notes.png").write_text("notes")
    with pytest.raises(SetupError, match="is no PNG"):
        one.plot("notes.png")


def test_a_rank_without_points_writes_nothing(here: Path) -> None:
    """Under MPI every rank may run the same lines of Python."""
    result = api.run("spec.alg", problem=PROBLEM, nodes=3, rounds=4)
    elsewhere = replace(result, header=replace(result.header, ranks=2), points=(), summary=None)
    elsewhere.save("t.jsonl")
    assert elsewhere.plot("p.png").axes == []
    assert api.Comparison([elsewhere, elsewhere]).plot("p.png").axes == []
    assert [file.name for file in here.iterdir()] == ["spec.alg"]


# --- outputs of runs -------------------------------------------------------------------------------------------


def test_an_output_is_saved_and_a_run_goes_on_from_it(cablese: Command, here: Path) -> None:
    import numpy as np

    once = ("run", "gd", "--problem", PROBLEM, "-n", "3", "--quiet")
    assert cablese(*once, "-k", "7", "--trace", "whole.jsonl").code == 0
    assert cablese(*once, "-k", "4", "--save", "x.npz").code == 0
    assert list(np.load("x.npz")) == ["x"]
    assert np.array_equal(np.load("x.npz")["x"], api.run("gd", problem=PROBLEM, nodes=3, rounds=4).output)
    words = [word.replace("L = 2)", 'L = 2, x0 = "file:x.npz")') for word in once]
    assert cablese(*words, "-k", "3", "--trace", "rest.jsonl").code == 0
    assert timeless(here / "rest.jsonl")[-1].metrics == timeless(here / "whole.jsonl")[-1].metrics
    ended = cablese(*once, "-k", "4", "--save", "x.npz")
    assert ended.code == 2 and "--save x.npz is there already" in ended.err
    assert cablese(*once, "-k", "5", "--save", "x.npz", "--force").code == 0
    assert np.array_equal(np.load("x.npz")["x"], api.run("gd", problem=PROBLEM, nodes=3, rounds=5).output)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "gd", "--save", "x.pt"), "--save x.pt: the name must end in .safetensors or .npz"),
        (("run", "gd", "--save", "none/x.npz"), "there is no directory none"),
        (("run", "gd", "--save", "x.npz", "--seeds", "2"), "--save is of one run"),
        (("compare", "gd", "sgd", "--save", "x.npz"), "--save is of one run"),
        (("run", "gd", "--save", "x.npz", "--trace", "x.npz"), "are the same file"),
    ],
)
def test_an_output_that_cannot_be_saved_is_told_before_the_run(
    cablese: Command, here: Path, words: tuple[str, ...], message: str
) -> None:
    ended = cablese(*words, "--problem", PROBLEM, "-n", "2", "-k", "2")
    assert ended.code == 2 and message in ended.err and not Path("x.npz").exists()


def test_runs_of_a_folder_have_the_order_of_their_command(cablese: Command, quick: Quick, here: Path) -> None:
    from cablese.runtime.store import read_runs, stored_runs

    def order(folder: str) -> list[str]:
        return [run.header.algorithm for run in read_runs([folder]) if run.header is not None]

    assert cablese("compare", "marina", "gd", "diana", *quick, "--quiet", "--out", "o").code == 0
    assert (
        order("o") == [each.header.algorithm for each in stored_runs(Path("o"))] == ["MARINA", "GD", "DIANA"]
    )
    assert cablese("compare", "ef21", "gd", *quick, "--quiet", "--out", "o").code == 0
    assert order("o") == [
        "EF21",
        "GD",
        "MARINA",
        "DIANA",
    ]  # those of the last command, the others behind them
    assert cablese("compare", "gd", "gd(gamma = 0.1)", "ef21", *quick, "--quiet", "--out", "o").code == 0
    assert order("o")[:3] == ["GD", "GD", "EF21"]
    Path("mine").mkdir()
    Path("mine/runs.txt").write_text("notes of mine")
    assert cablese("compare", "marina", "gd", *quick, "--quiet", "--out", "mine").code == 0
    assert Path("mine/runs.txt").read_text() == "notes of mine" and order("mine") == ["GD", "MARINA"]
