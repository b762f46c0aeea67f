"""Plug-ins with kernels, codecs and exchanges of their own: each part that raises, or answers nonsense, is told by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cablese.dsl.check.contracts import Class, Form, Trait
from cablese.dsl.pipeline import compile_spec, plan_program
from cablese.runtime.codecs.packets import SparsePacket
from cablese.runtime.compressors import registry as rooms
from cablese.runtime.compressors.base import Compressor
from cablese.runtime.compressors.collective import Collective
from cablese.runtime.errors import RunFailed, SetupError
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins
from execute_runs import run
from test_plugins_misbehave import Half, HalfCodec, HalfKernel, HalfPacket

Spoil = Callable[..., Any]


def fails(*_: Any) -> Any:
    raise KeyError("weights")


@pytest.fixture
def half(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A run of EF21 with a compressor that has a codec of its own, some parts of which are spoilt."""

    def go(
        setting: str = "C=half()",
        in_codec: dict[str, Any] | None = None,
        in_kernel: dict[str, Any] | None = None,
        **members: Any,
    ) -> Any:
        spoilt_codec = type("SpoiltCodec", (HalfCodec,), in_codec or {})

        class SpoiltKernel(HalfKernel):
            def __init__(self, d: int) -> None:
                self.codec = spoilt_codec(d)
                for name, value in (in_kernel or {}).items():
                    setattr(self, name, value)

        members = {"kernel": lambda self, backend, d: SpoiltKernel(d), **members}
        known: Any = rooms.registry()
        monkeypatch.setitem(known._known, "half", type("SpoiltHalf", (Half,), members))
        return run("ef21", settings=(setting,), rounds=2, wire_check="all")

    return go


def test_one_that_behaves_runs(half: Callable[..., Any]) -> None:
    recording, _ = half()
    assert recording.points[-1].round == 2


@pytest.mark.parametrize(
    ("part", "value", "says"),
    [
        ("encode", fails, r"failed in its `codec.encode` \(test_plugins_of_their_own.py:\d+\): KeyError"),
        ("encode", lambda self, packet: None, "`codec.encode` NoneType, and must give a list of 4 bytes"),
        (
            "encode",
            lambda self, packet: [b""] * 3,
            "`codec.encode` 3 messages, and must give a list of 4 bytes",
        ),
        ("encode", lambda self, packet: ["a"] * 4, "`codec.encode` a message that is str"),
        (
            "encode",
            lambda self, packet: [b"abc"] * 4,
            r"`codec.encode` 3 bytes for a message of 96 bits by its `bits`, and must give 12",
        ),
        ("decode", fails, "failed in its `codec.decode`"),
        ("decode", lambda self, messages: 7, "`codec.decode` int, and must give a packet"),
        ("decode", lambda self, messages: HalfPacket(np.zeros((1, 6))), "`codec.decode` a packet of 1 row"),
        (
            "decode",
            lambda self, messages: HalfPacket(np.zeros((len(messages), 6), "f2")),
            "`codec.decode` another packet than was encoded",
        ),
        ("bits", fails, "failed in its `codec.bits`"),
        ("bits", lambda self, packet: 96, r"`codec.bits` int, and must give whole numbers of shape \(4,\)"),
        ("bits", lambda self, packet: np.full(4, 96.0), "`codec.bits` numbers of type float64"),
        ("fixed_bits", property(fails, lambda self, value: None), "failed in its `codec.fixed_bits`"),
        ("fixed_bits", property(lambda self: 1.5, lambda self, value: None), "`codec.fixed_bits` 1.5"),
    ],
)
def test_a_codec_that_misbehaves_is_named(half: Callable[..., Any], part: str, value: Any, says: str) -> None:
    with pytest.raises((SetupError, RunFailed), match=f"the compressor `half` .*{says}"):
        half(in_codec={part: value})


HOLDERS = ("C=half() of top_k(k = 2)", "C=mixed(C = half(), threshold = 0)")


@pytest.mark.parametrize("spec", ["pp_marina", "rand_mcm", "artemis", "clag"])
def test_packets_of_its_own_run_over_some_of_the_nodes(monkeypatch: pytest.MonkeyPatch, spec: str) -> None:
    members = {"classify": class_method(lambda a: Class.BOTH), "omega": lambda self, d: 0.001}
    known: Any = rooms.registry()
    monkeypatch.setitem(known._known, "half", type("UnbiasedHalf", (Half,), members))
    declared = compile_spec(find_spec(spec), plugins()).compressors
    settings = tuple(f"{compressor.symbol.name}=half()" for compressor in declared)
    recording, _ = run(spec, settings=settings, rounds=3, wire_check="all")
    assert recording.points[-1].round == 3


