"""mlflow as far as docs/logging.md uses it; it keeps what it is given."""

from __future__ import annotations

STEPS: list[tuple[str, int]] = []
_NAME = [""]


def start_run(*, run_name: str) -> None:
    assert not _NAME[0], "as mlflow does, it wants the run before to be ended"
    _NAME[0] = run_name


def end_run() -> None:
    _NAME[0] = ""


def log_params(params: dict[str, object]) -> None:
    assert _NAME[0] and params


def log_metrics(metrics: dict[str, float], step: int) -> None:
    assert all(isinstance(value, (int, float)) for value in metrics.values())
    STEPS.append((_NAME[0], step))
