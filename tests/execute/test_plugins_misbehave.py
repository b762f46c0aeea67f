"""What plug-ins return is looked at: the plug-in is named, with what it should have given; what they may bring runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest
from cablese.dsl.check.contracts import Argument, ArgumentKind, Class, CompressorBinding, Form
from cablese.runtime.arrays.select import backend
from cablese.runtime.codecs import packets
from cablese.runtime.codecs.packets import Packet
from cablese.runtime.compressors import registry as rooms
from cablese.runtime.compressors.base import Compressor
from cablese.runtime.compressors.ready import Entries, Floats, Levels, Message, ReadyMade, Signs
from cablese.runtime.errors import RunFailed, SetupError
from cablese.runtime.problems.base import Problem, Setting, Solution
from cablese.runtime.problems.guarded import GuardedOracle, guarded
from cablese.runtime.problems.registry import registry
from execute_runs import run


class Bowl(Problem):
    """f_i = norm2(x) / 2, as a plug-in would bring it; `spoilt` are parts of it that misbehave."""

    name, kind, doc = "bowl", "minimize", "a bowl"
    d, blocks = 3, (("x", (3,)),)
    spoilt: ClassVar[dict[str, Callable[..., Any]]] = {}

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.samples, spoilt = (1,) * self.n, self.spoilt
        for part in ("n", "d", "samples", "blocks"):
            if part in spoilt:
                setattr(self, part, spoilt[part]())
        if "losses_and_gradients" in spoilt:
            self.losses_and_gradients = spoilt["losses_and_gradients"]

    def _part(self, name: str, value: Any, *arguments: Any) -> Any:
        return self.spoilt[name](*arguments) if name in self.spoilt else value

    @property
    def start(self) -> Any:
        return self._part("start", np.ones(3))

    def constant(self, name: str) -> Any:
        return self._part("constant", 1.0 if name != "L_i" else np.ones(self.n), name)

    def solution(self) -> Any:
        return self._part("solution", None)

    @property
    def data_bytes(self) -> Any:
        return self._part("data_bytes", 0)

    def oracle(self, backend: Any, first: int, last: int) -> Any:
        self.rows = last - first
        return self._part("oracle", self)

    def gradients(self, point: Any, members: Any = None) -> Any:
        rows = self.rows if members is None else len(members)
        return self._part("gradients", np.zeros((rows, 3)) + point, point)

    batch_gradients = gradients

    def losses(self, point: Any, members: Any = None) -> Any:
        rows = np.zeros((self.rows, 3)) + point
        return self._part("losses", np.sum(rows * rows, axis=1) / 2, point)


@pytest.fixture
def bowl(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A run of GD on the plug-in's problem, with some parts of it spoilt."""

    def go(members: dict[str, Any] | None = None, **spoilt: Callable[..., Any]) -> Any:
        family = type("SpoiltBowl", (Bowl,), {"spoilt": spoilt, **(members or {})})
        monkeypatch.setitem(registry()._known, "bowl", family)
        return run("gd", problem="bowl()", rounds=2)

    return go


def test_a_problem_that_behaves_runs(bowl: Callable[..., Any]) -> None:
    recording, _ = bowl()
    assert recording.points[-1].metrics["loss"] < recording.points[0].metrics["loss"]


def fails(*_: Any) -> Any:
    raise KeyError("weights")


@pytest.mark.parametrize(
    ("init", "says"),
    [
        (fails, "`__init__` .*KeyError"),
        (lambda self, setting: None, "`n`.*: AttributeError: .* no attribute 'n'"),
    ],
)
def test_a_problem_that_cannot_be_made_is_named(bowl: Callable[..., Any], init: Any, says: str) -> None:
    with pytest.raises(SetupError, match=f"the problem `bowl` failed in its {says}"):
        bowl({"__init__": init})


