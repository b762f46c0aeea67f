"""`import cablese`: the same as the command line, from Python."""

from __future__ import annotations

import inspect
import signal
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_type_hints
from xml.etree import ElementTree

import cablese
import numpy as np
import pytest
from cablese.choices import STRICT
from cablese.results import Comparison
from cablese.runtime.execute.options import OPTIONS, Choices, Options
from cablese.runtime.library import find_spec

QUICK: dict[str, Any] = {"problem": "quadratic(d = 6, mu = 0.5, L = 2)", "nodes": 3, "rounds": 20, "every": 5}

OF_FOLDERS = ("out", "checkpoint_every", "resume", "again", "force")


def test_a_run_gives_arrays_by_name() -> None:
    result = cablese.run("marina", **QUICK)
    assert isinstance(result, cablese.Result)
    trace = result.trace
    assert list(trace["round"]) == [0, 5, 10, 15, 20]
    assert trace.bits_up.dtype == np.int64 and trace.loss.dtype == np.float64
    assert np.array_equal(trace["grad_norm2"], trace.grad_norm2)
    assert {"round", "bits_up", "bits_down", "loss", "grad_norm2", "seconds"} <= set(trace)
    assert result.header.algorithm == "MARINA" and result.summary is not None
    assert result.output is not None and result.output.shape == (6,)
    assert "MARINA on quadratic" in repr(result)


def test_a_name_that_the_trace_lacks_is_an_error_that_lists_the_others() -> None:
    trace = cablese.run("gd", **QUICK).trace
    with pytest.raises(AttributeError, match="grad_norm2"):
        _ = trace.los
    with pytest.raises(KeyError, match="grad_norm2"):
        trace["los"]


def test_settings_may_be_a_mapping_or_a_list() -> None:
    one = cablese.run("marina", **QUICK, set={"p": 0.5, "Q": "rand_k(k = 2)"})
    other = cablese.run("marina", **QUICK, set=["p=0.5", "Q=rand_k(k = 2)"])
    assert np.array_equal(one.trace.loss, other.trace.loss)
    assert one.header.params["p"] == 0.5
    alone = cablese.run("gd", **QUICK, set="gamma=0.25")
    assert alone.header.params["gamma"] == 0.25
    texts = cablese.cost("marina", set="p=0.5"), cablese.cost("marina", set=["p=0.5"])
    assert str(texts[0]) == str(texts[1])
    assert not cablese.verify("gd", quick=True, set="gamma=0.25").failed


def test_a_spec_may_be_a_text_a_path_or_a_name(tmp_path: Path) -> None:
    from cablese.runtime.library import find_spec

    text = find_spec("gd").text
    path = tmp_path / "mine.alg"
    path.write_text(text)
    runs = [cablese.run(spec, **QUICK) for spec in ("gd", text, path, str(path))]
    assert all(np.array_equal(run.trace.loss, runs[0].trace.loss) for run in runs)


def test_help_and_tab_show_every_option_with_its_default_and_meaning() -> None:
    options = inspect.signature(cablese.run).parameters
    own = {"spec", "specs", "seeds", "sweep", "jobs", "on_point", "live", *OF_FOLDERS}
    shown = {name: option.default for name, option in options.items() if name not in own}
    assert shown == {option.name: option.default for option in (*OPTIONS.values(), STRICT)}
    compared = inspect.signature(cablese.compare).parameters
    assert {name: option for name, option in compared.items() if name not in own} == {
        name: option for name, option in options.items() if name not in own
    }
    for function in (cablese.run, cablese.compare):
        assert all(f"    {name} = {default!r}: " in str(function.__doc__) for name, default in shown.items())


def test_static_types_of_choices_are_those_of_options_and_what_python_writes_beside() -> None:
    checked = get_type_hints(Options)
    wider = {
        "settings": Mapping[str, object] | Sequence[str],
        "metrics": str | Sequence[str],
        "thin": Mapping[str, int] | Sequence[str],
        "device": str,
        "max_seconds": float | str | None,  # with a unit
        "max_bits": float | str | None,
        "problem": str | object | None,  # an Objective, whose module needs an array library
    }
    expected = {OPTIONS[field].name: wider.get(field, form) for field, form in checked.items()}
    assert get_type_hints(Choices) == {**expected, STRICT.name: bool}


