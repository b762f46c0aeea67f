"""The trial of a module at its start: two samples through it, before a run is built on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from ..errors import SetupError
from . import errors
from .flat import FlatModule, own_draws
from .games import Players


def try_module(
    flat: FlatModule, inputs: Any, labels: Any, classes: int, guarded: Callable[..., Any], place: str
) -> None:
    """Raise SetupError unless a batch gives scores (samples, classes), or numbers, and a finite loss and gradient."""
    here, there = torch.from_numpy(inputs), torch.from_numpy(labels)
    start, gradient = torch.from_numpy(flat.start.copy()), torch.empty(flat.d)
    with own_draws():
        try:
            scores = guarded(flat.scores, start, here)
        except SetupError as failure:
            raise errors.shown(failure, tuple(here.shape)) from failure.__cause__
        if not isinstance(scores, torch.Tensor):
            raise errors.wrong_scores(
                place, f"an object of type {type(scores).__name__}", "a tensor of scores"
            )
        if classes and tuple(scores.shape) != (len(inputs), classes):
            wanted = f"scores of shape (samples, classes), here ({len(inputs)}, {classes})"
            raise errors.wrong_scores(place, f"shape {tuple(scores.shape)}", wanted)
        if not classes and scores.numel() != len(inputs):
            raise errors.wrong_scores(place, f"shape {tuple(scores.shape)}", "a number for each sample")
        _try_loss(guarded(flat.function, scores, there), place)
        if not np.isfinite(guarded(flat.loss, start, here, there)):
            raise errors.start_not_finite(f"the loss of {place}")
        parts = {name: part.requires_grad_() for name, part in flat.parts(start.clone()).items()}
        if not guarded(flat.value, parts, here, there).requires_grad:
            raise errors.cut_off(place)
        guarded(flat.write_gradient, gradient, start, here, there, None)
        _try_again(flat, start, here, there, guarded, place)
    if not bool(torch.isfinite(gradient).all()):
        raise errors.start_not_finite(f"the gradient of {place}")


def try_players(players: Players, inputs: Any, labels: Any, guarded: Callable[..., Any], place: str) -> None:
    """Raise SetupError unless a batch gives two losses, and F is finite."""
    here, there = torch.from_numpy(inputs), torch.from_numpy(labels)
    start, operator = torch.from_numpy(players.start.copy()), torch.empty(players.d)
    with own_draws():
        guarded(players.write_gradient, operator, start, here, there, None)
        _try_again(players, start, here, there, guarded, place)
    if not bool(torch.isfinite(operator).all()):
        raise errors.start_not_finite(f"the operator F of {place}")


def _try_loss(found: object, place: str) -> None:
    """Raise SetupError unless a loss is one number."""
    if not isinstance(found, torch.Tensor):
        raise errors.wrong_loss(place, f"an object of type {type(found).__name__}")
    if found.numel() != 1:
        raise errors.wrong_loss(place, f"shape {tuple(found.shape)}")


def _try_again(
    flat: FlatModule,
    start: torch.Tensor,
    inputs: torch.Tensor,
    labels: torch.Tensor,
    guarded: Callable[..., Any],
    place: str,
) -> None:
    """Raise SetupError unless a gradient is the same when it is asked for once more, with draws and without."""
    for key in (None, 1):
        found = torch.empty(2, flat.d)
        for each in found:
            guarded(flat.write_gradient, each, start, inputs, labels, key)
        if not np.array_equal(found[0].numpy(), found[1].numpy(), equal_nan=True):
            raise errors.other_each_time(place)
