"""Loops over codes of powers of two that numba compiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from .numba_bits import fast

if TYPE_CHECKING:
    from .backend import HostArray


def _code_code(
    context: Any, pattern: Any, drawn: Any, shift: Any, mantissa: Any, sign: Any, place: Any
) -> Any:
    """Code of a pattern's code, in the pattern's bits throughout: numba's arithmetic has 64, in half as many lanes."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pattern, drawn, shift, mantissa, sign, place = arguments
        wide, narrow = pattern.type, ir.IntType(32)
        one, first = ir.Constant(wide, 1), ir.Constant(narrow, 1)

        def cut(value: Any, kind: Any) -> Any:
            return builder.trunc(value, kind) if value.type.width > kind.width else value

        size = builder.and_(pattern, builder.sub(builder.shl(one, sign), one))
        exponents = builder.sub(builder.shl(one, builder.sub(sign, mantissa)), one)
        number = builder.icmp_unsigned(">=", size, builder.shl(exponents, mantissa))
        rounded = builder.add(size, cut(builder.lshr(drawn, shift), wide))
        field = cut(builder.lshr(rounded, mantissa), narrow)
        most = builder.sub(builder.shl(first, place), ir.Constant(narrow, 2))
        field = builder.select(builder.icmp_unsigned("<", field, most), field, most)
        field = builder.or_(field, builder.zext(number, narrow))
        turned = builder.shl(cut(builder.lshr(pattern, sign), narrow), place)
        return builder.trunc(builder.or_(field, turned), ir.IntType(16))

    return types.uint16(pattern, types.uint64, types.uint64, mantissa, sign, types.uint32), code


_code = intrinsic(_code_code)


@fast
def codes_written(
    patterns: HostArray, words: HostArray, shift: Any, mantissa: Any, sign: Any, place: Any, codes: HostArray
) -> None:
    """Fill codes from scaled entries' patterns, with the bits of words above `shift` for their rounding: the exponent that
    the rounded magnitude has, at most the largest, that of infinity for what is no number, and the sign at `place`."""
    at = np.uint32(place)
    for i in range(codes.size):
        codes[i] = _code(patterns[i], words[i], shift, mantissa, sign, at)
