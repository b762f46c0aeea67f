"""Specs with some of their names bound: what folds away is gone, and a spec of the special case remains."""
