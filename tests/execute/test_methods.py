"""Methods of a command line: settings behind a spec's name, addressed ones, and those that go by a compressor's role."""

from __future__ import annotations

from pathlib import Path

import cablese
import pytest
from cablese.runtime.errors import SetupError, UsageError
from cablese.runtime.execute.methods import Method, find_method, settings_of_each
from cablese.runtime.library import find_spec

QUICK = {"problem": "quadratic(d = 6, mu = 0.5, L = 2)", "nodes": 3, "rounds": 20, "every": 20}


def of(*texts: str, given: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    return settings_of_each([find_method(text) for text in texts], given)


def test_settings_behind_a_name_are_of_that_method_alone() -> None:
    assert of("marina(Q = rand_k(k = 1), p = 0.5)", "marina", "diana ( gamma = 4 * gamma )") == [
        ("Q=rand_k(k = 1)", "p=0.5"),
        (),
        ("gamma=4 * gamma",),
    ]


def test_a_path_takes_settings_as_a_name_does(tmp_path: Path) -> None:
    file = tmp_path / "my-own.alg"
    file.write_text(find_spec("gd").text)
    assert find_method(f"{file}(gamma = 0.5)") == Method(find_method(str(file)).source, ("gamma=0.5",))
    odd = tmp_path / "gd (2)"
    odd.write_text(find_spec("gd").text)
    assert find_method(str(odd)).settings == ()  # a file of that very name


def test_an_addressed_setting_reaches_the_method_of_that_name() -> None:
    assert of("marina", "diana", given=("MARINA.gamma=0.1", "gamma=1")) == [("gamma=0.1",), ("gamma=1",)]


def test_own_settings_replace_those_for_all() -> None:
    assert of("marina(gamma = 2)", "diana", given=("gamma=1",)) == [("gamma=2",), ("gamma=1",)]


def test_a_role_reaches_the_compressors_whatever_they_are_called() -> None:
    assert of("mcm", "diana", "rand_mcm", "gd", given=("up=rand_k(k = 1)", "down=rand_k(k = 2)")) == [
        ("C_up=rand_k(k = 1)", "C_dwn=rand_k(k = 2)"),
        ("Q=rand_k(k = 1)",),
        ("C_up=rand_k(k = 1)", "C_dwn=rand_k(k = 2)"),
        (),
    ]


def test_a_method_s_own_settings_go_by_role_as_well() -> None:
    assert of("mcm(down = rand_k(k = 2))", "mcm", given=("mcm.up=rand_k(k = 1)",)) == [
        ("C_dwn=rand_k(k = 2)", "C_up=rand_k(k = 1)"),
        ("C_up=rand_k(k = 1)",),
    ]
    assert of("gd(down = rand_k(k = 2))") == [
        ("down=rand_k(k = 2)",)
    ]  # as a name that it lacks, to be refused


def test_a_role_in_which_no_method_compresses_is_refused() -> None:
    with pytest.raises(UsageError, match=r"no method here compresses what its servers send"):
        of("gd", "diana", given=("down=rand_k(k = 2)",))


def test_an_address_of_no_method_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match=r"called `marin`.*marina, diana.*--set marina\.gamma=1"):
        of("marina", "diana", given=("marin.gamma=1",))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("diana(3)", "NAME = EXPR"),
        ("diana(gamma 2)", "nothing stands between"),
        ("diana(gam = 2)", "no param or compressor `gam`"),
        ("dina(gamma = 2)", "Did you mean `diana`"),
        ("diana(gamma = 2, gamma = 3)", "gamma"),
    ],
)
def test_wrong_settings_are_told(text: str, told: str) -> None:
    with pytest.raises((SetupError, cablese.SpecError), match=told):
        cablese.run(text, **QUICK)


def test_runs_of_one_method_differ_by_their_settings_in_results_and_names() -> None:
    runs = cablese.compare(["marina(Q = rand_k(k = 1))", "marina(Q = rand_k(k = 6))", "gd"], **QUICK)
    alone = cablese.run("marina", set={"Q": "rand_k(k = 1)"}, **QUICK)
    assert [p.metrics for p in runs[0].points] == [p.metrics for p in alone.points]
    shown = runs._repr_html_()
    assert "MARINA (Q = rand_k(k = 1))" in shown and "MARINA (Q = rand_k(k = 6))" in shown
