"""The information in messages, against figures computed apart."""

from __future__ import annotations

from math import comb, log2

import numpy as np
import pytest
from cablese.runtime.codecs.packets import (
    CodePacket,
    DensePacket,
    LevelPacket,
    MaskedPacket,
    SignPacket,
    SparsePacket,
)
from cablese.runtime.lab.information import information

F = np.float32


def test_floats_count_in_full_and_sets_by_their_number() -> None:
    assert information(DensePacket(np.zeros((3, 5), F)), 5) == 160
    sparse = SparsePacket(np.asarray([[1, 4], [0, 9]]), np.zeros((2, 2), F))
    assert information(sparse, 10) == pytest.approx(64 + log2(comb(10, 2)))
    mask = np.asarray([[True, False, True, False], [False, True, False, False]])
    masked = MaskedPacket(mask, mask.astype(F))
    assert information(masked, 4) == pytest.approx((32 * 3 + log2(6) + log2(4)) / 2)


def test_symbols_have_the_entropy_of_their_frequencies() -> None:
    assert information(CodePacket(np.asarray([[0, 1, 2, 3]], np.uint16)), 4) == 8
    assert information(CodePacket(np.asarray([[7, 7, 7, 7]], np.uint16)), 4) == 0
    levels = LevelPacket(np.ones(2, F), np.asarray([[0, 0, 1, -1], [1, 1, 1, 1]], np.int8))
    assert information(levels, 4) == 32 + (4 * 1.5 + 0) / 2
    signs = SignPacket(np.ones((1, 2), F), np.asarray([[True, False]]))
    assert information(signs, 2) == 64 + 2
