"""Calls of C functions from code that numba compiles, by their addresses, which differ from run to run."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_WORD = ir.IntType(64)
_KINDS = {"p": ir.IntType(8).as_pointer(), "i": ir.IntType(32), "v": ir.VoidType()}


def caller(signature: str, result: str) -> Any:
    """A function of an address and a tuple of 64-bit arguments that calls the C function there: of `p`ointers and `i`nts, to
    an `i`nt, or `v`oid, of which it makes 0."""
    wanted = [_KINDS[each] for each in signature]

    def called(context: Any, address: Any, given: Any) -> Any:
        def code(context: Any, builder: Any, types_: Any, values: Any) -> Any:
            words = [builder.extract_value(values[1], place) for place in range(len(wanted))]
            arguments = [
                builder.inttoptr(word, kind)
                if isinstance(kind, ir.PointerType)
                else builder.trunc(word, kind)
                for word, kind in zip(words, wanted, strict=True)
            ]
            function = builder.inttoptr(values[0], ir.FunctionType(_KINDS[result], wanted).as_pointer())
            found = builder.call(function, arguments)
            return ir.Constant(_WORD, 0) if result == "v" else builder.sext(found, _WORD)

        return types.int64(types.int64, types.UniTuple(types.int64, len(signature))), code

    return intrinsic(called)
