"""The language server: an editor's requests, answered from the text as it stands there."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from urllib.parse import unquote, urlparse

from cablese.dsl.emit.token_table import Token
from cablese.dsl.lint.catalogue import W101, W102, W103, W104, W105
from cablese.dsl.pipeline import compile_spec, forget_texts, read_spec, readable_part
from cablese.dsl.syntax.printer import print_spec
from cablese.dsl.text.diagnostics import Diagnostic, Severity, SpecError
from cablese.dsl.text.source import Source, Span
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.workspace import ServerTextPosition, TextDocument

from ..errors import SetupError
from ..library import diagnose
from ..registry import plugins
from ..spec_forms import text_of
from .colouring import tokens_of
from .completion import Sort, offers_at
from .hover import hover_at
from .mends import title_of
from .names import Place, place_at, places
from .renaming import renamed

VIEW = "cablese.view"
"""The command that gives a spec in another form: its arguments are the document's URI and one of `VIEWS`."""

VIEWS = ("server", "node", "tex", "plan", "python")

CAPTION = 2
"""Words of a note that only names what the terminal underlines, such as `unknown name`: an editor's mark needs none."""

UNREAD = frozenset(page.code for page in (W101, W102, W103, W104, W105))
"""Codes of what could be left out, which editors show paler."""

_SEVERITY = {
    Severity.ERROR: lsp.DiagnosticSeverity.Error,
    Severity.WARNING: lsp.DiagnosticSeverity.Warning,
}
_KINDS = {
    Sort.NAME: lsp.CompletionItemKind.Variable,
    Sort.WORD: lsp.CompletionItemKind.Keyword,
    Sort.FUNCTION: lsp.CompletionItemKind.Function,
    Sort.CONSTANT: lsp.CompletionItemKind.Constant,
    Sort.COMPRESSOR: lsp.CompletionItemKind.Class,
    Sort.ARGUMENT: lsp.CompletionItemKind.Property,
    Sort.METHOD: lsp.CompletionItemKind.Reference,
}


_COLOURS = {
    Token.COMMENT: "comment",
    Token.TEXT: "string",
    Token.HEADER: "keyword",
    Token.WORD: "keyword",
    Token.ROLE: "type",
    Token.TRUTH: "keyword",
    Token.FUNCTION: "function",
    Token.CONSTANT: "enumMember",
    Token.NUMBER: "number",
    Token.OPERATOR: "operator",
    Token.NAME: "variable",
}
"""Sorts of tokens by the protocol's names; punctuation has none."""

_LEGEND = tuple(dict.fromkeys(_COLOURS.values()))


def make_server() -> LanguageServer:
    """A server with all its features, which waits for a client."""
    server = LanguageServer("cablese", version("cablese"))
    server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)(_opened)
    server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)(_changed)
    server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)(_closed)
    server.feature(lsp.TEXT_DOCUMENT_HOVER)(_hover)
    server.feature(lsp.TEXT_DOCUMENT_COMPLETION)(_completion)
    server.feature(lsp.TEXT_DOCUMENT_DEFINITION)(_definition)
    server.feature(lsp.TEXT_DOCUMENT_REFERENCES)(_references)
    server.feature(lsp.TEXT_DOCUMENT_RENAME)(_rename)
    server.feature(lsp.TEXT_DOCUMENT_FORMATTING)(_format)
    options = lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix])
    server.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, options)(_mend)
    legend = lsp.SemanticTokensLegend(list(_LEGEND), [])
    server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, legend)(_colours)
    server.command(VIEW)(_view)
    return server


class _Text:
    """A document as the compiler reads it, and its places in the client's units."""

    def __init__(self, server: LanguageServer, uri: str) -> None:
        self.document: TextDocument = server.workspace.get_text_document(uri)
        self.source = Source(Path(unquote(urlparse(uri).path)).name or "spec.alg", self.document.source)

    def offset(self, position: lsp.Position) -> int:
        """The offset in the source."""
        place = self.document.position_from_client_units(position)
        starts = self.source.line_starts
        return min(starts[min(place.line, len(starts) - 1)] + place.character, len(self.source.text))

    def range(self, span: Span) -> lsp.Range:
        """The range of a span."""
        return lsp.Range(self._position(span.start), self._position(span.end))

    def _position(self, offset: int) -> lsp.Position:
        line, column = self.source.line_column(offset)
        return self.document.position_to_client_units(ServerTextPosition(line - 1, column - 1))

    @property
    def whole(self) -> lsp.Range:
        """The range of all of the text."""
        return lsp.Range(lsp.Position(0, 0), self._position(len(self.source.text)))


def _opened(server: LanguageServer, params: lsp.DidOpenTextDocumentParams) -> None:
    _tell(server, params.text_document.uri)


def _changed(server: LanguageServer, params: lsp.DidChangeTextDocumentParams) -> None:
    _tell(server, params.text_document.uri)


def _closed(server: LanguageServer, params: lsp.DidCloseTextDocumentParams) -> None:
    server.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(params.text_document.uri, []))


def _tell(server: LanguageServer, uri: str) -> None:
    """Send what is wrong with a text, of which the ones before are not needed any more."""
    forget_texts()
    text = _Text(server, uri)
    found = [_diagnostic(text, uri, diagnostic) for diagnostic in diagnose(text.source)]
    server.text_document_publish_diagnostics(
        lsp.PublishDiagnosticsParams(uri, found, version=text.document.version)
    )


