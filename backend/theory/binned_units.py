"""One unit with a Gaussian net input: what cutting its activity into bins tells about it, in closed form.

Saxe et al. 2018, section 2: h = f(w x) with x standard normal. The unit is a function of its input, so that
I(h; x) is infinite; cut into bins it is the entropy of the bin.
"""

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from backend.theory.small_networks import Activation

REACH = 8.0  # standard deviations of a Gaussian beyond which nothing counts

Floats = npt.NDArray[np.float64]


def edges_in_activity(activation: Activation, bins: int, farthest: float) -> Floats:
    """Return the edges of so many equal bins from -1 to 1; an unbounded activation goes on at that width.

    `farthest`: the largest net input that counts.
    """
    if activation.bounded:
        return np.linspace(-1, 1, bins + 1)
    width = 2 / bins
    low, high = (float(activation.of(np.array(end))) for end in (-farthest, farthest))
    return width * np.arange(np.floor(low / width), np.ceil(high / width) + 1)


def edges_in_net_input(bins: int, farthest: float) -> Floats:
    """Return the edges of so many equal bins of net inputs between both ends."""
    return np.linspace(-farthest, farthest, bins + 1)


def net_inputs(activation: Activation, edges: Floats) -> Floats:
    """Return from which net inputs on a unit lies at or above each edge of activity; at the ends infinite."""
    with np.errstate(divide="ignore", invalid="ignore"):
        match activation:
            case Activation.TANH:
                found = np.arctanh(np.clip(edges, -1, 1))
            case Activation.SOFTSIGN:
                found = edges / (1 - np.minimum(np.abs(edges), 1))
            case Activation.RELU:
                found = np.where(edges > 0, edges, -np.inf)
            case Activation.SOFTPLUS:
                found = np.where(edges > 0, edges + np.log(-np.expm1(-np.maximum(edges, 1e-300))), -np.inf)
            case _:
                found = edges.astype(np.float64)
    return np.asarray(found)


def shares(limits: Floats, scale: float, mean: float = 0.0) -> Floats:
    """Return the probability of each bin between ascending net inputs, the outermost open to both sides."""
    inner = ndtr((limits[1:-1] - mean) / max(scale, 1e-12))
    return np.diff(np.concatenate([[0.0], inner, [1.0]]))


def entropy(probabilities: Floats) -> float:
    """Return the entropy in bits."""
    known = probabilities[probabilities > 0]
    return float(-(known * np.log2(known)).sum())


def binned_information(activation: Activation, scales: Floats, bins: int, mean: float = 0.0) -> Floats:
    """Return I(h; x) of the binned unit in bits where the net input has each standard deviation (S,)."""
    return np.array(
        [
            entropy(
                shares(
                    net_inputs(
                        activation, edges_in_activity(activation, bins, REACH * scale + abs(mean) + 2 / bins)
                    ),
                    scale,
                    mean,
                )
            )
            for scale in scales
        ]
    )


def noisy_information(activation: Activation, scales: Floats, variance: float, mean: float = 0.0) -> Floats:
    """Return Kolchinsky & Tracey's bound of I(h + noise; x) in bits, by 256 equally likely net inputs (S,).

    It cannot exceed 8 bits.
    """
    places = ndtri((np.arange(256) + 0.5) / 256)
    h = activation.of(mean + np.asarray(scales)[:, None] * places)
    kernel = np.exp(-((h[:, :, None] - h[:, None, :]) ** 2) / (2 * variance))
    return np.asarray(-np.log2(kernel.mean(axis=2)).mean(axis=1))
