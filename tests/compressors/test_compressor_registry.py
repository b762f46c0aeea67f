import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from math import inf, nan
from typing import Any, ClassVar

import numpy as np
import pytest
from cablese.dsl.check.contracts import (
    Argument,
    ArgumentKind,
    Class,
    CompressorBinding,
    CompressorContract,
    composed_class,
)
from cablese.dsl.pipeline import compile_compressor, compile_spec
from cablese.dsl.text.diagnostics import SpecError
from cablese.dsl.text.source import Source
from cablese.runtime.arrays.select import backend
from cablese.runtime.codecs.base import Codec
from cablese.runtime.compressors import registry as rooms
from cablese.runtime.compressors.base import Compressor, Kernel
from cablese.runtime.compressors.identity import Identity
from cablese.runtime.compressors.registry import class_of, make, register, registry
from cablese.runtime.errors import SetupError
from cablese.runtime.lab.subject import example
from cablese.runtime.registry import plugins
from compressor_tools import bind, binding, chain, compose, compressed, dense


class Halves(Compressor):
    """A plug-in as an author would write it."""

    name: ClassVar[str] = "halves"
    doc: ClassVar[str] = "for this test"
    codec: ClassVar[str] = "d floats"
    arguments: ClassVar[tuple[Argument, ...]] = (Argument("depth", ArgumentKind.REAL, default=0.5),)

    @classmethod
    def classify(cls, arguments: Mapping[str, Any]) -> Class:
        return Class.NEITHER

    def density(self, d: int) -> float:
        return float(d)

    def bits(self, d: int, float_bits: int) -> float:
        return float(d * float_bits)

    def kernel(self, backend: Any, d: int) -> Kernel:
        return Identity().kernel(backend, d)


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> rooms.Families:
    """An empty registry instead of the program's."""
    families = rooms.families()
    monkeypatch.setattr(rooms, "_FAMILIES", families)
    return families


def test_the_shipped_families_are_listed_and_say_what_they_are() -> None:
    assert {"identity", "rand_k", "top_k", "quantize", "natural"} <= set(registry())
    for name, family in registry().items():
        contract: CompressorContract = family
        assert contract.name == name
        assert contract.doc and family.codec
        assert all(argument.doc for argument in family.arguments)


def test_every_family_has_a_kernel_and_a_codec() -> None:
    samples: dict[str, Any] = {
        "k": 3,
        "s": 2,
        "size": 3,
        "p": 0.5,
        "t": 1,
        "density": 0.5,
        "block": 3,
        "h": 0.1,
        "C": binding("sign"),
        "Q": binding("natural"),
        "rank": 1,
        "rows": 1,
        "cols": 1,
    }
    for name, family in registry().items():
        arguments = {a.name: samples[a.name] for a in family.arguments if a.default is None}
        if family.classify(arguments) is Class.COLLECTIVE:
            continue
        kernel = make(CompressorBinding(name, tuple(arguments.items()))).kernel(
            backend("cpu", "float64", "float32"), 8
        )
        codec: Codec = kernel.codec
        assert callable(codec.encode) and callable(codec.decode) and callable(codec.bits)


def test_looking_at_contracts_imports_no_array_library() -> None:
    """`cablese check` starts with the registry: neither numpy nor the metadata of installed packages is read for it."""
    program = (
        "import sys; from cablese.runtime.compressors.registry import registry, make;"
        "from cablese.dsl.check.contracts import CompressorBinding as B;"
        "c = make(B('rand_k', (('k', 5),))); c.omega(20), c.bits(20, 32), c.bits(10**6, 32), registry()['quantize'];"
        "bad = {'numpy', 'array_api_compat', 'importlib.metadata'} & set(sys.modules); sys.exit(str(bad) if bad else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_arguments_are_completed_and_converted() -> None:
    assert dict(bind("rand_k", k=5.0).values) == {"k": 5, "scaled": True, "indices": "sent"}
    for two in (2, 2.0, "2"):
        assert bind("quantize", s=1, norm=two).values["norm"] == 2
    assert bind("quantize", s=1, norm="inf").values["norm"] == inf


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("randk", {"k": 1}, "did you mean `rand_k`"),
        (
            "zip",
            {},
            "there are block_sign, contracted, identity, linear8, mixed, mvss, natural, natural_dithering, perm_k,",
        ),
        ("rand_k", {}, "needs `k`"),
        ("rand_k", {"k": 0}, "at least 1"),
        ("rand_k", {"k": 1.5}, "must be a whole number"),
        ("rand_k", {"k": inf}, "must be a whole number"),
        ("rand_k", {"k": True}, "must be a whole number"),
        ("rand_k", {"k": "many"}, "must be a whole number"),
        ("rand_k", {"k": 1, "scaled": 3}, "must be true or false"),
        ("top_k", {"k": -3}, "at least 1"),
        ("top_k", {"k": 3, "scaled": True}, "has no argument `scaled`; it takes k"),
        ("identity", {"k": 3}, "it takes none"),
        ("quantize", {"s": 0}, "at least 1"),
        ("block_sign", {"size": -1}, "0: the model's own blocks) must be at least 0"),
        ("quantize", {"s": 1, "norm": 1}, "must be 2 or inf"),
    ],
)
def test_wrong_bindings_say_what_would_mend_them(name: str, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(SetupError, match="`") as caught:
        bind(name, **arguments)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["rand_k", "top_k"])
