"""A checked program -> its hash: the same for specs that differ in layout and comments alone."""

from __future__ import annotations

from hashlib import sha256

from .program import Program


def canonical_hash(program: Program) -> str:
    """64 hexadecimal digits of the program's content; places in the text do not count."""
    return sha256(repr(program).encode()).hexdigest()
