"""Sweeps: `gamma = gamma * [1/4, 1, 4]` makes of a method one for each value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from cablese.dsl.text.records import record

from ..errors import UsageError
from .methods import ROLES, Method, settings_of_each
from .options import setting_name

_FORM = re.compile(
    r"(?P<name>[^=\[\]]+)=(?!=)(?P<before>[^\[\]]*)\[(?P<values>[^\[\]]*)\](?P<after>[^\[\]]*)"
)
_PLAIN = re.compile(r"\w+(\.\w+)?(e[+-]?\d+)?")


@record
class Sweep:
    """A name, and the settings NAME=EXPR of which each makes a run."""

    name: str
    settings: tuple[str, ...]

    def of(self, method: Method) -> tuple[str, ...]:
        """The settings for a method, none where it lacks the name."""
        address, dot, local = self.name.rpartition(".")
        if dot and address.lower() != method.stem.lower():
            return ()
        reached = method.of_role(local) if local in ROLES and local not in method.declared else ()
        if local not in method.declared and not reached:
            return ()
        names = sorted(reached) or [local]
        if len(names) > 1:
            raise UsageError(
                f"--sweep {local}: {method.stem} compresses with {' and '.join(names)} there; sweep one of them by its name."
            )
        return tuple(f"{names[0]}={setting.partition('=')[2]}" for setting in self.settings)


def read_sweep(text: str) -> Sweep:
    """The sweep that a text states. Raises UsageError for one without a list of values."""
    found = _FORM.fullmatch(text)
    values = _values(found["values"]) if found else []
    if found is None or not all(values) or not values:
        raise UsageError(
            f"--sweep takes NAME = an expression with one list in brackets, such as 'gamma = gamma * [1/4, 1, 4]' or "
            f"'Q = rand_k(k = [1, 5, 10])', not {text!r}."
        )
    name, before, after = found["name"].strip(), found["before"].lstrip(), found["after"].rstrip()
    whole = not before and not after
    inside = (value if whole or _PLAIN.fullmatch(value) else f"({value})" for value in values)
    return Sweep(name, tuple(f"{name}={before}{value}{after}" for value in inside))


def _values(text: str) -> list[str]:
    """The parts of a list, at commas outside of parentheses."""
    parts, depth = [""], 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts]


def swept(methods: Sequence[Method], sweeps: Sequence[Sweep], settings: Sequence[str] = ()) -> list[Method]:
    """Each method once for every combination of the values of its sweeps. `settings` are those of all methods.

    Raises UsageError for a sweep of no method, and for a setting that sweeps would replace wherever it reaches.
    """
    for sweep in sweeps:
        if not any(sweep.of(method) for method in methods):
            names = ", ".join(sorted({name for method in methods for name in method.declared}))
            raise UsageError(f"--sweep {sweep.name}: no method here has that name; there are {names}.")
    for setting in settings:
        _check_reaches(setting, methods, sweeps)
    return [variant for method in methods for variant in _variants(method, sweeps)]


def _check_reaches(setting: str, methods: Sequence[Method], sweeps: Sequence[Sweep]) -> None:
    """Raise UsageError for a setting of which the sweeps leave nothing: in their texts a name means its default."""
    reached = settings_of_each([replace(method, settings=()) for method in methods], (setting,))
    taken = [
        {setting_name(sweep.of(method)[0]) for sweep in sweeps if sweep.of(method)} for method in methods
    ]
    names = [{setting_name(own) for own in reaches} for reaches in reached]
    if any(names) and all(own <= by for own, by in zip(names, taken, strict=True)):
        name, _, value = (part.strip() for part in setting.partition("="))
        raise UsageError(
            f"--set {name}={value} is replaced by --sweep {name} in every run: leave one of them out; a sweep about that "
            f"value is --sweep '{name} = ({value}) * [1/4, 1, 4]'."
        )


def _variants(method: Method, sweeps: Sequence[Sweep]) -> list[Method]:
    own = [settings for sweep in sweeps if (settings := sweep.of(method))]
    return [replace(method, settings=(*method.settings, *chosen)) for chosen in product(*own)]
