"""Short cuts for tests on whole specs: every stage up to the plan, with the compressors that ship and a collective one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cablese.dsl.check.contracts import (
    AggregatorContract,
    Argument,
    ArgumentValue,
    Class,
    CompressorContract,
    Form,
    ProblemContract,
    Traits,
)
from cablese.dsl.pipeline import compile_spec, diagnose_spec, plan_program
from cablese.dsl.text.decode import decode
from cablese.dsl.text.diagnostics import Diagnostic, Edit, SpecError
from cablese.runtime.registry import plugins

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
BAD = sorted((HERE / "bad").glob("*/*.alg"))
SHIPPED = sorted((ROOT / "algorithms").glob("*/*.alg"))

_EXPECTATION = re.compile(r"# (?:error|warning): (\d+):(\d+) \[([EW]\d{3})\]")
_SETTING = re.compile(r"^# set: (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class _Collective:
    """A compressor that runs exchanges of its own; none ships, but plug-ins may bring one."""

    name: str = "collective_thing"
    actual: Class = Class.COLLECTIVE
    arguments: tuple[Argument, ...] = ()
    doc: str = ""

    def classify(self, arguments: Mapping[str, ArgumentValue]) -> Class:
        return self.actual

    def form(self, arguments: Mapping[str, ArgumentValue]) -> Form:
        return Form.DENSE

    def traits(self, arguments: Mapping[str, ArgumentValue]) -> Traits:
        return frozenset()

    def picks_blindly(self, arguments: Mapping[str, ArgumentValue]) -> bool:
        return False

    def redraws(self, arguments: Mapping[str, ArgumentValue]) -> bool:
        return False

    def joint(self, arguments: Mapping[str, ArgumentValue]) -> bool:
        return False

    def writes_some(self, arguments: Mapping[str, ArgumentValue]) -> bool:
        return False


@dataclass(frozen=True)
class _Registry:
    compressors: Mapping[str, CompressorContract]
    problems: Mapping[str, ProblemContract]
    aggregators: Mapping[str, AggregatorContract]


REGISTRY = _Registry(
    {**plugins().compressors, "collective_thing": _Collective()}, plugins().problems, plugins().aggregators
)


def diagnose(
    name: str, data: bytes, settings: tuple[str, ...] = (), *, pedantic: bool = False
) -> list[Diagnostic]:
    """What is said of a spec, whichever stage says it, in source order."""
    try:
        source = decode(name, data)
        plan_program(compile_spec(source, REGISTRY, settings), REGISTRY)
    except SpecError as error:
        return list(error.diagnostics)
    return [] if settings else list(diagnose_spec(source, REGISTRY, pedantic=pedantic))


def diagnose_bad(path: Path) -> list[Diagnostic]:
    """What is said of a wrong spec; lines `# set: NAME=EXPR` in it stand for `--set` of the command line."""
    return diagnose_text(path, path.read_bytes())


def diagnose_text(path: Path, data: bytes) -> list[Diagnostic]:
    """The diagnostics of a wrong spec if it held this."""
    settings = tuple(_SETTING.findall(data.decode("utf-8", "replace")))
    return diagnose(path.name, data, settings, pedantic=path.parent.name == "pedantic")


def edited(text: str, fix: Sequence[Edit]) -> str:
    """A text after edits."""
    for edit in sorted(fix, key=lambda edit: -edit.span.start):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def place_of(diagnostic: Diagnostic) -> tuple[int, int, str]:
    """Line and column of the culprit, from 1, and the code."""
    return diagnostic.span.line, diagnostic.span.column, diagnostic.code


def expectations(path: Path) -> list[tuple[int, int, str]]:
    """The places and codes that a spec's comments announce: `# error: LINE:COLUMN [CODE]`, or `# warning: …`."""
    text = path.read_bytes().decode("utf-8", "replace")
    return sorted((int(line), int(column), code) for line, column, code in _EXPECTATION.findall(text))


def without_notes(text: str) -> str:
    """A wrong spec's text as its author would have written it."""
    plain = _SETTING.sub("", _EXPECTATION.sub("", text))
    return "\n".join(line.rstrip() for line in plain.split("\n")).rstrip("\n") + "\n"