def test_python_and_the_command_line_take_the_same_options() -> None:
    from cablese.cli.run import run

    names = {"set" if option.name == "settings" else str(option.name) for option in run.params} - {"spec"}
    of_files_and_screens = {"trace", "plot", "report", "live", "save", "config", "dry", "quiet", "json"}
    of_folders = {*OF_FOLDERS, "slurm", "part"}
    of_several_runs = {"seeds", "sweep", "best", "budget", "jobs"}  # of cablese.compare and its result
    assert {*OF_FOLDERS} <= {*inspect.signature(cablese.run).parameters} & names
    assert names - of_files_and_screens - of_folders - of_several_runs == set(Choices.__annotations__)


def test_a_trace_is_a_frame_of_its_points() -> None:
    """A dict of columns, which is what makers of frames take for one."""
    trace = cablese.run("gd", **QUICK, thin={"loss": 2}).trace
    assert isinstance(trace, dict) and {len(column) for column in trace.values()} == {5}
    assert np.isnan(trace.loss).tolist() == [False, True, False, True, False]
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(trace)
    assert frame.shape == (5, len(trace)) and frame["round"].tolist() == [0, 5, 10, 15, 20]


def test_notebooks_show_tables_in_which_every_text_is_escaped() -> None:
    spec = find_spec("gd").text.replace('GD: "', 'GD: "<script>alert(1)</script> ', 1)
    result = cablese.run(spec, **QUICK)
    odd = replace(result, header=replace(result.header, algorithm="<b>&", problem='"<i>'))
    for shown in (odd, Comparison([odd, result]), replace(odd, points=()), odd.trace):
        html = shown._repr_html_()
        assert "<i>" not in html and "<script" not in html and "<b>&" not in html
        parsed = ElementTree.fromstring(f"<all>{html}</all>")
        assert "".join(parsed.itertext())
    html = Comparison([odd, result])._repr_html_()
    assert "&lt;b&gt;&amp;" in html and html.count("<tr>") == 3
    assert cablese.run("gd", **{**QUICK, "every": 1}).trace._repr_html_().count("<tr>") == 1 + 5 + 1 + 5


def test_saved_runs_are_loaded_as_they_were(tmp_path: Path) -> None:
    result = cablese.run("diana", **QUICK)
    result.save(tmp_path / "t.jsonl")
    loaded = cablese.load(tmp_path / "t.jsonl")
    assert loaded == result and loaded.output is None


def test_plots_are_figures_and_files(tmp_path: Path) -> None:
    results = cablese.compare(["marina", "gd"], **QUICK)
    assert [result.header.algorithm for result in results] == ["MARINA", "GD"]
    assert isinstance(results[:1], cablese.Comparison)
    drawn = results.plot(tmp_path / "two.png")
    assert len(drawn.axes) == 6 and (tmp_path / "two.png").stat().st_size > 10_000
    assert len(results[0].plot().axes) == 4


def test_runs_at_once_are_those_in_turn() -> None:
    told: list[tuple[int, int]] = []
    given = {**QUICK, "seeds": 2}
    one = cablese.compare(["diana", "gd(gamma = 1e30)"], **given)
    two = cablese.compare(
        ["diana", "gd(gamma = 1e30)"],
        **given,
        jobs=3,
        on_point=lambda header, point: told.append((header.seed, point.round)),
    )
    for first, second in zip(one, two, strict=True):
        assert first.failed == second.failed and first.header == second.header
        assert np.array_equal(first.trace.loss, second.trace.loss)
        assert (first.output is None) == (second.output is None)
        assert first.output is None or np.array_equal(first.output, second.output)
    assert len(told) == sum(len(result.points) for result in two)
    with pytest.raises(cablese.SetupError, match="--jobs takes a whole number from 1"):
        cablese.compare(["gd"], **QUICK, jobs=0)


def test_whole_numbers_may_be_floats_and_nothing_else() -> None:
    assert len(cablese.compare(["gd"], **QUICK, seeds=2.0)) == 2  # type: ignore[arg-type]
    assert str(cablese.cost("gd", dim=1e3)) == str(cablese.cost("gd", dim=1000))  # type: ignore[arg-type]
    assert not cablese.verify("gd", quick=True, seeds=2.0).failed  # type: ignore[arg-type]
    for call in (
        lambda: cablese.compare(["gd"], **QUICK, seeds="2"),  # type: ignore[arg-type]
        lambda: cablese.compare(["gd"], **QUICK, seeds=1.5),  # type: ignore[arg-type]
        lambda: cablese.cost("gd", dim=1.5),  # type: ignore[arg-type]
        lambda: cablese.cost("gd", dim=0),
        lambda: cablese.cost("gd", samples=0),
        lambda: cablese.verify("gd", rounds=10.5),  # type: ignore[arg-type]
    ):
        with pytest.raises(
            cablese.SetupError, match=r"^--(seeds|dim|samples|rounds) (does not take|must be)"
        ):
            call()


