"""What sampling noise alone makes of scores: their spread if holding an example out changed nothing."""

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def shuffled_scores(n_in: int, n_out: int, right: int) -> tuple[Floats, Floats]:
    """Return the scores that `right` right answers of n_in + n_out models can make, and how likely each is.

    If a model's answer does not depend on whether it had the example, every choice of the n_out models that
    had not is as likely as any other, so that the number of right answers among them is hypergeometric: the
    permutation distribution of Fisher's exact test. Both arrays are (m,); the chances add up to 1.
    """
    if min(n_in, n_out) < 1 or not 0 <= right <= n_in + n_out:
        raise ValueError(
            f"needs models on both sides and 0 to all of them right, got {n_in}, {n_out}, {right}"
        )
    k_out = np.arange(max(0, right - n_in), min(n_out, right) + 1)
    logs = _log_choose(n_out, k_out) + _log_choose(n_in, right - k_out)
    chances = np.exp(logs - logs.max())
    return np.round((right - k_out) / n_in - k_out / n_out, 12), chances / chances.sum()


def _log_choose(n: int, k: Ints) -> Floats:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1), np.float64)
