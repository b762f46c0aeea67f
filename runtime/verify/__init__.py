"""Verification: laws, invariants and guarantees of specs, tried by algebra and by runs."""
