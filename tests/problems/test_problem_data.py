"""Data sets of every format, their scaling and storage, and what is said of wrong ones."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cablese.runtime.data import bundled
from cablese.runtime.data.bundled import BUNDLED, load_bundled
from cablese.runtime.data.load import DataSet, load
from cablese.runtime.errors import SetupError
from cablese.runtime.files import reading
from cablese.runtime.problems.registry import make_problem
from scipy.sparse import csr_array
from tiers import every

LINES = b"""# made by hand
+1 1:0.5 3:-2
-1 2:1e-3  # a comment

+1\t1:1 2:2 3:3 \r
-1
"""
MATRIX = [[0.5, 0, -2], [0, 1e-3, 0], [1, 2, 3], [0, 0, 0]]


def array(data: DataSet) -> np.ndarray:
    return data.matrix if isinstance(data.matrix, np.ndarray) else data.matrix.toarray()


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [
        ("", bytes),
        (".gz", gzip.compress),
        (".bz2", bz2.compress),
        (".xz", lzma.compress),
        (".t.bz2", bz2.compress),
    ],
)
def test_svmlight_plain_and_packed(tmp_path: Path, suffix: str, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / f"set{suffix}"
    path.write_bytes(pack(LINES))
    data = load(str(path))
    assert array(data).tolist() == MATRIX
    assert data.targets.tolist() == [1, -1, 1, -1]


def test_svmlight_agrees_with_scikit_learn(tmp_path: Path) -> None:
    from sklearn.datasets import dump_svmlight_file, load_svmlight_file

    draws = np.random.default_rng(0)
    matrix = draws.standard_normal((50, 30)) * (draws.random((50, 30)) < 0.2)
    matrix[0, -1] = 1
    for zero_based in (False, True):
        matrix[:, 0] = 1  # scikit-learn too takes a file for zero-based only if it has an index 0
        path = str(tmp_path / f"set{zero_based}")
        dump_svmlight_file(matrix, draws.choice([1, 2], 50), path, zero_based=zero_based)
        expected, labels = load_svmlight_file(path)
        data = load(path)
        np.testing.assert_array_equal(array(data), expected.toarray())
        np.testing.assert_array_equal(data.targets, np.where(labels == 2, 1, -1))


def test_features_fix_the_columns(tmp_path: Path) -> None:
    path = tmp_path / "set"
    path.write_bytes(LINES)
    assert array(load(str(path), 5)).shape == (4, 5)
    with pytest.raises(SetupError, match=r"set, line 2: feature 3 is beyond features = 2"):
        load(str(path), 2)
    with pytest.raises(SetupError, match="wine has 13 features, not features = 14"):
        load("wine", 14)
    assert load("wine", 13).matrix.shape == (178, 13)


@pytest.mark.parametrize(
    ("name", "shape", "classes"),
    [
        ("breast_cancer", (569, 30), 2),
        ("digits", (1797, 64), 10),
        ("wine", (178, 13), 3),
        ("iris", (150, 4), 3),
        ("diabetes", (442, 10), 214),
    ],
)
def test_bundled_sets(name: str, shape: tuple[int, int], classes: int) -> None:
    data = load(name)
    assert data.matrix.shape == shape and data.matrix.dtype == data.targets.dtype == np.float64
    assert len(np.unique(data.targets)) == classes


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_sets_are_those_of_scikit_learn_to_the_bit(name: str) -> None:
    from sklearn import datasets

    samples, targets = getattr(datasets, f"load_{name}")(return_X_y=True)
    ours = load_bundled(name)
    assert np.array_equal(ours[0], samples) and np.array_equal(ours[1], targets)
    assert ours[0].flags.c_contiguous and ours[1].flags.c_contiguous


def test_bundled_sets_that_are_not_there_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(bundled, "_folder", lambda: tmp_path)
    with pytest.raises(SetupError, match=r"iris.csv of scikit-learn cannot be read: No such file"):
        load("iris")
    monkeypatch.undo()
    monkeypatch.setattr(bundled, "find_spec", lambda name: None)
    with pytest.raises(SetupError, match="pip install scikit-learn"):
        load("iris")


@pytest.mark.parametrize("labels", [(0, 1), (1, 2), (-1, 1), (-0.5, 7.5)])
def test_two_labels_become_minus_and_plus_one(tmp_path: Path, labels: tuple[float, float]) -> None:
    low, high = labels
    np.savez(tmp_path / "set.npz", X=np.eye(3), y=np.array([high, low, low]))
    assert load(str(tmp_path / "set.npz")).targets.tolist() == [1, -1, -1]


def test_npz_takes_any_numbers_and_flattens(tmp_path: Path) -> None:
    images = np.arange(24, dtype=np.uint8).reshape(3, 2, 4)
    np.savez(tmp_path / "set.npz", X=images, y=np.array([[3], [4], [5]], dtype=np.int8), more=np.ones(2))
    data = load(str(tmp_path / "set.npz"))
    np.testing.assert_array_equal(data.matrix, images.reshape(3, 8))
    assert data.targets.tolist() == [3, 4, 5]


@pytest.mark.parametrize("sparse", [False, True])
def test_scale_and_bias(tmp_path: Path, sparse: bool) -> None:
    draws = np.random.default_rng(0)
    matrix = draws.standard_normal((600, 200)) * (draws.random((600, 200)) < (0.1 if sparse else 1))
    matrix[:, 7] = matrix[5] = 0
    np.savez(tmp_path / "set.npz", X=matrix, y=draws.random(600))
    plain, rows, columns = (load(str(tmp_path / "set.npz"), scale=how) for how in ("none", "rows", "columns"))
    assert isinstance(plain.matrix, csr_array) == sparse
    np.testing.assert_array_equal(array(plain), matrix)
    norms = np.linalg.norm(array(rows), axis=1)
    np.testing.assert_allclose(np.delete(norms, 5), 1)
    assert norms[5] == 0
    squares = (array(columns) ** 2).mean(axis=0)
    np.testing.assert_allclose(np.delete(squares, 7), 1)
    assert squares[7] == 0
    with_bias = array(load(str(tmp_path / "set.npz"), scale="columns", bias=True))
    np.testing.assert_array_equal(with_bias[:, -1], 1)
    np.testing.assert_array_equal(with_bias[:, :-1], array(columns))


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("scale", ["rows", "columns"])
def test_scaling_takes_numbers_whose_squares_overflow_or_vanish(
    tmp_path: Path, scale: str, sparse: bool
) -> None:
    """Powers of two change no bit of what is scaled."""
    draws = np.random.default_rng(0)
    matrix = draws.standard_normal((600, 200)) * (draws.random((600, 200)) < (0.1 if sparse else 1))
    powers = np.ones((600, 200))
    powers[3 if scale == "rows" else (slice(None), 3)] = 2.0**700
    powers[4 if scale == "rows" else (slice(None), 4)] = 2.0**-700
    found = []
    for factors in (np.ones((600, 200)), powers):
        np.savez(tmp_path / "set.npz", X=matrix * factors, y=np.arange(600))
        found.append(array(load(str(tmp_path / "set.npz"), scale=scale)))
    np.testing.assert_array_equal(*found)


@pytest.mark.parametrize("sparse", [False, True])
def test_numbers_too_large_for_constants_are_told(tmp_path: Path, sparse: bool) -> None:
    matrix, labels = np.zeros((600, 200)) if sparse else np.ones((2, 3)), np.arange(600.0)
    labels = labels[: len(matrix)]
    matrix[1, 2], matrix[0, 0] = -1e200, 1.0
    np.savez(tmp_path / "set.npz", X=matrix, y=labels)
    check(str(tmp_path / "set.npz"), ["holds -1e+200 at row 2, column 3 (from 1)", 'scale = "columns"'])
    np.savez(tmp_path / "set.npz", X=np.ones((3, 2)), y=np.array([1, 2, 1e80]))
    check(str(tmp_path / "set.npz"), ["the label 1e+80 at row 3"])


def test_a_feature_far_beyond_the_others_may_be_meant(tmp_path: Path) -> None:
    path = tmp_path / "wide"
    path.write_bytes(b"+1 1:1 8:2\n-1 50000:1\n")
    assert load(str(path), 50000).matrix.shape == (2, 50000)
    path.write_bytes(b"+1 1:1 50000:2\n-1 50000:1\n")
    assert load(str(path)).matrix.shape == (2, 50000)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (b"+1 1:1\n-1 2:x\n", ["line 2", "the value of feature 2 is not a number"]),
        (b"+1 1:1\n-1 2:nan\n", ["line 2", "the value of feature 2 is not finite"]),
        (b"+1 1:1\n-1 2:-inf\n", ["line 2", "the value of feature 2 is not finite"]),
        (b"# head\n\nnan 1:1\n-1 2:1\n", ["line 3", "the label is not finite"]),
        (b"+1 1:1\nyes 2:1\n", ["line 2", "the label is not a number"]),
        (b"+1 1:1\n-1 2 3:4\n", ["line 2", "word 2 is not index:value"]),
        (b"+1 1:1\n-1 2:3:4\n", ["line 2", "word 2 is not index:value"]),
        (b"+1 1:1\n-1 2:\n", ["line 2", "word 2 is not index:value"]),
        (b"+1 1:1\n-1 -2:1\n", ["line 2", "word 2 is not index:value"]),
        (b"1:1 2:2\n", ["line 1", "it begins without a label"]),
        (b"+1 2:1 1:1\n", ["line 1", "index 1 follows index 2"]),
        (b"+1 1:1\n-1 2:1 2:1\n", ["line 2", "index 2 follows index 2"]),
        (b"+1 99999999999999999999:1\n", ["line 1", "is not index:value"]),
        (b"+1 9999999999:1\n", ["line 1", "feature 9999999999"]),
        (
            b"+1 1:1 8:2\n-1 50000000:1\n",
            ["line 2: feature 50000000 stands alone", "is 8", "features = 50000000"],
        ),
        (b"a,b,c\n1,2,3\n", ["line 1", "word 1 is not a label"]),
        (b"\x89PNG\r\n\x1a\n", ["line 1", "is not a label"]),
        (b"", ["holds nothing"]),
        (b"# only this\n\n", ["holds nothing"]),
        (b"+1\n-1\n", ["holds nothing"]),
    ],
)
def test_broken_svmlight_is_told(tmp_path: Path, lines: bytes, words: list[str]) -> None:
    path = tmp_path / "broken"
    path.write_bytes(lines)
    check(str(path), [str(path), *words])


def check(name: str, words: list[str]) -> None:
    with pytest.raises(SetupError) as caught:
        load(name)
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "\n" not in message and message.endswith((".", "?"))


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz"])
@pytest.mark.parametrize("cut", [False, True])
def test_broken_packing_is_told(tmp_path: Path, suffix: str, cut: bool) -> None:
    pack = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}[suffix]
    path = tmp_path / f"set{suffix}"
    path.write_bytes(pack(LINES)[:-12] if cut else LINES)
    said = "it is cut off; fetch or copy it again" if cut else f"it does not unpack as {suffix}"
    check(str(path), [str(path), "cannot be read", said])


def test_a_python_that_unpacks_nothing_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "set.xz"
    path.write_bytes(lzma.compress(LINES))
    monkeypatch.setitem(sys.modules, "lzma", None)
    check(str(path), [str(path), "this Python has no lzma", "unpack it"])


def test_missing_files_name_their_neighbours(tmp_path: Path) -> None:
    (tmp_path / "mushrooms.bz2").write_bytes(bz2.compress(LINES))
    check(
        str(tmp_path / "mushroom.bz2"),
        ["no such file", "Near it: mushrooms.bz2", "Bundled sets: breast_cancer"],
    )
    check(str(tmp_path / "nowhere" / "a9a"), ["the folder", "nowhere does not exist"])
    check("brest_cancer", ["no data brest_cancer", "did you mean `breast_cancer`?"])
    check(str(tmp_path), ["is a folder", "mushrooms.bz2"])
    check("", ["is a folder"])


def test_unreadable_files_are_told(tmp_path: Path) -> None:
    path = tmp_path / "set"
    path.write_bytes(LINES)
    path.chmod(0)
    try:
        path.read_bytes()
    except PermissionError:
        check(str(path), [str(path), "cannot be read", "Permission denied"])
    else:
        pytest.skip("this user may read every file")


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"X": np.eye(2)}, ["no y, only X"]),
        ({"a": np.eye(2), "b": np.eye(2)}, ["no X and no y, only a, b"]),
        ({"X": np.eye(3), "y": np.ones(2)}, ["X has shape (3, 3) and y (2,)"]),
        ({"X": np.ones(3), "y": np.ones(3)}, ["X has shape (3,)"]),
        ({"X": np.eye(3), "y": np.eye(3)}, ["y (3, 3)"]),
        ({"X": np.array([["a"]]), "y": np.ones(1)}, ["X holds <U1, not numbers"]),
        (
            {"X": np.array([[None]], dtype=object), "y": np.ones(1)},
            ["does not serve as .npz", "plain numeric arrays"],
        ),
        ({"X": np.empty((0, 3)), "y": np.empty(0)}, ["holds nothing"]),
        ({"X": np.empty((3, 0)), "y": np.ones(3)}, ["holds nothing"]),
        ({"X": np.array([[1, 2], [3, np.nan]]), "y": np.ones(2)}, ["nan at row 2, column 2"]),
        ({"X": np.array([[1, np.inf], [3, 4]]), "y": np.ones(2)}, ["inf at row 1, column 2"]),
        ({"X": np.eye(2), "y": np.array([1, np.nan])}, ["label nan at row 2"]),
    ],
)
def test_broken_npz_is_told(tmp_path: Path, arrays: dict[str, np.ndarray], words: list[str]) -> None:
    np.savez(tmp_path / "set.npz", **arrays)  # type: ignore[arg-type]
    check(str(tmp_path / "set.npz"), words)


def test_a_file_that_is_no_npz_is_told(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    for content in (LINES, b"", b"PK\x03\x04 cut off"):
        path.write_bytes(content)
        check(str(path), ["does not serve as .npz", "numpy.savez"])


@pytest.mark.parametrize("name", ["logreg", "nonconvex_logreg", "sigmoid_classification"])
@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("digits", ["10 values", "0, 1, 2"]),
        ("iris", ["3 values: 0, 1, 2"]),
        ("diabetes", ["214 values", "…"]),
    ],
)
def test_binary_losses_need_two_classes(name: str, data: str, words: list[str]) -> None:
    with pytest.raises(SetupError) as caught:
        make_problem(name, {"data": data}, n=3, split="contiguous", seed=0)
    assert all(word in str(caught.value) for word in [f"`{name}`", data, *words])


def test_one_class_is_told(tmp_path: Path) -> None:
    np.savez(tmp_path / "set.npz", X=np.eye(3), y=np.ones(3))
    with pytest.raises(SetupError, match="take 1 value: 1"):
        make_problem("logreg", {"data": str(tmp_path / "set.npz")}, n=1, split="contiguous", seed=0)


# --- files that are no data -----------------------------------------------------------------------------------

SECRET = b"root:$6$aVeryLongHash/of.a.password:19000:0:99999:7:::\n"


def refusal(name: Path) -> str:
    with pytest.raises(SetupError) as caught:
        load(str(name))
    return str(caught.value)


@pytest.mark.parametrize("lines", [SECRET, b"+1 1:1\n" + SECRET, b"1\n2\nhunter2\n", b"+1 1:hunter2\n"])
def test_what_stands_in_a_file_that_is_no_data_is_not_shown(tmp_path: Path, lines: bytes) -> None:
    path = tmp_path / "set"
    path.write_bytes(lines)
    said = refusal(path).replace(str(path), "")
    assert "line" in said
    assert not any(word in said for word in ("root", "$6$", "password", "hunter2"))


@pytest.mark.parametrize("suffix", ["", ".gz", ".npz"])
def test_pipes_and_devices_are_refused_at_once(tmp_path: Path, suffix: str) -> None:
    pipe = tmp_path / f"pipe{suffix}"
    os.mkfifo(pipe)
    assert refusal(pipe) == f"data {pipe} cannot be read: it is a named pipe, not a file."
    device = tmp_path / f"zeros{suffix}"
    device.symlink_to("/dev/zero")
    assert refusal(device) == f"data {device} cannot be read: it is a device, not a file."


@pytest.mark.parametrize(
    ("suffix", "pack"), every(3, [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)])
)
def test_a_file_that_unpacks_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / f"set{suffix}"
    path.write_bytes(pack(LINES * 40_000))  # 3 MB, well over a hundred times what they take here
    assert load(str(path)).matrix.shape == (160_000, 3)
    monkeypatch.setattr(reading, "PACKED_LIMIT", 2**20)
    assert "it holds more than 1 MiB, the limit for such a file: unpack it" in refusal(path)


def test_an_archive_that_unpacks_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez_compressed(tmp_path / "set.npz", X=np.zeros((1000, 300)), y=np.arange(1000))
    monkeypatch.setattr(reading, "PACKED_LIMIT", 2**20)
    assert "for such a file: save it with `numpy.savez`" in refusal(tmp_path / "set.npz")


def test_an_array_that_claims_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (10**12, 3)}
    )
    with zipfile.ZipFile(tmp_path / "set.npz", "w") as archive:
        archive.writestr("X.npy", header.getvalue() + bytes(24))
    assert "does not serve as .npz: X.npy is cut off" in refusal(tmp_path / "set.npz")


def test_a_plain_file_beyond_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "set").write_bytes(LINES * 40_000)
    monkeypatch.setattr("cablese.runtime.files.reading.DATA_LIMIT", 2**20)
    assert "it holds more than 1 MiB" in refusal(tmp_path / "set")


def test_other_formats_are_told_by_name(tmp_path: Path) -> None:
    np.save(tmp_path / "set.npy", np.eye(3))
    assert "set.npy is a single NumPy array: save samples and labels" in refusal(tmp_path / "set.npy")
    for content, what in (
        (gzip.compress(LINES), "is packed by gzip: name it .gz."),
        (bz2.compress(LINES), "is packed by bzip2"),
        (lzma.compress(LINES), "is packed by xz"),
        (LINES.decode().encode("utf-16"), "is text in UTF-16: save it as UTF-8."),
    ):
        (tmp_path / "set").write_bytes(content)
        assert what in refusal(tmp_path / "set")


def test_svmlight_with_a_byte_order_mark_and_with_rankings(tmp_path: Path) -> None:
    path = tmp_path / "set"
    path.write_bytes(
        b"\xef\xbb\xbf" + LINES.replace(b"+1 1", b"+1 qid:3 1").replace(b"+1\t1", b"+1\tqid:12\t1")
    )
    assert b"qid:3" in path.read_bytes() and b"qid:12" in path.read_bytes()
    assert array(load(str(path))).tolist() == MATRIX
    path.write_bytes(b"1 qid:x 1:2\n")
    assert "word 2 is not index:value" in refusal(path)
