"""Transports of messages: within one process, or over MPI."""
