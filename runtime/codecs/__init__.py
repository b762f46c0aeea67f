"""Packets <-> bytes, and exact bit lengths; docs/wire.md has every format."""

WIRE_FORMAT = 1
"""Version of the formats, raised whenever a message's bytes change."""
