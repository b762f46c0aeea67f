"""Bytes of a file -> `Source`: UTF-8, a byte order mark or none; reading is left to callers."""

from __future__ import annotations

import codecs

from .diagnostics import Diagnostic, SpecError
from .page import GD, Example, Page
from .source import Source, Span

_SIXTEEN_BITS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

_TITLE = 'GD: "Cauchy, Méthode générale (1847)"'

E101 = Page(
    "E101",
    "the file is not UTF-8",
    """A spec is a text in UTF-8, so that names of authors and papers read the same on every machine. A byte
    that belongs to no UTF-8 character says that the file was saved in another encoding, often Latin-1 or
    UTF-16. Save it as UTF-8; a byte order mark and Windows newlines do no harm.""",
    wrong=Example(GD, algorithm=_TITLE, encoding="latin-1"),
    right=Example(GD, algorithm=_TITLE),
)


def decode(name: str, data: bytes) -> Source:
    """The text of a file called `name`. Raises SpecError (E101) if not UTF-8."""
    body = data.removeprefix(codecs.BOM_UTF8)
    try:
        return Source(name, body.decode("utf-8"))
    except UnicodeDecodeError as error:
        skipped = len(data) - len(body)
        raise SpecError((_not_utf8(name, body, skipped, error.start),)) from None


def _not_utf8(name: str, body: bytes, skipped: int, at: int) -> Diagnostic:
    """Byte `at` of `body`, behind `skipped` bytes of the file, is no part of a UTF-8 text."""
    source = Source(name, body.decode("utf-8", "replace"))
    start = len(Source(name, body[:at].decode("utf-8")).text)
    span = Span(source, start, start + 1)
    wide = skipped == 0 and body.startswith(_SIXTEEN_BITS)
    message = f"byte 0x{body[at]:02x} at offset {at + skipped} (line {span.line}) is not UTF-8 text"
    remedy = "the file is UTF-16: save it as UTF-8" if wide else "save the file as UTF-8"
    return E101.told(message, span, "not a character", help=remedy)
