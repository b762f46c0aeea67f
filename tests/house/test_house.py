"""The house itself: every folder is packaged, nobody imports a room by its bare name, every module says its purpose."""

from __future__ import annotations

import ast
import re
import tomllib

import pytest
from rooms import MODULES, ROOMS, ROOT, tree_of

SCREENS = 420
SCHEMAS = {"dsl/syntax/nodes.py": 500, "dsl/check/program.py": 500, "dsl/plan/instructions.py": 500}
"""Lines of the pages that hold all nodes of a stage: one page a stage, so that two of them can be read side by side."""


def test_every_folder_with_a_module_is_packaged():
    """A folder that is missing from `packages` works in editable installs and is absent from the wheel."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    rooms = {folder: package for package, folder in table["package-dir"].items()}
    found = {rooms["examples"]}  # of which the wheel has the figures, not the scripts
    for module in MODULES:
        first, *rest = module.parent.parts
        found.add(".".join([rooms[first], *rest]))
    assert found == set(table["packages"])


@pytest.mark.parametrize("folder", ["dsl", "runtime"])
def test_rooms_are_one_folder_deep(folder):
    assert not list((ROOT / folder).glob("*/*/*.py"))


def test_no_room_is_imported_by_its_bare_name():
    """`import dsl` from the root would load every class a second time."""
    bare = re.compile(rf"^\s*(?:import|from)\s+(?:{'|'.join(ROOMS)})\b", re.MULTILINE)
    files = [
        *(ROOT / module for module in MODULES),
        *(ROOT / "tests").rglob("*.py"),
        *(ROOT / "bench").rglob("*.py"),
    ]
    assert [str(path) for path in files if bare.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_says_its_purpose_and_fits_on_a_few_screens(module):
    assert ast.get_docstring(tree_of(module)), "the first line says what the module is for"
    limit = SCHEMAS.get(module.as_posix(), SCREENS)
    assert (ROOT / module).read_text(encoding="utf-8").count("\n") <= limit, "which two things is it?"


def test_no_two_test_modules_share_a_name():
    """pytest imports them by their bare names."""
    names = [path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py"]
    assert sorted(names) == sorted(set(names))
