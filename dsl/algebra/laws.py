"""`equals` laws as claims about paths: what a law fixes is put into both methods, and the rest is left open."""

from __future__ import annotations

from dataclasses import replace

from ..check import program as core
from ..check.claims import Given
from ..check.kinds import KNOWN_TO_ALL, Kind
from ..text.records import record
from .combination import Combination, atom
from .conditions import range_of
from .expressions import evaluated
from .functions import opaque_number
from .keys import digest
from .pairing import IDENTITY
from .relate import Proof, Side, prove
from .resting import Property, granted, with_properties
from .symbols import EVERYONE, NotRead, Symbols


@record
class LawProof:
    """The proof of a law, or what was tried, and the properties of compressors that it rests on beyond their contracts."""

    proof: Proof
    properties: tuple[Property, ...]

    @property
    def holds(self) -> bool:
        """True where the paths are proven equal."""
        return self.proof.same_path


def prove_law(program: core.Program, law: core.Law, other: core.Program) -> LawProof:
    """The proof that a law speaks of; NotRead or TooMany where it is none of algebra's."""
    if not law.plain:
        raise NotRead("rounds of different length, or draws that are matched by name")
    ours = _with_bindings(program, law)
    sides = (Side(program, ours), Side(other, _given(program, ours, law, other)))
    proof = prove(sides)
    if proof.same_path:
        return LawProof(proof, ())
    needed = granted(sides)
    strong = prove(with_properties(sides, needed))
    if not strong.same_path:
        return LawProof(proof, ())
    for one in needed:
        fewer = tuple(p for p in needed if p is not one)
        if prove(with_properties(sides, fewer)).same_path:
            needed = fewer
    return LawProof(prove(with_properties(sides, needed)), needed)


def _with_bindings(program: core.Program, law: core.Law) -> Symbols:
    """This spec's symbols: what the law binds has its value, the rest is open."""
    symbols = Symbols(
        params={
            q.symbol.name: opaque_number(range_of(q), False, "param", q.symbol.name)
            for q in program.params
            if not q.schedule
        },
        compressors={c.symbol.name: f"compressor {c.symbol.name}" for c in program.compressors},
        traits={c.symbol.name: c.contract.traits for c in program.compressors},
        plain_prox=True,
    )
    for name, value in law.bindings:
        symbols = _bound(program, symbols, name, value)
    return symbols


def _bound(program: core.Program, symbols: Symbols, name: str, value: Given) -> Symbols:
    match value:
        case core.CompressorCall():
            return _called(symbols, name, value)
        case core.Symbol():
            raise NotRead(f"`{name}` is bound to a compressor")
        case core.Constant(kind=Kind.NODES):
            return replace(symbols, events={**symbols.events, name: atom(EVERYONE)})
        case _:
            found = evaluated(program, symbols, value)
            if name == "n":
                return replace(symbols, nodes=found)
            if any(q.symbol.name == name for q in program.params):
                return replace(symbols, params={**symbols.params, name: found})
            return replace(symbols, events={**symbols.events, name: found})


def _called(symbols: Symbols, name: str, call: core.CompressorCall) -> Symbols:
    """A compressor bound to a call: `identity()` changes nothing, equal calls are equal, `shared` draws are everyone's."""
    if call.name == IDENTITY and call.inner is None:
        return replace(symbols, exact=symbols.exact | {name})
    keys = {**symbols.compressors, name: digest("call", repr(call))}
    shared = symbols.shared | {name} if call.shared else symbols.shared
    traits = {**symbols.traits, name: call.traits}
    return replace(symbols, compressors=keys, shared=shared, traits=traits)


def _given(program: core.Program, ours: Symbols, law: core.Law, other: core.Program) -> Symbols:
    """OTHER's symbols in this spec's terms: of the same name, then as the law says, else their defaults."""
    params: dict[str, Combination] = {}
    theirs = Symbols(plain_prox=True, nodes=ours.nodes)
    names = {q.symbol.name for q in program.params}
    for param in other.params:
        name = param.symbol.name
        if name in names:
            own = core.ParamRead(param.symbol, False, param.kind, KNOWN_TO_ALL, param.span)
            params[name] = evaluated(program, ours, own)
    for compressor in other.compressors:
        name = compressor.symbol.name
        if name in ours.compressors:
            theirs = _alike(theirs, name, ours, name)
        elif compressor.default is not None:
            theirs = _called(theirs, name, compressor.default)
    for name, value in law.arguments:
        match value:
            case core.Symbol():
                theirs = _alike(theirs, name, ours, value.name)
            case core.CompressorCall():
                theirs = _called(theirs, name, value)
            case _:
                params[name] = evaluated(program, ours, value)
    return replace(theirs, params=params)


def _alike(theirs: Symbols, name: str, ours: Symbols, partner: str) -> Symbols:
    """OTHER's compressor is one of this spec's."""
    found = replace(theirs, compressors={**theirs.compressors, name: ours.compressors[partner]})
    if partner in ours.exact:
        found = replace(found, exact=found.exact | {name})
    if partner in ours.shared:
        found = replace(found, shared=found.shared | {name})
    return replace(found, traits={**found.traits, name: ours.traits[partner]})
