"""What claims about the law of robustness say of made-up facts: true, false, flat, noisy, too few."""

from dataclasses import replace

import numpy as np
import pytest

from backend.core.contracts import ClaimVerdict
from backend.studies import get_study
from backend.studies.kit.findings import all_hold
from backend.studies.kit.results import Results
from backend.studies.robustness_law.correlations import between, residuals
from backend.studies.robustness_law.facts import Construction, Course, Joint, Kind, Net, RobustnessFacts
from backend.studies.robustness_law.numbers import Line, difference, pooled, roomy
from backend.studies.robustness_law.params import Data, RobustnessParams

HOLDS, DIFFERS, UNDECIDED, NOT_RUN = (
    ClaimVerdict.HOLDS,
    ClaimVerdict.DIFFERS,
    ClaimVerdict.UNDECIDED,
    ClaimVerdict.NOT_RUN,
)
STUDY = get_study("robustness_law")
RATIOS = (1.0, 1.5, 2.0, 3.0, 4.0, 5.5)


def claim(key, **facts):
    found = STUDY.found(RobustnessParams(), Results(facts=RobustnessFacts(**facts)))
    return next(one for one in STUDY.claims(found) if one.key == key)


def verdict(key, **facts):
    return claim(key, **facts).verdict


def net(ratio=2.0, slope=9.0, *, run=0, n=400, d=100, data=Data.LAW, **others):
    made = Net(
        data=data,
        n=n,
        d=d,
        k=round(n / ratio**2),
        run=run,
        fitted=True,
        steps=50,
        loss=0.019,
        slope=slope,
        bound=2 * slope,
        points=1000,
        tails=(0, 0, 0, 0),
        difference=1e-9,
    )
    return replace(made, **others)


def line(start=6.5, slope=1.1, noise=0.5, runs=8, ratios=RATIOS, power=1.0, **others):
    """Networks at one n and d whose gradients are on a line, but for noise."""
    rng = np.random.default_rng(1)
    return tuple(
        net(ratio, start + slope * ratio**power + noise * rng.standard_normal(), run=run, **others)
        for ratio in ratios
        for run in range(runs)
    )


# --- the line ---


@pytest.mark.parametrize(
    ("nets", "expected"),
    [
        (line(), HOLDS),
        (line(slope=0.3, noise=0.05), DIFFERS),  # too flat
        (line(slope=3.0), DIFFERS),  # too steep
        (line(start=12, slope=-1.1), DIFFERS),
        (line(slope=0.0), DIFFERS),
        (line(slope=0.75, noise=0.3, runs=3), UNDECIDED),  # the interval of the slope contains 0.7
        (line(noise=1.2, runs=3), UNDECIDED),  # that of R^2 contains 0.75
        (line(start=30, noise=8.0), DIFFERS),  # a line that explains nothing
        (line(ratios=RATIOS[:4]), NOT_RUN),
        (line(runs=1), NOT_RUN),
        (tuple(replace(one, fitted=False) for one in line()), NOT_RUN),
        (line(n=800), NOT_RUN),
        ((), NOT_RUN),
    ],
)
def test_the_line_at_one_size(nets, expected):
    assert verdict("line_at_one_size", nets=nets) is expected


def test_the_line_tells_itself_and_the_rejected():
    rejected = tuple(net(ratio, 30, fitted=False) for ratio in RATIOS)
    told = claim("line_at_one_size", nets=(*line(noise=1e-6), *rejected))
    assert told.measured == pytest.approx(1.1, abs=0.02)  # k is rounded
    assert "√(n/k), R² 1.00" in told.answer
    assert "6 rejected" in told.note


def test_networks_with_fewer_weights_than_examples_enter_no_line():
    few = tuple(net(8.0, 60.0, run=run, d=50, n=400) for run in range(8))
    assert roomy(few) == []
    assert len(roomy([net(4.0, d=16)])) == 1  # as many weights as examples
    assert len(roomy([net(4.0, d=15)])) == 0


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        (line(n=800, d=200), HOLDS),
        (line(n=800, d=200, start=9.5), DIFFERS),  # lines that begin at different heights
        (line(n=800, d=200, start=8.2), UNDECIDED),
        (line(n=800, d=201, start=20), HOLDS),  # of too many dimensions: not pooled
    ],
)
def test_one_line_for_all_sizes(others, expected):
    assert verdict("line_of_all", nets=(*line(noise=0.7), *others)) is expected


def test_one_falling_line_does_not_do():
    assert verdict("line_of_all", nets=line(start=20, slope=-2)) is DIFFERS
    assert verdict("line_of_all", nets=line(runs=1)) is NOT_RUN
    assert len(pooled([net(d=100), net(d=101)])) == 1


