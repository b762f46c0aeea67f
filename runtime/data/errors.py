"""The words of every mistake in a data file: one function per kind, with the place and the remedy."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path

from ..errors import SetupError


def _near(name: str, names: Iterable[str]) -> str:
    close = get_close_matches(name.lower(), list(names), n=1, cutoff=0.5)
    return f"; did you mean `{close[0]}`?" if close else "."


def missing_data(name: str, bundled: Sequence[str]) -> SetupError:
    """Neither a file nor a bundled set."""
    folder = Path(name).expanduser().parent
    kept = Path(os.environ.get("CABLESE_DATA", ""), name)
    if kept.is_file():
        return SetupError(
            f'there is no data {name} here; `reproduce` alone looks in $CABLESE_DATA: write data = "{kept}".'
        )
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
        f"value{'s' if len(classes) != 1 else ''}: {listed}. Take data with two labels, `softmax`, or `least_squares`."
    )


# --- CSV ---------------------------------------------------------------------------------------------------------


def not_utf8(name: str, line: int) -> SetupError:
    """Text in another encoding."""
    return SetupError(f"{name}, line {line}: this is not text in UTF-8; save it as UTF-8.")


def broken_row(name: str, line: int, reason: str) -> SetupError:
    """A row that is no CSV."""
    return SetupError(
        f"{name}, line {line}: {reason}. Close the quotes that a cell opens, or leave them out."
    )


def ragged(name: str, line: int, cells: int, width: int, first: int) -> SetupError:
    """A row with more or fewer cells than the first."""
    return SetupError(
        f"{name}, line {line}: {cells} cells, where line {first} has {width}; every row has as many, and a cell with a "
        "comma in it stands in quotes."
    )


def column_twice(name: str, column: str) -> SetupError:
    """Two columns of one name."""
    return SetupError(f"{name}: the heading names `{column}` twice; give every column a name of its own.")


def empty_cell(name: str, line: int, column: str) -> SetupError:
    """A cell without anything in it."""
    return SetupError(
        f"{name}, line {line}: column `{column}` is empty; fill in a value, drop the row, or leave the column out with "
        f'`without = "{column}"`.'
    )


def no_number_in_column(name: str, line: int, column: str, first: int) -> SetupError:
    """A text in a column that begins with a number."""
    return SetupError(
        f"{name}, line {line}: column `{column}` holds no number, as it does on line {first}; mend the cell, or leave the "
        f'column out with `without = "{column}"`; {_insist(column)}.'
    )


def too_many_texts(name: str, column: str, texts: int, most: int) -> SetupError:
    """A column of names or prose."""
    return SetupError(
        f"{name}: column `{column}` holds {texts} different texts, more than the {most} of a category; leave it out with "
        f'`without = "{column}"`.'
    )


def numbers_but_for_some(
    name: str, line: int, column: str, cell: str, numbers: int, cells: int
) -> SetupError:
    """A column that begins with a text, and is one of numbers otherwise."""
    return SetupError(
        f"{name}, line {line}: column `{column}` holds `{cell}`, and a number in {numbers} of its {cells} cells: mend the "
        f'cells that hold none, drop their rows, or leave the column out with `without = "{column}"`; '
        f"{_insist(column)}."
    )


def decimal_commas(name: str, line: int, column: str) -> SetupError:
    """Numbers with a decimal comma between cells that commas separate."""
    return SetupError(
        f"{name}, line {line}: column `{column}` holds numbers with decimal commas, which are read where semicolons or tabs "
        f"separate cells: separate them so, or write decimal points; {_insist(column)}."
    )


def both_signs(name: str, comma_line: int, comma: str, point_line: int, point: str) -> SetupError:
    """Numbers with decimal commas beside others with points."""
    return SetupError(
        f"{name}: `{comma}` on line {comma_line} has a comma, `{point}` on line {point_line} a point; write all numbers "
        "with decimal points, or all with decimal commas, and no sign between thousands."
    )


def texts_of_their_own(name: str, column: str, texts: int, cells: int) -> SetupError:
    """A column of words that hardly recur."""
    return SetupError(
        f"{name}: column `{column}` holds {texts} different texts in {cells} cells, each of which would become a feature: "
        f'leave it out with `without = "{column}"`; {_insist(column)}.'
    )


def _insist(column: str) -> str:
    """The way to insist on texts."""
    return f'`categories = "{column}"` takes each of its texts for a category'


def no_column(name: str, column: str, columns: Sequence[str]) -> SetupError:
    """A column that there is not."""
    listed = ", ".join(columns[:20]) + (", …" if len(columns) > 20 else "")
    return SetupError(f"{name} has no column `{column}`{_near(column, columns)} Its columns are {listed}.")


def no_features(name: str) -> SetupError:
    """Only a target."""
    return SetupError(
        f"{name} has no features: beside the target and what `without` leaves out a column is needed; cells are separated "
        "by commas, semicolons or tabs."
    )


def no_named_columns(name: str, argument: str) -> SetupError:
    """`target`, `without` or `categories` for a format whose columns have no names."""
    return SetupError(
        f"data {name} has no named columns, so `{argument}` means nothing to it; it is for CSV and jsonl files."
    )


# --- images ------------------------------------------------------------------------------------------------------


def not_the_images(name: str) -> SetupError:
    """An idx file of labels, or of something else."""
    return SetupError(
        f"data {name} is not named as a file of images, such as train-images-idx3-ubyte.gz; name that one, and its labels "
        "are read from the file beside it."
    )


def no_labels_beside(name: str, labels: str) -> SetupError:
    """Images without labels."""
    return SetupError(f"data {name} needs its labels beside it, in {labels}, and there is no such file.")


def counts_differ(name: str, images: int, labels: str, shape: tuple[int, ...]) -> SetupError:
    """Images and labels of different files."""
    return SetupError(
        f"data {name} holds {images} images, but {labels} holds labels of shape {shape}; they are not of one set."
    )


def not_idx(name: str) -> SetupError:
    """A file that is no idx file."""
    return SetupError(
        f"{name} is not an idx file: it does not begin with two zero bytes, a type and a number of axes."
    )


def cut_off(name: str, wanted: int, found: int) -> SetupError:
    """An idx file of another length than it says."""
    return SetupError(
        f"{name} should hold {wanted} bytes by its beginning, and holds {found}; fetch it again, it is cut off or damaged."
    )


def broken_tar(name: str, reason: object) -> SetupError:
    """An archive that is none."""
    return SetupError(f"data {name} cannot be read as a tar archive: {reason}; fetch it again.")


def no_batches(name: str, part: str, members: Sequence[str]) -> SetupError:
    """A tar archive without CIFAR's files."""
    listed = ", ".join(members[:8]) + (", …" if len(members) > 8 else "") if members else "nothing"
    return SetupError(
        f"data {name} has no {part} batch of CIFAR (data_batch_1 … and test_batch, or train and test): it holds {listed}."
    )


