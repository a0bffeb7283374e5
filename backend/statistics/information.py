"""How many bits a layer has of its input and of the label, by binning its activations."""

import numpy as np
import numpy.typing as npt

_ODD = np.uint64(0x9E3779B97F4A7C15)  # multiplying by it mixes what hashes add


def binned_information(
    activations: npt.ArrayLike, labels: npt.ArrayLike, edges: npt.ArrayLike
) -> tuple[float, float]:
    """Return I(X;T) and I(T;Y) in bits of a layer T, its state being the tuple of its units' bins.

    activations: (n, units) of n equally likely, different inputs; labels: (n,) their classes; edges: (b,) in
    ascending order. T is a function of X, so that I(X;T) = H(T) (Shwartz-Ziv & Tishby 2017).
    """
    bins = np.digitize(np.asarray(activations), np.asarray(edges)).astype(np.uint64)
    states = np.zeros(len(bins), np.uint64)
    for column in bins.T:
        states = (states ^ (states >> np.uint64(29)) ^ column) * _ODD
    _, state = np.unique(states, return_inverse=True)
    _, label = np.unique(np.asarray(labels), return_inverse=True)
    _, both = np.unique(np.stack([state, label]), axis=1, return_inverse=True)
    i_xt = _entropy(state)
    return i_xt, i_xt + _entropy(label) - _entropy(both.ravel())


def _entropy(values: npt.NDArray[np.int64]) -> float:
    shares = np.bincount(values) / len(values)
    return abs(float((shares * np.log2(shares)).sum()))  # no negative zero
