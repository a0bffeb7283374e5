"""Claims about layers on made-up networks: true, false, at the threshold, noisy, and too few."""

from dataclasses import replace

import numpy as np
import pytest

from backend.core.contracts import ClaimVerdict
from backend.studies import get_study
from backend.studies.information_plane import evidence
from backend.studies.information_plane.facts import Block, Course, PlaneFacts
from backend.studies.information_plane.figures.outcomes import ARGUED
from backend.studies.information_plane.params import Optimizer, PlaneParams, Rule
from backend.studies.information_plane.snr import crossing, ratios
from backend.studies.kit.results import Results
from backend.theory.small_networks import Activation, layers, parameter_count

STUDY = get_study("information_plane")
HOLDS, DIFFERS, OPEN, NOT_RUN = (
    ClaimVerdict.HOLDS,
    ClaimVerdict.DIFFERS,
    ClaimVerdict.UNDECIDED,
    ClaimVerdict.NOT_RUN,
)
PARAMS = PlaneParams(widths=(4, 3), depths=(1,))
EPOCHS = np.array([0, 1, 2, 4, 8, 15, 30, 60, 120, 250, 500, 1000])
TANH, RELU, FULL, LITTLE, SHALLOW, RANDOM = (
    center := PARAMS.arms()[0],
    center._replace(activation=Activation.RELU),
    center._replace(optimizer=Optimizer.FULL_BATCH),
    center._replace(percent=5),
    center._replace(depth=1),
    center._replace(rule=Rule.RANDOM),
)
NETWORKS = 8


def course(
    fall=3.0,
    *,
    output_fall=2.0,
    peak=3,
    spread=0.05,
    label=0.99,
    late=0.0,
    accuracy=0.95,
    cross=4,
    end=0.2,
    networks=NETWORKS,
    depth=2,
    at=3,
    early=3.0,
):
    """Return arrays of networks whose last hidden layer falls by so many bits from its peak.

    `late`: change of bits about the label from epoch 120 on; `cross`: the place from which ratios are below
    1; `at`: that from which there are 0.9 bits about the label.
    """
    rng = np.random.default_rng(0)
    count, looks = depth + 1, len(EPOCHS)
    noise = spread * rng.standard_normal(networks)
    bits = np.full((networks, looks, count, 2), 11.0)
    for layer, down in ((depth - 1, fall), (depth, output_fall)):
        own = np.full(looks, 7.0)
        own[:peak] -= 2
        own[peak + 1 :] -= np.linspace(0, down, looks - peak)[1:]
        bits[:, :, layer, 0] = own
        bits[:, peak, layer, 0] += noise
    bits[..., 1] = label
    bits[:, :at, :, 1] = 0.3
    bits[:, -1, depth - 1, 1] += late * (1 + 0.1 * noise)
    gradients = np.ones((networks, looks, count, 2))
    gradients[..., 0] = early
    gradients[:, cross:, :, 0] = end
    gradients[..., 0] *= (1 + 0.1 * noise)[:, None, None]
    performance = np.full((networks, looks, 4), 0.9)
    performance[:, -1, 3] = accuracy + 0.05 * noise
    widths = (12, *PARAMS.widths[:depth], 2)
    return {
        "weights": rng.standard_normal((networks, looks, parameter_count(widths))).astype(np.float32),
        "information": bits.astype(np.float32),
        "performance": performance.astype(np.float32),
        "gradients": gradients.astype(np.float32),
        "ends": np.tile([-1.0, 1.0], (networks, 1)).astype(np.float32),
    }


def found(params=PARAMS, **arms):
    """Return what was found where the named settings have those courses."""
    named = {"tanh": TANH, "relu": RELU, "full": FULL, "little": LITTLE, "shallow": SHALLOW, "random": RANDOM}
    arrays, blocks = {}, []
    for name, made in arms.items():
        arm = named[name]
        blocks.append(Block(arm, 0, len(made["weights"]), EPOCHS.tolist()))
        arrays |= {f"{arm.key}-{part}": array for part, array in made.items()}
    return STUDY.found(params, Results(facts=PlaneFacts(blocks=tuple(blocks)), arrays=arrays))


