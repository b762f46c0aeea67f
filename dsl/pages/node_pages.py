"""Pages of subsets of nodes, aggregates and graphs (E209 to E221)."""

from __future__ import annotations

from .page import Page, spec

_DRAWN = "server: event S ~ subset(n, 2)\nserver -> all: S\n"
_GRAPH = "problem minimize on graph"

PAGES = (
    Page(
        "E209",
        "values of some nodes are read for all",
        """What is bound over a drawn set S exists for the nodes of S only. It is read in blocks and messages
        over the same S, or aggregated by the server. Drawing `S` anew makes another set: what was bound over
        the earlier one is no longer readable under the new one.""",
        spec(_DRAWN + "node in S -> server: q = grad(x)\nnode: y = q\nall: x = x / 2"),
        spec(_DRAWN + "node in S -> server: q = grad(x)\nnode in S: y = q\nall: x = x / 2"),
    ),
    Page(
        "E210",
        "two different subsets in one expression",
        """`q - s` is computed node by node, so both operands must exist for the same nodes. Values over two
        different sets meet only after each was aggregated.""",
        spec(
            "all:\n    event S ~ subset(n, 2)\n    event T ~ subset(n, 2)\nnode in S -> server: q = grad(x)\n"
            "node in T -> server: s = grad(x)\nserver: g = mean(q - s)\nall: x = x / 2"
        ),
        spec(
            "all:\n    event S ~ subset(n, 2)\n    event T ~ subset(n, 2)\nnode in S -> server: q = grad(x)\n"
            "node in T -> server: s = grad(x)\nserver: a = mean(q)\nserver: g = a - mean(s)\nall: x = x / 2"
        ),
    ),
    Page(
        "E211",
        "a message of some nodes binds a state of all",
        """A message over a subset binds its name over that subset: the other nodes would lose what they keep.
        Send it under a name of its own, then store it where it belongs: `link in S: h = q` changes the
        entries of S and leaves the others as they are.""",
        spec(
            _DRAWN + "node in S -> server: h = grad(x) - h\nall: x = x / 2",
            init="all: x = x0\nlink: h = zeros",
        ),
        spec(
            _DRAWN + "node in S -> server: q = grad(x) - h\nlink in S: h = q\nall: x = x / 2",
            init="all: x = x0\nlink: h = zeros",
        ),
    ),
    Page(
        "E212",
        "a block over a bag assigns a state",
        """`sample(n, r)` draws with replacement: a node may be drawn twice, and then computes and sends
        twice, each copy with draws of its own. A state has one value per node, and which copy should set it
        is not defined. Draw without replacement, with `subset(n, r)`, where nodes keep something.""",
        spec(
            "all: event S ~ sample(n, 2)\nnode in S: e = e + grad(x)\nall: x = x / 2",
            init="all: x = x0\nnode: e = zeros",
        ),
        spec(
            "all: event S ~ subset(n, 2)\nnode in S: e = e + grad(x)\nall: x = x / 2",
            init="all: x = x0\nnode: e = zeros",
        ),
    ),
    Page(
        "E213",
        "nodes do not know whether they take part",
        """A block `node in S:` runs at the nodes of S, so each node must know whether it belongs. It does
        when S is known to all, or when the server has sent something to the members of S in this round. And S
        must be one set: nodes that draw a set each have as many sets as there are nodes. A node that decides for
        itself flips a coin: `node when c -> server: …`.""",
        spec("server: event S ~ subset(n, 2)\nnode in S -> server: q = grad(x)\nall: x = x / 2"),
        spec(_DRAWN + "node in S -> server: q = grad(x)\nall: x = x / 2"),
    ),
    Page(
        "E214",
        "an aggregate of one value, or by somebody else than the server",
        """`mean`, `sum`, `min`, `max` and `median` with one argument run over the nodes: over a family, where
        all of its values are, which is at the server. The nodes get the result by a message.""",
        spec("node -> server: m = grad(x)\nall: g = mean(m)\nall: x = x - g / L"),
        spec("node -> server: m = grad(x)\nserver -> all: g = mean(m)\nall: x = x - g / L"),
    ),
    Page(
        "E215",
        "a server on a graph",
        """A method `on graph` is decentralised: nodes exchange values with their neighbors, and nobody knows
        the values of all. So there is no server and no `mean` of all nodes; `mix(q)` averages what the
        neighbors sent, weighted by the graph. A message to `neighbors` makes a spec decentralised even if its
        `problem` line does not say so.""",
        spec("node -> server: q = x\nnode: x = x / 2", init="node: x = x0", problem=_GRAPH),
        spec("node -> neighbors: q = x\nnode: x = mix(q) / 2", init="node: x = x0", problem=_GRAPH),
    ),
    Page(
        "E216",
        "`mix` of what the neighbors did not send",
        """`mix(q)` is the weighted sum of q over a node's neighbors and the node itself, so q must have been
        sent to the neighbors, or be kept by them. Its result is the node's own, so it stands in `node:`.""",
        spec("node: x = mix(x) / 2", init="node: x = x0", problem=_GRAPH),
        spec("node -> neighbors: q = x\nnode: x = mix(q) / 2", init="node: x = x0", problem=_GRAPH),
    ),
    Page(
        "E217",
        "`who` of one value, or asked by somebody who cannot tell",
        """`who(q)` is the set of nodes over which q runs: the members of a drawn set, or those who sent under
        a `when`. The server knows it whole; each node knows its own membership only, which is enough for
        `node in who(q):`.""",
        spec("node when norm(x) > 1 -> server: q = x\nall: A = who(q)\nall: x = x / 2"),
        spec("node when norm(x) > 1 -> server: q = x\nserver -> all: A = who(q)\nall: x = x / 2"),
    ),
    Page(
        "E218",
        "a minibatch drawn by somebody without samples",
        """`minibatch(b)` names b of a node's own samples. Only the node that has them can draw it, and its
        only use is the second argument of an oracle: `grad(x, xi)`.""",
        spec("server: event xi ~ minibatch(4)\nall: x = x / 2"),
        spec("node: event xi ~ minibatch(4)\nnode -> server: m = grad(x, xi)\nall: x = x / 2"),
    ),
    Page(
        "E219",
        "one value is needed where a family stands",
        """A condition or a count at the server, and a weight of the output, is one value. A family has one
        per node: aggregate it, or let each node decide for itself in a `node:` block.""",
        spec("node -> server: m = grad(x)\nserver:\n    if norm(m) > 1:\n        y = 1\nall: x = x / 2"),
        spec("node -> server: m = grad(x)\nserver:\n    if max(norm(m)) > 1:\n        y = 1\nall: x = x / 2"),
    ),
    Page(
        "E220",
        "aggregates over different nodes in one expression",
        """The aggregates of one written expression run over the same nodes: a sum over those who sent, divided by
        one over all nodes, is a slip that no number shows. `sum(e over m)` runs over the nodes that have an m. Where
        both domains are meant, one of the aggregates is bound to a name on a line of its own: a name is one value.""",
        spec(
            _DRAWN
            + "node in S -> server: m = x\nserver: y = sum(samples_i * m) / sum(samples_i)\nall: x = x / 2"
        ),
        spec(
            _DRAWN + "node in S -> server: m = x\nserver: y = sum(samples_i * m) / sum(samples_i over m)\n"
            "all: x = x / 2"
        ),
    ),
    Page(
        "E221",
        "`over` outside of an aggregate, or of nobody's value",
        """`e over m` is the argument of an aggregate: `sum(e over m)` adds e up over the nodes that have an m. What
        stands behind `over` is a family that the server knows, or a set of nodes; a single value is nobody's.""",
        spec(_DRAWN + "node in S -> server: m = x\nserver: y = sum(samples_i) over m\nall: x = x / 2"),
        spec(_DRAWN + "node in S -> server: m = x\nserver: y = sum(samples_i over m)\nall: x = x / 2"),
    ),
)
