"""Times of a GPU, and its equality with the host, as lines of JSON: kernels against a copy, top_k against the library's
selection, rounds against those of the host, and the comparison of `cablese certify --device`.

python bench/gpu.py                                        # everything, in at most seven minutes
python bench/gpu.py --section kernels --d 1e8
python bench/gpu.py --device strict --d 1e4 --rounds 3     # tries the script itself, without a GPU: its times mean nothing
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from cablese.dsl.text.diagnostics import SpecError
from cablese.runtime.arrays import select
from cablese.runtime.arrays.rounding import Grid, words_for
from cablese.runtime.codecs.columns import device_coder
from cablese.runtime.codecs.levels import LevelCodec
from cablese.runtime.codecs.packets import LevelPacket
from cablese.runtime.errors import RunFailed, SetupError
from threadpoolctl import threadpool_limits

ROUNDS = (
    ("diana", "Q", "rand_k(k = {k})"),
    ("marina", "Q", "quantize(s = 7)"),
    ("marina", "Q", "natural()"),
    ("ef21", "C", "top_k(k = {k})"),
)
FAULTS = (
    SpecError,
    SetupError,
    RunFailed,
    RuntimeError,
    MemoryError,
    ImportError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    AssertionError,
)
LEAVES = 45.0  # seconds that a section may still take when the next may begin no more


class Clock:
    """Times of work on a device, and the seconds left."""

    def __init__(self, device: str, budget: float, repeats: int) -> None:
        self.device, self.repeats, self.last = device, repeats, time.monotonic() + budget

    @property
    def left(self) -> float:
        """Seconds until sections stop."""
        return self.last - time.monotonic()

    def milliseconds(self, work: Callable[[], Any]) -> float:
        """The median time between two events, after two calls that compile and warm up; fewer where time runs out."""
        for _ in range(2):
            work()
        spans = []
        for _ in range(self.repeats):
            spans.append(self._span(work))
            if self.left < 0:
                break
        return statistics.median(spans)

    def _span(self, work: Callable[[], Any]) -> float:
        if self.device != "cuda":
            began = time.perf_counter()
            work()
            return 1e3 * (time.perf_counter() - began)
        import cupy

        begin, end = cupy.cuda.Event(), cupy.cuda.Event()
        begin.record()
        work()
        end.record()
        end.synchronize()
        spent: float = cupy.cuda.get_elapsed_time(begin, end)
        return spent


def show(section: str, **found: Any) -> None:
    """A line, as soon as it is known."""
    print(json.dumps({"section": section, **found}), flush=True)


# --- sections -----------------------------------------------------------------------------------------------------


def machine(clock: Clock, options: argparse.Namespace) -> None:
    """The device and the libraries."""
    if clock.device != "cuda":
        show("machine", device=clock.device, note="emulated: no time here is one of a GPU")
        return
    import cupy

    properties = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.Device().id)
    versions = {"cupy": cupy.__version__, "numpy": np.__version__}
    runtime, driver = cupy.cuda.runtime.runtimeGetVersion(), cupy.cuda.runtime.driverGetVersion()
    show("machine", device=properties["name"].decode(), runtime=runtime, driver=driver, **versions)


def equal(clock: Clock, options: argparse.Namespace) -> None:
    """The comparison of `cablese certify --device DEVICE --quick`."""
    from cablese.runtime.library import shipped_specs
    from cablese.runtime.verify.certify import share_of
    from cablese.runtime.verify.devices import compare_packets, compare_runs
    from cablese.runtime.verify.verify import find_specs

    for packet in compare_packets(clock.device):
        row = {"coordinates": packet.sets, "symbols": packet.symbols, "floats": packet.floats}
        show("equal", compressor=packet.compressor, **row, bits=packet.bits, stands=packet.stands)
    for source in find_specs(share_of([spec.name for spec in shipped_specs()])):
        if clock.left < LEAVES:
            show("equal", left_out="the other specs: no time")
            return
        (run,) = compare_runs(clock.device, [source])
        show(
            "equal",
            spec=run.spec,
            counts=run.counts,
            metrics=run.metrics,
            output=run.output,
            stands=run.stands,
        )


def kernels(clock: Clock, options: argparse.Namespace) -> None:
    """Each kernel beside a copy in the device's memory."""
    for d in options.d:
        copy = 0.0
        for name, work in works(int(d), clock.device):
            spent = clock.milliseconds(work)
            copy = copy or spent
            show("kernels", d=int(d), work=name, ms=round(spent, 4), copies=round(spent / copy, 2))
            if clock.left < LEAVES:
                return


