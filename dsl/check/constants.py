"""The table of constants: what the problem and the run tell every spec, a row each."""

from __future__ import annotations

from collections.abc import Mapping

from ..text.records import record
from .kinds import KNOWN_TO_ALL, Kind, Placement, Spread, Where


@record
class ConstantRow:
    """A constant of the problem or the run; `on_graph` if only a network has it."""

    name: str
    kind: Kind
    doc: str
    where: Where = KNOWN_TO_ALL
    on_graph: bool = False


_LINK = Where(Placement.LINK, Spread.NODES)

CONSTANTS: Mapping[str, ConstantRow] = {
    row.name: row
    for row in (
        ConstantRow("n", Kind.INT, "number of nodes"),
        ConstantRow("d", Kind.INT, "number of the model's entries"),
        ConstantRow("rounds", Kind.INT, "number of rounds of the run"),
        ConstantRow("x0", Kind.VECTOR, "the start"),
        ConstantRow("zeros", Kind.VECTOR, "the zero vector"),
        ConstantRow("ones", Kind.VECTOR, "the vector of ones: `dot(v, ones)` is the sum of v's entries"),
        ConstantRow("mu", Kind.REAL, "strong convexity or monotonicity of f or F"),
        ConstantRow("L", Kind.REAL, "Lipschitz constant of f's gradient, or of F"),
        ConstantRow("L_max", Kind.REAL, "largest L_i"),
        ConstantRow("L_mean2", Kind.REAL, "square root of the mean of L_i^2"),
        ConstantRow("L_i", Kind.REAL, "Lipschitz constant at node i", _LINK),
        ConstantRow(
            "L_pm",
            Kind.REAL,
            "how far nodes' curvatures differ: root of the Hessian variance (arXiv:2110.03300)",
        ),
        ConstantRow(
            "calL", Kind.REAL, "average smoothness of minibatch differences (arXiv:2102.07845, As. 3.1)"
        ),
        ConstantRow(
            "L_sample", Kind.REAL, "largest Lipschitz constant of a single sample's gradient or operator"
        ),
        ConstantRow("samples", Kind.INT, "samples of every node, where all have as many"),
        ConstantRow("samples_i", Kind.INT, "samples of node i", _LINK),
        ConstantRow("node_index", Kind.INT, "number of node i, from 0 to n - 1", _LINK),
        ConstantRow("rho", Kind.REAL, "spectral gap of the mixing matrix", on_graph=True),
        ConstantRow("norm_I_minus_W", Kind.REAL, "norm of identity minus mixing matrix", on_graph=True),
    )
}