def test_more_coordinates_than_there_are(name: str) -> None:
    compressor = bind(name, k=21)
    for use in (compressor.density, compressor.delta, lambda d: compressor.bits(d, 32)):
        with pytest.raises(SetupError, match=r"d = 20; choose k from 1 to 20"):
            use(20)
    with pytest.raises(SetupError, match="keeps 21 coordinates"):
        compressor.kernel(backend("cpu", "float64", "float32"), 20)


def named(name: str) -> CompressorBinding:
    return binding(name, **{"top_k": {"k": 1}, "rand_k": {"k": 2}, "quantize": {"s": 9}}.get(name, {}))


@pytest.mark.parametrize(
    "names", [("identity", "natural"), ("rand_k", "sign"), ("top_k", "natural", "rand_k")], ids=" of ".join
)
def test_compositions_that_mean_nothing_are_refused(names: tuple[str, ...]) -> None:
    with pytest.raises(SetupError, match="keep a fixed number of coordinates"):
        compose(*map(named, names))


KEPT = binding("rand_k", k=50, scaled=False)


@pytest.mark.parametrize(
    ("parts", "actual", "figure"),
    [
        ((binding("natural"), binding("rand_k", k=10), binding("rand_k", k=50)), "unbiased", 9 / 8 * 100 - 1),
        ((binding("linear8", block=10), binding("top_k", k=10), KEPT), "contractive", 100 * (1 + 9 / 64516)),
        ((binding("top_k", k=10), KEPT), "contractive", 100),
        # not 2 of 1 / (1 - omega): natural of rand_k has 9/8 * 5/4 - 1, which is more than both omegas
        (
            (binding("natural"), binding("rand_k", k=40), binding("top_k", k=50)),
            "contractive",
            20 / (2 - 9 / 8 * 5 / 4),
        ),
        ((binding("top_k", k=1), binding("rand_k", k=50)), "neither", None),
        ((binding("linear8", block=10), binding("top_k", k=1), binding("rand_k", k=50)), "neither", None),
    ],
    ids=lambda part: " of ".join(str(p) for p in part) if isinstance(part, tuple) else "",
)
def test_constants_of_compositions_of_any_length(parts: Any, actual: str, figure: float | None) -> None:
    composed = compose(*parts)
    assert composed.actual.value == actual
    assert class_of(chain(*parts)) is composed.actual
    if figure is not None:
        found = composed.omega(1000) if composed.actual.is_unbiased else composed.delta(1000)
        assert found == pytest.approx(figure, rel=1e-14)


def test_what_is_left_of_what_was_kept_has_one_set() -> None:
    twice = compose(binding("top_k", k=3), KEPT)
    alone = bind("top_k", k=3)
    assert twice.bits(1000, 32) == alone.bits(1000, 32)
    assert twice.paper_bits(1000, 32) == 96


