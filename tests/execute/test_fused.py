"""Fused rounds: points, counts and failures of the generated program, and no compiling where it does not pay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cablese.dsl.check.program import ProblemKind
from cablese.dsl.text.diagnostics import SpecError
from cablese.runtime.arrays import numba_dispatch
from cablese.runtime.arrays.numpy_backend import NumpyBackend
from cablese.runtime.arrays.row_forms import RowSymbols
from cablese.runtime.codecs.base import CodecError
from cablese.runtime.compiled import compiled
from cablese.runtime.compressors.base import Compressor
from cablese.runtime.compressors.eight_bits import Linear8
from cablese.runtime.compressors.natural import Natural
from cablese.runtime.compressors.natural_dithering import NaturalDithering
from cablese.runtime.compressors.quantize import Quantize
from cablese.runtime.compressors.signs import BlockSign, ScaledSign, Sign
from cablese.runtime.errors import RunFailed, SetupError
from cablese.runtime.execute import fused, fused_source
from cablese.runtime.execute.checkpoint import Checkpoint
from cablese.runtime.execute.interface import Point, Recording
from cablese.runtime.library import find_spec
from execute_runs import prepared, run
from fused_specs import random_fused_spec
from fused_text import not_compiled
from random_cases import random_case
from trials import difference, ended

pytest.importorskip("numba")

QUADRATIC = "quadratic(d = {d}, mu = 0.1, L = 1, spread = 0.3, seed = 0)"
LIBRARY = Path(__file__).parents[2] / "algorithms"

MIXED = """\
algorithm Mixed
problem minimize
compressor Q: unbiased
param gamma = 0.1
param p = 0.3
init:
    all: x = x0
    all: t = 1
    node: h_i = zeros
round:
    all: event c ~ bernoulli(p)
    all: t = t / (1 + gamma)
    if c:
        node -> server: m = Q(grad(x) - h_i)
        node: h_i = h_i + t * m
        server -> all: g = 2 * mean(m) / 3
    else:
        node -> server: y = sqrt(abs(grad(x))) - (h_i ^ 2)
        server -> all: g = -mean(y)
    all: x = x - t * gamma * g
output x
"""
NUMBERS = """\
algorithm Numbers
problem minimize
compressor Q: unbiased
param a = 0.5
param gamma = a / (1 + k / 10)
param T = 3
param H = 2
init:
    all: x = x0
    node: e_i = zeros
    server: s = 0
    node: w_i = 0
round k:
    server: s = max(s, k % T) + floor(sqrt(k)) - ceil(a * T)
    node: h = e_i + grad(x)
    node -> server: m = h
    repeat H as t:
        node: h = clip(h - gamma * grad(x - h), -norm(h), norm_inf(h) + t)
        repeat T:
            node -> server: m = Q(h / (1 + t))
            node: e_i = (prev(gamma) / gamma) * (e_i + h - m) / 2
    node: w_i = where(k < T, dot(h, m), min(w_i, norm2(m - x)))
    node -> server: v = w_i, y = h
    server -> all: g = mean(m) / (1 + abs(mean(v)) + norm1(x))
    if k % T == 1 and not (k > 12):
        all: x = x - gamma * g
    else:
        all: x = where(norm(g) <= 1, x - gamma * g, max(x, g))
output x
"""
SETS = """\
algorithm Sets
problem minimize
compressor Q: unbiased
param gamma = 0.1
param r = 2
init:
    server: x = x0
    node: h_i = zeros
    node: w_i = 1
round k:
    server: event R ~ subset(n, r)
    server: event S ~ each(where(k % 3 == 0, 0, 0.5))
    server -> node in R: z = x
    node in R: y = z
    repeat 2:
        node in R: y = y - gamma * (grad(y) - w_i * h_i)
    node in R -> server: q = y - z
    server: x = x + mean(q)
    server -> all: S, u = x
    node in S -> server: m = Q(grad(u) - h_i), v = norm2(h_i) / w_i
    node in S: h_i = h_i + m / 4
    node in S: w_i = 1 + norm(h_i)
    server: x = x - gamma * sum(m) / (n * (1 + mean(v)))
output x
"""
PAST = """\
algorithm Past
problem minimize
compressor Q: unbiased
param gamma = 0.1
param m = 3
init:
    all:
        x = x0
        near = history(m, zeros)
        sizes = history(4, 1.0)
    node: y = zeros