@pytest.mark.parametrize(
    ("part", "value", "says"),
    [
        ("gradients", lambda x: np.zeros((4, 2)), r"`gradients` an array of shape \(4, 2\), .* \(4, 3\)"),
        ("gradients", lambda x: np.zeros((4, 3), np.float32), "numbers of type float32"),
        ("gradients", lambda x: [0.0], "`gradients` list"),
        (
            "gradients",
            fails,
            r"failed in its `gradients` \(test_plugins_misbehave.py:\d+\): KeyError: 'weights'",
        ),
        ("losses", lambda x: 1.0, r"`losses` float, and must give one of shape \(4,\)"),
        ("losses", lambda x: np.zeros((4, 1)), r"`losses` an array of shape \(4, 1\)"),
        ("constant", lambda name: float("nan"), r"`constant\('L'\)` nan"),
        (
            "constant",
            lambda name: -1.0,
            r"`constant\('L'\)` -1.0, and must give a number that is not negative",
        ),
        ("constant", lambda name: np.ones(4), r"`constant\('L'\)` an array of shape \(4,\)"),
        ("start", lambda: np.ones(2), r"`start` an array of shape \(2,\), and must give one of shape \(3,\)"),
        ("start", lambda: np.full(3, np.inf), "`start` numbers that are not finite"),
        ("samples", lambda: (1,), "`samples` 1 numbers, and must give one for each of 4 nodes"),
        ("d", lambda: 5, "`blocks` 3 entries, and must give the model's d = 5"),
        ("start", lambda: "here", "failed in its `start` .*ValueError"),
        ("samples", lambda: ("one",) * 4, "failed in its `samples` .*TypeError"),
        ("blocks", lambda: 3, "failed in its `blocks` .*TypeError"),
        ("constant", lambda name: "large", "failed in its `constant.* .*ValueError"),
        ("data_bytes", lambda: -1, "`data_bytes` -1, and must give a whole number"),
        ("oracle", lambda: None, "`oracle` NoneType, which has no `gradients`, and must give an object with"),
        ("losses_and_gradients", fails, "failed in its `losses_and_gradients`"),
        (
            "losses_and_gradients",
            lambda x: np.zeros(4),
            "`losses_and_gradients` ndarray, and must give a tuple",
        ),
        ("losses_and_gradients", lambda x: (np.zeros(4), x), r"an array of shape \(3,\), .* \(4, 3\)"),
        ("n", lambda: 5, "`n` 5, and must give the run's number of nodes, 4"),
    ],
)
def test_a_problem_that_misbehaves_is_named(
    bowl: Callable[..., Any], part: str, value: Callable[..., Any], says: str
) -> None:
    with pytest.raises((SetupError, RunFailed), match=f"the problem `bowl` .*{says}"):
        bowl(**{part: value})


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (fails, "failed in its `solution`"),
        (lambda: 3.0, "failed in its `solution.point` .*AttributeError"),
        (lambda: Solution(np.zeros(2), 0.0), r"`solution` a point of shape \(2,\)"),
        (lambda: Solution(np.full(3, np.nan), 0.0), "`solution` a point that is not finite"),
        (lambda: Solution(np.zeros(3), None), "failed in its `solution.value`"),  # type: ignore[arg-type]
    ],
)
def test_a_solution_that_is_none_is_told(found: Callable[..., Any], says: str) -> None:
    family = guarded(type("SpoiltBowl", (Bowl,), {"spoilt": {"solution": found}}))
    problem = family(Setting("bowl()", 4, "contiguous", 0))
    with pytest.raises(SetupError, match=f"the problem `bowl` .*{says}"):
        problem.solution()


def test_a_gradient_that_is_the_point_itself_is_copied(bowl: Callable[..., Any]) -> None:
    """It was read again after the point had been updated in place."""
    view = bowl(gradients=lambda x: np.broadcast_to(x, (4, 3)))
    assert view[0].points[-1].metrics == bowl()[0].points[-1].metrics


# --- compressors ---------------------------------------------------------------------------------------------


def leaves(*_: Any) -> Any:
    sys.exit(0)


