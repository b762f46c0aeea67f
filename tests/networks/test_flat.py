"""A module as a function of one vector: parameters that are shared, normalised or held in lists of their own."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make torch")
pytestmark = pytest.mark.torch


def test_shared_normalised_and_recurrent_parameters_have_pytorchs_gradient() -> None:
    from cablese.runtime.networks.flat import FlatModule, cross_entropy

    class Tied(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.other = torch.nn.Linear(6, 6), torch.nn.Linear(6, 6)
            self.other.weight = self.one.weight
            self.last = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(6, 3))
            self.lstm = torch.nn.LSTM(6, 6, batch_first=True)

        def forward(self, rows: torch.Tensor) -> torch.Tensor:
            states, _ = self.lstm(torch.relu(self.other(torch.tanh(self.one(rows))))[:, None, :])
            return self.last(states[:, 0])

    draws = torch.Generator().manual_seed(0)
    module = Tied()
    flat, own = FlatModule(module, cross_entropy), list(module.parameters())
    rows, labels = torch.randn(5, 6, generator=draws), torch.tensor([0, 1, 2, 0, 1])
    point, found = torch.randn(flat.d, generator=draws), torch.empty(flat.d)
    flat.write_gradient(found, point, rows, labels, None)
    assert [id(each) for each in module.parameters()] == [id(each) for each in own]
    torch.nn.utils.vector_to_parameters(point, own)
    expected = torch.autograd.grad(cross_entropy(module(rows), labels), own)
    assert torch.equal(found, torch.cat([part.flatten() for part in expected]))


def test_a_module_that_fails_gets_its_parameters_back() -> None:
    from cablese.runtime.networks.flat import FlatModule, squares

    module = torch.nn.Linear(3, 1)
    flat, own = FlatModule(module, squares), list(module.parameters())
    with pytest.raises(RuntimeError):
        flat.scores(torch.zeros(flat.d), torch.zeros(2, 4))
    assert [id(each) for each in module.parameters()] == [id(each) for each in own]
