"""Errors of users and plug-ins' authors about compressors: one function per kind, which alone has the words."""

from __future__ import annotations

from collections.abc import Sequence

from cablese.dsl.check.contracts import Argument, ArgumentValue

from ..errors import SetupError
from ..plugin_calls import PluginFailed


def unknown_compressor(name: str, known: Sequence[str], close: str | None) -> SetupError:
    """A binding names no compressor at hand."""
    meant = f"did you mean `{close}`? There are" if close else "there are"
    return SetupError(
        f"`{name}` is not a compressor; {meant} {', '.join(known)}. "
        "`cablese list compressors` describes them; a plug-in must be installed where cablese runs."
    )


def unknown_argument(name: str, argument: str, known: Sequence[str]) -> SetupError:
    """A binding gives an argument that the compressor does not take."""
    takes = f"it takes {', '.join(known)}" if known else "it takes none"
    return SetupError(f"`{name}` has no argument `{argument}`; {takes}.")


def missing_argument(name: str, argument: str) -> SetupError:
    """A binding leaves out an argument that has no default."""
    return SetupError(f"`{name}` needs `{argument}`; write `{name}({argument} = ...)`.")


def wrong_kind(name: str, argument: str, value: object, expected: str) -> SetupError:
    """An argument of another kind than the compressor asks for."""
    return SetupError(f"`{name}({argument} = {value})`: `{argument}` must be {expected}.")


def out_of_bounds(name: str, argument: Argument, value: ArgumentValue) -> SetupError:
    """A number outside the bounds that its argument states."""
    given = f"{value:.12g}" if isinstance(value, float) else str(value)
    is_what = f" ({argument.doc})" if argument.doc else ""
    return SetupError(
        f"`{name}({argument.name} = {given})`: `{argument.name}`{is_what} must be {argument.wanted(value)}; "
        f"for example `{name}({argument.name} = {argument.written_example})`."
    )


def beyond_dimension(name: str, k: int, d: int) -> SetupError:
    """More coordinates to keep than the vector has."""
    return SetupError(
        f"`{name}(k = {k})` keeps {k} coordinates, but the problem has d = {d}; choose k from 1 to {d} "
        f"(`--set 'Q={name}(k = {d})'`, Q being the compressor's name in the spec, sends all of them, as identity() does)."
    )


def beyond_rank(name: str, rank: int, most: int) -> SetupError:
    """More columns of the factors than any matrix of the model has."""
    return SetupError(
        f"{name}: `rank = {rank}` is beyond every matrix of the model: the largest rank that one of them can have is "
        f"{most}, so take {most} at most."
    )


def no_composition(outer: str, inner: str) -> SetupError:
    """A binding `outer of inner`."""
    return SetupError(
        f"`{outer} of {inner}`: in a composition all compressors but the first keep a fixed number of coordinates (top_k, "
        "rand_k), and the first compresses their values; for example `quantize(s = 4) of top_k(k = 100)`."
    )


def loses_more_than_it_keeps(name: str, outer: str, lost: float, k: int) -> SetupError:
    """A composition that is no contraction under these numbers."""
    return SetupError(
        f"`{name}` is not contractive here: `{outer}` of vectors of {k} entries has omega = {lost:g}, and only below 1 does "
        "it lose less than it keeps (Qsparse, Lemma 1). Bind finer levels, or keep fewer coordinates."
    )


def seeded_inside(name: str, inner: str) -> SetupError:
    """A compressor whose coordinates the receiver draws, inside another."""
    return SetupError(
        f"`{inner}` inside `{name}`: coordinates are drawn by the receiver, too, only of a compressor that stands alone; "
        "leave `indices = seeded` out here."
    )


def dealt_to_more(s: int, n: int) -> SetupError:
    """More nodes for a coordinate than there are."""
    return SetupError(
        f"`perm_k(s = {s})` deals each coordinate to {s} nodes, but there are n = {n}; take s from 1 to {n}."
    )


def joint_of_some(name: str) -> SetupError:
    """A joint draw where only some nodes compress."""
    return SetupError(
        f"`{name}` deals coordinates out among all nodes; here only some of them compress, so that some would be "
        "lost. Let all nodes send, or bind a compressor that draws for each node by itself, such as rand_k."
    )


def joint_of_others(name: str, found: str, wanted: int) -> SetupError:
    """A joint draw of other than the stated number of nodes, or of one node twice."""
    return SetupError(
        f"`{name}` deals coordinates out among {wanted} nodes; here {found} compress, so that some would be lost, or "
        f"sent twice. Draw a set of so many, `event S ~ subset(n, {wanted})`."
    )


def more_than_nodes(among: int, n: int) -> SetupError:
    """A deal among more nodes than there are."""
    return SetupError(f"`perm_k` deals coordinates out among {among} nodes, but there are n = {n}.")


def nothing_to_divide(name: str, actual: str) -> SetupError:
    """`Q / (1 + omega)` of what has no omega."""
    return SetupError(
        f"`{name} / (1 + omega)`: `{name}` is {actual} and has no omega. Only an unbiased compressor is divided so; "
        "one that is contractive stands as it is."
    )


def does_not_contract(name: str, omega: float) -> SetupError:
    """`contracted(Q = …, divided = false)` of a Q with an omega of 1 or more."""
    return SetupError(
        f"`contracted(Q = {name}, divided = false)`: its omega is {omega:g}, and an unbiased compressor contracts as it "
        f"is only with an omega below 1. Write `{name} / (1 + omega)`, which always contracts, or choose a finer one."
    )


def runs_exchanges(name: str) -> SetupError:
    """A collective compressor where one is asked to compress a vector alone."""
    return SetupError(
        f"`{name}` is collective: it averages over all nodes while it compresses. Write `node -> all: u = P(e)` with "
        f"`compressor P: collective = {name}(...)`."
    )


OWN_DRAWS = (
    "it draws by itself, or keeps something from call to call, so that runs do not repeat. Take what it draws from the "
    "`words` (or the `uniforms`) that `compress` is given, `words = …` (or `draws(d)`) of them"
)
"""The remedy for a kernel whose answers depend on more than its arguments."""


class OwnDraws(PluginFailed):
    """A plug-in's kernel gave two answers to one question."""


def own_draws(plugin: str, part: str) -> OwnDraws:
    """A plug-in's kernel that gives two answers to one question."""
    return OwnDraws(f"the {plugin} gives two answers as its `{part}` to the same arguments: {OWN_DRAWS}.")


def no_codec(name: str) -> SetupError:
    """A kernel without a wire format."""
    return SetupError(
        f"`{name}` has no codec: its kernel's `codec` needs `encode`, `decode` and `bits`, or nothing of it could be sent "
        "and counted. Mend the plug-in, or bind another compressor."
    )
