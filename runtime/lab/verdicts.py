"""From samples to findings: each statement of a class, on each vector, holds or is refuted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import inf, log, sqrt

import numpy as np
from cablese.dsl.check.contracts import Trait
from cablese.dsl.text.records import record

from ..arrays.backend import Array
from ..compressors.errors import OWN_DRAWS
from ..errors import SetupError
from ..plugin_calls import PluginFailed
from . import evidence
from .samples import Sample, Wire
from .subject import Sized

LEVEL = 1e-3
"""Upper bound on the chance that a run of the lab refutes a true statement."""
_FORMULAS = 1e-9
"""Relative error of formulas in floats of 64 bits that is let pass."""
_TRAITS: Mapping[Trait, str] = {
    Trait.DETERMINISTIC: "that nothing is drawn",
    Trait.HOMOGENEOUS: "C(t x) = t C(x) under the same draws for t > 0",
    Trait.SCALE_FREE: "C(t x) = C(x) under the same draws for t > 0",
    Trait.ODD: "C(-x) = -C(x) under the same draws",
    Trait.ODD_IN_LAW: "that C(-x) has the law of -C(x)",
    Trait.SELECTING: "that each entry of C(x) is that of x, or 0",
    Trait.ZERO: "C(0) = 0",
}
_ROUNDING = 2.0**-23
"""Relative error of floats of 32 bits that is let pass: figures are those of exact arithmetic."""


@record
class Finding:
    """A statement on a vector: the stated figure, the measured mean, its 99 % interval, a sound lower bound; `refuted` says
    why it does not hold, if so."""

    statement: str  # "codec", "repeatable", "finite", "bits", "density", "unbiased", "omega", "delta", or a trait; or "loss"
    vector: str
    d: int
    draws: int
    stated: float
    measured: float
    low: float
    high: float
    at_least: float
    refuted: str = ""


@record
class Judge:
    """Tests of statements, at a level that all statements of a run share."""

    needed: float  # the logarithm of the e-value that refutes

    def on_wire(self, sized: Sized, vector: str, wire: Wire) -> Iterator[Finding]:
        """The finding that the codec's messages have their length and decode to the packet."""
        bits = float(wire.bits.mean())
        yield Finding("codec", vector, sized.d, len(wire.bits), bits, bits, bits, bits, bits, wire.fault)

    def on_own_draws(self, sized: Sized, vector: str, fault: str) -> Finding:
        """The finding that messages depend on the vector and the run's words alone."""
        wrong = f"{fault}: {OWN_DRAWS}" if fault else ""
        return Finding("repeatable", vector, sized.d, 2, 0.0, 0.0, 0.0, 0.0, 0.0, wrong)

    def on_size(self, sized: Sized, vector: str, wire: Wire, fixed: bool) -> Finding:
        """The finding on stated bits: exact where messages have one size, else no less than the mean."""
        stated, measured = sized.bits, float(wire.bits.mean())
        if fixed:
            wrong = "" if stated == measured else f"states {stated:.10g} bits, {measured:.10g} are written"
            return Finding(
                "bits", vector, sized.d, len(wire.bits), stated, measured, measured, measured, measured, wrong
            )
        return self._mean("bits", sized.d, vector, wire.bits, stated)

    def on_zero(self, sized: Sized, finite: bool) -> Finding:
        """The finding that the zero vector gives finite values."""
        wrong = "" if finite else "the zero vector gives values that are not finite"
        return Finding("finite", "zero", sized.d, 1, 0, 0, 0, 0, 0, wrong)

    def on_trait(self, sized: Sized, trait: Trait, vector: str, off: float) -> Finding:
        """The finding on a trait that holds for all vectors and draws: C is off it by `off` of the vector's norm."""
        wrong = "" if off <= _FORMULAS else f"states {_TRAITS[trait]}, off by {off:.3g}"
        return Finding(trait.value, vector, sized.d, 2, 0.0, off, off, off, off, wrong)

    def on_law(self, sized: Sized, vector: str, samples: Sequence[Array]) -> Finding:
        """The finding that C(-x) has the law of -C(x), by samples within -1 to 1 that then have mean 0."""
        against = max(self._against_zero(values, 1.0) for values in samples) - log(len(samples))
        worst = max((float(values.mean()) for values in samples), key=abs)
        wrong = f"states {_TRAITS[Trait.ODD_IN_LAW]}, shares of entries differ by {worst:.3g}"
        refuted = wrong if against >= self.needed else ""
        name, draws = Trait.ODD_IN_LAW.value, len(samples[0])
        return Finding(name, vector, sized.d, draws, 0.0, worst, worst, worst, worst, refuted)

    def on_draws(self, sized: Sized, vector: str, sample: Sample) -> Iterator[Finding]:
        """The findings on density, bias and loss."""
        compressor, d = sized.compressor, sized.d
        if not np.isfinite(sample.losses).all():
            nan = float("nan")
            wrong = "values that are not finite"
            yield Finding("finite", vector, d, len(sample.losses), 0, nan, nan, nan, nan, wrong)
            return
        density = compressor.density(d) * (1 + 1e-12)
        yield self._mean("density", d, vector, sample.nonzeros, density, sample.deterministic)
        yield from self._class(sized, vector, sample)

    def _class(self, sized: Sized, vector: str, sample: Sample) -> Iterator[Finding]:
        compressor, d = sized.compressor, sized.d
        kind = compressor.actual
        omega = _figure(compressor.omega, d) if kind.is_unbiased else None
        delta = _figure(compressor.delta, d) if kind.is_contractive else None
        if omega is not None:
            yield self._bias(d, vector, sample, omega)
            yield self._loss("omega", d, vector, sample, omega)
        if delta is not None:
            yield self._loss("delta", d, vector, sample, delta)
        if omega is None and delta is None:
            yield self._mean("loss", d, vector, sample.losses, inf)

    def _loss(self, name: str, d: int, vector: str, sample: Sample, stated: float) -> Finding:
        """The finding on E ||Y - x||^2 <= most ||x||^2, most = omega or 1 - 1 / delta; figures become omega or delta."""
        most = stated if name == "omega" else 1 - 1 / stated
        found = self._mean(name, d, vector, sample.losses, _loosened(most), sample.deterministic)
        figure = (lambda loss: loss) if name == "omega" else _delta
        measured, low, high, least = map(figure, (found.measured, found.low, found.high, found.at_least))
        wrong = f"states {name} = {stated:.6g}, measured {measured:.6g} (at least {least:.6g})"
        return replace(
            found,
            stated=stated,
            measured=measured,
            low=low,
            high=high,
            at_least=least,
            refuted=wrong if found.refuted else "",
        )

    def _bias(self, d: int, vector: str, sample: Sample, omega: float) -> Finding:
        """The finding on E Y = x, along x and along the mean error of half of the draws."""
        mean, (low, high) = float(sample.along.mean()), evidence.interval(sample.along)
        off = (self._against_zero(values, omega) for values in (sample.along, sample.aside))
        refuted = max(off) >= self.needed
        if sample.deterministic:
            refuted = sqrt(float(sample.losses[0])) > _ROUNDING * 2
        wrong = f"states E Q(x) = x with omega = {omega:.6g}, but the mean is off by {mean:.3g} of x along x"
        return Finding(
            "unbiased", vector, d, len(sample.along), 0.0, mean, low, high, mean, wrong if refuted else ""
        )

    def _against_zero(self, values: Array, omega: float) -> float:
        """Evidence that a mean is off 0 by more than rounding, where E v^2 <= omega."""
        if not len(values):
            return -inf
        slack = _ROUNDING * (1 + sqrt(1 + omega))
        return evidence.mean_beyond(values, slack, _loosened(omega), self.needed)

    def _mean(
        self, name: str, d: int, vector: str, values: Array, stated: float, deterministic: bool = False
    ) -> Finding:
        """The finding on E v <= stated."""
        measured, (low, high) = float(values.mean()), evidence.interval(values)
        if deterministic:
            refuted, least = measured > stated, measured
        else:
            refuted = evidence.mean_above(values, stated) >= self.needed if stated > 0 else bool(values.any())
            least = evidence.least_mean(values, self.needed)
        wrong = f"states {name} <= {stated:.6g}, measured {measured:.6g} (at least {least:.6g})"
        return Finding(
            name, vector, d, len(values), stated, measured, low, high, least, wrong if refuted else ""
        )


def judge(statements: int) -> Judge:
    """The judge of a run that tests no more than this number of statements."""
    return Judge(log(statements / LEVEL))


def _loosened(bound: float) -> float:
    """A bound on E ||Y - x||^2 / ||x||^2 for a Y whose entries are rounded."""
    return (sqrt(bound) + _ROUNDING * (1 + sqrt(1 + bound))) ** 2


def _figure(figure: Callable[[int], float], d: int) -> float | None:
    """The figure that a class states, None where it has no formula."""
    try:
        return figure(d)
    except PluginFailed as failure:
        if isinstance(failure.__cause__, NotImplementedError):
            return None
        raise
    except (NotImplementedError, SetupError):
        return None


def _delta(loss: float) -> float:
    """The delta that a loss of 1 - 1 / delta means."""
    return 1 / (1 - loss) if loss < 1 else inf
