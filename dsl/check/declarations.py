"""The lines of a spec by kind, and its declarations, with the command line's settings in the place of defaults."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from ..syntax import nodes
from ..syntax.traverse import STATEMENTS
from ..text.diagnostics import Bag
from ..text.records import record
from ..text.source import Span
from . import compressor_errors, line_errors, name_errors, param_errors
from . import program as core
from .context import DeclaredCompressor, DeclaredParam, World
from .contracts import Contract, Registry
from .desugar import bound_names, counter_names, names_in, replaced
from .epochs import any_in_epochs, epoch_draws
from .reserved import LANGUAGE_NAMES

_T = TypeVar("_T")

_ONCE = (nodes.Algorithm, nodes.Problem, nodes.Init, nodes.Round, nodes.Output)

_PROBLEMS = {
    "minimize": core.ProblemKind.MINIMIZE,
    "vi": core.ProblemKind.VI,
    "variational_inequality": core.ProblemKind.VI,
    "saddle": core.ProblemKind.SADDLE,
}


@record
class Lines:
    """A spec's lines by kind; of a kind that may stand once, the first."""

    algorithm: nodes.Algorithm | None
    problem: nodes.Problem | None
    init: nodes.Init | None
    round: nodes.Round | None
    output: nodes.Output | None
    rest: tuple[nodes.Line, ...]

    def of(self, kind: type[_T]) -> tuple[_T, ...]:
        """The lines of a kind that may stand more than once, in the order of the text."""
        return tuple(line for line in self.rest if isinstance(line, kind))


def sorted_lines(spec: nodes.Spec, bag: Bag) -> Lines:
    """The lines by kind; missing and repeated lines are reported."""
    lines = Lines(
        _once(spec, nodes.Algorithm, "algorithm", bag),
        _once(spec, nodes.Problem, "problem", bag),
        _once(spec, nodes.Init, "init", bag),
        _once(spec, nodes.Round, "round", bag),
        _once(spec, nodes.Output, "output", bag),
        tuple(line for line in spec.lines if not isinstance(line, _ONCE)),
    )
    _missing(spec, lines, bag)
    return lines


def _once(spec: nodes.Spec, kind: type[_T], word: str, bag: Bag) -> _T | None:
    first: _T | None = None
    for line in spec.lines:
        if not isinstance(line, kind):
            continue
        if first is None:
            first = line
        else:
            bag.add(line_errors.line_twice(word, _head(first), _head(line)))
    return first


def _head(line: object) -> Span:
    """The first line of a construct."""
    span: Span = line.span  # type: ignore[attr-defined]
    text = span.text.split("\n", 1)[0].rstrip()
    return Span(span.source, span.start, span.start + len(text))


def _missing(spec: nodes.Spec, lines: Lines, bag: Bag) -> None:
    if bag or not spec.lines:
        return
    span = _head(spec.lines[0])
    for line, word, sample in (
        (lines.algorithm, "algorithm", 'algorithm NAME: "where it is published"'),
        (lines.problem, "problem", "problem minimize"),
        (lines.round, "round", "round:"),
        (lines.output, "output", "output x"),
    ):
        if line is None:
            bag.add(line_errors.missing_line(word, sample, span))


# --- the world -----------------------------------------------------------------------------------------------


def declare(
    spec: nodes.Spec, lines: Lines, registry: Registry, bag: Bag, settings: Sequence[nodes.Keyword]
) -> World:
    """All that the spec declares; values are checked later."""
    body = (lines.init.body if lines.init else ()) + (lines.round.body if lines.round else ())
    bound: dict[str, Span] = {}
    for name in bound_names(body):
        bound.setdefault(name.id, name.span)
    repeats = {name.id: name.span for name in counter_names(body)}
    world = World(
        bag,
        registry,
        lines.algorithm.name.id if lines.algorithm else "this method",
        _problem(lines.problem, bag),
        lines.problem,
        _on_graph(lines.problem, body),
        _is_directed(lines.problem, bag),
        lines.round.counter if lines.round else None,
        bound,
        repeats,
        spec.unparsed_names,
        spec.binds_unknown,
        epoch_draws=epoch_draws(lines.round.body if lines.round else ()),
        epochs_elsewhere=any_in_epochs(body),
    )
    _check_counter(world)
    _add_declarations(lines, world, _settings(spec, settings, bag))
    return world


