"""Problems that other packages bring: each entry point of the group `cablese.problems` loads a `Family`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from cablese.dsl.check.contracts import ArgumentKind, ProblemContract

from ..errors import SetupError
from ..plugin_calls import asked, unusable
from ..plugin_contracts import flaw_in_arguments
from .contracts import ENTRY_POINTS

if TYPE_CHECKING:
    from .base import Problem

Scalar: TypeAlias = "int | float | bool | str"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a problem is dealt for: its name as written, n nodes, the split's name, the run's seed."""

    written: str
    n: int
    split: str
    seed: int


class Family(Protocol):
    """A problem family: its contract, and how one is made from complete, checked arguments."""

    contract: ProblemContract

    def make(self, arguments: Mapping[str, Scalar], setting: Setting) -> Problem:
        """The problem, dealt to nodes; `SetupError` for arguments out of range or unfit data."""


def names() -> list[str]:
    """Names of the installed plug-ins, sorted; loads none of them."""
    from importlib.metadata import entry_points

    return sorted(entry_points(group=ENTRY_POINTS).names)


def family(name: str) -> Family:
    """The plug-in's family; `KeyError` if no such entry point is installed, `SetupError` if it cannot be loaded."""
    from importlib.metadata import entry_points

    found = tuple(entry_points(group=ENTRY_POINTS, name=name))
    if not found:
        raise KeyError(name)
    loaded: Family = asked(f"problem `{name}`", found[0].value, found[0].load)
    contract = asked(f"problem `{name}`", "contract", lambda: loaded.contract)
    if flaw := asked(f"problem `{name}`", "contract", _flaw, contract):
        raise unusable(f"problem `{name}`", flaw)
    return loaded


def _flaw(contract: ProblemContract) -> str:
    """Why a plug-in's contract cannot be used, in words; empty where it can."""
    if contract.kind not in ("minimize", "vi"):
        return f'its `kind` is {contract.kind!r}, and must be "minimize" or "vi"'
    if not (isinstance(contract.constants, frozenset | set) and all(map(_is_text, contract.constants))):
        return "its `constants` are not a set of names"
    if not _is_text(contract.doc):
        return "its `doc` is not a text"
    taken = [a.name for a in contract.arguments if getattr(a, "kind", None) is ArgumentKind.COMPRESSOR]
    if taken:
        return f"its argument `{taken[0]}` is a compressor, and no problem takes one"
    return flaw_in_arguments(contract.arguments)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def broken() -> dict[str, SetupError]:
    """Why installed plug-ins cannot be used, of those that cannot."""
    found = {}
    for name in names():
        try:
            asked(f"problem `{name}`", "contract", lambda each=name: family(each).contract)
        except SetupError as error:
            found[name] = error
    return found
