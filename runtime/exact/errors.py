"""Reasons for which a spec is not translated: the place in the spec, and what no semidefinite program can hold."""

from __future__ import annotations

from cablese.dsl.text.source import Span

from ..errors import SetupError, UsageError


class NotTranslated(Exception):
    """A part of a spec, or a guarantee, that has no place in a performance-estimation problem."""


def _at(span: Span, reason: str) -> NotTranslated:
    text = " ".join(span.text.split())
    return NotTranslated(f"line {span.line}: `{text}` {reason}")


def not_linear(span: Span) -> NotTranslated:
    """A step that is no linear combination of vectors."""
    return _at(span, "is no linear combination of vectors with known coefficients")


def random_draw(distribution: str, span: Span) -> NotTranslated:
    """A draw other than a coin, or a set or batch that is not whole."""
    return _at(
        span,
        f"draws by `{distribution}`: of draws only coins are followed, and sets and batches that are whole",
    )


def too_many_paths(most: int) -> NotTranslated:
    """Coins of which there are too many sequences."""
    return NotTranslated(f"its coins fall in more than {most} ways: ask for fewer --rounds")


def branches_differ(span: Span) -> NotTranslated:
    """A condition that depends on vectors, or differs from node to node."""
    return _at(span, "is a condition that is not known before the run, or not the same at all nodes")


def no_pointwise_bound(name: str, why: str, span: Span) -> NotTranslated:
    """A compressor whose class bounds no single result."""
    return _at(span, f"compresses by `{name}`, {why}")


def on_graph() -> NotTranslated:
    """A method without a server."""
    return NotTranslated("it runs on a graph, whose weights are no unknowns of the problem")


def groups(span: Span) -> NotTranslated:
    """A value of each group."""
    return _at(span, "is a value of each group of nodes")


def unknown_value(name: str, span: Span) -> NotTranslated:
    """A name without a value at this point, as the first round has not bound it."""
    return _at(span, f"reads `{name}`, which is not bound yet")


def no_oracle(name: str, span: Span) -> NotTranslated:
    """An oracle or operator that is no gradient."""
    return _at(span, f"asks for `{name}`, which is not translated")


def no_metric(name: str) -> NotTranslated:
    """A metric that is no quadratic form of the points."""
    return NotTranslated(f"it measures `{name}`, which is not translated")


def not_scale_free() -> NotTranslated:
    """A bound with a part that stays where the distance to the solution is 0."""
    return NotTranslated("its sides are not linear in what is measured, so no worst case of unit size exists")


def no_class(names: str) -> NotTranslated:
    """A class of problems without known interpolation conditions."""
    return NotTranslated(f"no conditions are known for problems of the class {names}")


def unsolved(status: str) -> NotTranslated:
    """A program that the solver gave up on."""
    return NotTranslated(f"the solver ended without an answer ({status})")


def missing() -> SetupError:
    """The extra is not installed."""
    return SetupError("--exact needs PEPit, which is not installed here: pip install 'cablese[pepit]'.")


def bad_constant(text: str, names: str) -> UsageError:
    """A constant that is none, or out of range."""
    return UsageError(f"--constants takes {names}, such as 'n = 2, mu = 0.1', not `{text}`.")
