"""idx files, as MNIST comes in: images in one file, labels in another beside it."""

from __future__ import annotations

import re
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from . import errors
from .stored import Reading, Samples, Stored
from .text_files import packed_bytes

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

NAMED = re.compile(r"[-_.]idx\d")
"""The mark of an idx file's name."""

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def load_idx(path: Path, name: str, how: Reading) -> Stored:
    """Images (m, rows, columns) of the file, in its own type, and the labels of the file beside it: `labels-idx1` for
    `images-idx3` in the name. SetupError for files that are cut off, and for counts that differ."""
    if "images" not in path.name:
        raise errors.not_the_images(name)
    labelled = path.with_name(re.sub(r"idx\d", "idx1", path.name.replace("images", "labels")))
    if not labelled.exists():
        raise errors.no_labels_beside(name, str(labelled))
    images, labels = read_idx(path, name), read_idx(labelled, str(labelled))
    if labels.shape != images.shape[:1]:
        raise errors.counts_differ(name, len(images), str(labelled), labels.shape)
    return Stored(Samples(images, labels.astype(np.float64)))


def read_idx(path: Path, name: str) -> HostArray:
    """The one array of an idx file, in its own type."""
    content = packed_bytes(path, name)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in _TYPES or not content[3]:
        raise errors.not_idx(name)
    kind, axes = np.dtype(_TYPES[content[2]]), content[3]
    begin = 4 + 4 * axes
    if len(content) < begin:
        raise errors.cut_off(name, begin, len(content))
    shape = tuple(int(size) for size in np.frombuffer(content, ">u4", axes, 4))
    end = begin + prod(shape) * kind.itemsize
    if len(content) != end:
        raise errors.cut_off(name, end, len(content))
    if not prod(shape):
        raise errors.empty_data(name)
    return np.frombuffer(content, kind, offset=begin).reshape(shape).astype(kind.newbyteorder("="))
