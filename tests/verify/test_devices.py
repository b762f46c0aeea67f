"""A device beside the host: other last digits of sums stand, other coordinates do not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cablese.cli.main import app
from cablese.runtime.arrays import strict_backend
from cablese.runtime.arrays.generic import top_k_by_sorting
from cablese.runtime.errors import SetupError
from cablese.runtime.library import find_spec
from cablese.runtime.report import machine
from cablese.runtime.verify.devices import TOLERANCE, compare_packets, compare_runs


class SumsBackwards(strict_backend.StrictBackend):
    """A device that adds rows in another order."""

    def sum_rows(self, values: Any) -> Any:
        return super().sum_rows(self.xp.flip(values, axis=0))


class LastTies(strict_backend.StrictBackend):
    """A device of whose equal entries the last ones are the largest."""

    def top_k(self, magnitudes: Any, k: int) -> Any:
        d = magnitudes.shape[1]
        found = d - 1 - top_k_by_sorting(self.xp, self.xp.flip(magnitudes, axis=1), k)
        return self.xp.sort(found, axis=-1)


def test_the_strict_device_is_the_host_to_the_bit() -> None:
    packets, runs = compare_packets("strict"), compare_runs("strict", [find_spec("diana")])
    assert {(each.sets, each.symbols, each.floats, each.bits) for each in packets} == {(True, 1.0, 0.0, True)}
    assert [(run.counts, run.metrics, run.output) for run in runs] == [(True, 0.0, 0.0)]


def test_other_sums_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strict_backend, "StrictBackend", SumsBackwards)
    (run,) = compare_runs("strict", [find_spec("gd")])
    assert run.counts
    assert 0 < run.output <= TOLERANCE
    assert run.stands


def test_other_coordinates_do_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(strict_backend, "StrictBackend", LastTies)
    found = {each.compressor: each for each in compare_packets("strict")}
    assert not found["top_k(k = 50)"].stands
    assert found["rand_k(k = 50)"].stands
    with pytest.raises(SystemExit) as ended:
        app(args=["certify", "gd", "--device", "strict"], prog_name="cablese")
    assert ended.value.code == 1
    said = capsys.readouterr().out.splitlines()
    (line,) = [line for line in said if line.startswith("top_k(k = 50)")]
    assert line.split()[3] == "DIFFER" and line.endswith("<- must be equal")


def test_the_command_prints_what_is_equal(capsys: pytest.CaptureFixture[str]) -> None:
    app(args=["certify", "gd", "--device", "strict", "--json"], prog_name="cablese", standalone_mode=False)
    found = json.loads(capsys.readouterr().out)
    assert found["device"] == "strict"
    assert found["runs"] == [{"spec": "gd", "counts": True, "metrics": 0.0, "output": 0.0, "failed": ""}]


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(SetupError, match="there is no such device"):
        compare_packets("tpu")


@pytest.mark.parametrize(
    ("told", "extra"),
    [("CUDA Version: 12.4 ", "cuda12"), ("| CUDA Version: 13.0 |", "cuda13"), ("", "cuda12")],
)
def test_doctor_names_the_extra_of_the_drivers_cuda(
    told: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = machine.subprocess.CompletedProcess([], 0, told)
    monkeypatch.setattr(machine.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(machine.subprocess, "run", lambda *_, **__: answer)
    monkeypatch.setitem(__import__("sys").modules, "cupy", None)
    assert machine.gpu().remedy == f"pip install 'cablese[{extra}]'"
