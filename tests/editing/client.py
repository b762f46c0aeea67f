"""A client of the language server: starts `cablese lsp`, speaks the protocol over its standard streams."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

URI = "file:///specs/method.alg"
PATIENCE = 30.0  # seconds


class Editor:
    """An editor with one document open."""

    def __init__(self) -> None:
        self.client = LanguageClient("editor", "1")
        self.published: asyncio.Queue[lsp.PublishDiagnosticsParams] = asyncio.Queue()
        self.version = 0

        @self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def _(params: lsp.PublishDiagnosticsParams) -> None:
            self.published.put_nowait(params)

    async def start(self) -> lsp.InitializeResult:
        """Start the server."""
        await self.client.start_io(sys.executable, "-m", "cablese.cli.main", "lsp")
        return await self.client.initialize_async(
            lsp.InitializeParams(capabilities=lsp.ClientCapabilities(), process_id=None)
        )

    async def open(self, text: str) -> list[lsp.Diagnostic]:
        """Open the document; what is told of it."""
        self.client.text_document_did_open(
            lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(URI, "alg", self.version, text))
        )
        return await self.told()

    async def change(self, text: str) -> list[lsp.Diagnostic]:
        """Put another text into the document; what is told of it."""
        self.version += 1
        self.client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(
                lsp.VersionedTextDocumentIdentifier(version=self.version, uri=URI),
                [lsp.TextDocumentContentChangeWholeDocument(text)],
            )
        )
        return await self.told()

    async def told(self) -> list[lsp.Diagnostic]:
        """The next diagnostics."""
        params = await asyncio.wait_for(self.published.get(), PATIENCE)
        assert params.version in (None, self.version)
        return list(params.diagnostics)

    async def stop(self) -> None:
        """End the server as the protocol has it."""
        await asyncio.wait_for(self.client.shutdown_async(None), PATIENCE)
        self.client.exit(None)
        await self.client.stop()


def session(use: Callable[[Editor], Awaitable[None]]) -> None:
    """Use an editor from the server's start to its end."""

    async def whole() -> None:
        editor = Editor()
        await editor.start()
        try:
            await asyncio.wait_for(use(editor), PATIENCE)
        finally:
            await editor.stop()

    asyncio.run(whole())


def position(text: str, part: str, after: int = 0) -> lsp.Position:
    """The position of a part of a text, in UTF-16 units."""
    start = text.index(part) + after
    line = text.count("\n", 0, start)
    before = text[text.rfind("\n", 0, start) + 1 : start]
    return lsp.Position(line, len(before.encode("utf-16-le")) // 2)


def edited(text: str, edits: list[lsp.TextEdit]) -> str:
    """A text after edits, as a client applies them."""
    lines = text.split("\n")

    def offset(at: lsp.Position) -> int:
        ahead = sum(len(line) + 1 for line in lines[: at.line])
        if at.line >= len(lines):
            return len(text)
        units = lines[at.line].encode("utf-16-le")[: 2 * at.character]
        return ahead + len(units.decode("utf-16-le"))

    for edit in sorted(edits, key=lambda e: (e.range.start.line, e.range.start.character), reverse=True):
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text
