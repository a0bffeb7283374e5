"""Claims of the ResMem study on made-up networks: true, false, flat, noisy, few, and at every threshold."""

from dataclasses import replace

import numpy as np
import pytest

from backend.core.contracts import ClaimVerdict
from backend.networks.ladders import Family
from backend.studies import get_study
from backend.studies.kit.results import Results
from backend.studies.resmem.facts import Answered, Net, Outcomes, ResMemFacts
from backend.studies.resmem.params import ResMemParams

STUDY = get_study("resmem")
HOLDS, DIFFERS, UNDECIDED, NOT_RUN = (
    *(ClaimVerdict.HOLDS, ClaimVerdict.DIFFERS),
    *(ClaimVerdict.UNDECIDED, ClaimVerdict.NOT_RUN),
)
EXPERIMENT = "0" * 12


def nets(size, gain, *, share=1.0, fit=0.9, over_neighbors=0.01, kept=1.0, runs=8, noise=0.001):
    """Return networks of a size: what memory adds, to them and over neighbors, and training accuracies."""
    rng = np.random.default_rng(size)
    for run in range(runs):
        resmem = 0.6 + gain + noise * rng.standard_normal()
        test = Answered(0.6, resmem, resmem - over_neighbors - noise * rng.standard_normal())
        train = Answered(fit, kept + noise * rng.standard_normal() / 10, kept)
        yield Net(
            size,
            share,
            run,
            int(1000 * share),
            test,
            train,
            0.1,
            3,
            0.3,
            1.4,
            2.0,
            1,
            0.1,
            np.full((4, 4, 3), 0.6).tolist(),
        )


def scored(size, base, resmem):
    """Return networks of a size that all have these test accuracies."""
    return [replace(net, test=Answered(base, resmem, base)) for net in nets(size, 0)]


def test_gains_that_are_equal_but_for_rounding_do_not_shrink():
    assert 0.51 - 0.5 > 0.11 - 0.1  # by 1e-17
    assert judged("shrinks", scored(2, 0.5, 0.51), scored(16, 0.1, 0.11)).verdict is UNDECIDED


def outcomes(tail, rest, *, broken=2, runs=8, noise=2):
    """Return networks that get 100 of 200 held-out examples in each bin wrong, and rescue so many of them."""
    rng = np.random.default_rng(0)
    for run in range(runs):
        rescued = [int(max(n + noise * rng.standard_normal(), 0)) for n in (rest, rest, tail, tail, tail)]
        yield Outcomes("memorization", 4, run, (100,) * 5, tuple(rescued), (100,) * 5, (broken,) * 5)


def judged(key, *groups, **params):
    facts = ResMemFacts(nets=tuple(net for group in groups for net in group))
    return claim(key, facts, ResMemParams(**params))


def claim(key, facts, params):
    found = STUDY.found(params, Results(facts=facts))
    return {claim.key: claim for claim in STUDY.claims(found)}[key]


@pytest.mark.parametrize(
    ("gain", "noise", "runs", "verdict"),
    [
        (0.02, 0.001, 8, HOLDS),
        (-0.02, 0.001, 8, DIFFERS),
        (0.0, 0.001, 8, UNDECIDED),
        (0.02, 0.2, 8, UNDECIDED),
        (0.02, 0.001, 3, HOLDS),
        (0.02, 0.001, 2, NOT_RUN),
    ],
)
def test_memory_helps_what_does_not_interpolate(gain, noise, runs, verdict):
    found = judged("gain", nets(2, gain, noise=noise, runs=runs), nets(8, 0.0, fit=1.0))
    assert found.verdict is verdict
    if verdict is HOLDS:
        assert found.measured == pytest.approx(0.02, abs=0.002)
        assert found.low < found.measured < found.high


@pytest.mark.parametrize(("fit", "verdict"), [(0.989, HOLDS), (0.991, NOT_RUN)])
def test_only_sizes_below_99_percent_count_as_not_interpolating(fit, verdict):
    assert judged("gain", nets(2, 0.02, fit=fit)).verdict is verdict