round k:
    node -> server: q = Q(grad(x) + y)
    server -> all: g = mean(q)
    node: y = where(block_norm(y) > 0 and y < 1, block_norm1(g) * y, g) / (1 + block_norm_inf(x - y))
    all:
        near = push(near, g)
        sizes = push(sizes, norm(g) / (1 + mean(sizes)))
        x = x - gamma * (mean(near) + near[1 + k % 3] / (1 + sum(sizes) + sizes[4])) - gamma * sum(near) / 9
output x
"""
MCM = ("C_up=rand_k(k = 3)", "C_dwn=rand_k(k = 3)")
CASES: Sequence[tuple[str, dict[str, Any]]] = (
    ("diana", {"settings": ("Q=rand_k(k = 3)",)}),
    ("diana", {"settings": ("Q=rand_k(k = 3)",), "wire": "float64"}),
    (
        "diana",
        {"settings": ("Q=rand_k(k = 5)",), "problem": QUADRATIC.format(d=200)},
    ),  # sets in gaps: lengths vary
    ("dore", {"settings": ("C_up=rand_k(k = 12)", "C_dwn=rand_k(k = 2)")}),
    (
        "mcm",
        {"settings": ("C_up=rand_k(k = 3)", "C_dwn=rand_k(k = 3)")},
    ),  # the average of a value of the round
    ("ef21", {"settings": ("C=top_k(k = 3)",)}),  # a value of a drawn round
    ("scaffnew", {}),
    ("marina", {"settings": ("Q=rand_k(k = 3)", "p=0.3")}),  # gradients that are remembered
    ("l_svrg", {"settings": ("p=0.4",)}),
    (MIXED, {"settings": ("Q=rand_k(k = 4)",)}),
    (MIXED, {"settings": ("Q=natural()",)}),
    (NUMBERS, {"settings": ("Q=quantize(s = 2)",)}),
    (NUMBERS, {"settings": ("Q=natural()", "H=0")}),
    (SETS, {"settings": ("Q=rand_k(k = 3)",), "nodes": 5}),
    (SETS, {"settings": ("Q=quantize(s = 3)",), "nodes": 7, "wire": "float64"}),
    ("fed_avg", {"settings": ("r=2",), "nodes": 5}),
    ("artemis_pp1", {"settings": ("q=0.4",), "nodes": 4}),
    ("ef21_pp", {"settings": ("C=top_k(k = 3)", "q=0.5"), "nodes": 4}),
    ("clag", {"settings": ("C=top_k(k = 3)",), "nodes": 5}),  # nodes choose whether they send
    ("dpsgd", {"graph": "ring", "nodes": 5}),
    ("choco_sgd", {"settings": ("C=top_k(k = 3)",), "graph": "star", "nodes": 5}),
    ("lead", {"graph": "ring", "nodes": 4}),
    ("canita", {"settings": ("Q=quantize(s = 1)",)}),  # params of the round
    ("local_sgd", {"settings": ("H=3",)}),
    ("one_bit_adam", {"settings": ("T=9",)}),
    ("terngrad", {}),
    ("q_adam", {}),  # the server's compressor is the identity
    ("diloco", {"settings": ("C=linear8(block = 5)", "H=3")}),  # powers
    ("dgc", {"settings": ("C=top_k(k = 3)",)}),  # masks
    ("qsparse_async", {"settings": ("C=top_k(k = 3)", "H=3"), "nodes": 5}),  # an int of each node
    ("ef21_plus", {"settings": ("C=top_k(k = 3)",), "nodes": 5}),  # members send packets that all made
    ("marina_perm_k", {"settings": ("p=0.3",), "nodes": 5}),  # one draw for all nodes
    ("compressed_scaffnew", {"settings": ("p=0.4", "s=2"), "nodes": 4, "wire": "float64"}),
    ("lag_wk", {"settings": ("D=4",), "nodes": 5}),  # histories: of numbers
    (PAST, {"settings": ("Q=rand_k(k = 3)",)}),
    ("micro_adam", {"settings": ("C=top_k(k = 3)", "m=4")}),  # of vectors
    ("lamb", {}),  # norms of blocks
    ("fed_nova", {"nodes": 4}),
    ("ec_lsvrg_diana", {"settings": ("p=0.4",), "nodes": 5}),  # a condition of each node
    ("dasha_pp", {"settings": ("Q=rand_k(k = 3)", "q=0.5"), "nodes": 5}),  # members ask again
    ("scaffold_1", {"settings": ("r=3",), "nodes": 5}),
    ("fed_glomo", {"settings": ("r=3",), "nodes": 5}),
    ("diana", {"settings": ("Q=quantize(s = 1)",)}),
    ("diana", {"settings": ("Q=quantize(s = 5, norm = inf)",), "wire": "float64"}),
    ("diana", {"settings": ("Q=quantize(s = 300)",), "problem": QUADRATIC.format(d=301)}),  # wide levels
    ("diana", {"settings": ("Q=natural()",), "wire": "float64"}),
    ("dore", {"settings": ("C_up=quantize(s = 2)", "C_dwn=natural()")}),
    ("mcm", {"settings": ("C_up=natural()", "C_dwn=quantize(s = 1)")}),
    ("sign_sgd", {"settings": ("S=sign()",)}),
    ("ef21", {"settings": ("C=scaled_sign()",), "problem": QUADRATIC.format(d=150)}),
    ("ef21", {"settings": ("C=block_sign(size = 5)",), "wire": "float64"}),
)


@pytest.fixture
def as_python(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Fused rounds, not compiled; the numbers of rounds that ran so."""
    done: list[int] = []
    monkeypatch.setattr(fused_source, "compiled_rounds", not_compiled(done))
    return done


