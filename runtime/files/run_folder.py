"""Names of the files in a run's folder, as `--out` makes it."""

from __future__ import annotations

SPEC, CONFIG, TRACE, PLOT = "spec.alg", "run.toml", "trace.jsonl", "plot.png"
CHECKPOINT = "checkpoint.safetensors"
"""The state of a run that is not finished."""
OUTPUT = "output.safetensors"
"""The output point of a run that is."""
ORDER = "runs.txt"
"""In a folder of several runs: their folders, one a line, in the order of the command that ran them."""
FILES = (SPEC, CONFIG, TRACE, PLOT, CHECKPOINT, OUTPUT)
