"""Problems that come with a regulariser of their own: used by runs, looked at, and not to be added to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cablese.runtime.errors import SetupError
from cablese.runtime.problems.base import SMOOTHNESS, Problem, Setting, Solution
from cablese.runtime.problems.guarded import guarded
from cablese.runtime.problems.regularised import regularised, term
from cablese.runtime.regularisers.base import Regulariser
from problem_cases import NUMPY, quadratic

CLAMP = {"least": 0.25}


class Floor(Regulariser):
    """Entries not below 1/4, as a problem's author writes it."""

    is_set = True

    def prox(self, xp: Any, vectors: Any, steps: Any) -> Any:
        return xp.maximum(vectors, xp.full_like(vectors, CLAMP["least"]))

    def values(self, xp: Any, vectors: Any) -> Any:
        return xp.zeros_like(vectors[:, 0])


class Floored(Problem):
    """A plug-in with a set; `given` is what it calls its regulariser."""

    name, kind, doc = "floored", "minimize", "a test"
    constants = SMOOTHNESS | {"mu"}
    given: Callable[[], Any] = staticmethod(lambda: Floor((20,)))

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.d, self.samples, self.blocks = 20, (1,) * self.n, (("x", (20,)),)
        self.inner = quadratic(n=self.n)

    @property
    def regulariser(self) -> Any:
        return type(self).given()

    @property
    def start(self) -> Any:
        return np.full(20, 0.25)

    def constant(self, name: str) -> Any:
        return self.inner.constant(name)

    def solution(self) -> Solution | None:
        return None

    def gap(self, point: Any) -> Any:
        return "wide"

    def oracle(self, backend: Any, first: int, last: int) -> Any:
        return self.inner.oracle(backend, first, last)


def dealt(**parts: Any) -> Problem:
    return guarded(type("Floored", (Floored,), parts))(Setting("floored", 3, "contiguous", 0))


def test_a_problems_own_set_is_that_of_prox() -> None:
    psi = dealt().regulariser
    assert psi is not None and psi.constrains
    v = np.arange(40.0).reshape(2, 20) - 10
    np.testing.assert_array_equal(psi.prox(NUMPY.xp, v, np.ones((1, 1))), np.maximum(v, 0.25))
    np.testing.assert_array_equal(psi.projections(NUMPY.xp, v), np.maximum(v, 0.25))
    np.testing.assert_array_equal(psi.values(NUMPY.xp, v), [0, 0])
    assert psi.farthest(v[0]) is None
    assert dealt(given=staticmethod(lambda: None)).regulariser is None


@pytest.mark.parametrize(
    ("part", "answer", "words"),
    [
        (
            "prox",
            lambda self, xp, v, s: v[:, :3],
            "of its regulariser gives as its `prox` an array of shape (2, 3)",
        ),
        ("prox", lambda self, xp, v, s: v * np.inf, "`prox` a vector that is not finite, for one that is"),
        ("prox", lambda self, xp, v, s: 1 / 0, "failed in its `prox`"),
        ("values", lambda self, xp, v: 3.0, "`values` float"),
        ("farthest", lambda self, c: c[:2], "`farthest` an array of shape (2,)"),
    ],
)
def test_its_answers_are_looked_at(part: str, answer: Any, words: str) -> None:
    broken = type("Broken", (Floor,), {part: answer})
    psi = dealt(given=staticmethod(lambda: broken((20,)))).regulariser
    v = np.ones((2, 20))
    calls = {"prox": (NUMPY.xp, v, np.ones((1, 1))), "values": (NUMPY.xp, v), "farthest": (v[0],)}
    with pytest.raises(SetupError) as caught:
        getattr(psi, part)(*calls[part])
    assert words in str(caught.value) and "problem `floored`" in str(caught.value)


def test_what_is_no_regulariser_or_number_is_told() -> None:
    with pytest.raises(
        SetupError, match=r"gives as its `regulariser` str, and must give a `Regulariser`, or None"
    ):
        _ = dealt(given=staticmethod(lambda: "ball")).regulariser
    with pytest.raises(SetupError, match=r"failed in its `gap`"):
        dealt().gap(np.zeros(20))


def test_nothing_is_added_to_it() -> None:
    made = regularised(guarded(Floored))
    with pytest.raises(
        SetupError, match=r"`floored` comes with a regulariser .* `ball\(r = 1.0\)` cannot be added"
    ):
        made(Setting("floored", 3, "contiguous", 0), [term("ball", {"r": 1})])
