"""What lints say (W1xx, W2xx, W3xx): one function per kind of warning, which alone has the words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..check.kinds import Placement
from ..check.phrases import meant, quoted
from ..text.diagnostics import Diagnostic, Label, Severity
from ..text.source import Span


def _warning(
    code: str, message: str, span: Span, note: str = "", labels: Iterable[Label] = (), help: str = ""
) -> Diagnostic:
    return Diagnostic(code, message, span, note, tuple(labels), help, severity=Severity.WARNING)


# --- W1: what nobody reads -----------------------------------------------------------------------------------


def unread_param(name: str, span: Span) -> Diagnostic:
    """A param in no expression."""
    remedy = f"use `{name}` where it is meant, or leave the line out"
    return _warning("W101", f"param `{name}` is never read", span, "changes nothing", help=remedy)


def unused_compressor(name: str, span: Span) -> Diagnostic:
    """A compressor that is neither applied nor asked for a figure."""
    remedy = f"apply it to what is sent: `{name}(e)`, or leave the line out"
    return _warning("W102", f"compressor `{name}` is never used", span, "compresses nothing", help=remedy)


_RECEIVERS = {Placement.SERVER: "the server", Placement.NODE: "no node", None: "nobody"}


def unread_message(
    name: str, receiver: Placement | None, places: Sequence[Span], *, bound_anew: bool
) -> Diagnostic:
    """An item of a message that its receiver does not read."""
    never = "never reads it" if receiver is Placement.SERVER else "ever reads it"
    before = " before it is bound anew" if bound_anew else ""
    message = f"`{name}` is sent and counted, but {_RECEIVERS[receiver]} {never}{before}"
    remedy = "leave it out of the message, or read it at the receiving end"
    return _warning("W103", message, places[-1], "paid for and not used", _others(places), remedy)


def unused_draw(name: str, places: Sequence[Span]) -> Diagnostic:
    """A draw that decides over nothing."""
    message = f"`{name}` is drawn and never used"
    remedy = f"use `{name}` where it is meant, or leave the draw out"
    return _warning("W104", message, places[-1], "decides over nothing", _others(places), remedy)


def unread_value(name: str, places: Sequence[Span], *, memory: bool) -> Diagnostic:
    """A name that is only assigned."""
    message = f"memory `{name}` is kept and never read" if memory else f"`{name}` is computed and never read"
    remedy = f"read `{name}` where it is meant, or leave it out"
    return _warning("W105", message, places[-1], "written here", _others(places), remedy)


def idle_memory(name: str, places: Sequence[Span], through: Sequence[str]) -> Diagnostic:
    """A name that goes into nothing but itself."""
    by = f", by way of {quoted(through)}" if through else ""
    message = f"memory `{name}` goes into nothing but itself{by}"
    remedy = (
        f"no message, output or other value depends on it: read `{name}` where it is meant, or leave it out"
    )
    return _warning("W105", message, places[-1], "written here", _others(places), remedy)


def _others(places: Sequence[Span]) -> Iterable[Label]:
    return (Label(place, "and here") for place in places[:-1])


# --- W2: what comes out otherwise than it reads --------------------------------------------------------------


def compressed_twice(compressor: str, first: Span, again: Span, held: str | None) -> Diagnostic:
    """A compressor applied afresh to a value that it has compressed already."""
    message = f"`{compressor}` compresses one value twice, and each application draws for itself"
    reuse = (
        f"write `{held}`, which holds what was drawn first" if held else "bind the first result and reuse it"
    )
    remedy = f"{reuse}: a memory must subtract what was sent, not another draw"
    return _warning("W201", message, again, "drawn afresh", (Label(first, "compressed here"),), remedy)


def rounded_state(name: str, sender: Placement, instead: str, span: Span, home: Span) -> Diagnostic:
    """A role's own state that becomes what the message's floats hold of it."""
    whose = "the server's own" if sender is Placement.SERVER else "the nodes' own"
    message = f"{whose} state `{name}` is rounded to the wire's floats by sending it under its own name"
    labels = (Label(home, f"lives at the {sender.value}"),)
    return _warning("W202", message, span, "from here on it is what was sent", labels, instead)


def undefined_in_first_round(written: str, zero: Span, read: Span | None) -> Diagnostic:
    """A division by what is zero in round 0."""
    message = f"`{written}` divides by zero in round 0"
    labels = () if read is None else (Label(read, "read in round 0"),)
    remedy = "`prev(…)` and the counter are 0 in round 0: `where(k == 0, …, …)` takes another value there"
    return _warning("W203", message, zero, "0 in round 0", labels, remedy)


# --- W3: comments that allow ---------------------------------------------------------------------------------


def allow_without_reason(code: str, span: Span) -> Diagnostic:
    """An `# allow` that does not say why."""
    remedy = f"say why what it silences is meant: `# allow {code}: …`"
    return _warning("W301", "an `allow` gives no reason", span, help=remedy)


def allow_of_nothing(code: str, span: Span) -> Diagnostic:
    """An `# allow` of a warning that is not given there."""
    remedy = "leave it out; it speaks for the statement on its line, or alone on a line for the one below"
    return _warning("W302", f"there is no {code} here to allow", span, "silences nothing", help=remedy)


def allow_of_unknown(code: str, span: Span, known: Iterable[str]) -> Diagnostic:
    """An `# allow` of what is no warning."""
    codes = sorted(known)
    if code.startswith("E"):
        message, remedy = f"{code} is an error, and only warnings can be allowed", "mend it"
    else:
        message = f"there is no warning {code}"
        remedy = meant(code, codes) or f"there are {', '.join(codes)}"
    return _warning("W303", message, span, "unknown code", help=remedy)
