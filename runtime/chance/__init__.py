"""Draws as pure functions of (seed, site, round, repeat, node, copy)."""
