"""The parser's table on disk: JSON, which holds no code, rebuilt where it does not fit."""

from __future__ import annotations

import contextlib
import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

Table = dict[str, Any]
"""A parser as lark serialises it: `data` and, under numbers, its rules and terminals, `memo`."""


def read_table(path: Path) -> Table | None:
    """The table in a file; None without a file or for any other content."""
    try:
        digest, _, body = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    if digest != sha256(body).hexdigest().encode():
        return None
    try:
        return _numbered(json.loads(body))
    except (AttributeError, LookupError, TypeError, ValueError):
        return None


def keep_table(table: Table, path: Path) -> None:
    """Write beside the file and move into place, so that no reader meets half a table; a full disk is no error."""
    body = json.dumps(table, separators=(",", ":")).encode()
    scratch = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        scratch.write_bytes(sha256(body).hexdigest().encode() + b"\n" + body)
        os.replace(scratch, path)
    except OSError:
        with contextlib.suppress(OSError):
            scratch.unlink(missing_ok=True)


def _numbered(table: Table) -> Table:
    """The table with the keys that are numbers, which JSON writes as text. Raises where an action leads nowhere."""
    memo = {int(key): value for key, value in table["memo"].items()}
    actions = table["data"]["parser"]["parser"]
    actions["tokens"] = {int(key): str(name) for key, name in actions["tokens"].items()}
    actions["states"] = {int(key): _row(row) for key, row in actions["states"].items()}
    states, tokens = actions["states"].keys(), actions["tokens"].keys()
    for row in actions["states"].values():
        for token, (reduces, goal) in row.items():
            if token not in tokens or (goal["@"] not in memo if reduces else goal not in states):
                raise ValueError("an action leads nowhere")
    return {"data": table["data"], "memo": memo}


def _row(row: dict[str, Any]) -> dict[int, tuple[int, Any]]:
    return {int(token): (action, goal) for token, (action, goal) in row.items()}
