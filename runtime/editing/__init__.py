"""Answers to an editor about a spec that is being written: names, hovers, completions, mends."""
