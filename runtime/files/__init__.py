"""Files of users: read within limits, locked while a run writes them, and put in their place whole."""
