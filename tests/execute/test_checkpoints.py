"""Checkpoints: from any of them a run goes on to the same points, bits and output as without a stop; and their files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cablese.dsl.text.source import Source
from cablese.runtime.checkpoint_files import CheckpointFile, changes, read_checkpoint
from cablese.runtime.errors import SetupError
from cablese.runtime.execute.checkpoint import Checkpoint
from cablese.runtime.execute.interface import Recording
from cablese.runtime.execute.option_checks import make_options
from cablese.runtime.execute.session import prepare
from cablese.runtime.files.safetensors import FormatError, packed, unpacked
from cablese.runtime.library import find_spec
from library_tiers import specs_by_tier
from shipped_runs import options_of


class Keeping:
    """A keeper in memory."""

    def __init__(self, every: int) -> None:
        self.every = every
        self.held: list[Checkpoint] = []

    def save(self, checkpoint: Checkpoint) -> None:
        self.held.append(checkpoint)


def untimed(recording: Recording) -> list[Any]:
    return [replace(point, seconds=0.0) for point in recording.points]


def goes_on_alike(source: Source, given: dict[str, Any], every: int = 7) -> list[Checkpoint]:
    """Run once with checkpoints, go on from each of them, and compare; the checkpoints."""
    options, keeper, whole = make_options(given), Keeping(every), Recording()
    outcome = prepare(source, options).run(whole, keeper=keeper)
    assert keeper.held and whole.summary is not None
    for checkpoint in keeper.held:
        rest = Recording()
        again = prepare(source, options).run(rest, begun=checkpoint)
        assert untimed(rest) == untimed(whole)[checkpoint.progress.points :]
        assert outcome.output is not None and np.array_equal(again.output, outcome.output)
        assert rest.summary is not None and rest.summary.messages == whole.summary.messages
    return keeper.held


@pytest.mark.parametrize("name", specs_by_tier())
def test_a_shipped_method_goes_on_as_if_it_had_not_stopped(name: str) -> None:
    goes_on_alike(find_spec(name), options_of(name, rounds=16, every=5, seed=3), every=6)


DATA = {"problem": 'logreg(data = "breast_cancer", l2 = 1e-2, scale = "columns")', "nodes": 4}
EPOCHS = """algorithm WALK
problem minimize
init:
    all: x = x0
round:
    node: event xi ~ minibatch(30, order = epochs)
    node -> server: m = grad(x, xi)
    server -> all: g = mean(m)
    all: x = x - g / (8 * L_max)
output OUTPUT
"""


@pytest.mark.parametrize("output", ["x", "average(x)", "average(x, k + 1)", "uniform(x)"])
def test_walks_through_epochs_and_averages_go_on(output: str) -> None:
    text = EPOCHS.replace("OUTPUT", output)
    goes_on_alike(Source("walk.alg", text), {**DATA, "rounds": 23, "every": 5, "seed": 1})


@pytest.mark.parametrize(
    ("spec", "more"),
    [
        ("masha1", {"problem": "bilinear_game(d = 3, lam = 0.1) + ball(r = 2)"}),
        ("comp_ams", {**DATA, "settings": ("b = 16", "eta = 0.01"), "dtype": "float32"}),
        ("vr_marina", {**DATA, "settings": ("b = 3",), "wire": "float16"}),
        ("power_sgd", {"problem": 'two_layer(data = "iris", hidden = 4)', "settings": ("gamma = 0.1",)}),
        ("choco_sgd", {**DATA, "graph": "torus", "nodes": 6, "metrics": "f_gap"}),
    ],
)
def test_on_problems_of_every_kind(spec: str, more: dict[str, Any]) -> None:
    goes_on_alike(find_spec(spec), {"nodes": 4, "rounds": 20, "every": 6, **more})


def test_points_that_lack_a_metric_go_on() -> None:
    goes_on_alike(find_spec("diana"), {**DATA, "rounds": 20, "every": 3, "thin": ("loss=2",)})


def test_the_stop_rule_sees_the_points_of_before() -> None:
    given = {**DATA, "rounds": 60, "every": 5, "stop": "grad_norm2 <= 5e-3"}
    held = goes_on_alike(find_spec("gd"), given)
    assert held[-1].progress.done < 60


# --- files -------------------------------------------------------------------------------------------------------


@pytest.fixture
def written(tmp_path: Path) -> tuple[Path, Any, Checkpoint]:
    """A checkpoint's file, the prepared run and what was written."""
    ready = prepare(find_spec("diana"), make_options({**DATA, "rounds": 12, "every": 4}))
    keeper = Keeping(5)
    ready.run(Recording(), keeper=keeper)
    CheckpointFile(tmp_path / "c.safetensors", ready.header, 5).save(keeper.held[-1])
    return tmp_path / "c.safetensors", ready, keeper.held[-1]