@pytest.mark.parametrize("setting", HOLDERS)
def test_packets_of_its_own_travel_inside_others(half: Callable[..., Any], setting: str) -> None:
    """A dataclass inside a packet was taken for an array."""
    recording, _ = half(setting)
    assert recording.points[-1].bits_up > 0


@pytest.mark.parametrize("setting", HOLDERS)
@pytest.mark.parametrize(
    ("part", "value", "says"),
    [
        ("encode", lambda self, packet: [b"abc"] * packet.rows, "`codec.encode` . bytes for a message of"),
        (
            "decode",
            lambda self, messages: HalfPacket(np.zeros((len(messages), self.d), "f2")),
            "`codec.decode` another packet than was encoded",
        ),
    ],
)
def test_a_codec_inside_others_is_named(
    half: Callable[..., Any], setting: str, part: str, value: Any, says: str
) -> None:
    with pytest.raises((SetupError, RunFailed), match=f"the compressor `half` .*{says}"):
        half(setting, in_codec={part: value})


@pytest.mark.parametrize(
    ("part", "value", "says"),
    [
        ("words", -1, "`words` -1, and must give a whole number"),
        ("words", "none", "`words` 'none'"),
        ("form", "dense", "`form` 'dense', and must give Form.DENSE"),
        ("form", Form.SPARSE, "`form` Form.SPARSE, and must give Form.DENSE, as its class says"),
        ("compress", lambda v, w: v, "`compress` ndarray, and must give a packet"),
        (
            "compress",
            lambda v, w: HalfPacket(v[:2]),
            "`compress` a packet of 2 rows, and must give a packet of 4",
        ),
        (
            "compress",
            lambda v, w: SparsePacket(v, v),
            "`compress` a packet whose `indices` is of type float64, and must give coordinates, int64",
        ),
        (
            "compress",
            lambda v, w: HalfPacket(v.astype(int)),
            "`compress` a packet whose `codes` is of type int64, and must give floats",
        ),
        ("expand", lambda packet: packet.codes, "`expand` numbers of type float16, and must give float64"),
        ("expand", lambda packet: packet.codes[:, :2], r"`expand` an array of shape \(4, 2\)"),
        ("expand", lambda packet: None, "`expand` NoneType"),
        ("expand", fails, "failed in its `expand`"),
    ],
)
def test_a_kernel_that_misbehaves_is_named(
    half: Callable[..., Any], part: str, value: Any, says: str
) -> None:
    with pytest.raises((SetupError, RunFailed), match=f"the compressor `half` .*{says}"):
        half(in_kernel={part: value})


def class_method(function: Spoil) -> Any:
    return classmethod(lambda cls, arguments: function(arguments))


@pytest.mark.parametrize(
    ("part", "value", "says"),
    [
        ("classify", class_method(fails), r"failed in its `classify` \(.*: KeyError"),
        (
            "classify",
            class_method(lambda a: "biased"),
            "`classify` 'biased', and must give one of Class.UNBIASED",
        ),
        ("form", class_method(fails), "failed in its `form`"),
        ("form", class_method(lambda a: None), "`form` None, and must give one of Form.SPARSE, Form.DENSE"),
        ("traits", class_method(lambda a: ["odd"]), r"`traits` \['odd'\], and must give a set of Trait"),
        (
            "traits",
            class_method(lambda a: {Trait.HOMOGENEOUS, Trait.SCALE_FREE}),
            "`traits` homogeneous and scale-free, and must give one of the two",
        ),
        ("picks_blindly", class_method(fails), "failed in its `picks_blindly`"),
        ("picks_blindly", class_method(lambda a: None), "`picks_blindly` None, and must give True or False"),
        ("picks_blindly", class_method(lambda a: True), "`kernel` one without `pick`"),
        ("redraws", class_method(fails), "failed in its `redraws`"),
        ("redraws", class_method(lambda a: 1), "`redraws` 1, and must give True or False"),
        (
            "kernel",
            lambda self, backend, d: None,
            "`kernel` NoneType, which has no `compress`, and must give",
        ),
        ("fitted", lambda self, shapes: None, "`fitted` NoneType, and must give a Compressor"),
        ("papers", fails, "failed in its `papers`"),
        ("papers", lambda self, kernel, backend, d: None, "`papers` NoneType"),
    ],
)
def test_a_class_that_misbehaves_is_named(half: Callable[..., Any], part: str, value: Any, says: str) -> None:
    with pytest.raises((SetupError, RunFailed), match=f"the compressor `half` .*{says}"):
        half(**{part: value})


