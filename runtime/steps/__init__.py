"""One round of a run, step by step."""
