"""Pages of statements and lines (E5xx)."""

from __future__ import annotations

from itertools import pairwise

from .page import Page, spec

_STEP = "server -> all: g = mean(m)\nall: x = x - g / L"
_SEND = "node -> server: m = grad(x)\n" + _STEP
_PLAIN = "all: x = x / 2"


def _around_a_loop(role: str) -> str:
    """Names that are bound at a role, then pass a value of the server on, by one name each time around."""
    names = [f"v{i}" for i in range(30)]
    before = _rows([f"{name} = x" for name in names], "    ")
    inside = _rows([f"{a} = {b}" for a, b in pairwise(names)] + [f"{names[-1]} = q"], "        ")
    return f"node -> server: q = grad(x)\n{role}:\n{before}repeat 3:\n    server:\n{inside}{_PLAIN}"


def _rows(assignments: list[str], indent: str) -> str:
    """Six assignments a line."""
    rows = [assignments[i : i + 6] for i in range(0, len(assignments), 6)]
    return "".join(f"{indent}{'; '.join(row)}\n" for row in rows)


PAGES = (
    Page(
        "E501",
        "a message inside a role's block",
        """A block is one role's own computation. A message involves two roles, so it stands beside the
        blocks, at the level of the round, of an `if` or of a `repeat`. There its order among everything else
        is plain, and sender and receiver come to it together.""",
        spec("node:\n    m = grad(x)\n    node -> server: m\n" + _STEP),
        spec("node: m = grad(x)\nnode -> server: m\n" + _STEP),
    ),
    Page(
        "E502",
        "a role's block inside another",
        """A block is one role's computation from its first line to its last. Blocks of different roles stand
        one after the other.""",
        spec("all:\n    x = x / 2\n    node: y = x"),
        spec("all: x = x / 2\nnode: y = x"),
    ),
    Page(
        "E503",
        "a computation that nobody does",
        """Every assignment and every draw is done by a role, since that decides who knows the result and, for
        a draw, whether it must be sent. `all:` is what everyone computes alike, at no cost.""",
        spec("x = x / 2"),
        spec("all: x = x / 2"),
    ),
    Page(
        "E504",
        "a line is missing",
        """A spec says what it is called (`algorithm`), what it solves (`problem`), what it does (`round`) and
        what it returns (`output`). Only `init` may be missing, where there is nothing to start from.""",
        spec(_PLAIN, output=""),
        spec(_PLAIN),
    ),
    Page(
        "E505",
        "a line stands twice",
        """There is one `algorithm`, one `problem`, one `init`, one `round` and one `output`. Two phases of a
        round stand one below the other in the same block.""",
        spec(_PLAIN, output="output x\noutput average(x)"),
        spec(_PLAIN, output="output average(x)"),
    ),
    Page(
        "E506",
        "there is no such distribution",
        """Events are drawn from `bernoulli(p)`, `uniform(a, b)`, `normal(mu, s)`, `choice(a, b)`, from the
        nodes with `sample(n, r)` (with replacement), `subset(n, r)` (without) and `each(q)` (a coin for every
        node), or from a node's samples with `minibatch(b)`. `sample` and `subset` draw among all n nodes.""",
        spec("all: event c ~ coin(0.5)\nall: x = x / 2"),
        spec("all: event c ~ bernoulli(0.5)\nall: x = x / 2"),
    ),
    Page(
        "E507",
        "no message goes this way",
        """Messages go `node -> server`, `server -> all`, `server -> node`, `server -> group`, on a graph
        `node -> neighbors`, and `node -> all` for collective compressors. `all`, `link` and `group` are no
        senders: what they know, its holders know already.""",
        spec("node -> node: m = grad(x)\nall: x = x / 2"),
        spec(_SEND),
    ),
    Page(
        "E508",
        "`in` or `when` where it has no meaning",
        """`in S` chooses nodes: in `node in S:`, `link in S:`, `node in S -> server:` and `server -> node in
        S:`. `when e` lets each node decide whether to send: in `node when e -> server:` alone. Inside a block
        a condition is an `if`.""",
        spec("node when norm(x) > 1: y = x\nall: x = x / 2"),
        spec("node:\n    if norm(x) > 1:\n        y = x\nall: x = x / 2"),
    ),
    Page(
        "E509",
        "an output that is not a name of the rounds",
        """A method returns the last value of a name, `output x`, its average over the rounds, `average(x)`,
        with weights if given, or one of its values drawn at random, `uniform(x)`. Anything else is computed
        in the round and bound to a name.""",
        spec(_PLAIN, output="output x / 2"),
        spec("all: x = x / 2\nall: y = x / 2", output="output y"),
    ),
    Page(
        "E510",
        "there is no such kind of problem",
        """`problem minimize` is an average of functions with `grad` and `loss`; `problem vi` (or
        `variational_inequality`) is an average of operators with `F`; `problem saddle` is a vi with blocks x
        and y. `on graph` behind it makes the method decentralised.""",
        spec(_PLAIN, problem="problem minimise"),
        spec(_PLAIN, problem="problem minimize"),
    ),
    Page(
        "E511",
        "an oracle or constant of another kind of problem",
        """Functions are asked for `grad(x)` and `loss(x)`, operators for `F(z)`. `rho` and `norm_I_minus_W`
        describe a network, which only a spec `on graph` has.""",
        spec("node -> server: m = F(x)\n" + _STEP),
        spec("node -> server: m = F(x)\n" + _STEP, problem="problem vi"),
    ),
    Page(
        "E512",
        "a guarantee speaks of something that does not exist",
        """A guarantee holds for classes of problems: smooth, convex, strongly_convex, pl, monotone, strongly_monotone. It
        bounds one figure of the run: a metric such as `grad_norm2` or `f_gap`, or a state, through `average(…)`,
        `last(…)` or `at_output(…)`, which say at which points.""",
        spec(
            _SEND, output='output x\nguarantee "Theorem 1" for smooth: grad_norm2 <= 2 * L * f_gap0 / rounds'
        ),
        spec(
            _SEND,
            output='output x\nguarantee "Theorem 1" for smooth: average(grad_norm2) <= 2 * L * f_gap0 / rounds',
        ),
    ),
    Page(
        "E513",
        "a law fixes something that cannot be fixed",
        """`equals GD when p = 1` is a law: with these bindings the two methods make the same steps. It can
        fix params, compressors, `n` and events (`c = true`, `S = everyone`), and pair draws of different
        names with `drawing`. A minibatch is fixed by its size.""",
        spec(_SEND, output="output x\nequals GD when alpha = 1"),
        spec(_SEND, head="param alpha = 1 / L", output="output x\nequals GD when alpha = 1"),
    ),
    Page(
        "E514",
        "an invariant compares unlike things",
        """The two sides of an invariant agree after every round, up to the precision of the wire. So they are
        of one kind: two vectors, two numbers.""",
        spec(_PLAIN, output="output x\ninvariant x == 0"),
        spec(_PLAIN, output="output x\ninvariant x - x == zeros"),
    ),
    Page(
        "E515",
        "a `repeat` of less than no times",
        """The count of a `repeat` is an int from 0 on, where 0 leaves its block out. There is no counting down: the counter
        of `repeat H as t:` goes from 0 to H - 1.""",
        spec("repeat -1:\n    all: x = x / 2"),
        spec("repeat 1:\n    all: x = x / 2"),
    ),
    Page(
        "E516",
        "too many names pass values on through a `repeat`",
        """Who knows a name at the start of an iteration depends on the iteration before. The checker follows
        values around a `repeat` until nothing changes, and gives up after two dozen times. Bind the names
        before the loop at the role that rebinds them inside, and nothing has to be found out.""",
        spec(_around_a_loop("all")),
        spec(
            "node -> server: q = grad(x)\nserver: v = mean(q)\nrepeat 3:\n    server: v = v + mean(q)\n"
            + _PLAIN
        ),
    ),
)
