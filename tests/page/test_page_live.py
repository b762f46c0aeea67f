"""The page of runs that go on: events as points come, the whole report at the end, an end that waits for nobody for long."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from http.client import HTTPConnection, HTTPResponse
from threading import Thread
from typing import Any
from urllib.request import urlopen

import cablese
import pytest
from cablese.runtime.execute.interface import Recording
from cablese.runtime.page.document import Page, Section
from cablese.runtime.page.live import EVENTS, HOST, LivePage
from cablese.runtime.report.labels import header_of
from launching import launch_command, launch_environment

WHOLE = Page("GD", "on a problem", (Section("results", "At the end", "<p>whole</p>"),))


@pytest.fixture(scope="module")
def done() -> Recording:
    return cablese.run("gd", nodes=2, rounds=6, every=1).recording


class Served:
    """A page on which one run goes on."""

    def __init__(self, done: Recording) -> None:
        self.run, self.made = Recording(), 0
        self.page = LivePage([header_of(done)], [self.run], self._finished)
        self.page.start()

    def _finished(self) -> Page:
        self.made += 1
        return WHOLE

    def ask(self, path: str, host: str = "") -> HTTPResponse:
        port = int(self.page.address.rstrip("/").rpartition(":")[2])
        connection = HTTPConnection(HOST, port, timeout=10)
        connection.request("GET", path, headers={"Host": host} if host else {})
        return connection.getresponse()


@pytest.fixture
def served(done: Recording) -> Iterator[Served]:
    found = Served(done)
    yield found
    if not found.page._over.is_set():
        found.page.stop()


def _event(answer: HTTPResponse) -> tuple[str, Any]:
    """The next event: its name and data."""
    name = answer.readline().decode().removeprefix("event: ").strip()
    data = answer.readline().decode().removeprefix("data: ")
    answer.readline()
    return name, json.loads(data)


def test_points_come_as_events_and_the_report_at_the_end(served: Served, done: Recording) -> None:
    page = served.ask("/").read().decode()
    assert f'data-events="{EVENTS}"' in page
    assert "<title>GD</title>" in page
    answer = served.ask(EVENTS)
    served.run.begin(header_of(done))
    name, told = _event(answer)
    assert (name, told["studies"]) == ("points", [])
    served.run.points += done.points[:3]
    name, told = _event(answer)
    assert told["progress"] == "GD is at round 2 of 6"
    assert told["studies"][0]["curves"][0]["places"]["rounds"] == [0, 1, 2]
    served.run.points += done.points[3:]
    served.run.summary = done.summary
    served.page.stop()
    while name != "end":
        name, told = _event(answer)
    assert told["progress"] == "The run has ended."
    assert "<p>whole</p>" in told["sections"]
    assert answer.read() == b""
    with pytest.raises(OSError):
        served.ask("/")


def test_a_page_that_nobody_opened_costs_nothing_at_the_end(served: Served) -> None:
    began = time.monotonic()
    served.page.stop()
    assert time.monotonic() - began < 2
    assert served.made == 0


def test_a_page_opened_as_the_last_run_ends_gets_the_report(served: Served, done: Recording) -> None:
    served.run.begin(header_of(done))
    served.run.points += done.points
    served.run.summary = done.summary
    served.ask("/").read()  # it is on its way to a browser, which asks for news in a moment
    end = Thread(target=served.page.stop)
    end.start()
    time.sleep(0.3)
    answer = served.ask(EVENTS)
    name, told = _event(answer)
    while name != "end":
        name, told = _event(answer)
    assert "<p>whole</p>" in told["sections"]
    end.join(10)
    assert not end.is_alive()


def test_a_page_asked_for_while_the_end_is_told_is_the_report(served: Served, done: Recording) -> None:
    served.run.begin(header_of(done))
    answer = served.ask(EVENTS)  # a reader who takes his time
    end = Thread(target=served.page.stop)
    end.start()
    while not served.page._over.is_set():
        time.sleep(0.01)
    page = served.page.text()
    assert "<p>whole</p>" in page and 'data-events=""' in page
    answer.close()
    end.join(10)


def test_a_browser_that_was_started_is_awaited(served: Served) -> None:
    served.page.await_browser()
    end = Thread(target=served.page.stop)
    end.start()
    time.sleep(0.3)
    served.ask("/").read()
    answer = served.ask(EVENTS)
    name, _ = _event(answer)
    while name != "end":
        name, _ = _event(answer)
    end.join(10)
    assert not end.is_alive()


def test_python_serves_the_page(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []

    def look(header: object, point: Any) -> None:
        if point.round == 2 and not heard:
            address = re.search(r"live: (http://\S+)/", capsys.readouterr().err)
            assert address is not None
            with urlopen(address[1] + EVENTS, timeout=10) as answer:
                heard.append(_event(answer)[0])

    found = cablese.compare(["gd", "diana"], nodes=2, rounds=3, every=1, live=True, on_point=look)
    assert heard == ["points"] and len(found) == 2
    cablese.run("gd", nodes=2, rounds=2, live=True)
    assert "live: http://127.0.0.1:" in capsys.readouterr().err


def test_other_names_of_the_machine_and_other_paths_are_refused(served: Served) -> None:
    assert served.ask("/", host="evil.example").status == 403
    assert served.ask("/other").status == 404


def test_a_run_that_nobody_hears_of_any_more_is_told_by_its_silence(served: Served, done: Recording) -> None:
    answer = served.ask(EVENTS)
    served.run.begin(header_of(done))
    served.run.points += done.points
    _event(answer)
    answer.close()  # the reader has gone
    began = time.monotonic()
    served.page.stop()
    assert time.monotonic() - began < 8


def test_several_runs_are_told_by_number(done: Recording) -> None:
    from cablese.runtime.page.live import _closing, _progress

    runs = [done, Recording(done.header, done.points[:2]), Recording()]
    assert _progress(runs) == "1 of 3 runs have ended; GD is at round 1 of 6"
    assert _closing(runs) == "Only 1 of 3 runs have ended."
    assert _closing(runs[:1]) == _progress(runs[:1]) == "The run has ended."
    assert done.summary is not None
    early = Recording(done.header, done.points[:2], replace(done.summary, stopped="by SIGINT", rounds=1))
    assert _closing([done, early]) == "All runs have ended; GD stopped at round 1."


SEVERAL = ("compare", "marina", "diana", "-n", "8", "-k", "100000", "--quiet", "--live")


@pytest.mark.mpi
def test_rank_0_serves_a_page_of_runs_over_ranks() -> None:
    _heard_to_the_end(launch_command(2, "-m", "cablese.cli.main", *SEVERAL), launch_environment(2))


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_signal_ends_runs_and_the_page_stands(jobs: int) -> None:
    words = [sys.executable, "-m", "cablese.cli.main", *SEVERAL, "--jobs", str(jobs)]
    _heard_to_the_end(words, None)


def _heard_to_the_end(words: list[str], environment: dict[str, str] | None) -> None:
    """Start runs, hear of points, interrupt them, and hear of the end, after which nothing is left."""
    job = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True)
    try:
        assert job.stderr is not None
        found = re.search(r"live: (http://\S+)", job.stderr.readline())
        assert found is not None
        with urlopen(f"{found[1].rstrip('/')}{EVENTS}", timeout=60) as answer:
            name, told = _event(answer)
            while not told["studies"]:
                name, told = _event(answer)
            assert name == "points"
            job.send_signal(signal.SIGINT)
            while name != "end":
                name, told = _event(answer)
        assert "stopped at round" in told["progress"]
        assert job.wait(30) in (130, 1)  # the launcher's own, of ranks that end by a signal
    finally:
        with suppress(ProcessLookupError):
            os.killpg(job.pid, signal.SIGKILL)
        job.wait(10)
