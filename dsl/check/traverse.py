"""Traversals of the checked program."""

from __future__ import annotations

from ..text.traversal import Traversal
from . import program as p

EXPRESSIONS: Traversal[p.Expr] = Traversal(p.Expr, closed=p.Stmt)
"""Operands of an expression; of a statement what it evaluates itself, not what the statements in it do."""

STATEMENTS: Traversal[p.Stmt] = Traversal(p.Stmt)
"""Statements in the ways of an `if` and the bodies of `repeat`s; of a program those of `init` and of the round."""
