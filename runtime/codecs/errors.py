"""Errors of decoding: one function per kind, which alone has the words."""

from __future__ import annotations

from .base import CodecError


def wrong_length(got: int, least: int, most: int) -> CodecError:
    """A message that is shorter or longer than any that the encoder writes."""
    expected = str(least) if least == most else f"{least} to {most}"
    return CodecError(
        f"a message of {got} bytes, where {expected} were expected: truncated, or of another statement"
    )


def cut_short() -> CodecError:
    """A message that ends before the fields that it announces."""
    return CodecError("a message that is shorter than it says: truncated, or damaged on the way")


def stray_bits() -> CodecError:
    """Unused bits of the last byte that are not 0."""
    return CodecError("a message whose unused last bits are not 0: damaged on the way")


def out_of_range(what: str, limit: int) -> CodecError:
    """A field with a value that no encoder writes."""
    return CodecError(f"a message that holds a {what} above {limit}: damaged on the way")


def negative_scale() -> CodecError:
    """A magnitude below 0, or a 0 with a sign."""
    return CodecError("a message that holds a magnitude below 0: damaged on the way")


def broken_gaps() -> CodecError:
    """A unary plane without one terminator per index, or with another end than the message's."""
    return CodecError("a message whose index set does not end where it should: damaged on the way")


def other_form() -> CodecError:
    """A message that is decodable but not in the shortest form, which alone the encoder writes."""
    return CodecError("a message that is not in the form that the encoder chooses: damaged on the way")


def no_code(number: int) -> CodecError:
    """A code that stands for nothing."""
    return CodecError(f"a message that holds {number}, which is no code: damaged on the way")


def broken_tail() -> CodecError:
    """Large entries and a tail that no vector has."""
    return CodecError("a message whose large entries and tail do not fit each other: damaged on the way")