def _diagnostic(text: _Text, uri: str, diagnostic: Diagnostic) -> lsp.Diagnostic:
    note = diagnostic.note if len(diagnostic.note.split()) > CAPTION else ""
    parts = (diagnostic.message, note, f"help: {diagnostic.help}" if diagnostic.help else "")
    return lsp.Diagnostic(
        range=text.range(diagnostic.span),
        message="\n".join(part for part in parts if part),
        severity=_SEVERITY[diagnostic.severity],
        code=diagnostic.code,
        source="cablese",
        tags=[lsp.DiagnosticTag.Unnecessary] if diagnostic.code in UNREAD else None,
        related_information=[
            lsp.DiagnosticRelatedInformation(lsp.Location(uri, text.range(label.span)), label.note)
            for label in diagnostic.labels
        ],
    )


def _hover(server: LanguageServer, params: lsp.HoverParams) -> lsp.Hover | None:
    text = _Text(server, params.text_document.uri)
    told = hover_at(text.source, text.offset(params.position))
    return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, told)) if told else None


def _completion(server: LanguageServer, params: lsp.CompletionParams) -> list[lsp.CompletionItem]:
    text = _Text(server, params.text_document.uri)
    return [
        lsp.CompletionItem(
            offer.text,
            kind=_KINDS[offer.sort],
            documentation=lsp.MarkupContent(lsp.MarkupKind.Markdown, offer.doc) if offer.doc else None,
            sort_text=f"{place:04}",
        )
        for place, offer in enumerate(offers_at(text.source, text.offset(params.position)))
    ]


def _definition(server: LanguageServer, params: lsp.DefinitionParams) -> lsp.Location | None:
    """The first place that binds the name."""
    text = _Text(server, params.text_document.uri)
    found = _places_of(text, params.position)
    first = next((place for place in found if place.binds), None)
    return None if first is None else lsp.Location(params.text_document.uri, text.range(first.span))


def _references(server: LanguageServer, params: lsp.ReferenceParams) -> list[lsp.Location]:
    text = _Text(server, params.text_document.uri)
    found = _places_of(text, params.position)
    return [lsp.Location(params.text_document.uri, text.range(place.span)) for place in found]


def _places_of(text: _Text, position: lsp.Position) -> list[Place]:
    """The places of the name at a position, in the part of the text that can be read."""
    spec = readable_part(text.source)
    here = place_at(spec, text.offset(position))
    return [] if here is None else [place for place in places(spec) if place.name == here.name]


def _rename(server: LanguageServer, params: lsp.RenameParams) -> lsp.WorkspaceEdit:
    text = _Text(server, params.text_document.uri)
    try:
        spans = renamed(text.source, text.offset(params.position), params.new_name)
    except SetupError as refused:
        raise JsonRpcInvalidParams(str(refused)) from None
    except SpecError:
        raise JsonRpcInvalidParams("The text has mistakes: mend them first, then rename.") from None
    edits = [lsp.TextEdit(text.range(span), params.new_name) for span in spans]
    return lsp.WorkspaceEdit(changes={params.text_document.uri: edits})


def _format(server: LanguageServer, params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit]:
    """The canonical form; nothing while the text cannot be read."""
    text = _Text(server, params.text_document.uri)
    try:
        printed = print_spec(read_spec(text.source))
    except SpecError:
        return []
    return [] if printed == text.document.source else [lsp.TextEdit(text.whole, printed)]


def _mend(server: LanguageServer, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
    """The fixes of the mistakes that touch the range, at any of their places."""
    text = _Text(server, params.text_document.uri)

    def touches(span: Span) -> bool:
        where = text.range(span)
        return where.start <= params.range.end and params.range.start <= where.end

    return [
        _action(text, params.text_document.uri, diagnostic)
        for diagnostic in diagnose(text.source)
        if diagnostic.fix and any(map(touches, (diagnostic.span, *(edit.span for edit in diagnostic.fix))))
    ]


def _action(text: _Text, uri: str, diagnostic: Diagnostic) -> lsp.CodeAction:
    """The fix of a diagnostic, as the client applies it."""
    edits = [lsp.TextEdit(text.range(edit.span), edit.text) for edit in diagnostic.fix]
    return lsp.CodeAction(
        title_of(diagnostic),
        kind=lsp.CodeActionKind.QuickFix,
        diagnostics=[_diagnostic(text, uri, diagnostic)],
        edit=lsp.WorkspaceEdit(changes={uri: edits}),
        is_preferred=True,
    )


def _colours(server: LanguageServer, params: lsp.SemanticTokensParams) -> lsp.SemanticTokens:
    """Five numbers a token: lines and columns since the one before, its length, its place in the legend, no modifiers."""
    text, data, line, column = _Text(server, params.text_document.uri), list[int](), 0, 0
    for span, token in tokens_of(text.source):
        if token in _COLOURS:
            where = text.range(span)
            start, end = where.start, where.end
            moved = start.character - (column if start.line == line else 0)
            data += (start.line - line, moved, end.character - start.character)
            data += (_LEGEND.index(_COLOURS[token]), 0)
            line, column = start.line, start.character
    return lsp.SemanticTokens(data)


def _view(server: LanguageServer, uri: str, form: str) -> str:
    """A spec in another form."""
    if form not in VIEWS:
        raise JsonRpcInvalidParams(f"{VIEW} takes {', '.join(VIEWS[:-1])} or {VIEWS[-1]}, not {form}.")
    text = _Text(server, uri)
    try:
        return text_of(text.source, compile_spec(text.source, plugins()), form)
    except (SpecError, SetupError) as wrong:
        raise JsonRpcInvalidParams(str(wrong)) from None
