from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest
from cablese.runtime.errors import UsageError
from cablese.runtime.execute.config_files import config_text, merge, read_config
from cablese.runtime.execute.option_checks import make_options
from cablese.runtime.execute.options import Options
from conftest import Command


def test_defaults_are_those_of_the_product() -> None:
    options = make_options({})
    assert (options.nodes, options.rounds, options.seed, options.problem) == (10, 1000, 0, None)
    assert (options.dtype, options.wire, options.device, options.split) == (
        None,  # float64, for a network float32
        "float32",
        "cpu",
        "contiguous",
    )
    assert (options.wire_check, options.server_rank, options.metrics) == ("sample", "shared", ())


@pytest.mark.parametrize(
    ("rounds", "every", "interval"),
    [
        (10_000, None, 50),
        (1000, None, 10),
        (200, None, 10),
        (50, None, 5),
        (10, None, 1),
        (0, None, 1),
        (1000, 7, 7),
    ],
)
def test_points_are_so_far_apart_that_measuring_costs_little(
    rounds: int, every: int | None, interval: int
) -> None:
    assert make_options({"rounds": rounds, "every": every}).interval == interval


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"nodes": 0}, "--nodes must be at least 1, not 0."),
        ({"rounds": -1}, "--rounds must be at least 0, not -1."),
        ({"every": 0}, "--every must be at least 1, not 0."),
        ({"seed": 2**64}, "--seed must be below 2^64, not 18446744073709551616."),
        ({"wire": "half"}, "--wire takes float32, float64 or float16, not 'half'."),
        ({"wire_check": "no"}, "--wire-check takes sample or all, not 'no'."),
        (
            {"split": "odd"},
            "--split takes one of contiguous, shuffled, by_label, dirichlet(0.5),",
        ),
        ({"split": "dirichlet(0)"}, "numbers above 0, not 'dirichlet(0)'."),
        (
            {"settings": ("gamma",)},
            "--set takes NAME=EXPR, such as gamma=0.1 or",
        ),
        ({"settings": ("a == b",)}, "--set takes NAME=EXPR"),
        (
            {"metrics": "loss"},
            "gap, or a function of the point as mine.py:accuracy, not 'loss'. `loss` is measured",
        ),
        ({"metrics": "f_gp"}, "not 'f_gp'. Did you mean `f_gap`?"),
        ({"split": "by-label"}, "not 'by-label'. Did you mean `by_label`?"),
        ({"wire": "float23"}, "not 'float23'. Did you mean `float32`?"),
        ({"thin": ("los=3",)}, "not 'los=3'. Did you mean `loss`?"),
        ({"rounds": 1.5}, "--rounds does not take 1.5: input should be a valid integer."),
        ({"thin": ("foo=3",)}, "a whole number from 1 and NAME one of loss, grad_norm2,"),
        ({"thin": ("loss=2", "loss=0")}, "dist2, average, not 'loss=0'."),
        ({"thin": {"loss": 0}}, "--thin takes NAME=P"),
        ({"thin": ("f_gap=5",)}, "--thin takes NAME=P"),
        ({"nodes": "5"}, "--nodes does not take '5': input should be a valid integer."),
        ({"colour": "red"}, "`colour` is no option of a run."),
        ({"round": 3}, "`round` is no option of a run. Did you mean `rounds`?"),
        ({"nodes": 0, "every": 0}, "--nodes must be at least 1, not 0. --every must be at least 1, not 0."),
    ],
)
def test_what_an_option_does_not_take_is_said_in_a_sentence(values: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_options(values)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_periods_are_read_from_words_and_tables() -> None:
    assert make_options({"thin": ["loss=5", " average = 20"]}).periods == {"loss": 5, "average": 20}
    assert make_options({"thin": {"loss": 5}}).periods == {"loss": 5}
    assert make_options({}).periods == {}


def test_a_single_text_is_one_of_several() -> None:
    assert make_options({"settings": "gamma=1"}).settings == ("gamma=1",)
    assert make_options({"thin": "loss=5"}).periods == {"loss": 5}


def test_bits_and_seconds_may_have_a_unit() -> None:
    assert make_options({"max_bits": "50kbit"}) == make_options({"max_bits": 5e4})
    assert make_options({"max_seconds": "1.5 min"}) == make_options({"max_seconds": "90"})


@pytest.mark.parametrize("rounds", [100, 1e2, np.int64(100), np.float64(100)])
def test_whole_numbers_may_be_floats(rounds: object) -> None:
    taken = make_options({"rounds": rounds}).rounds
    assert (taken, type(taken)) == (100, int)


def test_metrics_may_be_written_in_one_word() -> None:
    assert make_options({"metrics": "f_gap, dist2"}).metrics == ("f_gap", "dist2")


def test_options_survive_the_way_through_a_file(tmp_path: Path) -> None:
    settings = ("gamma = 0.1", 'Q=rand_k(k = 10, "\\ü")')
    given = {"settings": settings, "problem": 'logreg(data = "a9a")', "every": 3, "split": "dirichlet(0.5)"}
    options = make_options(given)
    path = tmp_path / "run.toml"
    path.write_text(config_text(options, tmp_path), encoding="utf-8")
    assert make_options(read_config(path)) == options


def test_a_file_may_have_a_byte_order_mark_and_names_what_toml_forbids(tmp_path: Path) -> None:
    options = make_options({"problem": 'logreg(data = "/a \x7f\t\x1b")'})
    path = tmp_path / "run.toml"
    path.write_text(config_text(options, tmp_path), encoding="utf-8-sig")
    assert make_options(read_config(path)) == options


@pytest.mark.parametrize(
    "values", [{"problem": 'logreg(data = "\udcff")'}, {"graph": "\udcff"}, {"split": "\udcff"}]
)
def test_a_text_that_no_file_could_keep_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="is not UTF-8 text: rename the file that it names"):
        make_options(values)


