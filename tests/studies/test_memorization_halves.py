"""Halves of the models against each other: made-up truths, and what is drawn beside published numbers."""

from collections import Counter

import numpy as np
import pytest

from backend.statistics.agreement import THRESHOLDS, agreement, of_all
from backend.studies import get_study
from backend.studies.kit.results import Results
from backend.studies.memorization.facts import FIT, Halves, MemorizationFacts, Moves, SizeFacts
from backend.studies.memorization.halves import AT
from backend.studies.memorization.params import MemorizationParams
from backend.studies.memorization.published import CIFAR100, IMAGENET
from tests.studies.test_memorization_claims import drawn
from workers.studies.memorization.halves import halves as of_sums
from workers.studies.memorization.halves import moves as of_sizes

STUDY = get_study("memorization")
FINDINGS = {finding.key: finding for finding in STUDY.findings}
FIGURES = {figure.name: figure for figure in STUDY.figures}
N = 1000


class Counted:
    """Sums that know their parts only."""

    def __init__(self, parts):
        self._parts = np.asarray(parts, np.int32)

    def parts(self, number):
        assert number == len(self._parts)
        return self._parts


def found(truths, noise=0.05, accuracies=None, seed=0):
    """What halves of the models tell where true scores are `truths` (S, n), seen with that much noise."""
    rng = np.random.default_rng(seed)
    first, second = (np.asarray(truths) + noise * rng.standard_normal((2, *np.shape(truths)))).clip(-1, 1)
    sizes = [2**row for row in range(len(truths))]
    halves = tuple(
        Halves(size, 100, agreement(a, b), agreement(a, second[-1]))
        for size, a, b in zip(sizes, first, second, strict=True)
    )
    heldout = accuracies or np.linspace(0.5, 0.7, len(sizes)).tolist()
    facts = [SizeFacts(s, 200, 1, 0, h, 0, h, 0, 1 - h, 0, h) for s, h in zip(sizes, heldout, strict=True)]
    results = Results(facts=MemorizationFacts(sizes=tuple(facts), halves=halves))
    return STUDY.found(MemorizationParams(sizes=tuple(sizes)), results)


def verdicts(key, make, seeds=10, **how):
    return Counter(
        str(FINDINGS[key].claim(found(make(np.random.default_rng(100 + s)), seed=s, **how), "").verdict)
        for s in range(seeds)
    )


def moving(rng, sizes=5, share=0.2):
    """Scores of which a share is drawn anew at each size, the more the further from the largest."""
    last = rng.random(N)
    return [np.where(rng.random(N) < share * k, rng.random(N), last) for k in range(sizes - 1, 0, -1)] + [
        last
    ]


def test_jaccard_is_of_the_sets_that_reach_a_threshold():
    a, b = np.array([0.9, 0.3, 0.25, 0.0, 0.2, np.nan]), np.array([0.9, 0.1, 0.25, 0.26, 0.0, 0.9])
    got = agreement(a, b)
    assert (got.both[AT], got.either[AT]) == (2, 4)
    assert (got.both[0], got.either[0]) == (3, 5)
    assert got.both[-1] == got.either[-1] == 1
    assert got.difference == pytest.approx((0 + 0.2 + 0 + 0.26 + 0.2) / 5)
    assert len(got.both) == len(THRESHOLDS)
    assert agreement(np.array([np.nan, np.nan]), np.ones(2)) is None
    assert agreement(np.ones(9), np.ones(9)).correlation is None


def test_a_whole_agrees_more_than_its_halves():
    rng = np.random.default_rng(0)
    truth, noise = rng.standard_normal(20_000), rng.standard_normal((4, 20_000))
    half = np.corrcoef(truth + noise[0], truth + noise[1])[0, 1]
    whole = np.corrcoef(truth + noise[:2].mean(axis=0), truth + noise[2:].mean(axis=0))[0, 1]
    assert of_all(half) == pytest.approx(whole, abs=0.02)


