"""tensorboardX as far as docs/logging.md uses it; it keeps what it is given."""

from __future__ import annotations

STEPS: list[tuple[str, int]] = []


class SummaryWriter:
    def __init__(self, logdir: str) -> None:
        self._name = logdir.rpartition("/")[2]

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None:
        assert isinstance(scalar_value, (int, float))
        if tag == "bits_up":
            STEPS.append((self._name, global_step))

    def close(self) -> None:
        assert self._name
