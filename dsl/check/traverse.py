"""Traversals of the checked program."""

from __future__ import annotations

from ..text.traversal import Traversal
from . import program as core

EXPRESSIONS: Traversal[core.Expr] = Traversal(core.Expr, closed=core.Stmt)
"""Operands of an expression; in a statement the expressions that it evaluates itself, not those of inner statements."""

STATEMENTS: Traversal[core.Stmt] = Traversal(core.Stmt)
"""Statements in the branches of an `if` and the bodies of `repeat`s; in a program those of `init` and of the round."""

TARGETS: Traversal[core.Target] = Traversal(core.Target, closed=core.Stmt)
"""Bindings of a statement itself, not those of inner statements."""