PATHS = [
    ("problem", 'logreg(l2 = 1, data = "a9a.bz2", bias = true)'),
    ("problem", "logreg(data = 'deep/set \"1\".npz')"),
    ("problem", 'logreg(data = "~/a9a")'),
    ("problem", 'logreg(data = "/a9a")'),
    ("problem", 'logreg(data = "digits")'),
    ("problem", "quadratic(d = 3)"),
    ("problem", "quadratic(d = "),
    ("graph", "edges.txt"),
    ("graph", "ring"),
    ("graph", "erdos_renyi(0.5)"),
]


@pytest.mark.parametrize(("name", "value"), PATHS)
def test_a_file_repeats_a_run_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """It may lie behind a link, and in a folder with blanks."""
    here, there, elsewhere = (tmp_path / folder for folder in ("here", "the re", "else/where"))
    for folder in (here, there, elsewhere):
        folder.mkdir(parents=True)
    (tmp_path / "link").symlink_to(there)
    monkeypatch.chdir(here)
    config = tmp_path / "link" / "run.toml"
    config.write_text(config_text(make_options({name: value}), config.parent), encoding="utf-8")
    assert read_config(config)[name] == value
    monkeypatch.chdir(elsewhere)
    moved = str(read_config(config)[name])
    stays = "~" in value or '"/' in value or "." not in value or "digits" in value or "(0.5)" in value
    assert moved.replace("../../here/", "", 1) == value
    assert (moved == value) is stays


def test_outputs_in_a_file_start_at_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "run.toml").write_text('trace = "t.jsonl"\nplot = "/p.png"\nout = "."\n')
    monkeypatch.chdir(tmp_path)
    assert read_config(Path("o/run.toml")) == {"trace": "o/t.jsonl", "plot": "/p.png", "out": "o"}


