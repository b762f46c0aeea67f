"""Traversals of the syntax tree."""

from __future__ import annotations

from ..text.traversal import Traversal
from . import nodes

EXPRESSIONS: Traversal[nodes.Expr] = Traversal(nodes.Expr, closed=nodes.Stmt, labels=nodes.Name | nodes.Text)
"""Operands of an expression; in a statement its own expressions. Names called or bound, and titles, are none."""

STATEMENTS: Traversal[nodes.Stmt] = Traversal(nodes.Stmt)
"""Statements in the blocks of others; in a spec those of `init` and of the round."""
