"""The language server, asked through the protocol by a real client."""

from __future__ import annotations

import asyncio

import pytest
from cablese.dsl.pipeline import compile_spec
from cablese.dsl.text.source import Source
from cablese.runtime.library import find_spec
from cablese.runtime.registry import plugins
from client import URI, Editor, edited, position, session
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

MARINA = find_spec("marina").text
DOCUMENT = lsp.TextDocumentIdentifier(URI)
WRONG = MARINA.replace("server: g = mean(m)", "server: g = maen(m)", 1)


def test_mistakes_are_told_while_they_are_typed_and_mended_by_their_help() -> None:
    async def use(editor: Editor) -> None:
        assert await editor.open(MARINA) == []
        (found,) = await editor.change(WRONG)
        assert found.code == "E307" and found.severity is lsp.DiagnosticSeverity.Error
        assert found.range.start == position(WRONG, "maen") and "did you mean `mean`?" in found.message
        asked = lsp.CodeActionParams(DOCUMENT, found.range, lsp.CodeActionContext([found]))
        (action,) = await editor.client.text_document_code_action_async(asked) or []
        assert isinstance(action, lsp.CodeAction) and action.edit is not None and action.edit.changes
        assert edited(WRONG, list(action.edit.changes[URI])) == MARINA
        assert await editor.change(MARINA) == []

    session(use)


def test_a_spec_typed_key_by_key_is_never_in_the_way() -> None:
    """Whatever stands there for a moment, there is an answer, and an empty one at the end."""

    async def use(editor: Editor) -> None:
        await editor.open("")
        for end in range(0, len(MARINA), 11):
            await editor.change(MARINA[:end])
        assert await editor.change(MARINA) == []

    session(use)


def test_names_are_told_found_and_renamed() -> None:
    text = MARINA.replace("# ", "# 𝛾 ", 1) if "# " in MARINA else MARINA

    async def use(editor: Editor) -> None:
        await editor.open(text)
        at = position(text, "u = g")
        told = await editor.client.text_document_hover_async(lsp.HoverParams(DOCUMENT, at))
        assert told is not None and isinstance(told.contents, lsp.MarkupContent)
        assert "**u**: a vector, known to all" in told.contents.value
        assert "32,000 bit a message" in told.contents.value
        used = position(text, "gamma * u", 8)
        found = await editor.client.text_document_definition_async(lsp.DefinitionParams(DOCUMENT, used))
        assert isinstance(found, lsp.Location) and found.range.start == at
        change = await editor.client.text_document_rename_async(lsp.RenameParams(DOCUMENT, used, "step"))
        assert change is not None and change.changes is not None
        assert edited(text, list(change.changes[URI])) == text.replace("u = g", "step = g").replace(
            "* u", "* step"
        )
        for taken in ("gamma", "grad", "2u"):
            with pytest.raises(JsonRpcException, match=f"`{taken}` is"):
                await editor.client.text_document_rename_async(lsp.RenameParams(DOCUMENT, used, taken))

    session(use)


def test_every_name_of_every_place_can_be_renamed() -> None:
    """The same method afterwards."""
    from cablese.dsl.algebra.compare import Answer, compare
    from cablese.dsl.pipeline import read_spec
    from cablese.runtime.editing.names import places
    from cablese.runtime.editing.renaming import renamed

    for name in ("marina", "fed_com", "choco_sgd", "compressed_scaffnew"):
        source = find_spec(name)
        text = source.text
        for own in dict.fromkeys(place.name for place in places(read_spec(source))):
            here = next(place for place in places(read_spec(source)) if place.name == own)
            spans = renamed(source, here.span.start, "other_name")
            new = text
            for span in sorted(spans, key=lambda span: -span.start):
                new = new[: span.start] + "other_name" + new[span.end :]
            found = compare(
                compile_spec(source, plugins()), compile_spec(Source("renamed.alg", new), plugins())
            )
            assert found.answer in (Answer.SAME, Answer.ALGEBRA), (name, own, found)