def test_a_file_holds_all_of_it(written: tuple[Path, Any, Checkpoint]) -> None:
    path, ready, checkpoint = written
    found = read_checkpoint(path)
    assert found.every == 5 and found.checkpoint.progress == checkpoint.progress
    assert changes(found.run, ready.header) == []
    for name, kept in checkpoint.kept.items():
        other = found.checkpoint.kept[name]
        assert other.form == kept.form and other.array.dtype == kept.array.dtype
        assert np.array_equal(other.array, kept.array, equal_nan=True)
    assert [each.name for each in path.parent.iterdir()] == [path.name]  # no file beside it


def test_what_changed_is_told(written: tuple[Path, Any, Checkpoint]) -> None:
    path, ready, _ = written
    other = replace(ready.header, seed=7, params={**ready.header.params, "gamma": 0.25}, ranks=3)
    told = changes(read_checkpoint(path).run, other)
    assert "seed: 0, now 7" in told and any(each.startswith("params gamma: ") for each in told)
    assert len(told) == 2  # another number of ranks is no change


@pytest.mark.parametrize("place", [3, 20, 200, -9, -300])
def test_one_wrong_byte_is_found(written: tuple[Path, Any, Checkpoint], place: int) -> None:
    content = bytearray(written[0].read_bytes())
    content[place] ^= 4
    written[0].write_bytes(content)
    with pytest.raises(SetupError, match="Begin the run anew"):
        read_checkpoint(written[0])


def test_a_file_cut_short_is_found(written: tuple[Path, Any, Checkpoint]) -> None:
    whole = written[0].read_bytes()
    for length in (0, 5, 100, len(whole) // 2, len(whole) - 1):
        written[0].write_bytes(whole[:length])
        with pytest.raises(SetupError, match="is damaged"):
            read_checkpoint(written[0])


def test_arrays_come_back_as_they_were() -> None:
    draws = np.random.default_rng(0)
    arrays = {
        "a": draws.normal(size=(3, 4)),
        "empty": np.zeros((0, 5), np.float32),
        "one": np.array(7, np.int64),
        "mask": np.array([True, False]),
        "turned": draws.normal(size=(4, 3)).astype(">f8").T,
        "ü": np.arange(5, dtype=np.uint8),
    }
    found, texts = unpacked(b"".join(bytes(part) for part in packed(arrays, {"about": "näme"})))
    assert texts == {"about": "näme"} and list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].shape == array.shape and np.array_equal(found[name], array)


def test_it_is_the_format_of_the_library() -> None:
    library = pytest.importorskip("safetensors.numpy")
    arrays = {"w": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.arange(3.0)}
    theirs = library.load(b"".join(bytes(part) for part in packed(arrays, {"a": "b"})))
    ours, _ = unpacked(library.save(arrays))
    for name, array in arrays.items():
        assert np.array_equal(theirs[name], array) and np.array_equal(ours[name], array)


@pytest.mark.parametrize(
    "header",
    [
        '{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,16]}}',
        '{"a":{"dtype":"F64","shape":[2],"data_offsets":[8,24]}}',
        '{"a":{"dtype":"F63","shape":[2],"data_offsets":[0,16]}}',
        '{"a":{"dtype":"F64","shape":[-2],"data_offsets":[0,16]}}',
        '{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"b":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}',
        '{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"a":{"dtype":"F64","shape":[1],"data_offsets":[8,16]}}',
        '{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}',
        '{"a":3}',
        "[]",
        "no json",
        '{"__metadata__":{"a":3}}',
        "[" * 5000,
    ],
)
def test_what_is_no_such_file_is_refused(header: str) -> None:
    content = len(header).to_bytes(8, "little") + header.encode() + bytes(16)
    with pytest.raises(FormatError):
        unpacked(content)
