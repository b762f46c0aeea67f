"""A first run, with no option given, shows the method at work."""

from __future__ import annotations

import cablese
import pytest
from cablese.runtime.library import shipped_specs

# steps of theory so careful that a thousand rounds only begin to descend
SLOW = {"diana", "ef_sgd", "qsparse_local_sgd"}
METHODS = [spec.name for spec in shipped_specs()]
QUICK = ("gd", "marina", "diana")


def check(method: str) -> None:
    """The squared gradient or residual falls by a third at least; of careful methods the loss, in sight."""
    trace = cablese.run(method, every=1000).trace
    if method in SLOW:
        assert trace.loss[-1] < 0.62 < trace.loss[0]
        return
    metric = trace.residual2 if "residual2" in trace else trace.grad_norm2
    assert metric[-1] < 0.7 * metric[0]


@pytest.mark.parametrize("method", QUICK)
def test_a_first_run_descends(method: str) -> None:
    check(method)


@pytest.mark.slow
@pytest.mark.parametrize("method", [name for name in METHODS if name not in QUICK])
def test_the_first_run_of_each_method_descends(method: str) -> None:
    check(method)