def test_divided_by_1_plus_omega_an_unbiased_one_contracts() -> None:
    """rand_k meets E ||C(x) - x||^2 = (1 - 1/(1 + omega)) ||x||^2 for every x; (k/d)(d/k) x_S is x_S."""
    host = backend("cpu", "float64", "float64")
    divided, kept = bind("contracted", Q=binding("rand_k", k=3)), bind("rand_k", k=3, scaled=False)
    assert (divided.actual, divided.delta(12)) == (Class.CONTRACTIVE, 4)
    x = np.random.default_rng(5).standard_normal((9, 12))
    results = []
    for compressor in (divided, kept):
        kernel = compressor.kernel(host, 12)
        results.append(dense(kernel, host, compressed(kernel, host, x), 12))
    np.testing.assert_allclose(*results, rtol=1e-15)
    assert divided.bits(12, 32) == kept.bits(12, 32)
    assert bind("contracted", Q=binding("quantize", s=1)).delta(100) == 10
    for wrong in (binding("top_k", k=1), binding("sign")):
        with pytest.raises(SetupError, match="has no omega"):
            bind("contracted", Q=wrong)
        assert class_of(binding("contracted", Q=wrong)) is Class.NEITHER
    plain = bind("contracted", Q=binding("rand_k", k=9), divided=False)
    assert (plain.actual, plain.omega(12), plain.delta(12)) == (Class.BOTH, 12 / 9 - 1, 1 / (2 - 12 / 9))
    with pytest.raises(SetupError, match=r"its omega is 3.*Write `rand_k\(k = 3\) / \(1 \+ omega\)`"):
        bind("contracted", Q=binding("rand_k", k=3), divided=False).fitted(((12,),))
    with pytest.raises(SetupError, match="leave `indices = seeded` out"):
        bind("contracted", Q=binding("rand_k", k=3, indices="seeded"))


def test_seeded_indices_stand_alone() -> None:
    seeded = binding("rand_k", k=2, indices="seeded")
    assert make(seeded).bits(100, 32) == 64 < bind("rand_k", k=2).bits(100, 32)
    with pytest.raises(SetupError, match="leave `indices = seeded` out"):
        compose(binding("natural"), seeded)
    with pytest.raises(SetupError, match="leave `indices = seeded` out"):
        bind("mixed", C=seeded)


def test_a_composition_that_may_lose_all_is_no_contraction() -> None:
    coarse = compose(binding("quantize", s=1), binding("top_k", k=100))
    for use in (coarse.delta, lambda d: coarse.kernel(backend("cpu", "float64", "float32"), d)):
        with pytest.raises(SetupError, match=r"omega = 9, and only below 1"):
            use(1000)
    assert compose(binding("quantize", s=20), binding("top_k", k=100)).delta(1000) == 10 / (1 - 100 / 1600)
    assert compose(binding("scaled_sign"), binding("top_k", k=100)).delta(1000) == 1000
    with pytest.raises(SetupError, match=r"`natural of rand_k` of vectors of 100 entries has omega = 3.5"):
        compose(binding("natural"), binding("rand_k", k=25), binding("top_k", k=100)).delta(1000)


def test_what_is_scaled_and_then_compressed_at_a_bias_is_no_contraction() -> None:
    """A sparse plug-in without the trait `selecting` may keep other entries than those of x: no bound follows."""
    assert composed_class(Class.CONTRACTIVE, Class.CONTRACTIVE, frozenset()) is Class.NEITHER
    assert composed_class(Class.UNBIASED, Class.CONTRACTIVE, frozenset()) is Class.NEITHER


@pytest.mark.parametrize("d", [1, 2, 30])
def test_long_compositions_are_within_their_delta(d: int) -> None:
    """natural of rand_k(3) of top_k(4) loses E ||C(x) - x||^2 <= (1 - 1/delta) ||x||^2, met by flat vectors."""
    keep = min(4, d)
    three = compose(binding("natural"), binding("rand_k", k=min(3, keep)), binding("top_k", k=keep))
    host = backend("cpu", "float64", "float64")
    kernel = three.kernel(host, d)
    x = np.full((1, d), 4 / 3 * min(3, keep) / keep)  # 4/3 behind rand_k, the worst for natural
    many = np.repeat(x, 40_000, axis=0)
    lost = np.sum((dense(kernel, host, compressed(kernel, host, many), d) - many) ** 2, axis=1) / np.sum(
        x * x
    )
    assert lost.mean() == pytest.approx(1 - 1 / three.delta(d), abs=4 * lost.std() / 200 + 1e-12)
    assert compose(binding("natural"), binding("rand_k", k=100)).omega(1000) == 1.125 * 10 - 1


