"""The table of the parser, which lark makes of the grammar once, for `grammar/automaton.json`; a parse needs no lark.

`python -m cablese.dsl.syntax.automaton_table` writes it.
"""

from __future__ import annotations

import json
import re
from collections import deque
from pathlib import Path
from typing import Any

import cablese.grammar

STARTS = ("line", "items", "lone", "setting")
"""Start rules of the grammar: a line, an indented line of a message, an expression, a setting."""

_ROOM = Path(cablese.grammar.__path__[0])
FILE = _ROOM / "automaton.json"


def emit_table() -> str:
    """The table as JSON: the lexer's patterns, signs and words, the rules, and a row of actions for each state.

    An action is the state behind a terminal or a rule that was reduced, or, below zero, -1 - the rule to reduce.
    """
    made = lark_of(None)
    automaton = made.parser.parser._parse_table
    states = _reached(automaton)
    numbers = {state: i for i, state in enumerate(states)}
    reduced = dict.fromkeys(
        _rule(goal) for state in states for _, goal in _row(automaton, state) if _reduces(goal)
    )
    rules = {rule: -1 - i for i, rule in enumerate(reduced)}
    rows = [
        {
            name: rules[_rule(goal)] if _reduces(goal) else numbers[goal]
            for name, goal in _row(automaton, state)
        }
        for state in states
    ]
    ends = {
        start: (numbers[automaton.start_states[start]], numbers[automaton.end_states[start]])
        for start in STARTS
    }
    table = _lexer(made) | {"starts": ends}
    parts = [f' "{name}": {json.dumps(value)}' for name, value in table.items()]
    parts += [_lines("rules", rules), _lines("rows", rows)]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def lark_of(builder: Any) -> Any:
    """The parser that lark makes of the grammar, with the nodes of a builder, or with trees."""
    import lark

    grammar = "".join((_ROOM / name).read_text("utf-8") for name in ("alg.lark", "terminals.lark"))
    return lark.Lark(
        grammar,
        parser="lalr",
        start=list(STARTS),
        keep_all_tokens=True,
        maybe_placeholders=False,
        transformer=builder,
    )


def _lines(name: str, values: Any) -> str:
    """A list of the table, each entry on a line of its own."""
    return f' "{name}": [\n' + ",\n".join(f"  {json.dumps(value)}" for value in values) + "\n ]"


def _reached(automaton: Any) -> list[Any]:
    """The states in the order in which they are reached, whatever numbers lark gave them."""
    found = dict.fromkeys(automaton.start_states[start] for start in STARTS)
    ahead = deque(found)
    while ahead:
        for _, goal in _row(automaton, ahead.popleft()):
            if not _reduces(goal) and goal not in found:
                found[goal] = None
                ahead.append(goal)
    return list(found)


def _row(automaton: Any, state: Any) -> list[tuple[str, Any]]:
    """The actions of a state by the names of their symbols."""
    return sorted((str(name), goal) for name, (_, goal) in automaton.states[state].items())


def _reduces(goal: Any) -> bool:
    return not isinstance(goal, int)


def _rule(rule: Any) -> tuple[Any, ...]:
    """A rule: its symbol, the builder's method, how many parts it has, those that are spliced in, and True where a single
    part stands for itself."""
    spliced = tuple(
        i for i, part in enumerate(rule.expansion) if not part.is_term and part.name.startswith("_")
    )
    alone = bool(rule.options.expand1) and not rule.alias
    name = str(rule.origin.name)
    return name, rule.alias or name, len(rule.expansion), spliced, alone


def _lexer(made: Any) -> dict[str, Any]:
    """The terminals: signs and words by their text, other patterns by name, and what is passed over."""
    ignored = [made.get_terminal(name).pattern.value for name in made.ignore_tokens]
    patterns, signs, words = {}, {}, {}
    for terminal in sorted(made.terminals, key=lambda terminal: str(terminal.name)):
        name, pattern = str(terminal.name), terminal.pattern.value
        if name in made.ignore_tokens:
            continue
        if terminal.pattern.type == "str":
            signs[pattern] = name
        elif word := re.fullmatch(r"([a-z]+)\\b", pattern):
            words[word[1]] = name
        else:
            patterns[name] = pattern
    return {"ignored": ignored, "patterns": patterns, "signs": signs, "words": words}


if __name__ == "__main__":
    FILE.write_text(emit_table(), encoding="utf-8")
