"""Communication graphs of methods without a server, and the weights that nodes mix with."""
