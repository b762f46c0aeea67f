"""Records are frozen dataclasses with slots to all who use them."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest
from cablese.dsl.text.records import ByIdentity, record


@record
class Leaf:
    """As nodes of a tree are."""

    id: str
    span: int = field(compare=False, repr=False)
    note: str = "none"


@record
class Longer(Leaf):
    """With a field more."""

    more: float = 0.5


@record
class Empty:
    """Of no fields."""


@dataclass(frozen=True, slots=True)
class Twin:
    """The dataclass that `Leaf` stands for."""

    id: str
    span: int = field(compare=False, repr=False)
    note: str = "none"


def test_what_is_outside_of_equality_counts_neither_in_hash_nor_in_text() -> None:
    one, other = Leaf("x", 1), Leaf("x", 2)
    assert one == other and hash(one) == hash(other) and len({one, other}) == 1
    assert one != Leaf("y", 1) and one != Leaf("x", 1, "some") and one != Twin("x", 1)
    assert repr(one) == repr(Twin("x", 1)).replace("Twin", "Leaf") == "Leaf(id='x', note='none')"
    assert Empty() == Empty() and repr(Empty()) == "Empty()"


def test_fields_by_place_by_name_and_by_default() -> None:
    assert Leaf("x", span=3, note="n").span == 3 and Leaf(id="x", span=3).note == "none"
    assert Longer("x", 1, "n", 2.0).more == 2.0 and Longer("x", 1) != Leaf("x", 1)
    assert [f.name for f in fields(Leaf)] == ["id", "span", "note"]
    with pytest.raises(TypeError, match="span"):
        Leaf("x")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="colour"):
        Leaf("x", 1, colour="red")  # type: ignore[call-arg]


def test_nothing_can_be_changed() -> None:
    leaf = Leaf("x", 1)
    for change in (
        lambda: setattr(leaf, "id", "y"),
        lambda: setattr(leaf, "other", 1),
        lambda: delattr(leaf, "id"),
    ):
        with pytest.raises(FrozenInstanceError):
            change()
    assert not hasattr(leaf, "__dict__")


def test_replace_match_and_copies() -> None:
    leaf = Leaf("x", 1)
    assert replace(leaf, id="y", span=7) == Leaf("y", 1) and replace(leaf, span=7).span == 7
    match leaf:
        case Leaf(id, span, note="none"):
            assert (id, span) == ("x", 1)
        case _:
            pytest.fail("no match")
    for twin in (copy.copy(leaf), copy.deepcopy(leaf), pickle.loads(pickle.dumps(leaf))):
        assert twin == leaf and twin.span == 1


@record
class Anew:
    """With a default that is made for each."""

    name: str
    parts: list[int] = field(default_factory=list)
    put: float = 0.5


def test_a_default_is_made_anew_for_each() -> None:
    one, other = Anew("x"), Anew("x", put=2.0)
    one.parts.append(1)
    assert (one.parts, one.put, other.parts, other.put) == ([1], 0.5, [], 2.0)
    assert Anew("x", [3], 0.25) == Anew(put=0.25, parts=[3], name="x") == replace(one, parts=[3], put=0.25)


@record
class Lone(ByIdentity):
    """With what no `==` compares."""

    parts: list[int]


def test_a_record_of_arrays_equals_itself_alone() -> None:
    one = Lone([1])
    assert (
        one == one
        and one != Lone([1])
        and len({one, Lone([1])}) == 2
        and repr(one).endswith("Lone(parts=[1])")
    )
    with pytest.raises(FrozenInstanceError):
        one.parts = []  # type: ignore[misc]
