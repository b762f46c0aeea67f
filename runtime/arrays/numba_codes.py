"""Loops over codes of powers of two that numba compiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .numba_bits import fast

if TYPE_CHECKING:
    from .backend import HostArray


@fast
def codes_written(
    patterns: HostArray, words: HostArray, shift: Any, mantissa: Any, sign: Any, place: Any, codes: HostArray
) -> None:
    """Fill codes from scaled entries' patterns, with the bits of words above `shift` for their rounding."""
    one = sign // sign
    magnitude, no_number = (one << sign) - one, ((one << (sign - mantissa)) - one) << mantissa
    largest = (np.uint32(1) << np.uint32(place)) - np.uint32(1)
    for i in range(codes.size):
        size = patterns[i] & magnitude
        drawn = size + patterns.dtype.type(words[i] >> shift)
        found = min(np.uint32(drawn >> mantissa), largest - np.uint32(1)) | np.uint32(size >= no_number)
        codes[i] = np.uint16(found | np.uint32(patterns[i] >> sign) << np.uint32(place))
