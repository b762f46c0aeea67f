"""A page for every error code: the rule, a wrong example and a right one. Who checks and shows them stands elsewhere."""
