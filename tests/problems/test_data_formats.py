"""Data in CSV, idx, CIFAR archives, jsonl and packed npz: what comes of them, and what is said of wrong ones."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import pickle
import struct
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cablese.runtime.data.formats import read_stored
from cablese.runtime.data.load import DataSet, load
from cablese.runtime.data.stored import Reading
from cablese.runtime.data.vocabulary import Tokens, Vocabulary, words_of
from cablese.runtime.errors import SetupError

SHARED = Path(__file__).parents[3] / "shared" / "data"
FLOWERS = "length;kind;width;class\n1.5;wild;2;iris\n2;tame;3;rose\n\n0.5;wild;1;iris\n3;odd;4;daisy\n"


def dense(data: DataSet) -> np.ndarray:
    return data.matrix if isinstance(data.matrix, np.ndarray) else data.matrix.toarray()


def written(path: Path, content: str | bytes) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def told(name: str, *words: str, **choices: Any) -> None:
    with pytest.raises(SetupError) as caught:
        load(name, **choices)
    message = str(caught.value)
    assert all(word in message for word in words), message


# --- CSV ---------------------------------------------------------------------------------------------------------


def test_a_csv_has_a_heading_texts_and_a_target_by_name(tmp_path: Path) -> None:
    name = written(tmp_path / "flowers.csv", FLOWERS)
    last = load(name)
    assert dense(last).tolist() == [[1.5, 0, 0, 1, 2], [2, 0, 1, 0, 3], [0.5, 0, 0, 1, 1], [3, 1, 0, 0, 4]]
    assert last.targets.tolist() == [1, 2, 1, 0]  # daisy, iris, rose
    width = load(name, target="width", without="class, length")
    assert dense(width).tolist() == [[0, 0, 1], [0, 1, 0], [0, 0, 1], [1, 0, 0]]
    assert width.targets.tolist() == [2, 3, 1, 4]
    assert width.columns["class"].tolist() == ["iris", "rose", "iris", "daisy"]


@pytest.mark.parametrize(
    ("suffix", "pack"), [(".csv", bytes), (".csv.gz", gzip.compress), (".csv.xz", lzma.compress)]
)
def test_a_csv_without_a_heading_is_its_numbers(tmp_path: Path, suffix: str, pack: Any) -> None:
    name = written(tmp_path / f"set{suffix}", pack(b'1,2,0\r\n"3",4,1\r\n'))
    data = load(name)
    assert dense(data).tolist() == [[1, 2], [3, 4]] and data.targets.tolist() == [-1, 1]
    assert load(name, target="1").targets.tolist() == [-1, 1]


def test_numbers_alone_are_read_as_numbers_with_texts_beside_them_are(tmp_path: Path) -> None:
    """The fast way and the slow one: the same bits, whatever stands around the cells."""
    values = np.random.default_rng(0).standard_normal((40, 3)) * 10.0 ** np.arange(-2, 1)
    cells = [[repr(value) for value in row] for row in values.tolist()]
    alone = "\n\na,b,c\n" + "\n\n".join(f" {a}, {b} ,{c}" for a, b, c in cells)
    beside = "a,b,t,c\n" + "\n".join(f'{a}, "{b}",x,{c}' for a, b, c in cells)
    fast, slow = load(written(tmp_path / "fast.csv", alone)), load(written(tmp_path / "slow.csv", beside))
    np.testing.assert_array_equal(dense(fast), values[:, :2])
    np.testing.assert_array_equal(fast.targets, values[:, 2])
    np.testing.assert_array_equal(dense(slow)[:, :2], values[:, :2])


WRONG_TABLES: list[tuple[str, dict[str, str], list[str]]] = [
    ("a,b\n1,2\n3\n", {}, ["line 3: 1 cells, where line 1 has 2"]),
    ("a,b\n1,2\n3,x\n", {}, ["line 3: column `b` holds no number", "line 2", 'without = "b"']),
    ("a,b\n1,2\n,4\n", {}, ["line 3: column `a` is empty"]),
    ("a,a\n1,2\n", {}, ["names `a` twice"]),
    ("a,b\n", {}, ["holds nothing"]),
    ("", {}, ["holds nothing"]),
    ("a\n1\n", {}, ["no features"]),
    ("a,b\n1,2\n", {"target": "c"}, ["no column `c`", "a, b"]),
    ("a,b\n1,2\n", {"without": "bb"}, ["no column `bb`", "did you mean `b`"]),
    ('a,b\n1,"2\n', {}, ["quotes"]),
    ("a,b\nnan,2\n1,3\n", {}, ["nan at row 1, column 1"]),
    ("name,b\n" + "".join(f"n{i},{i}\n" for i in range(101)), {}, ["`name` holds 101 different texts"]),
]


@pytest.mark.parametrize(("text", "choices", "words"), WRONG_TABLES)
def test_a_wrong_csv_is_told_with_its_line(
    tmp_path: Path, text: str, choices: dict[str, str], words: list[str]
) -> None:
    told(written(tmp_path / "set.csv", text), *words, **choices)


@pytest.mark.parametrize(
    ("separator", "first"), [(";", "a;b;y\n"), ("\t", "a\tb\ty\n"), (";", ""), ("\t", "")]
)
def test_decimal_commas_are_read_where_no_comma_separates_cells(
    tmp_path: Path, separator: str, first: str
) -> None:
    rows = [["0,942", "-1,397", "0,5"], ["1", ",5e-1", "1,25"], ["-3,0", "2", "0"]]
    text = first + "".join(separator.join(row) + "\n" for row in rows)
    data = load(written(tmp_path / "eu.csv", text))
    assert dense(data).tolist() == [[0.942, -1.397], [1, 0.05], [-3, 2]]
    assert data.targets.tolist() == [0.5, 1.25, 0]


def test_a_comma_in_quotes_separates_nothing(tmp_path: Path) -> None:
    data = load(written(tmp_path / "set.csv", '"length, mm";"weight, g, dry"\n1,5;2\n2,5;3\n3,5;4\n'))
    assert list(data.columns) == ["length, mm", "weight, g, dry"] and dense(data).tolist() == [
        [1.5],
        [2.5],
        [3.5],
    ]


MANY = "".join(f"{i}.5,{i % 2}\n" for i in range(9))
NO_CATEGORIES: list[tuple[str, list[str]]] = [
    ("a,y\n?,0\n" + MANY, ["line 2: column `a` holds `?`", "a number in 9 of its 10", 'without = "a"']),
    ("a,y\nNA,0\nNA,1\nNA,1\n2,0\n", ["column `a` holds `NA`", "1 of its 4", 'categories = "a"']),
    ("a,y\n1,?\n" + MANY, ["line 2: column `y` holds `?`"]),
    ('a,y\n"0,5",1\n"1,5",0\n2,1\n', ["line 2: column `a`", "decimal commas", "semicolons or tabs"]),
    ("a;y\n0,5;1\n1.5;0\n", ["`0,5` on line 2", "`1.5` on line 3", "decimal points"]),
    ("a;y\n1,234,567;1\n1,234;0\n1,5;0\n", ["column `a`", "`1,234,567`", "2 of its 3"]),
    ("day,y\n" + "".join(f"d{i},{i}\n" for i in range(10)), ["`day` holds 10 different texts in 10 cells"]),
]


@pytest.mark.parametrize(("text", "words"), NO_CATEGORIES)
def test_texts_that_are_no_categories_are_told(tmp_path: Path, text: str, words: list[str]) -> None:
    told(written(tmp_path / "set.csv", text), *words)


def test_categories_may_be_insisted_on(tmp_path: Path) -> None:
    name = written(tmp_path / "set.csv", "a,y\n?,0\n" + MANY)
    assert dense(load(name, categories="a")).shape == (10, 10)
    codes = written(tmp_path / "codes.csv", "code,x,y\n7,1,0\n9,2,1\n7,3,1\n")
    assert dense(load(codes, categories="code")).tolist() == [[1, 0, 1], [0, 1, 2], [1, 0, 3]]
    told(codes, "no column `cod`", categories="cod")
    told("iris", "no named columns", "`categories`", categories="x")


def test_columns_that_are_left_out_may_hold_anything(tmp_path: Path) -> None:
    name = written(tmp_path / "set.csv", "a,note,y\n1,,0\n2,?,1\n3,5,0\n")
    assert dense(load(name, without="note")).tolist() == [[1], [2], [3]]


def test_a_heading_may_go_over_lines_in_quotes(tmp_path: Path) -> None:
    data = load(written(tmp_path / "set.csv", 'a,"of\nb"\n1,2\n3,4\n5,6\n'))
    assert dense(data).tolist() == [[1], [3], [5]] and list(data.columns) == ["a", "of\nb"]


def test_named_columns_are_for_tables(tmp_path: Path) -> None:
    told("iris", "no named columns", "`target`", target="x")
    told(written(tmp_path / "set.csv", b"a,b\n1,2\n\xff,3\n"), "line 3", "UTF-8")


# --- test parts, scales ------------------------------------------------------------------------------------------


def test_a_test_share_is_the_same_under_every_seed_and_apart_from_training() -> None:
    data, whole = load("iris", test="0.2"), load("iris")
    assert data.test is not None and data.places is not None and data.samples_in_file == 150
    assert len(data.targets) == 120 and len(data.test.targets) == 30
    np.testing.assert_array_equal(dense(data), dense(whole)[data.places])
    rest = np.setdiff1d(np.arange(150), data.places)
    np.testing.assert_array_equal(data.test.matrix, dense(whole)[rest])
    np.testing.assert_array_equal(data.places, load("iris", test="0.2").places)


def test_a_test_file_takes_the_scale_and_labels_of_training(tmp_path: Path) -> None:
    name = written(tmp_path / "a.csv", "x,y\n1,no\n3,yes\n5,no\n")
    test = written(tmp_path / "b.csv", "x,y\n3,yes\n7,yes\n")
    data = load(name, test=test, scale="standard", bias=True)
    deviation = np.sqrt(8 / 3)
    assert data.test is not None
    np.testing.assert_allclose(
        dense(data), np.array([[-2, deviation], [0, deviation], [2, deviation]]) / deviation
    )
    np.testing.assert_allclose(data.test.matrix, [[0, 1], [4 / deviation, 1]])
    assert data.targets.tolist() == [-1, 1, -1] and data.test.targets.tolist() == [1, 1]
    told(name, "labels", "maybe", test=written(tmp_path / "c.csv", "x,y\n3,maybe\n"))
    told(name, "2 features", "1", test=written(tmp_path / "d.csv", "x,z,y\n3,3,yes\n"))
    kinds = written(tmp_path / "kinds.csv", "k,x,y\nu,1,0\nv,2,1\n")
    other = written(tmp_path / "other.csv", "k,x,y\nu,1,0\nw,2,1\n")
    told(kinds, "only one has `k = v`, `k = w`", test=other)
    told(name, "share of the samples between 0 and 1", test="1.5")
    told(name, "leaves one part none", test="0.01")
    told(name, "there is no data", test=str(tmp_path / "absent.csv"))


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e200])
def test_standard_features_have_mean_0_and_deviation_1(tmp_path: Path, size: float) -> None:
    values = np.random.default_rng(0).standard_normal((50, 3)) * size + 3 * size
    values[:, 1] = 7 * size
    np.savez(tmp_path / "set.npz", X=values, y=np.arange(50.0))
    matrix = dense(load(str(tmp_path / "set.npz"), scale="standard"))
    np.testing.assert_allclose(matrix.mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(matrix.std(axis=0), [1, 0, 1], rtol=1e-12)


def test_an_npz_has_a_test_part_of_its_own_and_may_be_packed(tmp_path: Path) -> None:
    held = io.BytesIO()
    images = np.arange(24, dtype=np.uint8).reshape(3, 2, 2, 2)
    np.savez(held, X_train=images, y_train=[0, 1, 2], X_test=images[:1], y_test=[1], maker=["a", "b", "a"])
    data = load(written(tmp_path / "set.npz.xz", lzma.compress(held.getvalue())))
    assert dense(data).tolist() == images.reshape(3, 8).tolist() and data.test is not None
    assert data.test.targets.tolist() == [1] and data.columns["maker"].tolist() == ["a", "b", "a"]
    told(
        written(tmp_path / "cut.npz.xz", lzma.compress(held.getvalue()[:-40])),
        "archive of plain numeric arrays",
    )
    told(written(tmp_path / "cut2.npz.xz", lzma.compress(held.getvalue())[:-40]), "cannot be read")


# --- images ------------------------------------------------------------------------------------------------------


def idx(values: np.ndarray) -> bytes:
    return (
        b"\0\0\x08" + bytes([values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()
    )


IMAGES, LABELS = np.arange(24, dtype=np.uint8).reshape(4, 2, 3), np.array([3, 0, 1, 2], dtype=np.uint8)


def test_idx_images_find_their_labels(tmp_path: Path) -> None:
    name = written(tmp_path / "train-images-idx3-ubyte.gz", gzip.compress(idx(IMAGES)))
    told(name, "labels beside it", "train-labels-idx1-ubyte.gz")
    written(tmp_path / "train-labels-idx1-ubyte.gz", gzip.compress(idx(LABELS)))
    data = load(name)
    assert dense(data).tolist() == IMAGES.reshape(4, 6).tolist() and data.targets.tolist() == [3, 0, 1, 2]
    assert read_stored(name, Reading()).training.inputs.dtype == np.uint8


@pytest.mark.parametrize(
    ("images", "labels", "words"),
    [
        (idx(IMAGES)[:-1], idx(LABELS), ["40 bytes", "holds 39", "cut off"]),
        (idx(IMAGES)[:9], idx(LABELS), ["cut off"]),
        (idx(IMAGES), idx(LABELS[:3]), ["4 images", "(3,)"]),
        (b"GIF89a", idx(LABELS), ["not an idx file"]),
        (idx(IMAGES[:0]), idx(LABELS[:0]), ["holds nothing"]),
    ],
)
def test_wrong_idx_files_are_told(tmp_path: Path, images: bytes, labels: bytes, words: list[str]) -> None:
    written(tmp_path / "train-labels-idx1-ubyte", labels)
    told(written(tmp_path / "train-images-idx3-ubyte", images), *words)
    told(str(tmp_path / "train-labels-idx1-ubyte"), "not named as a file of images")


def tar(members: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(f"cifar/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return held.getvalue()


PIXELS = np.random.default_rng(0).integers(0, 256, (4, 3072), dtype=np.uint8)


def pickled(rows: slice, key: bytes = b"labels") -> bytes:
    return pickle.dumps({b"data": PIXELS[rows], key: [0, 1, 2, 1][rows]}, protocol=2)


@pytest.mark.parametrize("suffix", [".tar.gz", ".tgz"])
def test_cifar_pickled_and_plain(tmp_path: Path, suffix: str) -> None:
    python = tar(
        {
            "data_batch_2": pickled(slice(1, 3)),
            "data_batch_1": pickled(slice(0, 1)),
            "test_batch": pickled(slice(3, 4)),
        }
    )
    records = np.hstack([np.array([[9, 0], [9, 1], [9, 2], [9, 1]], dtype=np.uint8), PIXELS])
    plain = tar({"train.bin": records[:3].tobytes(), "test.bin": records[3:].tobytes(), "readme.txt": b"x"})
    for content in (python, plain):
        data = load(written(tmp_path / f"cifar{suffix}", content))
        assert dense(data).tolist() == PIXELS[:3].tolist() and data.targets.tolist() == [0, 1, 2]
        assert data.test is not None and data.test.targets.tolist() == [1]


class Evil:
    def __reduce__(self) -> Any:
        return (print, ("run",))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no archive", ["cannot be read"]),
        (tar({"readme.txt": b"x"}), ["no training batch", "readme.txt"]),
        (tar({"data_batch_1": pickled(slice(2)), "x": b""}), ["no test batch"]),
        (tar({"data_batch_1": b"junk", "test_batch": b""}), ["data_batch_1", "cannot be unpickled"]),
        (
            tar({"data_batch_1": pickle.dumps({b"data": Evil()}), "test_batch": b""}),
            ["asks for builtins.print"],
        ),
        (tar({"data_batch_1": pickle.dumps({b"data": 3}, 2), "test_batch": b""}), ["no rows of 3072 bytes"]),
        (tar({"data_batch_1": pickled(slice(2), b"x"), "test_batch": b""}), ["a label for each"]),
        (tar({"data_batch_1.bin": b"x" * 100, "test_batch": b""}), ["100 bytes"]),
    ],
)
def test_wrong_cifar_archives_are_told_and_run_nothing(
    tmp_path: Path, content: bytes, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    told(written(tmp_path / "cifar.tar.gz", content), *words)
    assert capsys.readouterr().out == ""


# --- texts -------------------------------------------------------------------------------------------------------


def lines(*objects: object) -> str:
    return "".join(json.dumps(each) + "\n" for each in objects)


REVIEWS = (
    {"split": "train", "label": "good", "text": "Good, good film. It's fine!"},
    {"split": "test", "label": "bad", "text": "bad film unseen"},
    {"split": "train", "label": "bad", "text": "A bad bad bad film"},
)


def test_standard_features_of_sparse_data_are_those_of_dense_data(tmp_path: Path) -> None:
    """svmlight data is read sparse, and CSV data dense."""
    draws = np.random.default_rng(0)
    values = np.round(draws.normal(size=(30, 6)) * (draws.random((30, 6)) < 0.3), 3)
    values[:, 4] = 7
    rows = [" ".join(["1", *(f"{j + 1}:{v}" for j, v in enumerate(row) if v)]) for row in values]
    sparse = load(written(tmp_path / "set.svm", "\n".join(rows)), features=6, scale="standard")
    table = "\n".join(",".join(map(str, [*row, 1])) for row in values)
    np.testing.assert_allclose(
        dense(sparse), dense(load(written(tmp_path / "set.csv", table), scale="standard")), atol=1e-13
    )


def test_sparse_data_that_would_not_fit_is_not_centred(tmp_path: Path) -> None:
    name = written(tmp_path / "wide.svm", "\n".join(f"{row % 2} {row + 1}:1 100000000:2" for row in range(9)))
    with pytest.raises(SetupError, match=r'take scale = "columns", which does not centre'):
        load(name, features=10**11, scale="standard")


def test_texts_are_counts_of_the_training_parts_words(tmp_path: Path) -> None:
    data = load(written(tmp_path / "reviews.jsonl", lines(*REVIEWS)), vocabulary=3)
    assert dense(data).tolist() == [[0, 1, 2], [3, 1, 0]]  # bad, film, good
    assert data.test is not None and data.test.matrix.tolist() == [[1, 1, 0]]
    assert data.targets.tolist() == [1, -1] and data.test.targets.tolist() == [-1]


def test_a_vocabulary_ranks_words_and_places_them() -> None:
    words = Vocabulary.of(Tokens.of(["b a a", "c b a d"]), 3)
    assert words.words == ("a", "b", "c")
    assert words.places(["a d c b", "b"], 3).tolist() == [[2, 1, 4], [3, 0, 0]]
    assert words_of("It's <br />7 Café_x") == ["it's", "br", "7", "café", "x"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (lines(REVIEWS[0]) + "{broken\n", ["line 2", "A line is an object"]),
        (lines([1]), ["line 1", "list, not an object"]),
        (lines(REVIEWS[0], {"label": 1}), ["line 2: `text` must be text"]),
        (lines({"text": "a"}), ["line 1: `label` must be"]),
        (lines(REVIEWS[0], {"text": "a", "label": 1}), ["line 2: `label` must be a text"]),
        (lines({"text": "a", "label": 1, "split": "dev"}), ["line 1", '"dev"']),
        (lines({"text": "...", "label": 1}), ["no words"]),
        ("\n", ["holds nothing"]),
        (lines(REVIEWS[1]), ["holds nothing"]),
    ],
)
def test_wrong_jsonl_is_told_with_its_line(tmp_path: Path, text: str, words: list[str]) -> None:
    told(written(tmp_path / "set.jsonl", text), *words)


def test_texts_and_numbers_are_no_two_parts(tmp_path: Path) -> None:
    numbers = written(tmp_path / "set.csv", "a,b\n1,0\n2,1\n")
    told(written(tmp_path / "set.jsonl", lines(*REVIEWS)), "of texts, the other of numbers", test=numbers)


# --- real files --------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not SHARED.is_dir(), reason="the collection of real data sets is not at hand")
@pytest.mark.parametrize(
    ("file", "shape", "classes"),
    [
        ("abalone.csv.gz", (4177, 10), 28),
        ("covtype_sample10k.csv.gz", (10000, 54), 7),
        ("mnist-t10k-images-idx3-ubyte.gz", (10000, 784), 10),
    ],
)
def test_real_files_have_their_published_sizes(file: str, shape: tuple[int, int], classes: int) -> None:
    data = load(str(SHARED / file))
    assert data.matrix.shape == shape and len(np.unique(data.targets)) == classes
