"""Each code stands once: at its page, with the constructors of its diagnostics below it in the same module."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from cablese.dsl.catalogue import MODULES, PAGES
from rooms import tree_of, trees

_CODE = re.compile(r"[EW]\d{3}")


def _source(module: ModuleType) -> ast.Module:
    return tree_of(Path(*module.__name__.split(".")[1:]).with_suffix(".py"))


def _pages(tree: ast.Module) -> dict[str, ast.Constant]:
    """The codes of `E203 = Page("E203", …)` by the names of their pages."""
    return {
        node.targets[0].id: node.value.args[0]
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id == "Page"
        and isinstance(node.value.args[0], ast.Constant)
    }


def _told(tree: ast.AST) -> Iterator[str]:
    """The pages of which there are diagnostics, in the order of the constructors."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "told" and isinstance(node.value, ast.Name):
            yield node.value.id


def test_no_code_is_written_but_at_its_page() -> None:
    written = [
        f"{path}:{node.lineno}: {node.value}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CODE.fullmatch(node.value)
        if node not in _pages(tree).values()
    ]
    assert written == []


def test_a_page_is_called_by_its_code_and_stands_in_the_catalogue() -> None:
    pages = [(name, code.value) for _, tree in trees() for name, code in _pages(tree).items()]
    assert all(name == code for name, code in pages)
    assert sorted(code for _, code in pages) == sorted(PAGES)


def test_no_diagnostic_is_made_without_a_page() -> None:
    makers = {
        path.as_posix()
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Diagnostic"
    }
    assert makers == {"dsl/text/page.py"}


def test_no_constructor_is_left_that_nothing_calls() -> None:
    named = {node.attr for _, tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    constructors = {
        node.name
        for module in MODULES
        for node in _source(module).body
        if isinstance(node, ast.FunctionDef) and list(_told(node))
    }
    assert {name for name in constructors if not name.startswith("_")} - named == set()


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_page_of_a_module_has_constructors_there_and_no_other_has(module: ModuleType) -> None:
    tree = _source(module)
    assert set(_told(tree)) == set(_pages(tree))
