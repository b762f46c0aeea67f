"""Warnings of `check --pedantic`: of what is legal, mostly not meant, and at times a method's own choice."""

from __future__ import annotations

from ..text.diagnostics import Diagnostic
from ..text.page import DOWN, C, Example, Page, Q
from ..text.source import Span

_STEP = "server -> all: u = h + mean(m)\nall: x = x - u / (2 * L)\n"
_DIANA = f"{Q}\nparam alpha = 1 / (1 + omega(Q))"
_STARTS = "all: x = x0\nnode: h_i = zeros\nserver: h = zeros"
_SEND = f"node -> server: m = Q(grad(x) - h_i)\nnode: h_i = h_i + alpha * m\n{_STEP}"
_ERROR = "all: x = x0\nnode: e = zeros"
_SMALL = f"{DOWN}all: x = x - g / (8 * L)"

W401 = Page(
    "W401",
    "memories of server and nodes that cannot agree",
    """A server that keeps the mean of the nodes' memories, and never asks for them, must start at their mean and
    move it by the mean of what moves them: by the same weight, and over all nodes. Where a set of nodes takes
    part, `mean(m)` is the mean over the set, and the nodes' mean moves by `sum(m) / n`.""",
    wrong=Example(f"{_SEND}server: h = h + mean(m)", head=_DIANA, init=_STARTS),
    right=Example(f"{_SEND}server: h = h + alpha * mean(m)", head=_DIANA, init=_STARTS),
)


def memories_disagree(
    server: str, node: str, reason: str, remedy: str, span: Span, other: Span
) -> Diagnostic:
    """A server's memory that does not follow the nodes' memories."""
    message = f"`{server}` at the server cannot stay the mean of the nodes' `{node}`: {reason}"
    return W401.told(message, span, "moves otherwise", (other, "the nodes' memory"), help=remedy)


W402 = Page(
    "W402",
    "an error memory fed from another vector than was compressed",
    """Error feedback keeps what compression lost: the vector that was compressed, less what was sent. A memory
    that takes what was sent from another vector counts an error that nobody made, or forgets one.""",
    wrong=Example(
        f"node -> server: m = C(e + grad(x))\nnode: e = grad(x) - m\n{_SMALL}", head=C, init=_ERROR
    ),
    right=Example(
        f"node -> server: m = C(e + grad(x))\nnode: e = e + grad(x) - m\n{_SMALL}", head=C, init=_ERROR
    ),
)


def error_of_another(name: str, sent: str, compressed: str, kept: str, span: Span, other: Span) -> Diagnostic:
    """An error memory whose vector is not the one that was compressed."""
    message = f"`{name}` keeps the error of `{kept}`, and `{sent}` is compressed from `{compressed}`"
    remedy = f"bind the vector once, compress it and take `{sent}` from it: `{name} = p - {sent}`"
    return W402.told(message, span, "of another vector", (other, "compressed here"), help=remedy)


W403 = Page(
    "W403",
    "a biased compressor whose error nothing takes up",
    """A contractive compressor may be wrong on average, by the same vector in every round. The method does not
    come to rest at a solution unless something takes that up: an error memory in what is compressed, or a
    memory that what is sent adds to. With an unbiased compressor the errors average out. A memory that moves by a
    part of what is sent, as DIANA's, leaves the rest of the bias in every estimate.""",
    wrong=Example(f"node -> server: m = C(grad(x))\n{_SMALL}", head=C),
    right=Example(f"node -> server: m = Q(grad(x))\n{DOWN}all: x = x - g / (L * (1 + omega(Q)))", head=Q),
)


def bias_is_lost(compressor: str, name: str, span: Span) -> Diagnostic:
    """A contractive compressor applied to what no memory is part of, and whose result no memory keeps."""
    message = f"`{compressor}` may be biased, and nothing takes up what `{name}` loses"
    remedy = (
        f"declare it `compressor {compressor}: unbiased`, or keep what it loses in a memory that is compressed "
        "with the next vector"
    )
    return W403.told(message, span, "biased, and averaged", help=remedy)


def biased_estimate(compressor: str, name: str, memory: str, weight: str, span: Span) -> Diagnostic:
    """A contractive compressor of a difference to a memory that moves by a part of the result, as DIANA's does."""
    message = (
        f"`{compressor}` may be biased, and `{memory}` moves by `{weight}` of `{name}`: an estimate of the memory and the "
        "message, as DIANA's, needs an unbiased one"
    )
    remedy = f"declare it `compressor {compressor}: unbiased`, or move `{memory}` by the whole of `{name}`, as EF21 does"
    return W403.told(message, span, "biased", help=remedy)


W404 = Page(
    "W404",
    "a default that the theorem never allows",
    """A guarantee holds when its condition does, and the defaults of params are what most runs take. Where under
    these defaults the condition of every guarantee fails, for all problems and compressors that were tried, no
    theorem speaks of what is run: a constant is mistaken, or a sign.""",
    wrong=Example(
        "node -> server: m = grad(x)\nserver -> all: g = mean(m)\nall: x = x - gamma * g",
        head="param gamma = 4 / L",
        output='output x\nguarantee "descent" for smooth when gamma <= 1 / L: '
        "average(grad_norm2) <= 2 * f_gap0 / (gamma * rounds)",
    ),
    right=Example(
        "node -> server: m = grad(x)\nserver -> all: g = mean(m)\nall: x = x - gamma * g",
        head="param gamma = 1 / L",
        output='output x\nguarantee "descent" for smooth when gamma <= 1 / L: '
        "average(grad_norm2) <= 2 * f_gap0 / (gamma * rounds)",
    ),
)


def never_allowed(theorem: str, span: Span) -> Diagnostic:
    """A guarantee whose condition fails under the defaults, whatever the problem, as those of all others do."""
    message = f'the defaults never meet the condition of "{theorem}"'
    remedy = "take the theorem's value for a default, or mend the condition"
    return W404.told(message, span, "false for every problem tried", help=remedy)


W405 = Page(
    "W405",
    "a compressed vector that is sent dense",
    """A message saves bits where its value is just what a compressor returned: `m = Q(e)`. Multiplied, or added
    to something, it has an entry for every coordinate and is sent as such. Send what the compressor returned,
    and scale or add on the other side, which knows the rest.""",
    wrong=Example(f"node -> server: m = 0.5 * Q(grad(x))\n{_SMALL}", head=Q),
    right=Example(f"node -> server: m = Q(grad(x))\n{DOWN}all: x = x - 0.5 * g / (8 * L)", head=Q),
)


def sent_dense(compressor: str, name: str, span: Span) -> Diagnostic:
    """A message whose value is made of what a compressor returned, and is sent entry by entry."""
    message = f"`{name}` is sent dense, though `{compressor}` compressed what it is made of"
    remedy = f"send what `{compressor}` returned, and do the rest at the receiving end"
    return W405.told(message, span, "every coordinate is sent", help=remedy)
