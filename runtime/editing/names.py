"""Names of a spec and all their places, in a text that may not be right yet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from cablese.dsl.syntax import nodes
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source, Span


@record
class Place:
    """A place of a name; `binds` where it is declared or takes a value."""

    name: str
    span: Span
    binds: bool


def places(spec: nodes.Spec) -> tuple[Place, ...]:
    """The places of the names that a spec declares or binds, in the order of the text: not those of the language, nor of
    other methods, nor of arguments of compressors."""
    found = sorted(_all(spec), key=lambda place: place.span.start)
    own = {place.name for place in found if place.binds}
    return tuple(place for place in found if place.name in own)


def place_at(spec: nodes.Spec, offset: int) -> Place | None:
    """The place whose name stands at an offset, or ends there."""
    return next((p for p in places(spec) if p.span.start <= offset <= p.span.end), None)


def _all(node: object) -> Iterator[Place]:
    """The names in a node; the node's own fields tell which of them it binds, and which are words of something else."""
    if isinstance(node, nodes.Name):
        yield Place(node.id, node.span, binds=False)
    elif isinstance(node, tuple):
        for part in node:
            yield from _all(part)
    elif is_dataclass(node):
        kind = type(node)
        for field in fields(node):
            value = getattr(node, field.name)
            if (kind, field.name) in _BINDING:
                names = value if isinstance(value, tuple) else (value,)
                yield from (Place(name.id, name.span, binds=True) for name in names if name is not None)
            elif (kind, field.name) in _ARGUMENTS:
                yield from (place for argument in value for place in _all(argument.value))
            elif (kind, field.name) not in _FOREIGN and not isinstance(value, Span):
                yield from _all(value)


_BINDING = frozenset(
    {
        (nodes.Compressor, "name"),
        (nodes.Param, "name"),
        (nodes.Round, "counter"),
        (nodes.Repeat, "counter"),
        (nodes.Assign, "targets"),
        (nodes.Event, "target"),
        (nodes.Item, "target"),
    }
)
"""Fields of names that a node declares or binds."""

_FOREIGN = frozenset(
    {
        (nodes.Spec, "comments"),
        (nodes.Algorithm, "name"),
        (nodes.Problem, "kind"),
        (nodes.Compressor, "contract"),
        (nodes.Role, "name"),
        (nodes.Guarantee, "classes"),
        (nodes.Equals, "other"),
    }
)
"""Fields that hold words of the language or names of another method."""

_ARGUMENTS = frozenset({(nodes.Call, "keywords"), (nodes.Equals, "arguments")})
"""Fields of `name = value`, whose names are those of a compressor's arguments or of another method."""

_WORD = re.compile(r"[^\W\d]\w*")


def word_at(source: Source, offset: int) -> tuple[str, str]:
    """The word that stands at an offset, or ends there, and the rest of its line; empty if there is none."""
    line, column = source.line_column(offset)
    text = source.line_text(line)
    for found in _WORD.finditer(text):
        if found.start() <= column - 1 <= found.end():
            return found[0], text[found.end() :]
    return "", ""
