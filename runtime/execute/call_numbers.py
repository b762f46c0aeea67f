"""Numbers by which a program tells points and minibatches apart: gradients at the same one are computed once."""

from __future__ import annotations


class CallNumbers:
    """Another number at each call."""

    def __init__(self) -> None:
        self._next = 0

    def __call__(self) -> int:
        """The next number."""
        self._next += 1
        return self._next - 1

    @property
    def next(self) -> int:
        """The number of the next call."""
        return self._next

    def start(self, number: int) -> None:
        """Go on from a number."""
        self._next = number