def claim(key, **arms):
    return next(one for one in STUDY.claims(found(**arms)) if one.key == key)


def verdict(key, **arms):
    return claim(key, **arms).verdict


@pytest.mark.parametrize(("key", "name"), [("tanh_compresses", "tanh"), ("full_batch_compresses", "full")])
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"fall": 3.0}, HOLDS),
        ({"fall": 2.2}, HOLDS),
        ({"fall": 1.8}, DIFFERS),
        ({"fall": 0.0}, DIFFERS),
        ({"fall": -2.0}, DIFFERS),
        ({"fall": 3.0, "networks": 2}, NOT_RUN),
    ],
)
def test_a_layer_compresses_if_it_falls_by_two_bits(key, name, given, expected):
    assert verdict(key, **{name: course(**given)}) is expected


def test_networks_that_differ_widely_leave_compression_open():
    made = course(fall=2.4)  # by 1.3 or by 3.5, so that every network falls
    made["information"][::2, -1, 1, 0] += 1.1
    made["information"][1::2, -1, 1, 0] -= 1.1
    assert verdict("tanh_compresses", tanh=made) is OPEN


def test_a_fall_that_few_networks_have_is_not_that_of_nearly_all():
    made = course(fall=6.0)
    made["information"][:2, :, 1, 0] = 7.0  # two of eight do not fall at all
    told = claim("tanh_compresses", tanh=made)
    assert told.low > 2
    assert told.verdict is OPEN
    assert "75%" in told.note


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"fall": 0.0}, HOLDS),
        ({"fall": 0.2}, HOLDS),
        ({"fall": 0.4}, DIFFERS),
        ({"fall": 3.0}, DIFFERS),
        ({"fall": 0.28, "spread": 1.0}, OPEN),
        ({"fall": 0.0, "networks": 2}, NOT_RUN),
    ],
)
def test_relu_goes_without_compression_if_no_hidden_layer_falls(given, expected):
    assert verdict("relu_does_not", relu=course(output_fall=2, **given)) is expected


def test_one_layer_that_falls_is_enough_against_relu():
    made = course(fall=0.0)
    made["information"][:, -1, 0, 0] -= 1
    assert verdict("relu_does_not", relu=made) is DIFFERS


@pytest.mark.parametrize(("down", "expected"), [(2.0, HOLDS), (1.1, HOLDS), (0.9, DIFFERS), (0, DIFFERS)])
def test_outputs_of_relu_compress_by_a_bit(down, expected):
    assert verdict("relu_output_falls", relu=course(0.0, output_fall=down)) is expected


@pytest.mark.parametrize(
    ("peak", "fall", "expected"), [(3, 3.0, HOLDS), (9, 3.0, HOLDS), (10, 3.0, OPEN), (3, 0.0, DIFFERS)]
)
def test_most_of_the_training_compresses_where_the_peak_is_early(peak, fall, expected):
    made = course(fall, peak=peak)
    if expected is OPEN:  # half of the networks peak at half of the epochs, half a little later
        made["information"][::2, 11, 1, 0] = 3.0
        made["information"][1::2, 9, 1, 0] = 9.0
        made["information"][::2, 10, 1, 0] = 9.0
        made["information"][::4, 10, 1, 0], made["information"][::4, 11, 1, 0] = 5.0, 9.5
    assert verdict("mostly_compressing", tanh=made) is expected


@pytest.mark.parametrize(
    ("peak", "cross", "expected"),
    [(4, 4, HOLDS), (4, 5, HOLDS), (2, 8, DIFFERS), (9, 3, DIFFERS), (4, 12, OPEN)],
)
def test_peak_and_crossing_come_together_within_a_factor_of_three(peak, cross, expected):
    assert verdict("begins_at_crossing", tanh=course(peak=peak, cross=cross)) is expected