class Odd(ReadyMade):
    """Sends every entry as it is, but for the parts of it that misbehave."""

    name, doc, kind, sends = "odd", "returns what it should not", Class.UNBIASED, Floats()
    spoilt: ClassVar[dict[str, Callable[..., Any]]] = {}

    def omega(self, d: int) -> Any:
        return self.spoilt.get("omega", lambda d: 0.0)(d)

    def draws(self, d: int) -> Any:
        return self.spoilt.get("draws", lambda d: 0)(d)

    def compress(self, xp: Any, vectors: Any, uniforms: Any) -> Any:
        return self.spoilt.get("compress", lambda v: v)(vectors)


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A run of DIANA with a compressor some parts of which are spoilt."""

    def go(sends: Message | None = None, **spoilt: Callable[..., Any]) -> Any:
        members = {"spoilt": spoilt, "sends": sends or Floats()}
        if isinstance(sends, Entries | Levels):
            members["arguments"] = (Argument("k", ArgumentKind.INT, default=2, doc="how many", least=1),)
        known: Any = rooms.registry()
        monkeypatch.setitem(known._known, "odd", type("Odd", (Odd,), members))
        return run("diana", settings=("Q=odd()",), rounds=2)

    return go


@pytest.mark.parametrize(
    ("result", "says"),
    [
        (lambda v: v[:, :2], r"`compress` values of shape \(4, 2\), and must give values of shape \(4, 6\)"),
        (lambda v: (v, v), "`compress` 2 arrays, and must give values"),
        (lambda v: None, "`compress` NoneType"),
        (lambda v: v * np.nan, "`compress` values that are not finite, and must give finite values of a"),
        (lambda v: v.astype(str), "`compress` values of type <U32, and must give values that are floats"),
        (fails, "failed in its `compress` .*KeyError"),
        (leaves, "failed in its `compress` .*SystemExit: 0"),
    ],
)
def test_a_compressor_that_misbehaves_is_named(
    odd: Callable[..., Any], result: Callable[[Any], Any], says: str
) -> None:
    with pytest.raises(RunFailed, match=f"the compressor `odd` .*{says}"):
        odd(compress=result)


def places(*row: int) -> Callable[[Any], Any]:
    """A message of two entries at these places."""
    return lambda v: (np.broadcast_to(np.asarray(row), (len(v), 2)), v[:, :2])


@pytest.mark.parametrize(
    ("sends", "result", "says"),
    [
        (Entries("k"), places(1, 6), "places from 1 to 6, and must give places from 0 to 5"),
        (Entries("k"), places(-1, 2), "places from -1 to 2"),
        (Entries("k"), places(3, 1), "places that do not ascend"),
        (Entries("k"), places(3, 3), "places that do not ascend.* none of them twice"),
        (Entries("k"), lambda v: (v[:, :2], v[:, :2]), "places of type float64"),
        (Levels("k"), lambda v: (v[:, 0], v * 0 + 3), "levels that are not within.* levels from -2 to 2"),
        (Levels("k"), lambda v: (v[:, 0], v * 0 + 0.5), "levels that are not whole"),
        (Levels("k"), lambda v: (v[:, 0] * np.inf, v * 0), "scales that are not finite"),
        (Signs(), lambda v: (v[:, 0] * 0 - 1, v < 0), "scales below 0"),
        (Signs(), lambda v: (v[:, 0] * 0, v), "negative of type float64"),
    ],
)
def test_messages_that_no_receiver_could_use_are_told(
    odd: Callable[..., Any], sends: Message, result: Callable[[Any], Any], says: str
) -> None:
    with pytest.raises(RunFailed, match=f"the compressor `odd` gives as its `compress` {says}"):
        odd(sends, compress=result)


@pytest.mark.parametrize(
    ("part", "value", "says"),
    [
        ("omega", lambda d: 1 / 0, "failed in its `omega` .*ZeroDivisionError"),
        ("omega", lambda d: float("nan"), "`omega` nan, and must give a finite number, at least 0"),
        ("omega", lambda d: -0.5, "`omega` -0.5"),
        ("omega", lambda d: None, "`omega` None"),
        ("omega", leaves, "failed in its `omega` .*SystemExit"),
        ("draws", lambda d: -1, "`draws` -1, and must give a whole number from 0"),
        ("draws", lambda d: 10**13, "`draws` 10000000000000"),
        ("draws", lambda d: 1.5, "`draws` 1.5"),
    ],
)
def test_figures_that_are_none_are_told(
    odd: Callable[..., Any], part: str, value: Callable[..., Any], says: str
) -> None:
    with pytest.raises(SetupError, match=f"the compressor `odd` .*{says}"):
        odd(**{part: value})


def overwrites(v: Any) -> Any:
    result = v.copy()
    v *= 0
    return result


def test_vectors_that_a_compressor_overwrites_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    known: Any = rooms.registry()
    monkeypatch.setitem(known._known, "odd", type("Odd", (Odd,), {"spoilt": {"compress": overwrites}}))
    here, x = backend("cpu", "float64", "float64"), np.ones((2, 3))
    kernel = rooms.make(CompressorBinding("odd", ())).kernel(here, 3)
    assert kernel.expand(kernel.compress(x, None)).tolist() == x.tolist() == np.ones((2, 3)).tolist()


@pytest.mark.parametrize(
    ("part", "result"), [("gradients", overwrites), ("losses", lambda x: overwrites(x)[:, 0])]
)
def test_a_point_that_a_problem_overwrites_stays(part: str, result: Callable[[Any], Any]) -> None:
    here, x = backend("cpu", "float64", "float64"), np.ones((4, 3))
    inner: Any = type("SpoiltBowl", (Bowl,), {"spoilt": {part: result}})(
        Setting("bowl()", 4, "contiguous", 0)
    )
    inner.rows = 4
    getattr(GuardedOracle("problem `bowl`", inner, here, 4, 3), part)(x)
    assert x.tolist() == np.ones((4, 3)).tolist()


@dataclass(frozen=True)
class HalfPacket(Packet):
    """A packet type that the wire's own do not know."""

    codes: packets.Floats


