"""Checked program -> plan: typed instructions, projected to roles."""
