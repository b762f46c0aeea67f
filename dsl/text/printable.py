"""Text of users, safe to show: no character moves the cursor, changes colours or reverses the text behind it."""

from __future__ import annotations

SUBSTITUTE = "\N{REPLACEMENT CHARACTER}"


def printable(text: str) -> str:
    """The text with a substitute for every character that is not printable, newlines and tabs apart."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in "\n\t" else SUBSTITUTE for char in text)
