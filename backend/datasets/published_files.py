"""Files of published scores: other people's scores of a data set's training images, aligned image by image.

Files are aligned by position in the order that the data set was published in. Class folders lose that order
unless file names carry it, so where their numbers are the positions 0 to n - 1 those are taken. An npz must
have labels and they must all agree: scores in another order would be compared without anybody noticing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from backend.core.contracts import Alignment, PublishedMeaning
from backend.datasets import archive, csv_files
from backend.datasets.archive import refused
from backend.datasets.arrays import find_array, read_numbers, read_vector
from backend.datasets.base import Dataset
from backend.datasets.csv_files import cell
from backend.datasets.label_files import class_indices, is_index

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

# The second and last names are those of Feldman & Zhang's CIFAR-100 file.
NPZ_LABELS = ("labels", "tr_labels")
NPZ_SCORES = ("scores", "mem", "memorization", "tr_mem")
CSV_SCORES = ("score", "scores", "mem", "memorization", "cscore")
RANGES = {PublishedMeaning.MEMORIZATION: (-1.0, 1.0), PublishedMeaning.CONSISTENCY: (0.0, 1.0)}

_LAST_NUMBER = re.compile(r"([0-9]{1,18})[^0-9/]*$")
_OF_WHAT = {
    Alignment.POSITION: "Position i is taken for the i-th training image here.",
    Alignment.FILE_NUMBER: "Position i is taken for the image whose file name has the number i.",
    Alignment.NAME: "Rows are taken for the images of these names.",
}


@dataclass(frozen=True)
class AlignedScores:
    """Published scores in the order of a data set's training images.

    values: (n_train,) the scores as published, NaN for images that have none.
    """

    values: Floats
    alignment: Alignment
    labels_checked: bool

    @property
    def n(self) -> int:
        """Number of images that have a score."""
        return int(np.isfinite(self.values).sum())


@dataclass(frozen=True)
class _Rows:
    """What a file holds: m scores, the training images they belong to, and those images' labels if given."""

    images: Indices
    scores: Floats
    labels: Indices | None
    alignment: Alignment


def read_published(path: Path, dataset: Dataset, meaning: PublishedMeaning) -> AlignedScores:
    """Return the scores of an npz with labels and scores, or of a csv with an index or a name in each row.

    InvalidError says what is wrong, and how large a share of the labels disagrees with the data set's own.
    """
    with path.open("rb") as file:
        start = file.read(6)
    if start.startswith(b"\x93NUMPY"):
        raise refused(
            "An npy file has no labels, so nothing shows whether its order is that of the data set; save an"
            " npz with `labels` and `scores`."
        )
    rows = _npz_rows(path, dataset) if start.startswith(b"PK") else _csv_rows(path, dataset)
    _check_scores(rows, dataset, meaning)
    _check_labels(rows, dataset)
    values = np.full(dataset.n_train, np.nan)
    values[rows.images] = np.where(np.isnan(rows.scores), np.nan, rows.scores)  # one NaN, one fingerprint
    return AlignedScores(values, rows.alignment, rows.labels is not None)


def original_order(names: Sequence[str]) -> Indices | None:
    """Return (n,) which image has each of the numbers 0 to n - 1 in its file name, None unless all are there.

    The number is the last one in front of the ending: 12 in train/cat/cifar10_00012.png.
    """
    found = [_LAST_NUMBER.search(name.rpartition(".")[0]) for name in names]
    numbers = np.array([-1 if match is None else int(match[1]) for match in found], np.int64)
    order = np.argsort(numbers, kind="stable")
    return order if np.array_equal(numbers[order], np.arange(len(numbers))) else None


def _positions(dataset: Dataset) -> tuple[Indices, Alignment]:
    """Return (n_train,) which training image stands at each position of the published order."""
    places = np.arange(dataset.n_train)
    order = original_order(dataset.names[: dataset.n_train])
    if order is None or np.array_equal(order, places):
        return places, Alignment.POSITION
    return order, Alignment.FILE_NUMBER


def _npz_rows(path: Path, dataset: Dataset) -> _Rows:
    count = dataset.n_train
    with archive.opened(path) as opened:
        names = [info.filename for info in archive.files(opened)]
        labels_name, scores_name = find_array(names, *NPZ_LABELS), find_array(names, *NPZ_SCORES)
        with archive.opened_file(opened, f"{labels_name}.npy") as member:
            labels = read_vector(member, labels_name, count)
        with archive.opened_file(opened, f"{scores_name}.npy") as member:
            scores = read_numbers(member, scores_name, count)
    images, alignment = _positions(dataset)
    return _Rows(images, scores, class_indices(labels, dataset.classes), alignment)


