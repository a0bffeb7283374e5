"""What the claims about Soudry et al. say of made-up facts: true, false, flat, opposite, noisy, too few."""

from dataclasses import replace

import numpy as np
import pytest

from backend.core.contracts import ClaimVerdict
from backend.studies import get_study
from backend.studies.kit.results import Results
from backend.studies.separable.claims.linear import closing
from backend.studies.separable.facts import Flow, Network, Pair, Path, SeparableFacts
from backend.studies.separable.late import Late, Line
from backend.studies.separable.optimizers import Optimizer
from backend.studies.separable.params import SeparableParams
from backend.studies.separable.plan import recorded
from backend.studies.separable.points import Points

HOLDS, DIFFERS, UNDECIDED, NOT_RUN = (
    ClaimVerdict.HOLDS,
    ClaimVerdict.DIFFERS,
    ClaimVerdict.UNDECIDED,
    ClaimVerdict.NOT_RUN,
)
STUDY = get_study("separable")
EPOCHS = np.array(recorded(1000))
AT = int(np.searchsorted(EPOCHS, 10))  # from here on made-up networks are right


def claim(key, **facts):
    found = STUDY.found(SeparableParams(), Results(facts=SeparableFacts(n_test=360, **facts)))
    return next(one for one in STUDY.claims(found) if one.key == key)


# --- networks ---


def network(run=0, exponent=-1.0, norm=None, loss_rise=0.1, error_rise=0.0, fitted=AT, epochs=EPOCHS):
    """A network that is right from a place on; its validation changes evenly over the logarithm."""
    t = np.log(epochs / epochs[min(fitted, len(epochs) - 1)])
    along = np.clip(t / t[-1], 0, 1) if t[-1] > 0 else 0 * t
    return Network(
        run=run,
        epochs=epochs.tolist(),
        norm=(5 + 0.3 * t if norm is None else norm(epochs)).tolist(),
        train_loss=(1e-2 * np.exp(exponent * t)).tolist(),
        train_error=np.where(np.arange(len(epochs)) < fitted, 0.05, 0.0).tolist(),
        test_loss=(0.2 + loss_rise * along).tolist(),
        test_error=(0.05 + error_rise * along).tolist(),
    )


def networks(values, name, **others):
    return {"networks": tuple(network(run, **{name: value}, **others) for run, value in enumerate(values))}


def about(middle, spread, runs=5):
    """Values whose mean is `middle`, with a 95 % t-interval of half the width `spread`."""
    values = np.linspace(-1, 1, runs)
    half = {5: 2.7764, 3: 4.3027}[runs] * values.std(ddof=1) / np.sqrt(runs)
    return middle + values * spread / half


@pytest.mark.parametrize(
    ("middle", "spread", "verdict"),
    [
        (-1.0, 0.1, HOLDS),
        (-1.19, 0.1, HOLDS),  # the lower limit from both sides
        (-1.21, 0.1, UNDECIDED),
        (-1.39, 0.1, UNDECIDED),
        (-1.41, 0.1, DIFFERS),
        (-0.81, 0.1, HOLDS),  # and the upper one
        (-0.79, 0.1, UNDECIDED),
        (-0.61, 0.1, UNDECIDED),
        (-0.59, 0.1, DIFFERS),
        (0.0, 0.1, DIFFERS),
        (1.0, 0.1, DIFFERS),
        (-1.0, 0.5, UNDECIDED),
        (-2.0, 0.1, DIFFERS),
    ],
)
def test_the_training_loss_falls_as_1_over_t(middle, spread, verdict):
    found = claim("loss_falls", **networks(about(middle, spread), "exponent"))
    assert found.verdict is verdict
    assert found.measured == pytest.approx(middle)
    assert found.high - found.low == pytest.approx(2 * spread, rel=1e-3)


def noisy(seed):
    return lambda epochs: 5 + np.random.default_rng(seed).standard_normal(len(epochs))


