"""Modules of one's own, as a user would write them: right ones and wrong ones."""

import torch
from torch import nn


def make(info):
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, 12), nn.ReLU(), nn.Dropout(0.5), nn.Linear(12, info.classes)
    )


def plain(info):
    return nn.Linear(64, info.classes)


def odd(info):
    return nn.Sequential(nn.Linear(64, 5), nn.Tanh(), nn.Linear(5, 3), nn.Tanh(), nn.Linear(3, info.classes))


def with_loss(info):
    return nn.Linear(64, info.classes), lambda scores, labels: nn.functional.multi_margin_loss(scores, labels)


def frozen(info):
    module = nn.Sequential(nn.Linear(64, 8), nn.Linear(8, info.classes))
    module[0].requires_grad_(False)
    return module


def normed(info):
    return nn.Sequential(nn.Linear(64, 8), nn.BatchNorm1d(8), nn.Linear(8, info.classes))


def few(info):
    return nn.Linear(64, 3)


def narrow(info):
    return nn.Linear(63, info.classes)


def none(info):
    return nn.Flatten()


def double(info):
    return nn.Linear(64, info.classes).double()


def text(info):
    return "a module"


class Reader(nn.Module):
    """Words embedded, averaged and classified."""

    def __init__(self, info):
        super().__init__()
        self.embedding, self.classify = nn.Embedding(info.words, 5), nn.Linear(5, info.classes)

    def forward(self, words):
        return self.classify(self.embedding(words).mean(dim=1))


def reader(info):
    return Reader(info)


def reader_without_embedding(info):
    module = Reader(info)
    return nn.Sequential(module.embedding, nn.Flatten(), nn.Linear(5 * info.shape[0], info.classes))


def with_losses(info):
    return nn.Linear(64, info.classes), lambda scores, labels: nn.functional.cross_entropy(
        scores, labels, reduction="none"
    )


def with_number(info):
    return nn.Linear(64, info.classes), lambda scores, labels: 1.0


def with_cut_loss(info):
    return nn.Linear(64, info.classes), lambda scores, labels: nn.functional.cross_entropy(
        scores.detach(), labels
    )


def lazy(info):
    return nn.LazyLinear(info.classes)


def elsewhere(info):
    return nn.Linear(64, info.classes).to("meta")


def a_class(info):
    return nn.Linear


class Counts(nn.Linear):
    calls = 0

    def forward(self, rows):
        self.calls += 1
        return super().forward(rows) * self.calls


def counts(info):
    return Counts(64, info.classes)


class Breaks(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(64, 10))

    def forward(self, rows):
        return rows @ self.weights


def breaks(info):
    return Breaks()


class Nan(Breaks):
    def forward(self, rows):
        return rows @ self.weight * float("nan")


def nan(info):
    return Nan()
