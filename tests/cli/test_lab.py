"""`cablese lab` from outside; its verdicts have tests of their own."""

from __future__ import annotations

import json

import pytest
from cablese.dsl.check.contracts import Class
from cablese.runtime.compressors import registry as rooms
from cablese.runtime.compressors.natural import Natural
from conftest import Command

QUICK = ("--dim", "200", "--draws", "400", "--repeats", "1")


class Boastful(Natural):
    """An omega that is too small."""

    name = "boastful"

    def omega(self, d: int) -> float:
        return 0.05


@pytest.fixture
def boastful(monkeypatch: pytest.MonkeyPatch) -> None:
    known = tuple(rooms.registry().values())
    monkeypatch.setattr(rooms, "_FAMILIES", rooms.families())
    for family in (*known, Boastful):
        rooms.register(family)


def test_the_lab_shows_sizes_losses_and_verdicts(cablese: Command) -> None:
    ended = cablese("lab", "rand_k(k = 10)", "top_k(k = floor(d / 50))", *QUICK)
    assert (ended.code, ended.err) == (0, "")
    for word in (
        "d = 200",
        "rand_k(k = 10)",
        "top_k(k = 4)",
        "omega 19",
        "delta 50",
        "holds",
        "none refuted",
    ):
        assert word in ended.out


@pytest.mark.slow
def test_the_lab_without_an_argument_takes_every_family(cablese: Command) -> None:
    ended = cablese("lab", "--json", "--dim", "100", "--draws", "50", "--repeats", "1")
    names = {entry["text"].partition("(")[0] for entry in json.loads(ended.out)["compressors"]}
    families = rooms.registry().items()
    assert names == {name for name, family in families if family.classify({}) is not Class.COLLECTIVE}


def test_the_lab_for_programs(cablese: Command) -> None:
    ended = cablese("lab", "quantize(s = 1)", "--json", "--seed", "3", *QUICK)
    record = json.loads(ended.out)
    assert (ended.code, record["dim"], record["seed"], record["draws"]) == (0, 200, 3, 400)
    [entry] = record["compressors"]
    assert (entry["label"], entry["kind"], entry["refuted"]) == ("quantize(s = 1)", "unbiased", False)
    assert {size["kind"] for size in entry["sizes"]} == {"gaussian", "heavy-tailed", "sparse", "adversarial"}
    assert entry["speed"]["send"] > 0
    losses = [f for f in entry["findings"] if f["statement"] == "omega" and f["d"] == 64]
    assert {f["vector"] for f in losses} >= {"gaussian", "cauchy", "equal magnitudes"}
    assert all(f["at_least"] <= f["measured"] <= f["high"] for f in losses)


def test_all_but_times_depends_on_the_seed_alone(cablese: Command) -> None:
    one, same, other = (
        json.loads(cablese("lab", "natural()", "--json", "--seed", seed, *QUICK).out)["compressors"][0][
            "findings"
        ]
        for seed in (1, 1, 2)
    )
    assert one == same
    assert one != other


@pytest.mark.usefixtures("boastful")
def test_what_is_refuted_is_said_and_fails(cablese: Command) -> None:
    ended = cablese("lab", "natural()", "boastful()", *QUICK)
    assert ended.code == 1
    rows = [line.rstrip() for line in ended.out.splitlines()]
    assert any(row.startswith("boastful()") and row.endswith("refuted") for row in rows)
    assert any(row.startswith("natural()") and row.endswith("holds") for row in rows)
    lines = ended.err.splitlines()
    assert any(
        line.startswith("refuted: boastful(): omega: states omega = 0.05, measured 0.") for line in lines
    )
    assert all(line.startswith("refuted: boastful(): ") for line in lines)
    ended = cablese("lab", "boastful()", "--json", *QUICK)
    assert (ended.code, json.loads(ended.out)["compressors"][0]["refuted"]) == (1, True)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("randk(k = 1)",), 1, "did you mean `rand_k`"),
        (("rand_k(",), 1, "error[E1"),
        (("",), 1, "error[E1"),
        (("rand_k(5)",), 1, "write `rand_k(k = 5)`"),
        (("rand_k(k = 0)",), 1, "at least 1"),
        (("rand_k(k = 1000)", "--dim", "500"), 1, "--dim 500: `rand_k(k = 1000)` keeps 1000 coordinates"),
        (("rand_k(k = L)",), 1, "`L`"),
        (("sign()", "--dim", "0"), 2, "--dim 0: takes a whole number from 1 on"),
        (("sign()", "--dim", "1.5"), 2, "--dim 1.5: takes"),
        (("sign()", "--dim", "inf"), 2, "--dim inf: takes"),
        (("sign()", "--draws", "1"), 2, "--draws 1: takes a whole number from 2 on"),
        (("sign()", "--repeats", "0"), 2, "--repeats 0"),
        (("sign()", "--seed", "-1"), 2, "--seed -1"),
    ],
)
def test_wrong_input_is_explained(cablese: Command, words: tuple[str, ...], code: int, said: str) -> None:
    ended = cablese("lab", *words)
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err
    assert "bug" not in ended.err


@pytest.mark.parametrize("dim", [1, 2, 7])
def test_short_vectors(cablese: Command, dim: int) -> None:
    assert cablese("lab", "--dim", dim, "--draws", "20", "--repeats", "1").code == 0