@pytest.mark.parametrize(
    ("nets", "expected"),
    [
        (line(), HOLDS),
        (line(start=0, noise=0.01, power=2), DIFFERS),  # n / k itself
        (line(start=0, noise=0.3), UNDECIDED),  # the pure law
        (line(runs=1), NOT_RUN),
    ],
)
def test_the_power_is_shallow_because_of_the_start(nets, expected):
    assert verdict("power_is_shallow", nets=nets) is expected


@pytest.mark.parametrize(
    ("odd", "smoother", "norms"),
    [
        ({}, HOLDS, HOLDS),
        ({"slope": 1.9, "bound": 2.1}, UNDECIDED, HOLDS),  # what is known of it contains sqrt(n / k)
        ({"slope": 1.9, "bound": 1.99}, DIFFERS, DIFFERS),
        ({"slope": 1.9, "bound": 1.99, "fitted": False}, HOLDS, HOLDS),
        ({"slope": 1.9, "bound": 1.99, "data": Data.IMAGES}, HOLDS, HOLDS),
        ({"slope": 1.9, "bound": 1.99, "data": Data.TWINS}, DIFFERS, DIFFERS),
    ],
)
def test_no_network_is_smoother_than_the_law(odd, smoother, norms):
    nets = (*line(), net(2.0, **odd))
    assert verdict("none_is_smoother", nets=nets) is smoother
    assert verdict("norms_are_large", nets=nets) is norms
    assert verdict("none_is_smoother") is NOT_RUN


# --- regimes and noise ---


def regimes(many=(6, 7, 8), enough=(8, 9, 12), noise=0.2, runs=5, dimensions=(20, 40, 80)):
    rng = np.random.default_rng(0)
    return tuple(
        net(n=1000, d=d, data=data, run=run, slope=mean + noise * rng.standard_normal())
        for data, means in ((Data.AS_MANY, many), (Data.JUST_ENOUGH, enough))
        for d, mean in zip(dimensions, means, strict=True)
        for run in range(runs)
    )


@pytest.mark.parametrize(
    ("nets", "flat", "steeper"),
    [
        (regimes(), HOLDS, HOLDS),
        (regimes(many=(6, 9, 14), enough=(8, 12, 20)), DIFFERS, HOLDS),  # both grow
        (regimes(enough=(8, 6, 12)), HOLDS, DIFFERS),  # below at one number of dimensions
        (regimes(enough=(6, 7, 8)), HOLDS, UNDECIDED),  # no difference
        (regimes(many=(6, 7, 10.8), enough=(8, 9, 12), noise=0.5), UNDECIDED, HOLDS),
        (regimes(runs=2), NOT_RUN, NOT_RUN),
        (regimes(many=(6, 7), enough=(8, 9), dimensions=(20, 40)), NOT_RUN, NOT_RUN),
        (regimes(dimensions=(20, 40, 400)), NOT_RUN, HOLDS),  # more than a sixth of n is not called flat
    ],
)
def test_two_regimes(nets, flat, steeper):
    assert verdict("wide_stays_flat", nets=nets) is flat
    assert verdict("just_enough_is_steeper", nets=nets) is steeper


def test_regimes_are_one_where_units_are_as_many():
    nets = (*regimes(), *regimes(many=(5,), enough=(4,), dimensions=(10,)))
    assert verdict("just_enough_is_steeper", nets=nets) is HOLDS


def course(run, ratio=1.8, **others):
    made = Course(
        run=run,
        n=400,
        d=20,
        k=400,
        noise=0.36,
        fitted=True,
        steps=(0, 10, 20, 30),
        losses=(1.0, 0.5, 0.35, 0.01),
        slopes=(2.0, 3.0, 4.0, 4.0 * ratio),
        errors=(0.5, 0.2, 0.1, 0.25),
    )
    return replace(made, **others)


@pytest.mark.parametrize(
    ("ratios", "expected"),
    [
        ((1.7, 1.8, 1.9), HOLDS),
        ((0.7, 0.6, 0.8), DIFFERS),
        ((1.0, 1.3, 0.9), UNDECIDED),
        ((1.8, 1.8), NOT_RUN),
    ],
)
def test_fitting_the_noise_makes_steep(ratios, expected):
    told = claim("noise_makes_steep", courses=tuple(course(i, ratio) for i, ratio in enumerate(ratios)))
    assert told.verdict is expected
    if expected is HOLDS:
        assert "10% at σ², 25% at the fit" in told.note


