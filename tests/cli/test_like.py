"""`cablese like`: the closest methods of the library, and an old method under new names or in other units."""

from __future__ import annotations

import json
from pathlib import Path

import cablese as package
import jsonschema
import pytest
from cablese.dsl.edits.distance import changes, distance
from cablese.dsl.edits.script import script
from cablese.dsl.pipeline import compile_spec
from cablese.dsl.text.source import Source
from cablese.runtime.errors import SetupError
from cablese.runtime.execute import likeness
from cablese.runtime.library import find_spec, shipped_specs
from cablese.runtime.registry import plugins
from conftest import Command

SCHEMA = Path(__file__).parents[2] / "grammar" / "like.schema.json"
MEMORY = """\
algorithm Mine
problem minimize
compressor Z: unbiased
param a    = 0.5      where 0 < a <= 1
param step = 1 / L    where step > 0
param size = max(samples_i) where size >= 1
init:
    all: y = x0
    server: mean_memory = zeros
    node: memory = zeros
round:
    node: event batch ~ minibatch(size)
    node:
        new = grad(y, batch)
        lag = new - memory
    node -> server: news = Z(lag)
    server:
        direction = mean(news) + mean_memory
        mean_memory = mean_memory + a * mean(news)
    node: memory = a * news + memory
    server -> all: told = direction
    all: y = prox(-step * told + y, step)
output y
"""

UNITS = """\
algorithm Units
problem minimize
compressor C: contractive
param eta = 1 / L where eta > 0
init:
    all: x = x0
    node: e = zeros
round:
    node -> server: m = C(e + eta * grad(x) / 2)
    node: e = e + eta * grad(x) / 2 - m
    server -> all: v = mean(m)
    all: x = x - v
output x
"""


FEW = ("artemis", "diana", "ef_sgd", "extragradient", "gd", "marina", "masha1", "pp_marina", "vr_marina")


@pytest.fixture(autouse=True)
def small_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library of a few methods: to read them all takes seconds."""
    few = tuple(shipped for shipped in shipped_specs() if shipped.name in FEW)
    monkeypatch.setattr(likeness, "shipped_specs", lambda: few)


def test_an_old_method_under_new_names(cablese: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.alg").write_text(MEMORY)
    found = cablese("like", tmp_path / "mine.alg")
    assert found.code == 0
    assert found.out.startswith("Mine is DIANA: the same method\n")
    assert "  states" in found.out


def test_the_closest_of_others_and_how_it_differs(cablese: Command) -> None:
    found = cablese("like", "vr_marina")
    assert found.out.startswith("VR_MARINA: closest is MARINA, 2 changes\n")
    assert "minibatches xi of b samples" in found.out
    assert "vr_marina" not in found.out.split("\n\n")[1]  # not compared with itself
    rows = found.out.split("\n\n")[1].splitlines()
    assert len(rows) == 2 + 5


def test_json(cablese: Command) -> None:
    found = json.loads(cablese("like", "extragradient", "--json").out)
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(found, schema)
    assert found["algorithm"] == "Extragradient"
    distances = [method["distance"] for method in found["methods"]]
    assert distances == sorted(distances)
    assert {"name", "changes", "distance", "answer", "relations", "sentences"} == set(found["methods"][0])


def test_python() -> None:
    found = package.like("pp_marina")
    assert found[0].name == "marina" and not found[0].same
    assert repr(found).startswith("PP_MARINA: closest is MARINA, 2 changes")
    assert "<table>" in found._repr_html_()
    assert [close.name for close in found[:2]] == [found[0].name, found[1].name]


def test_trouble(cablese: Command, tmp_path: Path) -> None:
    empty, wrong = tmp_path / "empty.alg", tmp_path / "wrong.alg"
    empty.write_text("")
    wrong.write_text(UNITS.replace("mean(m)", "mean(w)"))
    for path, said in ((empty, "error[E"), (wrong, "error[E201]"), ("no_such", "No spec called")):
        found = cablese("like", path)
        assert (found.code, found.out) == (1, "")
        assert said in found.err


def test_methods_of_the_same_kind_alone() -> None:
    copy = Source("mine.alg", find_spec("extragradient").text.replace("z_half", "half"))
    found = package.like(copy)
    assert found[0].same and found[0].title == "Extragradient"
    assert {close.name for close in found} == {"extragradient", "masha1"}
    text = find_spec("extragradient").text.replace("problem vi", "problem saddle")
    with pytest.raises(SetupError, match="No other method"):
        package.like(Source("saddle.alg", text))


def test_distances() -> None:
    programs = {name: compile_spec(find_spec(name), plugins(), ()) for name in ("marina", "vr_marina", "gd")}
    marina = programs["marina"]
    near, far = (script(marina, programs[name], {}) for name in ("vr_marina", "gd"))
    assert changes(script(marina, marina, {})) == 0 == distance(script(marina, marina, {}))
    assert changes(near) == 2
    assert 0 < distance(near) < distance(far)
