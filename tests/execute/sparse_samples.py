"""Files of sparse samples in svmlight's format, for runs on data."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def write_samples(path: Path, rows: int, d: int, *, ones: bool) -> Path:
    """Random samples with labels of two classes, an empty one and a long one among them; of ones or of real entries."""
    draws = np.random.default_rng(rows)
    lines = []
    for row in range(rows):
        label = 1 if row == 0 or (row > 1 and draws.random() < 0.4) else -1
        kept = np.flatnonzero(draws.random(d) < (0.0 if row == 3 else 0.9 if row == 5 else 0.12))
        entries = np.ones(kept.size) if ones else draws.normal(size=kept.size)
        lines.append(
            " ".join(
                [str(label), *(f"{c + 1}:{value!r}" for c, value in zip(kept, entries.tolist(), strict=True))]
            )
        )
    path.write_text("\n".join(lines) + "\n")
    return path
