"""What the tests of compressors share: every shipped binding, kernels with their words, dense results on the host."""

from math import inf
from typing import Any

import numpy as np
from cablese.dsl.check.contracts import CompressorBinding, Form
from cablese.runtime.arrays.backend import Backend
from cablese.runtime.codecs.packets import Packet, map_packet
from cablese.runtime.compressors.base import Compressor
from cablese.runtime.compressors.registry import make

FITTED = ("rice", "entropy")


def bind(name: str, **arguments: Any) -> Compressor:
    return make(CompressorBinding(name, tuple(arguments.items())))


def binding(name: str, **arguments: Any) -> CompressorBinding:
    return CompressorBinding(name, tuple(arguments.items()))


def chain(outer: CompressorBinding, *inner: CompressorBinding) -> CompressorBinding:
    return CompressorBinding(outer.name, outer.arguments, chain(*inner) if inner else None)


def compose(outer: CompressorBinding, *inner: CompressorBinding) -> Compressor:
    return make(chain(outer, *inner))


def composed(counts: list[int]) -> list[Compressor]:
    """Compositions of each class, of fixed and of varying size."""
    return [
        *(compose(binding("quantize", s=60), binding("top_k", k=k)) for k in counts),
        *(compose(binding("quantize", s=60, encode="rice"), binding("rand_k", k=k)) for k in counts[:2]),
        compose(binding("scaled_sign"), binding("top_k", k=counts[-1])),
        compose(binding("natural"), binding("rand_k", k=counts[0], scaled=False)),
        compose(binding("rand_p", p=0.5), binding("rand_k", k=counts[-1])),
        compose(binding("identity"), binding("top_k", k=counts[0])),
        compose(binding("natural"), binding("rand_k", k=counts[0]), binding("rand_k", k=counts[-1])),
        compose(
            binding("linear8", block=3),
            binding("top_k", k=counts[0]),
            binding("rand_k", k=counts[-1], scaled=False),
        ),
        compose(binding("top_k", k=counts[0]), binding("rand_k", k=counts[-1], scaled=False)),
        compose(binding("rand_k", k=counts[0]), binding("rand_k", k=counts[-1])),
    ]


def every(d: int) -> list[Compressor]:
    """Each family with its options, at several sizes that suit d."""
    counts = sorted({1, max(1, d // 10), (d + 1) // 2, max(1, d - 1), d})
    return [
        bind("identity"),
        *(bind("rand_k", k=k) for k in counts),
        bind("rand_k", k=counts[len(counts) // 2], scaled=False),
        *(bind("top_k", k=k) for k in counts),
        *(bind("quantize", s=s, norm=norm) for s in (1, 4, 127, 128, 1000) for norm in (2, inf)),
        bind("natural"),
        *(bind("quantize", s=s, norm=norm, encode=e) for s in (1, 5) for norm in (2, inf) for e in FITTED),
        *(bind("natural", encode=encode) for encode in FITTED),
        bind("ternary"),
        *(bind("ternary", encode=encode) for encode in FITTED),
        *(bind("rand_p", p=p) for p in (1e-9, 0.1, 0.5, 1)),
        *(bind("threshold_k", t=t) for t in (1e-30, 0.5, 1e9)),
        *(bind("natural_dithering", s=s, norm=norm) for s in (1, 8, 127) for norm in (2, inf)),
        *(bind("natural_dithering", s=3, encode=encode) for encode in FITTED),
        *(bind("mvss", density=density) for density in (1e-9, 0.05, 0.5, 1)),
        *(bind("linear8", block=block) for block in sorted({1, 7, d})),
        *(bind("tree8", block=block) for block in sorted({1, 7, d})),
        *(bind("round_to", h=h) for h in (1e-9, 0.01, 1e9)),
        *composed(counts),
        *(
            bind("mixed", C=C, threshold=t)
            for C in (binding("top_k", k=1), binding("natural"))
            for t in (0, d)
        ),
        bind("contracted", Q=binding("quantize", s=2)),
        bind("contracted", Q=binding("rand_k", k=counts[-1])),
        bind("contracted", Q=binding("quantize", s=1000), divided=False),
        bind("block_sign"),
        bind("sign"),
        bind("scaled_sign"),
        *(bind("block_sign", size=size) for size in sorted({1, 7, d})),
    ]


def host_words(kernel: Any, rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng([seed, 77]).integers(
        0, 2**64 - 1, (rows, kernel.words), np.uint64, endpoint=True
    )


def compressed(kernel: Any, backend: Backend, vectors: np.ndarray, seed: int = 0) -> Packet:
    words = backend.to_device(host_words(kernel, len(vectors), seed)) if kernel.words else None
    packet: Packet = kernel.compress(backend.to_device(vectors), words)
    return packet


def on_host(backend: Backend, packet: Packet) -> Packet:
    return map_packet(backend.to_host, packet)


def dense(kernel: Any, backend: Backend, packet: Any, d: int) -> np.ndarray:
    """The result that roles use, (rows, d) on the host."""
    values = backend.to_host(kernel.expand(packet))
    if kernel.form is Form.DENSE:
        return values
    result = np.zeros((len(values), d), values.dtype)
    np.put_along_axis(result, backend.to_host(packet.indices), values, axis=1)
    return result


def same_bits(one: Packet, other: Packet) -> bool:
    held: list[list[bytes]] = []
    for packet in (one, other):
        parts: list[bytes] = []
        map_packet(
            lambda a, parts=parts: parts.append(a.dtype.str.encode() + np.ascontiguousarray(a).tobytes()),
            packet,
        )
        held.append(parts)
    return held[0] == held[1]