def points(spec: str, **options: Any) -> tuple[list[Point], bytes, object]:
    options = {"problem": QUADRATIC.format(d=12), "nodes": 3, "rounds": 21, "every": 7, "seed": 2} | options
    recording, outcome = run(spec, **options)
    assert outcome.output is not None
    assert recording.summary is not None
    told = [replace(point, seconds=0.0) for point in recording.points]
    return told, outcome.output.tobytes(), recording.summary.messages


@pytest.mark.parametrize(("spec", "options"), CASES)
def test_traces_are_those_of_the_program(spec: str, options: dict[str, Any], as_python: list[int]) -> None:
    with numba_dispatch.numpy_alone():
        wanted = points(spec, **options)
    with numba_dispatch.kernels_always():
        assert points(spec, **options) == wanted
    assert sum(as_python) > 10


@pytest.mark.parametrize("seed", range(32))
def test_random_traces_are_those_of_the_program(seed: int, as_python: list[int]) -> None:
    spec, compressor = random_fused_spec(seed)
    problem = f"quadratic(d = {3 + seed % 9}, mu = 0.1, L = 1, spread = 0.4, seed = {seed})"
    options = {"problem": problem, "nodes": 2 + seed % 4, "seed": seed, "settings": (compressor,)}
    with numba_dispatch.numpy_alone():
        wanted = points(spec, **options)
    with numba_dispatch.kernels_always():
        assert points(spec, **options) == wanted


@pytest.mark.parametrize("seed", range(20))
def test_any_random_spec_comes_to_the_same(seed: int, as_python: list[int]) -> None:
    case = random_case(seed)
    options = replace(case.options, wire_check="sample")
    with numba_dispatch.numpy_alone():
        wanted = ended(case.text, options)
    with numba_dispatch.kernels_always():
        found = ended(case.text, options)
    assert difference(wanted, found) == ""


def test_a_failure_is_told_by_the_program(as_python: list[int]) -> None:
    options = {"settings": ("Q=rand_k(k = 3)", "gamma=60"), "rounds": 40}
    said = []
    for way in (numba_dispatch.numpy_alone, numba_dispatch.kernels_always):
        with way(), pytest.raises(RunFailed) as failure:
            points("diana", **options)
        said.append(str(failure.value))
    assert said[0] == said[1]
    assert sum(as_python) > 0


def test_a_place_beyond_a_history_is_told_by_the_program(as_python: list[int]) -> None:
    spec, said = PAST.replace("k % 3", "floor(k / 9)"), []
    for way in (numba_dispatch.numpy_alone, numba_dispatch.kernels_always):
        with way(), pytest.raises(RunFailed) as failure:
            points(spec, settings=("Q=rand_k(k = 3)",), rounds=40)
        said.append(str(failure.value))
    assert said[0] == said[1]
    assert "value 4 of a history of 3" in said[0]
    assert sum(as_python) > 10


class Keeping:
    """A keeper in memory."""

    every = 10

    def __init__(self) -> None:
        self.held: list[Checkpoint] = []

    def save(self, checkpoint: Checkpoint) -> None:
        self.held.append(checkpoint)


