"""The words of every mistake in an objective of one's own: one function per kind."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import SetupError, UsageError


def wrong_part(part: str, found: str, wanted: str) -> SetupError:
    """An argument of `Objective` of another kind."""
    return SetupError(f"`{part}` of an Objective must be {wanted}, and is {found}.")


def wrong_start(found: str) -> SetupError:
    """A start that is neither a point nor its length."""
    return SetupError(
        f"`start` of an Objective is x0, finite numbers of shape (d,), or the whole number d for d zeros; it is {found}. "
        "Write start = 10, or start = np.array([0.5, 2.0])."
    )


def called_with(
    failure: SetupError, point: tuple[int, ...], samples: Sequence[tuple[int, ...]]
) -> SetupError:
    """A function that failed, with the shapes that it was given."""
    shown = f" and read-only samples of shape {', '.join(map(str, samples))}" if samples else ""
    return SetupError(
        f"{failure} It was given a point of shape {point}, as `start` has it,{shown or ' and a node'}."
    )


def data_and_shards() -> SetupError:
    """Both ways to give samples."""
    return SetupError(
        "an Objective takes `data`, which is dealt to the nodes, or `shards`, which are dealt already: leave one out."
    )


def unequal_lengths(part: str, lengths: Sequence[int]) -> SetupError:
    """Arrays of samples that do not go together."""
    listed = ", ".join(map(str, lengths)) or "nothing"
    return SetupError(
        f"the arrays of `{part}` of an Objective hold {listed} samples: each must have an entry for every sample, "
        "the same number and at least 1."
    )


def no_objective(place: str, found: str) -> SetupError:
    """The name is bound to something else."""
    return SetupError(
        f"{place} gives {found}, and must give a `cablese.Objective`: objective = Objective(loss, grad, start = d)."
    )


def other_nodes(shards: int, nodes: int) -> UsageError:
    """Shards for another number of nodes."""
    return UsageError(
        f"the objective has {shards} shards and the run {nodes} nodes: give -n {shards} (nodes={shards})."
    )


def shards_are_dealt(split: str) -> UsageError:
    """A split of what the user has dealt."""
    return UsageError(
        f"the objective brings no `data` to deal, so --split {split} means nothing to it; leave --split out."
    )


def no_labels(split: str, shape: tuple[int, ...]) -> SetupError:
    """A split by label of data whose last array is none."""
    return SetupError(
        f"--split {split} deals by label, which is the last array of the objective's `data`; it has shape {shape} "
        "and must have one number for each sample."
    )


def wrong_result(what: str, node: int, found: str, wanted: str) -> SetupError:
    """A function of the user's gave something else than it must."""
    return SetupError(f"{what} gives {found} for node {node}, and must give {wanted}.")


def not_finite(what: str, node: int, where: str) -> SetupError:
    """A function of the user's gave nan or inf at the start."""
    return SetupError(
        f"{what} gives numbers that are not finite for node {node} at {where}: mend the function or its data, or start "
        "elsewhere."
    )


def other_each_time(what: str) -> SetupError:
    """A function of the user's that draws, or remembers its calls."""
    return SetupError(
        f"{what} gives two results at one point for the same samples: it must draw nothing and remember nothing of its "
        "calls, or ranks and resumed runs would part. Samples are drawn by `minibatch` in the spec; an oracle that draws is "
        "a plug-in (docs/plugins.md)."
    )


def wrong_gradient(grad: str, loss: str, node: int, slope: float, difference: float) -> SetupError:
    """The gradient is not that of the loss."""
    return SetupError(
        f"{grad} is not the gradient of {loss}: for node {node}, near the start, it gives the slope {slope:.6g} along a "
        f"random direction, and finite differences of the loss give {difference:.6g}."
    )


def nothing_to_check() -> UsageError:
    """Finite differences of a variational inequality."""
    return UsageError(
        "check = true compares a gradient with its loss, and this objective has no loss; leave it out."
    )


def unknown_constant(name: str, known: Sequence[str]) -> SetupError:
    """A constant that no spec reads."""
    return SetupError(f"`constants` of the objective name `{name}`; there are {', '.join(known)}.")


def wrong_constant(name: str, found: str, wanted: str) -> SetupError:
    """A constant that is no such number."""
    return SetupError(f"`{name}` in the objective's `constants` is {found}, and must be {wanted}.")


def psi_alone() -> SetupError:
    """Values of a regulariser without its proximal operator."""
    return SetupError(
        "an Objective with `psi` needs `prox` too: a function of v and gamma that gives argmin_u gamma psi(u) + "
        "1/2 norm2(u - v)."
    )


def prox_and_more(added: str) -> SetupError:
    """A regulariser added to one that the objective states."""
    return SetupError(
        f"the objective has a `prox` of its own, so `{added}` cannot be added: the prox of a sum is not made of theirs. "
        "Leave one out."
    )


def wrong_prox(what: str, found: str, wanted: str) -> SetupError:
    """`prox` or `psi` gave something else than it must."""
    return SetupError(f"{what} of the objective gives {found}, and must give {wanted}.")


def no_prox(what: str, reason: str) -> SetupError:
    """`prox` is no proximal operator."""
    return SetupError(f"{what} of the objective is no proximal operator of a convex function: {reason}.")


def no_solution(norm: float, start: float, under_prox: bool) -> SetupError:
    """A stated solution where the gradient, or under a regulariser the gradient mapping, does not vanish."""
    what = "x - prox(x - g, 1), g the mean gradient," if under_prox else "the mean gradient"
    return SetupError(
        f"{what} at the objective's `solution` has norm {norm:.3g}, and {start:.3g} at the start: that is no "
        "solution. It is wanted to 1e-10; leave it out where it is not known so well."
    )