def selection(clock: Clock, options: argparse.Namespace) -> None:
    """`top_k` beside the libraries' own: CuPy's partition, and PyTorch's topk where it has the device."""
    backend: Any = select.backend(clock.device, "float32", "float32")
    for d in options.d:
        host = np.abs(np.random.default_rng(0).standard_normal((1, int(d)), dtype=np.float32))
        values, k = backend.xp.asarray(host, device=backend.device), max(1, int(d) // 100)
        ours = clock.milliseconds(lambda v=values, k=k: backend.top_k(v, k))
        row = {"d": int(d), "k": k, "ms": round(ours, 4)}
        for name, work in _others(clock.device, values, k):
            theirs = clock.milliseconds(work)
            row |= {name: round(theirs, 4), f"ratio_{name}": round(ours / theirs, 3)}
        kept = backend.to_host(backend.top_k(values, k))[0]
        least = host[0, kept].min()
        row["right_set"] = np.unique(kept).size == k and bool(
            np.isin(np.flatnonzero(host[0] > least), kept).all()
        )
        show("selection", **row)
        if clock.left < LEAVES:
            return


def _others(device: str, values: Any, k: int) -> Iterator[tuple[str, Callable[[], Any]]]:
    if device != "cuda":
        return
    import cupy

    yield "cupy_argpartition", lambda: cupy.argpartition(values, values.shape[1] - k, axis=1)
    try:
        import torch

        if torch.cuda.is_available():
            tensor = torch.from_dlpack(values)
            yield "torch_topk", lambda: torch.topk(tensor, k, dim=1, sorted=False)
    except ImportError:
        return


def rounds(clock: Clock, options: argparse.Namespace) -> None:
    """Microseconds a round on both devices, short vectors and long, and whether they sent equally many bits."""
    import cablese

    for d in (100, 10_000, 1_000_000):
        if d > max(options.d):
            continue
        count = min(options.rounds, max(10, 30_000_000 // d))
        for method, letter, pattern in ROUNDS:
            compressor = pattern.format(k=d // 10)
            if clock.left < LEAVES:
                show("rounds", left_out=f"from {method}, d = {d} on: no time")
                return
            spent, bits = [], []
            for device in (clock.device, "cpu"):
                for _ in range(2):  # the first run compiles
                    result = cablese.run(
                        method,
                        problem=f"quadratic(d = {d}, mu = 0.01, L = 1, spread = 0.1, seed = 0)",
                        nodes=8,
                        rounds=count,
                        every=count,
                        device=device,
                        dtype="float32",
                        set={letter: compressor, "gamma": "1e-3"},
                    )
                spent.append(1e6 * float(result.trace["seconds"][-1]) / count)
                bits.append((result.trace["bits_up"][-1], result.trace["bits_shared"][-1]))
            row = {"device_us": round(spent[0]), "host_us": round(spent[1]), "equal_bits": bits[0] == bits[1]}
            show("rounds", method=method, compressor=compressor, d=d, **row)


def works(d: int, device: str) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The work to be timed, for float32 vectors of d entries; messages cross to the host and back."""
    backend: Any = select.backend(device, "float32", "float32")
    xp, key, counter, grid = backend.xp, (1, 2), (0, 1, 0, 0), Grid(7)
    host = np.random.default_rng(0).standard_normal((1, d), dtype=np.float32)
    vector = xp.asarray(host, device=backend.device)
    magnitudes, blocks = xp.abs(vector), -(-words_for(d) // 4)
    words = backend.consecutive_words(key, counter, 1, blocks)[:, : words_for(d)]
    norms = xp.max(magnitudes, axis=1)
    levels = backend.levels(vector, norms, words, grid)
    fields = xp.astype(levels + 7, xp.uint8)
    packed = backend.pack_fields(fields, 4)
    packet, codec = LevelPacket(backend.to_wire(norms), levels), LevelCodec(d, 7, 32)
    coder, room = device_coder(codec, backend), np.empty((1, codec.slot), np.uint8)
    assert coder is not None
    assert bool(xp.all(backend.unpack_fields(packed, d, 4, "uint8") == fields))
    yield "copy", lambda: xp.asarray(vector, copy=True)
    yield "philox, 32 bits an entry", lambda: backend.consecutive_words(key, counter, 1, blocks)
    yield "top_k 1 %", lambda: backend.top_k(magnitudes, max(1, d // 100))
    yield "levels, s = 7", lambda: backend.levels(vector, norms, words, grid)
    yield "pack, 4 bits", lambda: backend.pack_fields(fields, 4)
    yield "unpack, 4 bits", lambda: backend.unpack_fields(packed, d, 4, "uint8")
    yield "message of levels to the host", lambda: coder.write(packet, room)
    yield "message of levels from the host", lambda: coder.read(room)
    yield "the vector to the host", lambda: backend.to_host(vector)


SECTIONS = {each.__name__: each for each in (machine, equal, selection, kernels, rounds)}


def main() -> None:
    keep_lines = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=keep_lines)
    parser.add_argument("--device", default="cuda", choices=["cuda", "strict"])
    parser.add_argument("--section", action="append", choices=list(SECTIONS), help="may be repeated")
    parser.add_argument("--d", type=float, action="append", help="entries of a vector; may be repeated")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=100, help="rounds of a run")
    parser.add_argument("--budget", type=float, default=400, help="seconds after which nothing new begins")
    options = parser.parse_args()
    options.d = options.d or [1e8, 1e7]
    clock, failed = Clock(options.device, options.budget, options.repeats), False
    with threadpool_limits(1):
        for name in options.section or SECTIONS:
            if clock.left < LEAVES:
                show(name, left_out="no time")
                continue
            began = time.monotonic()
            try:
                SECTIONS[name](clock, options)
            except FAULTS as error:  # the other sections still count
                failed = True
                show(name, failed=f"{type(error).__name__}: {error}")
            show(name, seconds=round(time.monotonic() - began, 1))
    sys.exit(failed)


if __name__ == "__main__":
    main()
