"""A spec's tree as JSON, for editors and other tools, and back: `grammar/spec.schema.json` is its schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..syntax import nodes
from ..syntax.shapes import Shape, node_types, shapes, span_names
from ..text.source import NOWHERE, Source, Span

FORMAT = 1
"""The version of the tree's format; it grows when an earlier tree would be read otherwise."""


class TreeError(ValueError):
    """JSON that is no tree of a spec; says where."""


def emit_json(spec: nodes.Spec) -> str:
    """A spec with its text and, at each node, the places where it begins and ends there, counted in characters."""
    document = {"format": FORMAT, "text": spec.span.source.text, "spec": _written(spec)}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _written(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_written(part) for part in value]
    if type(value).__name__ not in node_types():
        return value
    node = type(value)
    tree: dict[str, Any] = {"node": node.__name__}
    tree |= {shape.name: _written(getattr(value, shape.name)) for shape in shapes(node)}
    return tree | {name: [getattr(value, name).start, getattr(value, name).end] for name in span_names(node)}


# --- back ------------------------------------------------------------------------------------------------------


def read_json(text: str) -> nodes.Spec:
    """The spec that `emit_json` wrote, or that a program made: then without `text` and places. Raises `TreeError`."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise TreeError(f"this is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise TreeError(f'a tree is an object with "format": {FORMAT}, "spec" and perhaps "text"')
    written = document.get("text")
    if not isinstance(written, str | None):
        raise TreeError("text: must be a string")
    source = NOWHERE.source if written is None else Source("<json>", written)
    spec = _node(document.get("spec"), (nodes.Spec,), "spec", source)
    assert isinstance(spec, nodes.Spec)
    return spec


def _node(tree: Any, allowed: tuple[type[Any], ...], path: str, source: Source) -> Any:
    names = [node.__name__ for node in allowed]
    if not isinstance(tree, dict) or tree.get("node") not in names:
        raise TreeError(f'{path}: needs an object whose "node" is {" or ".join(names)}')
    node = node_types()[tree["node"]]
    known = {"node", *(shape.name for shape in shapes(node)), *span_names(node)}
    for key in tree:
        if key not in known:
            raise TreeError(f"{path}: {node.__name__} has no {key!r}")
    values = {shape.name: _field(tree, shape, path, source) for shape in shapes(node)}
    spans = {name: _span(tree.get(name), f"{path}.{name}", source) for name in span_names(node)}
    return node(**values, **spans)


def _field(tree: Mapping[str, Any], shape: Shape, path: str, source: Source) -> Any:
    path = f"{path}.{shape.name}"
    value = tree.get(shape.name)
    if not shape.listed:
        return _value(value, shape, path, source)
    if not isinstance(value, list):
        raise TreeError(f"{path}: must be a list")
    return tuple(_value(part, shape, f"{path}[{index}]", source) for index, part in enumerate(value))


def _value(value: Any, shape: Shape, path: str, source: Source) -> Any:
    if value is None and shape.optional:
        return None
    if type(value) in shape.plain:  # not isinstance: true is no number
        return value
    if shape.nodes:
        return _node(value, shape.nodes, path, source)
    raise TreeError(f"{path}: must be {' or '.join(kind.__name__ for kind in shape.plain)}")


def _span(place: Any, path: str, source: Source) -> Span:
    if place is None:
        return NOWHERE
    whole = isinstance(place, list) and len(place) == 2 and all(type(end) is int for end in place)
    if not whole or not 0 <= place[0] <= place[1] <= len(source.text):
        raise TreeError(f"{path}: must be two places in the text, [start, end]")
    return Span(source, place[0], place[1])