@pytest.mark.parametrize("part", ["classify", "traits", "form", "picks_blindly", "redraws"])
def test_what_the_compiler_asks_is_told_by_name(monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    """`check` and `show` ask these without a run; it was "a bug in cablese"."""
    known: Any = rooms.registry()
    monkeypatch.setitem(known._known, "half", type("Mute", (Half,), {part: class_method(fails)}))
    source = find_spec("ef21")
    with pytest.raises(SetupError, match=f"the compressor `half` failed in its `{part}`"):
        plan_program(compile_spec(source, plugins(), ("C=half()",)), plugins())


def test_one_that_is_fitted_stays_behind_the_door(half: Callable[..., Any]) -> None:
    class Refitted(Half):
        def fitted(self, shapes: Any) -> Compressor:
            return Spoilt()

    class Spoilt(Half):
        def delta(self, d: int) -> Any:
            return "large"

    with pytest.raises(SetupError, match="the compressor `half` gives as its `delta` 'large'"):
        half(fitted=Refitted.fitted)


class Averaged(Collective):
    """The mean, in one exchange."""

    name, doc, codec = "averaged", "averages", "d floats"

    def density(self, d: int) -> float:
        return d

    def widths(self, d: int) -> Any:
        return (d,)

    def words(self, d: int) -> Any:
        return 0

    def averaging(self, backend: Any, d: int, words: Any) -> Any:
        return Mean(d)


class Mean:
    def __init__(self, d: int) -> None:
        self.widths: Any = (d,)

    def average(self, vectors: Any) -> Any:
        mean = yield vectors
        return mean


def averaging_of(widths: Any = (6,), average: Spoil | None = None) -> Any:
    """A way to make an `Averaging` some parts of which are spoilt."""

    def averaging(self: Any, backend: Any, d: int, words: Any) -> Any:
        made = type("Spoilt", (Mean,), {} if average is None else {"average": average})(d)
        made.widths = widths
        return made

    return averaging


def narrow(self: Any, vectors: Any) -> Any:
    yield vectors[:, :2]


def bare(self: Any, vectors: Any) -> Any:
    yield vectors
    return 3.0


def hasty(self: Any, vectors: Any) -> Any:
    return vectors.mean(axis=0)
    yield


def endless(self: Any, vectors: Any) -> Any:
    while True:
        yield vectors


@pytest.fixture
def averaged(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A run of `power_sgd` with a collective compressor some parts of which are spoilt."""

    def go(**members: Any) -> Any:
        known: Any = rooms.registry()
        monkeypatch.setitem(known._known, "averaged", type("SpoiltAveraged", (Averaged,), members))
        return run("power_sgd", settings=("P=averaged()",), rounds=2)

    return go


def test_a_collective_of_a_plug_in_runs(averaged: Callable[..., Any]) -> None:
    recording, _ = averaged()
    assert recording.points[-1].round == 2


@pytest.mark.parametrize(
    ("part", "value", "says"),
    [
        ("widths", fails, "failed in its `widths`"),
        ("widths", lambda self, d: d, "`widths` 6, and must give a tuple of whole numbers"),
        ("widths", lambda self, d: (d / 2,), r"`widths` \(3.0,\)"),
        ("words", fails, "failed in its `words`"),
        ("words", lambda self, d: -1, "`words` -1, and must give a whole number"),
        ("averaging", fails, "failed in its `averaging`"),
        ("averaging", lambda self, backend, d, words: None, "`averaging` NoneType, and must give"),
        ("averaging", averaging_of(widths=(5,)), r"`averaging.widths` \(5,\), and must give \(6,\)"),
        ("averaging", averaging_of(average=fails), "failed in its `average` "),
        (
            "averaging",
            averaging_of(average=lambda self, v: v),
            "`average` ndarray, and must give a generator",
        ),
        ("averaging", averaging_of(average=narrow), r"`average` an array of shape \(4, 2\), .* \(4, 6\)"),
        ("averaging", averaging_of(average=bare), r"`average` float, and must give one of shape \(6,\)"),
        ("averaging", averaging_of(average=hasty), "`average` 0 exchanges, and must give 1"),
        ("averaging", averaging_of(average=endless), "`average` more exchanges, and must give 1"),
    ],
)
def test_a_collective_that_misbehaves_is_named(
    averaged: Callable[..., Any], part: str, value: Any, says: str
) -> None:
    with pytest.raises((SetupError, RunFailed), match=f"the compressor `averaged` .*{says}"):
        averaged(**{part: value})


def test_the_class_of_an_honest_plug_in_is_as_it_says() -> None:
    assert Averaged.classify({}) is Class.COLLECTIVE
