"""The words of every mistake in a problem's name, arguments or data: one function per kind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

from cablese.dsl.check.contracts import Argument, ArgumentKind, ArgumentValue, Called

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


def disordered_curvatures(mu: float, largest: float) -> SetupError:
    """quadratic with mu > L."""
    return SetupError(f"`quadratic` needs mu <= L, but mu = {mu:g} and L = {largest:g}; swap or mend them.")


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
    names = ("contiguous", "shuffled", "by_label", "dirichlet(0.5)")
    return SetupError(f"there is no split `{split}`{_near(split, names)} There are {', '.join(names)}.")


def wrong_concentration(split: str) -> SetupError:
    """dirichlet(a) with a wrong number."""
    return SetupError(
        f"the split `{split}` needs a positive number in the parentheses, as dirichlet(0.5): "
        "the smaller, the fewer classes a node holds."
    )


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


def missing_data(name: str, bundled: Sequence[str]) -> SetupError:
    """Neither a file nor a bundled set."""
    folder = Path(name).expanduser().parent
    if not folder.is_dir():
        return SetupError(
            f"there is no data {name}: the folder {folder} does not exist.{_bundled(name, bundled)}"
        )
    near = get_close_matches(Path(name).name, [entry.name for entry in folder.iterdir()], n=3, cutoff=0.5)
    hint = f" Near it: {', '.join(near)}." if near else ""
    return SetupError(
        f"there is no data {name}: no such file, and no bundled set.{hint}{_bundled(name, bundled)}"
    )


def _bundled(name: str, bundled: Sequence[str]) -> str:
    return f" Bundled sets: {', '.join(bundled)}{_near(name, bundled)}"


def no_scikit_learn() -> SetupError:
    """A bundled set without the package whose files hold it."""
    return SetupError("the bundled sets are read from scikit-learn's files: pip install scikit-learn.")


def no_bundled_file(path: Path, reason: object) -> SetupError:
    """scikit-learn is there, its file is not."""
    return SetupError(
        f"{path} of scikit-learn cannot be read: {reason}. pip install --force-reinstall scikit-learn."
    )


def data_is_folder(name: str) -> SetupError:
    """A directory where a file is meant."""
    inside = sorted(entry.name for entry in Path(name).expanduser().iterdir() if entry.is_file())[:5]
    listed = f"; it holds {', '.join(inside)}" if inside else ""
    return SetupError(f"data {name} is a folder; name a svmlight or .npz file in it{listed}.")


def unreadable_data(name: str, reason: object) -> SetupError:
    """The system or the unpacker refused."""
    return SetupError(f"data {name} cannot be read: {reason}.")


def other_format(name: str, what: str) -> SetupError:
    """A file in a format that is known, but not read, or not under this name."""
    return SetupError(f"data {name} is {what}.")


def empty_data(name: str) -> SetupError:
    """No samples, or no features."""
    return SetupError(f"data {name} holds nothing: at least one sample with one feature is needed.")


def broken_line(name: str, line: int, reason: str) -> SetupError:
    """A svmlight line that is none."""
    return SetupError(
        f"{name}, line {line}: {reason}. A svmlight line is `label index:value index:value …` with "
        "ascending indices; "
        "the file may also be .gz, .bz2 or .xz, and .npz files hold X and y."
    )


def feature_beyond(name: str, line: int, index: int, features: int) -> SetupError:
    """A feature index above `features`."""
    return SetupError(
        f"{name}, line {line}: feature {index} is beyond features = {features}; raise `features` or leave "
        "it out."
    )


def lone_feature(name: str, line: int, index: int, next_index: int) -> SetupError:
    """One feature far beyond all others, which makes vectors of that length."""
    return SetupError(
        f"{name}, line {line}: feature {index} stands alone: the next largest in the file is {next_index}. Mend the "
        f"index if it is a slip; if it is meant, say so with `features = {index}` or more."
    )


def features_differ(name: str, features: int, columns: int) -> SetupError:
    """`features` given for data with fixed columns."""
    return SetupError(
        f"data {name} has {columns} features, not features = {features}; the argument is for svmlight "
        "files, leave it out."
    )


def broken_archive(name: str, reason: object) -> SetupError:
    """An .npz that is none, or whose arrays do not fit."""
    return SetupError(
        f"data {name} does not serve as .npz: {reason}. It needs numbers X (samples, features) and y "
        "(samples,), as "
        "numpy.savez(file, X=…, y=…) writes them."
    )


def not_finite(name: str, value: float, row: int, column: int) -> SetupError:
    """A feature that is NaN or infinite; row and column from 1."""
    return SetupError(
        f"data {name} holds {value} at row {row}, column {column} (from 1): drop the row or fill in the "
        "value."
    )


def too_large_a_value(name: str, value: float, row: int, column: int, most: float) -> SetupError:
    """A feature whose square of the square overflows; row and column from 1."""
    return SetupError(
        f"data {name} holds {value:g} at row {row}, column {column} (from 1), beyond {most:g}, where curvatures "
        'overflow; scale = "columns" or scale = "rows" brings such features near 1.'
    )


def too_large_a_label(name: str, value: float, row: int, most: float) -> SetupError:
    """A label whose square of the square overflows; row from 1."""
    return SetupError(
        f"data {name} has the label {value:g} at row {row} (from 1), beyond {most:g}, where losses overflow; "
        "divide the labels by their largest."
    )


def label_not_finite(name: str, value: float, row: int) -> SetupError:
    """A label that is NaN or infinite; row from 1."""
    return SetupError(
        f"data {name} has the label {value} at row {row} (from 1): drop the row or mend its label."
    )


def not_two_classes(problem: str, name: str, classes: Sequence[float]) -> SetupError:
    """A binary loss on other than two classes."""
    listed = ", ".join(f"{value:g}" for value in classes[:10]) + (", …" if len(classes) > 10 else "")
    return SetupError(
        f"`{problem}` needs two classes, but the labels of {name} take {len(classes)} "
        f"value{'s' if len(classes) != 1 else ''}: {listed}. Take data with two labels, or `least_squares`."
    )
