"""Bit fields of a message in loops that numba compiles, one by one or plane by plane; `codecs.bitfields` has the layout."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

if TYPE_CHECKING:
    from .backend import HostArray

_MANY = 64  # fields of which a bit each is written at once
_NEAR = 1 << 12  # fields that the first cache holds

F = TypeVar("F", bound=Callable[..., Any])


def fast(function: F) -> F:
    """Decorator: compile at the first call for each type of arguments; division by zero is that of floats."""
    try:
        made: F = numba.njit(function, cache=True, error_model="numpy", nogil=True)
    except RuntimeError:  # nowhere to keep it
        made = numba.njit(function, error_model="numpy", nogil=True)
    return made


@fast
def field_written(line: HostArray, field: int, j: int, coded: int, width: int) -> None:
    """Write field j of `coded` ones (see `codecs.bitfields`) to a line of zeros."""
    octets = coded // 8
    if j >= 8 * octets:
        start = 8 * octets * width + (j - 8 * octets) * width
        for place in range(width):
            bit = start + place
            line[bit >> 3] |= (field >> place & 1) << (bit & 7)
        return
    shift = 0
    while width - shift >= 8:
        line[octets * shift + j] = field >> shift & 255
        shift += 8
    for size in (4, 2, 1):
        if width & size:
            bit = 8 * octets * shift + j * size
            line[bit >> 3] |= (field >> shift & ((1 << size) - 1)) << (bit & 7)
            shift += size


@fast
def field_read(line: HostArray, j: int, coded: int, width: int) -> int:
    """Field j as `field_written` wrote it."""
    octets, field = coded // 8, 0
    if j >= 8 * octets:
        start = 8 * octets * width + (j - 8 * octets) * width
        for place in range(width):
            bit = start + place
            field |= (int(line[bit >> 3]) >> (bit & 7) & 1) << place
        return field
    shift = 0
    while width - shift >= 8:
        field |= int(line[octets * shift + j]) << shift
        shift += 8
    for size in (4, 2, 1):
        if width & size:
            bit = 8 * octets * shift + j * size
            field |= (int(line[bit >> 3]) >> (bit & 7) & ((1 << size) - 1)) << shift
            shift += size
    return field


@fast
def plane_8_written(fields: HostArray, shift: Any, packed: HostArray) -> None:
    """Fill packed with whole bytes of the fields, from bit `shift` on."""
    for i in range(packed.size):
        packed[i] = np.uint8(fields[i] >> shift)


@fast
def _pairs_written(pairs: HostArray, packed: HostArray) -> None:
    """`plane_4_written` of the lowest bits of bytes, two of which are a number of 16 bits: as registers hold them."""
    for i in range(packed.size):
        pair = pairs[i] & np.uint16(0x0F0F)
        packed[i] = np.uint8(pair | pair >> np.uint16(4))


@fast
def plane_4_written(fields: HostArray, shift: Any, packed: HostArray) -> None:
    """Fill packed with four bits each of the fields, from bit `shift` on."""
    if fields.itemsize == 1 and shift == 0:
        _pairs_written(fields[: 2 * packed.size].view(np.uint16), packed)
        return
    for i in range(packed.size):
        low, high = np.uint8(fields[2 * i] >> shift), np.uint8(fields[2 * i + 1] >> shift)
        packed[i] = low & np.uint8(15) | high << np.uint8(4)


@fast
def plane_2_written(fields: HostArray, shift: Any, packed: HostArray) -> None:
    """Fill packed with two bits each of the fields, from bit `shift` on."""
    for i in range(packed.size):
        joined = np.uint8(0)
        for lane in range(4):
            joined |= (np.uint8(fields[4 * i + lane] >> shift) & np.uint8(3)) << np.uint8(2 * lane)
        packed[i] = joined


def _bits_code(context: Any, fields: Any, first: Any, mask: Any, packed: Any, at: Any) -> Any:
    """Code that writes whether 64 fields have a bit of a mask, to eight bytes: the signs of a register, where those are."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source, target = (
            context.make_array(signature.args[place])(context, builder, arguments[place]) for place in (0, 3)
        )
        number = ir.IntType(fields.dtype.bitwidth)
        many = ir.VectorType(number, _MANY)
        place = builder.bitcast(builder.gep(source.data, [arguments[1]]), many.as_pointer())
        found = builder.load(place)
        found.align = fields.dtype.bitwidth // 8
        alone = builder.insert_element(ir.Constant(many, ir.Undefined), arguments[2], ir.IntType(32)(0))
        masks = builder.shuffle_vector(
            alone, alone, ir.Constant(ir.VectorType(ir.IntType(32), _MANY), [0] * _MANY)
        )
        there = builder.icmp_unsigned("!=", builder.and_(found, masks), ir.Constant(many, [0] * _MANY))
        word = builder.bitcast(there, ir.IntType(_MANY))
        into = builder.bitcast(builder.gep(target.data, [arguments[4]]), ir.IntType(_MANY).as_pointer())
        builder.store(word, into).align = 1
        return context.get_dummy_value()

    return types.void(fields, types.int64, fields.dtype, packed, types.int64), code


