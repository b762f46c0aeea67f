"""What is legal in a checked program and surely not meant: one function per lint, warnings with their own codes."""