@pytest.mark.parametrize(
    ("norms", "verdict"),
    [
        ([lambda e: 5 + 0.3 * np.log(e)] * 5, HOLDS),
        ([lambda e: 5 + 1e-3 * np.log(e)] * 5, HOLDS),
        ([lambda e: 5 + 0 * e] * 5, DIFFERS),  # flat
        ([lambda e: 5 - 0.3 * np.log(e)] * 5, DIFFERS),  # opposite
        ([lambda e: 5 + 0.01 * e] * 5, DIFFERS),  # a line over epochs
        ([np.sqrt] * 5, DIFFERS),  # a power of the epoch
        ([noisy(k) for k in range(5)], DIFFERS),
        ([lambda e: 5 + 0.3 * np.log(e)] * 2, NOT_RUN),
        ([lambda e: 5 + np.log(e)] * 4 + [lambda e: 5 + e], UNDECIDED),
    ],
)
def test_the_norm_grows_with_log_t(norms, verdict):
    assert claim("norm_grows", **networks(norms, "norm")).verdict is verdict


def bent(explained):
    """A norm of which a line over log epochs explains just so much: the line and an even wave."""
    x = np.log(EPOCHS[AT:])
    wave = np.cos(np.arange(len(x)) * np.pi)
    line = x - x.mean()
    wave -= wave.mean() + line * (wave @ line) / (line @ line)
    size = np.sqrt((line @ line) * (1 / explained - 1) / (wave @ wave))
    return lambda epochs: np.r_[np.zeros(AT), 20 + line + size * wave]


@pytest.mark.parametrize(("explained", "verdict"), [(0.972, HOLDS), (0.968, DIFFERS)])
def test_the_line_must_explain_97_percent(explained, verdict):
    found = claim("norm_grows", **networks([bent(explained)] * 3, "norm"))
    assert (found.verdict, found.measured) == (verdict, pytest.approx(explained, abs=1e-6))


@pytest.mark.parametrize(
    ("middle", "spread", "verdict"),
    [
        (0.1, 0.05, HOLDS),
        (0.051, 0.05, HOLDS),
        (0.049, 0.05, UNDECIDED),
        (0.0, 0.05, UNDECIDED),
        (-0.049, 0.05, UNDECIDED),
        (-0.051, 0.05, DIFFERS),
    ],
)
def test_the_validation_loss_rises(middle, spread, verdict):
    found = claim("validation_loss_rises", **networks(about(middle, spread), "loss_rise"))
    assert (found.verdict, found.measured) == (verdict, pytest.approx(middle))


def test_flat_validation_losses_are_no_rise():
    assert claim("validation_loss_rises", **networks([0.0] * 5, "loss_rise")).verdict is UNDECIDED


def test_a_loss_that_only_left_its_minimum_by_chance_has_not_risen():
    verdicts = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        found = tuple(
            replace(network(run), test_loss=(0.2 + 0.02 * rng.standard_normal(len(EPOCHS))).tolist())
            for run in range(5)
        )
        verdicts.append(claim("validation_loss_rises", networks=found).verdict)
    assert verdicts.count(HOLDS) <= 4


@pytest.mark.parametrize(
    ("error", "loss", "verdict"),
    [
        (0.0, 0.1, HOLDS),
        (-0.02, 0.1, HOLDS),
        (0.0049, 0.1, HOLDS),
        (0.0051, 0.1, UNDECIDED),
        (0.0149, 0.1, UNDECIDED),
        (0.0151, 0.1, DIFFERS),
        (0.0, -0.1, DIFFERS),  # no paradox where the loss falls
        (0.0, 0.0, UNDECIDED),
        (0.05, 0.0, DIFFERS),
    ],
)
def test_the_error_stays_while_the_loss_rises(error, loss, verdict):
    found = claim("paradox", **networks(about(error, 0.005), "error_rise", loss_rise=loss))
    assert (found.verdict, found.measured) == (verdict, pytest.approx(100 * error, abs=1e-9))


NETWORK_CLAIMS = ("loss_falls", "norm_grows", "validation_loss_rises", "paradox")


