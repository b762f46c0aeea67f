"""The playground's answers on CPython: those of the commands, without the packages and threads that a browser lacks."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import cablese
import pytest
from cablese.playground import answer
from cablese.runtime.library import find_spec

MARINA = find_spec("marina").text
SITE = Path(__file__).parents[2] / "docs" / "site"

# what Pyodide's core has not, and no thread starts
BROWSER = """
import json, sys, threading
MODULES = ("fcntl", "termios", "lzma", "_lzma", "ssl", "sqlite3", "resource", "pwd", "grp", "readline", "curses")
for name in (*PACKAGES, *MODULES):
    sys.modules[name] = None
def start(self):
    raise RuntimeError("can't start new thread")
threading.Thread.start = start
from cablese.playground import answer
print(json.dumps([json.loads(answer(json.dumps(asked), lambda point: None)) for asked in json.load(sys.stdin)]))
"""
SMALL = (
    "mpi4py",
    "sklearn",
    "scipy",
    "rich",
    "matplotlib",
    "click",
    "pydantic",
    "numba",
    "array_api_compat",
    "pygments",
)
CORE = ("numpy", "threadpoolctl", *SMALL)


def asked(**request: Any) -> Any:
    return json.loads(answer(json.dumps(request), lambda point: None))


def in_browser(lacking: tuple[str, ...], *requests: dict[str, Any]) -> list[Any]:
    """The answers of a Python that lacks some packages."""
    script = f"PACKAGES = {lacking!r}\n{BROWSER}"
    done = subprocess.run(
        [sys.executable, "-c", script], input=json.dumps(requests), capture_output=True, text=True, check=True
    )
    answers: list[Any] = json.loads(done.stdout)
    return answers


def test_mistakes_have_places_in_the_browser_s_units_and_fixes() -> None:
    text = "# 𝛾\n" + MARINA.replace("mean(m)", "maen(m)", 1)
    (found,) = asked(do="check", text=text)["found"]
    units = text.encode("utf-16-le")
    assert units[2 * found["start"] : 2 * found["end"]].decode("utf-16-le") == "maen"
    assert found["fix"]["title"] == "write `mean`" and found["fix"]["edits"][0]["text"] == "mean"
    assert "error[E307]" in found["words"] and found["line"] == 13
    assert asked(do="fmt", text=text)["error"].startswith("\n".join(found["words"].split("\n")[:1]))


def test_specs_with_any_compressor_or_aggregate_are_checked_without_a_package() -> None:
    script = (
        f"PACKAGES = {CORE!r}\n{BROWSER.split('print', 1)[0]}\nfrom cablese.runtime.registry import plugins\n"
    )
    script += "there = plugins()\nfor names in there.compressors, there.aggregators:\n"
    script += "    for name in names:\n        assert names[name]\n"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_without_any_package_all_but_runs_is_answered() -> None:
    requests = [
        {"do": "library"},
        {"do": "spec", "name": "marina"},
        {"do": "check", "text": MARINA},
        {"do": "fmt", "text": MARINA},
        *({"do": "show", "text": MARINA, "form": form} for form in asked(do="library")["forms"]),
    ]
    diff = {"do": "diff", "text": MARINA, "other": "diana", "width": 100}
    run = {
        "do": "run",
        "text": MARINA,
        "problem": "quadratic(d = 20, mu = 0.1, L = 1)",
        "nodes": 5,
        "rounds": 5,
        "seed": 0,
    }
    *answers, difference, missing = in_browser(CORE, *requests, diff, run)
    assert answers == [asked(**request) for request in requests]
    assert "once a run has loaded NumPy" in difference["text"] and difference["text"].startswith(
        "MARINA -> DIANA:"
    )
    assert missing == {"missing": "numpy"}


def test_a_run_takes_numpy_alone_and_starts_no_thread() -> None:
    problem = asked(do="check", text=MARINA)["problem"]
    request = {"do": "run", "text": MARINA, "problem": problem, "nodes": 5, "rounds": 20, "seed": 3}
    power = {**request, "text": find_spec("power_sgd").text}
    found, missing = in_browser(SMALL, request, power)
    points = cablese.run(MARINA, problem=problem, nodes=5, rounds=20, every=1, seed=3).points
    assert [(one["round"], one["bits_up"]) for one in found["points"]] == [
        (p.round, p.bits_up) for p in points
    ]
    assert found["points"][-1]["loss"] == pytest.approx(points[-1].metrics["loss"], rel=1e-12)
    assert missing == {"missing": "scipy"}


def test_a_run_that_cannot_be_made_says_why() -> None:
    request = {"do": "run", "text": MARINA, "nodes": 5, "rounds": 5, "seed": 0}
    assert "needs its argument `d`" in asked(**request, problem="quadratic(mu = 1, L = 2)")["error"]
    assert (
        "gamma" in asked(**{**request, "text": MARINA.replace("gamma * u", "gama * u")}, problem="")["error"]
    )


def test_the_page_s_wheel_has_all_that_answers_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SITE))
    import archive

    archive.build(tmp_path, "")
    config = json.loads((tmp_path / "playground" / "config.json").read_text())
    assert config["pyodide"] == archive.FROM_ITS_MAKERS and config["packages"] is None
    with zipfile.ZipFile(tmp_path / "playground" / config["wheel"]) as wheel:
        wheel.extractall(tmp_path / "room")
        names = set(wheel.namelist())
    assert {
        "cablese/__init__.py",
        "cablese/grammar/automaton.json",
        "cablese/runtime/report/listing.py",
    } <= names
    assert sum(name.endswith(".alg") for name in names) > 100
    script = "import sys; sys.path.insert(0, sys.argv[1]); from cablese.playground import answer\n"
    script += (
        """print(answer('{"do": "spec", "name": "gd"}', print)); import cablese; print(cablese.__file__)"""
    )
    room = tmp_path / "room"
    command = [sys.executable, "-S", "-c", script, str(room)]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert json.loads(done[0]) == asked(do="spec", name="gd") and done[1].startswith(str(room))


def test_a_method_on_a_graph_has_no_server_to_show() -> None:
    said = asked(do="show", form="server", text=find_spec("dpsgd").text)["error"]
    assert "DPSGD is a method on a graph and has no server: `node` shows what each node computes" in said
    assert "mix(x)" in asked(do="show", form="node", text=find_spec("dpsgd").text)["text"]


def test_texts_that_were_typed_are_not_kept() -> None:
    from cablese.dsl.pipeline import _parsed

    for key in range(5):
        asked(do="check", text=f"{MARINA}# {key}\n")
    assert _parsed.cache_info().currsize == 1