class HalfCodec:
    paper_bits = None

    def __init__(self, d: int) -> None:
        self.d, self.fixed_bits = d, 16 * d

    def bits(self, packet: HalfPacket) -> Any:
        return np.full(packet.rows, 16 * self.d)

    def encode(self, packet: HalfPacket) -> list[bytes]:
        return [row.astype("<f2").tobytes() for row in packet.codes]

    def decode(self, messages: list[bytes]) -> HalfPacket:
        return HalfPacket(np.stack([np.frombuffer(message, "<f2") for message in messages]))


class HalfKernel:
    words, form = 0, Form.DENSE

    def __init__(self, d: int) -> None:
        self.codec = HalfCodec(d)

    def compress(self, vectors: Any, words: Any) -> HalfPacket:
        return HalfPacket(vectors.astype("f2"))

    def expand(self, packet: HalfPacket) -> Any:
        return packet.codes.astype("f8")


class Half(Compressor):
    name, doc, codec = "half", "floats of 16 bits", "d halves"

    @classmethod
    def classify(cls, arguments: Any) -> Class:
        return Class.CONTRACTIVE

    def delta(self, d: int) -> float:
        return 1.001

    def density(self, d: int) -> float:
        return d

    def bits(self, d: int, float_bits: int) -> float:
        return 16.0 * d

    def kernel(self, backend: Any, d: int) -> Any:
        return HalfKernel(d)


def test_a_codec_with_packets_of_its_own_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    known: Any = rooms.registry()
    monkeypatch.setitem(known._known, "half", Half)
    recording, _ = run("ef21", settings=("C=half()",), wire_check="all")
    assert recording.points[-1].bits_up == recording.points[0].bits_up + 4 * 5 * 16 * 6


def test_draws_of_its_own_end_a_run_with_the_remedy(odd: Callable[..., Any]) -> None:
    with pytest.raises((SetupError, RunFailed), match=r"`odd` gives two answers as its `compress`.*`words`"):
        odd(compress=lambda v: v + np.random.default_rng().standard_normal(v.shape))