@pytest.mark.parametrize("key", NETWORK_CLAIMS)
@pytest.mark.parametrize(
    ("found", "words"),
    [
        ([network(k) for k in range(2)], "2 of 2 are ever right on all, 2 for so long"),
        ([network(k, fitted=len(EPOCHS)) for k in range(5)], "0 of 5 are ever right"),
        (
            [network(k, fitted=len(EPOCHS) - 4) for k in range(5)],
            "5 of 5 are ever right on all, 0 for so long",
        ),
        ([network(k, fitted=len(EPOCHS) if k > 1 else AT) for k in range(5)], "2 of 5 are ever right"),
    ],
)
def test_too_few_networks_that_are_right_decide_nothing(key, found, words):
    told = claim(key, networks=tuple(found))
    assert told.verdict is NOT_RUN
    assert words in told.note


def test_those_never_right_are_left_out_and_told():
    found = [network(k, fitted=AT if k < 3 else len(EPOCHS), exponent=-1 if k < 3 else 5) for k in range(5)]
    told = claim("loss_falls", networks=tuple(found))
    assert (told.verdict, told.measured) == (HOLDS, pytest.approx(-1))
    assert "2 of 5 are left out" in told.note


def test_what_comes_after_the_fit_must_be_a_decade_of_numbers():
    late = Late.of(network())
    assert late is not None
    assert (late.since, late.loss.slope) == (EPOCHS[AT], pytest.approx(-1))
    exactly = np.array([1, 10, 20, 30, 50, 100])
    assert Late.of(network(fitted=1, epochs=exactly)) is not None
    assert Late.of(network(fitted=1, epochs=np.array([1, 10, 20, 30, 50, 99]))) is None
    assert Late.of(network(fitted=2, epochs=exactly)) is None
    assert Late.of(network(fitted=0, epochs=np.array([1, 5, 50, 500]))) is None
    for name, value in (("train_loss", 0.0), ("train_loss", np.nan), ("norm", np.inf), ("test_loss", np.nan)):
        broken = replace(network(), **{name: [*getattr(network(), name)[:-1], value]})
        assert Late.of(broken) is None


def test_a_relapse_moves_the_fit():
    assert network().fitted == AT
    relapsed = replace(network(), train_error=[0.0] * 12 + [0.001] + [0.0] * (len(EPOCHS) - 13))
    assert relapsed.fitted == 13


def test_lines_are_least_squares_with_a_sign():
    x = np.array([0.0, 1, 2, 3])
    line = Line.through(x, 3 - 2 * x)
    assert (line.slope, line.start, line.explained) == pytest.approx((-2, 3, -1))
    assert Line.through(x, np.full(4, 7.0)).explained == 0
    assert Line.through(x, np.array([0, 1, 0, 1.0])).explained == pytest.approx(0.2)


# --- optimizers ---

STEPS = np.unique(np.rint(np.geomspace(1, 1e6, 49)).astype(int))


def path(angle, draw=0, points=Points.PAPER, optimizer=Optimizer.GD, turned=0.0, steps=STEPS):
    """Weights whose angle to the maximum margin is a function of the step."""
    values = [float(angle(step)) for step in steps]
    same = [1.0] * len(steps)
    return Path(
        points=points,
        optimizer=optimizer,
        draw=draw,
        steps=steps.tolist(),
        angle=values,
        gap=values,
        loss=same,
        norm=same,
        turned=turned,
    )


def of_share(share):
    """An angle of which each decade leaves that share."""
    return lambda step: 10 * share ** np.log10(step)


CLOSES = {
    "gd_closes": Optimizer.GD,
    "momentum_closes": Optimizer.MOMENTUM,
    "sgd_closes": Optimizer.SGD,
    "normalized_closes": Optimizer.NORMALIZED,
}


