"""A metric and the bound that runs are asked to reach."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cablese.dsl.text.records import record

from ..execute import network_errors as errors
from ..execute.interface import Recording
from .units import value_text

_FORM = re.compile(r"\s*([A-Za-z_]\w*)\s*<=\s*(\S+)\s*")


@record
class Accuracy:
    """A metric and the bound that it is to reach."""

    metric: str
    bound: float

    @property
    def text(self) -> str:
        """As the command line has it."""
        return f"{self.metric} <= {value_text(self.bound)}"


def read_accuracy(text: str, recordings: Sequence[Recording]) -> Accuracy:
    """The accuracy of `grad_norm2 <= 1e-8`. UsageError for another text, or a metric that a run lacks."""
    found = _FORM.fullmatch(text)
    try:
        bound = float(found[2]) if found is not None else float("nan")
    except ValueError:
        bound = float("nan")
    if found is None or bound != bound:
        raise errors.no_bound(text)
    for recording in recordings:
        known = {name for point in recording.points for name in point.metrics}
        if found[1] not in known:
            raise errors.no_metric(found[1], sorted(known))
    return Accuracy(found[1], bound)
