"""The words of every mistake in a start, the argument `x0` of problems: one function per kind."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import SetupError


def unknown_start(text: str) -> SetupError:
    """A start that is none."""
    return SetupError(
        f'`x0` is "zeros", "normal(0.1)" (its deviation, above 0), "file:point.npz" or "run:DIR", not "{text}"; leave it '
        "out for the problem's own start."
    )


def no_text(value: object) -> SetupError:
    """A start that is no text."""
    return SetupError(f'`x0` takes text in quotes, as x0 = "normal(0.1)", not {value!r}.')


def no_file(name: str) -> SetupError:
    """A file that there is not."""
    return SetupError(
        f"there is no file {name} to start from; `x0` names an .npy, .npz or .safetensors file."
    )


def no_point(name: str, reason: str) -> SetupError:
    """A file that holds no point."""
    return SetupError(
        f"{name} does not serve as a start: {reason}; numpy.save(file, x) writes one of d numbers."
    )


def wrong_size(name: str, shape: tuple[int, ...], d: int) -> SetupError:
    """A point of another model."""
    return SetupError(
        f"{name} holds an array of shape {shape}, and this problem starts at a point of d = {d} numbers."
    )


def lacks_blocks(name: str, absent: Sequence[str], held: Sequence[str]) -> SetupError:
    """Arrays without some of the blocks' names."""
    return SetupError(
        f"{name} has no array `{absent[0]}`, which the model has as a block; it holds {', '.join(held[:10]) or 'nothing'}."
    )


def wrong_shape(name: str, block: str, found: tuple[int, ...], wanted: tuple[int, ...]) -> SetupError:
    """An array of another shape than its block."""
    return SetupError(
        f"`{block}` of {name} has shape {found}, and the model's block has {wanted}; it is of another model."
    )


def no_output(name: str, file: str) -> SetupError:
    """A folder without the output of a run."""
    return SetupError(
        f'there is no {file} in {name} to start from: `x0 = "run:DIR"` names the folder that --out made, of a run that '
        "came to its end."
    )
