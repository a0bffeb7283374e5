"""The pieces of photographs that everybody has."""

import numpy as np

from backend.datasets.photographs import CONTRAST, SIDE, load_photographs_dataset


def test_pieces_are_of_eight_strips_of_two_photographs_and_do_not_overlap() -> None:
    dataset = load_photographs_dataset()
    assert (dataset.shape.n_train, dataset.shape.n_test, dataset.shape.classes) == (720, 400, 8)
    assert dataset.images.shape[1:] == (SIDE, SIDE, 3)
    for part, each in ((slice(None, 720), 90), (slice(720, None), 50)):
        assert np.bincount(dataset.labels[part]).tolist() == [each] * 8
    assert len(set(dataset.names)) == len(dataset.names)
    corners = np.array([list(map(int, name.split("/")[1].split("-"))) for name in dataset.names])
    assert (corners % SIDE == 0).all()
    assert dataset.images.astype(float).mean(axis=3).std(axis=(1, 2)).min() >= CONTRAST
    # Each class is a fifth of one photograph, from left to right.
    for label, name in enumerate(dataset.classes):
        photograph, strip = name.split(", strip ")
        own = dataset.labels == label
        assert all(
            found.startswith(photograph) for found, is_own in zip(dataset.names, own, strict=True) if is_own
        )
        assert set(corners[own, 1] * 5 // 640) == {int(strip) - 1}


def test_pieces_are_the_same_each_time() -> None:
    assert load_photographs_dataset().fingerprint == load_photographs_dataset().fingerprint
