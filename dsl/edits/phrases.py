"""Parts of methods in words: whose a state is and what it is for, who sends, what is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .formulas import ALWAYS, EVERYONE
from .roles import ORACLES, Role
from .system import Part, PartKind, System
from .terms import Sort, Summand, Term, operation, summands
from .texts import display, text

LONG = 32
"""Characters from which a formula is told by the name that the spec has for it."""

_KEEPERS = {
    "all": "everyone",
    "server": "the server",
    "node, each its own": "each node",
    "link, each its own": "each node and the server, about that node",
    "group, each group's": "each group",
    "neighbors, each its own": "each node and its neighbours, about that node",
}
_WALKS = {"replace": " with replacement", "epochs": " in epochs", "drop_last": ", no smaller last ones"}
_ONE_OF_ITS_KIND = (Role.MEAN_MEMORY, Role.REFERENCE_GRADIENT, Role.OLD_GRADIENT)
_DRAWN_FOR_ALL = {"server": "at the server", "all": "alike for all"}
_RETURNED = {
    "last": "the last {}",
    "average": "the average of {}",
    "uniform": "{} of a round drawn uniformly",
}


def joined(parts: Sequence[str], word: str = "and") -> str:
    """Texts as a list: `a, b and c`."""
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}" if len(parts) > 1 else "".join(parts)


def keeper(state: Part) -> str:
    """The one who keeps a state."""
    return _KEEPERS.get(state["home"].head, state["home"].head)


def noun(role: Role) -> str:
    """`a memory`, `an error memory`, `the mean of the memories`."""
    if role in _ONE_OF_ITS_KIND:
        return f"the {role.value}"
    return f"an {role.value}" if role.value[0] in "aeio" else f"a {role.value}"


class Words:
    """The words for the parts of one method: formulas by names that its spec has for their parts."""

    def __init__(self, system: System, other: System) -> None:
        self.system = system
        known = {display(name) for name in (*system.parts, *other.parts)}
        self.defined = {
            name: term for name, term in system.named.items() if name not in known and len(text(term)) >= LONG
        }
        self.named: dict[str, str] = {term.key: name for name, term in self.defined.items()}
        self.used: dict[str, None] = {}

    def text(self, term: Term) -> str:
        """A formula."""
        found = text(term, self.named)
        if found != text(term):
            self._use(term)
        return found

    def _use(self, term: Term) -> None:
        if term.key in self.named:
            self.used[self.named[term.key]] = None
            return
        for part in term.parts:
            self._use(part)

    def definitions(self) -> Iterator[str]:
        """The names that were used, with what they stand for; a definition may use others."""
        told: set[str] = set()
        while left := [name for name in self.used if name not in told]:
            name = left[0]
            told.add(name)
            inner = {key: other for key, other in self.named.items() if other != name}
            self.used |= {inner[p.key]: None for p in self.defined[name].walk() if p.key in inner}
            yield f"{name} = {text(self.defined[name], inner)}"

    # --- states ---------------------------------------------------------------------------------------------------

    def renewal(self, state: Part) -> str:
        """The update of a state as an equation."""
        return f"{display(state.name)}' = {self.by_case(state['next'])}"

    def by_case(self, value: Term) -> str:
        """A formula; one that depends on a condition as a whole is told case by case."""
        if value.head != "where" or value.is_leaf:
            return self.text(value)
        condition, then, otherwise = map(self.text, value.parts)
        return f"{then} if {condition}, else {otherwise}"

    def state(self, state: Part, role: Role) -> str:
        """A state by its role, keeper and update: `a memory at each node: h_i' = h_i + alpha * m`."""
        place = " for everyone" if keeper(state) == "everyone" else f" at {keeper(state)}"
        if state["next"].sort is Sort.RESULT:
            return f"{noun(role)}{place}: {display(state.name)}, carried through the local steps"
        return f"{noun(role)}{place}: {self.renewal(state)}"

    def step(self, name: str) -> tuple[str, str]:
        """The update of the model: `by -gamma * g`, what it becomes, or nothing; and `, then prox` or nothing."""
        value = self.system.parts[name]["next"]
        prox = ""
        if value.head == "prox" and not value.is_leaf:
            value, prox = value.parts[0], ", then prox"
        inner = value.parts if value.head == "+" and not value.is_leaf else (value,)
        own = [p for p in inner if p.sort is Sort.STATE and p.head == name]
        rest = [p for p in inner if p not in own]
        if len(own) != 1:
            return f"to {self.by_case(value)}", prox
        if len(rest) == 1 and rest[0].head == "neg":
            taken = rest[0].parts[0]
            return f"by -({self.text(taken)})" if taken.head == "+" else f"by -{self.text(taken)}", prox
        return f"by {self.text(operation('+', rest))}" if rest else "", prox

    # --- messages and draws -----------------------------------------------------------------------------------------

    def sent(self, value: Term) -> str:
        """A value that is sent: compressed as the formula says, or dense."""
        return self.text(value) if value.head == "compress" else f"{self.text(value)}, dense"

    def whenever(self, gate: Term) -> str:
        """The condition of a message or a draw: ` when c`; empty where there is none."""
        if gate == ALWAYS:
            return ""
        parts = gate.parts if gate.head == "and" and not gate.is_leaf else (gate,)
        loops = [p for p in parts if p.head == "repeat" and not p.is_leaf]
        coins = [self.text(p) for p in parts if p not in loops]
        found = f" when {joined(coins)}" if coins else ""
        return found + "".join(f" in each of {self.text(p.parts[0])} local steps" for p in loops)

    def by_whom(self, message: Part) -> str:
        """The nodes that send or are sent to: ` from the nodes in S only`; empty where all are."""
        members, end = message["members"], link_end(message)
        if members == EVERYONE:
            return ""
        if members.head == "who" and not members.is_leaf:
            return f" {end} nodes where {self.text(members.parts[0])}"
        return f" {end} the nodes in {self.text(members)} only"

    def among(self, members: Term) -> str:
        """The nodes that take part, behind `each node`: ` in S`; empty where all do."""
        if members == EVERYONE:
            return ""
        if members.head == "who" and not members.is_leaf:
            return f" where {self.text(members.parts[0])}"
        return f" in {self.text(members)}"

    def message(self, message: Part) -> str:
        """The value of a message, its senders and its condition."""
        return self.sent(message["value"]) + self.by_whom(message) + self.whenever(message["gate"])

    def draw(self, draw: Part) -> str:
        """A draw."""
        value, name, place = draw["value"], display(draw.name), draw["place"].head
        arguments = [self.text(a) for a in value.parts]
        who = _DRAWN_FOR_ALL.get(place) or f"at each {place}{self.among(draw['members'])}"
        when = self.whenever(draw["gate"])
        match value.head, arguments:
            case "bernoulli", [chance]:
                return f"a coin {name} of probability {chance} {who}{when}"
            case "minibatch", [size, *_]:
                how = "".join(_WALKS.get(part.parts[0].head, "") for part in value.parts[1:])
                return f"minibatches {name} of {size} samples{how} {who}{when}"
            case (("sample" | "subset"), [several, of, *_]):
                how = "with replacement" if value.head == "sample" else "without replacement"
                return f"{name}: {of} of {several} nodes, {how}{when}"
            case "buckets", [several, size]:
                return f"buckets {name} of {size} of {several} nodes{when}"
            case "each", [chance, *_]:
                return f"{name}: every node with probability {chance}{when}"
            case _:
                return f"{name} ~ {self.text(value)} {who}{when}"


def steps_first(system: System, name: str) -> bool:
    """True where the model's update reads nothing that nodes have computed or that was compressed in the round."""
    return not _reads_answers(system, system.parts[name]["next"], {name})


