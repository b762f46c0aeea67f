"""Errors in the arguments of a draw: one function per kind, which alone has the words."""

from __future__ import annotations

from ..errors import SetupError


def not_a_probability(event: str, p: float) -> SetupError:
    """`bernoulli` or `each` outside [0, 1]."""
    return SetupError(
        f"event `{event}`: {p} is not a probability, which lies in [0, 1]. Change the parameter that "
        "it comes from, and state its range with `where`."
    )


def empty_range(event: str, low: float, high: float) -> SetupError:
    """`choice` or `uniform` from a higher to a lower end."""
    return SetupError(f"event `{event}`: the range from {low} to {high} is empty; the lower end comes first.")


def range_too_wide(event: str, low: int, high: int, most: int) -> SetupError:
    """`choice` with an end that is no int of the language, or of more ints than a uniform number tells apart."""
    return SetupError(
        f"event `{event}`: from {low} to {high} is more than a choice can be of: both ends are ints, with at most "
        f"2^{most.bit_length() - 1} from one to the other. For larger numbers draw `uniform(a, b)`."
    )


def negative_deviation(event: str, deviation: float) -> SetupError:
    """`normal` with a standard deviation below 0."""
    return SetupError(f"event `{event}`: the standard deviation {deviation} is negative.")


def too_many(event: str, drawn: int, n: int) -> SetupError:
    """`subset` of more nodes than there are."""
    return SetupError(
        f"event `{event}`: a subset of {drawn} out of {n} nodes does not exist; draw at most {n}, or use "
        "`sample`, which draws nodes more than once."
    )


def negative_count(event: str, drawn: int) -> SetupError:
    """`sample` or `subset` of a negative number of nodes."""
    return SetupError(f"event `{event}`: {drawn} nodes cannot be drawn; the number must be 0 or more.")


def empty_buckets(event: str, size: int) -> SetupError:
    """`buckets` that hold no node."""
    return SetupError(f"event `{event}`: buckets of {size} nodes hold no one; their size must be 1 or more.")


def empty_batch(event: str, size: int) -> SetupError:
    """`minibatch` of no samples."""
    return SetupError(
        f"event `{event}`: a minibatch of {size} samples has no gradient; its size must be 1 or more."
    )