def broken_batch(name: str, member: str, reason: str) -> SetupError:
    """A batch of CIFAR that is none."""
    return SetupError(f"data {name} does not serve as CIFAR: {member}: {reason}.")


# --- texts -------------------------------------------------------------------------------------------------------


def no_json(name: str, line: int, reason: object) -> SetupError:
    """A line that is no JSON object."""
    return SetupError(f'{name}, line {line}: {reason}. A line is an object, as {{"text": "…", "label": 1}}.')


def lacks_a_key(name: str, line: int, key: str, what: str) -> SetupError:
    """An object without a text or a target."""
    return SetupError(
        f'{name}, line {line}: `{key}` must be {what}. A line is an object, as {{"text": "…", "label": 1}}.'
    )


def no_part(name: str, line: int, part: str) -> SetupError:
    """A `split` that is neither of the two parts."""
    return SetupError(f'{name}, line {line}: `split` is "{part}", and must be "train" or "test".')


# --- parts and scales ---------------------------------------------------------------------------------------------


def no_test_part(text: str) -> SetupError:
    """`test` that is neither a share nor a file."""
    return SetupError(
        f'`test` is a file, or a share of the samples between 0 and 1 as "0.2", not "{text}"; there is no such file.'
    )


def no_samples_left(name: str, samples: int, share: float) -> SetupError:
    """A test share that leaves a part without samples."""
    return SetupError(
        f"data {name} has {samples} samples, of which a test share of {share:g} leaves one part none; choose another share."
    )


def other_width(test: str, width: int, name: str, features: int) -> SetupError:
    """A test part with other features."""
    return SetupError(
        f"test data {test} has {width} features, and {name} has {features}; they are not of one set."
    )


def other_words(test: str, name: str, words: Sequence[str]) -> SetupError:
    """A test part whose columns of texts become other features."""
    listed = ", ".join(f"`{word}`" for word in words[:5]) + (", …" if len(words) > 5 else "")
    return SetupError(
        f"of test data {test} and {name} only one has {listed}, and each text of a column is a feature: give both in one "
        'file, and `test` as a share such as "0.2", or leave the column out with `without`.'
    )


def unknown_labels(test: str, labels: Sequence[object], name: str) -> SetupError:
    """Test labels that the training part lacks."""
    listed = ", ".join(f"{label:g}" if isinstance(label, float) else str(label) for label in labels[:5])
    return SetupError(
        f"test data {test} has labels that {name} does not know: {listed}; they are not of one set."
    )


def texts_and_numbers(test: str, name: str) -> SetupError:
    """A test part of another kind."""
    return SetupError(
        f"of test data {test} and {name} one is of texts, the other of numbers; they are not of one set."
    )


def no_words(name: str) -> SetupError:
    """Texts without a word."""
    return SetupError(f"data {name} has no words in its texts; they must be in words of letters or digits.")


def too_dense(name: str, shape: tuple[int, int], size: int, limit: int) -> SetupError:
    """Sparse data whose centred features would not fit."""
    return SetupError(
        f'data {name} would take {size / 2**30:.1f} GiB with scale = "standard", which leaves no zeros of its {shape[0]} x '
        f'{shape[1]} numbers, and the machine has {limit / 2**30:.1f} GiB: take scale = "columns", which does not centre.'
    )
