"""What the checker says of compressors and params (E4xx): one function per kind of mistake, which alone has the words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..text.diagnostics import Diagnostic, Label
from ..text.source import Span
from .contracts import Argument, ArgumentKind, Class, Contract
from .phrases import meant, quoted, short

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

_CONTRACTIVE = (
    "write one that is contractive whatever its arguments, `top_k(k = ceil(d / 10))` or `natural()`, or "
)


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
    article = "an" if contract in (Contract.UNBIASED, Contract.ANY) else "a"
    needs = (
        "a compressor that every node can run alone"
        if contract is Contract.ANY
        else f"{article} {contract.value} compressor"
    )
    return Diagnostic(
        "E401",
        f"{algorithm} needs {needs}; {written} is {_PLURAL[actual]}",
        span,
        _PLURAL[actual],
        (Label(declared, f"{contract.value} by this line"),) if declared != span else (),
        f"write `{instead}`, which is {contract.value}"
        if instead
        else _elsewhere(algorithm, contract, actual),
    )


def _elsewhere(algorithm: str, contract: Contract, actual: Class) -> str:
    """The remedy: what fits, and a shipped method of another name that takes such compressors."""
    others = [name for name in _ELSEWHERE.get((contract, actual), ()) if name != algorithm]
    fitting = _CONTRACTIVE if (contract, actual) == (Contract.CONTRACTIVE, Class.UNBIASED) else ""
    return fitting + (f"see {others[0]}, which takes {actual.value} ones" if others else "")


def unknown_compressor(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """No compressor is called so."""
    known = sorted(candidates)
    return Diagnostic(
        "E402",
        f"there is no compressor `{name}`",
        span,
        "unknown compressor",
        help=meant(name, known) or f"there are {quoted(known)}",
    )


def undeclared(name: str, span: Span) -> Diagnostic:
    """A family of compressors applied as if it were a compressor of the spec."""
    return Diagnostic(
        "E307",
        f"`{name}` is applied, and the spec declares no compressor from it",
        span,
        "not declared",
        help=f"declare one: `compressor C: any = {name}(…)`; then apply it: `C(e)`",
    )


def unknown_argument(compressor: str, name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """A compressor does not take this argument."""
    known = sorted(candidates)
    return Diagnostic(
        "E403",
        f"`{compressor}` takes no argument `{name}`",
        span,
        "unknown argument",
        help=meant(name, known) or f"it takes {quoted(known)}",
    )


def unnamed_argument(compressor: str, name: str, value: str, span: Span) -> Diagnostic:
    """Arguments of compressors are given by name."""
    remedy = f"write `{compressor}({name} = {short(value)})`" if name else f"write `{compressor}()`"
    return Diagnostic(
        "E403", f"arguments of `{compressor}` are given by name", span, "which argument?", help=remedy
    )


def repeated_argument(name: str, span: Span) -> Diagnostic:
    """One argument twice."""
    return Diagnostic("E403", f"argument `{name}` is given twice", span, "again here")


def missing_argument(compressor: str, argument: Argument, span: Span) -> Diagnostic:
    """An argument without default is not given."""
    meaning = f" ({argument.meaning})" if argument.meaning else ""
    return Diagnostic(
        "E404",
        f"`{compressor}` needs `{argument.name}`{meaning}",
        span,
        f"`{argument.name}` is not given",
        help=f"write `{compressor}({argument.name} = {argument.written_example})`",
    )


def out_of_bounds(compressor: str, argument: Argument, value: float, span: Span) -> Diagnostic:
    """An argument outside the bounds that its compressor states."""
    found = (
        f"`{short(span.text)}`, which is {value:.12g}," if span.text != f"{value:.12g}" else f"`{value:.12g}`"
    )
    return Diagnostic(
        "E419",
        f"`{argument.name}` of `{compressor}` must be {argument.wanted(value)}; {found} is not",
        span,
        argument.doc or "out of bounds",
        help=f"for example `{compressor}({argument.name} = {argument.written_example})`",
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
    takes = (
        f"one of {quoted(argument.choices)}" if argument.kind is ArgumentKind.WORD else _TAKES[argument.kind]
    )
    return Diagnostic(
        "E405",
        f"`{argument.name}` of `{compressor}` takes {takes}; `{short(value)}` is not one",
        span,
        "does not fit",
        help=meant(value, argument.choices) if argument.choices else "",
    )


def collective_composed(name: str, span: Span) -> Diagnostic:
    """A collective compressor as a part of another."""
    return Diagnostic(
        "E405", f"`{name}` is collective and cannot be composed", span, "runs exchanges of its own"
    )


def nothing_kept(outer: str, inner: str, span: Span) -> Diagnostic:
    """A composition whose inner compressor keeps no fixed number of coordinates."""
    return Diagnostic(
        "E405",
        f"`{inner}` keeps no fixed number of coordinates that `{outer}` could compress",
        span,
        "sends a whole vector, or any number of entries",
        help=f"compose with what keeps k of them: `{outer}(...) of top_k(k = 100)`",
    )


def keeps_again(outer: str, inner: str, span: Span) -> Diagnostic:
    """A composition whose outer compressor keeps coordinates too."""
    return Diagnostic(
        "E405",
        f"`{outer}` keeps coordinates itself; of what `{inner}` keeps, it cannot keep some",
        span,
        "goes alone, or inside",
        help=f"write what becomes of the values that it keeps first: `quantize(s = 4) of {outer}(...)`",
    )


def no_figure(figure: str, compressor: str, contract: Contract, declared: Span, span: Span) -> Diagnostic:
    """`omega` of something that need not have one."""
    has = {"omega": "an unbiased", "delta": "a contractive"}[figure]
    wanted, other = ("unbiased", "delta") if figure == "omega" else ("contractive", "omega")
    remedy = f"declare it `compressor {compressor}: {wanted}`"
    if contract in (Contract.UNBIASED, Contract.CONTRACTIVE):
        remedy = f"what is {contract.value} has `{other}({compressor})`; or {remedy}"
    return Diagnostic(
        "E406",
        f"only {has} compressor has `{figure}`; `{compressor}` is declared `{contract.value}`",
        span,
        f"no `{figure}` is known",
        (Label(declared, "declared here"),),
        remedy,
    )


def unknown_setting(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """`--set` of a name that the spec does not declare."""
    known = sorted(candidates)
    listed = f"it has {quoted(known)}" if known else "it has none"
    return Diagnostic(
        "E407",
        f"the spec has no param or compressor `{name}`",
        span,
        "nothing to set",
        help=meant(name, known) or listed,
    )


def set_twice(name: str, first: Span, span: Span) -> Diagnostic:
    """Two `--set` of one name."""
    return Diagnostic("E407", f"`{name}` is set twice", span, "again here", (Label(first, "first here"),))


def setting_of_nothing(name: str, algorithm: str, span: Span, others: Sequence[str]) -> Diagnostic:
    """`--set` of what no step of the method depends on."""
    instead = f", or {quoted(others)} took the place of what did" if others else ""
    return Diagnostic(
        "E418",
        f"`{name}` is set, but nothing in {algorithm} depends on it",
        span,
        "changes nothing",
        help=f"leave it out: the spec does not read `{name}`{instead}",
    )


def no_default(name: str, span: Span) -> Diagnostic:
    """A setting reads the default of something that has none."""
    return Diagnostic("E407", f"`{name}` has no default to start from", span, "stands for its default")


def declared_later(name: str, span: Span, declared: Span) -> Diagnostic:
    """A param reads one that comes later."""
    return Diagnostic(
        "E408",
        f"param `{name}` is declared further down",
        span,
        "not known yet",
        (Label(declared, "declared here"),),
        f"move the line of `{name}` up",
    )


def circle(name: str, through: str, span: Span, declared: Span) -> Diagnostic:
    """A compressor's argument depends on its own figures."""
    return Diagnostic(
        "E408",
        f"an argument of `{name}` depends on `{through}`, which depends on `{name}`",
        span,
        "a circle",
        (Label(declared, f"`{through}` asks for a figure of `{name}`"),),
    )


