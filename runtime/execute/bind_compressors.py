"""The compressors of a spec with their arguments, ready to compress the arrays of a run."""

from __future__ import annotations

from cablese.dsl.check.contracts import Contract
from cablese.dsl.plan import instructions as ir
from cablese.dsl.plan.traverse import INSTRUCTIONS
from cablese.dsl.text.records import record

from ..compressors.bound import BoundCollective, BoundCompressor, ChangingCompressor, FixedCompressor
from ..compressors.collective import Collective
from .context import RunContext


@record
class Compressors:
    """Compressors by the names that generated programs give them."""

    of_vectors: dict[str, BoundCompressor]
    collective: dict[str, BoundCollective]
    shared: frozenset[str] = frozenset()  # names, as the spec has them, of those that draw alike for everyone

    @property
    def descriptions(self) -> dict[str, str]:
        """Each compressor as it is written, by the name that the spec gives it."""
        bound: list[BoundCompressor | BoundCollective] = [*self.of_vectors.values()]
        bound += self.collective.values()
        return {
            one.name: _shared(one.description) if one.name in self.shared else one.description
            for one in bound
        }


def _shared(text: str) -> str:
    """A compressor's text that says that its draws are shared."""
    if "shared = true" in text:
        return text
    return f"{text[:-1]}{'' if text.endswith('()') else ', '}shared = true)"


def bind_compressors(run: RunContext) -> Compressors:
    """Every compressor of a spec, called or not; raises SetupError for arguments that do not fit."""
    declared = {c.symbol.name: c.contract is Contract.COLLECTIVE for c in run.program.compressors}
    collective = {name: _collective(run, name) for name, averages in declared.items() if averages}
    names = declared.keys() - collective.keys()
    parts = (*INSTRUCTIONS.walk(run.plan.round), *INSTRUCTIONS.walk(run.plan.init))
    rebound = {part.target: part.compressor for part in parts if isinstance(part, ir.Rebind)}
    called = {part.compressor for part in parts if isinstance(part, ir.Compress)}
    fixed = names - set(rebound.values()) | called & names - rebound.keys()
    of_vectors: dict[str, BoundCompressor] = {name: _fixed(run, name) for name in declared if name in fixed}
    of_vectors |= {target: _changing(run, name) for target, name in rebound.items()}
    shared = frozenset(c.symbol.name for c in run.program.compressors if c.shared)
    return Compressors(of_vectors, collective, shared)


def _collective(run: RunContext, name: str) -> BoundCollective:
    """A collective compressor; raises SetupError if its draws and exchanges do not fit in memory."""
    compressor = run.resolver.compressor(name)
    assert isinstance(compressor, Collective)
    binding = str(run.resolver.bindings[name])
    first, last = run.nodes
    sent = sum(compressor.widths(run.d)) * (last - first + 1)
    size = 8 * (compressor.words(run.d) + sent)
    run.memory.need(f"compressor {name} = {binding}", size, "take smaller arguments for it")
    return BoundCollective(name, binding, compressor)


def _fixed(run: RunContext, name: str) -> FixedCompressor:
    compressor = run.resolver.compressor(name)
    return FixedCompressor(name, run.resolver.bindings[name], compressor, run.backend, run.d)


def _changing(run: RunContext, name: str) -> ChangingCompressor:
    """A compressor whose arguments depend on the round, or are given where it compresses."""
    choose = run.resolver.in_rounds(name)
    return ChangingCompressor(name, run.resolver.written(name), choose, run.backend, run.d)
