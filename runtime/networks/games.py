"""Games of modules: two players with a loss each, and a model against a perturbation of what it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from . import errors
from .flat import FlatModule, seed_draws

_FIXED = 0  # the seed of draws where none belong: metrics and trials are functions of the point alone


class Players(FlatModule):
    """A module of two modules, the players: x, the first's parameters, minimises f, y, the second's, maximises g.

    `forward(inputs, labels)` gives f and g, means over the samples, or one value for both. F = (grad_x f, -grad_y g), and
    l2 z added to it where l2 is given.
    """

    def __init__(self, module: nn.Module, l2: float = 0.0) -> None:
        """SetupError unless two modules hold all parameters, each some."""
        children = [name for name, _ in module.named_children()]
        if len(children) != 2:
            raise errors.no_players(children)
        super().__init__(module, _no_loss, l2)
        owners = [name.split(".")[0] for name, _ in self.blocks]
        for name, owner in zip((name for name, _ in self.blocks), owners, strict=True):
            if owner not in children:
                raise errors.nobodys_parameter(name, children)
        for child in children:
            if child not in owners:
                raise errors.player_without_parameters(child)
        self._own = owners.count(children[0])

    def losses(self, parts: dict[str, Tensor], inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """f and g, the mean losses of the players over samples; SetupError for other than one or two numbers."""
        found = self.called(parts, inputs, labels)
        pair = found if isinstance(found, tuple) else (found, found)
        if len(pair) != 2 or not all(isinstance(each, Tensor) and each.numel() == 1 for each in pair):
            raise errors.wrong_losses("the module's `forward`", ", ".join(map(_told, pair)))
        return pair

    def value(self, parts: dict[str, Tensor], inputs: Tensor, labels: Tensor) -> Tensor:
        """f, the loss that the first player minimises."""
        return self.losses(parts, inputs, labels)[0]

    def operator(self, parts: dict[str, Tensor], inputs: Tensor, labels: Tensor) -> Sequence[Tensor]:
        """F by parts."""
        f, g = self.losses(parts, inputs, labels)
        every = list(parts.values())
        if f is g:
            found = torch.autograd.grad(f.sum(), every, materialize_grads=True)
            return [*found[: self._own], *(-part for part in found[self._own :])]
        down = torch.autograd.grad(f.sum(), every[: self._own], retain_graph=True, materialize_grads=True)
        up = torch.autograd.grad(g.sum(), every[self._own :], materialize_grads=True)
        return [*down, *(-part for part in up)]

    def write_gradient(
        self, out: Tensor, flat: Tensor, inputs: Tensor, labels: Tensor, key: int | None
    ) -> None:
        """As `FlatModule` has it, of F; without a key draws are always the same."""
        if key is None:
            seed_draws(_FIXED, out.device)
        super().write_gradient(out, flat, inputs, labels, key)

    def tested(self, flat: Tensor, inputs: Tensor, labels: Tensor) -> tuple[float, float]:
        """f and g over samples, by draws that are always the same."""
        self.module.eval()
        seed_draws(_FIXED, flat.device)
        with torch.no_grad():
            f, g = self.losses(self.parts(flat), inputs, labels)
        return float(f), float(g)


class Perturbed(FlatModule):
    """A model x against one perturbation y of all that it is shown: min over x, max over y of the mean loss.

    y is added to every sample, or of texts to their embedded words; F = (grad_x f + l2 x, beta y - grad_y f). Its block,
    `perturbation`, comes last and starts at 0.
    """

    def __init__(self, clean: FlatModule, shape: tuple[int, ...], *, l2: float, beta: float) -> None:
        """`shape` is that of a sample; texts, whose samples are words, need a model with an `embedding`."""
        super().__init__(clean.module, clean.function, l2)
        self.clean, self._beta = clean, beta
        self._shift: Tensor | None = None
        self._embeds = embeds(clean.module)
        if self._embeds:
            embedding = clean.module.embedding
            shape = (*shape, embedding.embedding_dim)
            embedding.register_forward_hook(self._shifted)
        self.extend("perturbation", shape)

    def _shifted(self, module: nn.Module, inputs: Any, embedded: Tensor) -> Tensor:
        """The embedded words of a batch, shifted while a perturbation is shown."""
        return embedded if self._shift is None else embedded + self._shift

    def answers(self, parts: dict[str, Tensor], inputs: Tensor) -> Tensor:
        """The scores of perturbed samples."""
        own = dict(parts)
        shift = own.pop("perturbation")
        if not self._embeds:
            return super().answers(own, inputs + shift)
        self._shift = shift
        try:
            return super().answers(own, inputs)
        finally:
            self._shift = None

    def operator(self, parts: dict[str, Tensor], inputs: Tensor, labels: Tensor) -> Sequence[Tensor]:
        """F by parts, without l2 and beta."""
        *mine, theirs = super().operator(parts, inputs, labels)
        return [*mine, -theirs]

    def add_ridge(self, out: Tensor, flat: Tensor) -> None:
        """Add l2 x and beta y."""
        x = self.clean.d
        if self._l2:
            out[:x].add_(flat[:x], alpha=self._l2)
        if self._beta:
            out[x:].add_(flat[x:], alpha=self._beta)


def embeds(module: nn.Module) -> bool:
    """True for a module whose words go through an `embedding`, which is where they are perturbed."""
    return isinstance(getattr(module, "embedding", None), nn.Embedding)


def _no_loss(scores: Tensor, labels: Tensor) -> Tensor:
    raise AssertionError("players have losses of their own")


def _told(given: object) -> str:
    return str(tuple(given.shape)) if isinstance(given, Tensor) else type(given).__name__
