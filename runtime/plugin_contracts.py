"""Checks of plug-ins' contracts at registration: bounds, defaults and kinds of arguments fit each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

from cablese.dsl.check.contracts import Argument, ArgumentKind

_NUMBERS = (ArgumentKind.INT, ArgumentKind.REAL)


class Plugin:
    """A class with a name for specs or commands, and the arguments that may be written for it."""

    name: ClassVar[str]
    doc: ClassVar[str]
    arguments: ClassVar[tuple[Argument, ...]] = ()
    stated: ClassVar[tuple[str, ...]] = ("name", "doc")  # attributes without which it cannot be registered
    texts: ClassVar[tuple[str, ...]] = ("name", "doc")  # those that must be texts
    meant: ClassVar[Mapping[str, str]] = {}  # attribute -> its meaning, for the error where it is missing

    @classmethod
    def flaw(cls) -> str:
        """The flaw for which the class cannot be registered, in words, missing attributes aside; empty without one."""
        return flaw_in_arguments(cls.arguments)


def flaw_in_arguments(stated: object) -> str:
    """The flaw in a plug-in's `arguments`, in words; empty without one."""
    if not (isinstance(stated, tuple) and all(isinstance(each, Argument) for each in stated)):
        return "its `arguments` are not a tuple of `Argument`"
    if twice := [name for name, count in Counter(each.name for each in stated).items() if count > 1]:
        return f"its argument `{twice[0]}` is stated twice"
    return next((flaw for each in stated if (flaw := _flaw(each))), "")


def _flaw(argument: Argument) -> str:
    subject = f"its argument `{argument.name}`"
    if not (isinstance(argument.name, str) and argument.name.isidentifier()):
        return f"a spec cannot write the name of {subject}"
    if not isinstance(argument.kind, ArgumentKind):
        return f"{subject} has a kind that is no `ArgumentKind`: {argument.kind!r}"
    if argument.bounded and argument.kind not in _NUMBERS:
        return f"{subject} has bounds, which are of numbers alone, and its kind is {argument.kind.name}"
    if argument.bounded and argument.sample is None:
        return f"{subject} has bounds that no number meets: {argument.range}"
    if argument.default is not None and not argument.admits(argument.default):
        return f"{subject} has the default {argument.default}, and must be {argument.range}"
    return ""
