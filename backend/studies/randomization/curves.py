"""The courses of loss and accuracies as rows of the database, averaged over runs."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from backend.datasets.options import PixelMode
from backend.networks.architectures import is_convolutional
from backend.studies.randomization.facts import Fit
from backend.studies.results import Curve

QUANTITIES = ("loss", "train", "test")


def curves(fits: Iterable[Fit], reduction: int) -> tuple[Curve, ...]:
    """Return each quantity of each network and condition over epochs, epoch 0 being before training.

    Names are "architecture/regularizer/corruption/quantity", with the kind of pixels before the corruption
    where they are disguised; `size` numbers the networks. One that has fit stays where it stopped, so that
    means are over all runs at every epoch.
    """
    groups: dict[str, list[Fit]] = {}
    for fit in fits:
        groups.setdefault(_name(fit, reduction), []).append(fit)
    found = []
    for place, (name, runs) in enumerate(groups.items()):
        for quantity in QUANTITIES:
            values = held([getattr(fit, quantity) for fit in runs])
            spread = values.std(axis=0, ddof=min(len(runs) - 1, 1))
            mean, sd = (tuple(array.tolist()) for array in (values.mean(axis=0), spread))
            epochs = tuple(range(values.shape[1]))
            found.append(Curve(place, f"{name}/{quantity}", epochs, mean, sd, len(runs)))
    return tuple(found)


def _name(fit: Fit, reduction: int) -> str:
    """Return a name that leaves room for the quantity within the 64 characters of the database."""
    reduced = reduction > 1 and is_convolutional(fit.architecture)
    network = f"{fit.architecture} width-reduced" if reduced else str(fit.architecture)
    pixels = [] if fit.pixels is PixelMode.ORIGINAL else [fit.pixels]
    return "/".join([network, fit.regularizer, *pixels, f"{fit.corruption:g}"])


def held(rows: Sequence[Sequence[float]]) -> npt.NDArray[np.float64]:
    """Return rows of different lengths as one array, each row going on with its last value."""
    longest = max(map(len, rows))
    return np.array([[*row, *[row[-1]] * (longest - len(row))] for row in rows])