@pytest.mark.parametrize(
    ("gain", "fit", "noise", "verdict"),
    [
        (0.0, 1.0, 0.001, HOLDS),
        (0.0, 1.0, 0.0, HOLDS),
        (0.003, 0.9995, 0.001, HOLDS),
        (0.007, 1.0, 0.001, DIFFERS),
        (-0.007, 1.0, 0.001, DIFFERS),
        (0.0, 1.0, 0.02, UNDECIDED),
        (0.0, 0.998, 0.001, NOT_RUN),
    ],
)
def test_nothing_is_gained_where_networks_interpolate(gain, fit, noise, verdict):
    assert judged("no_gain", nets(2, 0.1), nets(8, gain, fit=fit, noise=noise)).verdict is verdict


@pytest.mark.parametrize(
    ("small", "large", "noise", "verdict"),
    [(0.03, 0.0, 0.001, HOLDS), (0.0, 0.03, 0.001, DIFFERS), (0.02, 0.02, 0.005, UNDECIDED)],
)
def test_the_gain_shrinks_with_size(small, large, noise, verdict):
    assert judged("shrinks", nets(2, small, noise=noise), nets(8, large, noise=noise)).verdict is verdict
    assert judged("shrinks", nets(2, small)).verdict is NOT_RUN


@pytest.mark.parametrize(
    ("over", "noise", "verdict"), [(0.01, 0.001, HOLDS), (-0.01, 0.001, DIFFERS), (0.0, 0.001, UNDECIDED)]
)
def test_the_network_with_memory_beats_neighbors_alone(over, noise, verdict):
    groups = (nets(size, 0.02, over_neighbors=over, noise=noise) for size in (2, 8))
    assert judged("beats_neighbors", *groups).verdict is verdict


@pytest.mark.parametrize(
    ("few", "all_", "noise", "verdict"),
    [(0.0, 0.03, 0.001, HOLDS), (0.03, 0.0, 0.001, DIFFERS), (0.02, 0.02, 0.005, UNDECIDED)],
)
def test_more_examples_add_more(few, all_, noise, verdict):
    # Only the smallest size is compared, and the share between does not count.
    groups = (
        nets(2, few, share=0.25, noise=noise),
        nets(2, 0.5, share=0.5),
        nets(2, all_, noise=noise),
        nets(8, 0.0),
    )
    assert judged("grows", *groups).verdict is verdict
    assert judged("grows", nets(2, all_)).verdict is NOT_RUN


@pytest.mark.parametrize(("kept", "verdict"), [(0.995, HOLDS), (0.985, DIFFERS), (0.99, UNDECIDED)])
def test_memory_keeps_the_training_set(kept, verdict):
    found = judged("fits", nets(2, 0.02, kept=kept), nets(8, 0.0, kept=kept))
    assert found.verdict is verdict
    assert found.answer.startswith(f"{kept:.1%}"[:4])


@pytest.mark.parametrize(
    ("gain", "verdict"),
    [(0.032, HOLDS), (0.039, HOLDS), (0.045, DIFFERS), (0.02, DIFFERS), (0.042, UNDECIDED)],
)
def test_the_headline_is_of_resnet_8_on_cifar_100(gain, verdict):
    ours = {"dataset": "cifar100", "family": Family.RESNET_DEPTH, "sizes": (8, 14)}
    assert judged("headline", nets(8, gain, noise=0.002), nets(14, 0.5), **ours).verdict is verdict
    keys = {c.key for c in STUDY.claims(STUDY.found(ResMemParams(sizes=(8,)), Results()))}
    assert "headline" not in keys


@pytest.mark.parametrize(
    ("tail", "rest", "noise", "verdict"),
    [(40, 10, 2, HOLDS), (10, 40, 2, DIFFERS), (20, 20, 4, UNDECIDED), (30, 20, 60, UNDECIDED)],
)
@pytest.mark.parametrize("key", ["gains_in_the_tail", "rescues_tail_errors"])
def test_rescues_are_in_the_tail(key, tail, rest, noise, verdict):
    params = ResMemParams(experiment=EXPERIMENT)
    assert (
        claim(key, ResMemFacts(outcomes=tuple(outcomes(tail, rest, noise=noise))), params).verdict is verdict
    )
    few = ResMemFacts(outcomes=tuple(outcomes(tail, rest, runs=2)))
    assert claim(key, few, params).verdict is NOT_RUN


