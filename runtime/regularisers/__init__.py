"""Regularisers: convex functions and sets with a proximal operator, added to a problem's f or F."""
