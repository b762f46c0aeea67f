"""Names of the files in a run's folder, as `--out` makes it."""

from __future__ import annotations

SPEC, CONFIG, TRACE, PLOT = "spec.alg", "run.toml", "trace.jsonl", "plot.png"
CHECKPOINT = "checkpoint.safetensors"
"""The state of a run that is not finished."""
OUTPUT = "output.safetensors"
"""The output point of a run that is."""
FILES = (SPEC, CONFIG, TRACE, PLOT, CHECKPOINT, OUTPUT)
