"""Estimators of information where the answer is known, the patterns, and networks by their weights alone."""

from itertools import permutations

import numpy as np
import pytest

from backend.statistics.information import (
    about_chances,
    between,
    by_kernels,
    by_neighbors,
    entropy_of_labels,
    exactly,
    in_bins,
    of_codes,
)
from backend.theory.layer_information import Estimator, Measure, layer_information, reach, states
from backend.theory.small_networks import Activation, activities, layers, parameter_count, spans
from backend.theory.sphere_patterns import (
    committee_labels,
    icosahedron_labels,
    patterns,
    random_labels,
    scores,
    softened,
    vertices,
)

PROFILE = [0, 0, 0, 0, 0, 60, 532, 732, 495, 220, 66, 12, 1]
LABELS = icosahedron_labels()
ENTROPY = entropy_of_labels(LABELS)
WIDTHS = (12, 6, 3, 2)
RNG = np.random.default_rng(1)
WEIGHTS = (RNG.standard_normal((3, parameter_count(WIDTHS))) * 0.7).astype(np.float32)


def by_hand(layer, labels):
    """Return I(X;T) and I(T;Y) from a table of states."""
    table: dict[tuple, list[int]] = {}
    for state, label in zip(map(tuple, layer.tolist()), labels.tolist(), strict=True):
        table.setdefault(state, [0, 0])[label] += 1
    counts = np.array(list(table.values()))

    def entropy(n):
        p = n[n > 0] / len(labels)
        return float(-(p * np.log2(p)).sum())

    return entropy(counts.sum(1)), entropy(counts.sum(1)) + entropy(counts.sum(0)) - entropy(counts.ravel())


def told(codes):
    """Return both numbers of bits as numbers."""
    return tuple(map(float, of_codes(codes, LABELS)))


# --- patterns ---


def test_labels_are_those_of_the_published_file():
    assert patterns().shape == (4096, 12)
    assert len(np.unique(patterns(), axis=0)) == 4096
    assert LABELS.sum() == 2118
    assert np.bincount(patterns().sum(axis=1).astype(int), LABELS).tolist() == PROFILE
    assert pytest.approx(0.99916, abs=5e-6) == ENTROPY
    found = np.unique(scores())
    assert len(found) == 42
    assert {98, 99} <= set(found.tolist())  # the gap in which the threshold lies


def test_no_rotation_of_the_icosahedron_changes_a_label():
    corner = vertices()
    near = [(a, b) for a, b in permutations(range(12), 2) if abs(corner[a] @ corner[b] - 5**-0.5) < 1e-9]
    assert len(near) == 60
    numbers = patterns().astype(int) @ (1 << np.arange(12)[::-1])
    first = np.column_stack([corner[near[0][0]], corner[near[0][1]], np.cross(*corner[list(near[0])])])
    turned = set()
    for a, b in near:
        turn = np.column_stack([corner[a], corner[b], np.cross(corner[a], corner[b])]) @ np.linalg.inv(first)
        places = np.argmax(corner @ (turn @ corner.T), axis=0)
        assert sorted(places) == list(range(12))
        moved = patterns().astype(int)[:, places] @ (1 << np.arange(12)[::-1])
        np.testing.assert_array_equal(LABELS[np.searchsorted(numbers, moved)], LABELS)
        turned.add(tuple(places))
    assert len(turned) == 60


def test_other_rules_have_their_own_labels():
    rng = np.random.default_rng(0)
    drawn = random_labels(rng)
    assert drawn.sum() == 2118
    assert 0.4 < (drawn == LABELS).mean() < 0.6
    committee = committee_labels(rng)
    assert 0.4 < committee.mean() < 0.6
    # A vote of perceptrons is told by one better than by chance; random labels are not.
    line = np.linalg.lstsq(2 * patterns() - 1, 2.0 * committee - 1, rcond=None)[0]
    assert (((2 * patterns() - 1) @ line > 0) == committee).mean() > 0.7
    assert softened(8).mean() == pytest.approx(0.5167, abs=1e-3)
    assert about_chances(exactly(patterns()), softened(8)) == pytest.approx(0.989, abs=1e-3)
    np.testing.assert_array_equal(softened(50).round(), LABELS)


