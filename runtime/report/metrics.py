"""The metrics of a trace: their names for people, and the one that shows a run's progress."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..execute.interface import larger_is_better

# name in the trace -> words of a terminal, signs of a page, formula; `$…$` is matplotlib's mathtext
TITLES = {
    "loss": ("loss f(x)", "loss f(x)", r"loss  $f(x)$"),
    "f_gap": ("f(x) - f*", "f(x) − f*", r"$f(x) - f^*$"),
    "grad_norm2": ("||grad f(x)||^2", "‖∇f(x)‖²", r"$\|\nabla f(x)\|^2$"),
    "dist2": ("||x - x*||^2", "‖x − x*‖²", r"$\|x - x^*\|^2$"),
    "residual2": ("||F(z)||^2", "‖F(z)‖²", r"$\|F(z)\|^2$"),
    "grad_map2": ("||gradient mapping||^2", "‖gradient mapping‖²", r"$\|G_{1/L}(x)\|^2$"),
    "natural2": (
        "||z - prox(z - F(z))||^2",
        "‖z − prox(z − F(z))‖²",
        r"$\|z - \mathrm{prox}_\psi(z - F(z))\|^2$",
    ),
    "outside2": ("distance to the set, squared", "distance to the set, squared", r"$\mathrm{dist}(x, Z)^2$"),
    "gap": ("duality gap", "duality gap", "duality gap"),
    "gap_ball": ("duality gap over a ball", "duality gap over a ball", "duality gap over a ball"),
    "consensus": ("consensus", "consensus", "distance to consensus"),
}
LOSS = "loss"
_SLOPES = ("grad_norm2", "residual2", "grad_map2", "natural2")
_PROGRESS = ("f_gap", *_SLOPES, LOSS)
_ROWS = (("f_gap", "loss"), _SLOPES, ("dist2", "gap", "gap_ball"))


def leading(present: Collection[str]) -> str | None:
    """The one metric that shows a run's progress, among those present."""
    return next((name for name in _PROGRESS if name in present), None)


def is_slope(name: str) -> bool:
    """True for the size of a gradient, an operator, or a mapping in its place, which is 0 wherever a function is flat."""
    return name in _SLOPES


def best_of(name: str, values: Iterable[float]) -> float | None:
    """The best of a metric's values: the largest of an accuracy or a score, else the least; None where there is none."""
    return (max if larger_is_better(name) else min)(values, default=None)


def plotted(present: Collection[str]) -> tuple[str, ...]:
    """The metrics worth a row of plots, at most two: value and gradient, or residual and distance."""
    rows = [next((name for name in choice if name in present), None) for choice in _ROWS]
    return tuple(name for name in rows if name is not None)[:2]


def words(name: str) -> str:
    """A metric's name in plain text; `…_avg` is that of the averaged output; unknown names stay as they are."""
    base = name.removesuffix("_avg")
    return (TITLES[base][0] if base in TITLES else base) + (", averaged" if base != name else "")


def with_signs(text: str) -> str:
    """A text of a terminal, in which metrics are named, as pages have it."""
    for plain, signs, _ in TITLES.values():
        text = text.replace(plain, signs)
    return text


def formula(name: str) -> str:
    """A metric's name for an axis."""
    return TITLES[name][2] if name in TITLES else name