def test_only_courses_past_the_noise_to_a_fit_count():
    good = tuple(course(run) for run in range(2))
    for other in (course(2, fitted=False), course(2, losses=(1.0, 0.9, 0.5, 0.01))):
        assert verdict("noise_makes_steep", courses=(*good, other)) is NOT_RUN
    assert course(0).crossing == 2
    assert course(0, noise=0.5).crossing == 1
    assert course(0, noise=0.1).crossing is None  # only in the end


# --- closed forms and checks ---


def built(kind, factor=1.0, noise=0.01, draws=8, power=0.5, counts=(1000, 2000, 4000), d=100, **others):
    rng = np.random.default_rng(2)
    return tuple(
        Construction(
            kind=kind,
            n=n,
            d=d,
            draw=draw,
            lipschitz=factor * 10 * (n / 1000) ** power * (1 + noise * rng.standard_normal()),
            expected=10 * (n / 1000) ** 0.5,
            residual=0.0,
            **others,
        )
        for draw in range(draws)
        for n in counts
    )


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({}, HOLDS),
        ({"factor": 1.05}, DIFFERS),
        ({"factor": 1.02, "noise": 0.03}, UNDECIDED),
        ({"draws": 2}, NOT_RUN),
    ],
)
def test_linear_fits_against_their_formula(made, expected):
    assert verdict("linear_as_computed", constructions=built(Kind.LINEAR, **made)) is expected


def test_linear_fits_of_few_examples_stay_below_their_bound():
    low = built(Kind.LINEAR, counts=(20,))  # a constant of 1.4 against sqrt(40)
    assert verdict("linear_as_computed", constructions=low) is HOLDS
    steep = tuple(replace(one, lipschitz=5 * one.lipschitz, expected=5 * one.expected) for one in low)
    assert verdict("linear_as_computed", constructions=steep) is DIFFERS
    assert claim("linear_as_computed", constructions=steep).note.startswith("8 of 8")
    many = tuple(replace(one, d=59) for one in steep)  # n is more than d / 3
    assert verdict("linear_as_computed", constructions=many) is HOLDS


@pytest.mark.parametrize(
    ("made", "formula", "power"),
    [
        ({}, HOLDS, HOLDS),
        ({"factor": 1.1}, DIFFERS, HOLDS),
        ({"power": 0.4}, DIFFERS, DIFFERS),
        ({"factor": 1.07, "noise": 0.06, "draws": 5}, UNDECIDED, UNDECIDED),
        ({"draws": 2}, NOT_RUN, NOT_RUN),
    ],
)
def test_quadratic_networks_against_their_formula(made, formula, power):
    found = built(Kind.QUADRATIC, **made)
    assert verdict("quadratic_as_computed", constructions=found) is formula
    assert verdict("quadratic_power", constructions=found) is power


def test_caps_are_checked_where_they_do_not_meet():
    caps = Construction(Kind.CAPS, 100, 100, 0, 10.0, 10.0, 0.0)
    assert verdict("caps_fit", constructions=(caps,)) is HOLDS
    for wrong in ({"lipschitz": 11.0}, {"residual": 0.1}):
        assert verdict("caps_fit", constructions=(replace(caps, **wrong),)) is DIFFERS
        apart = replace(caps, disjoint=False, **wrong)
        assert verdict("caps_fit", constructions=(caps, apart)) is HOLDS
        assert verdict("caps_fit", constructions=(apart,)) is UNDECIDED


def test_tails_and_gradients_are_checked_on_every_network():
    assert verdict("tails_are_thin", nets=line()) is HOLDS
    # exp(-1.5^2 / 2) = 0.32, twice that is the bound: 700 of 1,000 are too many, 640 can be chance.
    assert verdict("tails_are_thin", nets=(net(tails=(700, 0, 0, 0)),)) is DIFFERS
    assert verdict("tails_are_thin", nets=(net(tails=(660, 0, 0, 0)),)) is HOLDS
    assert verdict("tails_are_thin", nets=(net(tails=(100, 100, 100, 100)),)) is DIFFERS
    assert verdict("gradients_are_right", nets=line()) is HOLDS
    assert verdict("gradients_are_right", nets=(*line(), net(difference=2e-4))) is DIFFERS
    assert verdict("gradients_are_right", nets=(*line(), net(slope=3.0, bound=2.9))) is DIFFERS


def test_what_cannot_fail_is_no_finding():
    arithmetic = {one.key for one in STUDY.findings if one.arithmetic}
    assert arithmetic == {"caps_fit", "tails_are_thin", "gradients_are_right"}


# --- together ---


