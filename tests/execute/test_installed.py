"""Versions in headers, read from the names of folders."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from cablese.runtime.execute.describe import PACKAGES
from cablese.runtime.installed import installed_versions


def test_versions_are_those_of_the_metadata() -> None:
    names = (*PACKAGES, "array-api-compat", "click")
    assert installed_versions(names) == {name: version(name) for name in names}


def test_the_first_folder_on_the_path_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for room, number in (("a", "2.0+cu1"), ("b", "1.0")):
        (tmp_path / room / f"Some.Odd_name-{number}.dist-info").mkdir(parents=True)
    monkeypatch.setattr(
        sys, "path", [str(tmp_path / "none"), str(tmp_path / "a"), str(tmp_path / "b"), *sys.path]
    )
    assert installed_versions(["some-odd.name"]) == {"some-odd.name": "2.0+cu1"}


def test_a_package_that_is_not_there_is_left_out() -> None:
    assert installed_versions(["no-such-package", "numpy"]) == {"numpy": version("numpy")}
