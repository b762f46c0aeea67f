"""A comparison of two specs as HTML, for notebooks and pages."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from .difference import Account
from .listing import Cell, Row

_STYLE = """\
.cablese-diff { font-family: sans-serif; max-width: 75em; }
.cablese-diff th { text-align: left; vertical-align: top; padding-right: 1em; color: #06668c; }
.cablese-diff td { text-align: left; vertical-align: top; }
.cablese-diff table.texts { border-collapse: collapse; width: 100%; margin-top: 1em; }
.cablese-diff table.texts td { font-family: monospace; white-space: pre-wrap; padding: 0 0.5em; width: 50%; }
.cablese-diff .lost { background: #fdeaea; }
.cablese-diff .gained { background: #e8f6e8; }
.cablese-diff .lost mark { background: #f3b6b6; }
.cablese-diff .gained mark { background: #a8dca8; }
"""


def html_body(account: Account) -> str:
    """The part of a page, with its style, that a notebook shows."""
    head = f"<p><b>{escape(account.head)}</b></p>"
    return f'<div class="cablese-diff">\n<style>\n{_STYLE}</style>\n{head}\n{account_html(account)}\n</div>'


def account_html(account: Account) -> str:
    """The labelled lines and both texts, without the answer and a style."""
    return "\n".join(_account(account))


def _account(account: Account) -> Iterator[str]:
    yield '<table class="account">'
    before = ""
    for label, text in account.lines:
        yield f"<tr><th>{escape(label) if label != before else ''}</th><td>{escape(text)}</td></tr>"
        before = label
    yield "</table>"
    if account.rows:
        yield '<table class="texts">'
        yield from map(_row, account.rows)
        yield "</table>"


def _row(row: Row) -> str:
    same = row.sign == " "
    cells = (("", row.left), ("", row.right)) if same else (("lost", row.left), ("gained", row.right))
    opened = '<tr class="same">' if same else "<tr>"
    return f"{opened}{''.join(_cell(kind if cell else '', cell) for kind, cell in cells)}</tr>"


def _cell(kind: str, cell: Cell | None) -> str:
    opened = f'<td class="{kind}">' if kind else "<td>"
    return f"{opened}{_marked(cell) if cell else ''}</td>"


def _marked(cell: Cell) -> str:
    found, done = "", 0
    for start, end in cell.changed:
        found += f"{escape(cell.text[done:start])}<mark>{escape(cell.text[start:end])}</mark>"
        done = end
    return found + escape(cell.text[done:])
