"""Meanings of the words that structure a spec: lines, roles, classes, kinds of problems, outputs, metrics."""

from __future__ import annotations

from collections.abc import Mapping

from cablese.dsl.check.contracts import Contract
from cablese.dsl.check.guarantees import CLASSES, START_METRICS
from cablese.dsl.syntax.words import FORMS

LINES: Mapping[str, str] = {word: f"a line of the form `{form}`" for word, form in FORMS.items()}
"""Words that start a line."""

ROLES: Mapping[str, str] = {
    "all": "what everyone computes alike: it costs no bit",
    "server": "what the server computes; behind an arrow the server itself",
    "node": "what each node computes of its own values and data; `node in S` over a drawn set",
    "link": "what a node and the server both know of that node, computed by both",
    "group": "what the server and the nodes of one group know",
    "neighbors": "on a graph: what a node and its neighbours know, computed by all of them",
}
"""Roles, by the word of their blocks."""

CONTRACTS: Mapping[str, str] = {
    Contract.UNBIASED.value: "E C(v) = v: right on average, with variance `omega`",
    Contract.CONTRACTIVE.value: "E ||C(v) - v||^2 <= (1 - delta) ||v||^2: loses a part of v, and may be biased",
    Contract.ANY.value: "any compressor that a node can run alone",
    Contract.COLLECTIVE.value: "a compressor that averages while it compresses, in exchanges of its own",
}
"""Classes of compressors."""

PROBLEMS: Mapping[str, str] = {
    "minimize": "the mean of the nodes' functions f_i is minimised, by `grad(x)`",
    "vi": "a zero of the mean of the nodes' operators F_i is sought, by `F(z)`",
    "variational_inequality": "as `vi`",
    "saddle": "a saddle point is sought, by `F(z)` of the two halves of z",
}
"""Kinds of problems."""

OUTPUTS: Mapping[str, str] = {
    "average": "`average(x)`, `average(x, weight)`: the average over the rounds",
    "uniform": "`uniform(x)`: the value of a round drawn uniformly",
}
"""Outputs of a method that are not its last value."""

FIGURES_OF_RUNS: Mapping[str, str] = {
    "grad_norm2": "||grad f||^2, of the objective at the method's point",
    "f_gap": "f - f*, above the minimum",
    "loss": "f, regulariser included",
    "residual2": "||F||^2, of the operator",
    "grad_map2": "||(x - prox(x - gamma grad f)) / gamma||^2, where there is a regulariser",
    "natural2": "||z - prox(z - F(z))||^2, where there is a constraint",
    "consensus": "the mean squared distance of the nodes' values from their mean",
    "dist2": "`dist2(x)`: ||x - x*||^2, the squared distance from the solution",
    "gap": "`gap(z)`: the duality gap of a saddle point",
    **{name: f"`{of}` at the start" for name, of in START_METRICS.items()},
    "average": "`average(m)`: the mean of a metric over the rounds",
    "last": "`last(m)`: a metric after the last round",
    "start": "`start(m)`: a metric at the start",
    "at_output": "`at_output(m)`: a metric of what the method returns",
}
"""The quantities that guarantees bound."""

PROBLEM_CLASSES: Mapping[str, str] = dict.fromkeys(CLASSES, "a class of problems that a guarantee holds for")
"""Classes of problems."""

WITHIN: Mapping[str, str] = {
    "where": "the condition that a param meets",
    "when": "under this condition",
    "on": "`on graph`, `on directed graph`: nodes exchange values with neighbours, without a server",
    "graph": "nodes exchange values with neighbours, without a server",
    "in": "the nodes of a drawn set",
    "of": "one compressor behind another: the right one first",
    "over": "the nodes that an aggregate runs over",
}
"""Words within a line."""


def meaning_in_line(word: str, line: str, called: bool) -> str:
    """The meaning of a word of the language where a line has it; empty for what is no such word there. A `called` word
    stands before a parenthesis."""
    for meanings in _OF_LINES.get(line.split(maxsplit=1)[0], ()):
        if word in meanings:
            return meanings[word]
    plain = {**PROBLEMS, **CONTRACTS, **WITHIN, **LINES, **ROLES}
    return "" if called else plain.get(word, "")


_OF_LINES = {"output": (OUTPUTS,), "guarantee": (FIGURES_OF_RUNS, PROBLEM_CLASSES)}
"""Words that mean something in one line alone, by the line's first word."""
