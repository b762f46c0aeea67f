"""Figures and tables of papers, and first steps: a folder each."""
