"""Runs in folders: the files that they write, the way they begin or go on there, and several of them in turn or at once."""