def _reads_answers(system: System, value: Term, seen: set[str]) -> bool:
    """True for a value that needs compressed values, loops or oracles of the round, itself or by states that it renewed."""
    for part in value.walk():
        if part.sort in (Sort.SENT, Sort.RESULT) or (part.head in ORACLES and not part.is_leaf):
            return True
        if part.sort is Sort.NEW and part.head not in seen:
            seen.add(part.head)
            if _reads_answers(system, system.parts[part.head]["next"], seen):
                return True
    return False


def link_end(message: Part) -> str:
    """`from` where nodes send, `to` where they are sent to."""
    return "to" if message["route"].head.startswith("server") else "from"


def returned(output: Part) -> str:
    """The point that is returned."""
    return _RETURNED[output["averaging"].head].format(text(output["value"]))


def of_members(state: Part) -> tuple[Term, Term | None]:
    """The update of a state at those who renew it, and who they are; None for all."""
    value = state["next"]
    if value.head == "where" and not value.is_leaf and value.parts[0].head == "in":
        return value.parts[1], value.parts[0]
    return value, None


def added(state: Part) -> Summand | None:
    """The one value that a state adds to itself, with its weight; None for other updates."""
    value = state["next"]
    others = [s for s in summands(value) if not (s.rest.sort is Sort.STATE and s.rest.head == state.name)]
    return others[0] if len(others) == 1 else None


def model_of(system: System) -> str:
    """The name of the state that is the method's output; empty where the output is none."""
    name = system.parts["output"]["value"].head
    part = system.parts.get(name)
    return name if part is not None and part.kind is PartKind.STATE else ""
