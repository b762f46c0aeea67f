"""Compressors: contracts next to kernels, and their registry."""
