"""Specs to begin with: a template, or a copy of another spec under a name of its own."""

from __future__ import annotations

import re
from pathlib import Path

from cablese.dsl.text.source import Source

from . import output_errors as errors
from .errors import UsageError

SUFFIX = ".alg"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_TITLE = re.compile(r'^algorithm(\s+)(\w+)(\s*:\s*")?', re.MULTILINE)

TEMPLATE = """\
# What is new about the method, in a sentence.
algorithm {name}: "authors (venue year), Algorithm 1"
problem minimize

compressor Q: unbiased = rand_k(k = ceil(d / 10))    # `cablese list compressors`
param gamma = 1 / (L * (1 + omega(Q)))    where gamma > 0    # a default from theory

init:
    all: x = x0

round:
    # each node sends its compressed gradient; what is sent is counted
    node -> server: m = Q(grad(x))
    # the server averages them, and everyone steps
    server -> all: g = mean(m)
    all: x = prox(x - gamma * g, gamma)

output x
"""


def path_of(name: str) -> Path:
    """The file of a new spec, whose stem is the name of its algorithm. Raises UsageError for another name."""
    path = Path(name)
    path = path if path.suffix == SUFFIX else path.with_name(f"{path.name}{SUFFIX}")
    if not _NAME.fullmatch(path.stem):
        raise UsageError(
            f"a method's name is made of letters, digits and _, and begins with a letter, not {path.stem!r}."
        )
    return path


def template(name: str) -> str:
    """A spec of compressed gradient descent, with comments on its lines."""
    return TEMPLATE.format(name=name)


def renamed_copy(source: Source, name: str) -> str:
    """The text of a spec under another name, its source told as what it was made from."""

    def titled(found: re.Match[str]) -> str:
        blank, old, quoted = found.groups()
        return f"algorithm{blank}{name}{quoted or ''}{f'after {old}: ' if quoted else ''}"

    return _TITLE.sub(titled, source.text, count=1)


def write_new(path: Path, text: str) -> None:
    """Write a spec to a file that is not there yet. Raises UsageError for one that is, or a folder that is not."""
    if not path.parent.is_dir():
        raise errors.no_folder(path)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise errors.there_already(path) from None
    except OSError as error:
        raise errors.not_writable(str(path), error) from None