@pytest.mark.parametrize(
    ("spec", "settings"),
    [
        ("marina", ("Q=rand_k(k = 3)", "p=0.3")),
        ("mcm", MCM),
        ("fed_avg", ("r=2",)),
        ("lag_wk", ("D=4",)),
        ("dasha_pp", ("Q=rand_k(k = 3)", "q=0.5")),
        ("qsparse_async", ("C=top_k(k = 3)", "H=3")),
    ],
)
def test_programs_go_on_from_where_fused_rounds_stopped(
    spec: str, settings: tuple[str, ...], as_python: list[int]
) -> None:
    given = {"problem": QUADRATIC.format(d=12), "nodes": 3, "rounds": 33, "every": 11, "settings": settings}
    keeper, whole = Keeping(), Recording()
    with numba_dispatch.kernels_always():
        outcome = prepared(spec, **given).run(whole, keeper=keeper)
    assert sum(as_python) > 10
    for checkpoint in keeper.held:
        rest = Recording()
        with numba_dispatch.numpy_alone():
            again = prepared(spec, **given).run(rest, begun=checkpoint)
        wanted = whole.points[checkpoint.progress.points :]
        assert [replace(point, seconds=0.0) for point in rest.points] == [
            replace(point, seconds=0.0) for point in wanted
        ]
        assert np.array_equal(np.asarray(again.output), np.asarray(outcome.output))
    assert len(keeper.held) == 3


@pytest.mark.parametrize(
    ("spec", "options"),
    [
        ("diana", {"wire_check": "all", "settings": ("Q=rand_k(k = 3)",)}),
        ("diana", {"dtype": "float32", "settings": ("Q=rand_k(k = 3)",)}),
        ("diana", {"wire": "float16", "settings": ("Q=rand_k(k = 3)",)}),
        ("diana", {"settings": ("Q=quantize(s = 1, encode = rice)",)}),
        (
            "sgd",
            {"problem": 'logreg(data = "breast_cancer", l2 = 1e-3)', "settings": ("b=142",)},
        ),  # some nodes' all
        ("pp_marina", {}),
    ],
)
def test_what_has_no_form_is_the_programs(spec: str, options: dict[str, Any], as_python: list[int]) -> None:
    with numba_dispatch.kernels_always():
        run(spec, **options)
    assert as_python == []


def test_compiling_must_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(fused.FusedRounds, "_compiles", lambda rounds: asked.append(1) is None)
    rounds = prepared("gd").loop.fused
    assert not rounds.pay(0.0, 0, 100)
    assert not rounds.pay(0.9, 900, 10**9)  # who knows yet
    assert not rounds.pay(2.0, 1000, 2000)  # two seconds more
    assert asked == []
    assert rounds.pay(2.0, 1000, 9000)
    assert rounds.pay(2.0, 1001, 9000)
    assert asked == [1]


def test_a_compiler_that_fails_ends_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from numba.core.errors import TypingError

    def failing(*given: Any) -> int:
        raise TypingError("no such type")

    monkeypatch.setattr(fused_source, "compiled_rounds", lambda *given: failing)
    assert not prepared("gd").loop.fused.pay(2.0, 1000, 9000)


@pytest.mark.slow
@pytest.mark.parametrize("file", [True, False])
def test_compiled_rounds_are_found_again(file: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "cache"
    if not file:
        place.write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(place))
    for _ in range(2):
        fused_source.compiled_rounds.cache_clear()
        with numba_dispatch.kernels_always():
            there = points("gd", rounds=4)
    with numba_dispatch.numpy_alone():
        assert points("gd", rounds=4) == there
    assert len(list(place.rglob("*.nbi"))) == file