@pytest.mark.parametrize(("key", "name"), [("ratio_drops", "tanh"), ("ratio_drops_in_relu", "relu")])
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"end": 0.2, "cross": 2}, HOLDS),
        ({"end": 0.6, "cross": 2}, DIFFERS),
        ({"end": 0.2, "cross": 2, "early": 0.9}, DIFFERS),
        ({"end": 3.0, "cross": 12}, DIFFERS),
        ({"end": 0.49, "cross": 2, "spread": 2.0}, OPEN),
    ],
)
def test_the_ratio_drops_in_every_layer(key, name, given, expected):
    assert verdict(key, **{name: course(**given)}) is expected


@pytest.mark.parametrize(
    ("label", "expected"), [(0.98, HOLDS), (0.96, HOLDS), (0.94, DIFFERS), (0.3, DIFFERS)]
)
def test_the_label_is_kept_from_095_bits_on(label, expected):
    assert verdict("keeps_label", tanh=course(label=label)) is expected


@pytest.mark.parametrize(
    ("late", "expected"), [(-0.1, HOLDS), (-0.06, HOLDS), (-0.04, DIFFERS), (0.1, DIFFERS)]
)
def test_little_data_loses_the_label_late(late, expected):
    assert verdict("little_data_falls", little=course(label=0.7, late=late)) is expected


@pytest.mark.parametrize(("late", "expected"), [(0.05, HOLDS), (-0.05, DIFFERS), (4e-4, OPEN), (-4e-4, OPEN)])
def test_much_data_gains_the_label_to_the_end(late, expected):
    assert verdict("much_data_rises", tanh=course(label=0.9, late=late)) is expected


@pytest.mark.parametrize(("label", "expected"), [(0.99, HOLDS), (0.96, HOLDS), (0.94, DIFFERS)])
def test_layers_are_near_the_bound_within_005_bits(label, expected):
    assert verdict("near_bound", tanh=course(label=label)) is expected


@pytest.mark.parametrize(("deep", "shallow", "expected"), [(3, 6, HOLDS), (6, 3, DIFFERS), (3, 3, OPEN)])
def test_depth_is_fast_if_it_needs_fewer_epochs(deep, shallow, expected):
    told = claim("depth_is_fast", tanh=course(at=deep), shallow=course(depth=1, at=shallow))
    assert told.verdict is expected
    assert told.measured == pytest.approx(EPOCHS[deep] / EPOCHS[shallow])


@pytest.mark.parametrize(
    ("ours", "theirs", "fall", "expected"),
    [
        (0.95, 0.95, 0.0, HOLDS),
        (0.94, 0.95, 0.0, HOLDS),
        (0.91, 0.95, 0.0, DIFFERS),
        (0.95, 0.95, 2.0, DIFFERS),
    ],
)
def test_who_does_not_compress_generalizes_as_well(ours, theirs, fall, expected):
    arms = {"relu": course(fall, accuracy=ours), "tanh": course(3.0, accuracy=theirs)}
    assert verdict("generalizes_without", **arms) is expected


@pytest.mark.parametrize(
    ("fall", "accuracy", "expected"),
    [(2.0, 0.5, HOLDS), (0.5, 0.5, DIFFERS), (2.0, 0.9, DIFFERS), (1.2, 0.5, HOLDS)],
)
def test_random_labels_are_compressed_and_not_generalized(fall, accuracy, expected):
    assert verdict("compresses_at_random", random=course(fall, accuracy=accuracy)) is expected


def grown(steps):
    """Return networks whose weights are multiplied by each of the steps in turn."""
    made = course()
    first = made["weights"][:, :1]
    made["weights"] = (first * np.array(steps)[None, :, None]).astype(np.float32)
    return made


def test_bins_of_net_input_rise_with_weights_and_fall_with_them():
    growing = np.geomspace(0.3, 4, len(EPOCHS))
    assert verdict("net_input_bins", tanh=grown(growing)) is HOLDS
    assert verdict("net_input_bins", tanh=grown(growing[::-1])) is DIFFERS
    assert verdict("net_input_bins", tanh=grown(np.ones(len(EPOCHS)))) is not HOLDS


def test_changes_that_rounding_makes_are_none():
    assert evidence.without_rounding(np.array([0.2, -0.2, 9e-4, -9e-4])).tolist() == [0.2, -0.2, 0, 0]


