"""Tries a block of the documentation: runs its commands or its program in a folder, compares what was printed."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from blocks import EXAMPLES, ROOT, RUN, Block
from cablese.cli.main import app
from cablese.runtime.library import find_spec
from cablese.runtime.report.machine import launcher

_NUMBER = re.compile(r"-?\d[\d,]*\.\d*(?:e[-+]?\d+)?|-?\d+e[-+]?\d+")
_TOKEN = re.compile(rf"(?P<lines>^…$)|(?P<some>…)|(?P<number>{_NUMBER.pattern})(?!…|\d)", re.MULTILINE)
_TOLERANCE = 0.01
_LIMIT = 300  # seconds: a job that hangs is a failure


def lay_out(block: Block, folder: Path) -> None:
    """Write the files that the page has shown above the block, the latest of each name; run what it continues. An
    example's page has the files beside it."""
    before = block.before
    if EXAMPLES in block.page.parents:
        shutil.copytree(block.page.parent, folder, dirs_exist_ok=True)
    if given := block.marks.get("given"):
        (folder / "mine.alg").write_text(find_spec(given).text, encoding="utf-8")
    if before is None:
        for shown in reversed(block.all_above()):
            if "file" in shown.marks:
                (folder / shown.marks["file"]).write_text(shown.text, encoding="utf-8")
        return
    lay_out(before, folder)
    run(before, folder)


def run(block: Block, folder: Path) -> str:
    """What the commands or the program printed, errors included."""
    assert block.kind in RUN
    with _inside(folder):
        return _program(block) if block.kind == "python" else _commands(block)


def commands_of(block: Block) -> Iterator[list[str]]:
    """The words of each command of an `sh` block."""
    for line in block.text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words:
            yield words


def alike(printed: str, expected: str) -> bool:
    """Whether the words are the same and the numbers close; `…` stands for anything on a line, a line `…` for several."""
    words, numbers = _skeleton(expected)
    found = re.fullmatch(words, _tidy(printed))
    return found is not None and all(map(_close, found.groups(), numbers))


def _commands(block: Block) -> str:
    printed, code = "", 0
    for words in commands_of(block):
        assert code == 0, f"{block.id}: a command failed before `{shlex.join(words)}`:\n{printed}"
        output, code = _in_parallel(words) if words[0] == "mpirun" else _alone(words)
        printed += output
    wanted = int(block.marks.get("exits", "0"))
    assert code == wanted, f"{block.id} ended with {code}, not {wanted}:\n{printed}"
    return printed


def _alone(words: list[str]) -> tuple[str, int]:
    """A command of `cablese` in this process; of `make` only that it is in the Makefile."""
    if words[0] == "make":
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        return "", 0
    assert words[0] == "cablese", f"`{words[0]}` is no command that the documentation's tests know"
    output, code = io.StringIO(), 0
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            app(args=words[1:], prog_name="cablese")
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
    return output.getvalue(), code


def _in_parallel(words: list[str]) -> tuple[str, int]:
    program = launcher()
    if program is None:
        pytest.skip("no mpiexec and no mpirun: pip install mpich brings one")
    at = words.index("cablese")
    command = [str(program), *words[1:at], sys.executable, "-m", "cablese.cli.main", *words[at + 1 :]]
    ended = subprocess.run(
        command,
        env={**os.environ, "MPIR_CVAR_ENABLE_HEAVY_YIELD": "1", "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_LIMIT,
    )
    return ended.stdout, ended.returncode


def _program(block: Block) -> str:
    output = io.StringIO()
    with (
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(output),
        pytest.MonkeyPatch.context() as patch,
    ):
        if "stand-in" in block.marks:
            patch.syspath_prepend(Path(__file__).with_name("stand_ins"))
        try:
            exec(compile(block.text, block.id, "exec", dont_inherit=True), {"__name__": "__main__"})
        except Exception:  # noqa: BLE001 whatever a documented program raises is what a reader would see
            raise AssertionError(f"{block.id}:\n{output.getvalue()}{traceback.format_exc()}") from None
    return output.getvalue()


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    with contextlib.chdir(folder), pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "120")
        patch.setenv("NO_COLOR", "1")
        yield


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


def _skeleton(expected: str) -> tuple[str, list[float]]:
    """A pattern with a group for each number of the text, and the numbers. A number before `…` is its first digits."""
    numbers: list[float] = []
    pattern, at = "", 0
    text = _tidy(expected)
    for found in _TOKEN.finditer(text):
        pattern += re.escape(text[at : found.start()])
        at = found.end()
        if found["lines"]:
            pattern += r"(?s:.*?)"
        elif found["some"]:
            pattern += r"[^\n]*?"
        else:
            pattern += f"({_NUMBER.pattern})"
            numbers.append(_value(found["number"]))
    return pattern + re.escape(text[at:]), numbers


def _value(number: str) -> float:
    return float(number.replace(",", ""))


def _close(found: str, wanted: float) -> bool:
    return abs(_value(found) - wanted) <= _TOLERANCE * abs(wanted)
