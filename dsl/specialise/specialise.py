"""A spec with names bound -> the spec of that special case: bindings folded in, and without what no longer matters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..check import param_errors
from ..check import program as core
from ..check.check import check
from ..check.contracts import Registry
from ..check.kinds import Kind
from ..check.traverse import STATEMENTS as CHECKED
from ..syntax import nodes
from ..syntax.traverse import EXPRESSIONS, STATEMENTS
from ..text.diagnostics import Bag, SpecError
from ..text.source import Span
from . import literals
from .alive import alive, bound_names, names_in, names_in_block, without
from .folding import Folder, folder_of
from .rounds import Block, Simplifier, certain_draws, constant_names, names_as_sets

IDENTITY, PROX, NODES, EVERYONE = "identity", "prox", "n", "everyone"
PASSES = 20


def bindable(spec: nodes.Spec) -> frozenset[str]:
    """Names of a spec that may be bound: params, compressors, events."""
    declared = {line.name.id for line in spec.lines if isinstance(line, nodes.Param | nodes.Compressor)}
    return frozenset(declared | _drawn(spec))


def _drawn(spec: nodes.Spec) -> set[str]:
    return {s.target.id for s in STATEMENTS.walk(spec) if isinstance(s, nodes.Event)}


class NotAdmitted(Exception):
    """A binding that the condition of its param does not admit."""


def specialised(
    spec: nodes.Spec, registry: Registry, bindings: Sequence[nodes.Keyword], *, plain_prox: bool = False
) -> nodes.Spec:
    """The spec under bindings of params, compressors, events and `n`; `plain_prox` takes prox(v, gamma) for v.

    Claims, comments and what only they need are left out. Raises SpecError for a wrong spec or binding, NotAdmitted for
    one that a `where` refuses.
    """
    events, settings = _sorted(spec, registry, bindings)
    program = _checked(spec, registry, settings)
    bound = {setting.name.id: setting.value for setting in settings}
    kept = tuple(_with_default(line, bound) for line in spec.lines if not isinstance(line, _CLAIMS))
    spec = replace(spec, lines=kept, comments=())
    if not (bindings or plain_prox):
        return spec
    folder = folder_of(program)
    folder.plain_prox = plain_prox
    _bind(folder, spec, bound, events)
    needless = bound_names(_blocks(spec)) - _needed(spec)
    for _ in range(PASSES):
        found = _without_dead(_simplified(spec, folder), needless)
        if found == spec:
            break
        spec = found
    spec = _declarations(spec, folder)
    _checked(spec, registry, ())
    return spec


_CLAIMS = nodes.Guarantee | nodes.Equals


def _checked(spec: nodes.Spec, registry: Registry, settings: Sequence[nodes.Keyword]) -> core.Program:
    bag = Bag()
    program = check(spec, registry, bag, settings)
    if program is None:
        raise SpecError(tuple(bag))
    return program


def _sorted(
    spec: nodes.Spec, registry: Registry, bindings: Sequence[nodes.Keyword]
) -> tuple[Mapping[str, nodes.Expr], list[nodes.Keyword]]:
    """Values of events and of `n`, and the settings of params and compressors."""
    program = _checked(spec, registry, ())
    known = _outcomes(program) | {NODES: _COUNT}
    declared = {q.symbol.name for q in program.params} | {c.symbol.name for c in program.compressors}
    fixed, settings = {}, []
    for binding in bindings:
        name, value = binding.name.id, binding.value
        if name in declared:
            settings.append(binding)
        elif name not in known:
            candidates = declared.union(other for other, outcomes in known.items() if outcomes)
            raise SpecError((param_errors.unknown_setting(name, binding.name.span, candidates),))
        elif not _is_outcome(value, known[name]):
            raise SpecError((param_errors.no_outcome(name, value.span, known[name]),))
        else:
            fixed[name] = value
    return fixed, settings


def _outcomes(program: core.Program) -> dict[str, str]:
    """The outcomes that each draw may be bound to, in words; none of batches and numbers."""
    draws = (s for s in CHECKED.walk(program) if isinstance(s, core.Draw))
    return {draw.target.symbol.name: _OUTCOMES.get(draw.target.kind, "") for draw in draws}


_COUNT = "a number of nodes from 1"
_OUTCOMES = {Kind.BOOL: "true or false", Kind.NODES: EVERYONE}


def _is_outcome(value: nodes.Expr, outcomes: str) -> bool:
    match value:
        case nodes.Number(int() as count):
            return outcomes == _COUNT and count > 0
        case nodes.Boolean():
            return outcomes == _OUTCOMES[Kind.BOOL]
        case nodes.Name(name):
            return outcomes == name == EVERYONE
        case _:
            return False


def _with_default(line: nodes.Line, bound: Mapping[str, nodes.Expr]) -> nodes.Line:
    """The line with the value that is bound; the name in it stands for the default."""
    if not isinstance(line, nodes.Param | nodes.Compressor) or line.name.id not in bound:
        return line
    name, default = line.name.id, line.default

    def with_default(expr: nodes.Expr) -> nodes.Expr:
        if isinstance(expr, nodes.Name) and expr.id == name and default is not None:
            return default
        return EXPRESSIONS.map_children(expr, with_default)

    return replace(line, default=with_default(bound[name]))


def _bind(
    folder: Folder, spec: nodes.Spec, bound: Mapping[str, nodes.Expr], events: Mapping[str, nodes.Expr]
) -> None:
    """Note in the folder the bindings that fold: literals, all samples, the identity, outcomes of draws."""
    for name, value in events.items():
        if isinstance(value, nodes.Name):
            folder.everyone.add(name)
        else:
            folder.replaced[name] = value
    conditions = {line.name.id: line.condition for line in spec.lines if isinstance(line, nodes.Param)}
    for name, value in bound.items():
        if name in conditions:
            folded = folder.fold(value)
            if literals.is_fixed(folded) or literals.is_all_samples(folded):
                folder.replaced[name] = folded
                _verify_admitted(folder, name, conditions[name])
        elif _is_identity(value):
            folder.exact.add(name)


def _verify_admitted(folder: Folder, name: str, condition: nodes.Expr | None) -> None:
    if condition is not None and folder.fold(condition) == nodes.Boolean(False, condition.span):
        raise NotAdmitted(f"{name} must be so that {condition.span.text}")


def _is_identity(value: nodes.Expr) -> bool:
    called = value.function if isinstance(value, nodes.Call) else value
    return isinstance(called, nodes.Name) and called.id == IDENTITY


def _blocks(spec: nodes.Spec) -> Block:
    """The statements of `init` and of the round."""
    return tuple(s for line in spec.lines if isinstance(line, nodes.Init | nodes.Round) for s in line.body)


def _output(spec: nodes.Spec) -> set[str]:
    return set().union(*(names_in(line.value) for line in spec.lines if isinstance(line, nodes.Output)))


def _needed(spec: nodes.Spec) -> set[str]:
    return alive(_blocks(spec), _output(spec))


def _simplified(spec: nodes.Spec, folder: Folder) -> nodes.Spec:
    """One pass of folding, after which more may be known."""
    while certain_draws(_blocks(spec), folder) or _constants(spec, folder):
        spec = _mapped(spec, folder)
    return _mapped(spec, folder)


def _constants(spec: nodes.Spec, folder: Folder) -> bool:
    blocks = _blocks(spec)
    return constant_names(blocks, folder, names_as_sets(blocks) | _output(spec))


def _mapped(spec: nodes.Spec, folder: Folder) -> nodes.Spec:
    simplifier = Simplifier(folder)
    lines = (
        replace(line, body=simplifier.block(line.body))
        if isinstance(line, nodes.Init | nodes.Round)
        else _folded(line, folder)
        for line in spec.lines
    )
    return replace(spec, lines=tuple(lines))


def _folded(line: nodes.Line, folder: Folder) -> nodes.Line:
    """A declaration or claim with its formulas folded."""
    match line:
        case nodes.Param():
            gone = line.name.id in folder.replaced
            default = line.default if line.default is None or gone else folder.fold(line.default)
            condition = line.condition if line.condition is None or gone else folder.fold(line.condition)
            true = isinstance(condition, nodes.Boolean) and condition.value
            return replace(line, default=default, condition=None if true else condition)
        case nodes.Require():
            return replace(line, condition=folder.fold(line.condition))
        case nodes.Invariant():
            return replace(line, left=folder.fold(line.left), right=folder.fold(line.right))
        case _:
            return line


def _without_dead(spec: nodes.Spec, needless: set[str]) -> nodes.Spec:
    """The spec without statements that lead nowhere, but for those that never did."""
    dead = bound_names(_blocks(spec)) - _needed(spec) - needless
    lines = (
        replace(line, body=without(line.body, dead)) if isinstance(line, nodes.Init | nodes.Round) else line
        for line in spec.lines
    )
    return replace(spec, lines=tuple(lines))


def _declarations(spec: nodes.Spec, folder: Folder) -> nodes.Spec:
    """The spec without declarations that nothing uses, and claims of what is gone."""
    used, bound = _used(spec), bound_names(_blocks(spec))
    kept: list[nodes.Line] = []
    gone: Span | None = None
    for line in spec.lines:
        if not _stays(line, used, bound, folder):
            gone = gone or line.span
            continue
        # a blank line before what is gone stands before what follows
        kept.append(line if gone is None else replace(line, span=gone.to(line.span)))
        gone = None
    return replace(spec, lines=tuple(kept))


def _stays(line: nodes.Line, used: set[str], bound: set[str], folder: Folder) -> bool:
    match line:
        case nodes.Param() | nodes.Compressor():
            return line.name.id in used
        case nodes.Require():
            return not (isinstance(line.condition, nodes.Boolean) and line.condition.value)
        case nodes.Invariant():
            gone = set(folder.vectors) - bound
            return line.left != line.right and not names_in(line.left, line.right) & gone
        case _:
            return True


def _used(spec: nodes.Spec) -> set[str]:
    """Names that the rounds use, and the names that these depend on."""
    needs: dict[str, set[str]] = {}
    ahead: list[str] = []
    for line in spec.lines:
        match line:
            case nodes.Param():
                parts = (line.default, line.condition)
                needs[line.name.id] = names_in(*(part for part in parts if part is not None))
            case nodes.Compressor() if line.default is not None:
                needs[line.name.id] = names_in(line.default)
            case nodes.Require():
                ahead += names_in(line.condition)
            case nodes.Output():
                ahead += names_in(line.value)
            case _:
                pass
    ahead += names_in_block(_blocks(spec))
    found: set[str] = set()
    while ahead:
        name = ahead.pop()
        if name not in found:
            found.add(name)
            ahead += needs.get(name, ())
    return found
