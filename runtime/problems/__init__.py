"""Problems: data, oracles, constants, solutions, and their registry."""
