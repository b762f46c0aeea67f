"""Starts of one's own: drawn by the seed, or read from a file, for problems that ship and plug-ins alike."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import cablese
import numpy as np
import pytest
from cablese.runtime.errors import SetupError
from cablese.runtime.problems.base import Problem
from cablese.runtime.problems.registry import make_problem

QUADRATIC = {"d": 6, "mu": 0.5, "L": 2.0}
FACTORS = {"rows": 3, "columns": 2, "rank": 2}


def made(x0: Any, name: str = "quadratic", seed: int = 0, **arguments: Any) -> Problem:
    given = (QUADRATIC if name == "quadratic" else FACTORS) | arguments | {"x0": x0}
    return make_problem(name, given, n=2, split="contiguous", seed=seed)


def test_a_normal_start_is_of_the_seed_and_scaled() -> None:
    one, twice, other = made("normal(0.1)"), made("normal(0.2)"), made("normal(0.1)", seed=1)
    np.testing.assert_allclose(twice.start, 2 * one.start)
    assert one.start.any() and not np.array_equal(one.start, other.start)
    assert one.written == 'quadratic(d = 6, mu = 0.5, L = 2.0, x0 = "normal(0.1)")'
    wide = made("normal(3)", d=2000).start
    assert 2.8 < wide.std() < 3.2 and abs(wide.mean()) < 0.3
    assert not made("zeros", "matrix_factorisation").start.any()
    assert made("", "matrix_factorisation").start.any()


def test_a_file_has_a_vector_or_the_blocks(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.arange(6))
    assert made(f"file:{tmp_path}/x.npy").start.tolist() == [0, 1, 2, 3, 4, 5]
    np.savez(tmp_path / "x.npz", V=np.ones((2, 2)), U=np.arange(6.0).reshape(3, 2), spare=[1])
    found = made(f"file:{tmp_path}/x.npz", "matrix_factorisation").start
    assert found.tolist() == [0, 1, 2, 3, 4, 5, 1, 1, 1, 1]


def safetensors(**arrays: np.ndarray) -> bytes:
    """As its format is described: the length of a JSON heading, the heading, the numbers."""
    heading, held = {}, b""
    for name, values in arrays.items():
        heading[name] = {
            "dtype": "F32",
            "shape": values.shape,
            "data_offsets": [len(held), len(held) + 4 * values.size],
        }
        held += values.astype("<f4").tobytes()
    text = json.dumps(heading).encode()
    return struct.pack("<Q", len(text)) + text + held


def test_a_safetensors_file_has_the_blocks(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(safetensors(U=np.ones((3, 2)), V=np.zeros((2, 2))))
    assert made(f"file:{path}", "matrix_factorisation").start.tolist() == [1] * 6 + [0] * 4
    path.write_bytes(b"no heading")
    with pytest.raises(SetupError, match="does not serve as a start"):
        made(f"file:{path}", "matrix_factorisation")


@pytest.mark.parametrize(
    ("x0", "words"),
    [
        ("normal", ["`x0` is", '"normal"']),
        ("normal(0)", ["above 0"]),
        ("normal(x)", ["above 0"]),
        (3, ["text in quotes", "3"]),
        ("file:absent.npy", ["there is no file absent.npy"]),
        ("file:five.npy", ["shape (5,)", "d = 6"]),
        ("file:nan.npy", ["not finite"]),
        ("file:texts.npy", ["not numbers"]),
        ("file:cut.npy", ["no .npy"]),
        ("file:junk.npz", ["no .npy"]),
        ("file:other.npz", ["no array `x`", "it holds y"]),
        ("file:shape.npz", ["`x` of shape.npz has shape (2, 3)", "(6,)"]),
    ],
)
def test_wrong_starts_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, x0: object, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("five.npy", np.zeros(5))
    np.save("nan.npy", np.full(6, np.nan))
    np.save("texts.npy", np.array(["a"] * 6))
    np.save("whole.npy", np.zeros(6))
    Path("cut.npy").write_bytes(Path("whole.npy").read_bytes()[:-8])
    Path("junk.npz").write_bytes(b"junk")
    np.savez("other.npz", y=np.zeros(6))
    np.savez("shape.npz", x=np.zeros((2, 3)))
    with pytest.raises(SetupError) as caught:
        made(x0)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_set_takes_the_start_to_its_nearest_point() -> None:
    boxed = make_problem(
        "quadratic",
        QUADRATIC | {"x0": "normal(2)"},
        n=2,
        split="contiguous",
        seed=0,
        added=[("box", {"a": -1, "b": 1})],
    )
    np.testing.assert_array_equal(boxed.start, np.clip(made("normal(2)").start, -1, 1))
    assert boxed.written == 'quadratic(d = 6, mu = 0.5, L = 2.0, x0 = "normal(2)") + box(a = -1.0, b = 1.0)'


def test_a_run_starts_there(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.full(6, 2.0))
    problem = f'quadratic(d = 6, mu = 1, L = 1, spread = 0, x0 = "file:{tmp_path}/x.npy")'
    result = cablese.run("gd", problem=problem, nodes=2, rounds=0)
    np.testing.assert_array_equal(result.output, np.full(6, 2.0))
