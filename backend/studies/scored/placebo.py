"""What the rule for trajectory types finds where there is only noise."""

import numpy as np
import numpy.typing as npt

from backend.figures.trajectory_types import Placebo
from backend.scores.scores import TRAJECTORIES
from backend.statistics.trajectories import CAP, TAUS, U
from backend.studies.kit.results import Results

_BENT = (CAP, U)  # two points cannot bend


def placebos(results: Results, tau: float) -> tuple[Placebo | None, ...]:
    """Return the placebo of every type at the threshold of `TAUS` nearest to tau; None where undefined."""
    known = _placebo(results)
    if known is None:
        return (None,) * len(TRAJECTORIES)
    nearest = int(np.argmin(np.abs(np.array(TAUS) - tau)))
    return tuple(
        None if kind in _BENT else Placebo(float(shares.mean()), float(shares.min()), float(shares.max()))
        for kind, shares in enumerate(known[:, nearest].T)
    )


def mean_placebo(results: Results) -> npt.NDArray[np.float64] | None:
    """Return the placebo averaged over sizes, (T, types), NaN for types without one; None without any."""
    known = _placebo(results)
    if known is None:
        return None
    mean = known.mean(axis=0)
    mean[:, _BENT] = np.nan
    return np.asarray(mean)


def _placebo(results: Results) -> npt.NDArray[np.float64] | None:
    """Return the placebo of the sizes that have one, (sizes, T, types)."""
    if results.placebo is None:
        return None
    known = results.placebo[np.isfinite(results.placebo).all(axis=(1, 2))]
    return known if len(known) else None
