"""Seconds until the mistakes and warnings of a long spec are known, as an editor asks for them after every key.

python bench/diagnostics.py --lines 200          # of a correct spec
python bench/diagnostics.py --lines 200 --keys   # while a step is typed into its middle, and through `cablese lsp`
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from cablese.dsl.pipeline import diagnose_spec, forget_texts
from cablese.dsl.text.source import Source
from cablese.runtime.registry import plugins

LIMIT = 0.1
"""Seconds of the processor."""

HEAD = """\
algorithm Long
problem minimize
compressor Q: unbiased = rand_k(k = 1)
param gamma = 1 / L where gamma > 0
init:
    all: x = x0
    node: h = 0 * grad(x)
    server: H = 0 * x0
round:
"""
STEP = """\
    node -> server: q{i} = Q(grad(x) - h)
    node: h = h + 0.5 * q{i}
    server: g{i} = H + mean(q{i})
    server: H = H + 0.5 * mean(q{i})
    server -> all: u{i} = g{i}
    all: x = x - gamma * u{i}
"""


def long_spec(lines: int) -> str:
    """A correct spec of about so many lines: steps of DIANA, one after another."""
    steps = (lines - HEAD.count("\n")) // STEP.count("\n")
    return HEAD + "".join(STEP.format(i=i) for i in range(steps)) + "output x\n"


def typed(text: str) -> Iterator[str]:
    """The text while a step is typed into its middle, key by key."""
    middle = text.index(STEP.format(i=text.count("-> all:") // 2))
    step = STEP.format(i="_new")
    for keys in range(1, len(step) + 1):
        yield text[:middle] + step[:keys] + ("\n" if step[keys - 1] != "\n" else "") + text[middle:]


def seconds(text: str) -> float:
    """Processor seconds for the diagnostics of a text that was not read before."""
    started = time.process_time()
    forget_texts()
    diagnose_spec(Source("long.alg", text), plugins())
    return time.process_time() - started


async def answered(texts: Sequence[str]) -> list[float]:
    """Seconds by the clock from each change of a document to its diagnostics, of the language server."""
    from lsprotocol import types as lsp
    from pygls.lsp.client import LanguageClient

    uri, client, heard = "file:///long.alg", LanguageClient("bench", "1"), asyncio.Queue[Any]()
    client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(lambda told: heard.put_nowait(told))
    await client.start_io(sys.executable, "-m", "cablese.cli.main", "lsp")
    await client.initialize_async(
        lsp.InitializeParams(capabilities=lsp.ClientCapabilities(), process_id=None)
    )
    client.text_document_did_open(
        lsp.DidOpenTextDocumentParams(lsp.TextDocumentItem(uri, "alg", 0, texts[0]))
    )
    await heard.get()
    times = []
    for version, text in enumerate(texts, 1):
        started = time.perf_counter()
        client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(
                lsp.VersionedTextDocumentIdentifier(version=version, uri=uri),
                [lsp.TextDocumentContentChangeWholeDocument(text)],
            )
        )
        await heard.get()
        times.append(time.perf_counter() - started)
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()  # type: ignore[no-untyped-call]
    return times


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--keys", action="store_true")
    asked = parser.parse_args()
    text = long_spec(asked.lines)
    if found := diagnose_spec(Source("long.alg", text), plugins()):
        raise SystemExit(f"the spec is not correct: {found[0].message}")
    print(f"{text.count(chr(10))} lines, limit {LIMIT} s")
    if asked.keys:
        texts = list(typed(text))
        tell("processor, a key", [seconds(text) for text in texts])
        tell("by the clock, a key, of the language server", asyncio.run(answered(texts)))
    else:
        tell("processor", [seconds(f"{text}# key {key}\n") for key in range(asked.repeats)])


def tell(what: str, times: Sequence[float]) -> None:
    """Print the middle and the ends of some times."""
    over = sum(each > LIMIT for each in times)
    print(
        f"{what}: median {statistics.median(times):.3f} s, least {min(times):.3f} s, most {max(times):.3f} s, "
        f"{over} of {len(times)} over the limit"
    )


if __name__ == "__main__":
    main()
