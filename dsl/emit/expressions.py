"""Pure plan expressions -> Python text; the functions and constants that the text uses are noted in the prelude."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from ..check.kinds import Kind
from ..plan import instructions as ir
from ..text.records import record
from .layout import View
from .prelude import Prelude

ARRAYS = (Kind.VECTOR, Kind.MASK)

COMPARISON, UNARY, ATOM = 3, 6, 9
# operator -> (text, binding strength); stronger binds first
INFIX = {
    "or": ("or", 1),
    "and": ("and", 2),
    "==": ("==", COMPARISON),
    "!=": ("!=", COMPARISON),
    "<": ("<", COMPARISON),
    "<=": ("<=", COMPARISON),
    ">": (">", COMPARISON),
    ">=": (">=", COMPARISON),
    "+": ("+", 4),
    "-": ("-", 4),
    "*": ("*", 5),
    "/": ("/", 5),
}
OF_ARRAYS = {"or": "|", "and": "&"}  # bind tightly in Python: every operand is enclosed

# operators that are functions of another name in the generated program
CALLS = {
    "/": "divide",
    "min": "minimum",
    "max": "maximum",
    "where": "select",
    "floor": "floor_",
    "ceil": "ceil_",
    "log": "log_",
    "abs": "absolute",
    "%": "modulo",
    "^": "power",
}

COMPARISONS = {"<": "less", "<=": "at_most", ">": "greater", ">=": "at_least", "==": "same", "!=": "differs"}
"""Functions that compare numbers, and stop at nan: it would count as false."""

OF_HISTORIES = {
    "history": "history",
    "push": "push",
    "[]": "entry",
    "sum[]": "sum",
    "mean[]": "mean",
    "min[]": "least",
    "max[]": "greatest",
}
"""Functions of histories, of which each is there twice: for numbers and for vectors."""

OF_ROWS = ("of_group", "those", "spread")
"""Operators that are methods of a view: they concern its rows."""

IN_PLACE = {"add": "add_to", "subtract": "subtract_from"}
"""Functions that write their result into their first argument, where that is an array made for them."""

GROWING = frozenset({"+", "-", "*", "^", "floor", "ceil"})
"""Operators whose int may be larger than their operands."""

Written = tuple[str, int]
"""A text and the binding strength of its outermost operator."""


@record
class Writer:
    """Writes expressions for one view.

    With `picks` vectors are taken at these entries alone, for blind compressors. `in_schedule`: the text stands in the
    function of a schedule, where other schedules are functions too.
    """

    view: View
    prelude: Prelude
    picks: str = ""
    in_schedule: bool = False

    def text(self, value: ir.Pure) -> str:
        """The expression as Python."""
        return self._write(value)[0]

    def bound(self, value: ir.Pure) -> str:
        """The expression as a name takes it: an int stays within the language's."""
        text = self.text(value)
        return self.call("whole", text) if value.kind is Kind.INT and _grows(value) else text

    def slot(self, slot: ir.Slot) -> str:
        """The variable that holds a slot in this view."""
        return self.view.name_of(slot)

    def call(self, helper: str, *arguments: str) -> str:
        """A call of a helper function."""
        return f"{self.prelude.helper(helper)}({', '.join(arguments)})"

    def _write(self, value: ir.Pure) -> Written:
        if self.picks and value.kind not in ARRAYS:
            return replace(self, picks="")._write(value)
        match value:
            case ir.Number():
                return repr(value.value), ATOM
            case ir.Use():
                return self._picked(self.slot(value.slot)), ATOM
            case ir.Global():
                return self._picked(self._global(value)), ATOM
            case ir.Gather():
                return self._restrict(value), ATOM
            case ir.Fold():
                unpicked = replace(self, picks="")
                whole = [unpicked.text(value.argument)]
                if value.setting is not None:
                    whole.append(unpicked.text(value.setting))
                if value.plugin:
                    return self._picked(self.call("aggregated", repr(value.operator), *whole)), ATOM
                return self._picked(self.call(f"{value.operator}_rows", *whole)), ATOM
            case ir.Operation():
                return self._operation(value)
            case _:
                assert_never(value)

    def _picked(self, text: str) -> str:
        return self.call("at", text, self.picks) if self.picks else text

    def _restrict(self, value: ir.Gather) -> str:
        among = [] if value.among is None else [self.slot(value.among)]
        arguments = ", ".join((self.text(value.family_value), self.slot(value.members), *among))
        return f"{self.view.variable}.restrict({arguments})"

    # --- globals ---------------------------------------------------------------------------------------------

    def _global(self, value: ir.Global) -> str:
        match value.origin:
            case ir.Origin.COUNTER:
                return value.name
            case ir.Origin.CONSTANT:
                return self._constant(value)
            case ir.Origin.BLOCK:
                return self.prelude.block(value.name)
            case ir.Origin.FIGURE:
                return f"{self.prelude.figure(value.name)}({self.prelude.plan.counter})"
            case ir.Origin.PARAM:
                return self._param(value.name)
            case ir.Origin.PREVIOUS:
                return self._previous(value.name) if self.in_schedule else f"{value.name}_previous"
            case _:
                assert_never(value.origin)

    def _constant(self, value: ir.Global) -> str:
        """A constant; of those with a value per node a param, which every process computes, reads the values of all."""
        if not value.family:
            return self.prelude.constant(value.name)
        if self.in_schedule:
            return self.prelude.constant_of_all(value.name)
        return self.prelude.own_constant(value.name, self.view)

    def _param(self, name: str) -> str:
        function = self.prelude.schedule(name)
        if function is None:
            return self.prelude.param(name)
        return f"{function}({self.prelude.plan.counter})" if self.in_schedule else name

    def _previous(self, name: str) -> str:
        return f"({previous(name, self.prelude)})"

    # --- operators -------------------------------------------------------------------------------------------

    def _operation(self, value: ir.Operation) -> Written:
        if value.operator == "mix":
            return self._mix(value.arguments[0]), ATOM
        if value.operator in OF_ROWS:
            return (
                f"{self.view.variable}.{value.operator}({', '.join(map(self.text, value.arguments))})",
                ATOM,
            )
        if value.operator in ("interleave", "grouped"):
            return self.call(value.operator, *map(self.text, value.arguments)), ATOM
        if operator_of := OF_HISTORIES.get(value.operator):
            width = "vectors" if Kind.VECTOR in (value.kind, value.arguments[-1].kind) else "numbers"
            texts = [self.text(argument) for argument in value.arguments]
            return self.call(f"{operator_of}_{width}", *texts), ATOM
        arguments = tuple(self._as_column(a, value) for a in _flattened(value))
        array = any(a.kind in ARRAYS or a.family for a in value.arguments)
        operator = value.operator
        if operator == "neg":
            return f"-{_enclosed(arguments[0], UNARY)}", UNARY
        if operator == "not":
            return (
                (f"~{_enclosed(arguments[0], ATOM)}", UNARY)
                if array
                else (f"not {_enclosed(arguments[0], UNARY)}", 2)
            )
        if operator in OF_ARRAYS and array:
            return f" {OF_ARRAYS[operator]} ".join(_enclosed(a, ATOM) for a in arguments), 0
        if operator in COMPARISONS and value.kind is Kind.BOOL and any(map(_may_be_nan, value.arguments)):
            return self.call(COMPARISONS[operator], *(text for text, _ in arguments)), ATOM
        if operator in INFIX and (operator != "/" or array):
            return _infix(operator, *arguments)
        if operator == "^" and _is_two(value.arguments[1]):
            return self.call("square", arguments[0][0]), ATOM
        if (
            operator in IN_PLACE
            and _is_made_here(value.arguments[0])
            and value.arguments[0].family == value.family
        ):
            operator = IN_PLACE[operator]
        return self.call(CALLS.get(operator, operator), *(text for text, _ in arguments)), ATOM

    def _mix(self, value: ir.Pure) -> str:
        """A call of `mix`: nodes need the values of their neighbours that every view holds."""
        held = [replace(self, view=view).text(value) for view in self.prelude.layout.views]
        return f"{self.prelude.mix()}({', '.join(held)})"

    def _as_column(self, argument: ir.Pure, parent: ir.Operation) -> Written:
        """An argument's text; a family of scalars beside vectors becomes a column, one number a row."""
        scalars = argument.family and argument.kind not in ARRAYS
        meets = any(other.kind in ARRAYS for other in parent.arguments)
        if scalars and meets:
            return self.call("column", self.text(argument)), ATOM
        return self._write(argument)


