"""Rounds as algebra: normal forms of what a method computes, draws and sends, in which equal methods are equal."""