@pytest.mark.parametrize("d", [1, 2, 7, 30, 200, 1500])
def test_rows_are_chosen_as_by_numpy(d: int) -> None:
    from cablese.runtime.arrays.numba_draws import by_keys, by_magnitude

    backend, draws = NumpyBackend("float64", "float32"), np.random.default_rng(d)
    entries = draws.integers(-3, 4, (20, d)).astype(float)
    words = draws.integers(0, 2**64, (20, d), dtype=np.uint64)
    for k in {1, (d + 1) // 2, d}:
        subset = np.empty(k, np.int64)
        for row, keys in zip(entries, words, strict=True):
            by_magnitude(row, np.empty(0), 0, subset)
            assert subset.tolist() == backend.largest(row[None], k)[0].tolist()
            by_keys(keys, np.empty(0), 0, subset)
            assert subset.tolist() == backend.top_keys(keys[None], k)[0].tolist()


SYMBOLS = (
    Quantize(s=1, norm=2.0, encode="fixed"),
    Quantize(s=3, norm=inf, encode="fixed"),
    Quantize(s=130, norm=2.0, encode="fixed"),
    Natural(encode="fixed"),
    Sign(),
    ScaledSign(),
    BlockSign(size=7),
    Linear8(block=4),
    Linear8(block=300),
    NaturalDithering(s=1, norm=2.0, encode="fixed"),
    NaturalDithering(s=5, norm=inf, encode="fixed"),
    NaturalDithering(s=127, norm=2.0, encode="fixed"),
)


@pytest.mark.parametrize("wire", ["float32", "float64"])
@pytest.mark.parametrize("compressor", SYMBOLS, ids=lambda each: type(each).__name__)
def test_symbols_are_coded_as_by_kernels(compressor: Compressor, wire: str) -> None:
    from cablese.runtime.arrays import numba_symbols, numba_wire

    backend, draws = NumpyBackend("float64", wire), np.random.default_rng(7)
    for d in (2, 5, 8, 9, 31, 128, 129, 700):
        kernel: Any = compressor.kernel(backend, d)
        form: RowSymbols = kernel.of_symbols
        vectors = draws.normal(size=(4, d)) * 10.0 ** draws.uniform(-9, 9, (4, d))
        vectors[0, 0], vectors[1, 1] = 0.0, -0.0
        words = draws.integers(0, 2**64, (4, max(kernel.words, 1)), dtype=np.uint64)
        packet = kernel.compress(vectors, words)
        room, read = np.empty((4, form.slot), np.uint8), np.empty((4, d), np.int64)
        scales, codes, values = np.empty((4, form.blocks)), np.empty((4, d), np.int64), np.empty((4, d))
        code, value = (getattr(numba_symbols, f"{verb}_{form.kind}") for verb in ("code", "value"))
        for row in range(4):
            assert code(vectors[row], words[row], form.plan, form.factors, scales[row], codes[row])
            assert value(scales[row], codes[row], form.plan, form.factors, values[row])
        assert values.tobytes() == kernel.expand(packet).tobytes()
        getattr(numba_wire, f"put_entries_{wire}")(room, scales)
        numba_symbols.put_symbols(room, form.head, codes, form.plan)
        wanted = np.empty_like(room)
        kernel.codec.write(packet, wanted)
        assert room.tolist() == wanted.tolist()
        assert numba_symbols.got_symbols(room, form.head, read, form.plan)
        assert read.tolist() == codes.tolist()
        room[0, -1] = 255
        refused = not numba_symbols.got_symbols(room, form.head, read, form.plan)
        assert refused is _is_refused(kernel.codec, room)


def _is_refused(codec: Any, room: np.ndarray[Any, Any]) -> bool:
    try:
        codec.read(room)
    except CodecError:
        return True
    return False


@pytest.mark.parametrize("columns", [1, 7, 8, 100, 128, 129, 1000, 5000])
def test_rows_are_summed_as_by_numpy(columns: int) -> None:
    from cablese.runtime.arrays.numba_sums import pairwise

    terms = np.random.default_rng(columns).lognormal(0, 3, (9, columns))
    assert [pairwise(row) for row in terms] == np.sum(terms, axis=1).tolist()


@pytest.mark.parametrize("rows", [[2, 3], [0, 4], [3, 0, 1], [1, 1, 1, 1]])
def test_the_bytes_of_members_are_those_of_their_ranks(rows: list[int]) -> None:
    from cablese.runtime.arrays.numba_mpi import deal_members

    ranks = np.repeat(np.arange(len(rows)), rows)
    for taken in range(1 << len(ranks)):
        members = np.flatnonzero([taken >> node & 1 for node in range(len(ranks))])
        counts, places = np.full((2, len(rows)), 7, np.int32)
        deal_members(np.array(rows), members, 5, counts, places)
        wanted = 5 * np.bincount(ranks[members], minlength=len(rows))
        wanted[0] = 0
        assert counts.tolist() == wanted.tolist()
        assert places.tolist() == (np.cumsum(wanted) - wanted).tolist()


@pytest.mark.slow
@pytest.mark.parametrize(("spec", "options"), CASES)
def test_compiled_traces_are_those_of_the_program(spec: str, options: dict[str, Any]) -> None:
    with numba_dispatch.numpy_alone():
        wanted = points(spec, **options)
    with numba_dispatch.kernels_always():
        assert points(spec, **options) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("k", ["rand_k(k = 3)", "top_k(k = 3)"])
def test_traces_of_the_library_are_those_of_the_program(k: str, as_python: list[int]) -> None:
    fused_runs = 0
    for name in sorted(path.stem for path in LIBRARY.rglob("*.alg")):
        program = compiled(find_spec(name))
        if program.problem is not ProblemKind.MINIMIZE:
            continue
        settings = tuple(f"{each.symbol.name}={k}" for each in program.compressors)
        try:
            with numba_dispatch.numpy_alone():
                wanted = points(name, settings=settings)
        except (SpecError, SetupError):  # another class of compressors, or none of vectors
            continue
        before = sum(as_python)
        with numba_dispatch.kernels_always():
            assert points(name, settings=settings) == wanted, name
        fused_runs += sum(as_python) > before
    assert fused_runs > (50 if k.startswith("rand") else 35)
