"""Types an example's trajectory, its memorization over model size.

This rule is ours: Lukasik et al. 2023 name constant, increasing, decreasing and cap-shaped trajectories, but
their rule is not available. It calls only what the intervals support:

- A *change* from one size to a larger one counts if it is at least tau and at least z standard errors. z is
  the Bonferroni quantile over all pairs of sizes, so that estimation noise alone gives an example of truly
  constant memorization any change at all with probability below 5 %.
- cap-shaped: rises to some inner size and falls from it to the last; u-shaped: the mirror image.
- increasing, decreasing: changes from the first size to the last, and is neither of the above.
- constant: no two sizes differ by tau, and z standard errors rule out that any two differ by 2 tau.
- unresolved: everything else, including examples that would be both cap- and u-shaped.

Standard errors treat sizes as independent. With subsets shared by all sizes their errors are positively
correlated, which makes the rule err on the side of unresolved.
"""

from itertools import combinations

import numpy as np
import numpy.typing as npt

from backend.statistics.intervals import normal_quantile, proportion

TRAJECTORY_NAMES = ("constant", "increasing", "decreasing", "cap-shaped", "u-shaped", "unresolved")
_CONSTANT, _INCREASING, _DECREASING, _CAP, _U, _UNRESOLVED = range(len(TRAJECTORY_NAMES))

DEFAULT_TAU = 0.2

Counts = npt.NDArray[np.int32]


def classify(
    n_in: Counts,
    k_in: Counts,
    n_out: Counts,
    k_out: Counts,
    tau: float = DEFAULT_TAU,
    confidence: float = 0.95,
) -> npt.NDArray[np.int8]:
    """Return (n,) indices into `TRAJECTORY_NAMES` from (S, n) counts at S sizes in ascending order.

    Sizes at which some example has no model with it, or none without it, are left out; with fewer than two
    sizes left, everything is unresolved.
    """
    usable = (n_in > 0).all(axis=1) & (n_out > 0).all(axis=1)
    n_in, k_in, n_out, k_out = (counts[usable] for counts in (n_in, k_in, n_out, k_out))
    types = np.full(n_in.shape[1], _UNRESOLVED, np.int8)
    sizes = len(n_in)
    if sizes < 2:
        return types
    score = proportion(k_in, n_in) - proportion(k_out, n_out)
    variance = _smoothed_variance(k_in, n_in) + _smoothed_variance(k_out, n_out)
    pairs = list(combinations(range(sizes), 2))
    z = normal_quantile(1 - (1 - confidence) / len(pairs))

    change = np.zeros((sizes, sizes, len(types)), np.int8)  # [a, b]: sign of a counted change from a to b
    steady = np.ones(len(types), np.bool_)
    for a, b in pairs:
        difference = score[b] - score[a]
        size, margin = np.abs(difference), z * np.sqrt(variance[a] + variance[b])
        change[a, b] = np.sign(difference) * (size >= np.maximum(tau, margin))
        steady &= (size < tau) & (size + margin < 2 * tau)

    last = sizes - 1
    cap = ((change[0] == 1) & (change[:, last] == -1)).any(axis=0)
    dip = ((change[0] == -1) & (change[:, last] == 1)).any(axis=0)
    types[steady] = _CONSTANT
    types[change[0, last] == 1] = _INCREASING
    types[change[0, last] == -1] = _DECREASING
    types[cap] = _CAP
    types[dip] = _U
    types[cap & dip] = _UNRESOLVED
    return types


def _smoothed_variance(k: Counts, n: Counts) -> npt.NDArray[np.float64]:
    """Return the variance of k / n with one success and one failure added (Agresti & Caffo 2000).

    Without them a proportion seen as 0 or 1 would have no error at all.
    """
    p = (k + 1) / (n + 2)
    return p * (1 - p) / (n + 2)
