"""What all tests share: golden files, rewritten only by `pytest --update-golden`, and the seeds of random inputs.

Random inputs are the same for everyone, unless `--hypothesis-profile free` asks for others.
"""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import is_hypothesis_test, settings
from library_tiers import is_left_to_the_exhaustive_tier

settings.register_profile("same", deadline=None, database=None, derandomize=True, max_examples=50)
settings.register_profile(
    "free", deadline=None, database=None, derandomize=False, max_examples=100, print_blob=True
)
settings.load_profile("same")


def pytest_configure() -> None:
    """The same for everyone: interrupts are heard, by what tests start too (a shell's background jobs are deaf to them),
    and nothing says how wide a terminal is."""
    os.environ.pop("COLUMNS", None)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite the golden files that differ")
    parser.addoption("--only-random", action="store_true", help="only tests of inputs that hypothesis draws")


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses by markers
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if " object at 0x" in item.nodeid:  # workers of xdist would not find each other's tests
            raise pytest.UsageError(f"{item.nodeid}: give the parameter a name that stays, by ids=")
        if is_left_to_the_exhaustive_tier(item):
            item.add_marker(pytest.mark.exhaustive)
    if config.getoption("--only-random"):
        items[:] = [item for item in items if is_hypothesis_test(getattr(item, "obj", None))]
    if find_spec("torch") is None:
        for item in items:
            if item.get_closest_marker("torch"):
                item.add_marker(pytest.mark.skip(reason="PyTorch is not installed: make torch"))


def pytest_collection_finish() -> None:
    """Leave all that stands for every test, the tests themselves too, out of later searches for garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with the file of that name in the folder `golden` beside the test; a missing file fails."""
    folder = Path(request.path).parent / "golden"
    update = bool(request.config.getoption("--update-golden"))

    def compare(name: str, text: str) -> None:
        path = folder / name
        if update:
            folder.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.is_file(), f"{path} is missing: run pytest --update-golden and read what it wrote"
        assert text == path.read_text(encoding="utf-8")

    return compare
