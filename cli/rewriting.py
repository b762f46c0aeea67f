"""Files of `cablese fmt`: read, put in canonical form, and replaced whole, so that no reader meets half a spec."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from pathlib import Path

from cablese.dsl.pipeline import read_spec
from cablese.dsl.syntax.printer import print_spec
from cablese.dsl.text.decode import decode
from cablese.dsl.text.diagnostics import InternalError
from cablese.dsl.text.records import record
from cablese.dsl.text.source import Source
from cablese.runtime import output_errors
from cablese.runtime.files.whole import write_whole
from cablese.runtime.library import read_bytes

STDIN = "-"


@record
class Formatted:
    """A spec before and after formatting; `path` is None for standard input."""

    name: str
    path: Path | None
    before: bytes
    after: str

    @property
    def changed(self) -> bool:
        """True where the file would change, its newlines, byte order mark and last newline included."""
        return self.after.encode() != self.before

    def diff(self) -> str:
        """The change as a unified diff."""
        old, new = (_rows(text) for text in (self.before.decode("utf-8"), self.after))
        rows = difflib.unified_diff(old, new, f"{self.name} (as it is)", f"{self.name} (canonical)")
        return "".join(_ended(rows))


def format_file(spec: str) -> Formatted:
    """The formatted spec of a path or of standard input. Raises SpecNotFound, and SpecError with every syntax error."""
    path = None if spec == STDIN else Path(spec)
    name = "<stdin>" if path is None else spec
    before = sys.stdin.buffer.read() if path is None else read_bytes(path)
    return Formatted(name, path, before, format_source(decode(name, before)))


def format_source(source: Source) -> str:
    """A spec's canonical text; InternalError if it would say something else than the source."""
    spec = read_spec(source)
    text = print_spec(spec)
    again = read_spec(Source(source.name, text))
    if again != spec or sorted(c.text for c in again.comments) != sorted(c.text for c in spec.comments):
        raise InternalError(f"fmt would change what {source.name} says; the file is left as it is")
    return text


def rewrite(file: Formatted) -> None:
    """Put the canonical text in the file's place at once, with the file's permissions; links stay links."""
    assert file.path is not None
    try:
        write_whole(file.path, file.after.encode())
    except OSError as error:
        raise output_errors.failed(file.path, error) from None


def _rows(text: str) -> list[str]:
    return [row + "\n" for row in text.split("\n")[:-1]] + [row for row in text.split("\n")[-1:] if row]


def _ended(rows: Iterator[str]) -> Iterator[str]:
    """Rows of a diff; one without a newline is marked as `diff` does it."""
    for row in rows:
        yield row if row.endswith("\n") else f"{row}\n\\ No newline at end of file\n"