@pytest.mark.parametrize(
    ("line", "offered", "not_offered"),
    [
        ("compressor C: ", {"unbiased", "contractive"}, {"top_k", "x"}),
        ("compressor C: contractive = ", {"top_k", "rand_k"}, {"x", "grad"}),
        ("    server: event c ~ ", {"bernoulli", "subset"}, {"grad"}),
        ("    all: y = ", {"x", "gamma", "grad", "L", "norm2", "mean", "omega"}, {"bernoulli"}),
        ("    ", {"x", "server", "node", "event"}, {"grad"}),
        ("    # ", set(), {"x"}),
    ],
)
def test_what_may_be_written_is_offered(line: str, offered: set[str], not_offered: set[str]) -> None:
    from cablese.runtime.editing.completion import offers_at

    before = MARINA[: MARINA.index("round:")]
    found = {offer.text for offer in offers_at(Source("t.alg", f"{before}{line}\n"), len(before) + len(line))}
    assert offered <= found and not found & not_offered


def test_completion_formatting_and_other_forms() -> None:
    loose = MARINA.replace(" = ", "=")

    async def use(editor: Editor) -> None:
        await editor.open(loose)
        options = lsp.FormattingOptions(tab_size=4, insert_spaces=True)
        edits = await editor.client.text_document_formatting_async(
            lsp.DocumentFormattingParams(DOCUMENT, options)
        )
        assert edited(loose, list(edits or [])) == MARINA
        await editor.change(MARINA)
        at = position(MARINA, "mean(m)")
        items = await editor.client.text_document_completion_async(lsp.CompletionParams(DOCUMENT, at))
        assert isinstance(items, list) and items[0].label == "Q"
        for form, part in (("server", "server:"), ("tex", r"\begin"), ("python", "def round(")):
            text = await editor.client.workspace_execute_command_async(
                lsp.ExecuteCommandParams("cablese.view", [URI, form])
            )
            assert isinstance(text, str) and part in text

    session(use)


def test_colours_are_those_of_the_token_table() -> None:
    """For editors without a grammar of the language: Neovim, Emacs."""
    from cablese.runtime.editing.colouring import tokens_of

    text = f"# \U0001d6fe\n{MARINA}"

    async def use(editor: Editor) -> None:
        await editor.open(text)
        told = await editor.client.text_document_semantic_tokens_full_async(
            lsp.SemanticTokensParams(DOCUMENT)
        )
        assert told is not None
        lines, line, column, parts = text.split("\n"), 0, 0, []
        for down, right, length, *_ in (told.data[i : i + 5] for i in range(0, len(told.data), 5)):
            line, column = line + down, right + (0 if down else column)
            units = lines[line].encode("utf-16-le")[2 * column : 2 * (column + length)]
            parts.append(units.decode("utf-16-le"))
        tokens = tokens_of(Source("m.alg", text))
        assert parts == [span.text for span, token in tokens if token.value != "punctuation"]
        assert list(told.data[:5]) == [0, 0, 4, 0, 0]  # a letter of two units

    session(use)


def test_diagnostics_take_time_in_proportion_to_the_text() -> None:
    """A law, not a speed: ten times the lines take about ten times as long."""
    from time import process_time

    from cablese.runtime.library import diagnose

    def seconds(lines: int) -> float:
        middle = "".join(f"    all: y{i} = x - {i} * gamma * u\n" for i in range(lines))
        text = MARINA.replace("    all:\n        x_old = x", f"{middle}    all:\n        x_old = x", 1)
        best = 9.0
        for turn in range(3):
            start = process_time()
            diagnose(Source(f"{turn}.alg", text))
            best = min(best, process_time() - start)
        return best

    assert seconds(400) < 25 * seconds(40)


def test_the_server_ends_when_the_editor_goes() -> None:
    async def use() -> int:
        editor = Editor()
        await editor.start()
        await editor.stop()
        return 0

    assert asyncio.run(asyncio.wait_for(use(), 30)) == 0
