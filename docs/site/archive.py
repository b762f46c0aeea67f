"""The playground's files beside its page: cablese's wheel, the token table, and where Pyodide is."""

from __future__ import annotations

import json
import shutil
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

VERSION = "314.0.7"
"""The version of Pyodide that the tests have."""

FROM_ITS_MAKERS = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"

_NOT_SERVED = shutil.ignore_patterns("*.html", "*.map", "*.d.ts")
"""Files of Pyodide's folder that are pages of its own, or for who develops it."""

_WHEEL = "Wheel-Version: 1.0\nGenerator: cablese\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def build(site: Path, pyodide: str) -> None:
    """Write the files into `site/playground`; `pyodide` is a folder that goes along, or empty for that of its makers."""
    room = site / "playground"
    room.mkdir(parents=True, exist_ok=True)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    version = project["project"]["version"]
    wheel = f"cablese-{version}-py3-none-any.whl"
    _write_wheel(room / wheel, version, project["tool"]["setuptools"])
    shutil.copyfile(ROOT / "grammar" / "alg.tmLanguage.json", room / "tokens.json")
    if pyodide:
        shutil.copytree(pyodide, room / "pyodide", dirs_exist_ok=True, ignore=_NOT_SERVED)
    config = {
        "wheel": wheel,
        "pyodide": "pyodide/" if pyodide else FROM_ITS_MAKERS,
        "packages": sorted(file.name for file in Path(pyodide).glob("*.whl")) if pyodide else None,
    }
    (room / "config.json").write_text(json.dumps(config) + "\n", "utf-8")


def _write_wheel(path: Path, version: str, setup: dict[str, dict[str, list[str]]]) -> None:
    """The wheel that setuptools builds, but for the hashes of its record, which unpacking does not ask for."""
    notes = f"cablese-{version}.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, file in files_of(setup):
            wheel.write(file, name)
        wheel.writestr(f"{notes}/METADATA", f"Metadata-Version: 2.1\nName: cablese\nVersion: {version}\n")
        wheel.writestr(f"{notes}/WHEEL", _WHEEL)
        wheel.writestr(f"{notes}/RECORD", "")


def files_of(setup: dict[str, dict[str, list[str]]]) -> Iterator[tuple[str, Path]]:
    """The files of the packages that pyproject.toml names: their names in the wheel, and where they stand."""
    folders, data = setup["package-dir"], setup["package-data"]
    for package in setup["packages"]:
        home = next(name for name in _ancestors(package) if name in folders)
        folder = ROOT.joinpath(folders[home], *package.removeprefix(home).strip(".").split("."))
        for pattern in ("*.py", *data.get(package, ())):
            for file in sorted(folder.glob(pattern)):
                yield "/".join((*package.split("."), *file.relative_to(folder).parts)), file


def _ancestors(package: str) -> Iterator[str]:
    """A package, the one around it, and so on."""
    while package:
        yield package
        package = package.rpartition(".")[0]
