"""A module as a function of one flat vector: its parameters are views, in order, and nothing else of it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from . import errors
from .sharing import CPU, exactly, generators

if TYPE_CHECKING:
    from ..arrays.backend import HostArray

Loss = Callable[[Tensor, Tensor], Tensor]
"""The mean loss of scores and labels."""

PIECE = 256
"""Samples that go through a network at once where all of a node's are asked for: fixed, for equal bits everywhere."""


def cross_entropy(scores: Tensor, labels: Tensor) -> Tensor:
    """The mean of -log softmax at the label."""
    return nn.functional.cross_entropy(scores, labels)


def squares(scores: Tensor, labels: Tensor) -> Tensor:
    """Half the mean square of the difference."""
    return 0.5 * torch.mean(torch.square(scores.reshape(labels.shape) - labels))


LOSSES: dict[str, Loss] = {"cross_entropy": cross_entropy, "squares": squares}
"""Losses by name."""


class FlatModule:
    """A module whose parameters stand one behind the other in a vector (d,); it is evaluated at any such vector.

    Frozen parameters (`requires_grad` false) stay as they are.
    """

    def __init__(self, module: nn.Module, loss: Loss, l2: float = 0.0) -> None:
        """SetupError for a module without parameters, of mixed types, or that gathers statistics as BatchNorm does."""
        verify_stateless(module)
        self.module, self.function, self._l2 = module, loss, l2
        chosen = [(name, each) for name, each in module.named_parameters() if each.requires_grad]
        if not chosen:
            raise errors.module_without_parameters()
        for name, each in chosen:
            if nn.parameter.is_lazy(each):
                raise errors.shapeless(name)
            if each.device.type != "cpu":
                raise errors.elsewhere(name, str(each.device))
            if each.dtype != torch.float32:
                raise errors.shared_type(name, each.dtype)
        self.blocks = tuple((name, tuple(each.shape)) for name, each in chosen)
        names = {id(each): name for name, each in chosen}
        self._owners = [
            (owner, name, names[id(each)])
            for owner in module.modules()
            for name, each in owner._parameters.items()
            if each is not None and id(each) in names
        ]
        self._parameters = [owner._parameters[name] for owner, name, _ in self._owners]
        self._sizes = [prod(shape) for _, shape in self.blocks]
        self.d = sum(self._sizes)
        self.start = np.concatenate([each.detach().numpy().ravel() for _, each in chosen])

    @property
    def device(self) -> torch.device:
        """The device of all of the module that is no part of the vector."""
        found: torch.device = self._parameters[0].device
        return found

    def extend(self, name: str, shape: tuple[int, ...]) -> None:
        """Add a last part of the vector that is no parameter of the module; it starts at 0."""
        self.blocks = (*self.blocks, (name, shape))
        self._sizes.append(prod(shape))
        self.d += prod(shape)
        self.start = np.concatenate([self.start, np.zeros(prod(shape), dtype=self.start.dtype)])

    def parts(self, flat: Tensor) -> dict[str, Tensor]:
        """The parameters by name as views of a vector (d,), to whose device the rest of the module goes."""
        if self.device != flat.device:
            self.module.to(flat.device)
        pieces = flat.split(self._sizes)
        return {name: piece.view(shape) for (name, shape), piece in zip(self.blocks, pieces, strict=True)}

    def value(self, parts: dict[str, Tensor], inputs: Tensor, labels: Tensor) -> Tensor:
        """The mean loss over samples, without l2."""
        return self.function(self.answers(parts, inputs), labels)

    def answers(self, parts: dict[str, Tensor], inputs: Tensor) -> Tensor:
        """The module's scores of samples."""
        found: Tensor = self.called(parts, inputs)
        return found

    def called(self, parts: dict[str, Tensor], *arguments: Tensor) -> Any:
        """The result of the module with these parts in the place of its parameters: `functional_call`, which looks for their
        owners each time."""
        try:
            for owner, name, whole in self._owners:
                owner._parameters[name] = parts[whole]
            return self.module(*arguments)
        finally:
            for (owner, name, _), own in zip(self._owners, self._parameters, strict=True):
                owner._parameters[name] = own

    def scores(self, flat: Tensor, inputs: Tensor) -> Tensor:
        """The module's scores, without draws and gradients."""
        self.module.eval()
        with torch.no_grad():
            return self.answers(self.parts(flat), inputs)

    def filled(self, point: HostArray) -> nn.Module:
        """The module itself, with the parameters of a point (d,), ready to be evaluated."""
        parts = self.parts(torch.from_numpy(point.astype(np.float32)))
        with torch.no_grad():
            for name, each in self.module.named_parameters():
                if name in parts:
                    each.copy_(parts[name])
        return self.module.eval()

    def tested(self, flat: Tensor, inputs: Tensor, labels: Tensor) -> tuple[float, float]:
        """The mean loss over samples, without l2, and the share of them whose largest score is their label's."""
        self.module.eval()
        loss, right = 0.0, 0
        with torch.no_grad():
            parts = self.parts(flat)
            for here, there in pieces(inputs, labels):
                scores = self.answers(parts, here)
                loss += float(self.function(scores, there)) * len(there)
                right += int((scores.argmax(dim=-1) == there).sum()) if there.dtype == torch.int64 else 0
        return loss / len(labels), right / len(labels)

    def loss(self, flat: Tensor, inputs: Tensor, labels: Tensor) -> float:
        """The mean loss over all samples and l2/2 ||x||^2, without draws."""
        self.module.eval()
        total = 0.0
        with torch.no_grad():
            parts = self.parts(flat)
            for here, there in pieces(inputs, labels):
                total += float(self.value(parts, here, there)) * len(there)
            ridge = 0.5 * self._l2 * float(flat.double().square().sum()) if self._l2 else 0.0
        return total / len(labels) + ridge

    def write_gradient(
        self, out: Tensor, flat: Tensor, inputs: Tensor, labels: Tensor, key: int | None
    ) -> None:
        """Write the gradient of the mean loss over the samples, l2 included, to `out` (d,); without a key nothing is drawn.

        All that the module draws, dropout say, follows from the key.
        """
        self._switch(drawing=key is not None)
        if key is not None:
            seed_draws(key, out.device)
        targets = list(self.parts(out).values())
        several = len(labels) > PIECE
        if several:
            out.zero_()
        for here, there in pieces(inputs, labels):
            parts = {name: part.requires_grad_() for name, part in self.parts(flat.detach()).items()}
            found = self.operator(parts, here, there)
            for target, part in zip(targets, found, strict=True):
                if several:
                    target.add_(part, alpha=len(there) / len(labels))
                else:
                    target.copy_(part)
            del found, part  # before those of the next piece are made
        self.add_ridge(out, flat)

    def _switch(self, *, drawing: bool) -> None:
        """Set the module's mode, which goes through all of its parts, where it is another."""
        if self.module.training is not drawing:
            self.module.train(drawing)

    def operator(self, parts: dict[str, Tensor], inputs: Tensor, labels: Tensor) -> Sequence[Tensor]:
        """The gradient of the mean loss over samples, part by part, without l2; of a game F."""
        value = self.value(parts, inputs, labels)
        return torch.autograd.grad(value, list(parts.values()), materialize_grads=True)

    def add_ridge(self, out: Tensor, flat: Tensor) -> None:
        """Add the gradient of l2/2 ||x||^2 at a vector (d,)."""
        if self._l2:
            out.add_(flat, alpha=self._l2)