def test_mixed_is_of_the_class_of_what_it_holds() -> None:
    held = {
        Class.CONTRACTIVE: compose(binding("quantize", s=60), binding("top_k", k=5)),
        Class.UNBIASED: compose(binding("natural"), binding("rand_k", k=5)),
        Class.NEITHER: compose(binding("scaled_sign"), binding("rand_k", k=5)),
    }
    outer = {Class.CONTRACTIVE: "quantize", Class.UNBIASED: "natural", Class.NEITHER: "scaled_sign"}
    for actual, compressor in held.items():
        assert compressor.actual is actual
    for actual, name in outer.items():
        inner = binding("top_k", k=5) if actual is Class.CONTRACTIVE else binding("rand_k", k=5)
        arguments = {"s": 60} if name == "quantize" else {}
        written = CompressorBinding(name, tuple(arguments.items()), inner)
        family = registry()["mixed"]
        assert family.classify({"C": written}) is make(binding("mixed", C=written)).actual is actual


def test_a_model_s_blocks_are_compressed_one_by_one() -> None:
    mixed = bind("mixed", C=binding("top_k", k=2), threshold=3).fitted(((2, 2), (3,), (5,)))
    numpy = backend("cpu", "float64", "float64")
    kernel = mixed.kernel(numpy, 12)
    x = np.asarray([[4.0, -3, 2, 1, 7, 8, 9, 1, 2, 3, 4, -5]])
    packet = kernel.compress(x, None)
    assert kernel.expand(packet).tolist() == [[4, -3, 0, 0, 7, 8, 9, 0, 0, 0, 4, -5]]
    assert (mixed.density(12), mixed.delta(12), mixed.actual) == (7, 2.5, Class.CONTRACTIVE)
    assert kernel.codec.bits(packet).tolist() == [8 * (2 * 8 + 1 + 3 * 8) + 2 * 64 + 4]
    signs = bind("block_sign").fitted(((2, 2), (8,)))
    assert (signs.delta(12), signs.bits(12, 32)) == (8, 12 + 64)


def test_a_registered_class_can_be_bound(fresh: rooms.Families) -> None:
    register(Halves)
    register(Halves)
    assert isinstance(bind("halves", depth=1), Halves)
    assert "halves" in registry() or "halves" in fresh


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"doc": ""}, "no `doc`"),
        ({"codec": None}, "no `codec`"),
        ({"name": "two words"}, "a spec cannot write the name"),
        ({"name": "rand_k"}, "is taken"),
        ({"kernel": Compressor.kernel}, "does not define `kernel`"),
        ({"classify": Compressor.classify}, "does not define `classify`"),
    ],
)
def test_an_incomplete_contract_is_refused(fresh: rooms.Families, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(SetupError, match=said):
        register(type("Broken", (Halves,), changes))


A, INT, REAL = Argument, ArgumentKind.INT, ArgumentKind.REAL


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        (["depth"], "not a tuple of `Argument`"),
        ((A("depth", INT), A("depth", REAL)), "`depth` is stated twice"),
        ((A("two words", INT),), "cannot write the name of its argument `two words`"),
        ((A("depth", "int"),), "`depth` has a kind that is no `ArgumentKind`: 'int'"),
        (
            (A("depth", ArgumentKind.BOOL, most=1),),
            "bounds, which are of numbers alone, and its kind is BOOL",
        ),
        ((A("depth", REAL, least=2, below=2),), "that no number meets: at least 2 and below 2"),
        ((A("depth", INT, above=0, below=1),), "that no number meets: above 0 and below 1"),
        ((A("depth", REAL, 2.0, most=1),), "the default 2.0, and must be at most 1"),
    ],
)
def test_arguments_that_contradict_themselves_are_refused(
    fresh: rooms.Families, stated: Any, said: str
) -> None:
    with pytest.raises(SetupError, match=said):
        register(type("Broken", (Halves,), {"arguments": stated}))


