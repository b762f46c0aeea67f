"""The assignment of least cost, by the Hungarian algorithm: shortest augmenting paths with potentials (Kuhn 1955)."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf


def assigned(costs: Sequence[Sequence[float]], alone: float) -> dict[int, int]:
    """Columns of rows in the assignment of least total cost; a row or column may stay alone at half the cost `alone`."""
    rows, columns = len(costs), len(costs[0]) if costs else 0
    size = rows + columns
    square = [[_cost(costs, i, j, rows, columns, alone) for j in range(size)] for i in range(size)]
    return {i: j for i, j in _least(square).items() if i < rows and j < columns and costs[i][j] < alone}


def _cost(costs: Sequence[Sequence[float]], i: int, j: int, rows: int, columns: int, alone: float) -> float:
    """The cost in a square table: real rows and columns may meet stand-ins."""
    if i < rows and j < columns:
        return min(costs[i][j], 4 * alone)
    return 0.0 if i >= rows and j >= columns else alone / 2


def _least(costs: Sequence[Sequence[float]]) -> dict[int, int]:
    """The assignment of a square table."""
    size = len(costs)
    row_potential, column_potential = [0.0] * (size + 1), [0.0] * (size + 1)
    row_of = [0] * (size + 1)  # by column, both from 1; 0 is nobody
    for row in range(1, size + 1):
        row_of[0] = row
        column = 0
        slack, before, seen = [inf] * (size + 1), [0] * (size + 1), [False] * (size + 1)
        while row_of[column]:
            seen[column] = True
            here, step, following = row_of[column], inf, 0
            for j in range(1, size + 1):
                if seen[j]:
                    continue
                reduced = costs[here - 1][j - 1] - row_potential[here] - column_potential[j]
                if reduced < slack[j]:
                    slack[j], before[j] = reduced, column
                if slack[j] < step:
                    step, following = slack[j], j
            for j in range(size + 1):
                if seen[j]:
                    row_potential[row_of[j]] += step
                    column_potential[j] -= step
                else:
                    slack[j] -= step
            column = following
        while column:
            row_of[column] = row_of[before[column]]
            column = before[column]
    return {row_of[j] - 1: j - 1 for j in range(1, size + 1)}