def pieces(inputs: Tensor, labels: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Samples a piece at a time."""
    for first in range(0, len(labels), PIECE):
        yield inputs[first : first + PIECE], labels[first : first + PIECE]


def verify_stateless(module: nn.Module) -> None:
    """Raise SetupError for a part that gathers statistics beside its parameters."""
    for name, part in module.named_modules():
        if getattr(part, "running_mean", None) is not None or getattr(part, "track_running_stats", False):
            raise errors.module_with_buffers(name or "module", type(part).__name__)


def seed_draws(key: int, device: torch.device = CPU) -> None:
    """Begin the draws of a key, below 2^63, on a device and the CPU; `torch.manual_seed` tells devices that are not there,
    too, each time with a stack trace that it keeps."""
    for generator in generators(device):
        generator.manual_seed(key)


@contextmanager
def own_draws(device: torch.device = CPU) -> Iterator[None]:
    """A block whose draws leave torch's generators as they were, in one thread, by deterministic algorithms."""
    threads, strict = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    torch.set_num_threads(1)
    torch.set_deterministic_debug_mode(
        "error"
    )  # use_deterministic_algorithms imports a compiler, seconds of it
    try:
        with torch.random.fork_rng(devices=[] if device == CPU else [device]), exactly(device):
            yield
    finally:
        torch.set_deterministic_debug_mode(strict)
        torch.set_num_threads(threads)


def initialised(make: Callable[[], Any], seed: int) -> Any:
    """The result of a function that draws from torch's generator, under a seed."""
    with own_draws():
        seed_draws(seed % 2**63)
        return make()
