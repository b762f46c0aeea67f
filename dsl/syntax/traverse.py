"""Traversals of the syntax tree."""

from __future__ import annotations

from ..text.traversal import Traversal
from . import nodes as n

EXPRESSIONS: Traversal[n.Expr] = Traversal(n.Expr, closed=n.Stmt, labels=n.Name | n.Text)
"""Operands of an expression; of a statement its own expressions. What is called, bound or titled is none."""

STATEMENTS: Traversal[n.Stmt] = Traversal(n.Stmt)
"""Statements in the blocks of others; of a spec those of `init` and of the round."""