def test_checks_of_the_tools_hold_and_notice_what_cannot_be():
    made = course()
    assert {
        claim(key, tanh=made).verdict for key in ("published_patterns", "known_answers", "under_bound")
    } == {HOLDS}
    broken = {name: array.copy() for name, array in made.items()}
    broken["information"][0, 0, 0, 0] = 12.5
    assert verdict("known_answers", tanh=broken) is DIFFERS
    broken["information"][0, 0, 0] = 0.5, 0.6
    assert verdict("known_answers", tanh=broken) is DIFFERS


def test_what_is_missing_is_named():
    claims = {one.key: one for one in STUDY.claims(found(tanh=course()))}
    assert "relu, adam, 80 % of the patterns" in claims["relu_does_not"].note
    assert "full batch" in claims["full_batch_compresses"].note
    assert claims["depth_is_fast"].verdict is NOT_RUN
    without = STUDY.claims(found(PlaneParams(widths=(4, 3)), tanh=course()))
    assert "choose further depths" in next(one.note for one in without if one.key == "depth_is_fast")


def test_every_argument_is_judged_by_a_finding():
    keys = {finding.key for finding in STUDY.findings}
    assert {key for *_, key in ARGUED} <= keys
    drawn = next(one for one in STUDY.figures if one.name == "argument").drawn(
        found(tanh=course(), relu=course(0))
    )
    outcomes = {row[2].partition(":")[0] for trace in drawn.data for row in trace.customdata}
    assert {"yes", "not run"} <= outcomes
    table = {row[0]: row[1:] for trace in drawn.data for row in trace.customdata}
    test, outcome = table["Compression is what deep networks do."]
    assert (test, outcome.partition(":")[0]) == ("Do ReLU networks go without compression?", "yes")


def test_the_grid_counts_who_compresses_and_who_generalizes():
    arms = {
        "tanh": course(3.0, accuracy=0.95),
        "relu": course(0, accuracy=0.95),
        "random": course(3.0, accuracy=0.5),
    }
    drawn = next(one for one in STUDY.figures if one.name == "grid").drawn(found(**arms))
    words = drawn.layout.meta["summary"]
    assert "8 compress and generalize, 8 generalize without compressing, 8 compress without" in words
    np.testing.assert_allclose(drawn.data[0].x, evidence.fall(_course(arms["tanh"]), 1), rtol=1e-4)


def _course(made):
    return Course(arm=TANH, epochs=EPOCHS, **made)


def test_ratios_are_of_one_layer_and_cross_for_good():
    own = _course(course(end=0.25, cross=4))
    np.testing.assert_allclose(
        ratios(own)[0, :, 0] / ratios(own)[0, 0, 0], [1] * 4 + [0.25 / 3] * 8, rtol=1e-5
    )
    assert crossing(EPOCHS, np.array([2, 0.5, 2, 0.5, 0.5, 0.5, 0.4, 0.3, 0.2, 0.2, 0.1, 0.1])) == 4
    assert crossing(EPOCHS, np.full(12, 2.0)) is None
    assert crossing(EPOCHS, np.full(12, 0.5)) == 0


def test_evidence_is_counted_network_by_network():
    own = _course(course(fall=2.5, peak=5, spread=0))
    np.testing.assert_allclose(evidence.fall(own, 1), 2.5)
    assert (evidence.peak(own) == EPOCHS[5]).all()
    assert (evidence.epochs_until(own, 0.9) == EPOCHS[3]).all()
    assert (evidence.epochs_until(own, 0.1) == 1).all()
    assert (evidence.epochs_until(own, 1.5) == EPOCHS[-1]).all()
    late = _course(course(label=0.7, late=-0.2, spread=0))
    np.testing.assert_allclose(evidence.late_change_of_label(late), -0.2, rtol=1e-5)
    shift = replace(own, information=np.full((2, 12, 3, 2), 0.6, np.float32))
    np.testing.assert_allclose(evidence.shortfall(shift, 0.999), 0, atol=1e-6)
    assert layers(own.weights, (12, 4, 3, 2))[0][0].shape == (NETWORKS, 12, 4, 12)