def test_mistakes_are_exceptions_with_the_words_of_the_command_line() -> None:
    with pytest.raises(cablese.SetupError, match="--nodes must be at least 1"):
        cablese.run("gd", nodes=0)
    with pytest.raises(cablese.SetupError, match="`colour` is no option"):
        cablese.run("gd", colour="red")  # type: ignore[call-arg]
    with pytest.raises(cablese.SetupError, match="Did you mean `marina`"):
        cablese.run("marinna")
    with pytest.raises(cablese.SpecError):
        cablese.run("algorithm X\nround:\n")
    with pytest.raises(cablese.RunFailed):
        cablese.run("gd", **{**QUICK, "rounds": 5000}, set={"gamma": 1e3})


def test_checking_gives_diagnostics() -> None:
    assert cablese.check("marina") == ()
    found = cablese.check("algorithm X\nproblem minimize\ninit:\n    all: x = y\n")
    assert found and all(diagnostic.code.startswith("E") for diagnostic in found)


def test_costs_are_numbers_formulas_and_tables() -> None:
    found = cablese.cost("marina", dim=100, nodes=4, set={"Q": "rand_k(k = 5)"})
    assert found.bits_down == 4 * (3200 + 1)
    assert found.formulas["bits_up"] == "n·(32·d·p + (1 - p)·(32·k + set(d, k)))"
    assert found.record["round"]["bits_down"] == [found.bits_down, found.bits_down]
    assert found.seconds("up = 1Mbps, down = 1Mbps", gradient_time="1s")["down"] == pytest.approx(0.012804)
    assert repr(found).startswith("MethodCost(MARINA, n = 4, d = 100: bits_up = ")
    told = cablese.cost("gd", constants={"L": 2.0, "f_gap0": 10.0})
    assert told.rounds_until("grad_norm2", 1e-3) == 40_000
    assert "<table>" in found._repr_html_()
    least, most = cablese.cost("clag").bits_up  # type: ignore[misc]
    assert least < most
    with pytest.raises(cablese.SetupError, match="none of codec, paper"):
        cablese.cost("gd", bits="most")
    with pytest.raises(cablese.SpecError):
        cablese.cost("algorithm A\n")


def test_runs_are_replayed_under_a_network(tmp_path: Path) -> None:
    run = cablese.run("gd", nodes=4, rounds=20, every=5)
    found = cablese.replay(run, "up = 1Mbps, down = 1Gbps, latency = 20ms", gradient_time="5ms")
    assert len(found.seconds) == len(run.trace["round"]) and found.seconds[-1] == found.parts["total"]
    assert found.parts["latency"] == pytest.approx(20 * 2 * 0.02)
    assert found.until("loss", run.trace.loss[2]) == found.seconds[2]
    assert found.until("loss", 0.0) is None
    assert repr(found).startswith("ReplayedRun(GD: gradients = 0.1") and "<table>" in found._repr_html_()
    run.save(tmp_path / "t.jsonl")
    assert cablese.replay(tmp_path / "t.jsonl", "up = 1Mbps, down = 1Gbps").parts["up"] == found.parts["up"]
    with pytest.raises(cablese.SetupError, match="has a server"):
        cablese.replay(run, "edge = 1Gbps")


def test_every_public_name_is_there() -> None:
    for name in cablese.__all__:
        assert getattr(cablese, name) is not None
        assert name in dir(cablese)
    with pytest.raises(AttributeError, match="no attribute 'runn'"):
        _ = cablese.runn


STEEP = """algorithm Steep
problem minimize
init:
    all: x = x0
round:
    node -> server: m = grad(x)
    server -> all: g = mean(m)
    all: x = x - 100 * g
output x
"""


