"""Lints of a checked program: what is legal and surely not meant, one function each, warnings with their own codes."""
