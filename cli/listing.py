"""`cablese list`: the algorithms, compressors, aggregates, problems, data and graphs at hand, one line each."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from cablese.dsl.check.contracts import Argument
    from cablese.runtime.errors import SetupError
    from cablese.runtime.families import Families
    from cablese.runtime.plugin_contracts import Plugin

Row = tuple[str, str]

_TEXT = 40  # characters that a row's text needs beside its name


# data sets of scikit-learn; a test holds the sizes
BUNDLED: tuple[Row, ...] = (
    ("breast_cancer", "569 x 30, 2 classes"),
    ("diabetes", "442 x 10, real targets"),
    ("digits", "1797 x 64, 10 classes"),
    ("iris", "150 x 4, 3 classes"),
    ("wine", "178 x 13, 3 classes"),
)

# values of --graph; a test holds the names
GRAPHS: tuple[Row, ...] = (
    ("ring", "node i next to i - 1 and i + 1; the default"),
    ("torus", "a grid closed at both ends, as square as n allows"),
    ("complete", "every two nodes are neighbours"),
    ("star", "node 0 next to all others"),
    ("directed_ring", "node i sends to i + 1; of methods on directed graphs, as the next three"),
    ("erdos_renyi(p)", "every two nodes with probability p, drawn anew until connected"),
    ("directed_erdos_renyi(p)", "every node to every other with probability p, drawn anew until connected"),
    ("one_peer_exponential", "in round k node i sends to i + 2^(k mod m), m hops below n"),
    ("random_peer", "in each round each node sends to one other, drawn uniformly"),
    (
        "a path",
        "lines `i j`, or `i -> j`; with networkx also .gml, .graphml, .gexf, .net, .adjlist, .graph6, .sparse6",
    ),
)


@click.command("list")
@click.argument("what", default="all", metavar="[algorithms|compressors|aggregates|problems|data|graphs]")
@click.option("--json", is_flag=True, help="The same as JSON on standard output.")
def listing(what: str, json: bool) -> None:
    """List what is there: algorithms, compressors, aggregates, problems, data, graphs."""
    from cablese.dsl.text.nearest import nearest
    from cablese.runtime.errors import UsageError

    if what not in ("all", *SECTIONS):
        near = nearest(what, SECTIONS)
        hint = f" Did you mean {near}?" if near else ""
        raise UsageError(f"`cablese list` takes {', '.join(SECTIONS)}, not {what}.{hint}")
    if json:
        _show_json(what)
        return
    for i, name in enumerate(SECTIONS if what == "all" else (what,)):
        if i:
            print()
        if what == "all":
            print(f"{name}:")
        _print(SECTIONS[name](), indent="  " if what == "all" else "")


def _show_json(what: str) -> None:
    """Print a list of what is there; of all sections an object that has each of them."""
    from .launch import show_json

    found = {name: _records(name) for name in (SECTIONS if what == "all" else (what,))}
    show_json(found if what == "all" else found[what])


def _records(section: str) -> list[dict[str, str]]:
    """The rows of a section as objects; an algorithm's line taken apart."""
    from cablese.runtime.library import shipped_specs

    if section == "algorithms":
        return [
            {"name": spec.name, "family": spec.family, "title": spec.title, "source": spec.source}
            for spec in shipped_specs()
        ]
    return [{"name": name, "about": text} for name, text in SECTIONS[section]()]


def _print(rows: Sequence[Row], indent: str) -> None:
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        print("\n".join(_lines(f"{indent}{name:<{width}}  ", text, indent)))


def _lines(head: str, text: str, indent: str) -> list[str]:
    """The lines of a row: one, or, where that is too wide, several that end between words, a long name by itself."""
    width = _width()
    if width is None:
        return [f"{head}{text}".rstrip()]
    longest = max(map(len, text.split()), default=0)  # an address is not broken
    if len(head) + max(_TEXT, longest) <= width:
        return _wrapped(text, width, head, " " * len(head))
    deep = f"{indent}    "
    return [*_wrapped(head.strip(), width, indent, deep), *_wrapped(text, width, deep, deep)]


