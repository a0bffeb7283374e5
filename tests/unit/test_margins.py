"""The margin estimator on simulated models: better than counting, hardly biased, honest intervals."""

import numpy as np
import pytest

from backend.statistics.intervals import newcombe, wilson
from backend.statistics.margins import BINS, MARGIN_UNIT, Moments, _place, memorization, shares

N = 2000


def moments(margins, half):
    """Sum margins (K, n) up by half (K,)."""
    stored = np.rint(margins / MARGIN_UNIT).astype(np.int64)
    rows = [[], [], [], []]
    for which in (0, 1):
        own = stored[half == which]
        for row, values in zip(rows, (np.ones_like(own), own > 0, own, own**2), strict=True):
            row.append(values.sum(axis=0))
    return Moments(*(np.array(row) for row in rows))


def simulated(rng, models, *, tail=None):
    """Draw n examples' means and deviations, and the margins (K, n) of models; the true shares beside."""
    mean, sd = rng.normal(1.5, 2.5, N), np.exp(rng.normal(0, 0.3, N))
    noise = rng.standard_normal((models, N)) if tail is None else rng.standard_t(tail, (models, N))
    deep = rng.standard_normal((40_000, 1)) if tail is None else rng.standard_t(tail, (40_000, 1))
    truth = np.searchsorted(np.sort(deep[:, 0]), mean / sd) / len(deep)
    return moments(mean + sd * noise, np.arange(models) // 10 % 2), truth


@pytest.mark.parametrize(("tail", "gain"), [(None, 1.3), (4, 1.1)])  # a mean says less with heavy tails
@pytest.mark.parametrize("models", [30, 100])
def test_margins_beat_counts_without_much_bias_and_cover(tail, gain, models):
    rng = np.random.default_rng(models)
    of_margins, of_counts, inside, bias = [], [], [], []
    for _ in range(4):
        sums, truth = simulated(rng, models, tail=tail)
        found = shares(sums)
        k, n = sums.k.sum(axis=0), sums.n.sum(axis=0)
        of_margins.append(np.mean((found.share - truth) ** 2))
        of_counts.append(np.mean((k / n - truth) ** 2))
        inside.append((found.low <= truth) & (truth <= found.high))
        middle = (truth > 0.1) & (truth < 0.9)
        bias.append((found.share - truth)[middle].mean())
        width, counted = found.high - found.low, np.subtract(*wilson(k, n)[::-1])
        assert width.mean() < 0.95 * counted.mean()
    assert np.mean(of_counts) > gain * np.mean(of_margins)
    assert abs(np.mean(bias)) < 0.01
    assert np.mean(inside) > 0.93


def test_where_margins_mislead_the_counts_prevail():
    """Examples of one margin's mean and variance but of different shapes, which no curve tells apart."""
    rng = np.random.default_rng(1)
    models = 400
    one = rng.standard_normal((models, N)) + 1
    rare = np.where(rng.random((models, N)) < 0.1, -2.0, 4 / 3 + 0.05 * rng.standard_normal((models, N)))
    margins = np.where(np.arange(N) % 2, one, rare)
    found = shares(moments(margins, np.arange(models) % 2))
    odd = np.arange(N) % 2 == 1
    for chosen, truth in ((odd, 0.8413), (~odd, 0.9)):
        assert found.share[chosen].mean() == pytest.approx(truth, abs=0.012)
        assert ((found.low <= truth) & (truth <= found.high))[chosen].mean() > 0.9


def test_an_example_that_is_always_right_or_never_has_that_end_in_its_interval():
    rng = np.random.default_rng(2)
    sums, _ = simulated(rng, 60)
    found = shares(sums)
    k, n = sums.k.sum(axis=0), sums.n.sum(axis=0)
    assert (found.high[k == n] == 1).all()
    assert (found.low[k == 0] == 0).all()
    clear = (k == n) & (sums.total.sum(axis=0) * MARGIN_UNIT / n > 6)
    assert (found.share[clear] == 1).all()
    assert (found.worth >= n).all()
    assert (found.worth <= 6 * n).all()


def test_too_few_models_have_no_estimate():
    rng = np.random.default_rng(3)
    assert shares(simulated(rng, 3)[0]) is None
    assert shares(simulated(rng, 10)[0]) is None, "one half alone tells nothing of how well a curve fits"
    assert shares(simulated(rng, 20)[0]) is not None


@pytest.mark.parametrize("margin", [0.0, 3.0, -100.0])
def test_models_that_all_agree_leave_no_nonsense(margin):
    found = shares(moments(np.full((40, 50), margin), np.arange(40) % 2))
    right = float(margin > 0)
    assert (found.share == right).all()
    assert (found.low <= right).all()
    assert (found.high >= right).all()
    assert np.isfinite(found.high - found.low).all()


def test_the_curve_is_kept_as_it_can_be_drawn():
    sums, _ = simulated(np.random.default_rng(4), 100)
    z, counted, curve = shares(sums).calibration
    assert z.shape == (BINS,)
    assert (np.diff(z) > 0).all()
    assert curve == pytest.approx(counted, abs=0.03)


def test_a_score_is_the_difference_of_both_sides_as_newcombes():
    rng = np.random.default_rng(5)
    sums = [simulated(rng, models)[0] for models in (70, 30)]
    with_it, without = (shares(of_side) for of_side in sums)
    score, low, high = memorization(with_it, without)
    assert score == pytest.approx(with_it.share - without.share)
    assert (low <= score).all()
    assert (score <= high).all()
    # With as many models as each is worth, it is Newcombe's interval.
    arguments = []
    for side in (with_it, without):
        arguments += [side.share * side.worth, side.worth]
    inner = np.all([(s.k.sum(axis=0) > 0) & (s.k.sum(axis=0) < s.n.sum(axis=0)) for s in sums], axis=0)
    expected = newcombe(*arguments)
    assert low[inner] == pytest.approx(expected[0][inner])
    assert high[inner] == pytest.approx(expected[1][inner])


def test_the_deviations_of_few_models_are_shrunk_towards_what_they_share():
    """Without it, z would scatter by .57 for ten models of mean 2 and deviation 1; with it known, by .32."""
    sums = moments(2 + np.random.default_rng(6).standard_normal((20, N)), np.arange(20) % 2)
    placed = _place(sums.n[0], sums.total[0], sums.squares[0])
    assert placed.z.std() == pytest.approx(np.sqrt(1 / 10), abs=0.03)
    assert placed.variance.mean() == pytest.approx(1 / 10, abs=0.02)
