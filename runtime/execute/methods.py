"""Methods of a command: a spec and settings of its own, `marina(Q = rand_k(k = 5))`, and the settings that reach each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cablese.dsl.check.kinds import Placement
from cablese.dsl.syntax.parse import parse, parse_expression
from cablese.dsl.text.diagnostics import Bag, SpecError
from cablese.dsl.text.nearest import nearest
from cablese.dsl.text.source import Source

from ..errors import UsageError
from ..library import find_spec
from .options import setting_name

ROLES = {"up": (Placement.NODE,), "down": (Placement.SERVER, Placement.LINK, Placement.GROUP)}
"""Names by which a setting reaches the compressors of a method's uplinks and downlinks, whatever the spec calls them, and
where these compressors are applied."""


@dataclass(frozen=True)
class Method:
    """A spec, and the settings NAME=EXPR that were written behind its name for it alone."""

    source: Source
    settings: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        """The name of the spec's file."""
        return Path(self.source.name).stem

    @cached_property
    def declared(self) -> frozenset[str]:
        """Names of its params and compressors."""
        from cablese.dsl.syntax.nodes import Compressor, Param

        lines = parse(self.source, Bag()).lines
        return frozenset(line.name.id for line in lines if isinstance(line, (Compressor, Param)))

    def of_role(self, role: str) -> frozenset[str]:
        """The compressors that its nodes apply (`up`), or its server (`down`)."""
        from cablese.dsl.check.uses import compressors_at

        from ..compiled import compiled

        return compressors_at(compiled(self.source), *ROLES[role])


def find_method(text: str) -> Method:
    """The method that a word of the command line names: a spec's name or path, with or without settings in parentheses.

    Raises SpecNotFound, SpecError for settings that are wrong in form.
    """
    name, opened, rest = text.partition("(")
    if not opened or not rest.rstrip().endswith(")") or Path(text).exists():
        return Method(find_spec(text))
    return Method(find_spec(name.strip()), _settings(text, name))


def _settings(text: str, name: str) -> tuple[str, ...]:
    """The settings in the parentheses behind a spec's name."""
    from cablese.dsl.syntax import nodes

    written, bag = Source("SPEC(NAME = EXPR)", _as_word(name) + text[len(name) :]), Bag()
    call = parse_expression(written, bag)
    if bag or call is None:
        raise SpecError(tuple(bag))
    if not isinstance(call, nodes.Call) or call.arguments:
        raise UsageError(
            f"`{text}`: settings of a method are written NAME = EXPR, such as "
            f"'{name.strip()}(gamma = 0.1)'; an option of the run, such as --nodes, stands beside it."
        )
    return tuple(f"{keyword.name.id}={keyword.value.span.text}" for keyword in call.keywords)


def _as_word(name: str) -> str:
    """A word as long as a spec's name or path, for a text that is read as a call."""
    word = re.sub(r"\W", "_", name.rstrip())
    return (word if word[:1].isalpha() else f"_{word[1:]}") + " " * (len(name) - len(word))


def settings_of_each(methods: Sequence[Method], settings: Sequence[str]) -> list[tuple[str, ...]]:
    """For each method its own settings, those of `settings` that are addressed to it (`marina.gamma=0.1`), and those of
    the names that it declares, which its own replace.

    A name that no method declares goes to all, to be refused. Raises UsageError for an address of none of them, and for a
    role in which none compresses.
    """
    addressed = [setting for setting in settings if "." in setting_name(setting)]
    for setting in addressed:
        _check_address(setting, methods)
    plain = [setting for setting in settings if setting not in addressed]
    known = frozenset[str]().union(*(method.declared for method in methods))
    for setting in plain:
        _check_role(setting, methods, known)
    return [_merged(method, addressed, _by_role(method, plain, known), known) for method in methods]


def _merged(
    method: Method, addressed: Sequence[str], plain: Sequence[str], known: frozenset[str]
) -> tuple[str, ...]:
    addressed_here = (_local(setting) for setting in addressed if _address(setting) == method.stem.lower())
    own = tuple(_own_by_role(method, (*method.settings, *addressed_here)))
    replaced = set(map(setting_name, own))
    reached = [s for s in plain if setting_name(s) in method.declared or setting_name(s) not in known]
    return (*(s for s in reached if setting_name(s) not in replaced), *own)


def _by_role(method: Method, settings: Sequence[str], known: frozenset[str]) -> list[str]:
    """Settings with `up` and `down` replaced by the method's compressors of that role; a role that it lacks is left out."""
    found: list[str] = []
    for setting in settings:
        name, _, value = setting.partition("=")
        if (role := name.strip()) not in ROLES or role in known:
            found.append(setting)
        else:
            found += [f"{compressor}={value}" for compressor in sorted(method.of_role(role))]
    return found


def _own_by_role(method: Method, settings: Sequence[str]) -> Iterator[str]:
    """The same of a method's own settings; a role that it lacks stays, to be refused."""
    for setting in settings:
        name, value = setting_name(setting), setting.partition("=")[2]
        compressors = sorted(method.of_role(name)) if name in ROLES and name not in method.declared else ()
        yield from (f"{compressor}={value}" for compressor in compressors) if compressors else (setting,)


def _address(setting: str) -> str:
    return setting_name(setting).partition(".")[0].strip().lower()


def _local(setting: str) -> str:
    return setting.partition(".")[2].strip()


def _check_role(setting: str, methods: Sequence[Method], known: frozenset[str]) -> None:
    role = setting_name(setting)
    if role in ROLES and role not in known and not any(method.of_role(role) for method in methods):
        senders = "nodes send" if role == "up" else "servers send"
        raise UsageError(
            f"--set {setting}: no method here compresses what its {senders}, so that nothing is set."
        )


def _check_address(setting: str, methods: Sequence[Method]) -> None:
    names: Mapping[str, None] = {method.stem.lower(): None for method in methods}
    if _address(setting) not in names:
        near = nearest(_address(setting), names) or next(iter(names))
        raise UsageError(
            f"--set {setting}: no method here is called `{_address(setting)}`; there "
            f"{'is' if len(names) == 1 else 'are'} {', '.join(names)}: write --set {near}.{_local(setting)}."
        )
