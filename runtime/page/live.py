"""The page of runs that go on, served on the loopback: curves follow the points, and at the end the page stands whole."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Condition, Event, Lock, Thread
from typing import Any

from cablese.dsl.text.printable import printable
from cablese.dsl.text.records import record

from ..execute.interface import Header, Recording
from ..report.labels import ending, header_of
from .document import Page, page_parts, page_text
from .runs import studies_of
from .study import study_record

HOST = "127.0.0.1"
EVENTS = "/events"
_END = "end"
_PAUSE = 0.5  # seconds between two events, at least
_SHARE = 50  # pauses are so many times as long as an event takes to make: a fiftieth of one core
_ALIVE = 5.0  # seconds after which a page is told that nothing is new, which shows whether it is still there
_NAMED = 4  # runs whose rounds are told
_PATIENCE = 3.0  # seconds that the end waits for pages to hear of it
_STARTING = 10.0  # seconds in which a browser that was started asks for the page


@record
class _Told:
    """An event: its number, its name and its data as JSON."""

    number: int
    name: str
    data: str


class LivePage:
    """The server of a page. Nothing is asked of the runs: recordings are looked at when a browser waits for news."""

    def __init__(
        self, headers: Sequence[Header], recordings: Sequence[Recording], finished: Callable[[], Page]
    ) -> None:
        self._headers, self._recordings, self._finished = headers, recordings, finished
        self._server = _Server((HOST, 0), _Handler)
        self._server.page = self
        self._thread = Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._making, self._over = Lock(), Event()
        self._whole: Page | None = None
        self._pages = Condition()  # of what follows
        self._open = 0  # pages that hear
        self._awaited, self._until = (
            0,
            0.0,
        )  # pages that were asked for and do not hear yet, and until when they may
        self._browser = False  # one was started, and has not asked
        self._last = _Told(0, "", "")
        self._seen, self._pause = -1, _PAUSE

    @property
    def address(self) -> str:
        """The address of the page."""
        return f"http://{HOST}:{self._server.server_port}/"

    def start(self) -> None:
        """Serve, in a thread."""
        self._thread.start()

    def await_browser(self) -> None:
        """Expect a browser that was just started to ask for the page."""
        self._expect(_STARTING)
        self._browser = True

    def stop(self) -> None:
        """Show every page that is open, or opens now, the whole report, and end the server; after a few seconds in any
        case."""
        with self._pages:
            self._wait_for_awaited()
            heard = self._open > 0
        try:
            if heard:
                self._final()
        finally:
            self._over.set()
        with self._pages:
            self._pages.wait_for(lambda: not self._open, _PATIENCE)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(_PATIENCE)

    def _wait_for_awaited(self) -> None:
        """Wait, with the condition held, until the pages that were asked for hear, or have had their time."""
        while self._awaited and (left := self._until - time.monotonic()) > 0:
            self._pages.wait(left)

    def _expect(self, seconds: float) -> None:
        """A page is on its way to a browser, and is to hear of news within some seconds."""
        with self._pages:
            if self._browser:  # the one that was awaited
                self._browser = False
            else:
                self._awaited += 1
            self._until = max(self._until, time.monotonic() + seconds)

    def text(self) -> str:
        """The page as it is when a browser asks for it: behind the last run the whole report, which hears of nothing."""
        if self._over.is_set():
            with self._making:
                return page_text(self._finish())
        self._expect(_PATIENCE)
        title = ", ".join(dict.fromkeys(header.algorithm for header in self._headers))
        problems = ", ".join(dict.fromkeys(header.problem for header in self._headers))
        return page_text(Page(title, problems, ()), events=EVENTS)

    def news(self) -> Iterator[_Told | None]:
        """The events for one page, until the last; None now and then where nothing is new."""
        with self._pages:
            self._open += 1
            self._awaited = max(0, self._awaited - 1)
            self._pages.notify_all()
        try:
            yield from self._news()
        finally:
            with self._pages:
                self._open -= 1
                self._pages.notify_all()

    def _news(self) -> Iterator[_Told | None]:
        known, told = 0, time.monotonic()
        while True:
            is_over = self._over.is_set()
            latest = self._final() if is_over else self._latest()
            if latest.number > known:
                known, told = latest.number, time.monotonic()
                yield latest
            elif time.monotonic() - told > _ALIVE:
                told = time.monotonic()
                yield None
            if is_over:
                return
            self._over.wait(self._pause)

    def _latest(self) -> _Told:
        """The last event, made anew where points have come since."""
        with self._making:
            count = sum(len(run.points) + (run.summary is not None) for run in self._recordings)
            if count != self._seen and self._last.name != _END:
                began = time.monotonic()
                self._seen = count
                self._last = _Told(self._last.number + 1, "points", self._points())
                self._pause = max(_PAUSE, _SHARE * (time.monotonic() - began))
            return self._last

    def _final(self) -> _Told:
        """The event of the end, made once."""
        with self._making:
            if self._last.name != _END:
                self._last = _Told(self._last.number + 1, _END, self._end())
            return self._last

    def _points(self) -> str:
        runs = [_copied(run) for run in self._recordings]
        records = [study_record(study) for study in studies_of(runs)]
        return _json({"studies": records, "progress": _progress(runs)})

    def _finish(self) -> Page:
        """The whole report, made once."""
        if self._whole is None:
            self._whole = self._finished()
        return self._whole

    def _end(self) -> str:
        page = self._finish()
        told = {"studies": list(page.studies), "progress": _closing(self._recordings)}
        return _json(page_parts(page) | told)


def _progress(runs: Sequence[Recording]) -> str:
    """The state of runs that go on, in words: how many have ended, and where the others are."""
    ended = [run for run in runs if run.summary is not None]
    if len(ended) == len(runs):
        return _closing(runs)
    going = [_position(run) for run in runs if run.header is not None and run.summary is None]
    told = [f"{len(ended)} of {len(runs)} runs have ended"] if len(runs) > 1 else []
    return printable("; ".join([*told, *(going[:_NAMED] or ["the next begins"])]))


def _closing(runs: Sequence[Recording]) -> str:
    """The state of runs when no more are run: those that did not come to their last round."""
    ended = sum(run.summary is not None for run in runs)
    if ended < len(runs):
        head = f"Only {ended} of {len(runs)} runs have ended"
    else:
        head = "The run has ended" if ended == 1 else "All runs have ended"
    early = [f"{header_of(run).algorithm} {ending(run)}" for run in runs if ending(run)]
    return printable("; ".join([head, *early]) + ".")


def _position(run: Recording) -> str:
    header, at = header_of(run), run.points[-1].round if run.points else 0
    return f"{header.algorithm} is at round {at:,} of {header.rounds:,}"


def _json(value: Any) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def _copied(run: Recording) -> Recording:
    """A run as it is now, to which no point is added."""
    return Recording(run.header, run.points[:], run.summary)


class _Server(ThreadingHTTPServer):
    page: LivePage

    def server_bind(self) -> None:
        """Bind, without asking for the machine's name, which may take long."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a browser may go at any time."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _PATIENCE

    def do_GET(self) -> None:
        """Answer with the page or its events, to browsers that asked for this machine by its number or name."""
        port = self.server.server_port
        if self.headers.get("Host") not in (f"{HOST}:{port}", f"localhost:{port}"):
            self.send_error(403)
        elif self.path == EVENTS:
            self._answer("text/event-stream")
            for told in self.server.page.news():
                self.wfile.write(_event(told))
        elif self.path == "/":
            self._answer("text/html; charset=utf-8")
            self.wfile.write(self.server.page.text().encode("utf-8", "replace"))
        else:
            self.send_error(404)

    def _answer(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the terminal is the run's."""


def _event(told: _Told | None) -> bytes:
    return b": still here\n\n" if told is None else f"event: {told.name}\ndata: {told.data}\n\n".encode()
