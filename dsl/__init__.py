"""The compiler: text -> tree -> checked program -> plan -> generated program."""
