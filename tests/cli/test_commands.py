"""`run` and `compare` from outside: exit codes, what goes to which stream, what is written."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cablese.cli.main import app
from cablese.runtime.execute import session
from cablese.runtime.execute.interface import Point
from cablese.runtime.tracing import read_trace, read_traces
from conftest import Command

Quick = tuple[str, ...]

RANKS = ("PMI_RANK", "PMIX_RANK", "OMPI_COMM_WORLD_RANK", "SLURM_PROCID")
STEP = {"SLURM_PROCID": "1", "SLURM_STEP_ID": "0", "SLURM_NTASKS": "4"}
"""What SLURM tells the second of four tasks."""


def timeless(path: Path) -> list[Point]:
    return [replace(point, seconds=0.0) for point in read_trace(path).points]


# --- run ------------------------------------------------------------------------------------------------------


def test_a_run_prints_its_table_on_standard_output(cablese: Command, quick: Quick) -> None:
    ended = cablese("run", "marina", *quick)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("MARINA on quadratic(d = 6, mu = 0.5, L = 2")
    assert "node -> server: m" in ended.out and "rand_k(k = 1" in ended.out


def test_quiet_runs_print_nothing(cablese: Command, quick: Quick) -> None:
    ended = cablese("run", "gd", *quick, "--quiet")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_json_is_all_that_stands_on_standard_output(cablese: Command, quick: Quick) -> None:
    ended = cablese("run", "diana", *quick, "--json")
    record = json.loads(ended.out)
    assert (ended.code, ended.err) == (0, "")
    assert (record["algorithm"], record["n"], record["d"], record["rounds"]) == ("DIANA", 3, 6, 20)
    assert record["last"]["bits_up"] == sum(
        m["bits"] for m in record["messages"] if m["route"] == "node -> server"
    )


def test_a_dry_run_runs_nothing(
    cablese: Command, quick: Quick, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(session.Prepared, "run", None)
    ended = cablese("run", "marina", *quick, "--dry", "--trace", tmp_path / "t.jsonl")
    assert (ended.code, ended.err) == (0, "")
    assert "gamma" in ended.out and "per round" in ended.out and "memory:" in ended.out
    assert not list(tmp_path.iterdir())
    assert json.loads(cablese("run", "marina", *quick, "--dry", "--json").out)["params"][
        "p"
    ] == pytest.approx(1 / 6)


def test_a_trace_has_the_first_and_the_last_round(cablese: Command, quick: Quick, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    assert cablese("run", "gd", *quick[:6], "--every", "7", "--trace", path).code == 0
    assert [point.round for point in timeless(path)] == [0, 7, 14, 20]


def test_an_out_folder_holds_all_that_repeats_the_run(cablese: Command, quick: Quick, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "er"
    settings = ("--set", "Q = rand_k(k = 2)", "--seed", "7")
    assert cablese("run", "marina", *quick, *settings, "--out", out).code == 0
    written = ["output.safetensors", "plot.png", "run.toml", "spec.alg", "trace.jsonl"]
    assert sorted(file.name for file in out.iterdir()) == written
    again = tmp_path / "again.jsonl"
    ended = cablese("run", out / "spec.alg", "--config", out / "run.toml", "--trace", again)
    assert ended.code == 0
    assert timeless(again) == timeless(out / "trace.jsonl")


def test_the_command_line_wins_over_the_configuration(cablese: Command, quick: Quick, tmp_path: Path) -> None:
    config = tmp_path / "run.toml"
    config.write_text('nodes = 9\nseed = 3\nset = ["Q=rand_k(k = 2)", "p=0.5"]\njson = true\n')
    record = json.loads(cablese("run", "marina", *quick, "--set", "p=0.25", "--config", config).out)
    assert (record["n"], record["seed"], record["params"]["p"]) == (3, 3, 0.25)
    assert record["compressors"]["Q"].startswith("rand_k(k = 2")


# --- exit codes -----------------------------------------------------------------------------------------------

WRONG_USAGE = [
    (("--nodes", "0"), "--nodes must be at least 1, not 0."),
    (("--nodes", "five"), "'five' is not a whole number"),
    (("--wire", "int8"), "--wire takes float32, float64 or float16, not 'int8'."),
    (("--split", "odd"), "--split takes one of contiguous, shuffled"),
    (("--set", "gamma"), "--set takes NAME=EXPR"),
    (("--plot", "p.gif"), "the name must end in .png, .pdf, .svg or .pgf"),
    (("--plot", "none/p.png"), "there is no directory none"),
    (("--trace", "."), "is a directory; name a file in it"),
    (("--out", "file"), "is a file; name a directory"),
    (("--config", "none.toml"), "the file cannot be read: No such file or directory"),
    (("--config", "odd.toml"), "`colour` is no option of a run."),
    (("--seeds", "0"), "--seeds must be at least 1, not 0."),
    (("--sweep", "gamma = 3"), "--sweep takes NAME"),
    (("--best", "loss"), "give --sweep"),
    (("--stop", "loss"), "is no comparison"),
    (("--max-bits", "0"), "must be greater than 0"),
    (("--max-bits", "50kB"), "--max-bits takes bits, such as 1e6 or 50kbit, not '50kB'."),
    (("--max-bits", "nan"), "--max-bits does not take nan"),
    (("--max-seconds", "1h"), "--max-seconds takes seconds, such as 90 or 5min, not '1h'."),
]


@pytest.mark.parametrize(
    ("metric", "hint"), [("losss", "Did you mean `loss`?"), ("f_gap", "Ask for it: --metrics f_gap.")]
)
@pytest.mark.parametrize("more", [(), ("--dry",), ("--json",), ("--jobs", "2")])
def test_a_metric_of_no_run_is_refused_before_the_first(
    cablese: Command,
    quick: Quick,
    monkeypatch: pytest.MonkeyPatch,
    metric: str,
    hint: str,
    more: tuple[str, ...],
) -> None:
    monkeypatch.setattr(session.Prepared, "run", None)
    ended = cablese("run", "gd", *quick, "--sweep", "gamma = gamma * [1/2, 1]", "--best", metric, *more)
    assert (ended.code, ended.out) == (2, "")
    assert f"not {metric}. {hint}" in ended.err


@pytest.mark.parametrize(("words", "message"), WRONG_USAGE, ids=lambda value: " ".join(value)[:30])
def test_a_wrong_command_line_exits_2_before_any_data_is_read(
    cablese: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    Path("odd.toml").write_text("colour = 1\n")
    ended = cablese("run", "gd", "--problem", 'logreg(data = "/no/such/data")', *words)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err and "Traceback" not in ended.err


ABSENT = [
    *(
        (1, (command, "absent.alg"))
        for command in ("run", "check", "fmt", "show", "cost", "verify", "like", "trace")
    ),
    (1, ("compare", "gd", "absent.alg")),
    (1, ("run", "gd", "--problem", 'logreg(data = "absent.csv")')),
    (1, ("run", "gd", "--problem", 'python(file = "absent.py")')),
    (2, ("diff", "gd", "absent.alg")),  # 1 is for methods that differ
    (2, ("plot", "absent")),
    (2, ("replay", "absent", "--network", "up = 1bps, down = 1bps")),
    (2, ("runs", "absent")),
    (2, ("runs", ".", "--why", "absent")),
    (2, ("run", "gd", "--resume", "absent")),
    (2, ("run", "gd", "--config", "absent.toml")),
    (2, ("run", "dpsgd", "--graph", "absent.txt")),
]


@pytest.mark.parametrize(("code", "words"), ABSENT, ids=[" ".join(words[:2]) for _, words in ABSENT])
def test_absent_files_of_one_kind_have_one_exit_code(
    cablese: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = cablese(*words)
    assert (ended.code, ended.out) == (code, "") and "absent" in ended.err


def test_a_misspelt_command_is_told_the_nearest(cablese: Command) -> None:
    ended = cablese("chek", "gd")
    assert ended.code == 2 and "No such command 'chek'. Did you mean 'check'?" in ended.err


WRONG_INPUT = [
    (("run", "marinna"), "Did you mean `marina`?"),
    (("run", "none/of.alg"), "There is no file none/of.alg."),
    (("run", "gd", "--problem", 'logreg(data = "/no/such/data")'), "/no/such/data"),
    (("run", "gd", "--problem", "logrec(data = 3)"), "logreg"),
    (("run", "gd", "--problem", "logreg(data = "), "--problem:1:"),
    (("run", "gd", "--set", "gama=1"), "gamma"),
    (("run", "gd", "--set", "gamma=-1"), "gamma > 0"),
    (("run", "gd", "--problem", "bilinear_saddle(d = 3, lam = 1)"), "gd"),
    (("compare", "gd", "extragradient"), "solve problems of different kinds"),
    (("show", "marinna"), "Did you mean `marina`?"),
]


@pytest.mark.parametrize(("words", "message"), WRONG_INPUT, ids=lambda value: " ".join(value)[:40])
def test_wrong_input_exits_1_with_words_and_no_traceback(
    cablese: Command, words: tuple[str, ...], message: str
) -> None:
    ended = cablese(*words)
    assert (ended.code, ended.out) == (1, "")
    assert message.lower() in ended.err.lower() and "Traceback" not in ended.err


def test_a_diverging_run_exits_3_and_keeps_what_it_measured(
    cablese: Command, quick: Quick, tmp_path: Path
) -> None:
    path, plot = tmp_path / "t.jsonl", tmp_path / "p.png"
    sizes = (*quick[:4], *quick[6:], "-k", "5000")
    ended = cablese("run", "gd", *sizes, "--set", "gamma=1e3", "--trace", path, "--plot", plot)
    assert (ended.err + ended.out).count("gd.alg:") == 1
    assert "metrics and bits are of round" in ended.out
    assert ended.code == 3 and "Traceback" not in ended.err
    assert "round" in ended.err and "gd.alg:" in ended.err
    trace = read_trace(path)
    assert len(trace.points) > 1 and trace.summary is not None and "not finite" in trace.summary.stopped
    assert plot.exists()


def test_an_interrupted_run_exits_130_and_keeps_what_it_measured(
    cablese: Command, quick: Quick, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.jsonl"
    interrupt_after(10, monkeypatch)
    ended = cablese("run", "gd", *quick, "--trace", path)
    assert (ended.code, ended.err) == (130, "interrupted\n")
    assert [point.round for point in read_trace(path).points] == [0, 5, 10]
    assert "10 rounds" in ended.out


def interrupt_after(round: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from cablese.runtime.report.watchers import Several

    deliver = Several.point

    def point(self: Several, measured: Point) -> None:
        deliver(self, measured)
        if measured.round == round:
            raise KeyboardInterrupt

    monkeypatch.setattr(Several, "point", point)


@pytest.mark.parametrize("debug", [False, True])
def test_our_own_mistakes_say_so(cablese: Command, monkeypatch: pytest.MonkeyPatch, debug: bool) -> None:
    def prepare(*_: Any) -> None:
        raise ZeroDivisionError("in the middle")

    monkeypatch.setattr(session, "prepare", prepare)
    ended = cablese(*(["--debug"] if debug else []), "run", "gd")
    assert ended.code == 3
    assert "this is a bug in cablese: ZeroDivisionError: in the middle" in ended.err
    assert "`cablese --debug …`" in ended.err
    assert ("Traceback (most recent call last)" in ended.err) is debug


def test_a_trace_that_cannot_be_written_on_ends_the_run(
    cablese: Command, quick: Quick, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def point(*_: Any) -> None:
        raise OSError(28, "No space left on device", "t.jsonl")

    monkeypatch.setattr("cablese.runtime.trace_files.TraceWriter.point", point)
    ended = cablese("run", "gd", *quick, "--trace", tmp_path / "t.jsonl")
    assert (ended.code, ended.err) == (3, "error: t.jsonl: No space left on device\n")


def test_a_reader_that_leaves_early_is_no_error() -> None:
    code = "from cablese.cli.main import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert (process.stderr.read(), process.wait()) == (b"", 0)


def test_a_real_interrupt_ends_after_the_round(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    code = "from cablese.cli.main import main; main()"
    words = ["run", "gd", "-k", "10000000", "--every", "10", "--trace", str(path), "--quiet"]
    with subprocess.Popen([sys.executable, "-c", code, *words], stderr=subprocess.PIPE) as process:
        try:
            while not path.exists() or path.stat().st_size < 10_000:
                assert process.poll() is None
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (said, process.returncode) == (b"", 130)
    run = read_trace(path)
    assert run.summary is not None and run.summary.stopped == "SIGINT"
    assert run.summary.last == run.points[-1] and run.summary.rounds == run.points[-1].round > 10


LONG = ("--problem", "quadratic(d = 6, mu = 0.5, L = 2)", "-n", "3", "-k", "100000", "--every", "1000")


def raised_in(
    monkeypatch: pytest.MonkeyPatch, calls: dict[int, signal.Signals], algorithm: str = ""
) -> list[int]:
    """Signals that arrive while the gradients of such rounds (of this method) are computed; the handlers there are kept."""
    from cablese.runtime.execute.oracles import CountedOracle

    begin = CountedOracle.begin

    def begin_and_raise(oracle: CountedOracle, round: int) -> None:
        begin(oracle, round)
        if round in calls:
            signal.raise_signal(calls[round])

    monkeypatch.setattr(CountedOracle, "begin", begin_and_raise)
    return [signal.getsignal(number) for number in signal.Signals]  # type: ignore[misc]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_run_with_a_point_and_a_summary(
    cablese: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    before = raised_in(monkeypatch, {1500: number, 1501: number})  # told twice of one
    ended = cablese("run", "gd", *LONG, "--trace", tmp_path / "t.jsonl")
    assert (ended.code, ended.err) == (code, "")
    run = read_trace(tmp_path / "t.jsonl")
    assert run.summary is not None and run.summary.stopped == number.name and not run.summary.failed
    assert 1500 < run.summary.rounds < 100000 and run.summary.last == run.points[-1]
    assert run.points[-1].round == run.summary.rounds
    assert f"stopped at round {run.summary.rounds} of 100000: {number.name}" in ended.out
    assert [signal.getsignal(each) for each in signal.Signals] == before


def test_at_a_terminal_the_first_signal_says_what_a_second_one_does(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.isatty", lambda _: True)
    raised_in(monkeypatch, {1500: signal.SIGINT})
    with pytest.raises(SystemExit) as ended:
        app(args=["run", "gd", *LONG, "--json"], prog_name="cablese")
    assert ended.value.code == 130
    assert capfd.readouterr().err.strip() == "stopping after this round; once more to end at once"


def test_a_second_signal_ends_at_once(
    cablese: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("cablese.runtime.execute.stopping.GRACE", 0.0)
    raised_in(monkeypatch, {1500: signal.SIGTERM, 1501: signal.SIGTERM})
    ended = cablese("run", "gd", *LONG, "--trace", tmp_path / "t.jsonl", "--quiet")
    assert (ended.code, ended.err) == (143, "interrupted\n")
    assert [point.round for point in read_trace(tmp_path / "t.jsonl").points] == [0, 1000]


def test_a_point_may_be_asked_for(cablese: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("cablese.runtime.execute.loop.TICK", 0.0)
    raised_in(monkeypatch, {1234: signal.SIGUSR1})
    words = (*LONG[:-4], "-k", "2000", "--every", "1000", "--quiet")
    assert cablese("run", "gd", *words, "--trace", tmp_path / "t.jsonl").code == 0
    run = read_trace(tmp_path / "t.jsonl")
    assert [point.round for point in run.points] == [0, 1000, 1235, 2000]
    assert run.summary is not None and run.summary.stopped == ""


def test_seconds_may_be_limited(cablese: Command, tmp_path: Path) -> None:
    words = (*LONG[:-4], "-k", "100000000", "--max-seconds", "0.2", "--trace", tmp_path / "t.jsonl")
    ended = cablese("compare", "gd", "diana", *words, "--json")
    assert ended.code == 0
    gd, diana = json.loads(ended.out)
    assert gd["stopped"] == diana["stopped"] == "--max-seconds" and "failed" not in gd
    assert gd["last"]["round"] == gd["rounds"] > 10
    assert "must be greater than 0" in cablese("run", "gd", *LONG, "--max-seconds", "0").err


@pytest.mark.parametrize("told", [*({name: "1"} for name in RANKS), STEP])
def test_a_process_alone_says_what_is_wrong(
    cablese: Command, monkeypatch: pytest.MonkeyPatch, told: dict[str, str]
) -> None:
    """A launcher's word on a rank is not enough to fall silent: MPI must connect several."""
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    for words in (("run", "marinna"), ("run", "gd", "-n", "0"), ("run", "gd", "--no-such-option")):
        ended = cablese(*words)
        assert ended.code in (1, 2) and ended.err.strip()