class Bounded(Halves):
    name = "bounded"
    arguments = (
        A("depth", REAL, above=0, most=1, doc="how deep"),
        A("level", INT, 3, least=1, most=7),
        A("beta", REAL, 0.0, least=0, below=1),
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"depth": 0}, "`bounded(depth = 0)`: `depth` (how deep) must be above 0 and at most 1; for example"),
        ({"depth": 1.5}, "above 0 and at most 1; for example `bounded(depth = 0.5)`"),
        ({"depth": inf}, "must be finite and above 0 and at most 1"),
        ({"depth": nan}, "must be finite and above 0"),
        ({"depth": 1, "level": 8}, "`level` must be from 1 to 7; for example `bounded(level = 3)`"),
        ({"depth": 1, "beta": 1}, "`beta` must be at least 0 and below 1"),
    ],
)
def test_a_plug_in_s_bounds_hold_as_those_of_shipped_ones(
    fresh: rooms.Families, given: dict[str, float], said: str
) -> None:
    register(Bounded)
    with pytest.raises(SetupError) as caught:
        bind("bounded", **given)
    assert said in str(caught.value)
    assert bind("bounded", depth=1, level=7, beta=0.5).values == {"depth": 1, "level": 7, "beta": 0.5}


def test_bounds_of_a_plug_in_are_checked_in_specs(fresh: rooms.Families) -> None:
    register(Bounded)
    with pytest.raises(SpecError, match="`depth` of `bounded` must be above 0 and at most 1"):
        compile_compressor(Source("compressor", "bounded(depth = 1 + 1)"), plugins())
    assert example(registry()["bounded"]) == "bounded(depth = 0.5)"


@pytest.mark.parametrize("name", rooms.SHIPPED)
def test_shipped_families_state_consistent_arguments_and_examples_that_fit(name: str) -> None:
    family = registry()[name]
    assert family.flaw() == ""
    given = ", ".join(f"{argument.name} = {argument.written_example}" for argument in family.arguments)
    contract = "collective" if family.classify({}) is Class.COLLECTIVE else "any"
    text = f"algorithm M\nproblem minimize\ncompressor C: {contract} = {name}({given})\nround:\n    all: x = x0\noutput x\n"
    compile_spec(Source("m.alg", text), plugins())


def test_two_families_of_one_name_are_refused(fresh: rooms.Families) -> None:
    register(Halves)
    with pytest.raises(SetupError, match="is taken"):
        register(type("Other", (Halves,), {}))


def test_plug_ins_are_found_by_entry_points(fresh: rooms.Families, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = metadata.EntryPoint("halves", f"{__name__}:Halves", fresh.group)
    monkeypatch.setattr(metadata, "entry_points", lambda group: [entry] if group == fresh.group else [])
    assert isinstance(bind("halves"), Halves)


def test_a_plug_in_that_does_not_import_is_named(
    fresh: rooms.Families, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = metadata.EntryPoint("lost", "no_such_module:Lost", fresh.group)
    monkeypatch.setattr(metadata, "entry_points", lambda group: [entry])
    with pytest.raises(SetupError, match=r"`lost` \(no_such_module:Lost\)"):
        bind("lost")


@pytest.mark.parametrize(
    ("load", "says"),
    [
        ("no_such_module:Lost", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("builtins:int", "not a subclass of Compressor"),
        ("builtins:no_such_name", "AttributeError"),
        (None, "SystemExit: 0"),
    ],
)
def test_a_broken_plug_in_is_in_nobodys_way(
    fresh: rooms.Families, monkeypatch: pytest.MonkeyPatch, load: str | None, says: str
) -> None:
    """It ended whatever looked for another name, the listing and the hint for a wrong name too."""
    lost = metadata.EntryPoint("lost", load or "here:Leaves", fresh.group)
    good = metadata.EntryPoint("halves", f"{__name__}:Halves", fresh.group)
    loading = metadata.EntryPoint.load
    monkeypatch.setattr(
        metadata.EntryPoint, "load", lambda entry: sys.exit(0) if entry.module == "here" else loading(entry)
    )
    monkeypatch.setattr(metadata, "entry_points", lambda group: [lost, good])
    assert isinstance(bind("halves"), Halves)
    assert "halves" in list(registry()) and "lost" not in list(registry())
    with pytest.raises(SetupError, match="`halvs` is not a compressor; did you mean `halves`"):
        bind("halvs")
    with pytest.raises(SetupError, match=says):
        bind("lost")
    assert [says in str(why) for why in fresh.broken()] == [True]


def test_what_is_no_compressor_is_refused(fresh: rooms.Families) -> None:
    wrong: Any = int
    with pytest.raises(SetupError, match="not a subclass"):
        register(wrong)
