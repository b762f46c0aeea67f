"""Samples for networks: formats, axes, normalisation, test parts, vocabularies, and every mistake a sentence."""

from __future__ import annotations

import gzip
import json
import lzma
import struct
import sys
from pathlib import Path
from typing import Any

import cablese
import numpy as np
import pytest
from cablese.runtime.errors import SetupError
from cablese.runtime.problems.network_data import NetworkData, load_samples


def load(data: object, test: object = "", **more: Any) -> NetworkData:
    return load_samples(str(data), str(test), **({"vocabulary": 5, "length": 4} | more))


def write_idx(path: Path, array: np.ndarray) -> None:
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    path.write_bytes(gzip.compress(head + array.astype(np.uint8).tobytes()))


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """Six images for training and two for testing, as MNIST's files are named."""
    draws = np.random.default_rng(0)
    for part, m in (("train", 6), ("t10k", 2)):
        write_idx(tmp_path / f"{part}-images-idx3-ubyte.gz", draws.integers(0, 256, (m, 4, 5)))
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte.gz", np.arange(m) % 3)
    return tmp_path / "train-images-idx3-ubyte.gz"


def test_images_have_a_channel_and_the_law_of_the_training_part(digits: Path) -> None:
    found = load(digits, digits.with_name("t10k-images-idx3-ubyte.gz"))
    assert found.train.inputs.shape == (6, 1, 4, 5) and found.train.inputs.dtype == np.float32
    assert found.test is not None and found.test.inputs.shape == (2, 1, 4, 5)
    assert abs(found.train.inputs.mean()) < 1e-6 and abs(found.train.inputs.std() - 1) < 1e-6
    raw = np.random.default_rng(0).integers(0, 256, (6, 4, 5))
    other = np.random.default_rng(0)
    other.integers(0, 256, (6, 4, 5))
    expected = (other.integers(0, 256, (2, 4, 5)) - raw.mean()) / raw.std()
    np.testing.assert_allclose(found.test.inputs[:, 0], expected, rtol=1e-5, atol=1e-5)
    assert found.classes == 3 and found.train.labels.tolist() == [0, 1, 2, 0, 1, 2]


def test_a_test_part_may_be_a_share_or_none(digits: Path) -> None:
    whole, halved = load(digits), load(digits, "0.5")
    assert whole.test is None and halved.test is not None
    assert len(halved.train.labels) == len(halved.test.labels) == 3
    both = np.concatenate([halved.train.labels, halved.test.labels])
    assert sorted(both.tolist()) == [0, 0, 1, 1, 2, 2]


def test_archives_bring_both_parts_and_colours_come_first(tmp_path: Path) -> None:
    images = np.arange(2 * 5 * 6 * 3, dtype=np.uint8).reshape(2, 5, 6, 3)
    np.savez(tmp_path / "a.npz", X_train=images, y_train=[0, 1], X_test=images[:1], y_test=[1])
    packed = tmp_path / "b.npz.xz"
    packed.write_bytes(lzma.compress((tmp_path / "a.npz").read_bytes()))
    for path in (tmp_path / "a.npz", packed):
        found = load(path)
        assert found.train.inputs.shape == (2, 3, 5, 6) and found.test is not None
        assert found.train.inputs[0, 1, 0, 0] == pytest.approx(
            (1 - images[..., 1].mean()) / images[..., 1].std()
        )


def test_texts_are_their_first_words(tmp_path: Path) -> None:
    lines = [
        {"text": "good good film, a film", "label": 1},
        {"text": "bad", "label": 0},
        {"text": "film so bad", "label": 0, "split": "test"},
    ]
    path = tmp_path / "texts.jsonl.xz"
    path.write_bytes(lzma.compress("\n".join(map(json.dumps, lines)).encode()))
    found = load(path, vocabulary=3)
    # film and good twice, then by the alphabet: a; 0 pads, 1 is unknown
    assert found.words == 5 and found.classes == 2
    assert found.train.inputs.tolist() == [[3, 3, 2, 4], [1, 0, 0, 0]]
    assert found.test is not None and found.test.inputs.tolist() == [[2, 1, 1, 0]]


def test_two_signs_are_two_classes(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=np.eye(4), y=[-1, 1, 1, -1])
    assert load(tmp_path / "a.npz").train.labels.tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"X": np.eye(3), "y": [0, 1, 1.5]}, "the label 1.5 of .*a.npz is no class"),
        ({"X": np.eye(3), "y": [0, 1, -2]}, "the labels of .*a.npz begin at -2: classes count from 0"),
        ({"X": np.full((3, 2), np.nan), "y": [0, 1, 0]}, "a.npz holds inputs that are not finite"),
        (
            {"X_train": np.eye(3), "y_train": [0, 1, 1], "X_test": np.eye(3), "y_test": [0, 1, 2]},
            "the labels of .*a.npz go from 0 to 2, and .* 2 classes, 0 to 1",
        ),
        (
            {"X_train": np.eye(3), "y_train": [0, 1, 1], "X_test": np.eye(2), "y_test": [0, 1]},
            r"the test samples of .*a.npz have shape \(2,\), those for training \(3,\)",
        ),
    ],
)
def test_an_archive_that_does_not_serve_is_told(tmp_path: Path, arrays: dict[str, Any], says: str) -> None:
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(SetupError, match=says):
        load(tmp_path / "a.npz")


@pytest.mark.parametrize(
    "problem", ["network(model = mlp, data = digits)", 'torch(module = "net.py", data = digits)']
)
def test_without_pytorch_the_line_to_type_is_told(problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.chdir(Path(__file__).parent)
    with pytest.raises(
        SetupError, match=r"needs PyTorch, which is not installed here: pip install 'cablese\[torch\]'"
    ):
        cablese.run(
            "sgd", problem=problem.replace("mlp", '"mlp"').replace("digits", '"digits"'), set={"gamma": 0.1}
        )
