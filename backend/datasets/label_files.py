"""Files of labels to train on instead of a data set's own, such as noisy labels from people."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.core.contracts import Alignment, RowOrder
from backend.core.errors import Choice, ChoiceError, InvalidError, Option, Seen
from backend.datasets import alignment, column_words
from backend.datasets.alignment import Rows, align, is_index, normal
from backend.datasets.archive import refused
from backend.datasets.archive_names import slashed
from backend.datasets.array_labels import plain_labels
from backend.datasets.base import Dataset
from backend.datasets.picture_files import (
    PictureFile,
    choose_column,
    of_rows,
    plain,
    read_picture_file,
)
from backend.datasets.spreadsheets import from_text

Labels = npt.NDArray[np.int64]

LABELS = (
    *("label", "labels", "target", "targets", "class", "class_name", "y", "tr_labels", "y_train"),
    *("train_labels", "labels_train", "train_label"),
    *("noisy_label", "noisy_labels", "given_label", "given_labels", "human_label", "human_labels"),
    *("label_name", "clean_label", "aggre_label", "worse_label", "label_noisy", "category"),
    *("random_label1", "random_label2", "random_label3", "fine_label", "fine_labels", "coarse_label"),
    *column_words.LABELS,
)
CLASS_NAMES = ("names", "classes", "class_names", "label_names")
ONE_HOT = "label"  # of a column for each class
SET = {"1": 1.0, "1.0": 1.0, "true": 1.0, "0": 0.0, "0.0": 0.0, "false": 0.0}
SHOWN = 10  # pictures shown with both labels


@dataclass(frozen=True)
class ReadLabels:
    """The labels of a data set's training pictures that a file gives, and how it was read.

    values: (n_train,) indices of classes, the data set's own where the file has none.
    """

    values: Labels
    alignment: Alignment
    order: RowOrder | None
    verified: bool
    note: str


@dataclass(frozen=True)
class Wishes:
    """What the person has said about a file: which column, the order of rows and of classes, what may be.

    Who says that rows stand in our order or as text means the classes too, unless `class_order` says more.
    """

    column: str | None = None
    order: RowOrder | None = None
    class_order: RowOrder | None = None
    partial: bool = False
    confirmed: bool = False

    @property
    def classes(self) -> RowOrder | None:
        """Which order of classes indices are in, ours or as text; None where nothing was said."""
        if self.class_order is None and self.order in (RowOrder.OURS, RowOrder.TEXT):
            return self.order
        return self.class_order


def read_labels(path: Path, dataset: Dataset, wishes: Wishes | None = None) -> ReadLabels:
    """Return the labels of an npy, npz or csv, given as indices or names of classes.

    ChoiceError says what the person has to choose before the file is taken, InvalidError what is wrong.
    """
    wishes = wishes or Wishes()

    def wanted(name: str) -> bool:
        return plain(name) in (*LABELS, *CLASS_NAMES) or alignment.wanted(name) or name == wishes.column

    names = [PurePosixPath(name) for name in dataset.names]
    ends = {name.name for name in names} | {name.stem for name in names if not is_index(name.stem)}

    def shown(cell: str) -> bool:
        last = slashed(cell.strip()).rpartition("/")[2]
        return last in ends or PurePosixPath(last).stem in ends

    file = read_picture_file(
        path,
        "labels",
        lambda name: wanted(name) or _class_of(name, dataset) is not None,
        len(dataset.names),
        any_size=True,
        shown=shown,
    )
    file = _of_columns(file, dataset, wishes)
    column = _label_column(file, dataset, wishes)
    file = of_rows(file, column)
    rows, labels = _aligned(file, column, dataset, wishes)
    given = (rows.pictures < dataset.n_train) & (labels >= 0)
    values = dataset.labels[: dataset.n_train].copy()
    values[rows.pictures[given]] = labels[given]
    _check_complete(int(given.sum()), dataset, wishes)
    if not wishes.confirmed:
        _check_likely(labels, rows.pictures, dataset)
    left = int(((rows.pictures >= dataset.n_train) & (labels >= 0)).sum())
    note = rows.note
    if int(given.sum()) < dataset.n_train:
        note += f" {dataset.n_train - int(given.sum()):,} training pictures keep their own label."
    if left:
        note += f" {left:,} rows about test pictures were left out."
    if not file.headed:
        note += " The file has no header; each of its lines is a picture's name and its label."
    elif column not in file.names:
        note += " Labels are the columns that are set, one for each class."
    elif column != "labels" or file.is_csv:
        note += f" Labels are those of the {file.what} {column!r}."
    return ReadLabels(values, rows.alignment, rows.order, rows.verified, note)


def _class_of(name: str, dataset: Dataset) -> str | None:
    """Return the class that a column is called as, also behind a prefix as pandas.get_dummies sets it."""
    known = {normal(each): each for each in dataset.classes}
    return known.get(normal(name), known.get(normal(name.partition("_")[2])))


def _of_columns(file: PictureFile, dataset: Dataset, wishes: Wishes) -> PictureFile:
    """Return a csv with a column for each class as one with labels; InvalidError names a row of several."""
    classes = {name: own for name in file.columns if (own := _class_of(name, dataset)) is not None}
    distinct = len(classes) > 1 and len(set(classes.values())) == len(classes)
    if not file.is_csv or wishes.column is not None or not distinct or file.among(*LABELS):
        return file
    cells = np.stack([file.columns[name] for name in classes], axis=1)
    plain_cells = np.char.replace(np.char.lower(cells), ",", ".")
    bits = np.vectorize(SET.get, otypes=[np.float64])(plain_cells, np.nan)
    (wrong,) = np.nonzero(bits.sum(axis=1) != 1)
    if len(wrong):
        names = ", ".join(list(classes)[:SHOWN])
        raise refused(
            f"Row {wrong[0] + 1:,} has {np.nansum(bits[wrong[0]]):g} of the columns {names} set; a picture"
            " has one class here, with 1 in its column and 0 in others."
        )
    kept = {name: values for name, values in file.columns.items() if name not in classes}
    labels = np.array(list(classes.values()))[bits.argmax(axis=1)]
    return replace(file, columns=kept | {ONE_HOT: labels})


def _aligned(file: PictureFile, column: str, dataset: Dataset, wishes: Wishes) -> tuple[Rows, Labels]:
    """Return which picture each row is about, and its label.

    The order of rows does not matter where every picture has the same label in all orders that there are, as
    within folders of one label each.
    """
    try:
        rows = align(_without(file, column), dataset, wishes.order)
    except ChoiceError as error:
        if error.choice.parameter != "order":
            raise
        labels = _fitting(file, column, dataset, wishes.classes)
        if labels is None:  # the order may say which classes are meant
            raise
        known = (RowOrder(option.value) for option in error.choice.options)
        found = [align(_without(file, column), dataset, order) for order in known]
        if not all(np.array_equal(_placed(each, labels), _placed(found[0], labels)) for each in found):
            raise
        return replace(found[0], note=f"{found[0].note} Labels are the same in all orders."), labels
    return rows, _labels(file, column, dataset, wishes.classes)


def _placed(rows: Rows, labels: Labels) -> Labels:
    return labels[np.argsort(rows.pictures, kind="stable")]


def _without(file: PictureFile, column: str) -> PictureFile:
    """A column of labels says nothing about which picture a row is."""
    return replace(file, columns={name: values for name, values in file.columns.items() if name != column})


def _label_column(file: PictureFile, dataset: Dataset, wishes: Wishes) -> str:
    found = file.among(*LABELS)
    if wishes.column is None and len(found) > 1:
        fitting = {
            name: labels
            for name in found
            if (labels := _fitting(file, name, dataset, RowOrder.OURS)) is not None
        }
        if fitting:
            found = list(fitting)
            first = fitting[found[0]]
            if all(np.array_equal(first, other) for other in fitting.values()):
                found = found[:1]
    return choose_column(file, found, wishes.column, "labels")


def _fitting(file: PictureFile, column: str, dataset: Dataset, classes: RowOrder | None) -> Labels | None:
    try:
        return _labels(of_rows(file, column), column, dataset, classes)
    except InvalidError:
        return None


def _labels(file: PictureFile, column: str, dataset: Dataset, order: RowOrder | None) -> Labels:
    """Return (rows,) indices of classes, -1 where a cell is empty."""
    values = told_labels(file.columns[column], column)
    classes = _own_classes(file, dataset)
    if classes is not None and values.dtype.kind == "i":
        positions = {normal(name): index for index, name in enumerate(dataset.classes)}
        return np.array([positions[name] for name in classes], np.int64)[_checked(values, dataset.classes)]
    return class_indices(values, dataset, order)


def told_labels(values: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
    """Return labels as whole numbers or texts, of real numbers too: empty texts where they are NaN."""
    if values.dtype.kind != "f":
        return values
    missing = np.isnan(values)
    whole = plain_labels(np.where(missing, 0, values), name).values
    return np.where(missing, "", whole.astype(np.str_)) if missing.any() else whole


def _own_classes(file: PictureFile, dataset: Dataset) -> list[str] | None:
    """Return the names that an npz gives to its indices, in its order; InvalidError if they are others."""
    for name, values in file.others.items():
        if plain(name) in CLASS_NAMES and values.dtype.kind == "U":
            names = [normal(text) for text in values.tolist()]
            if sorted(names) == sorted(map(normal, dataset.classes)):
                return names
            raise refused(
                f"{name}: has {len(values):,} texts, neither one for each row nor this data set's classes."
            )
        if alignment.wanted(name):
            raise refused(f"{name}: has {len(values):,} values and the labels {file.rows:,}.")
    return None


def class_indices(values: npt.NDArray[Any], dataset: Dataset, order: RowOrder | None) -> Labels:
    """Return (n,) indices of classes from indices or names, -1 of empty texts; InvalidError if one is none.

    Names win over numbers, so that classes called 1 and 0 mean what they say.
    """
    classes = dataset.classes
    if values.dtype.kind == "U":
        return _indices_of(values, dataset, order)
    numbers = values.astype(np.int64)
    names = {str(number): index for index, number in enumerate(classes)}
    found = {str(number) for number in np.unique(numbers).tolist()}
    if found <= names.keys():
        return np.array([names[str(number)] for number in numbers.tolist()], np.int64)
    return _ordered(_checked(numbers, classes), dataset, order)


def _indices_of(values: npt.NDArray[np.str_], dataset: Dataset, order: RowOrder | None) -> Labels:
    classes = dataset.classes
    index = {normal(name): position for position, name in enumerate(classes)}
    texts = [_class_name(text, index) for text in values.tolist()]
    found = set(texts) - {""}
    if found <= index.keys():
        return np.array([index.get(text, -1) for text in texts], np.int64)
    strange = [value for value in found - index.keys() if not is_index(without_point(value))]
    if strange or not all(is_index(without_point(value)) for value in found):
        candidates = set(strange) or found - index.keys()
        unknown = next(value for value in texts if value in candidates)
        raise refused(f"{unknown[:100]!r} is neither a class nor an index of one.")
    numbers = np.array([int(without_point(text)) if text else -1 for text in texts], np.int64)
    _checked(numbers[numbers >= 0], classes)
    return np.where(numbers < 0, -1, _ordered(np.maximum(numbers, 0), dataset, order))


def _class_name(text: str, index: dict[str, int]) -> str:
    name = normal(from_text(text))
    return name if name in index else normal(text)


def without_point(text: str) -> str:
    """Return a whole number without the point that pandas writes where a column has gaps."""
    whole, point, rest = text.partition(".")
    return whole if point and rest and not rest.strip("0") else text


def _checked(values: Labels, classes: Sequence[str]) -> Labels:
    outside = values[(values < 0) | (values >= len(classes))]
    if len(outside):
        raise refused(f"{outside[0]} is no index of the {len(classes)} classes.")
    return values


def _ordered(indices: Labels, dataset: Dataset, order: RowOrder | None) -> Labels:
    """Return indices into our classes, of indices that may be into the classes sorted as text.

    Class folders called 1 to 12 are such classes; ChoiceError unless the person has said which it is.
    """
    text = sorted(dataset.classes)
    if text == list(dataset.classes) or not alignment.in_folders(dataset):
        return indices
    if order is None:
        begins = {RowOrder.OURS: dataset.classes[:6], RowOrder.TEXT: text[:6]}
        listed = {order: ", ".join(names) + ", …" for order, names in begins.items()}
        raise ChoiceError(
            "The labels are indices of classes, which stand in another order here than sorted as text: ours"
            f" is {listed[RowOrder.OURS]} and text {listed[RowOrder.TEXT]} Choose one (`class_order`), or"
            " write the names of the classes.",
            Choice(
                "class_order",
                "In which order are the classes counted?",
                tuple(Option(each, names) for each, names in listed.items()),
            ),
        )
    return indices if order is RowOrder.OURS else np.array(list(map(dataset.classes.index, text)))[indices]


def _check_complete(given: int, dataset: Dataset, wishes: Wishes) -> None:
    missing = dataset.n_train - given
    if given == 0:
        raise refused("The file has no label of any training picture.")
    if missing and not wishes.partial:
        raise ChoiceError(
            f"The file has labels of {given:,} of {dataset.n_train:,} training pictures; {missing:,} are"
            " missing. Add them, or say that those keep their own labels (`partial=keep`).",
            Choice(
                "partial",
                f"What about the {missing:,} training pictures without a label in the file?",
                (Option("keep", "They keep their own labels"),),
            ),
        )


def _check_likely(labels: Labels, pictures: npt.NDArray[np.int64], dataset: Dataset) -> None:
    """Ask about labels most of which are not the data set's own, which is mostly a matter of order."""
    told = labels >= 0
    differ = told & (labels != dataset.labels[pictures])
    for part in (pictures < dataset.n_train, pictures >= dataset.n_train):
        count, different = int((told & part).sum()), np.flatnonzero(differ & part)
        if 2 * len(different) <= count:
            continue
        shown = different[np.linspace(0, len(different) - 1, min(SHOWN, len(different))).astype(int)]
        seen = tuple(
            Seen(
                index=int(pictures[row]),
                name=dataset.names[pictures[row]],
                own=dataset.classes[dataset.labels[pictures[row]]],
                given=dataset.classes[labels[row]],
                row=row,
            )
            for row in shown.tolist()
        )
        raise ChoiceError(
            f"{len(different) / count:.1%} of the labels ({len(different):,} of {count:,}) differ from the"
            f" data set's own, first that of {seen[0].name!r}: {seen[0].own!r} here, {seen[0].given!r} in the"
            " file. Mostly that means that the rows stand in another order. If they do not, confirm it"
            " (`confirm=true`).",
            Choice(
                "confirm",
                "Are these labels meant?",
                (Option("true", "Take them although most labels differ", seen),),
            ),
        )
