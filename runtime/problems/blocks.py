"""Blocks of a model by name: the entries of one, or of all whose names begin with it and a dot."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

Blocks: TypeAlias = Sequence[tuple[str, tuple[int, ...]]]
"""Names and shapes of a model's parts, whose entries follow each other in the vector."""


def entries_of(blocks: Blocks, name: str) -> HostArray:
    """The mask (d,) of the block `name` and of those below it, such as `conv1.weight` for `conv1`; all False for none."""
    return np.concatenate([np.full(prod(shape), _belongs(block, name)) for block, shape in blocks])


def has_block(blocks: Blocks, name: str) -> bool:
    """True if there is a block of this name, or one below it."""
    return any(_belongs(block, name) for block, _ in blocks)


def _belongs(block: str, name: str) -> bool:
    return block == name or block.startswith(f"{name}.")
