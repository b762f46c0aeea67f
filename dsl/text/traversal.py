"""Traversals of trees of records, derived from the types of their fields: a new node needs none of its own."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, get_args

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Node = TypeVar("Node")
Root = TypeVar("Root", bound="DataclassInstance")
Holder: TypeAlias = "DataclassInstance | tuple[object, ...]"
Classes: TypeAlias = frozenset[type[Any]]

_NAME = re.compile(r"[A-Za-z_]\w*")


class Traversal(Generic[Node]):
    """A traversal of the nodes of one kind, such as the expressions of a tree.

    A record's children are the nodes in its fields: alone, in tuples, or in records that are no nodes themselves (a
    message's items). They come in the order of the fields, which is that of the text. The fields that may hold any are
    found once a class.
    """

    def __init__(self, kind: object, *, closed: object = (), labels: object = ()) -> None:
        """`kind` is a union of node classes. Records of `closed` classes are not looked into where they stand in others;
        a field for `labels` alone only names something."""
        self._kind, self._closed, self._labels = _classes(kind), _classes(closed), _classes(labels)
        self._holding: dict[type[Any], tuple[str, ...]] = {}
        self._readers: dict[type[Any], Callable[[Any], tuple[Any, ...]]] = {}
        self._barren: set[type[Any]] = set()  # classes whose values lead to no node

    def children(self, of: Holder) -> list[Node]:
        """The nodes right below a record, or in a tuple."""
        found: list[Node] = []
        self._collect(of, found)
        return found

    def walk(self, root: Holder) -> Iterator[Node]:
        """The nodes at any depth, each before its children; a root that is a node comes first. Formulas may be long."""
        ahead: list[Any] = [root] if root.__class__ in self._kind else self.children(root)[::-1]
        while ahead:
            node = ahead.pop()
            yield node
            found: list[Node] = []
            self._collect(node, found)
            if found:
                ahead += found[::-1]

    def map_children(self, of: Root, change: Callable[[Node], Node]) -> Root:
        """The record with every child changed; itself where nothing is new."""
        return self._rebuilt(of, lambda value: self._mapped(value, change))

    def map_blocks(self, of: Root, change: Callable[[tuple[Node, ...]], tuple[Node, ...]]) -> Root:
        """The record with every tuple of children, such as the blocks of a branch, changed as a whole."""
        return self._rebuilt(of, lambda value: change(value) if value.__class__ is tuple else value)

    def fields_of(self, cls: Any) -> tuple[str, ...]:
        """The fields of a record class that may hold nodes."""
        names = self._holding.get(cls)
        if names is None:
            found = (name for name, classes in _field_classes(cls) if self._may_hold(classes))
            names = self._holding[cls] = tuple(found)
        return names

    def _may_hold(self, classes: Classes) -> bool:
        """True if values of these classes may be nodes, or records that hold some."""
        ahead, seen = [classes], set[Any]()
        while ahead:
            found = ahead.pop()
            if found & (self._kind - self._labels):
                return True
            fresh: set[Any] = {*found} - self._kind - self._closed - self._barren - seen
            seen |= fresh
            ahead += [inside for cls in fresh for _, inside in _field_classes(cls)]
        self._barren |= seen
        return False

    def _collect(self, holder: Any, found: list[Node]) -> None:
        cls = holder.__class__
        parts = holder if cls is tuple else self._reader_of(cls)(holder)
        for part in parts:
            if part.__class__ in self._kind:
                found.append(part)
            elif part is not None and part.__class__ not in self._closed:
                self._collect(part, found)

    def _reader_of(self, cls: Any) -> Callable[[Any], tuple[Any, ...]]:
        """The function from a record of a class to its fields that may hold nodes; a tree is read often."""
        reader = self._readers.get(cls)
        if reader is None:
            reader = self._readers[cls] = _reader(self.fields_of(cls))
        return reader

    def _mapped(self, value: Any, change: Callable[[Node], Node]) -> Any:
        cls = value.__class__
        if cls in self._kind:
            return change(value)
        if cls is tuple:
            parts = tuple(self._mapped(part, change) for part in value)
            return value if all(map(_same, parts, value)) else parts
        return value if cls in self._closed else self.map_children(value, change)

    def _rebuilt(self, record: Root, change: Callable[[Any], Any]) -> Root:
        old = {name: getattr(record, name) for name in self.fields_of(record.__class__)}
        new = {name: change(value) for name, value in old.items()}
        changed: dict[str, Any] = {name: value for name, value in new.items() if value is not old[name]}
        return replace(record, **changed) if changed else record


def _reader(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    return (lambda record: (getattr(record, names[0]),)) if names else lambda record: ()


def _same(one: object, other: object) -> bool:
    return one is other


@cache
def _field_classes(cls: Any) -> tuple[tuple[str, Classes], ...]:
    """The fields of a record class, each with the classes that its annotation names.

    To resolve whole annotations takes several times as long, and `cablese check` waits for it.
    """
    own = fields(cls) if is_dataclass(cls) else ()
    return tuple((field.name, _classes_named(cls.__module__, str(field.type))) for field in own)


@cache
def _classes_named(module: str, annotation: str) -> Classes:
    """The classes in an annotation, a string, by the meaning of its names in a module."""
    known = vars(sys.modules[module])
    return frozenset().union(*(_classes(known.get(name)) for name in _NAME.findall(annotation)))


def _classes(hint: object) -> Classes:
    """The classes in a class, a union, a tuple of classes, or the type of a tuple."""
    if isinstance(hint, type) and not get_args(hint):
        return frozenset({hint})
    parts = hint if isinstance(hint, tuple) else get_args(hint)
    return frozenset().union(*(_classes(part) for part in parts))
