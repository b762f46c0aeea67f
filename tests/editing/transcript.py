"""Answers of the language server in lines that a reader can judge: places count from 1, as editors show them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from client import URI, Editor, edited, position
from lsprotocol import types as lsp

DOCUMENT = lsp.TextDocumentIdentifier(URI)
_WORD = re.compile(r"[^\W\d]\w*")


def told(diagnostics: Sequence[lsp.Diagnostic]) -> Iterator[str]:
    """Diagnostics, each with its further places indented below."""
    for found in diagnostics:
        severity = found.severity.name.lower() if found.severity else ""
        tags = "".join(f" ({tag.name.lower()})" for tag in found.tags or ())
        yield f"{_range(found.range)} {severity} {found.code}{tags}: " + found.message.replace(
            "\n", "\n        "
        )
        for label in found.related_information or ():
            yield f"    {_range(label.location.range)} {label.message}"
    if not diagnostics:
        yield "nothing"


async def fixes(editor: Editor, text: str, diagnostics: Sequence[lsp.Diagnostic]) -> list[str]:
    """The offers of the light bulb at each mistake, and what they change."""
    lines: list[str] = []
    for found in diagnostics:
        asked = lsp.CodeActionParams(DOCUMENT, found.range, lsp.CodeActionContext([found]))
        actions = await editor.client.text_document_code_action_async(asked) or []
        lines.append(f"{_range(found.range)} {found.code}" + ("" if actions else ": nothing"))
        for action in actions:
            assert isinstance(action, lsp.CodeAction) and action.edit is not None and action.edit.changes
            lines.append(f"    {action.title}")
            lines += [f"        {line}" for line in changed(text, list(action.edit.changes[URI]))]
    return lines


async def hovers(editor: Editor, text: str) -> list[str]:
    """The hover of each word of a spec, where it stands first."""
    lines: list[str] = []
    for word, at in first_places(text):
        hover = await editor.client.text_document_hover_async(lsp.HoverParams(DOCUMENT, at))
        if hover is not None:
            assert isinstance(hover.contents, lsp.MarkupContent)
            lines.append(f"{_position(at)} {hover.contents.value}".replace("\n\n", "\n        "))
        else:
            lines.append(f"{_position(at)} {word}: nothing")
    return lines


async def definitions(editor: Editor, text: str) -> list[str]:
    """The definition of each word and how often it is referred to."""
    lines: list[str] = []
    for word, at in first_places(text):
        found = await editor.client.text_document_definition_async(lsp.DefinitionParams(DOCUMENT, at))
        asked = lsp.ReferenceParams(lsp.ReferenceContext(True), DOCUMENT, at)
        places = await editor.client.text_document_references_async(asked) or []
        if isinstance(found, lsp.Location):
            lines.append(f"{word}: {_range(found.range)}, at {len(places)} places")
    return lines


async def offered(editor: Editor, at: lsp.Position) -> list[str]:
    """The completions at a place, by their sort."""
    items = await editor.client.text_document_completion_async(lsp.CompletionParams(DOCUMENT, at))
    assert isinstance(items, list)
    sorts: dict[str, list[str]] = {}
    for item in sorted(items, key=lambda item: item.sort_text or ""):
        sorts.setdefault(lsp.CompletionItemKind(item.kind or 1).name.lower(), []).append(item.label)
    return [f"{sort}: {', '.join(labels)}" for sort, labels in sorts.items()] or ["nothing"]


def changed(before: str, edits: list[lsp.TextEdit]) -> list[str]:
    """The lines that edits change, before and after."""
    after = edited(before, edits).splitlines()
    rows = difflib.ndiff(before.splitlines(), after)
    return [f"{row[0]} {row[2:].strip()}" for row in rows if row[0] in "+-"]


def first_places(text: str) -> Iterator[tuple[str, lsp.Position]]:
    """The words of a spec outside of comments and quotes, each at its first place."""
    bare = re.sub(r'#.*|"[^"\n]*"', lambda found: " " * len(found[0]), text)
    seen = set[str]()
    for found in _WORD.finditer(bare):
        if found[0] not in seen:
            seen.add(found[0])
            yield found[0], position(text, text[found.start() :])


def _range(of: lsp.Range) -> str:
    return f"{_position(of.start)}-{_position(of.end)}"


def _position(of: lsp.Position) -> str:
    return f"{of.line + 1}:{of.character + 1}"
