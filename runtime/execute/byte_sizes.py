"""Sizes of memory as options write them."""

from __future__ import annotations

import re

_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kMGT]?)B\s*")
_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def size_of(text: str) -> int | None:
    """The bytes that a text such as `4GB` or `500MB` means; None for any other text."""
    found = _SIZE.fullmatch(text)
    return None if found is None else int(float(found[1]) * _UNITS[found[2]])


def size_text(size: float) -> str:
    """Bytes in the largest unit of which there is at least one: `7 kB`, `1.23 GB`."""
    unit = max((unit for unit in _UNITS if size >= _UNITS[unit]), key=_UNITS.__getitem__, default="")
    scaled = size / _UNITS[unit]
    return f"{scaled:.0f} {unit}B" if scaled >= 100 else f"{scaled:.3g} {unit}B"