def test_settings_in_a_file_may_be_a_table(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text('wire-check = "all"\n[set]\ngamma = 0.1\nQ = "rand_k(k = 2)"\nfast = true\n')
    assert read_config(path) == {
        "wire_check": "all",
        "settings": ("gamma=0.1", "Q=rand_k(k = 2)", "fast=true"),
    }


@pytest.mark.parametrize(
    ("text", "message"), [("nodes = ", "this is not TOML"), ("set = 3", "`set` takes a list")]
)
def test_a_file_that_is_no_configuration(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "run.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message):
        read_config(path)


def test_the_command_line_wins_over_the_file_setting_by_setting() -> None:
    config = {"nodes": 4, "rounds": 7, "settings": ("gamma=1", "p=0.5")}
    merged = merge(config, {"nodes": 5, "settings": ("gamma = 2",), "every": None})
    assert merged == {"nodes": 5, "rounds": 7, "settings": ("p=0.5", "gamma = 2")}


def test_options_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Options().nodes = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--out", "o1", "--out", "o2"), "--out takes one value, and is given 2: o1 and o2."),
        (("-k", "5", "--rounds", "6"), "--rounds takes one value, and is given 2: 5 and 6."),
    ],
)
@pytest.mark.parametrize("command", ["run", "compare"])
def test_an_option_of_one_value_is_given_once(
    cablese: Command, command: str, words: tuple[str, ...], said: str
) -> None:
    ended = cablese(command, "gd", *words)
    assert ended.code == 2 and said in ended.err and not ended.out


def test_a_setting_that_is_not_finite_is_told_so(cablese: Command) -> None:
    ended = cablese("run", "gd", "--set", "gamma=nan")
    assert ended.code == 1 and "numbers are finite" in ended.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("foo = 3", "c.toml: `foo` is no option of a run."),
        ('rounds = "x"', "c.toml: --rounds does not take 'x'"),
        ('set = ["gamma"]', "c.toml: --set takes NAME=EXPR"),
    ],
)
def test_what_is_wrong_in_a_configuration_names_it(
    cablese: Command, tmp_path: Path, text: str, said: str
) -> None:
    config = tmp_path / "c.toml"
    config.write_text(text)
    ended = cablese("run", "gd", "--config", config)
    assert ended.code == 2 and said in ended.err
    ended = cablese("run", "gd", "--config", config, "-n", "0", "--rounds", "5", "--set", "gamma=0.1")
    assert ("c.toml" in ended.err) == text.startswith("foo")


def test_a_setting_of_a_configuration_is_placed_there(cablese: Command, tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text('[set]\ngamma = "zzz"\n')
    for more in ((), ("--set", "x=1")):
        assert "c.toml (set):1:7" in cablese("run", "gd", "--config", config, *more).err
    assert "c.toml" not in cablese("run", "gd", "--config", config, "--set", "gamma=yyy").err


@pytest.mark.parametrize(
    ("spec", "option"),
    [
        ("gd", "--graph=ring"),
        ("gd", "--groups=2"),
        ("rand_mcm_g", "--groups=4"),
        ("gd", "--server-rank=dedicated"),
        ("gd", "--split=shuffled"),
        ("dpsgd", "--graph=rnig"),
        ("dpsgd", "--graph=erdos_renyi(3)"),
        ("dpsgd", "--graph=torus"),
    ],
)
@pytest.mark.parametrize("command", ["run", "compare"])
def test_an_option_that_does_not_fit_the_method_is_a_wrong_command_line(
    cablese: Command, quick: tuple[str, ...], command: str, spec: str, option: str
) -> None:
    ended = cablese(command, spec, *quick, option)
    assert ended.code == 2
    assert ended.err.startswith(f"error: {option.partition('=')[0]}") or "--split shuffled" in ended.err


@pytest.mark.parametrize(
    ("problem", "culprit"),
    [("logreg(2)", "2"), ("logreg(data = foo(3))", "foo(3)"), ("3", "3"), ('logreg(l2 = "a" * 2)', '"a"')],
)
def test_a_problem_that_is_no_call_with_constants(cablese: Command, problem: str, culprit: str) -> None:
    """A wrong command line, without the code of another mistake."""
    ended = cablese("run", "gd", "--problem", problem)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"error: --problem does not take `{problem}`: ")
    assert f"and `{culprit}` is none; such as " in ended.err
