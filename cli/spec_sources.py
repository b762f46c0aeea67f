"""Specs as `diff` names them: names and paths as elsewhere, `-` for standard input, `REV:path` for one in git's history."""

from __future__ import annotations

import sys
from pathlib import Path

from cablese.dsl.text.decode import decode
from cablese.dsl.text.source import Source
from cablese.runtime.files.reading import TEXT_LIMIT
from cablese.runtime.library import SpecNotFound, find_spec

STDIN = "-"


def spec_source(spec: str) -> Source:
    """The text that a word of the command line names. Raises SpecNotFound, or SpecError when it is not UTF-8."""
    if spec == STDIN:
        return decode("<stdin>", sys.stdin.buffer.read(TEXT_LIMIT))
    revision, colon, path = spec.partition(":")
    if colon and revision and path and not Path(spec).exists():
        return decode(spec, _at_revision(spec))
    return find_spec(spec)


def _at_revision(spec: str) -> bytes:
    import subprocess

    try:
        found = subprocess.run(["git", "show", spec], capture_output=True, check=False)
    except OSError as error:
        raise SpecNotFound(
            f"{spec} names a file in git's history, and git cannot be started: {error.strerror}."
        ) from None
    if found.returncode:
        said = found.stderr.decode(errors="replace").strip().splitlines() or ["it says nothing"]
        raise SpecNotFound(f"{spec} is no file here, and git does not find it: {said[0]}.")
    return found.stdout
