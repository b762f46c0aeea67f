"""Plan -> text for readers and for the Python interpreter."""
