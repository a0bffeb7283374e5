"""What the rule for trajectory types finds where there is only noise."""

import numpy as np
import numpy.typing as npt

from backend.figures.trajectory_types import Placebo
from backend.scores.scores import TRAJECTORIES
from backend.statistics.trajectories import TAUS
from backend.studies.kit.results import Results


def placebos(results: Results, tau: float) -> tuple[Placebo | None, ...]:
    """Return the placebo of every type at the threshold of `TAUS` nearest to tau; None where undefined."""
    if results.placebo is None:
        return (None,) * len(TRAJECTORIES)
    nearest = int(np.argmin(np.abs(np.array(TAUS) - tau)))
    known = [shares[np.isfinite(shares)] for shares in results.placebo[:, nearest].T]
    return tuple(
        Placebo(float(shares.mean()), float(shares.min()), float(shares.max())) if len(shares) else None
        for shares in known
    )


def mean_placebo(results: Results) -> npt.NDArray[np.float64] | None:
    """Return the placebo averaged over sizes, (T, types), NaN for types without one; None without any."""
    if results.placebo is None or np.isnan(results.placebo).all():
        return None
    known = np.isfinite(results.placebo)
    sizes = known.sum(axis=0)
    total = np.where(known, results.placebo, 0).sum(axis=0)
    mean: npt.NDArray[np.float64] = np.divide(total, sizes, out=np.full(total.shape, np.nan), where=sizes > 0)
    return mean
