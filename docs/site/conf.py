"""Sphinx's settings of the site: the pages of docs/, the README and the examples, as they stand in the repository."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import archive

project = "cablese"
html_title = "cablese"
copyright = "the cablese authors"

extensions = [
    "myst_parser",
    "sphinx_external_toc",
    "sphinx_copybutton",
    "sphinx.ext.autodoc",
    "sphinx-mathjax-offline",
]
external_toc_path = "docs/site/toc.yml"
external_toc_exclude_missing = False
include_patterns = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/**", "examples/**"]
source_suffix = {".md": "markdown"}
suppress_warnings = ["misc.highlighting_failure"]  # of specs that are wrong on purpose

myst_heading_anchors = 4
myst_enable_extensions = ["dollarmath"]
autodoc_typehints = "description"
autodoc_member_order = "bysource"
add_module_names = False

html_theme = "furo"
html_favicon = "static/favicon.svg"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["finder.js", "playground.js"]
html_extra_path = ["extra"]  # index.html, which leads to the first page


def setup(app):
    """Have the playground's files written beside its page."""
    app.connect("build-finished", _finish)


def _finish(app, failure):
    if failure is None and app.builder.format == "html":
        archive.build(Path(app.outdir), os.environ.get("PYODIDE", ""))
