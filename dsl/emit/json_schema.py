"""The JSON schema of `json_tree`, made from the node classes and kept as `grammar/spec.schema.json`."""

from __future__ import annotations

import json
from typing import Any

from ..syntax.shapes import Shape, node_types, shapes, span_names
from .json_tree import FORMAT

_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean"}
_PLACE = {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 2, "maxItems": 2}


def emit_schema() -> str:
    """The schema as text, in draft 2020-12."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A cablese spec",
        "description": "What `cablese show SPEC --as json` prints. Places are [start, end], in characters of `text`.",
        "type": "object",
        "properties": {
            "format": {"const": FORMAT},
            "text": {"type": "string"},
            "spec": {"$ref": "#/$defs/Spec"},
        },
        "required": ["format", "spec"],
        "additionalProperties": False,
        "$defs": {name: _node(node) for name, node in node_types().items()},
    }
    return json.dumps(schema, indent=2) + "\n"


def _node(node: type[Any]) -> dict[str, Any]:
    described = (node.__doc__ or "").split("\n\n")[0].replace("\n    ", " ")
    properties = {"node": {"const": node.__name__}} | {s.name: _field(s) for s in shapes(node)}
    return {
        "description": described,
        "type": "object",
        "properties": properties | dict.fromkeys(span_names(node), _PLACE),
        "required": ["node", *(shape.name for shape in shapes(node) if not shape.optional)],
        "additionalProperties": False,
    }


def _field(shape: Shape) -> dict[str, Any]:
    choices: list[dict[str, Any]] = [{"type": _PLAIN[kind]} for kind in shape.plain]
    choices += [{"$ref": f"#/$defs/{node.__name__}"} for node in shape.nodes]
    choices += [{"type": "null"}] if shape.optional else []
    one = choices[0] if len(choices) == 1 else {"anyOf": choices}
    return {"type": "array", "items": one} if shape.listed else one


if __name__ == "__main__":
    print(emit_schema(), end="")