def _add_declarations(lines: Lines, world: World, chosen: dict[str, nodes.Keyword]) -> None:
    """Params and compressors in the order of the text."""
    for line in lines.rest:
        if isinstance(line, nodes.Compressor) and _fresh(line.name, world):
            default = _chosen(line.name.id, line.default, chosen, world.bag)
            contract = _contract(line, world.bag)
            declared = DeclaredCompressor(world.symbol(line.name.id), contract, line, default)
            world.compressors[line.name.id] = declared
        elif isinstance(line, nodes.Param) and _fresh(line.name, world):
            value = _chosen(line.name.id, line.default, chosen, world.bag)
            world.params[line.name.id] = DeclaredParam(world.symbol(line.name.id), line, value)


def _problem(line: nodes.Problem | None, bag: Bag) -> core.ProblemKind | None:
    if line is None:
        return None
    if line.kind.id not in _PROBLEMS:
        bag.add(line_errors.unknown_problem(line.kind.id, line.kind.span))
    return _PROBLEMS.get(line.kind.id)


def _on_graph(problem: nodes.Problem | None, body: tuple[nodes.Stmt, ...]) -> bool:
    """True for a spec on a graph, by its problem line or by a role `neighbors`."""
    return (problem is not None and problem.on_graph) or any(map(_to_neighbors, STATEMENTS.walk(body)))


def _is_directed(problem: nodes.Problem | None, bag: Bag) -> bool:
    sort = None if problem is None else problem.sort
    if sort is not None and sort.id != "directed":
        bag.add(line_errors.unknown_graph(sort.id, sort.span))
    return sort is not None


def _to_neighbors(statement: nodes.Stmt) -> bool:
    match statement:
        case nodes.Message():
            return statement.receiver.name.id == "neighbors"
        case nodes.Place():
            return statement.role.name.id == "neighbors"
        case _:
            return False


def _contract(line: nodes.Compressor, bag: Bag) -> Contract | None:
    try:
        return Contract(line.contract.id)
    except ValueError:
        bag.add(compressor_errors.unknown_contract(line.contract.id, line.contract.span))
        return None


def _fresh(name: nodes.Name, world: World) -> bool:
    """True if a declaration's name is free; reports it otherwise."""
    if name.id in LANGUAGE_NAMES:
        error = name_errors.reserved(name.id, LANGUAGE_NAMES[name.id], name.span, world.taken())
        world.bag.add(error)
        world.refused.add(name.id)
        return False
    earlier = world.params.get(name.id) or world.compressors.get(name.id)
    if earlier is not None:
        world.bag.add(name_errors.declared_twice(name.id, earlier.line.name.span, name.span))
        return False
    if world.counter is not None and world.counter.id == name.id:
        error = name_errors.rebound(
            name.id, "the counter of the rounds", world.counter.span, name.span, world.taken()
        )
        world.bag.add(error)
        return False
    return True


def _check_counter(world: World) -> None:
    counter = world.counter
    if counter is not None and counter.id in LANGUAGE_NAMES:
        what = LANGUAGE_NAMES[counter.id]
        world.bag.add(name_errors.reserved(counter.id, what, counter.span, world.taken()))


# --- settings ------------------------------------------------------------------------------------------------


def _settings(spec: nodes.Spec, settings: Sequence[nodes.Keyword], bag: Bag) -> dict[str, nodes.Keyword]:
    """The command line's settings by name; unknown and repeated names are reported."""
    known = {line.name.id for line in spec.lines if isinstance(line, nodes.Param | nodes.Compressor)}
    chosen: dict[str, nodes.Keyword] = {}
    for setting in settings:
        name = setting.name.id
        if name not in known:
            if name not in spec.unparsed_names:
                bag.add(param_errors.unknown_setting(name, setting.name.span, known))
        elif name in chosen:
            bag.add(param_errors.set_twice(name, chosen[name].name.span, setting.name.span))
        else:
            chosen[name] = setting
    return chosen


def _chosen(
    name: str, default: nodes.Expr | None, chosen: dict[str, nodes.Keyword], bag: Bag
) -> nodes.Expr | None:
    """The setting of a name, with its default in the place of the name itself; else the default."""
    setting = chosen.get(name)
    if setting is None:
        return default
    if default is not None:
        return replaced(setting.value, name, default)
    uses = [used.span for used in names_in(setting.value) if used.id == name]
    for span in uses:
        bag.add(param_errors.no_default(name, span))
    return None if uses else setting.value
