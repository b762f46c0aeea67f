"""How messages travel: within one process, or over MPI."""
