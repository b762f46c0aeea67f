"""What random trials find: the places where a spec is tried, what went wrong at one, and the file that keeps it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from cablese.runtime.execute.options import Options
from emulated_ranks import emulated
from random_cases import SAMPLES
from ranked import Setting
from shrink import shrunk
from trials import FAILED, Result, difference, ended, runs, said, slow_difference

FOUND = Path(__file__).parents[1] / "found"
SETTINGS = (Setting(2), Setting(3), Setting(3, "dedicated"))
OPTIONS = "# options: "


@dataclass(frozen=True)
class Finding:
    """A spec that went wrong, where (a kind of trial), and how."""

    text: str
    options: Options
    where: str
    what: str


def tried(text: str, options: Options, settings: Iterable[Setting] = SETTINGS) -> Iterator[Finding]:
    """Whatever goes wrong with a spec, in the order of the trials."""
    one = ended(text, options)
    if any(key in one for key in FAILED):
        yield Finding(text, options, "one process", said(one))
    if not runs(one):
        return
    for where in ("slow", *map(str, fitting(options, settings))):
        what = went_wrong(text, options, where, one)
        if what:
            yield Finding(text, options, where, what)


def fitting(options: Options, settings: Iterable[Setting]) -> list[Setting]:
    """The settings that a method can run under: one on a graph has no server that could have a rank."""
    return [s for s in settings if options.graph is None or s.server_rank == "shared"]


def went_wrong(text: str, options: Options, where: str, one: Result) -> str:
    """What goes wrong at a place with a spec that runs in one process; empty if nothing does."""
    if where == "slow":
        return slow_difference(text, options)
    setting = Setting.named(where)
    given = replace(options, server_rank=setting.server_rank)
    return difference(one, emulated(text, given, setting.ranks))


def shorter(finding: Finding, seconds: float) -> Finding:
    """The same with a spec as short as it gets."""

    def how(text: str) -> str:
        one = ended(text, finding.options)
        if finding.where == "one process":
            return said(one) if any(key in one for key in FAILED) else ""
        return went_wrong(text, finding.options, finding.where, one) if runs(one) else ""

    def alike(text: str) -> bool:
        found = how(text)
        return bool(found) and _shape(found) == _shape(finding.what)

    text = shrunk(finding.text, alike, seconds)
    return Finding(text, finding.options, finding.where, how(text) or finding.what)


def _shape(what: str) -> str:
    """What went wrong, names and numbers aside."""
    return re.sub(r"`[^`]*`|'[^']*'|[^a-zA-Z: ]|\b(is|not|metrics|bits_\w+|loss|nan)\b", "", what)[:30]


def keep(finding: Finding, name: str, comment: str) -> Path:
    """Write the file that becomes a test."""
    FOUND.mkdir(exist_ok=True)
    path = FOUND / f"{name}.alg"
    head = [
        f"# {comment}",
        f"# {finding.where}: {finding.what[:180]}",
        OPTIONS + options_text(finding.options),
    ]
    path.write_text("\n".join([*head, finding.text.strip("\n"), ""]))
    return path


def options_text(options: Options) -> str:
    """Options that are not the default ones."""
    given = {name: value for name, value in asdict(options).items() if value != getattr(Options(), name)}
    return json.dumps(given).replace(json.dumps(str(SAMPLES))[1:-1], "SAMPLES")


def kept(path: Path) -> tuple[str, Options]:
    """A spec that was found, and its options."""
    text = path.read_text()
    (line,) = [line for line in text.splitlines() if line.startswith(OPTIONS)]
    given = json.loads(line.removeprefix(OPTIONS).replace("SAMPLES", json.dumps(str(SAMPLES))[1:-1]))
    return text, Options(**{key: tuple(v) if isinstance(v, list) else v for key, v in given.items()})
