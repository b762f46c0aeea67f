"""The models that ship, at the sizes of the papers' experiments: small networks for images, rows and texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import prod

import torch
from cablese.dsl.text.records import record
from torch import Tensor, nn

from . import errors


@record
class Shape:
    """The samples that a model is made for: the shape of one, the numbers of classes and of words (0: no text)."""

    sample: tuple[int, ...]
    classes: int
    words: int = 0


class Images(nn.Module):
    """A stack of layers for images of a shape (channels, height, width)."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> Tensor:
        """Scores (samples, classes)."""
        return self.layers(images)


def mnist_cnn(shape: Shape) -> nn.Module:
    """Two convolutions and two layers, 21,840 parameters on MNIST (PyTorch's basic example; arXiv:2102.11786's sizes)."""
    channels, height, width = _image("mnist_cnn", shape, least=16)
    return Images(
        nn.Conv2d(channels, 10, 5),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Conv2d(10, 20, 5),
        nn.Dropout2d(0.5),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(20 * _after_two(height) * _after_two(width), 50),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(50, shape.classes),
    )


def lenet5(shape: Shape) -> nn.Module:
    """LeNet-5 (LeCun et al. 1998), 62,006 parameters on CIFAR-10."""
    channels, height, width = _image("lenet5", shape, least=16)
    return Images(
        nn.Conv2d(channels, 6, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * _after_two(height) * _after_two(width), 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, shape.classes),
    )


