"""The words of every mistake in a regulariser: one function per kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cablese.dsl.text.nearest import nearest

from ..errors import RunFailed, SetupError


def unknown(name: str, names: Iterable[str]) -> SetupError:
    """No regulariser or set of this name."""
    names = sorted(names)
    near = nearest(name, names)
    hint = f"; did you mean `{near}`?" if near else "."
    return SetupError(f"there is no regulariser or set `{name}`{hint} There are {', '.join(names)}.")


def empty_box(least: float, most: float) -> SetupError:
    """box without a number in it."""
    return SetupError(
        f"`box` needs numbers from a to b, but a = {least:g} and b = {most:g}; swap or mend them, or leave a side out."
    )


def unknown_block(regulariser: str, block: str, blocks: Sequence[str]) -> SetupError:
    """`on` names no block of the problem."""
    return SetupError(
        f"`{regulariser}` is to act on the block `{block}`, which the problem has not: its blocks are "
        f"{', '.join(blocks)}. Without `on` it acts on the whole model."
    )


def overlapping(one: str, other: str) -> SetupError:
    """Two regularisers act on the same entries."""
    return SetupError(
        f"`{one}` and `{other}` act on the same block, and the prox of a sum is not made of theirs: give each a block "
        "of its own with `on = …`, or keep one (`elastic_net` is l1 and l2 together)."
    )


def has_its_own(problem: str, added: str) -> SetupError:
    """A regulariser is added to a problem that comes with one."""
    return SetupError(
        f"`{problem}` comes with a regulariser or set of its own, so `{added}` cannot be added; leave it out."
    )


def negative_step(step: float) -> RunFailed:
    """prox with a step below 0."""
    return RunFailed(f"the step of a `prox` is {step:g}: it must be a number, not below 0")
