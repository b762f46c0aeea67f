"""A comparison of two specs as JSON; `grammar/diff.schema.json` is its schema."""

from __future__ import annotations

from math import inf
from typing import Any

from cablese.dsl.algebra.wording import relation_texts
from cablese.dsl.edits.equal_if import equal_if
from cablese.dsl.edits.script import Edit, EditKind, FieldEdit, PartEdit, is_note
from cablese.dsl.edits.sentences import method_names
from cablese.dsl.edits.system import Part
from cablese.dsl.edits.texts import display, text

from ..execute.difference import Difference, costs_of_both
from .cost import cost_record
from .difference import told

FORMAT = 1
"""The version of the format; it grows when a reader of the earlier one would go wrong."""


def difference_record(difference: Difference) -> dict[str, Any]:
    """The record that `cablese diff --json` prints."""
    script, trial = difference.script, difference.trial
    witness = trial.witness if trial is not None else None
    costs = costs_of_both(difference)
    return {
        "format": FORMAT,
        "methods": list(method_names(script)),
        "answer": difference.answer,
        "same": difference.same,
        "reason": difference.comparison.reason,
        "names": script.spec_names,
        "relations": relation_texts(difference.comparison),
        "equal_if": []
        if difference.same or difference.literal is not None
        else list(equal_if(difference.comparison.pairing)),
        "witness": None
        if witness is None
        else {
            "problem": witness.problem,
            "seed": witness.seed,
            "round": witness.round,
            "metric": witness.metric,
            "gap": None if witness.gap == inf else witness.gap,
        },
        "edits": [edit_record(edit) for edit in script.edits],
        "sentences": [
            {"group": s.group, "text": s.text, "lines": [list(lines) for lines in s.lines]}
            for s in told(difference)
        ],
        "costs": None if costs is None else [cost_record(cost) for cost in costs],
    }


def edit_record(edit: Edit) -> dict[str, Any]:
    """One edit: of a part as a whole, or of a subterm of one of its fields."""
    part = edit.part
    found: dict[str, Any] = {"edit": edit.kind.value, "kind": part.kind.value, "part": display(part.name)}
    found["note"] = is_note(edit)
    match edit:
        case PartEdit(EditKind.KEPT):
            return found
        case PartEdit():
            return found | {"fields": _fields(part), "lines": sorted(edit.lines)}
        case FieldEdit():
            changed = {"before": text(edit.before), "after": text(edit.after), "path": list(edit.path)}
            return found | {"field": edit.field, **changed, "line": edit.line, "line_of_other": edit.theirs}


def _fields(part: Part) -> dict[str, str]:
    return {name: text(term) for name, term in part.fields}
