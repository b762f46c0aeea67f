"""Programs of docs/logging.md hand every point on, to stand-ins for libraries that tests do not install."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from blocks import BLOCKS, Block
from trying import run

LOGGED = [block for block in BLOCKS if "stand-in" in block.marks]


@pytest.mark.parametrize("block", [pytest.param(block, id=block.id) for block in LOGGED])
def test_every_point_of_every_method_is_logged(block: Block, tmp_path: Path) -> None:
    (library,) = {"wandb", "mlflow", "tensorboardX"} & set(block.text.split())
    sys.modules.pop(library, None)
    run(block, tmp_path)
    steps = sys.modules.pop(library).STEPS
    assert steps == [(f"{name}-0", step) for name in ("MARINA", "DIANA") for step in (*range(0, 30, 10), 30)]


def test_there_are_three() -> None:
    assert len(LOGGED) == 3
