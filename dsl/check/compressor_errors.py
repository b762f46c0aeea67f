"""Errors of compressors: their classes and arguments, and where they are applied."""

from __future__ import annotations

from collections.abc import Iterable

from ..text.diagnostics import Diagnostic, Remedy, write
from ..text.page import COMPRESSED, HALVE, STEP, C, Example, Page, Q
from ..text.source import Span
from .contracts import Argument, ArgumentKind, Class, Contract
from .phrases import among, did_you_mean, quoted, short

E401 = Page(
    "E401",
    "a compressor of another class than the method needs",
    """A method's theorem holds for a class of compressors, which the spec states. An unbiased compressor is
    right on average and may be large; a contractive one never moves away from its argument and may be biased.
    One in the place of the other may diverge without a word, so it is refused, in the spec and on the command
    line alike.""",
    wrong=Example(COMPRESSED, head="compressor Q: unbiased = top_k(k = 1)"),
    right=Example(COMPRESSED, head=Q),
)

_ELSEWHERE = {
    (Contract.UNBIASED, Class.CONTRACTIVE): ("EF21", "EF_SGD"),
    (Contract.CONTRACTIVE, Class.UNBIASED): ("DIANA", "MARINA"),
}
"""Methods that take what another does not."""
_PLURAL = {
    Class.UNBIASED: "unbiased",
    Class.CONTRACTIVE: "contractive",
    Class.BOTH: "unbiased and contractive",
    Class.EXACT: "exact",
    Class.NEITHER: "neither unbiased nor contractive",
    Class.COLLECTIVE: "collective",
}
_CONTRACTIVE = "write one that contracts as it stands, `top_k(k = ceil(d / 10))` or `natural()`"


def wrong_class(
    algorithm: str,
    contract: Contract,
    written: str,
    actual: Class,
    span: Span,
    declared: Span,
    instead: str = "",
) -> Diagnostic:
    """A compressor of another class than the method needs; `instead` is how to write one of its family that fits."""
    needs = f"{'an' if contract is Contract.UNBIASED else 'a'} {contract.value} compressor"
    if contract is Contract.ANY:
        needs = "a compressor that every node can run alone"
    fitting = Remedy(f"write `{instead}`, which is {contract.value}", instead) if instead else None
    remedy = fitting or _elsewhere(algorithm, contract, actual, span.text)
    message = f"{algorithm} needs {needs}; {written} is {_PLURAL[actual]}"
    return E401.told(
        message, span, _PLURAL[actual], (declared, f"{contract.value} by this line"), help=remedy
    )


def _elsewhere(algorithm: str, contract: Contract, actual: Class, written: str) -> str:
    """The remedy: what fits, and a shipped method of another name that takes such compressors."""
    others = [name for name in _ELSEWHERE.get((contract, actual), ()) if name != algorithm]
    fitting = ""
    if (contract, actual) == (Contract.CONTRACTIVE, Class.UNBIASED):
        divided = f"({written})" if " of " in written else written
        fitting = (
            f"write `{divided} / (1 + omega)`, which contracts with delta = 1 + omega; where omega is below 1, "
            f"`contracted(Q = {written}, divided = false)`; or {_CONTRACTIVE}; or "
        )
    return fitting + (f"see {others[0]}, which takes {actual.value} ones" if others else "")


E402 = Page(
    "E402",
    "there is no such compressor",
    """After `=` stands a compressor from the library or from a plug-in; `cablese list compressors` names them
    with their arguments. A number, or a name of the spec, is no compressor.""",
    wrong=Example(COMPRESSED, head="compressor Q: unbiased = randk(k = 1)"),
    right=Example(COMPRESSED, head=Q),
)


