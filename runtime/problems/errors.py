"""The words of every mistake in a problem's name, arguments or data: one function per kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from cablese.dsl.check.contracts import Argument, ArgumentKind, ArgumentValue, Called

from ..data.split_names import WRITTEN
from ..errors import SetupError, UsageError

_TYPES = {
    ArgumentKind.INT: "an integer",
    ArgumentKind.REAL: "a number",
    ArgumentKind.BOOL: "true or false",
    ArgumentKind.WORD: "a word",
    ArgumentKind.NORM: "2 or inf",
    ArgumentKind.TEXT: 'text in quotes, as data = "breast_cancer"',
    ArgumentKind.COMPRESSOR: "a compressor",
}


def _near(name: str, names: Iterable[str]) -> str:
    close = get_close_matches(name.lower(), list(names), n=1, cutoff=0.5)
    return f"; did you mean `{close[0]}`?" if close else "."


def unknown_problem(name: str, names: Iterable[str]) -> SetupError:
    """No problem of this name."""
    names = sorted(names)
    return SetupError(f"there is no problem `{name}`{_near(name, names)} There are {', '.join(names)}.")


def unknown_argument(contract: Called, name: str) -> SetupError:
    """The problem has no such argument."""
    names = [argument.name for argument in contract.arguments]
    return SetupError(
        f"`{contract.name}` has no argument `{name}`{_near(name, names)} It takes {', '.join(names)}."
    )


def missing_argument(contract: Called, argument: Argument) -> SetupError:
    """An argument without a default was not given."""
    return SetupError(f"`{contract.name}` needs its argument `{argument.name}` ({argument.meaning}).")


def wrong_type(contract: Called, argument: Argument, value: object) -> SetupError:
    """The value is of another type."""
    return SetupError(
        f"`{argument.name}` of `{contract.name}` takes {_TYPES[argument.kind]}, not {value!r} "
        f"({argument.doc})."
    )


def not_a_choice(contract: Called, argument: Argument, value: object) -> SetupError:
    """The word is none of those admitted."""
    return SetupError(
        f"`{argument.name}` of `{contract.name}` is one of {', '.join(argument.choices)}, not {value!r}"
        f"{_near(str(value), argument.choices)}"
    )


def out_of_range(contract: Called, argument: Argument, value: ArgumentValue) -> SetupError:
    """The number is outside its range."""
    return SetupError(
        f"`{argument.name}` of `{contract.name}` must be {argument.wanted(value)}, not {value} ({argument.doc})."
    )


def disordered_curvatures(name: str, mu: float, largest: float) -> SetupError:
    """A made problem with mu > L."""
    return SetupError(f"`{name}` needs mu <= L, but mu = {mu:g} and L = {largest:g}; swap or mend them.")


def one_curvature(mu: float, largest: float) -> SetupError:
    """quadratic in one dimension with two curvatures."""
    return SetupError(
        f"`quadratic` with d = 1 has one curvature, so mu = {mu:g} and L = {largest:g} must be equal; or "
        "take d >= 2."
    )


def too_few_nodes(n: int) -> SetupError:
    """n < 1."""
    return SetupError(f"a problem is dealt to at least one node, not {n}; give -n 1 or more.")


def negative_seed(seed: int) -> SetupError:
    """A negative seed."""
    return SetupError(f"the seed is an integer of at least 0, not {seed}.")


def unknown_split(split: str) -> SetupError:
    """No split of this name."""
    return SetupError(f"there is no split `{split}`{_near(split, WRITTEN)} There are {', '.join(WRITTEN)}.")


def wrong_concentration(split: str) -> SetupError:
    """dirichlet(a) with a wrong number."""
    return SetupError(
        f"the split `{split}` needs a positive number in the parentheses, as dirichlet(0.5): "
        "the smaller, the fewer classes a node holds."
    )


def not_as_many_shares(shares: int, n: int) -> SetupError:
    """shares(…) with another number of them than nodes."""
    return SetupError(
        f"the split `shares` names {shares} shares, and there are {n} nodes; give one for each, or -n {shares}."
    )


def no_column_to_split(column: str, where: str, columns: Sequence[str]) -> SetupError:
    """column(c) of data without such a column."""
    listed = (
        f" Its columns are {', '.join(columns[:20])}{', …' if len(columns) > 20 else ''}." if columns else ""
    )
    return SetupError(f"{where} has no column `{column}` to split by{_near(column, columns)}{listed}")


_FOR_NUMBERS = "`least_squares` and `two_layer(…, loss = squares)` are for numbers."


def no_classes(problem: str, name: str, classes: int, most: int) -> SetupError:
    """Labels that are no classes."""
    values = "1 value" if classes == 1 else f"{classes} values"
    return SetupError(
        f"`{problem}` takes from 2 to {most} classes, and the labels of {name} take {values}; {_FOR_NUMBERS}"
    )


def class_with_a_fraction(problem: str, name: str, value: float) -> SetupError:
    """Labels that are measurements, not classes."""
    return SetupError(f"`{problem}` takes classes, and the label {value:g} of {name} is none; {_FOR_NUMBERS}")


def unknown_classes(where: str, labels: Sequence[float]) -> SetupError:
    """Test labels that no training sample has."""
    listed = ", ".join(f"{label:g}" for label in labels[:5])
    return SetupError(f"{where} has classes that the training part lacks: {listed}; they are not of one set.")


def more_entries_than_there_are(entries: int, rows: int, columns: int) -> SetupError:
    """matrix_factorisation with more entries than its matrix has."""
    return SetupError(
        f"`matrix_factorisation` with entries = {entries} asks for more than the {rows * columns} of {rows} rows and "
        f"{columns} columns; take fewer."
    )


def no_groups_here(kind: str, where: str) -> SetupError:
    """A split by groups of data whose samples are a program's own."""
    return SetupError(
        f"the split by {kind} is for problems that name their data, and not for {where}; deal these samples to nodes where "
        "they are made, or take --split shuffled."
    )