def previous(name: str, prelude: Prelude) -> str:
    """A param's value of the round before; 0 in round 0."""
    function, counter = prelude.schedule(name), prelude.plan.counter
    before = prelude.param(name) if function is None else f"{function}({counter} - 1)"
    return f"{before} if {counter} > 0 else 0.0"


def _infix(operator: str, left: Written, right: Written) -> Written:
    sign, strength = INFIX[operator]
    first = strength + 1 if strength == COMPARISON else strength  # Python would read a chain
    return f"{_enclosed(left, first)} {sign} {_enclosed(right, strength + 1)}", strength


def _enclosed(written: Written, strength: int) -> str:
    return written[0] if written[1] >= strength else f"({written[0]})"


def _flattened(value: ir.Operation) -> tuple[ir.Pure, ...]:
    """The arguments; a `min` or `max` in the first place of its like is flattened, where kinds are alike."""
    found: list[ir.Pure] = []
    ahead = value
    while True:
        first, *others = ahead.arguments
        found[:0] = others
        same = (
            isinstance(first, ir.Operation)
            and first.operator == value.operator
            and value.operator in ("min", "max")
        )
        if not (
            same
            and isinstance(first, ir.Operation)
            and len({a.kind in ARRAYS for a in (first, *others)}) == 1
        ):
            return (first, *found)
        ahead = first


def _grows(value: ir.Pure) -> bool:
    """True for an int that may be larger than the ints it is computed from."""
    match value:
        case ir.Operation():
            return value.operator in GROWING or any(map(_grows, value.arguments))
        case ir.Fold():
            return value.operator == "sum" or _grows(value.argument)
        case ir.Number() | ir.Use() | ir.Global() | ir.Gather():
            return False
        case _:
            assert_never(value)


def _may_be_nan(value: ir.Pure) -> bool:
    """True for a number that may be nan: every one but literals and counters."""
    if isinstance(value, ir.Global):
        return value.origin is not ir.Origin.COUNTER and value.kind in (Kind.REAL, Kind.INT)
    return value.kind in (Kind.REAL, Kind.INT) and not isinstance(value, ir.Number)


def _is_made_here(value: ir.Pure) -> bool:
    """True for a vector that arithmetic makes, an array that no name holds."""
    return isinstance(value, ir.Operation) and value.operator in INFIX and value.kind is Kind.VECTOR


def _is_two(value: ir.Pure) -> bool:
    return isinstance(value, ir.Number) and value.value == 2
