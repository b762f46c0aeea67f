"""`cablese verify --worst FOLDER` makes the folder, as `--out` does, and leaves none that is empty."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cablese.cli.verify as command
import pytest
from cablese.cli.main import app


def verified(*words: str) -> object:
    with pytest.raises(SystemExit) as ended:
        app(args=["verify", "gd", *words], prog_name="cablese")
    return ended.value.code


@pytest.mark.parametrize("writes", [True, False])
def test_the_folder_of_the_worst_problems_is_made(
    writes: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "new/deep"

    def tried(sources: Any, effort: Any, worst: Path) -> list[Any]:
        assert worst == place and worst.is_dir()
        if writes:
            (worst / "gd-20.npz").touch()
        return []

    monkeypatch.setattr(command, "_verified", tried)
    assert not verified("--worst", str(place))
    assert (place / "gd-20.npz").exists() if writes else not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert verified("--worst", str(tmp_path / "file/deep")) == 2
    assert f"--worst {tmp_path}/file/deep cannot be written: Not a directory" in capsys.readouterr().err
