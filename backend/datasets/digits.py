"""The digits that scikit-learn carries: 1,797 handwritten digits of 8 x 8 pixels, without any download."""

import numpy as np

from backend.datasets.base import Dataset

TRAIN_EXAMPLES = 1437
TEST_EXAMPLES = 360
SPLIT_SEED = 0


def load_digits_dataset() -> Dataset:
    """Return the digits in a fixed stratified split, 1,437 for training and 360 for testing.

    Pixel values 0..16 become 0..255. Both parts keep the original order, and names give the original index.
    """
    # Slow to import, and only needed where a data set is read.
    from sklearn.datasets import load_digits  # noqa: PLC0415
    from sklearn.model_selection import train_test_split  # noqa: PLC0415

    source = load_digits()
    train, test = train_test_split(
        np.arange(len(source.target)),
        train_size=TRAIN_EXAMPLES,
        test_size=TEST_EXAMPLES,
        stratify=source.target,
        random_state=SPLIT_SEED,
    )
    order = np.concatenate([np.sort(train), np.sort(test)])
    return Dataset(
        id="digits",
        images=np.rint(source.images[order] * (255 / 16)).astype(np.uint8),
        labels=source.target[order].astype(np.int64),
        classes=tuple(str(name) for name in source.target_names),
        names=tuple(f"digits/{index:04d}" for index in order),
        n_train=len(train),
    )
