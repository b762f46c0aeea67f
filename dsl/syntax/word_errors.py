"""Errors of the words that lines are made of: messages, draws, declarations."""

from __future__ import annotations

from ..text.diagnostics import Diagnostic, Edit, Remedy, meant_was
from ..text.page import COMPRESSED, GD, HALVE, STEP, UP, Example, Page, Q
from ..text.source import Span

E117 = Page(
    "E117",
    "a statement of another language",
    """A spec has no loops over nodes, no functions and no returns. A block `node:` runs at every node at
    once, `repeat H:` does something a fixed number of times, messages are written with an arrow, and `output`
    says what the method returns. So every spec ends, and its bits can be counted without running it.""",
    wrong=Example(f"{UP}server: g = mean(m)\nbroadcast g\n{HALVE}"),
    right=Example(f"{UP}server: g = mean(m)\nserver -> all: g\nall: x = x - g / L"),
)


def foreign_statement(span: Span, meant: str) -> Diagnostic:
    """A statement of another language; `meant` says what stands for it here."""
    return E117.told(f"`{span.text}` is no statement of the language", span, help=meant)


def loop_until(span: Span) -> Diagnostic:
    """`repeat H while c`, `repeat until c`."""
    remedy = "`repeat H:` runs H times; put the condition inside: `repeat H:`, then `if c:`"
    return E117.told(f"no loop runs by a condition: `{span.text}` is not of the language", span, help=remedy)


_MESSAGE = "a message is written `node -> server: q = e`"

E119 = Page(
    "E119",
    "a message lacks a part",
    """A message has a sender, an arrow, a receiver, and names for what is sent: `node -> server: q = e`. The
    name is how receiver and sender speak of the value afterwards; `q` alone sends the value that `q` has.""",
    wrong=Example(f"node -> server: grad(x)\n{HALVE}"),
    right=Example(GD),
)


def incomplete_message(span: Span, lacks: str) -> Diagnostic:
    """A message `sender -> receiver: q = e` without one of its parts; `lacks` is the part."""
    return E119.told(f"this message lacks {lacks}", span, help=_MESSAGE)


def no_arrow(span: Span, instead: Span) -> Diagnostic:
    """A message without its arrow; `instead` is what stands in its place, or is empty."""
    arrow = "->" if instead.text else "-> "
    return E119.told("this message lacks the arrow `->`", span, help=_MESSAGE, fix=(Edit(instead, arrow),))


E120 = Page(
    "E120",
    "a word that is misspelt or does not exist",
    """Lines start with `algorithm`, `problem`, `compressor`, `param`, `require`, `init`, `round`, `output`,
    `invariant`, `guarantee` or `equals`; statements with a role, `if`, `else`, `repeat`, `event`, or a name
    that is assigned. The roles are all, server, node, link, group and neighbors: papers also say worker,
    client, master.""",
    wrong=Example(f"worker -> server: m = grad(x)\n{STEP}"),
    right=Example(GD),
)


def misspelt(span: Span, meant: str | None) -> Diagnostic:
    """A line that starts with an unknown word; `meant` is the closest that there is."""
    known = "lines start with a word such as `param`, a role, or `a = e`"
    remedy = meant_was(meant) if meant else known
    return E120.told(f"no line starts with `{span.text}`", span, help=remedy)


def misspelt_inside(span: Span, meant: str) -> Diagnostic:
    """A word within a line that cannot stand there, close to one that can."""
    return E120.told(f"`{span.text}` cannot stand here", span, help=meant_was(meant))


def unknown_role(span: Span, meant: str | None) -> Diagnostic:
    """A role that does not exist; `meant` is the closest role or opener."""
    known = "the roles are all, server, node, link, group and neighbors"
    remedy = meant_was(meant) if meant else f"{known}; an assignment is written `{span.text} = e`"
    return E120.told(f"no role is called `{span.text}`", span, help=remedy)


E125 = Page(
    "E125",
    "a line has not the form that it should have",
    """Every kind of line has one form, which the help shows. Something else stands at the marked place, or
    the line ends too early.""",
    wrong=Example(HALVE, output="output x, x0"),
    right=Example(HALVE, output="output x"),
)


def malformed(span: Span, found: str, form: str, expected: str) -> Diagnostic:
    """A line that is not of its form, where no other error fits; `expected` is what could stand at the span."""
    what = f"`{found}` cannot stand here" if found else "this line ends too early"
    note = f"expected {expected}" if expected else ""
    return E125.told(what, span, note, help=f"the form is `{form}`" if form else "")


E126 = Page(
    "E126",
    "a word of the language where a name should stand",
    """Words such as `if`, `and`, `output` or `round` structure a spec and cannot name a value as well. Append
    an underscore, or take a longer name.""",
    wrong=Example(f"all: event if ~ bernoulli(0.5)\n{HALVE}"),
    right=Example(f"all: event if_ ~ bernoulli(0.5)\n{HALVE}"),
)


def word_as_name(span: Span, free: str) -> Diagnostic:
    """A word of the language where a name should stand; `free` is a name that may."""
    message = f"`{span.text}` is a word of the language, not a name"
    return E126.told(message, span, help=Remedy(f"use another name, such as `{free}`", free))


E127 = Page(
    "E127",
    "a draw is not written as one",
    """Whatever is random is named by an `event`: `event c ~ bernoulli(p)`. The sign `~` reads "is drawn
    from", and a distribution with its arguments follows. So each draw has a name, which its stream of random
    numbers hangs on: reordering or reformatting other lines changes no draw.""",
    wrong=Example(f"server: event c = bernoulli(0.5)\nserver -> all: c\n{HALVE}"),
    right=Example(f"server: event c ~ bernoulli(0.5)\nserver -> all: c\n{HALVE}"),
)


def draw_without_tilde(span: Span, name: str) -> Diagnostic:
    """`event c = D(p)` or `c ~ D(p)`."""
    remedy = f"write `event {name} ~ …`, with a distribution such as `bernoulli(p)`"
    instead = "~" if span.text == "=" else f"event {span.text}"
    return E127.told("a draw is written with `event` and `~`", span, help=Remedy(remedy, instead))


def draw_without_call(span: Span, name: str) -> Diagnostic:
    """`event c ~ e` with an e that is no distribution."""
    message = "a distribution with its arguments should follow `~`"
    return E127.told(message, span, help=f"such as `event {name} ~ bernoulli(p)`")


E130 = Page(
    "E130",
    "a compressor without its class",
    """A method's theory holds for a class of compressors: unbiased (E Q(x) = x), contractive (E |C(x) - x|^2
    <= (1 - 1/delta) |x|^2), any, or collective. The spec states it behind the name, so that a compressor of
    another class is refused however it gets bound; a default may follow after `=`.""",
    wrong=Example(COMPRESSED, head="compressor Q = rand_k(k = 1)"),
    right=Example(COMPRESSED, head=Q),
)


def missing_contract(span: Span, name: str) -> Diagnostic:
    """`compressor Q = …` or `compressor Q: rand_k(…)`."""
    message = "a compressor states its kind: unbiased, contractive, any or collective"
    return E130.told(message, span, help=f"write `compressor {name}: unbiased = rand_k(k = 1)`")
