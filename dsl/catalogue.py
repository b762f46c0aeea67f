"""All pages, by family and by code; how they are shown is left to callers."""

from __future__ import annotations

from .check import (
    aggregate_errors,
    bucket_errors,
    call_errors,
    compressor_errors,
    domain_errors,
    epoch_errors,
    history_errors,
    kind_errors,
    line_errors,
    name_errors,
    param_errors,
    place_errors,
    statement_errors,
)
from .lint import catalogue as warnings
from .lint import doubts
from .plan import errors as plan_errors
from .syntax import sign_errors, text_errors, word_errors
from .text import decode
from .text.page import Page

MODULES = (
    decode,
    text_errors,
    sign_errors,
    word_errors,
    name_errors,
    place_errors,
    domain_errors,
    aggregate_errors,
    bucket_errors,
    kind_errors,
    call_errors,
    history_errors,
    compressor_errors,
    param_errors,
    statement_errors,
    epoch_errors,
    line_errors,
    plan_errors,
    warnings,
    doubts,
)
"""Modules that hold pages, each above the constructors of its diagnostics."""

FAMILIES = {
    "E1": "what is written",
    "E2": "who knows what",
    "E3": "kinds, names and calls",
    "E4": "compressors and params",
    "E5": "statements and lines",
    "E6": "what a run cannot do",
    "W1": "what nobody reads",
    "W2": "what comes out otherwise than it reads",
    "W3": "what comments allow",
    "W4": "what is doubtful, with --pedantic",
}
"""Titles of the families of codes."""

PAGES = {
    page.code: page
    for page in sorted(
        (page for module in MODULES for page in vars(module).values() if isinstance(page, Page)),
        key=lambda page: page.code,
    )
}
"""Every page by its code, in the order of families and codes."""
