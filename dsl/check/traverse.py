"""Traversals of the checked program."""

from __future__ import annotations

from ..text.traversal import Traversal
from . import program as core

EXPRESSIONS: Traversal[core.Expr] = Traversal(core.Expr, closed=core.Stmt)
"""Operands of an expression; of a statement what it evaluates itself, not what the statements in it do."""

STATEMENTS: Traversal[core.Stmt] = Traversal(core.Stmt)
"""Statements in the ways of an `if` and the bodies of `repeat`s; of a program those of `init` and of the round."""