@pytest.mark.parametrize(("key", "optimizer"), list(CLOSES.items()))
@pytest.mark.parametrize(
    ("angles", "verdict"),
    [
        ([of_share(0.5)] * 5, HOLDS),
        ([of_share(0.94)] * 5, HOLDS),
        ([of_share(0.96)] * 5, DIFFERS),
        ([of_share(1.0)] * 5, DIFFERS),  # stalled
        ([of_share(1.3)] * 5, DIFFERS),  # turning away
        ([of_share(0.5)] * 2, NOT_RUN),
        ([of_share(share) for share in (0.2, 0.6, 1.4)], UNDECIDED),
        ([lambda step: 5 / np.log(step + 2)] * 5, HOLDS),  # the theorem's slowest pace
        ([lambda step: 1e-9] * 5, HOLDS),  # there, but for rounding
        ([lambda step: 3 + np.sin(1e3 * step)] * 5, DIFFERS),  # noise around a direction
    ],
)
def test_an_optimizer_turns_toward_the_maximum_margin(key, optimizer, angles, verdict):
    found = tuple(path(angle, draw, optimizer=optimizer) for draw, angle in enumerate(angles))
    others = tuple(
        path(of_share(1.5), draw, points, other)
        for draw in range(5)
        for points in Points
        for other in Optimizer
        if (points, other) != (Points.PAPER, optimizer)
    )
    assert claim(key, paths=found + others).verdict is verdict


def test_passing_by_the_maximum_margin_is_no_arrival():
    crossing = path(lambda step: abs(3 - np.log10(step)))
    assert closing(crossing) > 1
    assert closing(path(lambda step: max(1e-4, 5 - np.log10(step)))) < 0.01


def test_a_step_size_that_diverges_decides_nothing():
    found = tuple(path(of_share(0.5), draw, steps=STEPS[:n]) for draw, n in enumerate((40, 40, 3)))
    told = claim("gd_closes", paths=found)
    assert told.verdict is NOT_RUN
    assert "too large" in told.note
    assert claim("gd_closes", paths=(*found[:2], path(of_share(0.5), 2, steps=STEPS[:0]))).verdict is NOT_RUN


def adams(angles, turned):
    return {
        "paths": tuple(
            path(lambda _, a=angle: a, draw, Points.SCALED, optimizer, turned)
            for draw, angle in enumerate(angles)
            for optimizer in (Optimizer.ADAM, Optimizer.FAST_ADAM)
        )
    }


@pytest.mark.parametrize(
    ("angles", "turned", "verdict"),
    [
        ([2.5] * 3, 0.01, HOLDS),
        ([1.01] * 3, 0.099, HOLDS),
        ([0.99] * 3, 0.01, DIFFERS),
        ([0.0] * 3, 0.0, DIFFERS),
        ([2.5] * 3, 0.101, UNDECIDED),  # it still turns: its angle is that of no limit
        ([0.5] * 3, 0.101, UNDECIDED),
        ([0.1, 0.1, 40.0, 45.0], 0.01, UNDECIDED),
        ([2.5] * 2, 0.01, NOT_RUN),
        ([], 0.0, NOT_RUN),
    ],
)
def test_adam_is_judged_by_its_limit(angles, turned, verdict):
    assert claim("adam_elsewhere", **adams(angles, turned)).verdict is verdict


def test_adam_tells_how_many_paths_end_where():
    told = claim("adam_elsewhere", **adams([0.1, 0.2, 40.0, 45.0], 0.5))
    assert told.answer == "on 2 of 4 draws it ends within 1 degree of it, on the others 40 to 45 degrees away"
    assert claim("adam_elsewhere", **adams([0.1] * 3, 0)).answer.startswith("on 3 of 3 draws")


def test_of_two_rates_the_nearer_one_counts_and_the_one_that_turns():
    near, far = adams([0.1] * 3, 0.0)["paths"], adams([30.0] * 3, 0.0)["paths"]
    assert claim("adam_elsewhere", paths=near[::2] + far[1::2]).verdict is DIFFERS
    turning = adams([0.1] * 3, 0.5)["paths"]
    assert claim("adam_elsewhere", paths=near[::2] + turning[1::2]).verdict is UNDECIDED


@pytest.mark.parametrize(
    ("angles", "verdict"), [([0.1, 0.1, 0.1, 0.1, 0.95], DIFFERS), ([0.1, 0.1, 0.1, 0.1, 1.05], UNDECIDED)]
)
def test_draws_on_both_sides_leave_adam_undecided(angles, verdict):
    assert claim("adam_elsewhere", **adams(angles, 0.0)).verdict is verdict


