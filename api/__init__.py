"""cablese: write a distributed method as its algorithm box, run it, count its bits.

    import cablese
    result = cablese.run("marina", nodes=5, rounds=2000)
    result.trace.grad_norm2, result.trace.bits_up
    result.plot("marina.png")

Names are loaded when they are first used: `import cablese` alone imports no array library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cablese.dsl.text.diagnostics import SpecError, SpecWarning
    from cablese.runtime.errors import Interrupted, RunFailed, SetupError
    from cablese.runtime.problems.objective import Objective

    from .calls import check, compare, cost, diff, like, load, load_all, replay, run, trace, verify
    from .costs import MethodCost, ReplayedRun
    from .results import Comparison, Result, Trace
    from .rounds import TracedRound
    from .verification import Verification

    __version__: str

__all__ = [
    "Comparison",
    "Interrupted",
    "MethodCost",
    "Objective",
    "ReplayedRun",
    "Result",
    "RunFailed",
    "SetupError",
    "SpecError",
    "SpecWarning",
    "Trace",
    "TracedRound",
    "Verification",
    "__version__",
    "check",
    "compare",
    "cost",
    "diff",
    "like",
    "load",
    "load_all",
    "replay",
    "run",
    "trace",
    "verify",
]

_HOMES = {
    "check": "cablese.calls",
    "compare": "cablese.calls",
    "cost": "cablese.calls",
    "diff": "cablese.calls",
    "like": "cablese.calls",
    "load": "cablese.calls",
    "load_all": "cablese.calls",
    "replay": "cablese.calls",
    "run": "cablese.calls",
    "trace": "cablese.calls",
    "verify": "cablese.calls",
    "MethodCost": "cablese.costs",
    "ReplayedRun": "cablese.costs",
    "Comparison": "cablese.results",
    "Result": "cablese.results",
    "Trace": "cablese.results",
    "TracedRound": "cablese.rounds",
    "Verification": "cablese.verification",
    "Interrupted": "cablese.runtime.errors",
    "RunFailed": "cablese.runtime.errors",
    "SetupError": "cablese.runtime.errors",
    "Objective": "cablese.runtime.problems.objective",
    "SpecError": "cablese.dsl.text.diagnostics",
    "SpecWarning": "cablese.dsl.text.diagnostics",
}


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("cablese")
    if name not in _HOMES:
        raise AttributeError(f"module 'cablese' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def load_ipython_extension(shell: Any) -> None:
    """The magic %%alg, for `%load_ext cablese` in a notebook."""
    from .notebook import register

    register(shell)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
