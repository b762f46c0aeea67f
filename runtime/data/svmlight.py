"""svmlight files (`label index:value …`), plain or packed; every broken line is named."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import errors
from .stored import Reading, Samples, Stored
from .text_files import text_bytes

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

_LONG, _FAR = 10_000, 100  # an index so large, and so many times the next, is a slip if it occurs once
_NUMBER = rb"[-+.0-9a-zA-Z]+"
_RANKING = re.compile(rb"(\s*\S+)\s+qid:\d+(?=\s|$)")
_LINE = re.compile(rb"\s*%b(?:\s+\d{1,18}:%b)*\s*(?:#.*)?" % (_NUMBER, _NUMBER))


def load_svmlight(path: Path, name: str, how: Reading) -> Stored:
    """Samples as csr_array (m, features) and targets (m,), float64. Indices count from 1, from 0 if one is 0.

    The groups of rankings (`qid:3` behind the label) are left out. `how.features` fixes the columns, 0 takes the largest
    index; `name` is for messages.
    """
    from scipy.sparse import csr_array

    features, lines = how.features, text_bytes(path, name).splitlines()
    numbers, tokens = _tokens(lines, name)
    if not numbers:
        raise errors.empty_data(name)
    targets = _floats([row[0] for row in tokens], numbers, name, lambda _: "the label")
    lengths = np.array([len(row) // 2 for row in tokens])
    line_of = np.repeat(np.array(numbers), lengths)
    indices = np.array([int(text) for row in tokens for text in row[1::2]], dtype=np.int64)
    texts = [text for row in tokens for text in row[2::2]]
    values = _floats(texts, line_of, name, lambda place: f"the value of feature {indices[place]}")
    starts = np.concatenate([[0], np.cumsum(lengths)])
    columns = _columns(indices, starts, line_of, features, name)
    width = features or int(columns.max(initial=-1)) + 1
    matrix = csr_array((values, columns, starts.astype(np.int32)), shape=(len(numbers), width))
    return Stored(Samples(matrix, targets))


def _tokens(lines: list[bytes], name: str) -> tuple[list[int], list[list[bytes]]]:
    """Line numbers of the samples, and each one's [label, index, value, index, value, …]."""
    numbers, tokens = [], []
    for number, line in enumerate(lines, 1):
        if b"qid:" in line:
            line = _RANKING.sub(rb"\1", line, count=1)
        if not _LINE.fullmatch(line):
            if not line.split(b"#", 1)[0].strip():
                continue
            raise errors.broken_line(name, number, _complaint(line))
        numbers.append(number)
        tokens.append(line.split(b"#", 1)[0].replace(b":", b" ").split())
    return numbers, tokens


def _complaint(line: bytes) -> str:
    """The complaint of a line that does not match: the place, never its text, since the file may be no data at all."""
    label, *pairs = line.split(b"#", 1)[0].split()
    if b":" in label:
        return "it begins without a label"
    wrong = [j for j, pair in enumerate(pairs, 2) if not re.fullmatch(rb"\d{1,18}:%b" % _NUMBER, pair)]
    return f"word {wrong[0]} is not index:value" if wrong else "word 1 is not a label"


def _floats(texts: list[bytes], numbers: Any, name: str, what: Callable[[int], str]) -> HostArray:
    """Every text as a finite float; `numbers` are their lines, `what` says which one is which."""
    try:
        values = np.fromiter(map(float, texts), dtype=np.float64, count=len(texts))
    except ValueError:
        broken = next(place for place, text in enumerate(texts) if not _is_float(text))
        reason = f"{what(broken)} is not a number"
        raise errors.broken_line(name, int(numbers[broken]), reason) from None
    if not np.isfinite(values).all():
        broken = int(np.argmin(np.isfinite(values)))
        reason = f"{what(broken)} is not finite; drop the line or mend it"
        raise errors.broken_line(name, int(numbers[broken]), reason)
    return values


def _is_float(text: bytes) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _columns(
    indices: HostArray, starts: HostArray, line_of: HostArray, features: int, name: str
) -> HostArray:
    """Indices from 0, int32, checked: ascending in each row, within `features`."""
    follows = np.ones(len(indices), dtype=bool)
    follows[starts[:-1][starts[:-1] < len(indices)]] = False
    wrong = np.flatnonzero(follows[1:] & (indices[1:] <= indices[:-1])) + 1
    if wrong.size:
        place = int(wrong[0])
        reason = f"index {indices[place]} follows index {indices[place - 1]}"
        raise errors.broken_line(name, int(line_of[place]), reason)
    columns = indices - (0 if (indices == 0).any() else 1)
    beyond = np.flatnonzero(columns >= min(features or 2**31 - 1, 2**31 - 1))
    if beyond.size:
        place = int(beyond[0])
        raise errors.feature_beyond(name, int(line_of[place]), int(indices[place]), features or 2**31 - 1)
    if not features:
        _check_alone(indices, line_of, name)
    return columns.astype(np.int32)


def _check_alone(indices: HostArray, line_of: HostArray, name: str) -> None:
    """A single index that makes all vectors a hundred times as long is a slip, as of a missing blank or colon."""
    top = int(indices.max(initial=0))
    others = indices[indices != top]
    following = int(others.max(initial=0))
    if top >= _LONG and len(indices) - len(others) == 1 and top > _FAR * max(1, following):
        raise errors.lone_feature(name, int(line_of[np.argmax(indices)]), top, following)
