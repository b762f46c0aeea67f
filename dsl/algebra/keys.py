"""Keys of atoms and symbols: short digests of what they are made of."""

from __future__ import annotations

from hashlib import blake2b


def digest(*parts: str) -> str:
    """A key of parts in order; different parts give different keys."""
    made = blake2b(digest_size=12)
    for part in parts:
        made.update(f"{len(part)}:{part}".encode())
    return made.hexdigest()