_bits_written = intrinsic(_bits_code)


@fast
def plane_1_written(fields: HostArray, shift: Any, packed: HostArray) -> None:
    """Fill packed with a bit each of the fields, from bit `shift` on."""
    mask = fields.dtype.type(fields.dtype.type(1) << shift)
    words = packed.size * 8 // _MANY
    for word in range(words):
        _bits_written(fields, word * _MANY, mask, packed, word * (_MANY // 8))
    for i in range(words * (_MANY // 8), packed.size):
        joined = np.uint8(0)
        for lane in range(8):
            joined |= (np.uint8(fields[8 * i + lane] >> shift) & np.uint8(1)) << np.uint8(lane)
        packed[i] = joined


@fast
def plane_8_read(packed: HostArray, shift: Any, keep: Any, fields: HostArray) -> None:
    """The inverse, beside the bits that `keep` has of the fields."""
    for i in range(packed.size):
        fields[i] = fields[i] & keep | fields.dtype.type(packed[i]) << shift


@fast
def plane_4_read(packed: HostArray, shift: Any, keep: Any, fields: HostArray) -> None:
    """The inverse, beside the bits that `keep` has of the fields."""
    for i in range(packed.size):
        low, high = packed[i] & np.uint8(15), packed[i] >> np.uint8(4)
        fields[2 * i] = fields[2 * i] & keep | fields.dtype.type(low) << shift
        fields[2 * i + 1] = fields[2 * i + 1] & keep | fields.dtype.type(high) << shift


@fast
def plane_2_read(packed: HostArray, shift: Any, keep: Any, fields: HostArray) -> None:
    """The inverse, beside the bits that `keep` has of the fields."""
    for i in range(packed.size):
        for lane in range(4):
            part, place = packed[i] >> np.uint8(2 * lane) & np.uint8(3), 4 * i + lane
            fields[place] = fields[place] & keep | fields.dtype.type(part) << shift


@fast
def plane_1_read(packed: HostArray, shift: Any, keep: Any, fields: HostArray) -> None:
    """The inverse, beside the bits that `keep` has of the fields."""
    for i in range(packed.size):
        for lane in range(8):
            part, place = packed[i] >> np.uint8(lane) & np.uint8(1), 8 * i + lane
            fields[place] = fields[place] & keep | fields.dtype.type(part) << shift


@fast
def fields_written(line: HostArray, fields: HostArray, first: int, coded: int, width: int) -> None:
    """Write fields to a line of zeros, which has `coded` in all: those from number `first` on, a multiple of 8; as many as
    another one, or all the rest."""
    octets = coded // 8
    eights, shift = min(fields.size // 8, octets - first // 8), 0
    while width - shift >= 8:
        start = octets * shift + first
        plane_8_written(fields, shift, line[start : start + 8 * eights])
        shift += 8
    if width & 4:
        start = octets * shift + first // 2
        plane_4_written(fields, shift, line[start : start + 4 * eights])
        shift += 4
    if width & 2:
        start = octets * shift + first // 4
        plane_2_written(fields, shift, line[start : start + 2 * eights])
        shift += 2
    if width & 1:
        start = octets * shift + first // 8
        plane_1_written(fields, shift, line[start : start + eights])
    for j in range(8 * eights, fields.size):
        field_written(line, fields[j], first + j, coded, width)


@fast
def planes_written(line: HostArray, fields: HostArray, added: Any, width: int) -> None:
    """Fill a line with fields, a multiple of 8, to which a number is added."""
    held = np.empty(min(_NEAR, fields.size), fields.dtype)
    for first in range(0, fields.size, _NEAR):
        here = held[: min(_NEAR, fields.size - first)]
        own = fields[first : first + here.size]
        for i in range(here.size):
            here[i] = own[i] + added
        fields_written(line, here, first, fields.size, width)


@fast
def fields_read(line: HostArray, fields: HostArray, width: int) -> None:
    """Fill the fields, int64, with all that a line has."""
    octets, shift, keep = fields.size // 8, 0, np.int64(0)
    fields[:] = 0
    while width - shift >= 8:
        plane_8_read(line[octets * shift : octets * (shift + 8)], shift, keep, fields)
        shift, keep = shift + 8, np.int64(-1)
    if width & 4:
        plane_4_read(line[octets * shift : octets * (shift + 4)], shift, keep, fields)
        shift, keep = shift + 4, np.int64(-1)
    if width & 2:
        plane_2_read(line[octets * shift : octets * (shift + 2)], shift, keep, fields)
        shift, keep = shift + 2, np.int64(-1)
    if width & 1:
        plane_1_read(line[octets * shift : octets * (shift + 1)], shift, keep, fields)
    for j in range(8 * octets, fields.size):
        fields[j] = field_read(line, j, fields.size, width)
