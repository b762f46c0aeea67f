"""The pages of docs/methods, a family each: listings, boxes, messages, bounds, laws with their verdicts, pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from blocks import ROOT
from cablese.dsl.check.program import Program
from cablese.dsl.emit.tex import emit_tex
from cablese.dsl.pipeline import compile_spec, read_spec
from cablese.runtime.library import Shipped, find_spec, shipped_specs
from cablese.runtime.registry import plugins
from method_costs import DIM, cost_of
from method_costs import NODES as COST
from method_plots import GAME, MINIMIZE, NODES, ROUNDS, yardstick_of
from tables import table

VERIFIED = ROOT / "docs" / "verified.md"


_HEAD = """\
Made from the specs by `pytest --update-golden tests/docs/test_docs_methods.py`; [algorithms.md](../algorithms.md) is the
index. Messages are counted at d = {d}, n = {n} with 32-bit floats (`cablese cost`), at the defaults; verdicts are those of
[verified.md](../verified.md). Pictures: {rounds} rounds on {nodes} nodes at the defaults, a theorem's where the source
has one: small steps, as theorems have them. Functions are `{functions}`,
games `{games}`."""


def title(family: str) -> str:
    """A family's name in words."""
    return family.replace("_", " ").capitalize()


def families() -> dict[str, list[Shipped]]:
    """The shipped specs by family."""
    found: dict[str, list[Shipped]] = {}
    for spec in shipped_specs():
        found.setdefault(spec.family, []).append(spec)
    return found


def page(family: str) -> str:
    """The page of a family."""
    methods = families()[family]
    links = " · ".join(f"[{one.name}](#{one.name})" for one in methods)
    head = [
        f"# {title(family)}",
        "",
        _HEAD.format(d=DIM, n=COST, rounds=ROUNDS, nodes=NODES, functions=MINIMIZE, games=GAME),
        "",
        links,
        "",
    ]
    return "\n".join((*head, *(part for one in methods for part in _section(one)))) + "\n"


def _section(shipped: Shipped) -> Iterator[str]:
    source = find_spec(shipped.name)
    program = compile_spec(source, plugins())
    yield f"## {shipped.name}"
    yield ""
    yield f"{shipped.source}."
    yield ""
    yield f"```alg\n{source.text.rstrip()}\n```"
    yield ""
    box = emit_tex(read_spec(source), program).rstrip()
    yield f"<details><summary>LaTeX</summary>\n\n```latex\n{box}\n```\n\n</details>"
    yield ""
    yield _messages(shipped.name)
    yield from _claims(program)
    yardstick = yardstick_of(program)
    beside = "" if yardstick == shipped.name else f", beside {yardstick}"
    yield f"![{shipped.name}{beside}]({shipped.name}.svg)"
    yield ""


def _messages(name: str) -> str:
    """A table of the messages of a round."""
    cost = cost_of(name)
    record = cost.record
    rows = [
        (
            one["route"] + (" (once, before round 0)" if one["in_init"] else ""),
            f"`{one['name']}`",
            one["codec"],
            _span(one["bits"]),
            _span(one["copies"]),
        )
        for one in record["messages"]
    ]
    text = table(("message", "item", "as", "bits of one", "a round"), rows) if rows else ""
    formulas = cost.formulas
    told = [
        f"{words} {_span(record['round'][key])}" + (f" = {formulas[key]}" if key in formulas else "")
        for key, words in (("bits_up", "up"), ("bits_down", "down"))
    ]
    return f"{text}\nBits of a round, all nodes together: {', '.join(told)}.\n"


def _span(pair: list[float]) -> str:
    least, most = pair
    return f"{least:.6g}" if least == most else f"{least:.6g} to {most:.6g}"


def _claims(program: Program) -> Iterator[str]:
    """Guarantees, laws and invariants with their verdicts."""
    verdicts = _verdicts()
    lines = [
        f"- {kind} `{' '.join(claim.span.text.split())}`: {verdicts.get((program.name, key), 'not tried yet')}"
        for kind, key, claim in (
            *(("bound", claim.theorem + "|" + claim.classes[0], claim) for claim in program.guarantees),
            *(("law", " ".join(claim.span.text.split()), claim) for claim in program.laws),
            *(("invariant", " ".join(claim.span.text.split()), claim) for claim in program.invariants),
        )
    ]
    if lines:
        yield "\n".join(lines)
        yield ""


@lru_cache
def _verdicts() -> dict[tuple[str, str], str]:
    """The verdicts of docs/verified.md, by method and claim; of bounds by theorem and class."""
    found: dict[tuple[str, str], str] = {}
    text = VERIFIED.read_text(encoding="utf-8")
    for name, claim, verdict in re.findall(r"^\| (\w+) \| `(.*)` \| (.*) \|$", text, re.MULTILINE):
        found[name, claim] = verdict
    bound = r"^\| (\w+) \| ([^|`]*) \| (\w+) \| \d+ \| (\d+) \| (\S+) \| \S+ \| (.*) \|$"
    for name, theorem, kind, runs, ratio, verdict in re.findall(bound, text, re.MULTILINE):
        found[name, f"{theorem}|{kind}"] = f"{verdict} in {runs} runs, left/right at most {ratio}"
    return found
