"""Shapes of nodes' fields, read off the node classes: a JSON tree, its reader and its schema agree on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from ..text.records import record
from ..text.source import Span
from . import nodes

PARSED_ONLY = frozenset({"unparsed_names", "binds_unknown"})
"""Fields of a spec that hold mistakes in its text: a tree without mistakes does not have them."""


@record
class Shape:
    """A field: one of `nodes` or of `plain` types, or None if `optional`; a list of them if `listed`."""

    name: str
    nodes: tuple[type[Any], ...]
    plain: tuple[type[Any], ...]
    optional: bool
    listed: bool


@cache
def node_types() -> Mapping[str, type[Any]]:
    """Every node class by name, in the order of `nodes.py`."""
    return {cls.__name__: cls for cls in vars(nodes).values() if _is_node(cls)}


def shapes(node: type[Any]) -> tuple[Shape, ...]:
    """The fields of a node class but its spans, in order."""
    return _fields()[node.__name__][0]


def span_names(node: type[Any]) -> tuple[str, ...]:
    """The fields of a node class that are places in the text."""
    return _fields()[node.__name__][1]


@cache
def _fields() -> Mapping[str, tuple[tuple[Shape, ...], tuple[str, ...]]]:
    found = {}
    for name, node in node_types().items():
        hints = get_type_hints(node, vars(nodes))
        kept = [field.name for field in fields(node) if field.name not in PARSED_ONLY]
        spans = tuple(field for field in kept if hints[field] is Span)
        found[name] = tuple(_shape(field, hints[field]) for field in kept if field not in spans), spans
    return found


def _shape(name: str, hint: Any) -> Shape:
    listed = get_origin(hint) is tuple
    kinds = tuple(_alternatives(get_args(hint)[0] if listed else hint))
    return Shape(
        name,
        tuple(kind for kind in kinds if _is_node(kind)),
        tuple(kind for kind in kinds if kind is not NoneType and not _is_node(kind)),
        NoneType in kinds,
        listed,
    )


def _alternatives(hint: Any) -> Iterator[Any]:
    if isinstance(hint, UnionType) or get_origin(hint) is Union:
        for part in get_args(hint):
            yield from _alternatives(part)
    else:
        yield hint


def _is_node(kind: Any) -> bool:
    return isinstance(kind, type) and kind.__module__ == nodes.__name__
