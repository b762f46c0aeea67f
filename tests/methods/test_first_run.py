"""A first run, with no option given, shows the method at work."""

from __future__ import annotations

import cablese
import pytest
from cablese.runtime.library import shipped_specs

# steps of theory so careful that a thousand rounds only begin to descend
SLOW = {
    "cocktail_sgd",
    "diana",
    "dist_ef_sgd",
    "dore",
    "double_squeeze",
    "ec_sgd_diana",
    "ef_sgd",
    "qsparse_local_sgd",
    "rand_mcm_1mem",
}
CREEPING = {
    "beer",
    "dgc",
    "diging",
    "ec_lsvrg_diana",
    "ef21_p_diana",
    "motef",
    "one_bit_sgd",
    "qsparse_async",
}
METHODS = [spec.name for spec in shipped_specs()]
QUICK = ("gd", "marina", "diana")


def check(method: str) -> None:
    """The squared gradient or residual falls by a third at least; of careful methods the loss, in sight."""
    trace = cablese.run(method, every=1000).trace
    if method in SLOW | CREEPING:
        assert trace.loss[-1] < (0.62 if method in SLOW else 0.692) < trace.loss[0]
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
