"""What runs under every number of ranks and in one process: shipped specs, and small ones for single rules."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.source import Source
from cablese.runtime.arrays.threads import LONG_ROW
from cablese.runtime.execute.interface import Recording
from cablese.runtime.execute.options import Options
from cablese.runtime.execute.session import prepare
from cablese.runtime.library import find_spec, shipped_specs
from library_tiers import REPRESENTATIVE, SHARE, lively

ROUNDS = 12
DATA = 'logreg(data = "breast_cancer", l2 = 1e-3)'
QUADRATIC = "quadratic(d = 12, mu = 0.3, L = 2, spread = 1, seed = 2)"
WIDE = "quadratic(d = 300, mu = 0.3, L = 2, spread = 1, seed = 2)"
LONG = f"quadratic(d = {LONG_ROW + 77}, mu = 0.3, L = 2, spread = 1, seed = 2)"
SADDLE = "bilinear_saddle(d = 6, lam = 0.5, seed = 0)"
NETWORK = 'two_layer(data = "iris", hidden = 4, scale = "standard", test = "0.2", x0 = "normal(0.4)")'
FACTORS = "matrix_factorisation(rows = 5, columns = 4, rank = 2, noise = 0.1)"
CORNERS = Path(__file__).parents[1] / "reference" / "specs"
# settings under which a short run takes both branches, real minibatches and several members
LIVELY = {
    "sgd": ("b = 17",),
    "local_sgd": ("b = 17", "H = 3"),
    "qsparse_local_sgd": ("b = 17", "C = top_k(k = 4)"),
    "diana": ("b = 17", "Q = natural()"),
    "artemis": ("b = 17", "C_dwn = mixed(C = rand_p(p = 0.3), threshold = 5)"),
    "mcm": ("b = 17", "C_up = quantize(s = 3, norm = inf)"),
    "rand_mcm": ("b = 17", "C_up = natural_dithering(s = 4)", "C_dwn = rand_k(k = 4, indices = seeded)"),
    "rand_mcm_g": ("b = 17", "C_up = natural()", "C_dwn = rand_k(k = 4)"),
    "clag": ("C = top_k(k = 4)", "zeta = 25"),
    "comp_ams": ("b = 17", "C = quantize(s = 9, encode = rice) of top_k(k = 12)"),
    "ef21": ("C = top_k(k = 14)",),
    "ef_sgd": ("C = rand_k(k = 4, scaled = false)",),
    "marina": ("p = 0.3", "Q = rand_k(k = 3, shared = true, indices = seeded)"),
    "vr_marina": ("p = 0.3", "b = 17", "Q = mvss(density = 0.4)"),
    "pp_marina": ("p = 0.3", "r = 6", "Q = rand_k(k = 3, indices = seeded)"),
    "masha1": (
        "tau = 0.7",
        "Q_srv = rand_k(k = 2, indices = seeded)",
        "Q_dev = mixed(C = ternary(), threshold = 5)",
    ),
    "power_sgd": ("b = 17", "P = power_sgd(rank = 2, columns = 6)"),
    "dpsgd": ("b = 17",),
    "choco_sgd": ("b = 17", "gamma = 0.3", "C = tree8(block = 7)"),
    "sign_sgd_mv": ("b = 17", "S = threshold_k(t = 0.001)"),
    "dist_ef_block_sgd": ("b = 17", "C_up = scaled_sign()"),
}


@dataclass(frozen=True)
class Case:
    """One run."""

    name: str
    spec: str  # a shipped one, or a path
    nodes: int
    problem: str
    settings: tuple[str, ...] = ()
    wire: str = "float32"
    graph: str | None = None
    stop: str | None = None


def cases() -> list[Case]:
    """All runs, in order."""
    return [
        *_shipped(),
        *_corners(),
        *_one_node_a_rank(),
        *_graphs(),
        *_compressors(),
        *_long(),
        *_early_ends(),
    ]


def _shipped() -> list[Case]:
    found = []
    for spec in shipped_specs():
        if spec.name not in REPRESENTATIVE and crc32(spec.name.encode()) % SHARE:
            continue  # all run on emulated ranks; a launcher's take too long for CI
        problem = SADDLE if spec.family == "variational" else DATA
        settings = LIVELY.get(spec.name, lively(spec.name))
        found.append(Case(f"{spec.name}-7", spec.name, 7, problem, settings, "float64"))
        if spec.name in REPRESENTATIVE:
            found.append(Case(f"{spec.name}-5", spec.name, 5, problem))
    return found


def _corners() -> list[Case]:
    paths = sorted(CORNERS.glob("*.alg"))
    return [Case(f"rule-{path.stem}", str(path), 5, _problem_of(path.read_text())) for path in paths]


def _one_node_a_rank() -> list[Case]:
    """Names that change what they hold, where ranks have one node each or none."""
    return [Case(f"{path.stem}-2", str(path), 2, QUADRATIC) for path in sorted(CORNERS.glob("rebound_*.alg"))]


def _graphs() -> list[Case]:
    """Methods on graphs: ranks with one neighbour or all, with nodes of many degrees, with fewer nodes than ranks."""
    return [
        Case("choco-ring-8", "choco_sgd", 8, QUADRATIC, ("gamma = 0.3",), graph="ring"),
        Case(
            "choco-torus-8", "choco_sgd", 8, QUADRATIC, ("C = rand_k(k = 3, scaled = false)",), graph="torus"
        ),
        Case("choco-star-7", "choco_sgd", 7, QUADRATIC, ("C = top_k(k = 5)",), "float64", graph="star"),
        Case("choco-random-9", "choco_sgd", 9, QUADRATIC, (), "float16", graph="erdos_renyi(0.4)"),
        Case("dpsgd-complete-6", "dpsgd", 6, QUADRATIC, (), "float64", graph="complete"),
        Case("dpsgd-ring-2", "dpsgd", 2, QUADRATIC, graph="ring"),
        Case("copies-random-7", str(CORNERS / "graph_copies.alg"), 7, QUADRATIC, graph="erdos_renyi(0.5)"),
        Case("gaps-ring-6", "choco_sgd", 6, WIDE, ("C = top_k(k = 40)", "gamma = 0.3"), graph="ring"),
        Case("pushed-arcs-7", "sgp", 7, QUADRATIC, graph="directed_erdos_renyi(0.3)"),
        Case("pushed-hops-6", "push_diging", 6, QUADRATIC, graph="one_peer_exponential"),
        Case("pushed-peers-7", "push_diging", 7, QUADRATIC, (), "float64", graph="random_peer"),
        Case("rebound-star-4", str(CORNERS / "graph_rebound.alg"), 4, QUADRATIC, graph="star"),
    ]


def _compressors() -> list[Case]:
    """Families that no case above has."""
    return [
        Case("gaps-5", "ef21", 5, WIDE, ("C = top_k(k = 40)",)),
        Case("linear8-5", "ef21", 5, DATA, ("C = linear8(block = 9)",)),
        Case("block-sign-6", "ef21", 6, DATA, ("C = block_sign(size = 9)",), "float64"),
        Case("round-to-5", "sign_sgd_mv", 5, DATA, ("S = round_to(h = 0.001)",)),
        Case("sign-6", "sign_sgd_mv", 6, DATA, ("S = sign()",)),
        Case("layers-5", "ef21", 5, NETWORK, ("C = block_sign()", "gamma = 0.05")),
        Case("matrices-3", "power_sgd", 3, NETWORK, ("P = power_sgd(rank = 1)", "gamma = 0.1", "b = 7")),
        Case("factors-4", "sgd", 4, FACTORS, ("gamma = 0.1", "b = 3"), "float64"),
    ]


def _long() -> list[Case]:
    """Long vectors: messages to all go in pieces, and those who send long ones do not wait."""
    return [
        Case("long-diana-5", "diana", 5, LONG, ("Q = quantize(s = 1)",)),
        Case("long-ef21-3", "ef21", 3, LONG, ("C = top_k(k = 9000)",), "float64"),
        Case("long-artemis-4", "artemis", 4, LONG, ("C_up = natural()", "C_dwn = quantize(s = 4)")),
        Case("long-gd-5", "gd", 5, LONG),
    ]


def _early_ends() -> list[Case]:
    """Runs that a rule ends: rank 0 alone has the points that it is of."""
    return [Case("stop-5", "gd", 5, QUADRATIC, stop="round >= 7")]


def _problem_of(text: str) -> str:
    if "problem saddle" in text:
        return SADDLE
    return DATA if "minibatch" in text else QUADRATIC


def options(case: Case, server_rank: str = "shared") -> Options:
    """A case's options."""
    return Options(
        nodes=case.nodes,
        rounds=ROUNDS,
        every=1,
        problem=case.problem,
        settings=case.settings,
        wire=case.wire,
        server_rank="shared" if on_graph(case) else server_rank,
        graph=case.graph,
        stop=case.stop,
        groups=2 if "group:" in _source(case).text else None,  # of 3 and 2 nodes: one lies across ranks
        seed=3,
    )


def on_graph(case: Case) -> bool:
    """Whether there is no server, which could have a rank of its own."""
    return any(words in _source(case).text for words in ("on graph", "on directed graph"))


def outcome(case: Case, server_rank: str = "shared") -> dict[str, Any]:
    """The case's trace (seconds aside), what each message cost, and the output; elsewhere than at rank 0 nothing."""
    recording = Recording()
    try:
        ended = prepare(_source(case), options(case, server_rank)).run(recording)
    except SpecError as error:
        return {"refused": [d.span.line for d in error.diagnostics]}
    if recording.summary is None or ended.output is None:
        return {}
    points = [asdict(point) for point in recording.points]
    for point in points:
        del point["seconds"]
    messages = [asdict(message) for message in recording.summary.messages]
    return {"points": points, "messages": messages, "output": ended.output.tolist()}


def _source(case: Case) -> Source:
    return find_spec(case.spec)
