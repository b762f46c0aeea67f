"""A comparison of two specs as a figure of two columns in LaTeX: both algorithm boxes, the lines marked that differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from cablese.dsl.algebra.renaming import bare_text, renamed
from cablese.dsl.edits.sentences import method_names
from cablese.dsl.emit.tex import PACKAGES, box_lines
from cablese.dsl.emit.tex_symbols import plain
from cablese.dsl.pipeline import compile_spec, read_spec
from cablese.dsl.syntax import nodes
from cablese.dsl.text.source import Source

from ..execute.difference import Difference
from ..registry import plugins
from .difference import listed_names

_CLOSED = ("\\End", "\\Else", "\\Statex", "\\For", "\\If")
_STEP = "  "


def difference_tex(difference: Difference) -> str:
    """The figure, for a document that loads the packages of its first line."""
    one, other = map(read_spec, difference.sources)
    boxes = _box(one, difference), _box(renamed(other, listed_names(difference)), difference)
    return "\n".join(_figure(difference, boxes)) + "\n"


def _box(spec: nodes.Spec, difference: Difference) -> list[str]:
    """The lines of a spec's box, its claims left out."""
    source = Source(difference.sources[0].name, bare_text(spec))
    return box_lines(read_spec(source), compile_spec(source, plugins()))


def _figure(difference: Difference, boxes: tuple[list[str], list[str]]) -> Iterator[str]:
    names = method_names(difference.script)
    yield f"% \\usepackage{{{', '.join((*PACKAGES, 'xcolor'))}}}"
    yield "\\begin{figure*}"
    for place, colour, end in ((0, "red", "\\hfill"), (1, "blue", "")):
        yield f"{_STEP}\\begin{{minipage}}[t]{{0.49\\textwidth}}"
        yield f"{_STEP * 2}\\raggedright"
        yield f"{_STEP * 2}\\textbf{{{plain(names[place])}}}"
        yield f"{_STEP * 2}\\begin{{algorithmic}}[1]"
        yield from (_STEP * 3 + line for line in _marked(boxes[place], boxes[1 - place], colour))
        yield f"{_STEP * 2}\\end{{algorithmic}}"
        yield f"{_STEP}\\end{{minipage}}{end}"
    yield f"{_STEP}\\caption{{{plain(' to '.join(names))}: {plain(difference.answer)}}}"
    yield "\\end{figure*}"


def _marked(lines: Sequence[str], other: Sequence[str], colour: str) -> Iterator[str]:
    """The lines, in colour where the other box has no such line."""
    matcher = SequenceMatcher(None, lines, other, autojunk=False)
    same = {k for block in matcher.get_matching_blocks() for k in range(block.a, block.a + block.size)}
    for place, line in enumerate(lines):
        bare = line.lstrip()
        if place in same or bare.startswith(_CLOSED):
            yield line
            continue
        command, blank, text = bare.partition(" ")
        yield f"{line[: len(line) - len(bare)]}{command}{blank}{{\\color{{{colour}}}{text}}}"
