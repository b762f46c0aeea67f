"""The TextMate grammar of the language, made from the token table and kept as `grammar/alg.tmLanguage.json`."""

from __future__ import annotations

import json

from .token_table import TOKENS


def emit_textmate() -> str:
    """The grammar as JSON, as VS Code, Sublime Text, GitHub and others read it."""
    grammar = {
        "name": "cablese",
        "scopeName": "source.alg",
        "fileTypes": ["alg"],
        "patterns": [{"name": f"{rule.token.value}.alg", "match": rule.pattern} for rule in TOKENS],
    }
    return json.dumps(grammar, indent=2) + "\n"


if __name__ == "__main__":
    print(emit_textmate(), end="")
