"""Which test examples a training example helps: influence over the same models that give the scores."""

import numpy as np
import numpy.typing as npt

CHUNK = 1024  # training examples at a time: a matrix of all pairs of a large data set would fill the memory


def most_helped(
    masks: npt.NDArray[np.bool_], correct: npt.NDArray[np.bool_], partners: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return for each training example the test examples with the highest influence, highest first.

    The influence of i on j is the accuracy on j of models trained with i minus that of models trained without
    (Feldman & Zhang 2020, eq. 2). masks: (K, n) whether a model had an example; correct: (K, m) whether it
    gets a test example right. Returns indices, and the numbers of models with and without i that get j right,
    each (n, partners); partners must not exceed m. Where no model had or lacked an example the order is
    arbitrary.
    """
    right = correct.astype(np.float32)
    totals = right.sum(axis=0)
    found = [_chunk(masks[:, start : start + CHUNK], right, totals, partners) for start in _starts(masks)]
    indices, k_in, k_out = (np.concatenate(parts).astype(np.int32) for parts in zip(*found, strict=True))
    return indices, k_in, k_out


def _starts(masks: npt.NDArray[np.bool_]) -> range:
    return range(0, masks.shape[1], CHUNK)


def _chunk(
    masks: npt.NDArray[np.bool_],
    right: npt.NDArray[np.float32],
    totals: npt.NDArray[np.float32],
    partners: int,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    n_in = masks.sum(axis=0)[:, None]
    n_out = len(masks) - n_in
    k_in = masks.T.astype(np.float32) @ right  # counts below 2**24 are exact in float32
    k_out = totals - k_in
    influence = k_in / np.maximum(n_in, 1) - k_out / np.maximum(n_out, 1)
    best = np.sort(np.argpartition(-influence, partners - 1, axis=1)[:, :partners], axis=1)
    order = np.argsort(-np.take_along_axis(influence, best, axis=1), axis=1, kind="stable")
    top = np.take_along_axis(best, order, axis=1)
    return top, np.take_along_axis(k_in, top, axis=1), np.take_along_axis(k_out, top, axis=1)
