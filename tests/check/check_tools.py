"""Short cuts of the checker's tests: a small registry, and specs from texts."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cablese.dsl.check import program as core
from cablese.dsl.check.check import check
from cablese.dsl.check.contracts import (
    AggregatorContract,
    Argument,
    ArgumentKind,
    ArgumentValue,
    Class,
    CompressorContract,
    Form,
    ProblemContract,
    Trait,
    Traits,
)
from cablese.dsl.check.traverse import STATEMENTS
from cablese.dsl.check.uses import targets_in
from cablese.dsl.syntax import nodes
from cablese.dsl.syntax.parse import parse, parse_setting
from cablese.dsl.text.diagnostics import Bag, Diagnostic
from cablese.dsl.text.source import Source

HERE = Path(__file__).parent
SHIPPED = HERE.parent.parent / "algorithms"


@dataclass
class Family:
    """A compressor family that only states its contract."""

    name: str
    actual: Class
    arguments: tuple[Argument, ...] = ()
    doc: str = ""

    def classify(self, arguments: Mapping[str, ArgumentValue]) -> Class:
        return self.actual if arguments.get("scaled", True) else Class.CONTRACTIVE

    def form(self, arguments: Mapping[str, ArgumentValue]) -> Form:
        return Form.SPARSE if "k" in {a.name for a in self.arguments} else Form.DENSE

    def traits(self, arguments: Mapping[str, ArgumentValue]) -> Traits:
        keeps = self.form(arguments) is Form.SPARSE and self.classify(arguments) is Class.CONTRACTIVE
        return frozenset({Trait.SELECTING} if keeps else ())

    def picks_blindly(self, arguments: Mapping[str, ArgumentValue]) -> bool:
        return False

    def redraws(self, arguments: Mapping[str, ArgumentValue]) -> bool:
        return False

    def joint(self, arguments: Mapping[str, ArgumentValue]) -> bool:
        return False

    def writes_some(self, arguments: Mapping[str, ArgumentValue]) -> bool:
        return False


_K = Argument("k", ArgumentKind.INT, doc="coordinates kept")
_FAMILIES = (
    Family("identity", Class.EXACT),
    Family("natural", Class.UNBIASED),
    Family("rand_k", Class.UNBIASED, (_K, Argument("scaled", ArgumentKind.BOOL, default=True))),
    Family("top_k", Class.CONTRACTIVE, (_K,)),
    Family(
        "quantize",
        Class.UNBIASED,
        (Argument("s", ArgumentKind.INT), Argument("norm", ArgumentKind.NORM, default=2)),
    ),
    Family("scale", Class.UNBIASED, (Argument("scale", ArgumentKind.REAL),)),
    Family("coded", Class.NEITHER, (Argument("mode", ArgumentKind.WORD, "sent", ("sent", "seeded")),)),
    Family(
        "mixed",
        Class.UNBIASED,
        (Argument("inner", ArgumentKind.COMPRESSOR), Argument("label", ArgumentKind.TEXT, default="")),
    ),
    Family("collective_thing", Class.COLLECTIVE),
    Family(
        "power_sgd",
        Class.COLLECTIVE,
        (Argument("rank", ArgumentKind.INT), Argument("columns", ArgumentKind.INT, default=0)),
    ),
    Family("sign", Class.NEITHER),
    Family("block_sign", Class.CONTRACTIVE, (Argument("size", ArgumentKind.INT),)),
)


@dataclass(frozen=True)
class FakeRegistry:
    compressors: Mapping[str, CompressorContract] = field(
        default_factory=lambda: {family.name: family for family in _FAMILIES}
    )
    problems: Mapping[str, ProblemContract] = field(default_factory=dict)
    aggregators: Mapping[str, AggregatorContract] = field(default_factory=dict)


REGISTRY = FakeRegistry()


def checked(text: str, *settings: str, name: str = "t.alg") -> tuple[core.Program | None, list[Diagnostic]]:
    """The program of a spec and what was said of it."""
    bag = Bag()
    chosen = [parse_setting(Source("--set", setting), bag) for setting in settings]
    spec = parse(Source(name, text), bag)
    program = check(spec, REGISTRY, bag, [setting for setting in chosen if setting is not None])
    return program, list(bag)


def program_of(text: str, *settings: str) -> core.Program:
    """The program of a spec without mistakes."""
    program, said = checked(text, *settings)
    assert not said, [(d.code, d.message, d.span.line) for d in said]
    assert program is not None
    return program


def codes_of(text: str, *settings: str) -> list[str]:
    """The codes of what is said of a spec, in source order."""
    return [diagnostic.code for diagnostic in checked(text, *settings)[1]]


def spec_with(body: str, *, init: str = "all: x = x0", head: str = "", problem: str = "minimize") -> str:
    """A spec around the statements of its round; the round halves x at its end."""
    inside = textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    start = textwrap.indent(textwrap.dedent(init).strip("\n"), "    ")
    lines = textwrap.dedent(head).strip("\n")
    return (
        f"algorithm M\nproblem {problem}\n{lines}\ninit:\n{start}\nround k:\n{inside}\n"
        "    all: x = x / 2\noutput x\n"
    )


def statements(block: core.Block) -> Iterator[core.Stmt]:
    """All statements of a block, at any depth, in order."""
    return STATEMENTS.walk(block)


def targets(program: core.Program, name: str) -> list[core.Target]:
    """The bindings of a name in `init` and `round`, in order."""
    return [target for target in targets_in(program) if target.symbol.name == name]


def expressions(node: object) -> Iterator[core.Expr]:
    """All checked expressions below a statement, block or program."""
    if isinstance(node, tuple):
        for part in node:
            yield from expressions(part)
    elif hasattr(node, "__slots__") and not isinstance(node, nodes.Guarantee | nodes.Equals):
        if isinstance(node, core.Expr):
            yield node
        for slot in node.__slots__:
            yield from expressions(getattr(node, slot))
