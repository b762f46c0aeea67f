"""Games of one's own, as a user would write them: right ones and wrong ones."""

import torch
from torch import nn


class Bilinear(nn.Module):
    def __init__(self, different=False):
        super().__init__()
        self.x, self.y = nn.Linear(4, 1, bias=False), nn.Linear(4, 1, bias=False)
        self.different = different

    def forward(self, inputs, labels):
        a = inputs[:, :4]
        f = (self.x(a) * self.y(a)).mean() + self.x.weight.square().sum() / 2
        return (f, f - self.y.weight.square().sum() / 2) if self.different else f


def zero_sum(info):
    return Bilinear()


def of_two_losses(info):
    return Bilinear(different=True)


class Gan(nn.Module):
    """The generator x minimises f; the critic y maximises g."""

    def __init__(self):
        super().__init__()
        self.x = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 64))
        self.y = nn.Sequential(nn.Linear(64, 8), nn.ReLU(), nn.Linear(8, 1))

    def forward(self, inputs, labels):
        made = self.y(self.x(torch.randn(len(inputs), 2, dtype=inputs.dtype)))
        real = self.y(inputs)
        return -nn.functional.logsigmoid(made).mean(), (
            nn.functional.logsigmoid(real).mean() + nn.functional.logsigmoid(-made).mean()
        )


def gan(info):
    return Gan()


class Alone(nn.Module):
    def __init__(self):
        super().__init__()
        self.x = nn.Linear(4, 1)


def one_player(info):
    return Alone()


def strangers(info):
    module = Bilinear()
    module.bias = nn.Parameter(torch.zeros(1))
    return module


def idle(info):
    module = Bilinear()
    module.y = nn.Identity()
    return module


class Vectors(Bilinear):
    def forward(self, inputs, labels):
        scores = self.x(inputs[:, :4])[:, 0]
        return scores, scores


def vectors(info):
    return Vectors()


class NotFinite(Bilinear):
    def forward(self, inputs, labels):
        return super().forward(inputs, labels) * float("inf")


def not_finite(info):
    return NotFinite()


class Breaks(Bilinear):
    def forward(self, inputs, labels):
        return self.z(inputs)


def breaks(info):
    return Breaks()
