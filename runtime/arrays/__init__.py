"""One module per array library: the few primitives that the array API standard lacks."""