def test_tasks_of_an_array_are_runs_of_their_own(
    cablese: Command, quick: Quick, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in STEP.items():
        monkeypatch.setenv(name, value)
    refused = cablese("run", "gd", *quick)
    assert refused.code == 1 and "started 4 processes" in refused.err and "--alone" in refused.err
    ended = cablese("run", "gd", *quick, "--alone")
    assert (ended.code, ended.err) == (0, "") and "GD on quadratic" in ended.out


# --- compare --------------------------------------------------------------------------------------------------


def test_a_comparison_has_one_table_one_trace_and_one_plot(
    cablese: Command, quick: Quick, tmp_path: Path
) -> None:
    path, plot, out = tmp_path / "t.jsonl", tmp_path / "p.svg", tmp_path / "out"
    ended = cablese("compare", "marina", "diana", "gd", *quick, "--trace", path, "--plot", plot, "--out", out)
    assert (ended.code, ended.err) == (0, "")
    names = [line.split()[0] for line in ended.out.splitlines() if line[:1].isalpha()]
    assert names[-3:] == ["MARINA", "DIANA", "GD"]
    assert [run.header.algorithm for run in read_traces(path) if run.header] == ["MARINA", "DIANA", "GD"]
    assert "DIANA" in plot.read_text()
    assert sorted(entry.name for entry in out.iterdir()) == ["diana", "gd", "marina", "plot.png", "runs.txt"]
    assert timeless(out / "diana" / "trace.jsonl") == [
        replace(p, seconds=0.0) for p in read_traces(path)[1].points
    ]


def test_a_setting_reaches_the_specs_that_have_the_name(cablese: Command, quick: Quick) -> None:
    ended = cablese(
        "compare", "marina", "gd", *quick, "--json", "--set", "Q=rand_k(k = 3)", "--set", "gamma=0.125"
    )
    marina, gd = json.loads(ended.out)
    assert marina["compressors"]["Q"].startswith("rand_k(k = 3") and gd["compressors"] == {}
    assert marina["params"]["gamma"] == gd["params"]["gamma"] == 0.125


def test_a_setting_that_no_spec_has_is_refused(cablese: Command, quick: Quick) -> None:
    ended = cablese("compare", "marina", "gd", *quick, "--set", "gmma=1")
    assert ended.code == 1 and "gmma" in ended.err


def test_one_spec_twice_is_told_apart(cablese: Command, quick: Quick, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert cablese("compare", "gd", "gd", *quick, "--out", out).code == 0
    assert sorted(entry.name for entry in out.iterdir()) == ["gd-1", "gd-2", "plot.png", "runs.txt"]


def test_a_signal_takes_its_turn_from_the_rest(cablese: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    raised_in(monkeypatch, {1500: signal.SIGTERM})
    ended = cablese("compare", "gd", "diana", "marina", *LONG, "--json")
    assert ended.code == 143
    (gd,) = json.loads(ended.out)
    assert gd["algorithm"] == "GD" and gd["stopped"] == "SIGTERM"


BROKEN_IN_INIT = """algorithm Broken
problem minimize
init:
    all: x = sqrt(x0 - 1)
round:
    node -> server: m = grad(x)
    server -> all: g = mean(m)
    all: x = x - g
output x
"""


@pytest.mark.slow
def test_a_comparison_marks_what_failed_and_goes_on(cablese: Command, quick: Quick, tmp_path: Path) -> None:
    broken, steep, plot = tmp_path / "broken.alg", tmp_path / "steep.alg", tmp_path / "p.svg"
    broken.write_text(BROKEN_IN_INIT)
    steep.write_text(
        BROKEN_IN_INIT.replace("sqrt(x0 - 1)", "x0").replace("- g", "- 100 * g").replace("Broken", "Steep")
    )
    words = (broken, steep, "gd", *quick[:4], *quick[6:], "-k", "2000")
    ended = cablese("compare", *words, "--plot", plot)
    assert ended.code == 3 and ended.err.count("error:") == 1 and ended.err.count("not finite") == 2
    assert "Broken, failed in init" in ended.out and "Steep, failed in round" in ended.out
    assert "\nGD  " in ended.out
    assert "Steep, failed in round" in plot.read_text() and "Broken" not in plot.read_text()
    first, second, third = json.loads(cablese("compare", *words, "--json").out)
    assert first["failed"] and second["failed"] and "failed" not in third
    assert "last" not in first and "not finite" in second["stopped"]


def test_a_file_without_its_quotes_is_told_of_quotes(cablese: Command) -> None:
    ended = cablese("run", "gd", "--problem", "logreg(data = mine.csv)")
    assert ended.code == 1 and 'a file\'s name stands in quotes, `"mine.csv"`' in ended.err


def test_data_that_lies_with_the_figures_is_named_with_its_place(
    cablese: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kept.csv").write_text("1,2\n")
    monkeypatch.setenv("CABLESE_DATA", str(tmp_path))
    ended = cablese("run", "gd", "--problem", 'logreg(data = "kept.csv")')
    assert ended.code == 1 and f'write data = "{tmp_path}/kept.csv"' in ended.err.replace("\n", " ")


@pytest.mark.parametrize(
    ("rounds", "told"),
    [
        ("1e1", "2 nodes, d = 3, 10 rounds"),
        ("1.5", "'1.5' is not a whole number"),
        ("1e400", "is not a whole number"),
    ],
)
def test_whole_numbers_may_have_an_exponent(cablese: Command, rounds: str, told: str) -> None:
    problem = "quadratic(d = 3, mu = 1, L = 2)"
    ended = cablese("run", "gd", "-n", "2", "-k", rounds, "--problem", problem, "--dry")
    assert told in ended.out + ended.err and ended.code == (0 if rounds == "1e1" else 2)