def unknown_compressor(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """A family of compressors that does not exist."""
    remedy = among(name, sorted(candidates), "there are")
    return E402.told(f"there is no compressor `{name}`", span, "unknown compressor", help=remedy)


def no_compressor(span: Span) -> Diagnostic:
    """A value where a compressor is needed."""
    message = f"`{short(span.text)}` is not a compressor"
    remedy = "write one: `rand_k(k = 1)`"
    if "/" in span.text:
        remedy += "; one division is known, `Q / (1 + omega)`, which makes an unbiased Q contractive"
    return E402.told(message, span, "a compressor is needed", help=remedy)


E403 = Page(
    "E403",
    "arguments of a compressor that it does not take, or without their names",
    """Compressors take their arguments by name, each once. So a spec reads without the manual, and `rand_k(k
    = 10)` cannot be mistaken for ten percent.""",
    wrong=Example(COMPRESSED, head="compressor Q: unbiased = rand_k(10)"),
    right=Example(COMPRESSED, head="compressor Q: unbiased = rand_k(k = 10)"),
)


def unknown_argument(compressor: str, name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """An argument that a compressor does not take."""
    remedy = among(name, sorted(candidates), "it takes")
    return E403.told(f"`{compressor}` takes no argument `{name}`", span, "unknown argument", help=remedy)


def unnamed_argument(compressor: str, name: str, value: str, span: Span) -> Diagnostic:
    """An argument without its name."""
    named = Remedy(f"write `{compressor}({name} = {short(value)})`", f"{name} = {value}")
    remedy = named if name else f"write `{compressor}()`"
    return E403.told(f"arguments of `{compressor}` are given by name", span, "which argument?", help=remedy)


def repeated_argument(name: str, span: Span) -> Diagnostic:
    """An argument that is given twice."""
    return E403.told(f"argument `{name}` is given twice", span, "again here")


E404 = Page(
    "E404",
    "a compressor lacks an argument",
    """An argument without a default must be given: how many coordinates, how many levels. There is no choice
    that would suit every method.""",
    wrong=Example(COMPRESSED, head="compressor Q: unbiased = rand_k()"),
    right=Example(COMPRESSED, head=Q),
)


def missing_argument(compressor: str, argument: Argument, span: Span) -> Diagnostic:
    """An argument without a default that is not given."""
    meaning = f" ({argument.meaning})" if argument.meaning else ""
    message = f"`{compressor}` needs `{argument.name}`{meaning}"
    meant = f"{compressor}({argument.name} = {argument.written_example})"
    bare = span.text.rstrip("( )") == compressor
    remedy = write(meant) if bare else f"write `{meant}`"
    return E404.told(message, span, f"`{argument.name}` is not given", help=remedy)


E405 = Page(
    "E405",
    "an argument of a compressor does not fit",
    """Arguments have kinds: numbers of coordinates and levels are ints, switches are `true` or `false`, a
    norm is `2` or `inf`. A fraction of the dimension is written as such: `k = ceil(d / 100)`. In a
    composition all compressors but the first keep k coordinates, and the first compresses their values:
    `quantize(s = 4) of top_k(k = 100)`.""",
    wrong=Example(COMPRESSED, head="compressor Q: unbiased = rand_k(k = 0.01)"),
    right=Example(COMPRESSED, head="compressor Q: unbiased = rand_k(k = ceil(d / 100))"),
)

_TAKES = {
    ArgumentKind.INT: "an int",
    ArgumentKind.REAL: "a real",
    ArgumentKind.BOOL: "`true` or `false`",
    ArgumentKind.NORM: "`2` or `inf`",
    ArgumentKind.TEXT: "a quoted text",
    ArgumentKind.COMPRESSOR: "a compressor",
}


def argument_kind(compressor: str, argument: Argument, value: str, span: Span) -> Diagnostic:
    """An argument of the wrong kind."""
    takes = _TAKES.get(argument.kind) or f"one of {quoted(argument.choices)}"
    message = f"`{argument.name}` of `{compressor}` takes {takes}; `{short(value)}` is not one"
    return E405.told(message, span, "does not fit", help=did_you_mean(value, argument.choices) or "")


def collective_composed(name: str, span: Span) -> Diagnostic:
    """A collective compressor as a part of another."""
    return E405.told(f"`{name}` is collective and cannot be composed", span, "runs exchanges of its own")


def joint_composed(name: str, span: Span) -> Diagnostic:
    """A joint compressor as a part of another."""
    return E405.told(f"`{name}` draws for all nodes together and cannot be composed", span, "goes alone")


def joint_and_shared(name: str, span: Span) -> Diagnostic:
    """`shared = true` of a joint compressor."""
    message = f"the draw of `{name}` is one that all nodes share as it is; with `shared = true` all would get the same part"
    return E405.told(message, span, "leave `shared` out")


def nothing_kept(outer: str, inner: str, span: Span) -> Diagnostic:
    """A composition of which a compressor behind the first keeps no fixed number of coordinates."""
    message = f"`{inner}` keeps no fixed number of coordinates that `{outer}` could compress"
    remedy = f"compose with what keeps k of them: `{outer}(...) of top_k(k = 100)`"
    return E405.told(message, span, "sends a whole vector, or any number of entries", help=remedy)


def nothing_to_divide(written: str, actual: Class, span: Span) -> Diagnostic:
    """`Q / (1 + omega)` of what has no omega."""
    message = f"`{short(written)}` is {_PLURAL[actual]} and has no omega to divide by"
    kept = actual is Class.CONTRACTIVE
    remedy = (
        "leave the division out: it contracts as it stands" if kept else "only an unbiased one is divided so"
    )
    return E405.told(message, span, _PLURAL[actual], help=remedy)


E410 = Page(
    "E410",
    "there is no such class of compressors",
    """The classes are `unbiased`, `contractive`, `any` (every compressor that a node can run alone) and
    `collective` (compressed averaging that runs exchanges of its own). What the literature calls biased is
    contractive, or any.""",
    wrong=Example(f"node -> server: m = C(grad(x))\n{STEP}", head="compressor C: biased = top_k(k = 1)"),
    right=Example(f"node -> server: m = C(grad(x))\n{STEP}", head=C),
)


def unknown_contract(word: str, span: Span) -> Diagnostic:
    """A contract that does not exist."""
    remedy = among(word, [contract.value for contract in Contract], "it is one of")
    return E410.told(f"there is no class of compressors `{word}`", span, "unknown class", help=remedy)


E415 = Page(
    "E415",
    "collective compression in the wrong place",
    """A collective compressor averages while it compresses, in exchanges that it runs and counts itself. Its
    one form is `node -> all: u = P(e)`, and u is the decoded mean. All others compress one vector at one
    place; their messages go to the server, which sends the mean on.""",
    wrong=Example("node -> all: g = Q(grad(x))\nall: x = x - g / L", head=Q),
    right=Example(COMPRESSED, head=Q),
)


def collective_elsewhere(name: str, span: Span) -> Diagnostic:
    """A collective compressor applied outside of its message."""
    message = f"`{name}` is collective: it runs exchanges of its own"
    remedy = f"write `node -> all: u = {name}(e)`; `u` is then the decoded mean"
    return E415.told(message, span, "applied like an ordinary compressor", help=remedy)


def not_collective(span: Span) -> Diagnostic:
    """`node -> all` of an ordinary value."""
    message = "`node -> all` is for collective compressors, `u = P(e)`"
    remedy = "send it to the server, which sends the mean on: `node -> server: q = …`, `server -> all: u = mean(q)`"
    return E415.told(message, span, "not a collective compressor's result", help=remedy)


E416 = Page(
    "E416",
    "a compressor where nothing is bound",
    """A compressor draws its random numbers under the name that its result is bound to. Conditions, params
    and invariants bind no name, so compress first and read the name.""",
    wrong=Example("all:\n    if norm(Q(x)) > 1:\n        x = x / 2", head=Q),
    right=Example("all:\n    q = Q(x)\n    if norm(q) > 1:\n        x = x / 2", head=Q),
)


def compressor_in_condition(name: str, what: str, span: Span) -> Diagnostic:
    """A compressor where nothing is bound."""
    message = f"`{name}` draws and keeps what it drew under a name; {what} binds none"
    return E416.told(message, span, "applied here", help=f"bind it first: `q = {name}(…)`")


E417 = Page(
    "E417",
    "`support` of what no codec wrote",
    """`support(q)` is the mask of the coordinates that the codec wrote into the message. Only the
    compressor's result itself has it: arithmetic makes a value dense again, and a gradient was never encoded.""",
    wrong=Example(f"node: y = where(support(2 * x), x, zeros)\n{HALVE}", head=C),
    right=Example(f"node:\n    q = C(x)\n    y = where(support(q), x, zeros)\n{HALVE}", head=C),
)


def not_compressed(value: str, span: Span) -> Diagnostic:
    """`support` of what no codec wrote."""
    value = short(value)
    message = f"`support` gives the coordinates that a codec wrote; `{value}` is not a compressor's result"
    nonzero = f"the entries that are not 0 are `{value} != 0`"
    remedy = f"name the compressed value itself: `q = Q(e)`, then `support(q)`; {nonzero}"
    return E417.told(message, span, "written by no codec", help=remedy)


E419 = Page(
    "E419",
    "an argument of a compressor out of its bounds",
    """Each argument has bounds, which docs/compressors.md lists: at least one coordinate is kept, a
    probability is above 0 and at most 1. Numbers that stand in the text, params set to them and arithmetic of
    both are held against the bounds here; what depends on the problem, such as `k = floor(d / 100)`, when the
    run starts.""",
    wrong=Example(COMPRESSED, head="compressor Q: unbiased = rand_p(p = 3 / 2)"),
    right=Example(COMPRESSED, head="compressor Q: unbiased = rand_p(p = 1 / 2)"),
)


def out_of_bounds(compressor: str, argument: Argument, value: float, span: Span) -> Diagnostic:
    """An argument outside the bounds that its compressor states."""
    number = f"{value:.12g}"
    found = f"`{number}`" if span.text == number else f"`{short(span.text)}`, which is {number},"
    message = f"`{argument.name}` of `{compressor}` must be {argument.wanted(value)}; {found} is not"
    remedy = f"for example `{compressor}({argument.name} = {argument.written_example})`"
    return E419.told(message, span, argument.doc or "out of bounds", help=remedy)


E420 = Page(
    "E420",
    "a joint compression that not all nodes take part in",
    """`perm_k` deals the coordinates out among all nodes, in one draw that they share: a coordinate that is
    dealt to a node which does not send is lost. So it is applied by every node: in a `node:` block or a
    `node -> server` message, neither over a set nor by the server or another role, and not on a graph. With
    `perm_k(among = r)` it deals them out among the r nodes of a set that is drawn, `node in S -> server: m = Q(x)`.""",
    wrong=Example(
        "server -> all: u = Q(x)\nnode -> server: m = grad(u)\nserver -> all: g = mean(m)\nall: x = x - g / L",
        head="compressor Q: unbiased = perm_k()",
    ),
    right=Example(COMPRESSED, head="compressor Q: unbiased = perm_k()"),
)


def joint_elsewhere(name: str, span: Span, who: str) -> Diagnostic:
    """A joint compressor that others than all nodes apply."""
    message = f"`{name}` deals coordinates out among all nodes; here {who}"
    remedy = f"apply it where every node does, `node -> server: m = {name}(…)`; or bind one that draws alone, such as rand_k"
    return E420.told(message, span, "not every node's", help=remedy)
