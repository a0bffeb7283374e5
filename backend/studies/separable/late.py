"""What networks do after they are always right on their training set, as numbers for claims and figures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backend.studies.separable.facts import Network

FACTOR = 10  # by which epochs must grow after the fit, for a slope over their logarithm
LEAST_LOOKS = 5

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Line:
    """A least-squares line over the logarithm of epochs: its slope per factor of e, and value at epoch 1.

    `explained` is R^2, negative for a line that falls, 0 of what does not change.
    """

    slope: float
    start: float
    explained: float

    @classmethod
    def through(cls, x: Floats, y: Floats) -> "Line":
        """Return the line through points (n,), n >= 2 of different x."""
        slope, start = np.polyfit(x, y, 1)
        return cls(float(slope), float(start), _explained(x, y))


def _explained(x: Floats, y: Floats) -> float:
    """Return R^2 with the sign of the slope."""
    if np.ptp(y) <= 1e-12 * np.abs(y).max():
        return 0.0
    correlation = float(np.corrcoef(x, y)[0, 1])
    return float(np.copysign(correlation**2, correlation))


@dataclass(frozen=True)
class Late:
    """One network from the epoch `since` on, after which it made no training error any more.

    loss: line through the logarithm of its training loss; norm: through that of its last layer; `in_epochs`:
    R^2 of the norm over epochs themselves. Rises are of validation loss and error, from `since` to the end.
    """

    since: int
    loss: Line
    norm: Line
    in_epochs: float
    loss_rise: float
    error_rise: float

    @classmethod
    def of(cls, network: Network) -> "Late | None":
        """Return None where too little of the training comes after the fit, or its loss is no number."""
        first = network.fitted
        epochs = np.asarray(network.epochs[first:], np.float64)
        if len(epochs) < LEAST_LOOKS or epochs[-1] < FACTOR * epochs[0]:
            return None
        loss, norm, test_loss, error = (
            np.asarray(values[first:], np.float64)
            for values in (network.train_loss, network.norm, network.test_loss, network.test_error)
        )
        if not (np.isfinite([*loss, *norm, *test_loss]).all() and (loss > 0).all()):
            return None
        x = np.log(epochs)
        return cls(
            since=int(epochs[0]),
            loss=Line.through(x, np.log(loss)),
            norm=Line.through(x, norm),
            in_epochs=_explained(epochs, norm),
            loss_rise=float(test_loss[-1] - test_loss[0]),
            error_rise=float(error[-1] - error[0]),
        )


def lates(networks: Sequence[Network]) -> list[Late]:
    """Return what can be said of those networks that were right early enough."""
    return [late for network in networks if (late := Late.of(network)) is not None]
