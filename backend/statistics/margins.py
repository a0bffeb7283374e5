"""A second estimator of memorization: from margins, which tell how clearly a model answers, beside counts.

A count keeps of every answer whether it was right; its margin, the logit of the label minus the largest of
the others, also tells by how much. The method is ours, from parts that are well known:

1. Mean and variance of an example's margins over models, the variance shrunk towards a trend in the mean
   (Smyth 2004, as in limma); their ratio z places the example.
2. A curve from z to the share of right answers, p = Phi(b0 + b1 z + b2 max(z, 0)^2 + b3 min(z, 0)^2), fitted
   to all examples' counts. It removes what a plain probit is wrong by.
3. How far single examples lie from the curve, as a variance per zone of z: fitted on the even models,
   measured on the odd ones, and the other way round, since on the same models it always comes out as 0.
4. The mixture of count and curve with the least variance; near 0 and 1 the count itself.
5. Wilson's interval with as many models as the variance is worth, and Newcombe's of the difference.

Where a surrogate was asked about the same subsets and about many others, its answers are a control variate:
by how much they differ by chance tells by how much margins do, as far as both go together.

It borrows strength across examples, so single ones can be drawn towards their peers: counts are the
definition and the default.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr, ndtr, polygamma, psi

from backend.statistics.intervals import difference_interval, wilson

MARGIN_UNIT = 1 / 256  # of stored margins: whole numbers add up to the same in any order
MOST_MARGIN = 2**15 - 1  # what int16 holds, 128 logits
LEAST_MODELS = 4  # with, and as many without an example: fewer tell no variance
MOST_WORTH = 6  # times the models that an interval counts as at most
NEAR_END = 0.25  # answers of n: a mixture as close to an end at which its count lies gives way to the count
TREND_DEGREE = 3
BINS = 20  # of the calibration that is kept to be looked at
MOST_FITTED = 8192  # examples that curve and misfit are fitted to: more tell nothing new
ZONES = np.array([-3.0, -2.0, -1.0, 0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0])
LEAST_IN_ZONE = 30  # examples; zones with fewer take the misfit of all such zones

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.integer]


@dataclass(frozen=True)
class Moments:
    """Sums over the even and over the odd of the models that had n examples, or that had not; all (2, n).

    n: models; k: right answers; total and squares: sums of margins and of their squares, in `MARGIN_UNIT`
    and its square.
    """

    n: Ints
    k: Ints
    total: Ints
    squares: Ints


@dataclass(frozen=True)
class Control:
    """A surrogate's margins of n examples, on one side: models that had them, or that had not.

    total: their sums over the subsets of the networks, (2, n) over the even and the odd ones; products: sums
    of them times the networks' margins. Both are in units, SURROGATE_UNIT and that times MARGIN_UNIT. models:
    (n,) on how many further subsets `mean` and `variance` (n,) were measured, those in units.
    """

    total: Ints
    products: Ints
    models: Ints
    mean: Floats
    variance: Floats

    def of(self, halves: int | slice) -> "Control":
        """Return that of one half, or of both together, with sums (n,)."""
        total, products = (np.atleast_2d(sums[halves]).sum(axis=0) for sums in (self.total, self.products))
        return replace(self, total=total, products=products)

    def at(self, examples: Ints) -> "Control":
        """Return that of some examples."""
        return Control(**{name: values[..., examples] for name, values in vars(self).items()})

    def correction(self, n: Ints, total: Ints, deviation: Floats) -> tuple[Floats, float, Floats]:
        """Return what to subtract from z (n,), which share of its variance is left, and what is added (n,).

        The correlation with the networks' margins is pooled over examples: of one example it is too noisy.
        `deviation` is that of the margins.
        """
        sd = np.sqrt(np.maximum(self.variance, 1 / 12))
        shared = (self.products - total.astype(np.float64) * self.total / n) / np.maximum(n - 1, 1)
        correlation = float(np.clip(np.mean(shared * MARGIN_UNIT / sd / deviation), -0.99, 0.99))
        away = (self.total / n - self.mean) / sd
        return correlation * away, 1 - correlation**2, correlation**2 / self.models


BOTH = slice(None)


@dataclass(frozen=True)
class Curve:
    """The calibrated share of right answers over z: Phi of four terms."""

    weights: Floats  # (4,)

    def at(self, z: Floats) -> tuple[Floats, Floats]:
        """Return the share and its slope in z."""
        inner = _terms(z) @ self.weights
        b1, b2, b3 = self.weights[1:]
        slope = b1 + 2 * b2 * np.maximum(z, 0) + 2 * b3 * np.minimum(z, 0)
        return ndtr(inner), np.exp(-(inner**2) / 2) / np.sqrt(2 * np.pi) * slope


@dataclass(frozen=True)
class Shares:
    """Estimated shares of right answers of n examples, all (n,) but the curve; NaN where there is none.

    worth: how many models that are counted would be as exact. calibration: (3, BINS) mean z, counted share of
    right answers and the curve's, of examples in bins of equally many by z.
    """

    share: Floats
    worth: Floats
    low: Floats
    high: Floats
    calibration: Floats


def shares(moments: Moments, confidence: float = 0.95, control: Control | None = None) -> Shares | None:
    """Estimate the share of right answers of each example; None where models are too few for any variance."""
    n, k = moments.n.sum(axis=0), moments.k.sum(axis=0)
    if (n < LEAST_MODELS).any() or (moments.n >= 2).all(axis=0).mean() < 0.5:
        return None
    steer = None if control is None else control.of(BOTH)
    whole = _place(n, moments.total.sum(axis=0), moments.squares.sum(axis=0), steer)
    some = slice(None, None, -(-len(n) // MOST_FITTED))
    curve = _fitted(whole.z[some], k[some], n[some])
    by_curve, slope = curve.at(whole.z)
    by_curve = np.clip(by_curve, 1e-6, 1 - 1e-6)
    count = k / n
    of_count = by_curve * (1 - by_curve) / n
    of_curve = slope**2 * whole.variance + _misfit(moments, control)[np.searchsorted(ZONES, whole.z)]
    # Both come from the same models: of a normal margin, its sign goes with its mean and with its square.
    density = np.exp(-(whole.z**2) / 2) / np.sqrt(2 * np.pi)
    shared = slope * density * (whole.left + whole.own * whole.z**2 / 2) / n
    shared = np.clip(shared, 0, 0.999 * np.sqrt(of_count * of_curve))
    spread = of_count + of_curve - 2 * shared
    weight = np.clip((of_curve - shared) / spread, 0, 1)
    mixed = weight * count + (1 - weight) * by_curve
    variance = weight**2 * of_count + (1 - weight) ** 2 * of_curve + 2 * weight * (1 - weight) * shared

    at_zero, at_one = (k == 0) & (mixed <= NEAR_END / n), (k == n) & (mixed >= 1 - NEAR_END / n)
    share = np.where(at_zero | at_one, count, mixed)
    worth = np.clip(mixed * (1 - mixed) / np.maximum(variance, 1e-12), n, MOST_WORTH * n)
    low, high = wilson(share * worth, worth, confidence)
    low, high = np.where(k == 0, 0.0, low), np.where(k == n, 1.0, high)
    return Shares(share, worth, low, high, _calibration(whole.z, count, by_curve))


def memorization(with_it: Shares, without: Shares) -> tuple[Floats, Floats, Floats]:
    """Return the score of n examples and its interval: the difference of both sides, as Newcombe's."""
    low, high = difference_interval(
        with_it.share, with_it.low, with_it.high, without.share, without.low, without.high
    )
    return with_it.share - without.share, low, high


