"""Files of figures: their formats, and writing them whole, over nothing but a figure."""

from __future__ import annotations

import re
import shutil
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import output_errors
from ..files.whole import write_whole
from .replaced_files import replaced_beginning

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SUFFIXES = (".png", ".pdf", ".svg", ".pgf")
_SIGNS = {
    ".png": re.compile(rb"\x89PNG\r\n"),
    ".pdf": re.compile(rb"%PDF-"),
    ".svg": re.compile(rb"(?s)(\xef\xbb\xbf)?\s*<([?!].*<)?svg"),
    ".pgf": re.compile(rb"%% Creator: Matplotlib, PGF backend"),
}
_KEYWORDS: dict[str, Any] = {
    ".pdf": {"metadata": {"CreationDate": None}},
    ".svg": {"metadata": {"Date": None}},
}  # no dates: equal runs give equal files
_TEX = ("pdflatex", "lualatex", "xelatex")  # by which a .pgf's texts are measured
# text stays text, and names inside the file do not differ each time
_FILES: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "cablese", "pgf.rcfonts": False}


def save_figure(drawn: Figure, path: Path) -> None:
    """Write a figure as PNG, PDF, SVG or PGF by the file's suffix, at once; equal runs give equal files.

    Raises UsageError where the file is no figure, or a .pgf is asked for without LaTeX; OutputFailed where it cannot be
    written.
    """
    import matplotlib as mpl

    check_replaces_figure(path)
    suffix = path.suffix.lower()
    with mpl.rc_context(_FILES):
        content = _measured_by_tex(drawn, path) if suffix == ".pgf" else _content(drawn, suffix)
    try:
        write_whole(path, content)
    except OSError as error:
        raise output_errors.failed(path, error) from None


def _content(drawn: Figure, suffix: str) -> bytes:
    stream = BytesIO()
    drawn.savefig(stream, format=suffix[1:], **_KEYWORDS.get(suffix, {}))
    return stream.getvalue()


def _measured_by_tex(drawn: Figure, path: Path) -> bytes:
    """A figure as commands of LaTeX's package pgf. Raises UsageError where LaTeX, or the package, is not installed."""
    import matplotlib as mpl
    from matplotlib.backends.backend_pgf import LatexError

    system = next(filter(shutil.which, _TEX), None)
    if system is None:
        raise output_errors.no_tex(path, f"{', '.join(_TEX[:-1])} and {_TEX[-1]} are not installed")
    try:
        with mpl.rc_context({"pgf.texsystem": system}):
            return _content(drawn, ".pgf")
    except (LatexError, RuntimeError) as error:
        raise output_errors.no_tex(path, f"{system} says: {str(error).strip().splitlines()[-1]}") from None


def check_replaces_figure(path: Path) -> None:
    """Raise UsageError unless a figure replaces one of its format, or nothing, in a folder that exists."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise output_errors.no_figure(path, SUFFIXES)
    beginning = replaced_beginning(path, f"the plot {path}")
    if beginning and not _SIGNS[suffix].match(beginning):
        raise output_errors.not_a_picture(f"the plot {path}", suffix)
