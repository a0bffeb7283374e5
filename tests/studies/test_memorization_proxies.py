"""Proxies of memorization on made-up truths: they correlate, and they miss or follow what size does."""

from dataclasses import replace

import numpy as np
import pytest

from backend.studies import get_study
from backend.studies.kit.results import Results
from backend.studies.memorization.facts import Curve, MemorizationFacts, SizeFacts
from backend.studies.memorization.params import MemorizationParams
from tests.studies.test_memorization_claims import drawn

STUDY = get_study("memorization")
FINDINGS = {finding.key: finding for finding in STUDY.findings}
FIGURE = next(figure for figure in STUDY.figures if figure.name == "proxies")
N = 600


def slow(truth, blur=0.0, models=100):
    """Scores of which examples with a high one were learned late, up to that much noise."""
    found = drawn(truth, models)
    scores = found.results.scores
    rng = np.random.default_rng(1)
    right = np.clip(1 - np.asarray(truth) + blur * rng.standard_normal(np.shape(truth)), 0, 1)
    early = np.rint(right * scores.n_in).astype(np.uint16)
    epochs = np.stack([early, scores.k_in.astype(np.uint16)], axis=1)
    return STUDY.found(found.params, replace(found.results, scores=replace(scores, epoch_in=epochs)))


def trends(memorization, slowness, sd=0.02, models=50):
    """Averages over size of both, the same spread over models at every size."""
    sizes = [2**row for row in range(len(memorization))]
    facts = MemorizationFacts(
        sizes=tuple(
            SizeFacts(size, models, 1.0, sd, 1 - m, sd, 0.9, sd, m, sd, 0.9)
            for size, m in zip(sizes, memorization, strict=True)
        ),
        curves=tuple(
            Curve(size, "train", (1, 2), (1 - 2 * s, 1.0), (sd, sd), models)
            for size, s in zip(sizes, slowness, strict=True)
        ),
    )
    scored = slow(np.full((len(sizes), 40), 0.3)).results
    return STUDY.found(MemorizationParams(sizes=tuple(sizes)), Results(scores=scored.scores, facts=facts))


def judged(key, found):
    return FINDINGS[key].claim(found, "")


@pytest.mark.parametrize(("blur", "verdict"), [(0.05, "holds"), (5.0, "differs"), (0.42, "undecided")])
def test_slow_learning_correlates_where_it_does(blur, verdict):
    claim = judged("proxy_correlates", slow(np.random.default_rng(0).random((2, N)), blur))
    assert claim.verdict == verdict, claim
    assert claim.low < claim.measured < claim.high


def test_results_without_answers_over_epochs_say_so():
    scores = replace(drawn(np.zeros((1, N)), 50).results.scores, epoch_in=None)
    claim = judged("proxy_correlates", STUDY.found(MemorizationParams(), Results(scores=scores)))
    assert claim.verdict == "not run"
    assert "kept no answers over epochs" in claim.note


@pytest.mark.parametrize(
    ("memorization", "slowness", "verdict"),
    [
        ([0.1, 0.3, 0.4], [0.4, 0.3, 0.2], "holds"),  # cannot fit yet, and learns faster
        ([0.3, 0.5, 0.4], [0.2, 0.4, 0.5], "holds"),  # falls at the end, where the proxy rises
        ([0.4, 0.3, 0.2], [0.4, 0.3, 0.2], "differs"),
        ([0.2, 0.3, 0.4], [0.2, 0.3, 0.4], "differs"),
        ([0.3, 0.3, 0.3], [0.4, 0.3, 0.2], "undecided"),
        ([0.3, 0.301], [0.2, 0.199], "undecided"),
        ([0.2, 0.4], [0.3, 0.2999], "undecided"),  # only memorization differs for certain
    ],
)
def test_the_proxy_misses_the_trend_where_it_moves_apart(memorization, slowness, verdict):
    claim = judged("proxy_misses_trend", trends(memorization, slowness))
    assert claim.verdict == verdict, claim
    if verdict == "holds":
        assert claim.low * claim.high > 0


def test_noise_alone_moves_nothing_apart():
    """Averages of equal truths over eight sizes and 50 models, drawn again and again."""
    rng = np.random.default_rng(0)
    means = 0.3 + 0.02 / np.sqrt(50) * rng.standard_normal((40, 2, 8))
    noisy = [judged("proxy_misses_trend", trends(*each)).verdict for each in means]
    assert sum(verdict != "undecided" for verdict in noisy) <= 2


def test_few_models_and_one_size_are_not_judged():
    assert judged("proxy_misses_trend", trends([0.1, 0.4], [0.4, 0.1], models=4)).verdict == "not run"
    assert judged("proxy_misses_trend", trends([0.1], [0.4])).verdict == "not run"


def test_the_figure_has_a_correlation_and_an_average_for_each():
    drawn_at = FIGURE.drawn(slow(np.random.default_rng(0).random((2, N)), 0.1))
    left = [trace for trace in drawn_at.data if trace.xaxis in (None, "x")]
    right = [trace for trace in drawn_at.data if trace.xaxis == "x2"]
    assert (len(left), len(right)) == (2, 3)
    assert all(value > 0.9 for trace in left for value in trace.y)
    assert right[-1].name == "memorization"
    assert "correlation" in drawn_at.layout.meta["summary"]
