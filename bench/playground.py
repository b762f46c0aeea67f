"""Seconds until the playground has checked its first spec, in chromium: with an empty cache, and again.

make docs PYODIDE=.venv/node_modules/pyodide && python bench/playground.py build/site
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from playwright.sync_api import BrowserContext, sync_playwright

PATIENCE = 120_000
"""Milliseconds."""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing: only times are printed."""


def seconds(browser: BrowserContext, address: str) -> float:
    page = browser.new_page()
    started = time.perf_counter()
    page.goto(address)
    page.wait_for_selector("body[data-checked=yes]", timeout=PATIENCE)
    taken = time.perf_counter() - started
    page.close()
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("site", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    served = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(asked.site)))
    Thread(target=served.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{served.server_port}/playground/index.html"
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    cold, warm = [], []
    with sync_playwright() as started:
        for _ in range(asked.repeats):
            with tempfile.TemporaryDirectory() as profile:
                browser = started.chromium.launch_persistent_context(
                    profile, executable_path=chromium, args=["--no-sandbox"]
                )
                cold.append(seconds(browser, address))
                warm += [seconds(browser, address) for _ in range(2)]
                browser.close()
    for name, times in (("cold", cold), ("warm", warm)):
        print(
            f"{name}: median {statistics.median(times):.1f} s, {min(times):.1f} to {max(times):.1f} s "
            f"of {len(times)} loads; load average {os.getloadavg()[0]:.1f}"
        )


if __name__ == "__main__":
    main()