def _csv_rows(path: Path, dataset: Dataset) -> _Rows:
    with csv_files.opened(path) as reader:
        header = list(reader.fieldnames or ())
        key, column = _key(header), _score_column(header)
        # One more than there can be says that there are too many, however many there are.
        rows = list(islice(reader, dataset.n_train + 1))
        if len(rows) > dataset.n_train:
            raise refused(
                f"The csv has more rows than the data set has training images, {dataset.n_train:,}."
            )
        keys = [cell(row, key) for row in rows]
        scores = np.array([_number(cell(row, column), place) for place, row in enumerate(rows)], np.float64)
        labels = np.array([cell(row, "label") for row in rows], np.str_) if "label" in header else None
    positions, alignment = _positions(dataset)
    if key == "index":
        images = positions[_parsed_indices(keys, dataset.n_train)]
    else:
        images, alignment = _named_images(keys, dataset), Alignment.NAME
    _check_distinct(images, keys, key)
    return _Rows(
        images, scores, None if labels is None else class_indices(labels, dataset.classes), alignment
    )


def _key(header: Sequence[str]) -> str:
    """Return the column that says which image a row is about."""
    for key in ("index", "name"):
        if key in header:
            return key
    raise refused("The file is no npz, and no csv with a column `index` or `name` in its header.")


def _score_column(header: Sequence[str]) -> str:
    found = [name for name in header if name in CSV_SCORES]
    if len(found) == 1:
        return found[0]
    if found:
        raise refused(
            f"The csv has several columns of scores, {' and '.join(found)}; keep the one that is meant."
        )
    raise refused(f"The csv has no column of scores; call it one of: {', '.join(CSV_SCORES)}.")


def _number(text: str, place: int) -> float:
    """Return a score, NaN for an empty cell."""
    try:
        return float(text or "nan")
    except ValueError:
        raise refused(f"Row {place + 1:,}: {text[:100]!r} is no number.") from None


def _parsed_indices(texts: Sequence[str], count: int) -> Indices:
    for place, text in enumerate(texts):
        if not is_index(text) or int(text) >= count:
            raise refused(f"Row {place + 1:,}: index {text[:100]!r} is no position from 0 to {count - 1:,}.")
    return np.array([int(text) for text in texts], np.int64)


def _named_images(texts: Sequence[str], dataset: Dataset) -> Indices:
    known = {name: place for place, name in enumerate(dataset.names[: dataset.n_train])}
    for place, text in enumerate(texts):
        if text not in known:
            raise refused(
                f"Row {place + 1:,}: {text[:100]!r} names no training image; names are such as"
                f" {dataset.names[0]!r}."
            )
    return np.array([known[text] for text in texts], np.int64)


def _check_distinct(images: Indices, keys: Sequence[str], column: str) -> None:
    _, first = np.unique(images, return_index=True)
    if len(first) < len(images):
        again = np.setdiff1d(np.arange(len(images)), first)[0]
        raise refused(f"Row {again + 1:,}: {column} {keys[again][:100]!r} is in the file twice.")


def _check_scores(rows: _Rows, dataset: Dataset, meaning: PublishedMeaning) -> None:
    low, high = RANGES[meaning]
    if np.isnan(rows.scores).all():
        raise refused("The file has no score: all are empty or not a number.")
    outside = np.flatnonzero((rows.scores < low) | (rows.scores > high))
    if len(outside):
        place = outside[0]
        raise refused(
            f"The score of {dataset.names[rows.images[place]]!r} is {rows.scores[place]:g}; scores that mean"
            f" {meaning} lie between {low:g} and {high:g}."
        )


def _check_labels(rows: _Rows, dataset: Dataset) -> None:
    """Refuse scores whose labels are not the data set's own."""
    if rows.labels is None:
        return
    own = dataset.labels[rows.images]
    wrong = np.flatnonzero(own != rows.labels)
    if len(wrong) == 0:
        return
    first, sizes = wrong[0], len(dataset.classes)
    reordered = np.array_equal(np.bincount(own, minlength=sizes), np.bincount(rows.labels, minlength=sizes))
    hint = (
        "Each class is as frequent in both, so the order differs: bring the file into the data set's."
        if reordered
        else "Classes differ in their frequency too, so these may be the scores of other images."
    )
    raise refused(
        f"{len(wrong) / len(own):.1%} of the labels ({len(wrong):,} of {len(own):,}) are not the data set's,"
        f" first for {dataset.names[rows.images[first]]!r}: {dataset.classes[own[first]]!r} here,"
        f" {dataset.classes[rows.labels[first]]!r} in the file. {_OF_WHAT[rows.alignment]} {hint}"
    )