# --- gradient flow ---

FLOW = Flow(
    draw=0,
    spread=1e-3,
    between_losses=1e-4,
    times=[1, 1e12],
    validation_loss=[10.0, 4.0],
    validation_error=[0.1, 0.05],
    slope=0.15,
    expected=0.15,
)


def flows(values, name):
    return {"flows": tuple(replace(FLOW, draw=draw, **{name: v}) for draw, v in enumerate(values))}


@pytest.mark.parametrize(
    ("key", "name", "most"), [("one_limit", "spread", 5e-3), ("one_limit_of_losses", "between_losses", 1e-2)]
)
def test_directions_that_are_equal_but_for_a_tolerance(key, name, most):
    assert claim(key, **flows([0.0] * 3, name)).verdict is HOLDS
    assert claim(key, **flows([0.99 * most] * 3, name)).verdict is HOLDS
    assert claim(key, **flows([1.01 * most] * 3, name)).verdict is DIFFERS
    assert claim(key, **flows([0.1 * most, most, 3 * most], name)).verdict is UNDECIDED
    assert claim(key, **flows([0.0] * 2, name)).verdict is NOT_RUN


@pytest.mark.parametrize(
    ("slopes", "verdict"),
    [
        ([0.15] * 3, HOLDS),
        ([0.1426] * 3, HOLDS),
        ([0.1424] * 3, DIFFERS),
        ([0.1574] * 3, HOLDS),
        ([0.1576] * 3, DIFFERS),
        ([0.0] * 3, DIFFERS),
        ([-0.15] * 3, DIFFERS),
        ([0.13, 0.15, 0.17], UNDECIDED),
        ([0.15] * 2, NOT_RUN),
    ],
)
def test_the_validation_loss_has_the_slope_of_the_wrong_point(slopes, verdict):
    assert claim("validation_slope", **flows(slopes, "slope")).verdict is verdict


def test_an_error_that_rises_is_another_finding():
    rising = [replace(FLOW, draw=draw, validation_error=[0.05, 0.1]) for draw in range(3)]
    assert claim("validation_slope", flows=tuple(rising)).verdict is DIFFERS
    one = (*(replace(FLOW, draw=draw) for draw in range(3)), rising[0])
    assert claim("validation_slope", flows=one).verdict is DIFFERS


# --- two classes ---


def pair(angle, *, separable=True, left=None, steps=STEPS):
    others = path(of_share(1.5), optimizer=Optimizer.ADAM)
    return {
        "pairs": (
            Pair(
                names=("cat", "dog"),
                n=200,
                d=65,
                separable=separable,
                supports=7 if separable else 0,
                paths=(others, path(angle, steps=steps)),
                shown=[1],
                pictures=[[[0.1, -0.2]], [[0.3, 0.1]]],
                support=[[[0.5, 1.0]]] if separable else [],
                of=["cat"] if separable else [],
                left=left,
            ),
        )
    }


@pytest.mark.parametrize(
    ("share", "verdict"), [(0.5, HOLDS), (0.94, HOLDS), (0.96, DIFFERS), (1.0, DIFFERS), (1.2, DIFFERS)]
)
def test_two_classes_by_their_only_path(share, verdict):
    found = claim("pair_closes", **pair(of_share(share)))
    assert (found.verdict, found.low, found.high) == (verdict, found.measured, found.measured)
    assert found.measured == pytest.approx(share, rel=1e-3)


def test_two_classes_that_overlap_have_no_margin_to_turn_to():
    nowhere = {"angle": lambda _: np.nan, "separable": False}
    ends, goes_on = (claim("pair_closes", **pair(**nowhere, left=left)) for left in (1e-6, None))
    assert ends.verdict is goes_on.verdict is NOT_RUN
    assert "least loss" in ends.note
    assert "grows on" in goes_on.note
    assert claim("pair_closes").verdict is NOT_RUN
    assert claim("pair_closes", **pair(of_share(0.5), steps=STEPS[:2])).verdict is NOT_RUN
