"""Declarations of a spec, and the context in which an expression is checked. Filled by `declarations.py` and `params.py`."""

from __future__ import annotations

from dataclasses import field, replace

from ..syntax import nodes
from ..text.diagnostics import Bag
from ..text.records import record, structure
from ..text.source import Span
from . import program as core
from .constants import CONSTANTS
from .contracts import Contract, Registry
from .kinds import Kind, Placement
from .operators import AGGREGATES, FIGURES, FUNCTIONS, ORACLES
from .placements import OBSERVER, Evaluator
from .scalars import Number
from .scope import Scope

_CALLABLE = frozenset({*FUNCTIONS, *AGGREGATES, *ORACLES, *FIGURES, "prev", "who", "block", "epoch"})
"""The names of the language that can be called."""


@structure
class DeclaredCompressor:
    """A `compressor` line, with the command line's binding in place of its default; `contract` None if misspelt."""

    symbol: core.Symbol
    contract: Contract | None
    line: nodes.Compressor
    default: nodes.Expr | None
    shared: bool = False
    always_given: frozenset[str] | None = None  # arguments that every application gives, once one is seen
    reads: frozenset[str] = frozenset()  # params and compressors that its arguments depend on
    asked: list[tuple[str, Span]] = field(
        default_factory=list
    )  # omega or delta of an `any`, which what is bound has


@structure
class DeclaredParam:
    """A `param` line, with the command line's value in place of its default; `kind` None until it is checked."""

    symbol: core.Symbol
    line: nodes.Param
    value: nodes.Expr | None
    kind: Kind | None = None
    schedule: bool = False
    known: Number | None = None  # its value, where the text alone gives it
    reads: frozenset[str] = frozenset()  # params and compressors that its value depends on


@structure
class World:
    """A spec's declarations. `bound` holds the first binding of each name of its rounds, `repeats` the counters."""

    bag: Bag
    registry: Registry
    name: str
    problem: core.ProblemKind | None
    problem_line: nodes.Problem | None
    on_graph: bool
    is_directed: bool  # perhaps: the graph may have directions, and change
    counter: nodes.Name | None
    bound: dict[str, Span]
    repeats: dict[str, Span]
    unparsed_names: frozenset[str]
    binds_unknown: bool  # a line that was reported binds names that are not known
    epoch_draws: tuple[nodes.Call, ...] = ()  # of the round, each made once by every node
    epochs_elsewhere: bool = False  # some draw walks in epochs, wherever it stands
    compressors: dict[str, DeclaredCompressor] = field(default_factory=dict)
    params: dict[str, DeclaredParam] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)  # names of declarations that the language has taken
    symbols: dict[str, core.Symbol] = field(default_factory=dict)
    counter_used: bool = False  # an unnamed counter that a schedule reads as `k`

    def symbol(self, name: str) -> core.Symbol:
        """The symbol of a name, numbered in the order of first use."""
        return self.symbols.setdefault(name, core.Symbol(len(self.symbols) + 1, name))

    def is_open(self, expr: core.Expr) -> bool:
        """True for a param without a value: it passes for a real, and for any kind that is needed."""
        return isinstance(expr, core.ParamRead) and self.params[expr.symbol.name].value is None

    @property
    def counter_name(self) -> str:
        """The name of the round counter: `k` unless the round block says otherwise."""
        return self.counter.id if self.counter else "k"

    def taken(self) -> set[str]:
        """Every name that the spec uses."""
        return {*self.bound, *self.compressors, *self.params, self.counter_name}

    def functions(self) -> set[str]:
        """The names that can be called, those of plug-ins among them, for which installed packages are searched."""
        return {*_CALLABLE, *self.compressors, *self.registry.aggregators}

    def is_function(self, name: str) -> bool:
        """True for a name that can be called; installed packages are searched for those alone that are not known here."""
        return name in _CALLABLE or name in self.compressors or name in self.registry.aggregators

    def readable(self, scope: Scope) -> set[str]:
        """The names that can be read."""
        return {*scope.names, *scope.counters, *self.bound, *self.params, *CONSTANTS}


@structure
class Findings:
    """Counts and notes of one walk through a spec."""

    bag: Bag
    bindings: int = 0
    joins: int = 0
    counts: int = 0  # loop counts that are bound before their loops
    ordinals: dict[tuple[str, str], int] = field(default_factory=dict)
    states: set[str] = field(default_factory=set)  # names read while they may hold init's value
    readers: dict[str, set[Placement]] = field(default_factory=dict)  # by name that may hold init's value
    read_params: set[str] = field(default_factory=set)  # params and compressors that an expression reads
    saw_counter: bool = False
    draws: dict[str, Kind] = field(default_factory=dict)  # events by name
    compressor_sites: set[str] = field(default_factory=set)  # names of compressors' draw sites
    refused: set[tuple[int, str]] = field(default_factory=set)  # bindings, with readers that were refused

    def binding(self) -> int:
        """The number of a new binding, from 1."""
        self.bindings += 1
        return self.bindings

    def refuses(self, binding: int, reader: str) -> bool:
        """Note that a reader may not read a binding; True the first time."""
        known = (binding, reader) in self.refused
        self.refused.add((binding, reader))
        return not known

    def join(self) -> int:
        """The number of a value that several paths or rounds join in; never that of a binding."""
        self.joins -= 1
        return self.joins

    def site(self, kind: str, name: str) -> core.Site:
        """The site of the next draw of this kind and name."""
        ordinal = self.ordinals.get((kind, name), 0)
        self.ordinals[(kind, name)] = ordinal + 1
        return core.Site(kind, name, ordinal)


@record
class ExprContext:
    """The context of an expression: world, findings, scope, evaluator, and the name that its statement binds."""

    world: World
    findings: Findings
    scope: Scope
    evaluator: Evaluator
    binds: str | None = None
    purpose: str = "an expression"  # the expression's use, where it binds nothing
    collective: bool = False  # the value of a `node -> all`
    depth: int = 0

    @property
    def bag(self) -> Bag:
        """The bag for diagnostics."""
        return self.findings.bag

    def at(self, evaluator: Evaluator) -> ExprContext:
        """The same context with another evaluator."""
        return replace(self, evaluator=evaluator)

    def deeper(self) -> ExprContext:
        """One level further into the expression."""
        return ExprContext(
            self.world,
            self.findings,
            self.scope,
            self.evaluator,
            self.binds,
            self.purpose,
            self.collective,
            self.depth + 1,
        )

    @property
    def observing(self) -> bool:
        """True where every value may be read: outputs, invariants, `in`, conditions and counts beside blocks."""
        return self.evaluator.standing is OBSERVER.standing