# --- estimators ---


def test_inputs_tell_everything_and_a_constant_nothing():
    bits = of_codes(exactly(patterns()), LABELS)
    assert float(bits.of_input) == 12
    assert float(bits.of_label) == pytest.approx(ENTROPY)
    nothing = of_codes(in_bins(0 * patterns(), -1, 0.1), LABELS)
    assert (float(nothing.of_input), float(nothing.of_label)) == pytest.approx((0, 0), abs=1e-12)


@pytest.mark.parametrize("units", [1, 2, 5])
def test_discrete_states_are_counted_as_by_hand(units):
    h = np.tanh(RNG.standard_normal((4096, units)) * 0.4).astype(np.float32)
    edges = np.linspace(-1, 1, 30).astype(np.float32)
    cut = np.digitize(h, edges)
    expected = by_hand(cut, LABELS)
    for codes in (between(h, edges), in_bins(h, -1, 2 / 29)):
        assert told(codes) == pytest.approx(expected, abs=2e-3)  # an edge may round either way
    assert told(between(h, edges)) == pytest.approx(expected, abs=1e-9)
    turned = told(between(h[:, ::-1], edges))
    assert turned == pytest.approx(expected, abs=1e-9)
    assert 0 <= expected[1] <= min(expected[0], ENTROPY)


def test_full_precision_tells_neighboring_floats_apart_and_zero_from_nothing():
    h = np.zeros((4, 1), np.float32)
    h[1], h[2], h[3] = -0.0, np.nextafter(np.float32(0), np.float32(1)), 1
    labels = np.array([0, 1, 0, 1], np.uint8)
    assert float(of_codes(exactly(h), labels).of_input) == 1.5


def test_several_layers_at_once_are_measured_as_one_by_one():
    h = RNG.standard_normal((2, 3, 4096, 2)).astype(np.float32)
    both = of_codes(in_bins(h, -5, 0.3), LABELS)
    assert both.of_input.shape == (2, 3)
    one = of_codes(in_bins(h[1, 2], -5, 0.3), LABELS)
    assert (both.of_input[1, 2], both.of_label[1, 2]) == pytest.approx(tuple(map(float, one)))


def test_kernels_lie_between_one_state_and_all_of_them():
    h = RNG.standard_normal((300, 3)).astype(np.float32)
    labels = (h[:, 0] > 0).astype(np.uint8)
    apart, together = by_kernels(h, labels, 1e-9), by_kernels(h, labels, 1e6)
    assert float(apart.of_input) == pytest.approx(np.log2(300))
    twice = by_kernels(np.tile(9 * h[:150], (2, 1)), labels, 1e-6)  # equal points stay equal
    assert float(twice.of_input) == pytest.approx(np.log2(150), abs=1e-3)
    assert float(apart.of_label) == pytest.approx(entropy_of_labels(labels))
    assert float(together.of_input) == pytest.approx(0, abs=1e-3)
    # The double sum itself, in double precision.
    kernel = np.exp(-((h[:, None].astype(float) - h[None]) ** 2).sum(axis=2) / (2 * 0.3))
    whole = -np.log2(kernel.mean(axis=1)).mean()
    within = sum((-np.log2(kernel[m][:, m].mean(axis=1))).sum() for m in (labels == 0, labels == 1)) / 300
    assert by_kernels(h, labels, 0.3) == pytest.approx((whole, whole - within), abs=1e-4)


