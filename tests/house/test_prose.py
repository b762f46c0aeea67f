"""Words that a stranger reads: how docstrings begin, how modules are called, and names that must agree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from rooms import MODULES, tree_of, trees

RIDDLE = re.compile(r"(?:^|\.\s+|\n\n)(?:What|Whether|Of|Who|Those|Whoever)\b.*")
"""A docstring, or a sentence of one, that begins without its subject."""


def _docstrings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""


def _riddles(tree: ast.Module) -> list[str]:
    return [found for doc in _docstrings(tree) for found in RIDDLE.findall(doc)]


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_docstring_begins_with_its_subject(module: Path):
    assert _riddles(tree_of(module)) == []


def _one_letter_apart(one: str, other: str) -> bool:
    """True where one letter more, less or changed makes one word of the other."""
    if abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    same = next((i for i, letter in enumerate(short) if letter != long[i]), len(short))
    return short[same:] == long[same + 1 :] or short[same + 1 :] == long[same + 1 :]


@pytest.mark.parametrize("folder", sorted({module.parent for module in MODULES}), ids=str)
def test_no_two_modules_differ_by_a_letter(folder: Path):
    stems = [module.stem for module in MODULES if module.parent == folder]
    assert [pair for pair in combinations(stems, 2) if _one_letter_apart(*pair)] == []


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("route", "routes", True),
        ("form", "from", False),
        ("fields", "yields", True),
        ("rank", "frank", True),
        ("sign", "sins", False),
    ],
)
def test_words_one_letter_apart(one: str, other: str, apart: bool):
    assert _one_letter_apart(one, other) is apart


def test_every_dispatched_function_has_a_numba_kernel_of_its_name():
    """`numba_dispatch` finds kernels by name when the first long array comes; two functions of a name would share one."""
    kernels = tree_of(Path("runtime/arrays/numba_kernels.py"))
    shown = {a.asname for f in kernels.body if isinstance(f, ast.ImportFrom) for a in f.names}
    homes = [tree_of(path) for path in sorted(Path("runtime/arrays").glob("numba_*.py"))]
    found = [f for home in homes for f in home.body if isinstance(f, ast.FunctionDef)]
    signatures = {f.name: _parameters(f) for f in found if f.name in shown or f in kernels.body}
    dispatched = [
        f
        for _, tree in trees()
        for f in ast.walk(tree)
        if isinstance(f, ast.FunctionDef)
        if any(isinstance(by, ast.Call) and ast.unparse(by.func) == "dispatched" for by in f.decorator_list)
    ]
    names = [f.name for f in dispatched]
    assert len(names) > 5 and sorted(names) == sorted(set(names))
    assert {f.name: signatures.get(f.name) for f in dispatched} == {
        f.name: _parameters(f) for f in dispatched
    }


def _parameters(function: ast.FunctionDef) -> list[str]:
    return [argument.arg for argument in function.args.args]
