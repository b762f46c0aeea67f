"""A spec's tree as JSON: it round-trips, the published schema describes it, and what is no tree is refused by its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cablese.dsl.emit.json_schema import emit_schema
from cablese.dsl.emit.json_tree import TreeError, emit_json, read_json
from cablese.dsl.pipeline import read_spec
from cablese.dsl.syntax import nodes
from cablese.dsl.syntax.printer import print_spec
from cablese.dsl.text.source import Source
from cablese.runtime.library import find_spec
from hypothesis import given, settings
from library_tiers import specs_by_tier
from syntax_tools import specs

SCHEMA = Path(__file__).parents[2] / "grammar" / "spec.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(emit_schema()))
NAMES = specs_by_tier()


def test_the_published_schema_is_that_of_the_nodes() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == emit_schema(), (
        "python -m cablese.dsl.emit.json_schema writes it"
    )
    jsonschema.Draft202012Validator.check_schema(json.loads(emit_schema()))


@pytest.mark.parametrize("name", NAMES)
def test_shipped_specs_come_back_with_comments_and_places(name: str) -> None:
    source = find_spec(name)
    spec = read_spec(source)
    written = emit_json(spec)
    VALIDATOR.validate(json.loads(written))
    back = read_json(written)
    assert back == spec and print_spec(back) == source.text
    assert back.lines[0].span.text == spec.lines[0].span.text


@given(spec=specs)
@settings(max_examples=settings.default.max_examples // 4)  # the schema's validator takes its time
def test_any_tree_comes_back(spec: nodes.Spec) -> None:
    written = emit_json(spec)
    VALIDATOR.validate(json.loads(written))
    assert read_json(written) == spec


def test_a_tree_that_a_program_made_needs_no_places() -> None:
    tree = json.loads(
        emit_json(read_spec(Source("t.alg", "algorithm A\nproblem minimize\ninit:\n    all: x = x0\n")))
    )
    bare = json.dumps({"format": 1, "spec": _without_places(tree["spec"])})
    assert print_spec(read_json(bare)).startswith("algorithm A\nproblem minimize\n")


def _without_places(tree: Any) -> Any:
    if isinstance(tree, list):
        return [_without_places(part) for part in tree]
    if isinstance(tree, dict):
        return {key: _without_places(part) for key, part in tree.items() if not key.endswith("span")}
    return tree


NAME = {"node": "Name", "id": "x"}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "this is not JSON"),
        ("[]", '"format": 1'),
        ('{"format": 2, "spec": {}}', '"format": 1'),
        ('{"format": 1, "spec": {"node": "Sepc"}}', 'spec: needs an object whose "node" is Spec'),
        ('{"format": 1, "text": 3, "spec": {}}', "text: must be a string"),
        ('{"format": 1, "spec": {"node": "Spec", "lines": 1, "comments": []}}', "spec.lines: must be a list"),
        (
            json.dumps({"format": 1, "spec": {"node": "Spec", "lines": [NAME], "comments": []}}),
            'spec.lines[0]: needs an object whose "node" is Algorithm or Problem',
        ),
        (
            '{"format": 1, "spec": {"node": "Spec", "lines": [], "comments": [], "colour": 1}}',
            "spec: Spec has no 'colour'",
        ),
        (
            '{"format": 1, "spec": {"node": "Spec", "lines": [], "comments": [], "span": [2, 1]}}',
            "spec.span: must be two places",
        ),
        (
            json.dumps(
                {
                    "format": 1,
                    "spec": {
                        "node": "Spec",
                        "lines": [{"node": "Problem", "kind": {"node": "Name", "id": 4}, "on_graph": False}],
                        "comments": [],
                    },
                }
            ),
            "spec.lines[0].kind.id: must be str",
        ),
    ],
)
def test_what_is_no_tree_is_refused_by_its_place(document: str, message: str) -> None:
    with pytest.raises(TreeError) as error:
        read_json(document)
    assert message in str(error.value)