def _width() -> int | None:
    """Characters of a line: those of the terminal, or of COLUMNS; None, for whole lines, into a file or a pipe."""
    from cablese.runtime.report.console import columns

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else columns()


def _wrapped(text: str, width: int, first: str, others: str) -> list[str]:
    from textwrap import wrap

    return wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first.rstrip()]


def _algorithms() -> list[Row]:
    from cablese.runtime.library import shipped_specs

    return [(spec.name, f"{spec.family}: {spec.source}") for spec in shipped_specs()]


def _compressors() -> list[Row]:
    from cablese.runtime.compressors.registry import registry

    return _families(registry())


def _aggregates() -> list[Row]:
    from cablese.dsl.check.operators import AGGREGATES
    from cablese.runtime.aggregators.registry import registry

    families = registry()
    _note(families.broken())
    own = [
        (f"{name}({', '.join(['e', *(a.name for a in one.arguments)])})", _summary(one, ()))
        for name, one in families.items()
    ]
    return [(row.written, row.doc) for row in AGGREGATES.values()] + own


def _problems() -> list[Row]:
    from cablese.runtime.problems.registry import DEFAULTS, registry
    from cablese.runtime.problems.sampled import SHAPE
    from cablese.runtime.problems.starts import X0
    from cablese.runtime.regularisers.registry import registry as regularisers

    defaults = ((text, f"the default of a spec with `problem {kind}`") for kind, text in DEFAULTS.items())
    added = ((f"… + {name.removesuffix('()')}", line) for name, line in _families(regularisers()))
    shared = ((f"data, … {_argument(argument)}", argument.doc) for argument in SHAPE)
    start = (f"… {_argument(X0)}", f"of every problem: {X0.doc}")
    return [*_families(registry(), SHAPE), *shared, start, *added, *defaults]


def _families(families: Families[Any], shared: Sequence[Argument] = ()) -> list[Row]:
    """Rows of the families that can be used, without arguments that many share; the others are noted on standard error."""
    _note(families.broken())
    return [(_signature(family, shared), _summary(family, shared)) for family in families.values()]


def _note(failures: Iterable[SetupError]) -> None:
    """Print on standard error why installed plug-ins cannot be listed."""
    from .guard import say

    for failure in failures:
        say(f"note: {failure}")


def _data() -> list[Row]:
    return [
        *BUNDLED,
        ("a path", "svmlight, CSV, .npz, idx, CIFAR archives or jsonl texts; plain, .gz, .bz2 or .xz"),
    ]


def _graphs() -> list[Row]:
    return list(GRAPHS)


def _signature(family: type[Plugin], shared: Sequence[Argument] = ()) -> str:
    """A family as a spec writes it: arguments that must be given stand bare, the others with their default."""
    arguments = [_argument(argument) for argument in family.arguments if argument not in shared]
    arguments += ["…"] * (len(arguments) < len(family.arguments))
    return f"{family.name}({', '.join(arguments)})"


def _summary(family: type[Plugin], shared: Sequence[Argument]) -> str:
    """A family's line, and the bounds of its arguments."""
    own = (argument for argument in family.arguments if argument not in shared)
    bounds = [f"{argument.name} {argument.range}" for argument in own if argument.bounded]
    line = family.doc.splitlines()[0]
    return f"{line}; {', '.join(bounds)}" if bounds else line


def _argument(argument: Argument) -> str:
    match argument.default:
        case None:
            return argument.name
        case bool():
            return f"{argument.name} = {str(argument.default).lower()}"
        case float():
            return f"{argument.name} = {argument.default:g}"
        case "":
            return f'{argument.name} = ""'
        case _:
            return f"{argument.name} = {argument.default}"


SECTIONS: dict[str, Callable[[], list[Row]]] = {
    "algorithms": _algorithms,
    "compressors": _compressors,
    "aggregates": _aggregates,
    "problems": _problems,
    "data": _data,
    "graphs": _graphs,
}