def test_what_is_broken_counts_against_the_gain_and_not_against_rescues():
    rows = [
        Outcomes(
            "memorization", 4, run, (100,) * 5, (20, 20, 40, 40, 40 + run), (100,) * 5, (0, 0, 40, 40, 40)
        )
        for run in range(4)
    ]
    facts, params = ResMemFacts(outcomes=tuple(rows)), ResMemParams(experiment=EXPERIMENT)
    assert claim("rescues_tail_errors", facts, params).verdict is HOLDS
    assert claim("gains_in_the_tail", facts, params).verdict is DIFFERS


def test_the_tail_begins_at_a_score_of_a_quarter():
    rows = [
        Outcomes("memorization", 4, run, (100,) * 5, (10, 10, 60 + run, 0, 0), (0,) * 5, (0,) * 5)
        for run in range(4)
    ]
    found = claim(
        "rescues_tail_errors", ResMemFacts(outcomes=tuple(rows)), ResMemParams(experiment=EXPERIMENT)
    )
    assert found.measured == pytest.approx(61.5 / 300 - 0.1)


def test_without_an_experiment_the_tail_is_not_known():
    for key in ("gains_in_the_tail", "rescues_tail_errors"):
        assert "finished memorization experiment" in judged(key, nets(2, 0.02)).note


def test_runs_that_one_size_lacks_are_not_compared():
    found = judged("shrinks", nets(2, 0.03, runs=8), nets(8, 0.0, runs=5))
    assert "5 networks" in found.note


def test_drawn_are_the_means_of_what_was_measured():
    facts = ResMemFacts(
        nets=(*nets(2, 0.03, noise=0), *nets(8, 0.0, noise=0), *nets(2, 0.1, share=0.5, noise=0))
    )
    found = STUDY.found(ResMemParams(sizes=(2, 8)), Results(facts=facts))
    figures = {figure.name: figure for figure in STUDY.figures}
    drawn = figures["accuracy_over_size"].drawn(found)
    lines = {trace.name: trace for trace in drawn.data[:3]}
    assert list(lines["with memory (ResMem)"].x) == [2, 8]
    assert np.allclose(lines["with memory (ResMem)"].y, [0.63, 0.6])
    assert np.allclose(lines["neighbors alone"].y, [0.62, 0.59])
    examples = figures["accuracy_over_examples"].drawn(found)
    assert list(examples.data[1].x) == [500, 1000]
    assert np.allclose(examples.data[1].y, [0.7, 0.63])
    heat = figures["surface"].drawn(found).data
    assert np.allclose(heat[0].z, 0.6)
    assert (list(heat[1].x), list(heat[1].y)) == (["0.3"], ["3"])
    assert STUDY.preview(found)["lines"][1]["y"] == pytest.approx([0.63, 0.6])


def test_rescues_are_drawn_as_shares_of_what_could_be_rescued():
    rows = (
        Outcomes(s, 4, 0, (100, 0, 0, 0, 10), (25, 0, 0, 0, 1), (300, 0, 0, 0, 0), (3, 0, 0, 0, 0))
        for s in ("memorization", "c_score")
    )
    facts = ResMemFacts(outcomes=tuple(rows), looked_at=8)
    figure = next(figure for figure in STUDY.figures if figure.name == "rescues_by_score")
    found = STUDY.found(ResMemParams(experiment=EXPERIMENT), Results(facts=facts))
    rescued, broken = figure.drawn(found).data[:2]
    assert (list(rescued.x), list(rescued.y)) == (["below 0.05", "from 0.75"], [0.25, 0.1])
    assert (list(broken.x), list(broken.y)) == (["below 0.05"], [0.01])
