"""What the README says is so: its spec is the shipped one, its commands exist, its main job is that of `make demo`."""

from __future__ import annotations

import re
import shlex
from contextlib import suppress
from pathlib import Path

import click
import pytest
from cablese.cli.main import app
from cablese.runtime.library import find_spec

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)


def lines_of_shell() -> list[str]:
    shell = "".join(text for language, text in BLOCKS if language == "sh").replace("\\\n", " ")
    return [
        line.strip() for line in shell.splitlines() if "cablese " in line and "make" not in line.split()[0]
    ]


def test_the_spec_is_the_shipped_one() -> None:
    assert BLOCKS[0][1].strip() in find_spec("marina").text


def test_the_main_job_is_that_of_make_demo() -> None:
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    demo = next(line for line in recipe.splitlines() if "cablese compare" in line)
    shown = next(line for line in lines_of_shell() if "cablese compare" in line)
    assert shlex.split(demo.replace("$(BIN)/", "")) == shlex.split(shown)


@pytest.mark.parametrize("line", lines_of_shell())
def test_every_command_line_is_one(line: str) -> None:
    words = shlex.split(line, comments=True)
    words = words[words.index("cablese") + 1 :]
    command = app.commands[words[0]]
    whole = click.Context(app, **app.context_settings)  # commands keep the help option of their first context
    with suppress(click.exceptions.Exit):  # of --help
        # raises a usage error where the README is wrong
        command.make_context(words[0], words[1:], parent=whole)


def test_the_readme_names_every_command_that_exists_and_no_other() -> None:
    named = {re.search(r"cablese (\w+)", line).group(1) for line in lines_of_shell()}  # type: ignore[union-attr]
    assert named == set(app.commands)
    assert all(isinstance(command, click.Command) for command in app.commands.values())


def test_pictures_and_pages_that_it_points_to_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
