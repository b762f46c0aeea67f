"""Whatever is typed, the checker answers with diagnostics, quickly, and without array libraries."""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import pairwise

from cablese.dsl.check import expressions
from cablese.dsl.check.check import check
from cablese.dsl.check.kinds import Kind
from cablese.dsl.syntax import nodes
from cablese.dsl.syntax.parse import parse
from cablese.dsl.text.diagnostics import Bag
from cablese.dsl.text.source import NOWHERE, Source
from check_tools import HERE, REGISTRY, SHIPPED, checked, codes_of, program_of, spec_with, targets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

_TEXTS = [
    path.read_text(encoding="utf-8")
    for path in sorted((HERE / "good").glob("*.alg")) + sorted(SHIPPED.glob("*/*.alg"))
]
_WORDS = [
    "x",
    "g",
    "m",
    "S",
    "c",
    "grad(x)",
    "mean(m)",
    "Q(x)",
    "all",
    "server",
    "node",
    "link",
    "0",
    "true",
    "who(m)",
]


def _lines(text: str) -> list[str]:
    return text.split("\n")


@st.composite
def _mangled(draw: st.DrawFn) -> str:
    """A good spec with lines dropped, doubled or swapped, and words exchanged."""
    lines = _lines(draw(st.sampled_from(_TEXTS)))
    for _ in range(draw(st.integers(1, 4))):
        i, j = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        match draw(st.sampled_from(["drop", "double", "swap", "word"])):
            case "drop":
                lines[i] = ""
            case "double":
                lines.insert(i, lines[j])
            case "swap":
                lines[i], lines[j] = lines[j], lines[i]
            case _:
                words = lines[i].split(" ")
                words[draw(st.integers(0, len(words) - 1))] = draw(st.sampled_from(_WORDS))
                lines[i] = " ".join(words)
    return "\n".join(lines)


@given(_mangled())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_a_mangled_spec_is_checked_or_refused_with_a_place(text: str) -> None:
    program, said = checked(text)
    assert (program is None) == bool(said)
    for diagnostic in said:
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)


def test_two_thousand_lines_are_no_trouble() -> None:
    body = []
    for i in range(220):
        body += [
            f"node -> server: m{i} = Q(grad(x) - h)",
            f"server: g{i} = mean(m{i}) * gamma + {i}",
            f"server -> all: u{i} = g{i}",
            f"all: event c{i} ~ bernoulli(0.5)",
            f"if c{i}:",
            f"    all: x = x - gamma * u{i}",
            "else:",
            f"    node: h = h + m{i}",
            f"node: y{i} = h * {i} - x",
        ]
    head = "compressor Q: unbiased = natural()\nparam gamma = 1 / L"
    text = spec_with("\n".join(body), init="all: x = x0\nnode: h = zeros", head=head)
    bag = Bag()
    spec = parse(Source("long.alg", text), bag)
    start = time.process_time()
    assert check(spec, REGISTRY, bag) is not None
    assert (
        time.process_time() - start < 5.0
    )  # a pass that goes over the statements for each statement takes minutes


def test_an_expression_nested_beyond_the_limit_is_an_error() -> None:
    deep: nodes.Expr = nodes.Name("x0", NOWHERE)
    for _ in range(expressions.MAX_DEPTH + 10):
        deep = nodes.Unary("-", deep, NOWHERE)
    spec = parse(Source("t.alg", spec_with("all: y = x")), Bag())
    line = nodes.Require(deep, NOWHERE)
    bag = Bag()
    deeper = nodes.Spec((*spec.lines, line), (), spec.span)
    assert check(deeper, REGISTRY, bag) is None
    assert [d.code for d in bag] == ["E314"]


def test_settings_that_use_defaults_stay_within_the_limit() -> None:
    text = spec_with("all: y = x", head="param a = L" + " / 1" * 80)
    assert codes_of(text) == []
    assert set(codes_of(text, "a = a" + " / 1" * 80)) == {"E314"}


def test_what_a_lost_line_would_have_bound_is_not_missed() -> None:
    text = spec_with("all: y = = x\nall: z = y\nserver: w = mean(y)")
    codes = codes_of(text)
    assert codes
    assert all(code.startswith("E1") for code in codes)


def _loop(names: list[str], last: str) -> str:
    """A loop in which every name takes the value of the next, and the last one something else."""
    before = "\n".join(f"    {name} = 0" for name in names)
    chain = "\n".join(f"        {a} = {b}" for a, b in pairwise(names))
    return f"node:\n{before}\n    repeat 3:\n{chain}\n        {last}"


def test_a_chain_of_names_through_a_loop_is_real_to_its_end() -> None:
    names = [f"v{i}" for i in range(30)]
    program = program_of(spec_with(_loop(names, "v29 = 0.5") + "\nnode: y = v0"))
    assert targets(program, "y")[0].kind is Kind.REAL


def test_a_chain_of_places_too_long_to_follow_is_an_error() -> None:
    names = [f"v{i}" for i in range(60)]
    before = "\n".join(f"server: {name} = x" for name in names)
    chain = "\n".join(f"    server: {a} = {b}" for a, b in pairwise(names))
    body = f"node -> server: q = grad(x)\n{before}\nrepeat 3:\n{chain}\n    server: v59 = q"
    assert "E516" in codes_of(spec_with(body))


def test_the_checker_imports_no_array_library() -> None:
    code = """if True:
        import sys, cablese.dsl.check.canonical, cablese.dsl.check.check
        print([name for name in ("numpy", "pydantic", "lark") if name in sys.modules])
    """
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
