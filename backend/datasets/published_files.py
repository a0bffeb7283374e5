"""Files of published scores: other people's scores of a data set's training images, aligned image by image.

Which image a row is about is told as for every file about pictures, see `alignment`. An array whose rows no
name and no index tells must have labels beside it, and they must all agree: scores in another order would be
compared without anybody noticing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from backend.core.contracts import Alignment, PublishedMeaning, RowOrder
from backend.datasets import alignment
from backend.datasets.alignment import align
from backend.datasets.archive import refused
from backend.datasets.base import Dataset
from backend.datasets.label_files import LABELS, Wishes, class_indices, told_labels
from backend.datasets.picture_files import (
    EXAMPLE,
    PictureFile,
    choose_column,
    of_rows,
    plain,
    read_picture_file,
)

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

ANY_SCORES = ("score", "scores")
SCORES = {
    # The last name is that of Feldman & Zhang's CIFAR-100 file.
    PublishedMeaning.MEMORIZATION: ("mem", "memorization", "memorisation", "memorization_score", "tr_mem"),
    PublishedMeaning.CONSISTENCY: ("cscore", "cscores", "c_score", "c_scores", "consistency"),
}
OWN = {PublishedMeaning.MEMORIZATION: "memorization", PublishedMeaning.CONSISTENCY: "heldout_accuracy"}
FLIPPED = "flipped"  # of our own exports: whether the label trained on is another than the data set's
RANGES = {PublishedMeaning.MEMORIZATION: (-1.0, 1.0), PublishedMeaning.CONSISTENCY: (0.0, 1.0)}

_OF_WHAT = {
    Alignment.POSITION: "Position i is taken for the i-th image of that order.",
    Alignment.FILE_NUMBER: "Position i is taken for the image whose file name has the number i.",
    Alignment.NAME: "Rows are taken for the images of these names.",
}


@dataclass(frozen=True)
class AlignedScores:
    """Published scores in the order of a data set's training images.

    values: (n_train,) the scores as published, NaN for images that have none; verified: whether the file
    itself says which image each score is of.
    """

    values: Floats
    alignment: Alignment
    order: RowOrder | None
    verified: bool
    labels_checked: bool
    note: str

    @property
    def n(self) -> int:
        """Number of images that have a score."""
        return int(np.isfinite(self.values).sum())


@dataclass(frozen=True)
class _Rows:
    """What a file holds: m scores, the images they belong to, and their labels, -1 of unknown ones."""

    images: Indices
    scores: Floats
    labels: Indices | None
    alignment: Alignment


def read_published(
    path: Path,
    dataset: Dataset,
    meaning: PublishedMeaning,
    wishes: Wishes | None = None,
    size: int | None = None,
) -> AlignedScores:
    """Return the scores of an npz or a csv, also of our own exports, of which `size` chooses one.

    ChoiceError says what the person has to choose before the file is taken; InvalidError what is wrong, and
    how large a share of the labels disagrees with the data set's own.
    """
    wishes = wishes or Wishes()
    known = (*ANY_SCORES, *SCORES[PublishedMeaning.MEMORIZATION], *SCORES[PublishedMeaning.CONSISTENCY])

    def wanted(name: str) -> bool:
        meant = name == wishes.column or plain(name) in (*known, *LABELS, *OWN.values(), FLIPPED, EXAMPLE)
        return meant or alignment.wanted(name)

    file = read_picture_file(path, "scores", wanted, len(dataset.names), size)
    column = choose_column(file, _score_columns(file, meaning, known), wishes.column, "scores")
    file = of_rows(file, column)
    _check_lengths(file, column)
    others = {name: values for name, values in file.columns.items() if name != column}
    file, scores = replace(file, columns=others), file.numbers(column)
    found = align(file, dataset, wishes.order)
    labels = _labels(file, dataset, found.pictures)
    if labels is None and not found.told:
        raise refused(
            "The file has neither names of the pictures nor an index, and no labels, so nothing shows whether"
            " its order is that of the data set; save `labels` or `filenames` beside the scores."
        )
    rows = _Rows(found.pictures, scores, labels, found.alignment)
    _check_scores(rows, dataset, meaning)
    _check_labels(rows, dataset)
    values = np.full(dataset.n_train, np.nan)
    trained = rows.images < dataset.n_train
    if not np.isfinite(rows.scores[trained]).any():
        raise refused("The file has no score of a training image; those of test images are not compared.")
    values[rows.images[trained]] = np.where(np.isnan(rows.scores), np.nan, rows.scores)[trained]  # one NaN
    note = f"{found.note} Scores are those of the {file.what} {column!r}."
    if not trained.all():
        note += f" {int((~trained).sum()):,} rows about test images were left out."
    return AlignedScores(values, found.alignment, found.order, found.verified, labels is not None, note)


def _score_columns(file: PictureFile, meaning: PublishedMeaning, known: Sequence[str]) -> list[str]:
    """Return the columns that can be meant: one whose name says what the scores mean wins over other ones."""
    if _is_own(file):
        return file.among(OWN[meaning])
    found = file.among(*known)
    own = [name for name in found if plain(name) in SCORES[meaning]]
    return own if len(own) == 1 and not set(map(plain, found)) & set(ANY_SCORES) else found


def _is_own(file: PictureFile) -> bool:
    """Return whether this is an export of ours, whose labels may be flipped and count the classes it has."""
    return file.is_csv and {EXAMPLE, FLIPPED, *OWN.values()} <= file.columns.keys()


def _check_lengths(file: PictureFile, column: str) -> None:
    for name, values in file.others.items():
        if alignment.wanted(name) or plain(name) in LABELS:
            raise refused(
                f"{name}: must be ({file.rows:,},), one value for each of {column}, not {values.shape}."
            )


def _labels(file: PictureFile, dataset: Dataset, images: Indices) -> Indices | None:
    """Return (m,) labels to check the order by, None without any.

    Indices may be of the classes in our order or sorted as text: all must agree, so those that do are meant.
    """
    if _is_own_without_names(file):
        return None
    found = ["label_name"] if "label_name" in file.columns else file.among(*LABELS)
    if not found:
        return None
    values = told_labels(file.columns[found[0]], found[0])
    ours, text = (class_indices(values, dataset, order) for order in (RowOrder.OURS, RowOrder.TEXT))
    labels = text if np.array_equal(text, dataset.labels[images]) else ours
    if FLIPPED in file.columns and file.is_csv:
        return np.where(file.columns[FLIPPED] == "true", -1, labels)
    return labels


def _is_own_without_names(file: PictureFile) -> bool:
    """Return whether labels are of an earlier export of ours: they count the classes of its experiment."""
    return {EXAMPLE, FLIPPED} <= file.columns.keys() and "label_name" not in file.columns


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
    told = rows.labels >= 0
    images, labels = rows.images[told], rows.labels[told]
    own = dataset.labels[images]
    wrong = np.flatnonzero(own != labels)
    if len(wrong) == 0:
        return
    first, sizes = wrong[0], len(dataset.classes)
    reordered = np.array_equal(np.bincount(own, minlength=sizes), np.bincount(labels, minlength=sizes))
    hint = (
        "Each class is as frequent in both, so the order differs: bring the file into the data set's."
        if reordered
        else "Classes differ in their frequency too, so these may be the scores of other images."
    )
    raise refused(
        f"{len(wrong) / len(own):.1%} of the labels ({len(wrong):,} of {len(own):,}) are not the data set's,"
        f" first for {dataset.names[images[first]]!r}: {dataset.classes[own[first]]!r} here,"
        f" {dataset.classes[labels[first]]!r} in the file. {_OF_WHAT[rows.alignment]} {hint}"
    )