def itself(name: str, span: Span) -> Diagnostic:
    """A param reads itself."""
    return Diagnostic("E408", f"param `{name}` is defined by itself", span, "not known yet")


def round_value(name: str, span: Span, bound: Span | None) -> Diagnostic:
    """A param reads what a round binds."""
    return Diagnostic(
        "E409",
        f"`{name}` is a value of the rounds; params and arguments of compressors are known before",
        span,
        "not known here",
        (Label(bound, "bound here"),) if bound else (),
        "compute with it inside `round`, or use constants and other params",
    )


def unknown_contract(word: str, span: Span) -> Diagnostic:
    """A contract that does not exist."""
    known = [contract.value for contract in Contract]
    return Diagnostic(
        "E410",
        f"there is no class of compressors `{word}`",
        span,
        "unknown class",
        help=meant(word, known) or f"it is one of {quoted(known)}",
    )


def not_a_param(name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """`prev` of something that is no param."""
    return Diagnostic(
        "E413",
        f"`prev` gives a param's value of the last round; `{short(name)}` is none",
        span,
        "not a param",
        help=meant(name, candidates) or "to keep a value of the rounds, bind it to a name of its own",
    )


def not_a_compressor(figure: str, name: str, span: Span, candidates: Iterable[str]) -> Diagnostic:
    """`omega` of something that is no compressor."""
    known = sorted(candidates)
    listed = f"the spec declares {quoted(known)}" if known else "the spec declares none"
    return Diagnostic(
        "E412",
        f"`{figure}` is a figure of a compressor; `{short(name)}` is none",
        span,
        "not a compressor",
        help=meant(name, known) or listed,
        lacks=name,
    )


def collective_elsewhere(name: str, span: Span) -> Diagnostic:
    """A collective compressor applied outside of its message."""
    return Diagnostic(
        "E415",
        f"`{name}` is collective: it runs exchanges of its own",
        span,
        "applied like an ordinary compressor",
        help=f"write `node -> all: u = {name}(e)`; `u` is then the decoded mean",
    )


def not_collective(span: Span) -> Diagnostic:
    """`node -> all` of an ordinary value."""
    return Diagnostic(
        "E415",
        "`node -> all` is for collective compressors, `u = P(e)`",
        span,
        "not a collective compressor's result",
        help="send it to the server, which sends the mean on: `node -> server: q = …`, `server -> all: u = mean(q)`",
    )


def compressor_in_condition(name: str, what: str, span: Span) -> Diagnostic:
    """A compressor where nothing is bound."""
    return Diagnostic(
        "E416",
        f"`{name}` draws and keeps what it drew under a name; {what} binds none",
        span,
        "applied here",
        help=f"bind it first: `q = {name}(…)`",
    )


def not_compressed(value: str, span: Span) -> Diagnostic:
    """`support` of what no codec wrote."""
    return Diagnostic(
        "E417",
        f"`support` gives the coordinates that a codec wrote; `{short(value)}` is not a compressor's result",
        span,
        "written by no codec",
        help=f"name the compressed value itself: `q = Q(e)`, then `support(q)`; the entries that are not 0 are "
        f"`{short(value)} != 0`",
    )


def no_compressor(span: Span) -> Diagnostic:
    """A value where a compressor is needed."""
    return Diagnostic(
        "E402",
        f"`{short(span.text)}` is not a compressor",
        span,
        "a compressor is needed",
        help="write one: `rand_k(k = 1)`",
    )


def not_a_scalar(name: str, found: str, span: Span) -> Diagnostic:
    """A param that is no number."""
    return Diagnostic("E411", f"param `{name}` is a number or a bool; this is {found}", span, found)
