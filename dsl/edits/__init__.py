"""Two programs -> how their methods differ: parts matched by what they do, an edit script, sentences made from it."""