def test_neighbors_find_the_entropy_of_a_uniform_and_shift_with_its_scale():
    h = RNG.random((4000, 2)).astype(np.float32)
    labels = (h[:, 0] > 0.5).astype(np.uint8)
    assert by_neighbors(h, labels) == pytest.approx((0, 1), abs=0.08)
    assert float(by_neighbors(4 * h, labels).of_input) == pytest.approx(4, abs=0.08)
    assert float(by_neighbors(h.round(), labels).of_input) < -20  # saturated units


# --- layers of networks ---


def test_activities_are_those_of_the_layers_written_out():
    (first, bias), *_ = layers(WEIGHTS[0], WIDTHS)
    hidden, _, output = activities(WEIGHTS[0], WIDTHS, Activation.TANH, patterns())
    np.testing.assert_allclose(hidden, np.tanh(patterns() @ first.T + bias), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(output.sum(axis=1), 1, rtol=1e-5)
    assert spans(WIDTHS)[-1].biases.stop == parameter_count(WIDTHS) == WEIGHTS.shape[1]
    stacked = activities(WEIGHTS, WIDTHS, Activation.TANH, patterns())
    np.testing.assert_allclose(stacked[1][0], activities(WEIGHTS[0], WIDTHS, Activation.TANH, patterns())[1])


@pytest.mark.parametrize("activation", list(Activation))
@pytest.mark.parametrize(
    "estimator", [Estimator.PAPER, Estimator.ACTIVITY, Estimator.NET_INPUT, Estimator.EXACT]
)
def test_bits_shrink_from_layer_to_layer_and_stay_within_their_limits(activation, estimator):
    bits = layer_information(
        WEIGHTS, WIDTHS, activation, patterns(), LABELS, Measure(estimator, 400), only=None
    )
    assert bits.of_input.shape == bits.of_label.shape == (3, 3)
    assert (bits.of_input <= 12 + 1e-9).all()
    assert (bits.of_label <= np.minimum(bits.of_input, ENTROPY) + 1e-9).all()
    if estimator is Estimator.EXACT:  # else later layers may be cut finer than earlier ones
        assert (np.diff(bits.of_input, axis=1) <= 1e-9).all()
    last = layer_information(
        WEIGHTS, WIDTHS, activation, patterns(), LABELS, Measure(estimator, 400), reach_of(activation), 1
    )
    np.testing.assert_allclose(last.of_input[:, 0], bits.of_input[:, 1])


def reach_of(activation):
    hidden = activities(WEIGHTS, WIDTHS, activation, patterns())[:-1]
    return (-1.0, 1.0) if activation.bounded else reach(hidden)


def test_the_papers_bins_are_30_edges_and_100_bins_up_to_the_greatest_activity():
    h = np.array([[-1.0], [-0.94], [0.999], [1.0]], np.float32)
    labels = np.zeros(4, np.uint8)
    cut = states(h, Activation.TANH, Measure(), (0, 9), output=False)
    assert len(set(cut.tolist())) == 3  # the point 1 is a bin of its own, the first two share one
    relu = np.array([[0.0], [0.09], [0.11], [10.0]], np.float32)
    assert len(set(states(relu, Activation.RELU, Measure(), (0, 10), output=False).tolist())) == 3
    assert len(set(states(relu / 10, Activation.RELU, Measure(), (0, 10), output=True).tolist())) == 2
    assert float(of_codes(cut, labels).of_label) == 0


def test_bins_of_net_input_go_on_where_bins_of_activity_have_ended():
    net = np.linspace(-8, 8, 4096)[:, None]
    h = np.tanh(net).astype(np.float32)
    labels = LABELS

    def bits(measure):
        return float(of_codes(states(h, Activation.TANH, measure, (-1, 1), output=False), labels).of_input)

    even = bits(Measure(Estimator.NET_INPUT, 101))  # a bin for each whole net input
    assert even == pytest.approx(np.log2(16), abs=0.1)
    assert bits(Measure(Estimator.ACTIVITY, 30)) < even
