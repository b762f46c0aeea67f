"""The lints that `check --pedantic` adds: of doubts, which a method may have a reason for."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..check import program as core
from ..text.diagnostics import Diagnostic
from . import doubts
from .memories import biased_and_averaged, errors_of_others, memories_that_disagree
from .sent_dense import sent_dense
from .theory import never_allowed

PEDANTIC: dict[str, Callable[[core.Program], Iterator[Diagnostic]]] = {
    doubts.W401.code: memories_that_disagree,
    doubts.W402.code: errors_of_others,
    doubts.W403.code: biased_and_averaged,
    doubts.W404.code: never_allowed,
    doubts.W405.code: sent_dense,
}
"""Each by its code."""
