"""Proxies of memorization on made-up truths: they correlate, and they miss or follow what size does."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from backend.datasets.digits import load_digits_dataset
from backend.datasets.examples import take
from backend.datasets.options import DataOptions
from backend.statistics.rank_correlation import spearman
from backend.statistics.ranking import average_precision
from backend.studies import get_study
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Context
from backend.studies.memorization.columns import COLUMNS, PREDICTION_DEPTH, PROXIES
from backend.studies.memorization.facts import Curve, MemorizationFacts, ProxyFacts, SizeFacts
from backend.studies.memorization.params import MemorizationParams
from tests.studies.test_memorization_claims import drawn
from workers.studies import runner

STUDY = get_study("memorization")
RUNNER = runner("memorization")
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


# --- every proxy, kept from training ---

FOLLOWED = MemorizationParams(sizes=(2, 16), models=20, epochs=4, proxies=True)
RANKS = next(figure for figure in STUDY.figures if figure.name == "proxy_ranks")


@pytest.fixture(scope="module")
def digits():
    return take(load_digits_dataset(), FOLLOWED)


@pytest.fixture(scope="module")
def units(digits):
    context = Context(lambda _: None, digits)
    plan = STUDY.plan.units(FOLLOWED, digits.shape)
    return [(unit.payload, RUNNER.run(unit.payload, FOLLOWED, context).arrays) for unit in plan]


@pytest.fixture(scope="module")
def results(digits, units):
    return replace(RUNNER.summarize(FOLLOWED, digits, units), declared=STUDY.columns)


def test_columns_lie_where_they_say_and_survive_packing(results):
    stored = Results.from_bytes(results.to_bytes(), MemorizationFacts, STUDY.columns)
    assert list(stored.further) == [column.key for column in COLUMNS]
    assert stored.facts.proxies == results.facts.proxies
    for column in COLUMNS:
        values = results.further[column.key]
        assert np.isfinite(values).all()
        assert column.low <= values.min() < values.max() <= column.high, column
    assert results.columns["el2n"].dtype == np.float32


def test_confidence_loss_and_speed_go_together_and_early_answers_are_worse(results):
    further = {key: np.asarray(values, np.float64)[-1] for key, values in results.further.items()}
    for key in ("low_confidence", "loss", "el2n"):
        assert spearman(further[key], further["slowness"]).value > 0.7, key
    assert further["el2n_early"].mean() > further["el2n"].mean()
    assert (further["low_certainty"] <= further["low_confidence"] + 1e-6).all()
    assert (further["el2n"] >= further["low_confidence"] - 1e-6).all()


def test_the_suspect_are_the_flipped(units, results):
    scores = results.scores
    suspicion = results.columns["suspicion"][-1]
    summed = sum(arrays["expected"] for payload, arrays in units if payload["size"] == 16)
    for example in range(50):
        own, label = summed[example][scores.labels[example]], scores.labels[example]
        other = np.delete(summed[example], label).max()
        assert suspicion[example] == pytest.approx((other - own) / (other + own), abs=1e-6)
    answered = 1 - 2 * scores.heldout_accuracy[-1]  # of two classes it would be the same
    assert spearman(suspicion.astype(np.float64), answered).value > 0.6
    found = average_precision(suspicion.astype(np.float64), scores.flipped)
    assert found > average_precision(1 - scores.heldout_accuracy[-1], scores.flipped)
    assert found > average_precision(scores.memorization[-1], scores.flipped)


def test_labels_that_people_gave_are_reviewed_like_made_up_ones():
    """A label file in which 3 and 8, and 1 and 7, are taken for each other now and then."""
    dataset, options = load_digits_dataset(), DataOptions(labels="people")
    own = dataset.labels[: dataset.n_train]
    taken = np.array([0, 7, 2, 8, 4, 5, 6, 1, 3, 9])[own]
    people = np.where(np.random.default_rng(0).random(len(own)) < 0.2, taken, own)
    examples = take(dataset, options, people)
    assert (examples.flipped == (people != own)).all()
    params = MemorizationParams(label_noise=0, labels="people", sizes=(32,), models=10, epochs=8)
    payload = {"size": 32, "first": 0, "count": 10}
    arrays = RUNNER.run(payload, params, Context(lambda _: None, examples)).arrays
    suspicion = RUNNER.summarize(params, examples, [(payload, arrays)]).columns["suspicion"][0]
    found = average_precision(suspicion.astype(np.float64), examples.flipped)
    assert found > 0.8  # .86; one in twelve is wrong


def test_sums_are_the_same_in_any_order_and_blocks(digits, units, results):
    again = RUNNER.summarize(FOLLOWED, digits, list(reversed(units)))
    for key, values in results.columns.items():
        assert np.array_equal(values, again.columns[key]), key
    assert results.facts.proxies == again.facts.proxies


def test_units_of_earlier_versions_are_summarized_without_what_they_lack(digits, units):
    new = ("expected", "course", "course_of_models")
    old = [
        (payload, {name: values for name, values in arrays.items() if name not in new})
        for payload, arrays in units
    ]
    for mixed in (old, [*units[:1], *old[1:]]):
        found = replace(RUNNER.summarize(FOLLOWED, digits, mixed), declared=STUDY.columns)
        assert list(found.further) == ["slowness", "heldout_error"]
        assert {fact.key for fact in found.facts.proxies} == {"slowness", "heldout_error"}


def test_deviations_are_those_of_single_models(digits, units, results):
    facts = {(fact.key, fact.size): fact for fact in results.facts.proxies}
    slow = np.concatenate(
        [1 - arrays["accuracy"][:, 0].mean(axis=1) for payload, arrays in units if payload["size"] == 2]
    )
    assert facts["slowness", 2].sd == pytest.approx(slow.std(ddof=1))
    for key in ("loss", "forgetting", "el2n_early"):
        column = results.columns[key][0].mean()
        assert facts[key, 2].mean == pytest.approx(column, rel=1e-5)
        assert 0 < facts[key, 2].sd < column


def test_no_model_is_changed_by_being_followed(digits, units):
    payload, arrays = units[0]
    context = Context(lambda _: None, digits)
    plain = RUNNER.run(payload, FOLLOWED.model_copy(update={"proxies": False}), context).arrays
    assert not {"course", "course_of_models"} & plain.keys()
    for name in plain:
        assert np.array_equal(plain[name], arrays[name]), name


def test_the_links_of_the_ranks_open_both_disagreements(results):
    found = STUDY.found(FOLLOWED, results)
    drawn_at = RANKS.drawn(found, RANKS.controls(proxy="el2n"))
    links = [note.text for note in drawn_at.layout.annotations]
    assert "sort=-gap%3Ael2n" in links[0]
    assert "sort=gap%3Ael2n" in links[1]
    assert np.nansum(drawn_at.data[0].z) == results.scores.n
    lacking = RANKS.drawn(STUDY.found(FOLLOWED, replace(results, columns={})), RANKS.controls(proxy="el2n"))
    assert "ask for proxies" in lacking.layout.title.text
    assert set(get_args(RANKS.controls.model_fields["proxy"].annotation)) == {
        proxy.key for proxy in (*PROXIES, PREDICTION_DEPTH)
    }


# --- claims about all of them ---


def facts_of(correlations, memorization=None, means=None, sd=0.02, models=50, n=1000):
    """Every proxy at as many sizes as `means` (proxies, S) has, with correlations (proxies,) at each."""
    memorization = [0.3, 0.2] if memorization is None else memorization
    means = np.tile([0.2, 0.3], (len(PROXIES), 1)) if means is None else np.asarray(means)
    facts = MemorizationFacts(
        sizes=trends(memorization, memorization, sd, models).facts.sizes,
        proxies=tuple(
            ProxyFacts(proxy.key, 2**row, n, correlations[at], float(means[at, row]), sd, models)
            for at, proxy in enumerate(PROXIES)
            for row in range(means.shape[1])
        ),
    )
    scored = slow(np.full((len(memorization), 40), 0.3)).results
    return STUDY.found(FOLLOWED, Results(scores=scored.scores, facts=facts))


@pytest.mark.parametrize(
    ("correlations", "n", "verdict"),
    [
        ([0.8] * 9, 1000, "holds"),
        ([0.8] * 8 + [0.1], 1000, "differs"),
        ([0.0] * 9, 1000, "differs"),
        ([0.8] * 8 + [0.55], 1000, "undecided"),  # above 0.5 for one proxy, not for one of nine
        ([0.8] * 8 + [0.56], 4000, "holds"),
        ([0.8] * 9, 6, "undecided"),
        ([0.8] * 8 + [None], 1000, "not run"),
    ],
)
def test_all_proxies_correlate_where_the_weakest_does(correlations, n, verdict):
    claim = judged("proxies_correlate", facts_of(correlations, n=n))
    assert claim.verdict == verdict, claim
    if verdict != "not run":
        assert claim.measured == min(correlations)
        assert claim.low < claim.measured < claim.high


@pytest.mark.parametrize(
    ("memorization", "means", "verdict", "missing"),
    [
        ([0.3, 0.2], [[0.2, 0.3]] * 9, "holds", 9),
        ([0.3, 0.2], [[0.2, 0.3]] * 8 + [[0.3, 0.2]], "differs", 8),
        ([0.3, 0.2], [[0.2, 0.3]] * 8 + [[0.3, 0.3]], "undecided", 8),  # flat
        ([0.3, 0.3], [[0.2, 0.3]] * 9, "undecided", 0),
        ([0.3, 0.2], [[0.3, 0.3]] * 9, "undecided", 0),
    ],
)
def test_all_proxies_miss_the_trend_where_each_moves_apart(memorization, means, verdict, missing):
    claim = judged("proxies_miss_trend", facts_of([0.8] * 9, memorization, means))
    assert claim.verdict == verdict, claim
    assert claim.measured == missing


def test_nine_noisy_proxies_move_no_more_than_one():
    rng = np.random.default_rng(0)
    spread = 0.02 / np.sqrt(50)
    noisy = [
        judged(
            "proxies_miss_trend",
            facts_of(
                [0.8] * 9, 0.3 + spread * rng.standard_normal(6), 0.3 + spread * rng.standard_normal((9, 6))
            ),
        )
        for _ in range(40)
    ]
    assert sum(claim.measured > 0 for claim in noisy) <= 2


def test_claims_about_all_proxies_take_models_and_are_made_only_where_they_were_asked_for():
    few = facts_of([0.8] * 9, models=4)
    assert judged("proxies_miss_trend", few).verdict == "not run"
    keys = {claim.key for claim in STUDY.claims(STUDY.found(MemorizationParams(), Results()))}
    asked = {claim.key for claim in STUDY.claims(STUDY.found(FOLLOWED, Results()))}
    assert asked - keys == {"proxies_correlate", "proxies_miss_trend"}
