"""The registry of all plug-ins, for the compiler; imports no array library."""

from __future__ import annotations

from collections.abc import Mapping

from cablese.dsl.check.contracts import AggregatorContract, CompressorContract, ProblemContract
from cablese.dsl.text.records import record


@record
class Plugins:
    """Compressors, problems and aggregators by name (`dsl.check.contracts.Registry`)."""

    compressors: Mapping[str, CompressorContract]
    problems: Mapping[str, ProblemContract]
    aggregators: Mapping[str, AggregatorContract]


def plugins() -> Plugins:
    """The shipped plug-ins and those that installed packages bring."""
    from .aggregators import registry as aggregators
    from .compressors import registry as compressors
    from .problems import registry as problems

    return Plugins(compressors.registry(), problems.registry(), aggregators.registry())
