"""The answers of the playground, a page that runs cablese in a browser, by the functions of the commands: JSON in and out.

All but `run` need Python alone; a run needs NumPy, and asks for SciPy where its problem does.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from cablese.dsl.pipeline import compile_spec, forget_texts, read_spec
from cablese.dsl.syntax import nodes
from cablese.dsl.text.diagnostics import Diagnostic, Edit, SpecError
from cablese.dsl.text.render import render_all
from cablese.dsl.text.source import Source, Span
from cablese.runtime.editing.mends import title_of
from cablese.runtime.errors import RunFailed, SetupError
from cablese.runtime.library import diagnose, find_spec, shipped_specs
from cablese.runtime.registry import plugins
from cablese.runtime.spec_forms import text_of

Record: TypeAlias = dict[str, Any]
Tell: TypeAlias = Callable[[str], None]

NAME = "your.alg"
"""The name of the text in the page's editor, as diagnostics have it."""

FORMS = ("server", "node", "tex", "plan", "python", "json")
"""The forms that the page shows."""

MOST_ROUNDS = 2000
"""Rounds of a run in a browser, where a round takes several times as long."""

POINTS = 100
"""Points of a curve, about."""

PACKAGES = ("numpy", "threadpoolctl", "scipy")
"""Packages that a run may ask for; the page loads them when a run first does."""

PROBLEMS: Mapping[str, str] = {
    "minimize": "quadratic(d = 20, mu = 0.1, L = 1)",
    "vi": "bilinear_saddle(d = 20, lam = 0.5, seed = 0)",
}
"""The problem of a run that names none, by the spec's kind: those of files are not in a browser."""


def answer(request: str, tell: Tell) -> str:
    """The answer to a request `{"do": NAME, …}` as JSON: `{"error": TEXT}` where the text or the run fails,
    `{"missing": NAME}` where a package must be loaded first. `tell` hears of the points of a run, each as JSON."""
    asked = json.loads(request)
    try:
        return json.dumps(_ACTIONS[asked["do"]](asked, tell))
    except SpecError as wrong:
        return json.dumps({"error": render_all(wrong.diagnostics)})
    except (SetupError, RunFailed) as failed:
        return json.dumps({"error": str(failed)})
    except ImportError as missing:
        package = (missing.name or "").partition(".")[0]
        if package not in PACKAGES:
            raise
        return json.dumps({"missing": package})


def _library(asked: Record, tell: Tell) -> Record:
    """The shipped specs, by family."""
    specs = [{"name": spec.name, "family": spec.family, "title": spec.title} for spec in shipped_specs()]
    return {"specs": specs, "forms": FORMS}


def _spec(asked: Record, tell: Tell) -> Record:
    return {"text": find_spec(asked["name"]).text}


def _check(asked: Record, tell: Tell) -> Record:
    """Mistakes and warnings of the text: the words of the terminal, and each with its place and fix."""
    source = _source(asked)
    forget_texts()
    found = diagnose(source)
    return {
        "words": render_all(found) or "no mistakes found",
        "found": [_found(diagnostic) for diagnostic in found],
        "problem": _problem_of(source) if not any(map(_is_error, found)) else "",
    }


def _is_error(diagnostic: Diagnostic) -> bool:
    return diagnostic.severity.value == "error"


def _found(diagnostic: Diagnostic) -> Record:
    """A diagnostic with its place and its fix; places count UTF-16 units, as the browser does."""
    return {
        "severity": diagnostic.severity.value,
        "code": diagnostic.code,
        "words": render_all((diagnostic,)),
        "message": diagnostic.message,
        "line": diagnostic.span.line,
        **_place(diagnostic.span),
        "fix": {"title": title_of(diagnostic), "edits": [*map(_edit, diagnostic.fix)]}
        if diagnostic.fix
        else None,
    }


def _edit(edit: Edit) -> Record:
    return {**_place(edit.span), "text": edit.text}


def _place(span: Span) -> Record:
    text = span.source.text
    start = _units(text[: span.start])
    return {"start": start, "end": start + _units(text[span.start : span.end])}


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _problem_of(source: Source) -> str:
    kinds = [line.kind.id for line in read_spec(source).lines if isinstance(line, nodes.Problem)]
    return PROBLEMS["minimize" if kinds == ["minimize"] else "vi"]


def _fmt(asked: Record, tell: Tell) -> Record:
    source = _source(asked)
    return {"text": text_of(source, compile_spec(source, plugins()), "spec")}


def _show(asked: Record, tell: Tell) -> Record:
    """The text in one of `FORMS`, as `cablese show` prints it."""
    source = _source(asked)
    return {"text": text_of(source, compile_spec(source, plugins()), asked["form"])}


def _diff(asked: Record, tell: Tell) -> Record:
    """The account of `cablese diff --quick` of the text and a shipped spec: by algebra, without runs. Costs are counted with
    NumPy, once a run has loaded it."""
    from cablese.runtime.execute.difference import difference
    from cablese.runtime.report.difference import account_of, account_with
    from cablese.runtime.report.difference_lines import plain_lines

    found = difference((_source(asked), find_spec(asked["other"])), (), quick=True, literal=False)
    loaded = sys.modules.get("numpy") is not None
    account = account_of(found) if loaded else account_with(found, ("counted once a run has loaded NumPy",))
    return {"text": "\n".join(plain_lines(account, int(asked["width"])))}


def _run(asked: Record, tell: Tell) -> Record:
    """A small run: its points as they come, then all that the page draws."""
    from .calls import run

    rounds = min(int(asked["rounds"]), MOST_ROUNDS)
    result = run(
        asked["text"],
        problem=asked["problem"],
        nodes=int(asked["nodes"]),
        rounds=rounds,
        every=max(1, rounds // POINTS),
        seed=int(asked["seed"]),
        on_point=lambda header, point: tell(json.dumps(_point(point))),
    )
    return {"points": [_point(point) for point in result.points], "header": _header(result.header)}


def _point(point: Any) -> Record:
    return {"round": point.round, "bits_up": point.bits_up, "bits_down": point.bits_down, **point.metrics}


def _header(header: Any) -> str:
    return f"{header.algorithm}, {header.n} nodes"


def _source(asked: Record) -> Source:
    return Source(NAME, asked["text"])


_ACTIONS: Mapping[str, Callable[[Record, Tell], Record]] = {
    "library": _library,
    "spec": _spec,
    "check": _check,
    "fmt": _fmt,
    "show": _show,
    "diff": _diff,
    "run": _run,
}
