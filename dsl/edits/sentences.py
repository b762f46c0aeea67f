"""The edit script in sentences, by what they are about: memory, up, down, chance, step, start, notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from . import phrases
from .phrases import Words, joined
from .remarks import remark
from .roles import Role, is_synchronisation
from .script import EditKind, FieldEdit, PartEdit, Script
from .system import Part, PartKind
from .telling import Sentence, Telling, method_names
from .terms import Term
from .texts import display

__all__ = ["GROUPS", "Sentence", "method_names", "other_defaults", "sentences"]

GROUPS = ("problem", "memory", "up", "down", "peers", "chance", "step", "start", "where", "notes")

_DIRECTIONS = {"up": "node -> server", "down": "server -> ", "peers": "node -> "}
"""Starts of routes; what no earlier group has is of the later."""

_MEMORIES = (Role.MEMORY, Role.MODEL_MEMORY, Role.MEAN_MEMORY)


def sentences(script: Script) -> list[Sentence]:
    """The sentences of a script, grouped; an exchange that is the same is told as such."""
    teller = _Teller(script)
    found = [*teller.told()]
    found += teller.definitions(found)
    return sorted(found, key=lambda sentence: GROUPS.index(sentence.group))


class _Teller(Telling):
    """The words for one script."""

    def told(self) -> Iterator[Sentence]:
        """The sentences, group by group."""
        for edit in self.edits(PartKind.PROBLEM):
            yield self.said(
                "problem", f"{self.theirs} {edit.after.head}, {self.ours} {edit.before.head}", edit
            )
        yield from self.memory()
        for group in _DIRECTIONS:
            yield from self.exchange(group)
        yield from self.chance()
        yield from self.step()
        yield from self.start()
        yield from self.notes()

    # --- memory --------------------------------------------------------------------------------------------------

    def memory(self) -> Iterator[Sentence]:
        """States other than the model: kept by one method alone, renewed otherwise, kept elsewhere."""
        yield from self.memory_of_one()
        weights: dict[tuple[Term, Term], list[str]] = {}
        for name, edits in self.edited(PartKind.STATE, "next").items():
            role = self.roles[1][name]
            before, after = map(phrases.added, self.both(name))
            if role is Role.MODEL:
                continue
            if role in _MEMORIES and before and after and before.rest == after.rest:
                weights.setdefault((before.weight, after.weight), []).append(name)
                continue
            told = self.shared(name) or f": {self.instead(name, 'next', edits)}"
            yield self.said("memory", f"{self.named(name)}{told}", *edits)
        for (first, second), names in weights.items():
            edits = [e for name in names for e in self.script.of_part(name) if e.field == "next"]
            verb = "adds" if len(names) == 1 else "add"
            told = f"{joined([self.named(n) for n in names])} {verb} {_share(self.words[1], second)} what was sent"
            yield self.said("memory", f"{told}; in {self.ours} {_share(self.words[0], first)} it", *edits)
        yield from self.moved()

    def shared(self, name: str) -> str:
        """The change of who renews a state, where they renew it alike; empty where not."""
        values = [phrases.of_members(part) for part in self.both(name)]
        if values[0][0] != values[1][0]:
            return ""
        before, after = (
            f"where {words.text(who)}" if who else "at every node"
            for words, (_, who) in zip(self.words, values, strict=True)
        )
        return f" is renewed {after}; in {self.ours} {before}"

    def named(self, name: str) -> str:
        """A kept state by its role and name; what plays no known role by its name."""
        role = self.roles[1][name]
        return display(name) if role is Role.OTHER else f"the {role.value} {display(name)}"

    def moved(self) -> Iterator[Sentence]:
        """States that others keep, those of the same keepers in one sentence."""
        found = self.edited(PartKind.STATE, "home", "kind")
        keepers = {name: tuple(map(phrases.keeper, self.both(name))) for name in found}
        for (before, after), names in groupby(sorted(found, key=keepers.__getitem__), keepers.__getitem__):
            own = list(names)
            nouns, verb = joined([self.named(n) for n in own]), "are" if len(own) > 1 else "is"
            edits = [e for name in own for e in found[name]]
            yield self.said("memory", f"{nouns} {verb} kept by {after}; in {self.ours} by {before}", *edits)

    def memory_of_one(self) -> Iterator[Sentence]:
        """The states that one method has and the other has not."""
        texts, edits = [], []
        for (kind, who, other, words), roles in zip(self.alone(), self.roles[::-1], strict=True):
            parts = self.script.alone(kind, PartKind.STATE)
            edits += [PartEdit(kind, part) for part in parts]
            if parts:
                texts.append(f"{who} keeps {joined([words.state(p, roles[p.name]) for p in parts])}")
                without = other
        if texts:
            told = texts if len(texts) > 1 else [*texts, f"{without} does not"]
            yield self.said("memory", "; ".join(told), *edits)

    # --- messages ------------------------------------------------------------------------------------------------

    def exchange(self, group: str) -> Iterator[Sentence]:
        """Messages in one direction."""
        found = [*self.compressors(group), *self.messages(group)]
        yield from found
        same = [p for p in self.script.one.of(PartKind.MESSAGE) if _group(p) == group and _in_rounds(p)]
        kept = all(p.name in self.script.other.parts and _group(self.both(p.name)[1]) == group for p in same)
        if same and kept and not found:
            yield Sentence(group, f"the same: {joined([self.words[0].message(p) for p in same])}")

    def compressors(self, group: str) -> Iterator[Sentence]:
        """Compressors of another contract, told where they are used first."""
        for edit in self.edits(PartKind.COMPRESSOR):
            name = edit.part.name
            used = [p for p in self.script.other.of(PartKind.MESSAGE) if _compresses(p, name)]
            if not used or _group(used[0]) != group:
                continue
            theirs = next(b for b, common in self.script.names[1].items() if common == name)
            if edit.field == "contract":
                text = f"{edit.after.head} {theirs} in place of {edit.before.head} {display(name)}"
            else:
                text = f"{display(name)} draws {'alike for all' if edit.after.head == 'shared' else 'apart'}"
            yield self.said(group, text, edit)

    def messages(self, group: str) -> Iterator[Sentence]:
        """Messages that are sent otherwise, elsewhere, under another condition, or by one method alone."""
        for name, edits in self.edited(PartKind.MESSAGE, "value", "route", "members", "gate", "kind").items():
            one, other = self.both(name)
            if _group(other) == group and _in_rounds(other):
                yield self.said(group, "; ".join(self.message(one, other, {e.field for e in edits})), *edits)
        for kind, who, _, words in self.alone():
            for part in self.script.alone(kind, PartKind.MESSAGE):
                if _group(part) == group and _in_rounds(part):
                    note = " (synchronisation)" if is_synchronisation(part) else ""
                    yield self.said(
                        group, f"{who} also sends {words.message(part)}{note}", PartEdit(kind, part)
                    )

    def message(self, one: Part, other: Part, fields: set[str]) -> Iterator[str]:
        """The changes of one message."""
        ours, theirs = self.words
        if "value" in fields:
            yield self.sent(one["value"], other["value"])
        value = "sent" if "value" in fields else theirs.sent(other["value"])
        if "route" in fields:
            yield f"{value} {_route(other)}; in {self.ours} {_route(one)}"
        if "members" in fields:
            now, before = theirs.by_whom(other), ours.by_whom(one)
            everyone = f" {phrases.link_end(other)} every node"
            yield f"{value}{now or everyone}; in {self.ours}{before or everyone}"
        if "gate" in fields:
            now, before = theirs.whenever(other["gate"]), ours.whenever(one["gate"])
            yield f"{value}{now or ' in every round'}; in {self.ours}{before or ' in every round'}"

    def sent(self, one: Term, other: Term) -> str:
        """The change of a value that is sent."""
        ours, theirs = self.words
        if one.head == other.head == "compress":
            return f"{self.pair(one, other)}{remark(one, other)}"
        if other.head == "compress":
            return f"{self.contract(other)}{theirs.text(other)} in place of {ours.sent(one)}"
        if one.head == "compress":
            return f"{theirs.sent(other)}, in place of {ours.text(one)}"
        return f"{self.pair(one, other)}, dense"

    def contract(self, value: Term) -> str:
        """The contract of the compressor of a value, if the second method alone has it."""
        name = value.parts[0].head
        gained = [p for p in self.script.alone(EditKind.GAINED, PartKind.COMPRESSOR) if p.name == name]
        told = gained[0]["contract"].head if gained else "any"
        return "" if told == "any" else f"{told} "

    # --- chance, step, start, notes ---------------------------------------------------------------------------------

    def chance(self) -> Iterator[Sentence]:
        """Draws."""
        for kind, who, other, words in self.alone():
            parts = self.script.alone(kind, PartKind.DRAW)
            if parts:
                told = joined(list(dict.fromkeys(words.draw(p) for p in parts)))
                yield self.said(
                    "chance", f"{who} draws {told}; {other} does not", *(PartEdit(kind, p) for p in parts)
                )
        for name, edits in self.edited(PartKind.DRAW, "place", "members", "gate", "value", "phase").items():
            draws = [words.draw(draw) for words, draw in zip(self.words, self.both(name), strict=True)]
            yield self.said("chance", f"{draws[1]}; in {self.ours} {draws[0]}", *edits)

    def step(self) -> Iterator[Sentence]:
        """The model's update, loops around it, and values that are compressed without being sent."""
        names = phrases.model_of(self.script.one), phrases.model_of(self.script.other)
        if all(names):
            yield from self.model(names)
        for kind, who, _, words in self.alone():
            for part in self.script.alone(kind, PartKind.LOCAL):
                start = words.text(part["init"])
                told = f"{words.text(part['count'])} local steps {words.renewal(part)} from {start}"
                yield self.said("step", f"{who} takes {told}", PartEdit(kind, part))
            for part in self.script.alone(kind, PartKind.SENT):
                yield self.said(
                    "step", f"{who} also compresses {words.text(part['value'])}", PartEdit(kind, part)
                )
        for name, edits in self.edited(PartKind.LOCAL, "next", "count", "init").items():
            told = joined(
                [f"{_LOCAL[f]}: {self.instead(name, f, [*own])}" for f, own in groupby(edits, _field)]
            )
            yield self.said("step", told.replace("NAME", display(name)), *edits)
        for name, edits in self.edited(PartKind.SENT, "value", "place", "members", "gate").items():
            told = joined([self.instead(name, f, [*own]) for f, own in groupby(edits, _field)])
            yield self.said("step", f"what is compressed as {display(name)}: {told}", *edits)

    def model(self, names: tuple[str, str]) -> Iterator[Sentence]:
        """The steps of both methods where they differ."""
        edits = [e for e in self.script.of_part(names[0]) if e.field == "next"]
        if not edits and names[0] == names[1]:
            return
        systems = self.script.one, self.script.other
        first = [phrases.steps_first(system, name) for system, name in zip(systems, names, strict=True)]
        steps = [words.step(name) for words, name in zip(self.words, names, strict=True)]
        told = self.steps(steps, first)
        if not told:
            inner = self.inside(*(part["next"] for part in self.both(names[0])))
            told = f"both step {steps[0][0]}{steps[0][1]}, with {inner}"
        yield self.said("step", told, *edits)

    def steps(self, steps: Sequence[tuple[str, str]], first: Sequence[bool]) -> str:
        """The steps of both methods, and when they are taken; empty where formulas with named parts show no difference."""
        (before, ours), (after, theirs) = steps
        apart = first[0] != first[1] and bool(before and after)
        if before == after and not apart:
            if bool(ours) is bool(theirs):
                return ""
            one, other = (self.ours, self.theirs) if ours else (self.theirs, self.ours)
            return f"{one} takes prox after the step; {other} does not"
        told = []
        for (how, prox), early in zip(steps, first, strict=True):
            when = "" if not apart else " first," if early else " after the exchange,"
            told.append(f"steps{when} {how}{prox}" if how else f"takes no step{prox}")
        return f"{self.theirs} {told[1]}; {self.ours} {told[0]}"

    def start(self) -> Iterator[Sentence]:
        """First values of states and what is sent before the first round."""
        ours, theirs = self.words
        edited = self.edited(PartKind.STATE, "init")
        found = [
            f"{display(name)} starts at {theirs.text(other['init'])}, in {self.ours} at {ours.text(one['init'])}"
            for name in edited
            for one, other in [self.both(name)]
        ]
        edits: list[FieldEdit | PartEdit] = [e for own in edited.values() for e in own]
        for part in self.script.alone(EditKind.GAINED, PartKind.STATE):
            if part["init"].head not in ("zeros", "x0"):
                found.append(f"{display(part.name)} starts at {theirs.text(part['init'])}")
        for kind, who, _, words in self.alone():
            parts = [
                p for p in self.script.alone(kind, PartKind.MESSAGE) if _is_vector(p) and not _in_rounds(p)
            ]
            edits += [PartEdit(kind, p) for p in parts]
            if parts:
                found.append(f"before round 0 {who} sends {joined([words.sent(p['value']) for p in parts])}")
        for name, own in self.edited(PartKind.MESSAGE, "value", "route", "gate", "members").items():
            if not _in_rounds(self.both(name)[0]):
                edits += own
                told = [self.instead(name, f, [*es]) for f, es in groupby(own, _field)]
                found.append(f"before round 0 are sent {joined(told)}")
        if found:
            yield self.said("start", "; ".join(found), *edits)

    def definitions(self, told_before: Sequence[Sentence]) -> Iterator[Sentence]:
        """The names of temporaries that were used, and the sign of what a round has renewed."""
        found = [list(words.definitions()) for words in self.words]
        shared = [text for text in found[0] if text in found[1]]
        told = shared + [
            f"{text} in {who}"
            for who, texts in zip((self.ours, self.theirs), found, strict=True)
            for text in texts
            if text not in shared
        ]
        if any("'" in sentence.text for sentence in told_before):
            told.append("a prime marks a value after its update in the round")
        if told:
            yield Sentence("where", "; ".join(told))

    def notes(self) -> Iterator[Sentence]:
        """Defaults, and the point that is returned: no part of the path."""
        edits = self.edits(PartKind.OUTPUT)
        if edits:
            told = [phrases.returned(part) for part in self.both("output")]
            yield self.said("notes", f"{self.theirs} returns {told[1]}; {self.ours} {told[0]}", *edits)
        for name, edits in other_defaults(self.script).items():
            field = edits[0].field
            one, other = (words.text(p[field]) for words, p in zip(self.words, self.both(name), strict=True))
            yield self.said(
                "notes", f"another default of {display(name)}: {other}; in {self.ours} {one}", *edits
            )


