"""Histories as generated programs call them: an axis of values, the newest first, before the entries of a vector.

The shape is (m,) of numbers, (rows, m) of a family of them, (m, d) and (rows, m, d) of vectors.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from ..arrays.backend import Array, Backend
from ..errors import RunFailed


class Histories:
    """Functions of histories, bound to a backend; of one history or of a family of them."""

    backend: Backend
    xp: Any

    def history_numbers(self, length: Any, value: Any) -> Array:
        """A history of that length, all of whose values are one number."""
        return self.xp.repeat(self._real(value)[..., None], length_of(length), axis=-1)

    def history_vectors(self, length: Any, value: Array) -> Array:
        """A history of that length, all of whose values are one vector."""
        return self.xp.repeat(value[..., None, :], length_of(length), axis=-2)

    def push_numbers(self, history: Array, value: Any) -> Array:
        """The history with a new number, without the oldest."""
        return self._pushed(history, self._real(value)[..., None], -1)

    def push_vectors(self, history: Array, value: Array) -> Array:
        """The history with a new vector, without the oldest."""
        return self._pushed(history, value[..., None, :], -2)

    def entry_numbers(self, history: Array, place: Any) -> Any:
        """The number pushed so manieth last, 1 being the newest; raises RunFailed for a place that there is not."""
        return self._entry(history, place, -1)

    def entry_vectors(self, history: Array, place: Any) -> Array:
        """The vector pushed so manieth last."""
        return self._entry(history, place, -2)

    def sum_numbers(self, history: Array) -> Any:
        """The sum, from the newest to the oldest; all folds go one by one."""
        return self._fold(self.xp.add, history, -1)

    def sum_vectors(self, history: Array) -> Array:
        """The sum, entry by entry."""
        return self._fold(self.xp.add, history, -2)

    def mean_numbers(self, history: Array) -> Any:
        """The mean."""
        return self.sum_numbers(history) / history.shape[-1]

    def mean_vectors(self, history: Array) -> Array:
        """The mean, entry by entry."""
        return self.sum_vectors(history) / history.shape[-2]

    def least_numbers(self, history: Array) -> Any:
        """The least."""
        return self._fold(self.xp.minimum, history, -1)

    def least_vectors(self, history: Array) -> Array:
        """The least, entry by entry."""
        return self._fold(self.xp.minimum, history, -2)

    def greatest_numbers(self, history: Array) -> Any:
        """The greatest."""
        return self._fold(self.xp.maximum, history, -1)

    def greatest_vectors(self, history: Array) -> Array:
        """The greatest, entry by entry."""
        return self._fold(self.xp.maximum, history, -2)

    def _real(self, value: Any) -> Array:
        """A number, or a family of numbers, as reals."""
        if hasattr(value, "ndim"):
            return self.xp.astype(value, self.backend.real)
        return self.xp.asarray(float(value), dtype=self.backend.real, device=self.backend.device)

    def _pushed(self, history: Array, value: Array, axis: int) -> Array:
        """Both may be one for all rows, or of each row its own."""
        kept = self._rows(history, axis, 0, history.shape[axis] - 1)
        own = axis % -3  # the axes of one history
        rows = np.broadcast_shapes(kept.shape[:own], value.shape[:own])
        parts = [self.xp.broadcast_to(part, (*rows, *part.shape[own:])) for part in (value, kept)]
        return self.xp.concat(parts, axis=axis)

    def _rows(self, history: Array, axis: int, first: int, last: int) -> Array:
        return history[..., first:last] if axis == -1 else history[..., first:last, :]

    def _entry(self, history: Array, place: Any, axis: int) -> Any:
        length = history.shape[axis]
        if not getattr(place, "ndim", 0):
            return self._value(history, axis, _index(place, length))
        places = [_index(each, length) for each in self.backend.to_host(place)]
        index = self.backend.to_device(np.asarray(places, dtype=np.int64))
        if history.ndim == -axis:  # one history, a place for each row
            return self.xp.take(history, index, axis=0)
        flat = self.xp.reshape(history, (-1, *history.shape[2:]))
        first = self.backend.to_device(np.arange(history.shape[0], dtype=np.int64) * length)
        return self.xp.take(flat, first + index, axis=0)

    def _value(self, history: Array, axis: int, index: int) -> Any:
        """A copy, which a name may keep and change."""
        found = history[..., index] if axis == -1 else history[..., index, :]
        return self.xp.asarray(found, copy=True) if getattr(found, "ndim", 0) else found

    def _fold(self, operation: Callable[[Any, Any], Any], history: Array, axis: int) -> Any:
        values = (self._value(history, axis, index) for index in range(history.shape[axis]))
        return reduce(operation, values)


def length_of(value: Any) -> int:
    """The length of a history; raises RunFailed for a number that is none."""
    if not float(value).is_integer() or value < 1:
        raise RunFailed(f"a history of {value:g} values: its length is a whole number from 1 on")
    return int(value)


def _index(place: Any, length: int) -> int:
    number = float(place)
    if not number.is_integer() or not 1 <= number <= length:
        raise RunFailed(
            f"value {number:g} of a history of {length}: its values are numbered from 1, the newest, to {length}"
        )
    return int(number) - 1
