"""Packets <-> bytes, and exact bit lengths."""