@pytest.mark.parametrize(
    ("make", "verdict"),
    [
        (lambda rng: [rng.random(N), rng.random(N)], "holds"),
        (lambda rng: [rng.random(N)] * 2, "undecided"),
        (lambda rng: [rng.beta(0.3, 0.3, N)] * 3, "undecided"),
    ],
    ids=["others", "the same", "the same, two peaks"],
)
def test_other_sizes_memorize_other_examples_where_they_do(make, verdict):
    assert verdicts("sizes_differ", make)[verdict] >= 9


def test_scores_that_are_known_less_at_one_size_are_no_others():
    """Their halves agree less with themselves, too."""
    rng = np.random.default_rng(0)
    truth = rng.random(N)
    blurred = (truth + 0.4 * rng.standard_normal((2, N))).clip(-1, 1)
    sharp = (truth + 0.01 * rng.standard_normal((2, N))).clip(-1, 1)
    halves = (
        Halves(1, 100, agreement(*blurred), agreement(blurred[0], sharp[1])),
        Halves(2, 100, agreement(*sharp), agreement(*sharp)),
    )
    facts = MemorizationFacts(
        halves=halves, sizes=tuple(SizeFacts(s, 200, 1, 0, 0.6, 0, 0.6, 0, 0.4, 0, 0.6) for s in (1, 2))
    )
    claim = FINDINGS["sizes_differ"].claim(STUDY.found(MemorizationParams(), Results(facts=facts)), "")
    assert claim.verdict != "holds"
    assert halves[1].same.both[AT] / halves[1].same.either[AT] > 0.9