def fashion_cnn(shape: Shape) -> nn.Module:
    """A wider network of two convolutions, 421,642 parameters on Fashion-MNIST (FashionSimpleNet's size)."""
    channels, height, width = _image("fashion_cnn", shape, least=4)
    return Images(
        nn.Conv2d(channels, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(64 * (height // 4) * (width // 4), 128),
        nn.ReLU(),
        nn.Linear(128, shape.classes),
    )


class Residual(nn.Module):
    """Two convolutions beside a short cut, each normalised by groups (He et al. 2016; Wu and He 2018)."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        self.norm1 = nn.GroupNorm(_groups(after), after)
        self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.norm2 = nn.GroupNorm(_groups(after), after)
        alike = stride == 1 and before == after
        shorter = nn.Conv2d(before, after, 1, stride, bias=False)
        self.short = nn.Identity() if alike else nn.Sequential(shorter, nn.GroupNorm(_groups(after), after))

    def forward(self, images: Tensor) -> Tensor:
        """The sum of both ways."""
        inner = torch.relu(self.norm1(self.conv1(images)))
        return torch.relu(self.norm2(self.conv2(inner)) + self.short(images))


def resnet18(shape: Shape, width: int = 64) -> nn.Module:
    """ResNet-18 for small images, with GroupNorm for BatchNorm; 11.2 million parameters at width 64."""
    channels, _, _ = _image("resnet18", shape, least=8)
    layers: list[nn.Module] = [
        nn.Conv2d(channels, width, 3, 1, 1, bias=False),
        nn.GroupNorm(_groups(width), width),
        nn.ReLU(),
    ]
    before = width
    for level in range(4):
        after = width << level
        layers += [Residual(before, after, 2 if level else 1), Residual(after, after, 1)]
        before = after
    return Images(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, shape.classes))


def mlp(shape: Shape, *widths: int) -> nn.Module:
    """Layers of these widths with ReLU between them; without widths a linear model."""
    if shape.words:
        raise errors.model_for_other_data("mlp", "rows or images", shape.sample, "imdb_lstm or transformer")
    layers: list[nn.Module] = [nn.Flatten()]
    before = prod(shape.sample)
    for after in widths:
        layers += [nn.Linear(before, after), nn.ReLU()]
        before = after
    return nn.Sequential(*layers, nn.Linear(before, shape.classes))


class Lstm(nn.Module):
    """An embedding of words in 32 dimensions and an LSTM of 64 cells, whose last state is classified (arXiv:2205.05632)."""

    def __init__(self, shape: Shape, dimensions: int = 32, cells: int = 64) -> None:
        super().__init__()
        self.embedding = nn.Embedding(shape.words, dimensions)
        self.lstm = nn.LSTM(dimensions, cells, batch_first=True)
        self.classify = nn.Linear(cells, shape.classes)

    def forward(self, words: Tensor) -> Tensor:
        """Scores (samples, classes) of texts (samples, length)."""
        states, _ = self.lstm(self.embedding(words))
        last = (words != 0).sum(dim=1).clamp(min=1) - 1  # behind it there is padding
        return self.classify(states[torch.arange(len(words)), last])


def imdb_lstm(shape: Shape) -> nn.Module:
    """The text classifier of COMP-AMS's experiments."""
    _text("imdb_lstm", shape)
    return Lstm(shape)


class Transformer(nn.Module):
    """Self-attention over embedded words and learnt positions, and a classified mean over the text (Vaswani et al. 2017)."""

    def __init__(self, shape: Shape, dimensions: int, heads: int, layers: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(shape.words, dimensions)
        self.positions = nn.Parameter(0.02 * torch.randn(shape.sample[0], dimensions))
        layer = nn.TransformerEncoderLayer(dimensions, heads, 2 * dimensions, 0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.classify = nn.Linear(dimensions, shape.classes)

    def forward(self, words: Tensor) -> Tensor:
        """Scores (samples, classes) of texts (samples, length)."""
        return self.classify(self.encoder(self.embedding(words) + self.positions).mean(dim=1))


def transformer(shape: Shape, dimensions: int = 32, heads: int = 4, layers: int = 2) -> nn.Module:
    """A small transformer for texts."""
    _text("transformer", shape)
    if dimensions % heads:
        raise errors.wrong_model_number(
            f"transformer({dimensions}, {heads}, {layers})", "dimensions must be a multiple of heads"
        )
    return Transformer(shape, dimensions, heads, layers)


MODELS: dict[str, Callable[..., nn.Module]] = {
    made.__name__: made for made in (mnist_cnn, lenet5, fashion_cnn, resnet18, mlp, imdb_lstm, transformer)
}
"""The shipped models by name."""

_WRITTEN = re.compile(r"\s*([a-z_0-9]+)\s*(?:\((.*)\))?\s*", re.DOTALL)


def make_model(written: str, shape: Shape) -> nn.Module:
    """`mnist_cnn`, `mlp(256, 128)`: a shipped model for samples of a shape, its parameters drawn from torch's generator."""
    found = _WRITTEN.fullmatch(written)
    made = MODELS.get(found[1]) if found else None
    if found is None or made is None:
        raise errors.unknown_model(written, sorted(MODELS))
    numbers = [part.strip() for part in (found[2] or "").split(",") if part.strip()]
    most = {"mlp": 64, "resnet18": 1, "transformer": 3}.get(found[1], 0)
    if len(numbers) > most or not all(number.isdecimal() and int(number) for number in numbers):
        wanted = f"at most {most} whole numbers, each at least 1" if most else "no numbers"
        raise errors.wrong_model_number(written, f"it takes {wanted}")
    return made(shape, *map(int, numbers))


def _image(model: str, shape: Shape, least: int) -> tuple[int, int, int]:
    """Channels, height and width, if the samples are images that are large enough."""
    if len(shape.sample) != 3 or min(shape.sample[1:]) < least:
        raise errors.model_for_other_data(
            model, f"images of at least {least} x {least}", shape.sample, "mlp(256, 128)"
        )
    channels, height, width = shape.sample
    return channels, height, width


def _text(model: str, shape: Shape) -> None:
    if not shape.words:
        raise errors.model_for_other_data(model, "texts", shape.sample, "mnist_cnn or mlp(256, 128)")


def _after_two(pixels: int) -> int:
    """Pixels of a side after two convolutions of width 5, each halved."""
    return ((pixels - 4) // 2 - 4) // 2


def _groups(channels: int) -> int:
    """32 groups, or as many as divide the channels."""
    return next(groups for groups in (32, 16, 8, 4, 2, 1) if channels % groups == 0)
