"""The language server's answers to a real client as golden files: read them as one who writes a spec would."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cablese.runtime.library import find_spec
from client import URI, Editor, edited, position, session
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from transcript import DOCUMENT, changed, definitions, fixes, hovers, offered, told

SPECS = ("marina", "choco_sgd")
VIEWS = ("server", "node", "tex")

WRONG = """\
algorithm Diana: "typed in haste"
problem minimize

compressor Q: unbiased = randk(k = 5)
param alpha = 1 / (1 + omega(Q)) where alpha > 0
param gama  = 1 / L
param spare = 2

init:
    all: x = x0
\tnode: h_i = zeros
    server: h = zeros

round:
    node:
        e = grad(x) - h_i
    node -> server: q = Q(e), w = e
    node: h_i = h_i + alpha * Q(e)
    sever: g = h + mean(q)
    server: h := h + alpha * maen(q)
    server -> all g
    all: x = x – 2γ * g
    all: y = x * gamma + gamma

output x
guarantee "Theorem 1" for smoth: average(grad_norm2) <= 2 * f_gap0 / rounds
"""


def section(title: str, lines: list[str]) -> str:
    return "\n".join((f"== {title}", *lines, ""))


@pytest.mark.parametrize("name", SPECS)
def test_what_is_told_of_a_spec(name: str, golden: Callable[[str, str], None]) -> None:
    text = find_spec(name).text
    parts: list[str] = []

    async def use(editor: Editor) -> None:
        parts.append(section("diagnostics", list(told(await editor.open(text)))))
        parts.append(section("hover", await hovers(editor, text)))
        parts.append(section("definition and references", await definitions(editor, text)))
        at = position(text, "gamma")
        change = await editor.client.text_document_rename_async(lsp.RenameParams(DOCUMENT, at, "step"))
        assert change is not None and change.changes is not None
        parts.append(section("gamma renamed", changed(text, list(change.changes[URI]))))
        for wish in ("x", "grad", "2u", "server"):
            with pytest.raises(JsonRpcException) as refused:
                await editor.client.text_document_rename_async(lsp.RenameParams(DOCUMENT, at, wish))
            parts.append(section(f"gamma renamed to {wish}", [str(refused.value)]))

    session(use)
    golden(f"{name}.txt", "\n".join(parts))


@pytest.mark.parametrize("name", SPECS)
def test_a_spec_in_other_forms(name: str, golden: Callable[[str, str], None]) -> None:
    parts: list[str] = []

    async def use(editor: Editor) -> None:
        await editor.open(find_spec(name).text)
        for form in VIEWS:
            asked = lsp.ExecuteCommandParams("cablese.view", [URI, form])
            try:
                text = await editor.client.workspace_execute_command_async(asked)
            except JsonRpcException as refused:
                text = f"refused: {refused}"
            assert isinstance(text, str)
            parts.append(section(form, [text]))

    session(use)
    golden(f"{name}-views.txt", "\n".join(parts))


def test_what_may_be_written_while_a_spec_grows(golden: Callable[[str, str], None]) -> None:
    whole = find_spec("marina").text
    head = whole[: whole.index("    server: event c")]
    lines = (
        *(
            "",
            "comp",
            "compressor P: ",
            "compressor P: unbiased = ",
            "compressor P: unbiased = natural() of ",
        ),
        *("compressor P: unbiased = rand_k(", "param beta = ", "param beta = omega(", "problem ", "output "),
        *(
            "    ",
            "    server: event c ~ ",
            "    node -> server: m = ",
            "    node -> ",
            "    all: y = x - ",
            "    # ",
        ),
        *('guarantee "Theorem" for ', "equals "),
    )
    parts: list[str] = []

    async def use(editor: Editor) -> None:
        await editor.open(head)
        for line in lines:
            text = f"{head}{line}"
            await editor.change(f"{text}\n")
            end = lsp.Position(text.count("\n"), len(line))
            parts.append(section(f"`{line}`", await offered(editor, end)))

    session(use)
    golden("completion.txt", "\n".join(parts))


def test_mistakes_and_their_fixes(golden: Callable[[str, str], None]) -> None:
    parts: list[str] = []

    async def use(editor: Editor) -> None:
        text = WRONG
        found = await editor.open(text)
        for turn in range(1, 9):
            parts.append(section(f"diagnostics, {turn}", list(told(found))))
            parts.append(section(f"quick fixes, {turn}", await fixes(editor, text, found)))
            edits: list[lsp.TextEdit] = []
            for mistake in found:
                asked = lsp.CodeActionParams(DOCUMENT, mistake.range, lsp.CodeActionContext([mistake]))
                for action in await editor.client.text_document_code_action_async(asked) or []:
                    assert isinstance(action, lsp.CodeAction) and action.edit and action.edit.changes
                    edits += [edit for edit in action.edit.changes[URI] if edit not in edits]
            if not edits:
                break
            text = edited(text, edits)
            found = await editor.change(text)
        parts.append(section("after all fixes", [text]))

    session(use)
    golden("wrong.txt", "\n".join(parts))


def test_formatting(golden: Callable[[str, str], None]) -> None:
    text = "\n".join(line.replace(" = ", "=").rstrip() for line in find_spec("marina").text.split("\n"))
    parts: list[str] = []

    async def use(editor: Editor) -> None:
        await editor.open(text)
        asked = lsp.DocumentFormattingParams(DOCUMENT, lsp.FormattingOptions(4, True))
        edits = list(await editor.client.text_document_formatting_async(asked) or [])
        parts.append(section("formatted", changed(text, edits)))
        await editor.change(edited(text, edits))
        assert not await editor.client.text_document_formatting_async(asked)

    session(use)
    golden("format.txt", "\n".join(parts))
