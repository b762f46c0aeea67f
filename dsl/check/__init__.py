"""Nodes as written -> checked program: names, kinds, placements, contracts."""