def other_defaults(script: Script) -> dict[str, list[FieldEdit]]:
    """The params and compressors whose defaults differ, which are the method's where nothing is set, and how."""
    found: dict[str, list[FieldEdit]] = {}
    for edit in script.notes:
        if isinstance(edit, FieldEdit) and edit.field in ("value", "default"):
            found.setdefault(edit.part.name, []).append(edit)
    return found


_LOCAL = {"next": "local steps of NAME", "count": "the number of local steps", "init": "the first NAME"}


def _field(edit: FieldEdit) -> str:
    return edit.field


def _group(message: Part) -> str:
    route = message["route"].head
    return next(group for group, start in _DIRECTIONS.items() if route.startswith(start))


def _route(message: Part) -> str:
    match message["route"].head:
        case "server -> all":
            return "to all, one for everyone"
        case "server -> node":
            return "to each node, one of its own"
        case route:
            return f"along {route}"


def _in_rounds(message: Part) -> bool:
    """True for a vector that is sent in the rounds."""
    return message["phase"].head == "round" and _is_vector(message)


def _is_vector(message: Part) -> bool:
    return message["kind"].head == "vector"


def _compresses(message: Part, name: str) -> bool:
    value = message["value"]
    return value.head == "compress" and value.parts[0].head == name


def _share(words: Words, weight: Term) -> str:
    return "the whole of" if weight.head == "1" else f"{words.text(weight)} of"
