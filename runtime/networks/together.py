"""Gradients of several nodes at once by `torch.func.vmap`, for small modules whose bits are the same in any company."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

import torch
from torch import Tensor, nn
from torch.func import grad, vmap

from .flat import LOSSES, PIECE, FlatModule

LAYERS = (nn.Sequential, nn.Flatten, nn.Identity, nn.Linear, nn.ReLU, nn.LeakyReLU)
"""Layers that give a node the same bits whatever rows stand beside it. Tanh and its like do not: the last elements of an
array, which fill no vector of the processor, are computed another way. Convolutions are no faster."""

MOST_PARAMETERS = 1 << 16
"""Parameters from which on the arithmetic counts, and no longer the calls that are saved."""

LEAST_NODES = 8
"""Nodes of a run from which on it pays."""

ROWS = 16
"""Most rows in a call, so that memory is bounded."""

PLACES = 4
"""A node stands in a call's row of its number modulo this. Products of matrices have other last bits where a matrix begins
elsewhere within 16 bytes, a register of the processor, and rows of floats begin alike four rows further."""


def may_share(flat: FlatModule, nodes: int, axes: int) -> bool:
    """True if gradients are computed together: by layers, d, n and the axes of a sample, alike on every rank."""
    module = flat.module
    layers = [part for part in module.modules() if not isinstance(part, nn.Sequential)]
    return (
        type(flat) is FlatModule
        and nodes >= LEAST_NODES
        and flat.d <= MOST_PARAMETERS
        and flat.function in LOSSES.values()
        and all(map(_serves, module.modules()))
        and (axes == 1 or isinstance(layers[0], nn.Flatten))
    )


def _serves(part: nn.Module) -> bool:
    """True for a layer of exactly these types without hooks, frozen parameters, or axes and places of its own choice."""
    if (
        type(part) not in LAYERS
        or part._forward_hooks
        or part._forward_pre_hooks
        or getattr(part, "inplace", False)
    ):
        return False
    if isinstance(part, nn.Flatten) and (part.start_dim, part.end_dim) != (1, -1):
        return False
    return all(each.requires_grad for each in part.parameters(recurse=False))


class Together:
    """The gradients of a module at points of several nodes. Rows of a call for which there is no node repeat another's."""

    def __init__(self, flat: FlatModule) -> None:
        self._flat = flat
        self._sizes = [part.numel() for part in flat.parts(torch.empty(flat.d)).values()]
        self._gradients = vmap(grad(flat.value))

    def write(
        self,
        out: Tensor,
        points: Sequence[Tensor],
        samples: Sequence[tuple[Tensor, Tensor]],
        nodes: Sequence[int],
    ) -> None:
        """Write to each row of `out` (rows, d) the gradient of the mean loss over its samples at its point, l2 included;
        `nodes` are the numbers of the rows' nodes among all of the run."""
        alike: dict[int, list[int]] = {}
        for row, (_, labels) in enumerate(samples):
            alike.setdefault(len(labels), []).append(row)
        for rows in alike.values():
            placed = list(_placed(rows, nodes))
            for first in range(0, len(placed), ROWS):
                self._write_alike(out, placed[first : first + ROWS], points, samples)
            for row in rows:
                self._flat.add_ridge(out[row], points[row])

    def _write_alike(
        self,
        out: Tensor,
        placed: Sequence[tuple[int, bool]],
        points: Sequence[Tensor],
        samples: Sequence[tuple[Tensor, Tensor]],
    ) -> None:
        """The same of rows with equally many samples, without l2."""
        every = [row for row, _ in placed]
        size = len(samples[every[0]][1])
        parts = self._parts([points[row] for row in every])
        for first in range(0, size, PIECE):
            inputs, labels = (
                torch.stack([samples[row][which][first : first + PIECE] for row in every]) for which in (0, 1)
            )
            found = self._gradients(parts, inputs, labels)
            weight = labels.shape[1] / size
            pieces = zip(out.split(self._sizes, dim=1), found.values(), strict=True)
            for target, part in pieces:
                for place, (row, own) in enumerate(placed):
                    flattened = part[place].reshape(-1)
                    if not own:
                        continue
                    if size <= PIECE:
                        target[row].copy_(flattened)
                    elif not first:
                        torch.mul(flattened, weight, out=target[row])
                    else:
                        target[row].add_(flattened, alpha=weight)

    def _parts(self, points: list[Tensor]) -> dict[str, Tensor]:
        """The parameters by name, (rows, …)."""
        pieces = torch.stack(points).detach().split(self._sizes, dim=1)
        return {
            name: piece.unflatten(1, shape) if shape else piece[:, 0]
            for (name, shape), piece in zip(self._flat.blocks, pieces, strict=True)
        }


def _placed(rows: Sequence[int], nodes: Sequence[int]) -> Iterator[tuple[int, bool]]:
    """The rows in an order in which each stands where its node's number says, and whether a row is there for itself."""
    places = [[row for row in rows if nodes[row] % PLACES == place] for place in range(PLACES)]
    for few in zip_longest(*places):
        spare = next(row for row in few if row is not None)
        yield from ((spare if row is None else row, row is not None) for row in few)
