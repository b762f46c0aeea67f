"""Settings of the command line, written into a spec in the place of its defaults: claims are then tried of the new spec."""

from __future__ import annotations

from collections.abc import Sequence

from cablese.dsl.pipeline import compile_spec, read_settings, read_spec
from cablese.dsl.syntax import nodes
from cablese.dsl.text.source import Source

from ..execute.methods import Method, settings_of_each
from ..registry import plugins


def settled(methods: Sequence[Method], settings: Sequence[str]) -> list[Source]:
    """The specs of methods, each with its own settings and those that reach it as defaults."""
    given = settings_of_each(methods, settings)
    return [with_settings(method.source, own) for method, own in zip(methods, given, strict=True)]


def with_settings(source: Source, settings: Sequence[str]) -> Source:
    """The text with the settings as defaults, every line where it was; raises SpecError for a wrong spec or setting."""
    if not settings:
        return source
    compile_spec(source, plugins(), settings)
    values = {
        setting.name.id: " ".join(setting.value.span.text.split()) for setting in read_settings(settings)
    }
    text = source.text
    declared = [line for line in read_spec(source).lines if isinstance(line, nodes.Param | nodes.Compressor)]
    for line in sorted(declared, key=lambda line: line.span.start, reverse=True):
        if line.name.id in values:
            text = _replaced(text, line, values[line.name.id])
    return Source(source.name, text)


def _replaced(text: str, line: nodes.Param | nodes.Compressor, value: str) -> str:
    """The text with another default, which keeps the line breaks of the old one."""
    if line.default is not None:
        start, end = line.default.span.start, line.default.span.end
        return text[:start] + _as_long(value, text[start:end]) + text[end:]
    last = line.contract if isinstance(line, nodes.Compressor) else line.name
    return f"{text[: last.span.end]} = {value}{text[last.span.end :]}"


def _as_long(value: str, old: str) -> str:
    """A value over as many lines as another: line breaks within parentheses mean nothing."""
    breaks = old.count("\n")
    return f"({value}{chr(10) * breaks})" if breaks else value
