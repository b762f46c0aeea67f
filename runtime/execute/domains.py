"""Domain errors in a line that failed, such as a division by zero: no smaller step would mend them.

The line is evaluated again, expression by expression, as far as it is arithmetic of variables that keep their values.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..arrays.backend import Backend

_OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_FUNCTIONS = ("sqrt", "log_", "power", "divide")
_NUMBERS = (int, float)


class Undefined(Exception):
    """A function is not defined for its argument; the text names both, as in `a division by zero`."""


class _Unknown(Exception):
    """An expression cannot be evaluated again."""


def undefined(python: str, number: int, found: Mapping[str, Any], backend: Backend) -> str:
    """The domain error in line `number` of a program, as in `a division by zero`; empty if there is none.

    `found` are the variables after the line; those that it or a later line binds are not used, as they have changed.
    """
    lines = [node for node in ast.walk(ast.parse(python)) if isinstance(node, ast.stmt)]
    later = (name for line in lines if line.lineno >= number for name in ast.walk(line))
    rebound = {name.id for name in later if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}
    kept = {name: value for name, value in found.items() if name not in rebound}
    with np.errstate(all="ignore"):
        said = (
            _fault(part, kept, backend) for line in lines if line.lineno == number for part in ast.walk(line)
        )
        return next(filter(None, said), "")


def _fault(part: ast.AST, found: Mapping[str, Any], backend: Backend) -> str:
    if not isinstance(part, ast.BinOp | ast.Call):
        return ""
    try:
        _value(part, found, backend)
    except Undefined as said:
        return str(said)
    except (_Unknown, TypeError, ValueError, ArithmeticError):
        return ""
    return ""


def _value(node: ast.expr, found: Mapping[str, Any], backend: Backend) -> Any:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=name) if isinstance(found.get(name), _NUMBERS) or hasattr(found.get(name), "dtype"):
            return found[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, found, backend)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            values = _value(left, found, backend), _value(right, found, backend)
            if isinstance(op, ast.Div):
                _check("divide", values, backend)
            return _OPERATORS[type(op)](*values)
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in _FUNCTIONS and name in found:
            values = tuple(_value(argument, found, backend) for argument in arguments)
            _check(name, values, backend)
            return found[name](*values)
        case _:
            raise _Unknown


def _check(function: str, values: tuple[Any, ...], backend: Backend) -> None:
    """Raise Undefined if an argument is outside the function's domain, _Unknown if one is not finite."""
    first, last = backend.xp.asarray(values[0]), backend.xp.asarray(values[-1])
    if not (backend.all_finite(first) and backend.all_finite(last)):
        raise _Unknown
    any_ = backend.xp.any
    match function:
        case "sqrt" if any_(first < 0):
            raise Undefined("the square root of a negative number")
        case "log_" if any_(first <= 0):
            raise Undefined("the logarithm of a number that is not positive")
        case "divide" if any_(last == 0):
            raise Undefined("a division by zero")
        case "power" if any_((first == 0) & (last < 0)):
            raise Undefined("a negative power of zero")
        case "power" if any_((first < 0) & (last != backend.xp.floor(last))):
            raise Undefined("a power of a negative number that is not whole")
        case _:
            return