def no_file_of_groups(name: str) -> SetupError:
    """file:PATH without such a file."""
    return SetupError(
        f"there is no file {name} to split by; it has a line for each sample, the name of the sample's group."
    )


def groups_do_not_fit(name: str, lines: int, samples: int, where: str) -> SetupError:
    """A file of groups with another number of lines than the data has samples."""
    return SetupError(
        f"{name} has {lines} lines, and {where} has {samples} samples; it needs a line for each."
    )


def empty_group(name: str, line: int) -> SetupError:
    """A line without a group."""
    return SetupError(f"{name}, line {line}, is empty; it needs the name of the sample's group.")


def too_few_groups(kind: str, groups: int, n: int, where: str) -> SetupError:
    """Fewer groups than nodes."""
    return SetupError(
        f"the split by {kind} gives {groups} groups of {where}, too few for {n} nodes, which get whole groups; take -n "
        f"{groups} or fewer."
    )


def more_clusters_than_samples(clusters: int, samples: int, where: str) -> SetupError:
    """cluster(k) with k above the number of samples."""
    return SetupError(
        f"{where} has {samples} samples, too few for {clusters} clusters: every cluster needs at least one; ask for "
        f"{samples} or fewer."
    )


def no_clusters() -> SetupError:
    """A split by clusters without the package that finds them."""
    return SetupError("the split `cluster` is scikit-learn's k-means: pip install scikit-learn.")


def nothing_to_split(name: str, split: str) -> UsageError:
    """A split for a problem that has no samples."""
    return UsageError(f"`{name}` has no samples, so --split {split} means nothing to it; leave --split out.")


def too_many_classes_to_split(split: str, classes: int, where: str) -> SetupError:
    """dirichlet on a continuous target."""
    return SetupError(
        f"the split `{split}` deals by class, but the labels of {where} take {classes} values, which are no "
        "classes; "
        "use --split by_label, which deals in the labels' order."
    )


def more_nodes_than_samples(n: int, samples: int, where: str) -> SetupError:
    """n > m."""
    return SetupError(
        f"{where} has {samples} samples, too few for {n} nodes: every node needs at least one; take -n "
        f"{samples} or fewer."
    )
