"""What leaving training points unfitted costs when frequencies have a long tail: Feldman (STOC 2020).

In closed form, for n independent samples of N points with the frequencies of a prior, where labels of
different points tell nothing about each other and each is one of m equally likely classes. Frequencies are
the prior's values themselves; the paper draws them from the list and normalizes (`long_tail_samples`).

Arrays of sample sizes n and multiplicities l (how often a point occurs in the sample) broadcast.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import xlog1py

from backend.theory.priors import Prior

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Disparity:
    """What a limit on memorization does to each subgroup: error rates among its own points, both (g,).

    `opt` is the smallest possible error, `cost` what the limit adds to it.
    """

    opt: Floats
    cost: Floats


def expected_points(prior: Prior, n: npt.ArrayLike, multiplicity: npt.ArrayLike) -> Floats:
    """Return the expected number of points seen exactly l times among n samples, 0 <= l <= n.

    N E[C(n, l) alpha^l (1 - alpha)^(n - l)]. ValueError for other n or l.
    """
    logs, _ = _occupancy(prior, n, multiplicity)
    return np.exp(logs)


def tau(prior: Prior, n: npt.ArrayLike, multiplicity: npt.ArrayLike) -> Floats:
    """Return tau_l, the expected frequency of a point seen l times among n samples, 0 <= l <= n.

    E[alpha^(l + 1) (1 - alpha)^(n - l)] / E[alpha^l (1 - alpha)^(n - l)], also where both
    underflow. ValueError for other n or l.
    """
    _, ratios = _occupancy(prior, n, multiplicity)
    return ratios


def expected_mass(prior: Prior, n: npt.ArrayLike, multiplicity: npt.ArrayLike) -> Floats:
    """Return the expected share of the distribution on points seen l times among n: tau_l E|X_l|.

    With l = 0 it is the mass that no sample has shown. ValueError unless 0 <= l <= n.
    """
    logs, ratios = _occupancy(prior, n, multiplicity)
    return np.asarray(np.exp(logs) * ratios)


def opt(prior: Prior, n: npt.ArrayLike, classes: int) -> Floats:
    """Return the smallest error of any learner: that of a guess on points not seen.

    Of labels without noise. With noise the paper bounds the excess over the optimum (`cost`) and leaves the
    optimum itself open.
    """
    return error_when_unfitted(classes) * expected_mass(prior, n, 0)


def excess(prior: Prior, n: int, errn: npt.ArrayLike) -> float:
    """Return sum_l tau_l errn_l, by which a learner's error exceeds the optimum at least: the main theorem.

    `errn` (L,) are expected numbers of distinct points seen l = 1..L times that the learner answers wrongly.
    """
    wrong = np.asarray(errn, np.float64)
    if wrong.ndim != 1 or (wrong < 0).any():
        raise ValueError("numbers of wrongly answered points are a list, one per multiplicity, none negative")
    return float(tau(prior, n, np.arange(1, len(wrong) + 1)) @ wrong)


def cost(
    prior: Prior,
    n: npt.ArrayLike,
    error: npt.ArrayLike,
    multiplicity: npt.ArrayLike = 1,
    *,
    confidence: float = 1.0,
) -> Floats:
    """Return the excess error of a learner that answers points seen l times wrongly with chance `error`.

    tau_l E|X_l| error. `confidence` is kappa where labels of the sample are replaced by a random one of all
    classes with chance 1 - kappa: the observed label then leads any other by kappa, and the excess over the
    noisy optimum is kappa times as large. The paper says so of points seen once, so ValueError with others.
    """
    if not 0 <= confidence <= 1:
        raise ValueError(f"a confidence lies from 0 to 1, got {confidence:g}")
    if confidence < 1 and (np.asarray(multiplicity) != 1).any():
        raise ValueError("noisy labels are covered for points seen once alone")
    rate = np.asarray(error, np.float64)
    if ((rate < 0) | (rate > 1)).any():
        raise ValueError("a chance of error lies from 0 to 1")
    return np.asarray(confidence * expected_mass(prior, n, multiplicity) * rate)


def error_when_unfitted(classes: int) -> float:
    """Return 1 - 1 / m, the error of a guess; ValueError with fewer than 2 classes."""
    if classes < 2:
        raise ValueError(f"at least 2 classes are needed, got {classes}")
    return 1 - 1 / classes


def error_when_limited(classes: int, gamma: npt.ArrayLike) -> Floats:
    """Return the least error on a point seen once if no memorization score exceeds gamma, from 0 to 1.

    1 - 1 / m - gamma, and not below 0: what the rest of the sample gives away is the guess.
    """
    limit = np.asarray(gamma, np.float64)
    if ((limit < 0) | (limit > 1)).any():
        raise ValueError("a limit on memorization scores lies from 0 to 1")
    return np.asarray(np.maximum(error_when_unfitted(classes) - limit, 0))


def error_when_private(
    classes: int, epsilon: npt.ArrayLike, delta: npt.ArrayLike = 0.0, multiplicity: npt.ArrayLike = 1
) -> Floats:
    """Return the least error on a point seen l times if predictions are (epsilon, delta)-private in labels.

    1 - e^(l epsilon) / m - l e^((l - 1) epsilon) delta, and not below 0: l labels are protected as a
    group. ValueError unless epsilon >= 0, 0 <= delta <= 1 and l >= 1.
    """
    budget, slack, seen = (np.asarray(value, np.float64) for value in (epsilon, delta, multiplicity))
    if (budget < 0).any() or ((slack < 0) | (slack > 1)).any() or (seen < 1).any():
        raise ValueError("needs epsilon of at least 0, delta from 0 to 1 and points seen at least once")
    guess = 1 - error_when_unfitted(classes)
    with np.errstate(over="ignore"):  # an infinite loss of privacy forces no error
        known = np.exp(seen * budget) * guess
        slipped = np.where(slack > 0, seen * np.exp((seen - 1) * budget), 0) * slack
    return np.asarray(np.maximum(1 - known - slipped, 0))


def by_subgroup(groups: Sequence[tuple[float, Prior]], n: int, classes: int, error: float) -> Disparity:
    """Return what an error on all points seen once does to each group (share, prior) of a mixture.

    Groups have no point in common and shares add up to 1; n samples are of the mixture, so a group gets its
    share of them. The shares' mean of either field is the mixture's.
    """
    if abs(sum(share for share, _ in groups) - 1) > 1e-9:
        raise ValueError("the shares of a mixture must add up to 1")
    parts = [(share, prior.scaled(share)) for share, prior in groups]
    return Disparity(
        opt=np.array([opt(part, n, classes) / share for share, part in parts]),
        cost=np.array([cost(part, n, error) / share for share, part in parts]),
    )


def zipf_limit(multiplicity: npt.ArrayLike, exponent: npt.ArrayLike) -> Floats:
    """Return the limit l - 1 / s of n tau_l for Zipf's law with N / n^(1/s) -> infinity, 0 where negative.

    Then alpha has a density like alpha^(-1 - 1/s) near 1 / n, and n tau_l is Gamma(l + 1 - 1/s) /
    Gamma(l - 1/s). Finite lists are above it where l is small. ValueError unless s > 0 and l >= 1.
    """
    seen, s = np.asarray(multiplicity, np.float64), np.asarray(exponent, np.float64)
    if (seen < 1).any() or (s <= 0).any():
        raise ValueError("needs points seen at least once and an exponent above 0")
    return np.asarray(np.maximum(seen - 1 / s, 0))


def tail_weight(prior: Prior, low: float, high: float) -> float:
    """Return the mass N E[alpha; low <= alpha <= high]; of groups, each node is in or out as a whole.

    A node weighs below 0.5 % of the mass at exponents near 0, below 0.05 % from s = 1 on.
    """
    inside = (prior.frequencies >= low) & (prior.frequencies <= high)
    return float(prior.frequencies[inside] @ prior.counts[inside])


def tau_floor(prior: Prior, n: int) -> float:
    """Return weight([1 / (3 n), 2 / n]) / (5 n) <= tau_1, the bound for long tails."""
    _sampled(n)
    return tail_weight(prior, 1 / (3 * n), 2 / n) / (5 * n)


def tau_ceiling(prior: Prior, n: int) -> float:
    """Return the smallest 2 theta that the bound for priors without a tail gives for tau_1, NaN if none.

    theta < 1 / n is a frequency with a gap above it, up to b > 1 / n. Of the terms alpha^2
    (1 - alpha)^(n - 1) of tau_1's numerator, those up to theta add at most theta times the denominator, and
    those from b on at most b (1 - b)^(n - 1). With weight beta up to theta, the denominator is at least beta
    (1 - theta)^(n - 1), so a gap is wide enough if b (1 - b)^(n - 1) <= theta beta (1 - theta)^(n - 1); no
    gap that ends before 1 / n is, as b (1 - b)^(n - 1) grows up to there.
    """
    _sampled(n)
    theta = prior.frequencies
    beta = np.cumsum((theta * prior.counts)[::-1])[::-1]
    above = np.full(len(theta), -np.inf)  # nothing lies above the most frequent items
    with np.errstate(divide="ignore"):
        above[1:] = np.log(theta[:-1]) + xlog1py(n - 1, -theta[:-1])
    allowed = np.log(theta) + np.log(beta) + xlog1py(n - 1, -theta)
    valid = (theta < 1 / n) & (above <= allowed)
    return float(2 * theta[valid].min()) if valid.any() else np.nan


def _sampled(n: int) -> None:
    if n < 1:
        raise ValueError(f"at least 1 sample is needed, got {n}")


def _occupancy(prior: Prior, n: npt.ArrayLike, multiplicity: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return log E|X_l| and tau_l for all pairs of n and l, in logarithms so that neither underflows."""
    samples, seen = np.broadcast_arrays(np.asarray(n, np.int64), np.asarray(multiplicity, np.int64))
    if ((seen < 0) | (seen > samples)).any():
        raise ValueError("a point is seen between 0 times and as often as there are samples")
    with np.errstate(divide="ignore"):  # a frequency that rounds to 1 leaves nothing to the others
        log_hit, log_miss = np.log(prior.frequencies), np.log1p(-prior.frequencies)
    logs, ratios = np.empty(samples.shape), np.empty(samples.shape)
    for at in np.ndindex(samples.shape):
        size, hits = int(samples[at]), int(seen[at])
        exponents = hits * log_hit
        if size > hits:
            exponents += (size - hits) * log_miss
        largest = exponents.max()
        weights = np.exp(exponents - largest) * prior.counts
        total = weights.sum()
        logs[at] = _log_choose(size, hits) + largest + np.log(total)
        ratios[at] = weights @ prior.frequencies / total
    return logs, ratios


def _log_choose(n: int, k: int) -> float:
    """Return log C(n, k) as a sum: differences of log-gammas lose seven digits at n = 10^6."""
    factors = np.arange(min(k, n - k))
    return float(np.log((n - factors) / (factors + 1)).sum())
