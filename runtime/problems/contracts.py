"""The shipped problems as the compiler sees them, plug-ins joining lazily; needs no array library."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cablese.dsl.check.contracts import Argument, ArgumentKind, ProblemContract
from cablese.dsl.text.records import record

ENTRY_POINTS = "cablese.problems"

SMOOTHNESS = frozenset({"L", "L_i", "L_max", "L_mean2", "calL"})

# what runs where no problem is given, by the spec's kind of problem. Scaled: the set's own features reach 4000, and at
# L = 1e5 a thousand rounds show no progress
DEFAULTS: Mapping[str, str] = {
    "minimize": 'logreg(data = "breast_cancer", l2 = 1e-3, bias = true, scale = "columns")',
    "vi": "bilinear_saddle(d = 20, lam = 0.5, seed = 0)",
}


@record
class Contract:
    """A problem family's contract; fulfils `cablese.dsl.check.contracts.ProblemContract`."""

    name: str
    kind: str
    arguments: tuple[Argument, ...]
    constants: frozenset[str]
    doc: str


_DATA = (
    Argument("data", ArgumentKind.TEXT, doc="a bundled set's name, or the path of a svmlight or .npz file"),
    Argument(
        "features",
        ArgumentKind.INT,
        0,
        doc="columns of a svmlight set; 0: as many as it mentions",
        least=0,
    ),
    Argument("bias", ArgumentKind.BOOL, False, doc="add a column of ones"),
    Argument(
        "scale",
        ArgumentKind.WORD,
        "none",
        ("none", "rows", "columns"),
        "rows: unit Euclidean norm; columns: mean square 1",
    ),
)
_SEED = Argument("seed", ArgumentKind.INT, 0, doc="of the data, beside the run's seed", least=0)
_L2 = Argument("l2", ArgumentKind.REAL, 0.0, doc="strength of l2/2 norm2(x)", least=0)

SHIPPED: Mapping[str, Contract] = {
    contract.name: contract
    for contract in (
        Contract(
            "least_squares",
            "minimize",
            (*_DATA[:1], _L2, *_DATA[1:]),
            SMOOTHNESS | {"mu"},
            "f_i = 1/(2 m_i) sum_j (a_j.x - y_j)^2 + l2/2 norm2(x)",
        ),
        Contract(
            "logreg",
            "minimize",
            (*_DATA[:1], _L2, *_DATA[1:]),
            SMOOTHNESS | {"mu"},
            "f_i = 1/m_i sum_j log(1 + exp(-y_j a_j.x)) + l2/2 norm2(x), y in {-1, 1}",
        ),
        Contract(
            "nonconvex_logreg",
            "minimize",
            (
                *_DATA[:1],
                Argument("reg", ArgumentKind.REAL, 0.0, doc="strength of sum_c x_c^2/(1 + x_c^2)", least=0),
                *_DATA[1:],
            ),
            SMOOTHNESS,
            "f_i = 1/m_i sum_j log(1 + exp(-y_j a_j.x)) + reg sum_c x_c^2/(1 + x_c^2)",
        ),
        Contract(
            "sigmoid_classification",
            "minimize",
            _DATA,
            SMOOTHNESS,
            "f_i = 1/m_i sum_j (1 - 1/(1 + exp(-y_j a_j.x)))^2",
        ),
        Contract(
            "quadratic",
            "minimize",
            (
                Argument("d", ArgumentKind.INT, doc="dimension", least=1),
                Argument("mu", ArgumentKind.REAL, doc="least curvature of f", above=0),
                Argument("L", ArgumentKind.REAL, doc="largest curvature of f", above=0),
                Argument("spread", ArgumentKind.REAL, 1.0, doc="how far nodes differ; 0: all alike", least=0),
                _SEED,
            ),
            SMOOTHNESS | {"mu"},
            "f_i = 1/2 sum_c a_ic x_c^2 - b_ic x_c, mean_i a_ic log-spaced over [mu, L]",
        ),
        Contract(
            "bilinear_saddle",
            "vi",
            (
                Argument(
                    "d", ArgumentKind.INT, doc="length of x and of y; the language's d is twice that", least=1
                ),
                Argument(
                    "lam", ArgumentKind.REAL, doc="strength of lam/2 norm2(x) - lam/2 norm2(y)", least=0
                ),
                _SEED,
                Argument("norm", ArgumentKind.REAL, 1.0, doc="operator norm of every A_i", above=0),
            ),
            SMOOTHNESS | {"mu"},
            "x'A_i y + a_i.x + b_i.y + lam/2 norm2(x) - lam/2 norm2(y), minimised in x, maximised in y",
        ),
    )
}


class Contracts(Mapping[str, ProblemContract]):
    """Every problem at hand; entry points are looked up only when the shipped ones do not serve."""

    def __getitem__(self, name: str) -> ProblemContract:
        shipped = SHIPPED.get(name)
        if shipped is not None:
            return shipped
        from .plugins import family

        return family(name).contract

    def __iter__(self) -> Iterator[str]:
        from .plugins import names

        yield from SHIPPED
        yield from (name for name in names() if name not in SHIPPED)

    def __len__(self) -> int:
        return sum(1 for _ in self)


PROBLEMS: Mapping[str, ProblemContract] = Contracts()
