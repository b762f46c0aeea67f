"""Mistakes in what a guarantee is asked for, as errors."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import SetupError, UsageError

_RUNS = "runs tell it as well (`--from TRACE`)"


def no_guarantee(algorithm: str) -> SetupError:
    """A method whose spec states no bound."""
    return SetupError(f"{algorithm} has no `guarantee` that would tell its rounds; {_RUNS}.")


def other_metric(algorithm: str, metric: str, bounded: Sequence[str]) -> SetupError:
    """A method whose guarantees bound something else."""
    return SetupError(
        f"no guarantee of {algorithm} bounds {metric}: it bounds {', '.join(bounded)}; {_RUNS}."
    )


def of_rounds(algorithm: str, param: str) -> SetupError:
    """A param that is computed from the number of rounds."""
    return SetupError(
        f"`{param}` of {algorithm} is computed from `rounds`, which is what the guarantee is asked for: give a number "
        f"by `--set {param}=…`."
    )


def not_allowed(algorithm: str, theorem: str, broken: Sequence[str]) -> SetupError:
    """Params for which a guarantee does not hold."""
    conditions = " and ".join(f"`{part}`" for part in broken)
    return SetupError(
        f'"{theorem}" of {algorithm} holds when {conditions}, which the params here do not meet.'
    )


def no_start(algorithm: str, theorem: str, name: str) -> SetupError:
    """A number of the start that is not known."""
    if name.isidentifier():
        return SetupError(
            f'"{theorem}" of {algorithm} reads `{name}`: give it by `--constants {name}=…`, or a `--problem` whose '
            "solution is known."
        )
    return SetupError(f'"{theorem}" of {algorithm} reads `{name}`, which only a run tells; {_RUNS}.')


def never(algorithm: str, theorem: str) -> SetupError:
    """A bound that does not fall below the accuracy."""
    return SetupError(f'the bound of "{theorem}" of {algorithm} does not fall that low in 1e15 rounds.')


def no_constants(text: str, known: Sequence[str]) -> UsageError:
    """Constants that are not written as such."""
    return UsageError(
        f"--constants takes numbers of the problem, such as 'L = 2, f_gap0 = 10', not {text!r}; it knows {', '.join(known)}."
    )


def given_twice(name: str) -> UsageError:
    """A constant that stands twice."""
    return UsageError(f"--constants has `{name}` twice.")


def not_above_nought(name: str, value: str) -> UsageError:
    """A constant that is no number that it could be."""
    return UsageError(f"--constants: `{name}` takes a number of 0 or more, not {value!r}.")