def test_the_overlap_follows_accuracy_where_it_does():
    assert verdicts("overlap_follows_accuracy", moving)["holds"] == 10
    backwards = {"accuracies": [0.69, 0.65, 0.6, 0.55, 0.7]}
    assert verdicts("overlap_follows_accuracy", moving, **backwards)["differs"] == 10
    # Sizes that share nothing with the largest are in no order among themselves.
    apart = [np.repeat(np.eye(5)[row], N // 5) for row in range(5)]
    assert verdicts("overlap_follows_accuracy", lambda _: apart, noise=0.0)["not run"] == 10
    same = verdicts("overlap_follows_accuracy", lambda rng: [rng.random(N)] * 5, 20)
    assert same["holds"] + same["differs"] <= 6, "one order in twenty-four is each by chance"


@pytest.mark.parametrize(
    ("key", "make", "needs"),
    [
        ("sizes_differ", lambda rng: [rng.random(N)], "two sizes"),
        ("sizes_differ", lambda rng: [np.zeros(N)] * 2, "20 memorized examples"),
        ("overlap_follows_accuracy", lambda rng: moving(rng, 4), "5 sizes"),
    ],
)
def test_what_is_missing_is_said(key, make, needs):
    claim = FINDINGS[key].claim(found(make(np.random.default_rng(0))), "")
    assert claim.verdict == "not run"
    assert needs in claim.note


def test_halves_of_models_take_turns_and_sizes_with_too_few_have_none():
    """The worker's half: even and odd turns, each size against itself and the largest."""

    n_in, n_out = np.full(8, 7), np.full(8, 3)
    right, wrong = np.full(8, 7), np.arange(8) % 4
    half = [n_in, right, n_out, wrong]
    other = [n_in, right, n_out, np.full(8, 3)]  # nothing is memorized
    alone = Counted([half, [0 * n for n in half]])
    got = of_sums([(4, Counted([half, half])), (8, Counted([other, half])), (16, alone)])
    assert [(h.size, h.models) for h in got] == [(4, 10), (8, 10)]
    assert got[0].same.difference == got[0].largest.difference == 0
    assert (got[0].same.both[AT], got[1].same.both[AT], got[1].same.either[AT]) == (6, 0, 6)


def test_published_numbers_are_those_of_the_papers():
    assert sum(CIFAR100) == 50_000
    assert sum(IMAGENET) == 1_281_167
    assert CIFAR100[0] / 50_000 == pytest.approx(0.487, abs=5e-4)


def test_figures_show_ours_beside_theirs_in_words_too():
    few = found([np.random.default_rng(0).random(N)] * 3)
    over_size, over_threshold = (FIGURES[name].drawn(few) for name in ("halves", "jaccard"))
    assert [len(trace.x) for trace in over_size.data] == [3, 3]
    assert over_size.data[0].y[0] < 1
    assert [trace.name for trace in over_threshold.data if "published" not in trace.name] == [
        "two halves of this size"
    ]
    assert len([trace for trace in over_threshold.data if "published" in trace.name]) == 4
    scored = drawn([np.random.default_rng(0).beta(0.3, 0.5, 600)] * 2, 100)
    beside, consistent = (FIGURES[name].drawn(scored) for name in ("published_histograms", "consistency"))
    for figure in (beside, consistent):
        assert len(figure.data) == 3
        for trace in figure.data:
            assert sum(trace.y) == pytest.approx(1, abs=0.003)
    for figure in (over_size, over_threshold, beside, consistent):
        assert figure.layout.meta["summary"].endswith(".")
    empty = STUDY.found(MemorizationParams(), Results(facts=MemorizationFacts()))
    for name in ("halves", "jaccard", "published_histograms", "consistency"):
        assert FIGURES[name].drawn(empty).layout.title.text, "says why there is nothing"


# --- what changes among networks that fit ---


def trained(out_accuracy, models=120, parts=6, seed=0, shock=0.0, fit=(1.0, 1.0)):
    """Two sizes with true held-out accuracies (2, n), by parts of the models that share their subsets.

    `shock`: how much a part's models are better or worse at all examples, by chance.
    """
    rng = np.random.default_rng(seed)
    n_out = np.full(np.shape(out_accuracy)[1], round(0.3 * models / parts))
    n_in = np.full_like(n_out, round(0.7 * models / parts))

    def counted(truth):
        right = np.clip(truth + shock * rng.standard_normal((parts, 1)), 0, 1)
        return Counted([[n_in, n_in, n_out, rng.binomial(n_out, each)] for each in right])

    return [
        (SizeFacts(8 << row, models, fit[row], 0, 0.5, 0, 0.5, 0, 0.5, 0, 0.5), counted(truth))
        for row, truth in enumerate(out_accuracy)
    ]


def changed(rng, falls, rises):
    """Held-out accuracies at two sizes: a share of the scores falls, one rises, the others stay."""
    before, kind = rng.choice([0.05, 0.5, 0.95], N), rng.random(N)
    after = before + 0.4 * (kind < falls) - 0.4 * (kind > 1 - rises)
    return np.stack([before, np.clip(after, 0, 1)])


def movers(moves):
    scores = drawn(np.full((2, 600), 0.5), 50).results.scores
    seen = Results(scores=scores, facts=MemorizationFacts(moves=moves))
    return FINDINGS["movers_decrease"].claim(STUDY.found(MemorizationParams(), seen), "")


@pytest.mark.parametrize(
    ("falls", "rises", "verdict"), [(0.3, 0.05, "holds"), (0.05, 0.3, "differs"), (0.0, 0.0, "undecided")]
)
def test_most_changes_are_falls_where_they_are(falls, rises, verdict):
    found = Counter(
        str(movers(of_sizes(trained(changed(np.random.default_rng(s), falls, rises), seed=s))).verdict)
        for s in range(10)
    )
    assert found[verdict] >= 9, found


def test_models_that_are_better_by_chance_change_nothing_for_certain():
    found = Counter(
        str(movers(of_sizes(trained(changed(np.random.default_rng(s), 0, 0), seed=s, shock=0.02))).verdict)
        for s in range(40)
    )
    assert found["undecided"] >= 35, found


def test_changes_take_two_sizes_that_fit_and_equally_many_models():
    truth = changed(np.random.default_rng(0), 0.3, 0)
    assert of_sizes(trained(truth, fit=(FIT - 0.01, 1.0))) is None
    assert of_sizes(trained(truth)[:1]) is None
    small, more = trained(truth)[0], trained(truth, models=240)[1]
    assert of_sizes([small, more]) is None, "one has less noise"
    assert "needs two sizes" in movers(None).note
    assert movers(Moves(8, 16, (0, 0), (0, 1))).verdict == "not run"
