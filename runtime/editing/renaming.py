"""A name of a spec by another one, at all its places."""

from __future__ import annotations

import re

from cablese.dsl.check.reserved import LANGUAGE_NAMES
from cablese.dsl.pipeline import read_spec
from cablese.dsl.text.source import Source, Span

from ..errors import SetupError
from .names import place_at, places

_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def renamed(source: Source, offset: int, name: str) -> tuple[Span, ...]:
    """The places that take the new name instead of the one at an offset. Raises SetupError where there is none, or where the
    new name is none, or is taken; SpecError while the text cannot be read."""
    spec = read_spec(source)
    place = place_at(spec, offset)
    if place is None:
        raise SetupError("No name of the spec stands here: words of the language and arguments keep theirs.")
    if not _NAME.fullmatch(name):
        raise SetupError(f"`{name}` is no name: letters, digits and _, not beginning with a digit.")
    if name in LANGUAGE_NAMES:
        raise SetupError(f"`{name}` is {LANGUAGE_NAMES[name]}: choose another name.")
    found = places(spec)
    if any(other.name == name for other in found):
        raise SetupError(f"`{name}` is a name of the spec already: choose another.")
    return tuple(other.span for other in found if other.name == place.name)
