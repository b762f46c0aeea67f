"""The pictures of docs/methods: the course of a method over the bits that a node sends, beside a yardstick's, as SVG."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cablese
from blocks import ROOT
from cablese.dsl.check.program import ProblemKind, Program
from cablese.dsl.pipeline import compile_spec
from cablese.runtime.library import Shipped, find_spec
from cablese.runtime.registry import plugins

FOLDER = ROOT / "docs" / "methods"

MINIMIZE = 'logreg(data = "breast_cancer", scale = "rows", l2 = 0.01)'
GAME = "bilinear_game(d = 10, lam = 0.5, samples = 20, seed = 1)"
NODES, ROUNDS, POINTS = 5, 400, 50
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 420, 230, 52, 34, 22, 10
COLOUR, GREY = "#1f6feb", "#888888"


@dataclass(frozen=True)
class Curve:
    """Bits that a node sends on average, and the metric, at points."""

    label: str
    bits: list[float]
    values: list[float]


def problem_of(program: Program) -> str:
    """The problem of the picture."""
    return MINIMIZE if program.problem is ProblemKind.MINIMIZE else GAME


def yardstick_of(program: Program) -> str:
    """The method that sends every vector dense."""
    if program.on_graph:
        return "adapt_then_combine"
    return "gd" if program.problem is ProblemKind.MINIMIZE else "extragradient"


def picture(shipped: Shipped) -> str:
    """The text of a method's SVG file."""
    program = compile_spec(find_spec(shipped.name), plugins())
    metric = "grad_norm2" if program.problem is ProblemKind.MINIMIZE else "residual2"
    method, other = shipped.name, yardstick_of(program)
    problem = problem_of(program)
    curves = [_curve(method, problem, metric, ROUNDS // POINTS)]
    if other != method:
        curves.append(_curve(other, problem, metric, 1))
    return _drawn(curves, metric)


@lru_cache
def _curve(name: str, problem: str, metric: str, every: int) -> Curve:
    result = cablese.run(name, nodes=NODES, rounds=ROUNDS, problem=problem, every=every)
    points = [point for point in result.points if point.metrics.get(metric, 0) > 0]
    bits = [point.bits_up / NODES for point in points]
    return Curve(name, bits, [point.metrics[metric] for point in points])


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    step = math.ceil(len(points) / POINTS)
    return [*points[::step], *points[-1:]] if step > 1 else points


def _drawn(curves: list[Curve], metric: str) -> str:
    most = max(curves[0].bits) or 1.0
    shown = [
        (curve, _thinned([(b, v) for b, v in zip(curve.bits, curve.values, strict=True) if b <= most]))
        for curve in curves
    ]
    logs = [math.log10(value) for _, points in shown for _, value in points]
    low, high = math.floor(min(logs)), math.ceil(max(logs))
    high = max(high, low + 1)

    def place(bits: float, value: float) -> str:
        x = LEFT + (WIDTH - LEFT - RIGHT) * bits / most
        y = TOP + (HEIGHT - TOP - BOTTOM) * (high - math.log10(value)) / (high - low)
        return f"{x:.1f},{y:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        *_axes(low, high, most, metric),
    ]
    for (curve, points), colour, at in reversed(
        list(zip(shown, (COLOUR, GREY), (LEFT + 6, WIDTH - RIGHT), strict=False))
    ):
        line = " ".join(place(*point) for point in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        anchor = "start" if at == LEFT + 6 else "end"
        parts.append(
            f'<text x="{at}" y="{TOP - 8}" fill="{colour}" text-anchor="{anchor}">{curve.label}</text>'
        )
    return "\n".join((*parts, "</svg>", ""))


def _axes(low: int, high: int, most: float, metric: str) -> list[str]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = [f'<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="black"/>']
    step = max(1, math.ceil((high - low) / 5))
    for power in range(low, high + 1, step):
        y = TOP + (bottom - TOP) * (high - power) / (high - low)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">1e{power}</text>')
    for part in (0.0, 0.5, 1.0):
        x = LEFT + (right - LEFT) * part
        anchor = "end" if part == 1 else "middle"
        parts.append(
            f'<text x="{x:.0f}" y="{bottom + 14}" text-anchor="{anchor}">{_short(part * most)}</text>'
        )
    middle = (LEFT + right) / 2
    parts.append(
        f'<text x="{middle:.0f}" y="{HEIGHT - 5}" text-anchor="middle">bits that a node sends</text>'
    )
    parts.append(
        f'<text x="10" y="{(TOP + bottom) / 2:.0f}" text-anchor="middle" '
        f'transform="rotate(-90 10 {(TOP + bottom) / 2:.0f})">{metric}</text>'
    )
    return parts


def _short(bits: float) -> str:
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if bits >= size:
            return f"{bits / size:.3g} {unit}"
    return f"{bits:.3g}"


def path_of(name: str) -> Path:
    """The file of a method's picture."""
    return FOLDER / f"{name}.svg"