def _calibration(z: Floats, count: Floats, by_curve: Floats) -> Floats:
    """Return means of all three, (3, BINS), over bins of equally many examples by z; NaN of empty bins."""
    parts = np.array_split(np.argsort(z, kind="stable"), BINS)
    means = [
        [values[part].mean() if len(part) else np.nan for part in parts] for values in (z, count, by_curve)
    ]
    return np.array(means)


@dataclass(frozen=True)
class _Placed:
    """z (n,), its variance, and which part of a margin's variance is the example's own, not the trend's.

    left: the share of the mean's variance that a control variate leaves.
    """

    z: Floats
    variance: Floats
    own: Floats
    left: float = 1.0


def _place(n: Ints, total: Ints, squares: Ints, control: Control | None = None) -> _Placed:
    """Return mean over deviation of n examples' margins, the variance shrunk towards its trend."""
    mean = total / n * MARGIN_UNIT
    freedom = np.asarray(n - 1.0, np.float64)
    # Rounding to units alone has a variance of a twelfth.
    variance = np.maximum((squares - total.astype(np.float64) ** 2 / n) / freedom, 1 / 12) * MARGIN_UNIT**2
    trend, prior = _trend(mean, variance, freedom)
    own = freedom / (freedom + prior)
    shrunk = own * variance + (1 - own) * trend
    z = mean / np.sqrt(shrunk)
    if control is None:
        return _Placed(z, 1 / n + z**2 / (2 * (freedom + prior)), own)
    off, left, added = control.correction(n, total, np.sqrt(shrunk))
    z = z - off
    return _Placed(z, left / n + added + z**2 / (2 * (freedom + prior)), own, left)