def joints(goes_with=1.0, noise=0.3, runs=8, fractions=(0.1, 0.3), of_kind=0.0):
    """Networks whose gradients follow what they memorize, within a kind and between kinds."""
    rng = np.random.default_rng(3)
    found = []
    for place, fraction in enumerate(fractions):
        for width in (8, 16):
            for run in range(runs):
                own, other = rng.standard_normal(2)
                found.append(
                    Joint(
                        fraction=fraction,
                        width=width,
                        run=run,
                        train_error=0.0,
                        unseen_error=0.2,
                        learned=0.7 + 0.02 * own + 0.1 * place,
                        input_bits=(10, 9, 6, 2 + 0.1 * (goes_with * own + noise * other)),
                        peak_bits=(10, 10, 8, 4),
                        label_bits=(1, 1, 0.6, 0.2),
                        slope=float(np.exp(3 + 0.1 * (goes_with * own + noise * other) + of_kind * place)),
                        bound=500.0,
                    )
                )
    return tuple(found)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({}, HOLDS),
        ({"goes_with": -1.0}, DIFFERS),
        ({"goes_with": 0.0, "noise": 1.0}, UNDECIDED),
        ({"goes_with": 0.0, "noise": 1.0, "of_kind": 1.0}, UNDECIDED),  # kinds alone make it, not networks
        ({"runs": 3}, NOT_RUN),
    ],
)
@pytest.mark.parametrize("key", ["memorizing_is_steep", "memorizing_keeps_bits"])
def test_what_goes_together_among_equal_networks(key, made, expected):
    assert verdict(key, joints=joints(**made)) is expected


def test_kinds_alone_are_seen_over_all_networks_and_not_among_equal_ones():
    found = joints(goes_with=0.0, noise=1.0, of_kind=1.0)
    assert between(found, "memorized", "slope", equal=False).low > 0.4
    equal = between(found, "memorized", "slope", equal=True)
    assert equal.low < 0 < equal.high
    left = residuals(found)
    assert (left.kinds, left.free) == (4, 28)
    # The means of four kinds are taken out, which costs three of 32 networks.
    half = 1.96 * np.sqrt((1 + equal.value**2 / 2) / (32 - 3 - 3))
    assert np.arctanh(equal.high) - np.arctanh(equal.value) == pytest.approx(half, rel=1e-3)
    assert left.values["slope"].reshape(4, 8).mean(axis=1) == pytest.approx(0)


def test_networks_that_are_equal_but_for_rounding_have_equal_ranks():
    same = [replace(joint, input_bits=(10, 9, 6, 0.1)) for joint in joints(runs=9)]
    assert sum([0.1] * 9) / 9 != 0.1
    assert not residuals(same).values["output_bits"].any()


# --- numbers ---


def test_lines_and_their_limits():
    x = np.array([1.0, 2, 3, 4, 5])
    exact = Line.through(x, 2 + 3 * x)
    assert (exact.start, exact.slope, exact.explained) == pytest.approx((2, 3, 1))
    noisy = Line.through(x, 2 + 3 * x + np.array([1, -1, 0, -1, 1]))
    low, high = noisy.slope_limits
    # s^2 = 4 / 3, sum of squares of x 10, t of 3 degrees 3.182.
    assert high - low == pytest.approx(2 * 3.1824 * np.sqrt(4 / 3 / 10), rel=1e-3)
    assert noisy.explained_limits[0] < noisy.explained < noisy.explained_limits[1] < 1
    flat = Line.through(x, np.ones(5))
    assert (flat.slope, flat.explained) == pytest.approx((0, 0))


def test_intervals_of_lines_cover():
    rng = np.random.default_rng(4)
    x = np.repeat(np.array(RATIOS), 4)
    truth = np.var(x) / (np.var(x) + 1)
    lines = [Line.through(x, x + rng.standard_normal(len(x))) for _ in range(400)]
    slopes = np.mean([low < 1 < high for low, high in (one.slope_limits for one in lines)])
    explained = np.mean([low < truth < high for low, high in (one.explained_limits for one in lines)])
    assert slopes == pytest.approx(0.95, abs=0.035)
    assert explained == pytest.approx(0.95, abs=0.05)


def test_differences_of_means():
    value, low, high = difference([3.0, 4.0, 5.0], [1.0, 2.0, 3.0])
    assert (value, high - value) == pytest.approx((2, 2.7764 * np.sqrt(2 / 3)), rel=1e-4)
    assert value - low == pytest.approx(high - value)
    assert difference([1.0], [2.0, 3.0])[1:] == (-np.inf, np.inf)
    assert difference([1.0, 1.0], [2.0, 2.0]) == (-1, -1, -1)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ((HOLDS, HOLDS), HOLDS),
        ((HOLDS, UNDECIDED), UNDECIDED),
        ((UNDECIDED, DIFFERS, HOLDS), DIFFERS),
    ],
)
def test_several_things_hold_at_once(verdicts, expected):
    assert all_hold(*verdicts) is expected
