"""Estimators of how much a layer of a network tells about its input and about the label, in bits.

A layer is one variable T: the tuple of its units' activities. It is a function of the input X, and all P
inputs are equally likely, so I(X;T) = H(T) once activities are made discrete, and 0 <= I(T;Y) <= I(X;T).
What is measured depends on how they are made discrete (Saxe et al. 2018): see each estimator.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree
from scipy.special import digamma

Floats = npt.NDArray[np.float64]
Activities = npt.NDArray[np.float32]  # (..., P, units)
Codes = npt.NDArray[np.uint64]  # (..., P): equal states have equal codes

_FOR_LABELS = np.uint64(0xFF)  # bits of a code in which a label is put
_CHUNK = 1024  # rows of distances at once: 16 MB of 4096 columns
NARROW = 1e-4  # variance of kernels that takes double precision
JITTER = 1e-8  # so that equal activities have a distance


class Information(NamedTuple):
    """I(X;T) and I(T;Y) in bits, of any equal shape."""

    of_input: Floats
    of_label: Floats


def entropy_of_labels(labels: npt.NDArray[np.uint8]) -> float:
    """Return H(Y) of labels (P,)."""
    shares = np.bincount(labels) / len(labels)
    shares = shares[shares > 0]
    return float(-(shares * np.log2(shares)).sum())


def in_bins(activities: Activities, low: float, width: float) -> Codes:
    """Return the states of layers whose units are cut into bins of one width, which begin at `low`."""
    return _codes(np.floor((activities - np.float32(low)) * np.float32(1 / width)).astype(np.int32))


def between(activities: Activities, edges: npt.NDArray[np.float32]) -> Codes:
    """Return the states of layers whose units are cut at ascending edges, which belong to the bin above."""
    return _codes(np.searchsorted(edges, activities, side="right"))


def exactly(activities: Activities) -> Codes:
    """Return the states of layers whose units are told apart to the last bit of a float32."""
    # Adding 0 turns -0 into 0, which is the same number in other bits.
    return _codes((np.ascontiguousarray(activities) + np.float32(0)).view(np.uint32))


def of_codes(codes: Codes, labels: npt.NDArray[np.uint8]) -> Information:
    """Return the information (...,) of states (..., P) about inputs and labels (P,), up to 256 classes."""
    keys = (codes.reshape(-1, codes.shape[-1]) & ~_FOR_LABELS) | labels.astype(np.uint64)
    keys.sort(axis=1)
    with_label = _entropies(keys)
    alone = _entropies(keys & ~_FOR_LABELS)
    of_label = np.maximum(alone + entropy_of_labels(labels) - with_label, 0)  # rounding may leave -1e-16
    return Information(alone.reshape(codes.shape[:-1]), of_label.reshape(codes.shape[:-1]))


def about_chances(codes: Codes, chances: Floats) -> Floats:
    """Return I(T;Y) of states (P,) where pattern p has label 1 with probability `chances` (P,) alone."""
    _, state = np.unique(codes, return_inverse=True)
    of_state = np.bincount(state)
    ones = np.bincount(state, weights=chances) / of_state
    left = float((binary_entropy(ones) * of_state).sum()) / len(codes)
    return np.asarray(max(float(binary_entropy(np.array(chances.mean()))) - left, 0.0))


def by_kernels(activities: Activities, labels: npt.NDArray[np.uint8], variance: float) -> Information:
    """Return Kolchinsky & Tracey's upper bounds of a layer (P, units) with Gaussian noise of that variance.

    I(X;T) <= -mean_i log2 mean_j exp(-|h_i - h_j|^2 / (2 variance)); within the classes it bounds H(T|Y).
    """
    order = np.argsort(labels, kind="stable")
    # In float32 distances of equal points are off by 1e-7 of their squares: too much for narrow kernels.
    points: npt.NDArray[Any] = activities[order].astype(np.float32 if variance >= NARROW else np.float64)
    points *= points.dtype.type(1 / np.sqrt(2 * variance))
    classes = labels[order]
    squares = np.einsum("pu,pu->p", points, points)
    member = (classes[:, None] == np.unique(classes)).astype(points.dtype)
    near = np.empty(member.shape, np.float64)  # of each point, how much of each class is near
    for start in range(0, len(points), _CHUNK):
        rows = slice(start, start + _CHUNK)
        kernel = points[rows] @ (2 * points.T)
        kernel -= squares
        kernel -= squares[rows, None]
        np.minimum(kernel, 0, out=kernel)
        own = np.arange(len(kernel))
        kernel[own, start + own] = 0
        np.exp(kernel, out=kernel)
        near[rows] = kernel @ member
    sizes = member.sum(axis=0, dtype=np.float64)
    of_input = -np.log2(near.sum(axis=1) / len(points)).mean()
    within = near[member > 0] / sizes[np.argmax(member, axis=1)]
    of_label = of_input + np.log2(within).mean()
    return Information(np.asarray(of_input), np.asarray(max(of_label, 0.0)))


def by_neighbors(activities: Activities, labels: npt.NDArray[np.uint8], neighbor: int = 2) -> Information:
    """Return h(T) in place of I(X;T), and h(T) - h(T|Y), of a layer (P, units) by distances to neighbors.

    Kozachenko & Leonenko's differential entropy in the maximum norm, as in Kraskov et al. 2004; it has any
    sign, and falls without bound where units saturate: only its changes mean something.
    """
    noise = np.random.default_rng(0).standard_normal(activities.shape) * JITTER
    points = activities.astype(np.float64) + noise
    whole = _differential_entropy(points, neighbor)
    classes, sizes = np.unique(labels, return_counts=True)
    within = sum(
        size / len(labels) * _differential_entropy(points[labels == own], neighbor)
        for own, size in zip(classes, sizes, strict=True)
    )
    return Information(np.asarray(whole), np.asarray(whole - within))


def _differential_entropy(points: Floats, neighbor: int) -> float:
    count, units = points.shape
    if count <= neighbor:
        return 0.0
    distances, _ = cKDTree(points).query(points, k=[neighbor + 1], p=np.inf)
    nats = digamma(count) - digamma(neighbor) + units * np.log(2 * distances).mean()
    return float(nats / np.log(2))


def _codes(bins: npt.NDArray[Any]) -> Codes:
    """Put the bins of a layer's units (..., units) into one number; two states share one with odds 2^-56."""
    units = bins.shape[-1]
    drawn = np.random.default_rng(units).integers(2**63, size=units, dtype=np.uint64)
    factors: Codes = np.bitwise_or(np.left_shift(drawn, np.uint64(1)), np.uint64(1))  # odd
    codes = np.zeros(bins.shape[:-1], np.uint64)
    for unit in range(units):
        codes += bins[..., unit].astype(np.uint64) * factors[unit]
    codes ^= codes >> np.uint64(32)  # the lowest bits, which give way to labels, are then in others too
    codes *= np.uint64(0x9E3779B97F4A7C15)
    return codes


def _entropies(keys: Codes) -> Floats:
    """Return the entropy of each row of sorted keys (M, P)."""
    rows, count = keys.shape
    first = np.ones(keys.shape, bool)
    np.not_equal(keys[:, 1:], keys[:, :-1], out=first[:, 1:])
    starts = np.flatnonzero(first)
    sizes = np.diff(starts, append=rows * count)
    terms = np.bincount(starts // count, weights=sizes * np.log2(sizes), minlength=rows)
    return np.asarray(np.log2(count) - terms / count)


def binary_entropy(p: Floats) -> Floats:
    """Return the entropy of a coin in bits, elementwise."""
    inside = np.clip(p, 1e-300, 1)
    outside = np.clip(1 - p, 1e-300, 1)
    return np.asarray(-(p * np.log2(inside) + (1 - p) * np.log2(outside)))
