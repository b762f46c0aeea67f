"""Mistakes in networks and times of `cost` and `replay`, as errors."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import UsageError

_NETWORK = "'up = 100Mbps, down = 1Gbps, latency = 20ms'"


def no_network(text: str) -> UsageError:
    """A network without a link."""
    return UsageError(
        f"--network takes rates of links and the time that messages travel, such as {_NETWORK}, not {text!r}."
    )


def no_link(part: str, known: Sequence[str]) -> UsageError:
    """A part of a network that is not known."""
    return UsageError(f"--network has no {part!r}: it takes {', '.join(known)}, such as {_NETWORK}.")


def given_twice(name: str) -> UsageError:
    """A part of a network that stands twice."""
    return UsageError(f"--network has `{name}` twice.")


def no_rate(name: str, value: str) -> UsageError:
    """A rate that is not written as one."""
    return UsageError(
        f"--network: `{name}` takes a rate above 0 such as 100Mbps, 2.5Gbps or 3 kbit/s, not {value!r}."
    )


def no_time(name: str, value: str) -> UsageError:
    """A duration that is not written as one."""
    return UsageError(f"{name} takes a time such as 20ms, 0.2s or 5us, not {value!r}.")


def no_topology(value: str) -> UsageError:
    """A way of messages between server and nodes that is not known."""
    return UsageError(
        f"--network: `over` is star, ring or tree(2), a tree of so many children a node, not {value!r}."
    )


def not_drawn(name: str, value: str, drawn: Sequence[str]) -> UsageError:
    """A law where one number is needed."""
    return UsageError(
        f"--network: `{name}` is one number; {', '.join(drawn)} may be drawn by a law, not {value!r}."
    )


def not_in_the_mean(text: str) -> UsageError:
    """A law in a cost, which is of means."""
    return UsageError(
        f"{text!r} is drawn anew by each node, and the slowest of them is not in a mean: `cablese replay` takes it, on "
        "the trace of a run."
    )


def no_edges(algorithm: str) -> UsageError:
    """A network without edges for a method on a graph."""
    return UsageError(
        f"{algorithm} is a method on a graph: --network needs the rate of its edges, such as 'edge = 1Gbps'."
    )


def no_server_links(algorithm: str) -> UsageError:
    """A network without the server's links for a method that has a server."""
    return UsageError(
        f"{algorithm} has a server: --network needs the rates at which it receives and sends, such as {_NETWORK}."
    )


def no_messages(algorithm: str) -> UsageError:
    """A trace of a version that did not keep what messages sent between points, or of a run without a point."""
    return UsageError(
        f"the trace of {algorithm} does not tell what each message sent: it is of an earlier version, or of a run that "
        "failed before its first point. Run it again (`cablese run … --trace FILE`)."
    )


def no_metric(name: str, known: Sequence[str]) -> UsageError:
    """A metric that a trace lacks."""
    return UsageError(f"--until {name}: the trace has {', '.join(known)}.")


def no_bound(text: str) -> UsageError:
    """A metric and its bound that are not written as such."""
    return UsageError(f"--until takes a metric and a bound, such as 'grad_norm2 <= 1e-8', not {text!r}.")


def never_reached(accuracy: str) -> UsageError:
    """A figure of the time to an accuracy that no run reaches."""
    return UsageError(f"no run reaches {accuracy}, so there is nothing to draw.")


def no_count(name: str, known: Sequence[str]) -> UsageError:
    """A way to count compressed vectors that is not known."""
    return UsageError(f"bits = {name!r} is none of {', '.join(known)}.")


def no_run(algorithm: str, accuracy: str) -> UsageError:
    """A method of which no trace is given, or none that reaches an accuracy."""
    if accuracy:
        return UsageError(f"--from: no run of {algorithm} reaches {accuracy}.")
    return UsageError(f"--from has no run of {algorithm}.")


def other_messages(algorithm: str) -> UsageError:
    """A trace whose points do not fit the messages that its header names."""
    return UsageError(
        f"the trace of {algorithm} does not tell of its messages as this version does: it is damaged, or of another version."
    )
