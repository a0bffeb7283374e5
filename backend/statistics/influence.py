"""Which test examples a training example helps: influence over the same models that give the scores."""

from typing import Any

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


def top_partners(
    pairs: npt.NDArray[np.integer],
    totals: npt.NDArray[np.integer],
    n_in: npt.NDArray[np.integer],
    n_out: npt.NDArray[np.integer],
    partners: int,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Return what `most_helped` does, from sums over models.

    pairs: (n, m) how many models that had an example got a test example right; totals: (m,) how many of all
    models did; n_in, n_out: (n,) models that had an example, and that had not.
    """
    starts = range(0, len(pairs), CHUNK)
    cuts = [slice(start, start + CHUNK) for start in starts]
    found = [_best(pairs[cut].astype(np.float32), totals, n_in[cut], n_out[cut], partners) for cut in cuts]
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
    n_in = masks.sum(axis=0)
    k_in = masks.T.astype(np.float32) @ right  # counts below 2**24 are exact in float32
    return _best(k_in, totals, n_in, len(masks) - n_in, partners)


def _best(
    k_in: npt.NDArray[np.float32],
    totals: npt.NDArray[Any],
    n_in: npt.NDArray[np.integer],
    n_out: npt.NDArray[np.integer],
    partners: int,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    k_out = (totals - k_in).astype(np.float32)
    with_it, without = (np.maximum(models, 1)[:, None] for models in (n_in, n_out))
    influence = k_in / with_it - k_out / without
    best = np.sort(np.argpartition(-influence, partners - 1, axis=1)[:, :partners], axis=1)
    order = np.argsort(-np.take_along_axis(influence, best, axis=1), axis=1, kind="stable")
    top = np.take_along_axis(best, order, axis=1)
    return top, np.take_along_axis(k_in, top, axis=1), np.take_along_axis(k_out, top, axis=1)
