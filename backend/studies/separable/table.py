"""Table 1 of Soudry et al. 2018: a residual network on CIFAR-10, long after it is nearly always right.

Only the last validation error could be checked against the source; the other values are as they are quoted.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

EPOCHS = (50, 100, 200, 400, 2000, 4000)


class Quantity(NamedTuple):
    """A row of the table: what it is called, the paper's values at EPOCHS, and how its axis is."""

    title: str
    paper: tuple[float, ...]
    axis: Mapping[str, Any]


_LOG: Mapping[str, Any] = {"type": "log", "exponentformat": "power"}
_SHARE: Mapping[str, Any] = {"tickformat": ".1%"}

QUANTITIES: Mapping[str, Quantity] = {
    "norm": Quantity("norm of the last layer", (13.6, 16.5, 19.6, 20.3, 25.9, 27.54), {}),
    "train_loss": Quantity("training loss", (0.1, 0.03, 0.02, 0.002, 1e-4, 3e-5), _LOG),
    "train_error": Quantity("training error", (0.04, 0.012, 0.006, 0.0007, 0.0, 0.0), _SHARE),
    "test_loss": Quantity("validation loss", (0.52, 0.55, 0.77, 0.77, 1.01, 1.18), {}),
    "test_error": Quantity("validation error", (0.124, 0.104, 0.111, 0.091, 0.0892, 0.089), _SHARE),
}
