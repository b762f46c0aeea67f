"""The lab's measurements: every compressor on every vector, many draws in a small dimension, some in the requested one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from cablese.dsl.check.contracts import Registry, Trait
from cablese.dsl.text.records import record

from ..arrays.select import backend
from . import errors, traits
from .samples import ENTRIES, Bench, own_draws, sample, transmit, zero_is_finite
from .subject import Sized, Subject, examples, read_subject
from .timing import Speed, measure_speed
from .vectors import ADVERSARIAL, KINDS, Trial, trials
from .verdicts import Finding, Judge, judge

DIM, DRAWS, REPEATS = 100_000, 2000, 5
_MOST_ENTRIES = 16 * ENTRIES
"""The most entries of all draws on a vector together."""
_ON_A_VECTOR = 7  # statements at most: codec, repeatable, density, unbiased, omega, delta, odd in law
_ON_NONE = 2  # bits, and the zero vector


@record
class Setting:
    """The extent of measurements: dimension, draws on a vector, repeats of timings, and the seed."""

    dim: int = DIM
    draws: int = DRAWS
    repeats: int = REPEATS
    seed: int = 0


@record
class Size:
    """Bits per entry on a kind of vector, the most of several: as encoded, and the information in the message."""

    kind: str
    bits: float
    information: float


@record
class Report:
    """Measurements of a compressor; `text` is its expression, `label` the one with the arguments of this dimension."""

    text: str
    label: str
    kind: str
    stated_bits: float
    sizes: tuple[Size, ...]
    speed: Speed
    findings: tuple[Finding, ...]

    @property
    def figure(self) -> str:
        """The figure that bounds the loss: omega or delta, or the loss by itself where none is stated."""
        stated = {finding.statement for finding in self.findings}
        return next((name for name in ("omega", "delta") if name in stated), "loss")

    @property
    def refuted(self) -> tuple[Finding, ...]:
        """Findings on statements that do not hold."""
        return tuple(finding for finding in self.findings if finding.refuted)


def read_setting(
    dim: float = DIM, draws: float = DRAWS, repeats: float = REPEATS, seed: float = 0
) -> Setting:
    """The setting of the command line's numbers; UsageError for those out of range."""
    for option, value, least in (("--dim", dim, 1), ("--draws", draws, 2), ("--repeats", repeats, 1)):
        if not least <= value < float("inf") or value != int(value):
            raise errors.not_a_count(option, value, least)
    if not 0 <= seed < 2**64:
        raise errors.not_a_seed(seed)
    return Setting(int(dim), int(draws), int(repeats), int(seed))


def subjects(texts: Sequence[str], setting: Setting, registry: Registry) -> list[Subject]:
    """The compressors of these expressions, or of every family; SpecError and SetupError where there is none."""
    return [read_subject(text, setting.dim, registry) for text in texts or examples(registry)]


def measure(chosen: Sequence[Subject], setting: Setting) -> Iterator[Report]:
    """The reports on compressors, one after the other."""
    vectors = len(KINDS) - 1 + len(ADVERSARIAL)
    judging = judge(2 * len(chosen) * (vectors * _ON_A_VECTOR + _ON_NONE))
    for subject in chosen:
        yield _report(subject, setting, judging)


def _report(subject: Subject, setting: Setting, judging: Judge) -> Report:
    asked, small = subject.at(setting.dim), subject.small(setting.dim)
    findings: list[Finding] = []
    sizes = _examine(asked, setting, judging, findings)
    if small.d < asked.d:
        _examine(small, setting, judging, findings)
    speed = measure_speed(asked, setting.seed, setting.repeats)
    compressor = asked.compressor
    kind = compressor.actual.value
    return Report(subject.text, asked.label, kind, asked.bits / asked.d, sizes, speed, tuple(findings))


def _examine(sized: Sized, setting: Setting, judging: Judge, findings: list[Finding]) -> tuple[Size, ...]:
    """Measure a compressor in one dimension; append the findings, return the sizes."""
    bench = Bench(sized, backend("cpu", "float64", "float32"), setting.seed)
    wide = Bench(sized, backend("cpu", "float64", "float64"), setting.seed)
    draws = max(2, min(setting.draws, _MOST_ENTRIES // sized.d))
    found: dict[str, Size] = {}
    for trial in trials(sized.d, setting.seed):
        wire = transmit(bench, np.tile(trial.vector, (2, 1)), 0)
        findings.extend(judging.on_wire(sized, trial.name, wire))
        findings.append(judging.on_own_draws(sized, trial.name, own_draws(bench, trial.vector)))
        findings.extend(judging.on_draws(sized, trial.name, sample(bench, trial.vector, draws)))
        findings.extend(_on_traits(judging, wide, trial, draws))
        size = Size(trial.kind, float(wire.bits.mean()) / sized.d, wire.information / sized.d)
        found[trial.kind] = max(found.get(trial.kind, size), size, key=lambda one: one.bits)
    finite = zero_is_finite(bench)
    findings.append(judging.on_zero(sized, finite))
    if finite and Trait.ZERO in sized.compressor.actual_traits:
        findings.append(judging.on_trait(sized, Trait.ZERO, "zero", traits.of_zero(wide)))
    findings.append(_size(bench, sized, setting, judging))
    return tuple(found.values())


def _on_traits(judging: Judge, wide: Bench, trial: Trial, draws: int) -> Iterator[Finding]:
    """The findings on traits; a law is asked for only where draws do not decide it."""
    stated, sized = wide.sized.compressor.actual_traits, wide.sized
    for trait, off in traits.gaps(wide, stated, trial.vector):
        yield judging.on_trait(sized, trait, trial.name, off)
    if Trait.ODD_IN_LAW in stated and Trait.ODD not in stated:
        yield judging.on_law(sized, trial.name, list(traits.law_differences(wide, trial.vector, draws)))


def _size(bench: Bench, sized: Sized, setting: Setting, judging: Judge) -> Finding:
    """The finding on sizes of messages of several Gaussian vectors: their sets of coordinates are uniformly random."""
    rows = max(2, min(setting.draws, ENTRIES // sized.d))
    vectors = np.random.default_rng([setting.seed, sized.d, 1]).standard_normal((rows, sized.d))
    fixed = bench.sender.codec.fixed_bits is not None
    return judging.on_size(sized, "gaussian", transmit(bench, vectors, 1), fixed)
