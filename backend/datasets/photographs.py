"""Pieces of the two photographs that scikit-learn carries: natural pictures without any download."""

import numpy as np
import numpy.typing as npt

from backend.datasets.base import Dataset

SIDE = 8  # pixels of a piece
STRIPS = 5  # in which a photograph is cut from left to right; a piece is to be told by the strip it is from
CONTRAST = 10.0  # least deviation of the gray values in a piece; skies and blurs are alike everywhere
TRAIN_EACH = 90
TEST_EACH = 50
SPLIT_SEED = 0


def load_photographs_dataset() -> Dataset:
    """Return pieces of a temple and a flower, 90 for training and 50 for testing of each of 8 strips.

    Pieces do not overlap. Strips with fewer pieces of enough contrast are left out; names give the photograph
    and the piece's upper left corner.
    """
    # Slow to import, and only needed where a data set is read.
    from sklearn.datasets import load_sample_images  # noqa: PLC0415

    found = load_sample_images()
    rng = np.random.default_rng(SPLIT_SEED)
    train: list[tuple[npt.NDArray[np.uint8], int, str]] = []
    test: list[tuple[npt.NDArray[np.uint8], int, str]] = []
    classes: list[str] = []
    for name, photograph in zip(("temple", "flower"), found.images, strict=True):
        pieces = _pieces(photograph)
        for strip in range(STRIPS):
            own = [
                (pixels, place)
                for pixels, place in pieces
                if place[1] * STRIPS // photograph.shape[1] == strip
            ]
            if len(own) < TRAIN_EACH + TEST_EACH:
                continue
            order = rng.permutation(len(own))[: TRAIN_EACH + TEST_EACH]
            rows = [(own[k][0], len(classes), f"{name}/{own[k][1][0]:03d}-{own[k][1][1]:03d}") for k in order]
            train += rows[:TRAIN_EACH]
            test += rows[TRAIN_EACH:]
            classes.append(f"{name}, strip {strip + 1}")
    images, labels, names = zip(*train, *test, strict=True)
    return Dataset(
        id="photographs",
        images=np.stack(images),
        labels=np.array(labels, np.int64),
        classes=tuple(classes),
        names=tuple(names),
        n_train=len(train),
    )


def _pieces(photograph: npt.NDArray[np.uint8]) -> list[tuple[npt.NDArray[np.uint8], tuple[int, int]]]:
    """Return pieces (SIDE, SIDE, 3) of enough contrast, with their upper left corners (row, column)."""
    rows, columns = (length // SIDE for length in photograph.shape[:2])
    cut = photograph[: rows * SIDE, : columns * SIDE].reshape(rows, SIDE, columns, SIDE, 3).swapaxes(1, 2)
    enough = cut.mean(axis=-1).std(axis=(2, 3)) >= CONTRAST
    return [(cut[row, column], (row * SIDE, column * SIDE)) for row, column in np.argwhere(enough).tolist()]
