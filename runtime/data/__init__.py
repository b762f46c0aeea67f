"""Data files: readers of each format, and what is said of files that do not serve."""
