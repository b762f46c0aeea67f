"""Errors of the lines of a spec: problem, output, invariants, guarantees and laws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..text.diagnostics import Diagnostic
from ..text.page import GD, HALVE, STEP, Example, Page
from ..text.source import Span
from .phrases import among, short

E504 = Page(
    "E504",
    "a line is missing",
    """A spec says what it is called (`algorithm`), what it solves (`problem`), what it does (`round`) and
    what it returns (`output`). Only `init` may be missing, where there is nothing to start from.""",
    wrong=Example(HALVE, output=""),
    right=Example(HALVE),
)


def missing_line(what: str, sample: str, span: Span) -> Diagnostic:
    """A line that a spec needs and does not have."""
    return E504.told(f"the spec has no `{what}` line", span, help=f"add one: `{sample}`")


E505 = Page(
    "E505",
    "a line stands twice",
    """There is one `algorithm`, one `problem`, one `init`, one `round` and one `output`. Two phases of a
    round stand one below the other in the same block.""",
    wrong=Example(HALVE, output="output x\noutput average(x)"),
    right=Example(HALVE, output="output average(x)"),
)


def line_twice(what: str, first: Span, span: Span) -> Diagnostic:
    """A line that stands twice and may stand once."""
    return E505.told(f"a spec has one `{what}` line", span, "a second one", (first, "the first"))


E509 = Page(
    "E509",
    "an output that is not a name of the rounds",
    """A method returns the last value of a name, `output x`, its average over the rounds, `average(x)`, with
    weights if given, or one of its values drawn at random, `uniform(x)`. Anything else is computed in the
    round and bound to a name.""",
    wrong=Example(HALVE, output="output x / 2"),
    right=Example(f"{HALVE}\nall: y = x / 2", output="output y"),
)


def output_form(span: Span) -> Diagnostic:
    """An output that is none of the forms."""
    message = f"`{short(span.text)}` is not something that a spec returns"
    remedy = "write `output x`, `output average(x)`, `output average(x, weight)` or `output uniform(x)`"
    return E509.told(message, span, "not a name of the rounds", help=remedy)


def uniform_weight(span: Span) -> Diagnostic:
    """A weight where none is taken."""
    message = "`uniform` takes no weight"
    return E509.told(message, span, "every point counts alike", help="`average(x, weight)`")


E510 = Page(
    "E510",
    "there is no such kind of problem",
    """`problem minimize` is an average of functions with `grad` and `loss`; `problem vi` (or
    `variational_inequality`) is an average of operators with `F`; `problem saddle` is a vi with blocks x and
    y. `on graph` behind it makes the method decentralised, `on directed graph` one for graphs that have directions
    or change.""",
    wrong=Example(HALVE, problem="problem minimise"),
    right=Example(HALVE),
)


def unknown_problem(name: str, span: Span) -> Diagnostic:
    """A kind of problem that does not exist."""
    remedy = among(name, ("minimize", "vi", "variational_inequality", "saddle"), "it is one of")
    return E510.told(f"there is no kind of problem `{name}`", span, "unknown kind", help=remedy)


def unknown_graph(name: str, span: Span) -> Diagnostic:
    """A word before `graph` that says nothing of one."""
    message = f"there are no methods `on {name} graph`"
    remedy = "write `on graph`, or `on directed graph` for graphs that have directions, or change"
    return E510.told(message, span, "unknown kind of graph", help=remedy)


E511 = Page(
    "E511",
    "an oracle or constant of another kind of problem",
    """Functions are asked for `grad(x)` and `loss(x)`, operators for `F(z)`. `rho` and `norm_I_minus_W`
    describe the symmetric weights of a network, which only a spec `on graph` has.""",
    wrong=Example(f"node -> server: m = F(x)\n{STEP}"),
    right=Example(f"node -> server: m = F(x)\n{STEP}", problem="problem vi"),
)


def other_oracle(oracle: str, problem: str, declared: Span | None, span: Span) -> Diagnostic:
    """The oracle of the other kind of problem."""
    mine = "`F(z)`" if oracle != "F" else "`grad(x)` and `loss(x)`"
    message = f"`{oracle}` is not an oracle of `problem {problem}`"
    remedy = "change the problem's kind, or ask for its own oracle"
    note = f"`problem {problem}` has {mine}"
    return E511.told(message, span, note, (declared, "declared here"), help=remedy)


def symmetric_constant(name: str, span: Span) -> Diagnostic:
    """A constant of symmetric weights in a spec whose graph may have directions."""
    message = f"`{name}` is a constant of symmetric weights, which stay"
    remedy = "compute with what the method exchanges, or make it a param"
    return E511.told(message, span, "a directed graph has none", help=remedy)


def graph_constant(name: str, span: Span) -> Diagnostic:
    """A constant of networks in a spec with a server."""
    message = f"`{name}` is a constant of a network"
    return E511.told(message, span, "this spec has none", help="say `problem minimize on graph`")


E512 = Page(
    "E512",
    "a guarantee speaks of something that does not exist",
    """A guarantee holds for classes of problems: smooth, convex, strongly_convex, pl, monotone,
    strongly_monotone, and homogeneous beside them. It bounds figures of the run: metrics such as `grad_norm2`
    or `f_gap`, or numbers made of the names at the end of a round, through `average(…)`, `last(…)`, `start(…)`
    or `at_output(…)`, which say at which points.""",
    wrong=Example(
        GD, output='output x\nguarantee "Theorem 1" for smooth: grad_norm2 <= 2 * L * f_gap0 / rounds'
    ),
    right=Example(
        GD,
        output='output x\nguarantee "Theorem 1" for smooth: average(grad_norm2) <= 2 * L * f_gap0 / rounds',
    ),
)


def unknown_class(name: str, span: Span, candidates: Sequence[str]) -> Diagnostic:
    """A guarantee for a class that does not exist."""
    remedy = among(name, candidates, "there are")
    return E512.told(f"there is no class of problems `{name}`", span, "unknown class", help=remedy)


def bare_metric(name: str, span: Span) -> Diagnostic:
    """A metric or state in a bound without saying when it is measured."""
    message = f"`{name}` has a value at every point of the run; a bound is over one figure"
    remedy = f"write `average({name})`, `last({name})` or `at_output({name})`"
    return E512.told(message, span, "of which points?", help=remedy)


def unknown_metric(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """A guarantee about a metric that does not exist."""
    remedy = among(name, sorted(candidates), "there are")
    return E512.told(f"there is no metric or state `{short(name)}`", span, "unknown metric", help=remedy)


E513 = Page(
    "E513",
    "a law fixes something that cannot be fixed",
    """`equals GD when p = 1` is a law: with these bindings the two methods make the same steps. It can fix
    params, compressors, `n` and events (`c = true`, `S = everyone`), and pair draws of different names with
    `drawing`. A minibatch is fixed by its size.""",
    wrong=Example(GD, output="output x\nequals GD when alpha = 1"),
    right=Example(GD, head="param alpha = 1 / L", output="output x\nequals GD when alpha = 1"),
)


def unknown_binding(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """A law that fixes something that the spec does not have."""
    message = f"a law fixes params, compressors, `n` and events; `{name}` is none of them"
    remedy = among(name, sorted(candidates), "there are")
    return E513.told(message, span, "nothing to fix", help=remedy, lacks=name)


def fixed_batch(name: str, span: Span) -> Diagnostic:
    """A law that fixes a minibatch."""
    remedy = "fix the size that it is drawn with: `when b = max(samples_i)` makes it all samples"
    return E513.told(f"the minibatch `{name}` cannot be fixed", span, "names no samples", help=remedy)


def not_everyone(name: str, span: Span) -> Diagnostic:
    """A law that fixes a set of nodes to something else than all."""
    message = f"event `{name}` is fixed to `everyone`; `{short(span.text)}` is not that"
    return E513.told(message, span, "does not fit")


def unknown_draw(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """`drawing` of a draw site that this spec does not have."""
    remedy = among(name, sorted(candidates), "draws are made under")
    return E513.told(f"nothing is drawn under the name `{name}`", span, "no draw", help=remedy)


E514 = Page(
    "E514",
    "an invariant compares unlike things",
    """The two sides of an invariant agree after every round, up to the precision of the wire. So they are of
    one kind: two vectors, two numbers.""",
    wrong=Example(HALVE, output="output x\ninvariant x == 0"),
    right=Example(HALVE, output="output x\ninvariant x - x == zeros"),
)


def invariant_sides(left: str, right: str, span: Span) -> Diagnostic:
    """An invariant whose sides are of different kinds."""
    return E514.told(f"an invariant compares like with like; here {left} and {right}", span, "two kinds")
