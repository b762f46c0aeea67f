"""`Q(e)`: a declared compressor applied to a value."""

from __future__ import annotations

from ..syntax import nodes as n
from . import contract_errors, kind_errors
from . import expressions as x
from . import program as p
from .arguments import fits
from .contracts import Argument, Contract
from .kinds import EVERYONE, KNOWN_TO_ALL, Kind, Placement, Spread, Where
from .placements import Standing, widest
from .reading import failed
from .world import DeclaredCompressor, Here


def infer_compress(call: n.Call, here: Here) -> p.Expr:
    """The checked application; the name that its statement binds keys its random stream."""
    declared = here.world.compressors[call.function.id]
    here.tally.read_params.add(call.function.id)
    if not (_may_stand(call, here) and _collective_in_place(call, declared, here)):
        return failed(call.span, here)
    assert here.binds is not None
    site = here.tally.site("compressor", here.binds)
    here.tally.squeezes.add(here.binds)
    _note_given(call, declared)
    if len(call.arguments) != 1:
        found = len(call.arguments)
        here.bag.add(kind_errors.argument_count(call.function.id, "1 value to compress", found, call.span))
        return failed(call.span, here)
    argument = x.infer(call.arguments[0], here.deeper())
    shared, settings = _settings(call, declared, here)
    if argument.kind is not Kind.VECTOR:
        if argument.kind is not Kind.UNKNOWN:
            what = f"compressor `{call.function.id}`"
            here.bag.add(kind_errors.wrong_kind(what, (Kind.VECTOR,), argument.kind, argument.span))
        return failed(call.span, here)
    where = _where(argument, declared, here)
    return p.Compress(declared.symbol, argument, settings, site, shared, Kind.VECTOR, where, call.span)


def _may_stand(call: n.Call, here: Here) -> bool:
    if here.binds is not None and here.seat.standing is Standing.BODY:
        return True
    here.bag.add(contract_errors.compressor_in_condition(call.function.id, here.purpose, call.span))
    return False


def _collective_in_place(call: n.Call, declared: DeclaredCompressor, here: Here) -> bool:
    if declared.contract is Contract.COLLECTIVE and not (here.collective and here.depth == 0):
        here.bag.add(contract_errors.collective_elsewhere(call.function.id, call.span))
        return False
    return True


def _where(argument: p.Expr, declared: DeclaredCompressor, here: Here) -> Where:
    """Each evaluator draws for itself: at the nodes there is one result per node, whatever the argument."""
    if declared.contract is Contract.COLLECTIVE:
        return KNOWN_TO_ALL
    seat = here.seat
    spread = widest((seat.fan, argument.where.spread))
    if spread is Spread.ONE:
        return Where(seat.placement)
    if seat.placement in (Placement.NODE, Placement.LINK, Placement.NEIGHBORS):
        spread = Spread.NODES
    domain = seat.domain if seat.fan is not Spread.ONE else argument.where.domain
    return Where(seat.placement, spread, domain if spread is Spread.NODES else EVERYONE)


def _note_given(call: n.Call, declared: DeclaredCompressor) -> None:
    given = frozenset(keyword.name.id for keyword in call.keywords)
    declared.always_given = given if declared.always_given is None else declared.always_given & given


def _settings(
    call: n.Call, declared: DeclaredCompressor, here: Here
) -> tuple[bool, tuple[tuple[str, p.Expr], ...]]:
    """Arguments given as values of the round; `shared` is every compressor's and stays apart."""
    shared, settings = declared.shared, []
    allowed = _arguments(declared, here)
    for keyword in call.keywords:
        name, value = keyword.name.id, keyword.value
        if name == "shared" and isinstance(value, n.Boolean):
            shared = value.value
        elif allowed is None:
            settings.append((name, x.infer(value, here.deeper())))
        elif name not in allowed:
            known = {*allowed, "shared"}
            here.bag.add(contract_errors.unknown_argument(call.function.id, name, keyword.name.span, known))
        else:
            checked = x.infer(value, here.deeper())
            fits(call.function.id, allowed[name], checked, here)
            settings.append((name, checked))
    return shared, tuple(settings)


def _arguments(declared: DeclaredCompressor, here: Here) -> dict[str, Argument] | None:
    """What the bound compressor takes; None when none, or an unknown one, is bound."""
    bound = declared.default
    while isinstance(bound, n.Compose):
        bound = bound.outer
    name = bound.id if isinstance(bound, n.Name) else bound.function.id if isinstance(bound, n.Call) else ""
    family = here.world.registry.compressors.get(name)
    return None if family is None else {argument.name: argument for argument in family.arguments}
