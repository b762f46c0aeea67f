"""Reports for people after a run: tables and plots."""
