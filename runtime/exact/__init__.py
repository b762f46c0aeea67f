"""Exact worst-case rates: specs as performance-estimation problems, which a semidefinite program solves."""