def _trend(mean: Floats, variance: Floats, freedom: Floats) -> tuple[Floats, float]:
    """Return the variance to expect by mean (n,), and how many degrees of freedom that is worth.

    log variance of a scaled chi-square has a known mean and variance; what it varies by beyond that around
    a polynomial in the mean is the spread of the true variances (Smyth 2004, section 6.2).
    """
    expected = np.log(variance) - psi(freedom / 2) + np.log(freedom / 2)
    degree = TREND_DEGREE if len(np.unique(mean)) > 10 * TREND_DEGREE else 0
    fitted = np.polynomial.Polynomial.fit(mean, expected, degree)(mean)
    excess = float(np.mean((expected - fitted) ** 2 - polygamma(1, freedom / 2)))
    if excess <= 1e-6:
        return np.exp(fitted), 1e6
    prior = 2 * _inverse_trigamma(excess)
    return np.exp(fitted + psi(prior / 2) - np.log(prior / 2)), prior


def _inverse_trigamma(value: float) -> float:
    """Return y with trigamma(y) = value, by Newton's method on 1 / trigamma, which is nearly straight."""
    y = 0.5 + 1 / value
    for _ in range(50):
        step = polygamma(1, y) * (1 - polygamma(1, y) / value) / polygamma(2, y)
        y += float(step)
        if -step / y < 1e-8:
            break
    return y


def _terms(z: Floats) -> Floats:
    return np.stack([np.ones_like(z), z, np.maximum(z, 0) ** 2, np.minimum(z, 0) ** 2], axis=-1)


def _fitted(z: Floats, k: Ints, n: Ints) -> Curve:
    """Fit the curve to the counts of all examples by maximum likelihood (Fisher scoring).

    A weak pull towards the plain probit, worth one answer, keeps a curve finite where no example is at
    neither end.
    """
    x, plain = _terms(z), np.array([0.0, 1.0, 0.0, 0.0])
    weights, best = plain, -np.inf
    step = np.zeros(4)
    for _ in range(60):
        trial = weights + step
        inner = x @ trial
        right, wrong = log_ndtr(inner), log_ndtr(-inner)
        fit = float(k @ right + (n - k) @ wrong - ((trial - plain) ** 2).sum() / 2)
        if fit < best - 1e-9 * abs(best):
            step /= 2
            continue
        done = fit - best < 1e-9 * abs(fit)
        weights, best = trial, fit
        if done:
            break
        log_density = -(inner**2) / 2 - np.log(2 * np.pi) / 2
        up, down = np.exp(log_density - right), np.exp(log_density - wrong)
        slope = x.T @ (k * up - (n - k) * down) - (weights - plain)
        curvature = (x * (n * up * down)[:, None]).T @ x + np.eye(4)
        step = np.linalg.solve(curvature, slope)
    return Curve(weights)


def _misfit(moments: Moments, control: Control | None) -> Floats:
    """Return the variance of single examples around the curve, per zone of z, measured across halves."""
    some = np.flatnonzero((moments.n >= 2).all(axis=0))[:: -(-moments.n.shape[1] // MOST_FITTED)]
    n, k, sums, squares = (a[:, some] for a in (moments.n, moments.k, moments.total, moments.squares))
    steer = None if control is None else control.at(some)
    total, weight = np.zeros((2, len(ZONES) + 1))
    for mine, theirs in ((0, 1), (1, 0)):
        placed = _place(n[mine], sums[mine], squares[mine], None if steer is None else steer.of(mine))
        share, slope = _fitted(placed.z, k[mine], n[mine]).at(placed.z)
        other = k[theirs] / n[theirs]
        of_count = other * (1 - other) / (n[theirs] - 1)
        excess = (other - share) ** 2 - of_count - slope**2 * placed.variance
        zone = np.searchsorted(ZONES, placed.z)
        total += np.bincount(zone, excess, len(total))
        weight += np.bincount(zone, minlength=len(total))
    few = weight < 2 * LEAST_IN_ZONE
    total[few], weight[few] = total[few].sum(), weight[few].sum()
    return np.maximum(total / np.maximum(weight, 1), 0)
