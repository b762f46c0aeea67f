"""What runs on devices other than the host: every shipped spec under settings that take each compressor and branch, and
the small specs for single rules.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cablese.runtime.execute.interface import Recording
from cablese.runtime.execute.options import Options
from cablese.runtime.execute.session import prepare
from cablese.runtime.library import find_spec, shipped_specs

ROUNDS = 8
CORNERS = Path(__file__).parents[1] / "reference" / "specs"

DATA = 'logreg(data = "breast_cancer", l2 = 1e-3)'
QUADRATIC = "quadratic(d = 40, mu = 0.1, L = 3, spread = 1, seed = 2)"
SADDLE = "bilinear_saddle(d = 6, lam = 0.5, seed = 0)"
PROBLEMS = (
    DATA,
    QUADRATIC,
    'least_squares(data = "diabetes", l2 = 0.1)',
    'nonconvex_logreg(data = "breast_cancer", reg = 0.1)',
    'sigmoid_classification(data = "breast_cancer")',
)
UNBIASED = (
    "identity()",
    "rand_k(k = 4)",
    "quantize(s = 1)",
    "quantize(s = 200, norm = inf)",
    "natural()",
    "ternary()",
    "rand_p(p = 0.3)",
    "natural_dithering(s = 4)",
    "mvss(density = 0.3)",
    "quantize(s = 2) of rand_k(k = 5)",
    "mixed(C = natural(), threshold = 4)",
)
CONTRACTIVE = (
    "identity()",
    "top_k(k = 4)",
    "rand_k(k = 3, scaled = false)",
    "top_k(k = 9)",
    "scaled_sign()",
    "block_sign(size = 7)",
    "linear8(block = 9)",
    "tree8(block = 16)",
    "quantize(s = 5) of top_k(k = 4)",
    "contracted(Q = quantize(s = 2))",
)
SETTINGS: dict[str, list[tuple[str, ...]]] = {
    "gd": [()],
    "sgd": [("b = 17",)],
    "extragradient": [()],
    "masha1": [("tau = 0.7", f"Q_dev = {q}", f"Q_srv = {r}") for q, r in itertools.pairwise(UNBIASED)],
    "marina": [("p = 0.3", f"Q = {q}") for q in (*UNBIASED, "rand_k(k = 2, shared = true)", "perm_k()")],
    "vr_marina": [("p = 0.3", "b = 17", f"Q = {q}") for q in UNBIASED],
    "pp_marina": [("p = 0.3", "r = 4", f"Q = {q}") for q in UNBIASED],
    "diana": [("b = 17", f"Q = {q}") for q in UNBIASED],
    "artemis": [("b = 17", f"C_up = {q}", f"C_dwn = {r}") for q, r in itertools.pairwise(UNBIASED)],
    "mcm": [("b = 17", f"C_up = {q}", f"C_dwn = {r}") for q, r in zip(UNBIASED[1:], UNBIASED, strict=False)],
    "ef21": [(f"C = {c}",) for c in CONTRACTIVE],
    "ef_sgd": [(f"C = {c}",) for c in CONTRACTIVE],
    "comp_ams": [("b = 17", f"C = {c}") for c in CONTRACTIVE],
    "dpsgd": [("b = 17",), ()],
    "power_sgd": [
        ("b = 17",),
        ("P = power_sgd(rank = 2, columns = 6)",),
        ("P = sketch(rows = 3, cols = 9, k = 4, exact = 2)",),
    ],
    "choco_sgd": [("b = 17", f"C = {c}") for c in CONTRACTIVE],
    "sign_sgd_mv": [
        ("b = 17",),
        ("S = sign()",),
        ("S = threshold_k(t = 0.01)",),
        ("S = round_to(h = 0.01)",),
    ],
    "dist_ef_block_sgd": [(f"C_up = {c}", f"C_dwn = {c}") for c in CONTRACTIVE],
}

COMPOSITE = (
    ("gd", f"{QUADRATIC} + elastic_net(l1 = 0.1, l2 = 0.2)"),
    ("gd", f"{QUADRATIC} + simplex"),
    ("extragradient", f"{SADDLE} + group_l1(lam = 0.1, on = x) + ball(r = 0.5, on = y)"),
    ("extragradient", "matrix_game(rows = 5, columns = 7)"),
    ("extragradient", "quadratic_game(d = 4, mu = 0.1, L = 2) + box(a = -0.1, b = 0.2)"),
    ("extragradient", 'robust_least_squares(data = "diabetes", scale = "columns")'),
    ("extragradient", 'robust_logreg(data = "breast_cancer", scale = "columns", l2 = 0.1)'),
)


@dataclass(frozen=True)
class Case:
    """One run."""

    spec: str  # a shipped one, or a path
    settings: tuple[str, ...]
    nodes: int
    wire: str
    problem: str
    groups: int | None = None


def cases() -> dict[str, Case]:
    """All runs by name."""
    composite = {
        f"psi-{i}": Case(spec, (), 5, "float64", problem) for i, (spec, problem) in enumerate(COMPOSITE)
    }
    shipped = {f"{c.spec}-{'-'.join(c.settings) or 'defaults'}".replace(" ", ""): c for c in _shipped()}
    return (
        composite | shipped | {f"rule-{path.stem}": _corner(path) for path in sorted(CORNERS.glob("*.alg"))}
    )


def _corner(path: Path) -> Case:
    text = path.read_text()
    problem = SADDLE if "problem saddle" in text else DATA if "minibatch" in text else QUADRATIC
    return Case(str(path), (), 5, "float32", problem, 2 if "group:" in text else None)


def run(case: Case, device: str) -> tuple[list[dict[str, Any]], Any]:
    """All points of a case, seconds aside, and the output."""
    recording = Recording()
    output = prepare(find_spec(case.spec), options_of(case, device)).run(recording).output
    points = [asdict(point) for point in recording.points]
    for point in points:
        del point["seconds"]
    return points, output


def options_of(case: Case, device: str) -> Options:
    """The options of a case's run."""
    return Options(
        nodes=case.nodes,
        rounds=ROUNDS,
        every=3,
        problem=case.problem,
        settings=case.settings,
        wire=case.wire,
        device=device,
        wire_check="all",
        **({} if case.groups is None else {"groups": case.groups}),
    )


def _asks_for_mu(name: str) -> bool:
    """True where a step size of theory needs strong convexity, which not every problem has."""
    return re.search(r"\bmu\b", find_spec(name).text) is not None


def _shipped() -> list[Case]:
    """Every spec under all its settings, on problems, node counts and wires that take turns."""
    found: list[Case] = []
    for spec in shipped_specs():
        for settings in SETTINGS.get(spec.name, [()]):
            at = len(found)
            needs_samples = any(setting.startswith("b ") for setting in settings)
            problem = DATA if needs_samples else PROBLEMS[at % len(PROBLEMS)]
            problem = SADDLE if spec.family == "variational" else problem
            problem = QUADRATIC if _asks_for_mu(spec.name) and spec.family != "variational" else problem
            wire = ("float32", "float64")[at % 2]
            found.append(Case(spec.name, settings, (5, 7)[at // 2 % 2], wire, problem))
    return found
