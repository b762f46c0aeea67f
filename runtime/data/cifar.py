"""CIFAR-10 and CIFAR-100 as their authors pack them: batches of a tar archive, pickled or plain bytes."""

from __future__ import annotations

import io
import pickle
import re
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from . import errors
from .stored import Reading, Samples, Stored
from .text_files import packed_bytes

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

_BROKEN = (AttributeError, EOFError, ImportError, IndexError, KeyError, TypeError, ValueError)
"""Exceptions by which pickle tells of broken bytes, beside its own."""

_ENTRIES, _SIDE = 3072, 32  # of an image: 3 colours of 32 x 32
_TRAINING = re.compile(r"data_batch_\d+(\.bin)?|train(\.bin)?")
_TEST = re.compile(r"test_batch(\.bin)?|test(\.bin)?")
_LABELS = (b"labels", b"fine_labels")
_MAKERS = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("_codecs", "encode"),
}
"""All that a batch is pickled with; what else a pickle names, it might run."""


def load_cifar(path: Path, name: str, how: Reading) -> Stored:
    """Images (m, 3, 32, 32), uint8, and their classes, of the training batches in the order of their names; the archive's
    test batch is the test part. CIFAR-100 has its fine classes."""
    members = _members(path, name)
    parts = {}
    for part, pattern in (("training", _TRAINING), ("test", _TEST)):
        chosen = sorted(each for each in members if pattern.fullmatch(each))
        if not chosen:
            raise errors.no_batches(name, part, sorted(members))
        parts[part] = _joined([_batch(members[each], each, name) for each in chosen])
    return Stored(parts["training"], parts["test"])


def _members(path: Path, name: str) -> dict[str, bytes]:
    """The files of the archive by their names without folders."""
    packed = path.suffix == ".tgz"
    content = packed_bytes(path, name) if not packed else _ungzipped(path, name)
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            files = [member for member in archive.getmembers() if member.isfile()]
            return {Path(member.name).name: _read(archive.extractfile(member)) for member in files}
    except (tarfile.TarError, EOFError, OSError) as reason:
        raise errors.broken_tar(name, reason) from None


def _ungzipped(path: Path, name: str) -> bytes:
    import gzip

    try:
        return gzip.decompress(packed_bytes(path, name))
    except (OSError, EOFError) as reason:
        raise errors.unreadable_data(name, f"{reason}; fetch or copy it again") from None


def _read(stream: IO[bytes] | None) -> bytes:
    return b"" if stream is None else stream.read()


def _batch(content: bytes, member: str, name: str) -> Samples:
    if member.endswith(".bin"):
        images, labels = _of_bytes(content, member, name)
    else:
        images, labels = _of_pickle(content, member, name)
    return Samples(images.reshape(-1, 3, _SIDE, _SIDE), labels.astype(np.float64))


def _of_bytes(content: bytes, member: str, name: str) -> tuple[HostArray, HostArray]:
    """Records of a label, or a coarse and a fine one, and an image."""
    for labels in (1, 2):
        if content and len(content) % (_ENTRIES + labels) == 0:
            records = np.frombuffer(content, np.uint8).reshape(-1, _ENTRIES + labels)
            return records[:, labels:], records[:, labels - 1]
    raise errors.broken_batch(name, member, f"its {len(content)} bytes are no whole number of images")


def _of_pickle(content: bytes, member: str, name: str) -> tuple[HostArray, HostArray]:
    try:
        found = _Unpickler(io.BytesIO(content), encoding="bytes").load()
    except (pickle.UnpicklingError, *_BROKEN) as reason:
        raise errors.broken_batch(name, member, f"it cannot be unpickled: {reason}") from None
    if not isinstance(found, Mapping) or b"data" not in found:
        raise errors.broken_batch(name, member, "it has no `data`")
    labels = next((found[key] for key in _LABELS if key in found), None)
    images = found[b"data"]
    fits = isinstance(images, np.ndarray) and images.dtype == np.uint8 and images.ndim == 2
    if not fits or images.shape[1] != _ENTRIES:
        raise errors.broken_batch(name, member, f"its `data` are no rows of {_ENTRIES} bytes")
    if not isinstance(labels, list) or len(labels) != len(images):
        raise errors.broken_batch(name, member, "it has not a label for each image")
    return images, np.asarray(labels, dtype=np.float64)


class _Unpickler(pickle.Unpickler):
    """An unpickler that makes arrays, and nothing else that a pickle asks for."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _MAKERS:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")


def _joined(batches: list[Samples]) -> Samples:
    return Samples(
        np.concatenate([each.inputs for each in batches]), np.concatenate([each.targets for each in batches])
    )