def test_a_run_that_diverges_keeps_its_points_on_the_exception() -> None:
    with pytest.raises(cablese.RunFailed) as caught:
        cablese.run(STEEP, **{**QUICK, "rounds": 5000, "every": 1})
    result = caught.value.result
    assert isinstance(result, cablese.Result) and result.failed and result.stopped == str(caught.value)
    assert len(result.points) > 3 and result.summary.rounds == result.points[-1].round
    assert "failed: " in repr(result)


def test_a_run_that_fails_in_init_has_a_result_without_points(tmp_path: Path) -> None:
    with pytest.raises(cablese.RunFailed) as caught:
        cablese.run(STEEP.replace("x = x0", "x = sqrt(x0 - 1)"), **QUICK)
    result = caught.value.result
    assert result.failed and result.points == () and "failed: " in repr(result)
    result.save(tmp_path / "t.jsonl")
    assert cablese.load(tmp_path / "t.jsonl") == result
    assert result.plot().axes == []


def test_a_comparison_goes_on_after_one_that_failed() -> None:
    steep, gd = cablese.compare([STEEP, "gd"], **{**QUICK, "rounds": 5000})
    assert (steep.failed, gd.failed, gd.stopped) == (True, False, "")
    assert gd.trace["round"][-1] == 5000


def interrupted_in(monkeypatch: pytest.MonkeyPatch, rounds: int) -> None:
    """Ctrl-C in that round."""
    from cablese.runtime.execute.oracles import CountedOracle

    begin = CountedOracle.begin

    def begin_and_raise(oracle: CountedOracle, round: int) -> None:
        begin(oracle, round)
        if round == rounds:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(CountedOracle, "begin", begin_and_raise)


def test_an_interrupt_gives_the_result_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted_in(monkeypatch, 57)
    with pytest.raises(KeyboardInterrupt) as caught:
        cablese.run("gd", **{**QUICK, "rounds": 100000, "every": 10})
    assert isinstance(caught.value, cablese.Interrupted)
    result = caught.value.result
    assert result.stopped == "SIGINT" and not result.failed and result.output.shape == (6,)
    assert result.points[-1].round == result.summary.rounds == 60
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(cablese.Interrupted) as caught:
        cablese.compare(["gd", "marina"], **{**QUICK, "rounds": 100000, "every": 10})
    assert [run.header.algorithm for run in caught.value.result] == ["GD"]


def test_a_handler_of_the_callers_own_is_left_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    heard = []
    old = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        interrupted_in(monkeypatch, 7)
        assert cablese.run("gd", **QUICK).stopped == ""
    finally:
        signal.signal(signal.SIGINT, old)
    assert heard == [signal.SIGINT]


def test_runs_in_threads_and_with_a_limit_of_time_end_as_they_should() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        limited = pool.submit(cablese.run, "gd", **{**QUICK, "rounds": 10**8}, max_seconds=0.1).result()
    assert limited.stopped == "--max-seconds" and 0 < limited.points[-1].round < 10**8


def test_an_output_of_a_round_that_never_came_is_the_last_value() -> None:
    """`uniform` chooses among all rounds of the run; it may have chosen one that was not reached."""
    for seed in range(3):
        stopped = cablese.run(
            "marina", **{**QUICK, "rounds": 10**7, "every": 1000}, max_seconds=0.02, seed=seed
        )
        assert stopped.stopped and np.any(stopped.output != 0)


def test_a_comparison_of_nothing_is_refused() -> None:
    with pytest.raises(cablese.SetupError, match="nothing to compare"):
        cablese.compare([])


def test_points_are_told_as_they_are_measured() -> None:
    told: list[tuple[str, int]] = []
    result = cablese.run(
        "gd", **QUICK, on_point=lambda header, point: told.append((header.algorithm, point.round))
    )
    assert told == [("GD", k) for k in (0, 5, 10, 15, 20)] and len(result.points) == 5


def test_a_function_of_points_that_fails_ends_the_run_with_its_own_error() -> None:
    with pytest.raises(ZeroDivisionError):
        cablese.run("gd", **QUICK, on_point=lambda header, point: 1 / 0)


def test_results_are_frames() -> None:
    pytest.importorskip("pandas")
    frame = cablese.compare(["gd", "marina(p = 0.5)"], seeds=2, **QUICK).to_pandas()
    assert list(frame.columns[:4]) == ["algorithm", "seed", "set", "round"]
    assert len(frame) == 4 * 5
    assert set(frame["set"][frame["algorithm"] == "MARINA"]) == {"p=0.5"}
