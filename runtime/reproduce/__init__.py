"""Figures and tables of papers: their files, the data that they need, and what is expected of them."""
