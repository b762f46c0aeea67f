"""Packets <-> bytes, and exact bit lengths; docs/wire.md has every format."""

WIRE_FORMAT = 1
"""Raised whenever a message's bytes change."""
