"""A process that is about to end its job waits until its launcher has read what it printed."""

from __future__ import annotations

import subprocess
import sys
import time

LATE = 0.7
PROGRAM = """
import sys, time
from cablese.runtime.transports.forwarding import wait_for_forwarding

print("last words", file=sys.stderr, flush=True)
began = time.monotonic()
wait_for_forwarding()
print(time.monotonic() - began)
"""


def test_words_are_waited_for_until_they_are_read() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None and process.stdout is not None
        words = process.stderr.readline()
        waited = float(process.stdout.read())
    assert words == b"last words\n" and waited < LATE


def test_a_reader_that_never_reads_is_not_waited_for_without_end() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr is not None and process.stdout is not None
        began = time.monotonic()
        waited = float(process.stdout.read())
        assert 2 < waited < 30 and time.monotonic() - began < 60
        assert process.stderr.read() == b"last words\n"
