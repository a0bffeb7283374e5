"""Verdicts of the memorization study on made-up truths: right where it is clear, open where it is not.

Counts are drawn from true scores, with and without an example, for as many models as a case says.
"""

from collections import Counter

import numpy as np
import pytest

from backend.scores.answers import Answers
from backend.scores.scores import Scores
from backend.statistics.agreement import agreement
from backend.studies import get_study
from backend.studies.kit.results import Results
from backend.studies.memorization.facts import Curve, Halves, MemorizationFacts, Moves, Pairs, SizeFacts
from backend.studies.memorization.params import MemorizationParams

STUDY = get_study("memorization")
FINDINGS = {finding.key: finding for finding in STUDY.findings}
N = 600
FLIPPED = np.arange(N) % 10 == 0
SEEDS = 25


def drawn(truth, models, seed=0, *, fit=0.995, flipped=FLIPPED, gaps=None, gap_sd=0.01):
    """What is found by that many models of each size where the true scores are `truth` (S, n)."""
    rng = np.random.default_rng(seed)
    truth = np.asarray(truth, np.float64)
    numbers = np.broadcast_to(models, len(truth))
    total = np.repeat(numbers[:, None], truth.shape[1], axis=1)
    n_out = np.rint(0.3 * total).astype(np.int32)
    n_in = (total - n_out).astype(np.int32)
    k_in = rng.binomial(n_in, fit).astype(np.int32)
    k_out = rng.binomial(n_out, np.clip(fit - truth, 0, 1)).astype(np.int32)
    sizes = tuple(2**row for row in range(len(truth)))
    named = Answers.of_counts(np.zeros((*truth.shape, 2), np.uint16))
    labels = np.zeros(truth.shape[1], np.int64)
    # Learned the later the higher the score.
    epochs = np.stack([np.rint(n_in * (1 - truth)).clip(0), k_in], axis=1).astype(np.uint16)
    counts = (n_in, k_in, n_out, k_out)
    scores = Scores.of_counts(sizes, labels, flipped, counts, named, (epochs, None))
    facts = []
    for size, number, gap in zip(
        sizes, numbers.tolist(), truth.mean(axis=1) if gaps is None else gaps, strict=True
    ):
        seen = rng.normal(gap, gap_sd, number)
        spread = float(seen.std(ddof=min(number - 1, 1)))
        mean = float(seen.mean())
        facts.append(SizeFacts(size, number, fit, 0.0, fit - mean, 0.0, 0.9, 0.0, mean, spread, 0.9))
    pairs = (Pairs(sizes[-1], (20, *[0] * 16), tests=18, single=16, trains=20, n_test=100),)
    curves = tuple(
        Curve(size, "train", (1, 2), (1 - float(row.mean()), fit), (gap_sd, gap_sd), number)
        for size, number, row in zip(sizes, numbers.tolist(), truth, strict=True)
    )
    seen = MemorizationFacts(
        sizes=tuple(facts),
        curves=curves,
        halves=halved(truth, numbers, sizes, rng),
        pairs=pairs,
        moves=Moves(sizes[0], sizes[-1], (30, 31), (20, 22)),
    )
    results = Results(scores=scores, facts=seen)
    return STUDY.found(MemorizationParams(sizes=sizes), results)


def halved(truth, numbers, sizes, rng):
    """What two halves of the models of each size tell, where there are 20 models."""
    n_out = np.rint(0.15 * numbers)[:, None]
    halves = [rng.binomial(n_out.astype(int), np.clip(truth, 0, 1)) / np.maximum(n_out, 1) for _ in range(2)]
    return tuple(
        Halves(size, number // 2, agreement(one, other), agreement(one, halves[1][-1]))
        for size, number, one, other in zip(sizes, numbers.tolist(), *halves, strict=True)
        if min(numbers) >= 20
    )


def judged(key, found):
    return str(FINDINGS[key].claim(found, "").verdict)


def verdicts(key, truth, models, seeds=SEEDS, **how):
    """Count the verdicts over seeds; a truth may be drawn too."""
    return Counter(
        judged(key, drawn(truth(np.random.default_rng(99 + seed)), models, seed, **how))
        for seed in range(seeds)
    )


def peaks(rng, low=0.6, high=0.3):
    """Scores near 0, near 1 and anywhere."""
    return rng.choice([0.02, 0.97, 0.2, 0.4, 0.6, 0.8], N, p=[low, high, *[(1 - low - high) / 4] * 4])


def one(make):
    return lambda rng: make(rng)[None]


def unequal(first, second):
    return lambda rng: np.stack([first(rng), second(rng)])


def equal(make):
    return lambda rng: np.repeat(make(rng)[None], 2, axis=0)


# --- two peaks ---


@pytest.mark.parametrize(
    ("make", "models", "verdict"),
    [
        (peaks, 200, "holds"),
        (lambda rng: peaks(rng, 0.3, 0.6), 200, "holds"),
        (lambda rng: rng.beta(3, 3, N), 50, "differs"),
        (lambda rng: np.full(N, 0.5), 200, "differs"),
        (
            lambda rng: rng.choice([0.15, 0.85], N),
            100,
            "differs",
        ),  # a third is seen in the tenths at the ends
        (lambda rng: peaks(rng, 0.6, 0.0), 200, "differs"),
        (peaks, 10, "undecided"),
    ],
)
def test_two_peaks_are_those_of_true_scores(make, models, verdict):
    assert verdicts("bimodal", one(make), models, 2) == {verdict: 2}


@pytest.mark.parametrize("models", [10, 200])
@pytest.mark.parametrize(
    "make",
    [
        lambda rng: rng.random(N),
        lambda rng: rng.choice([0.05, 0.5, 0.95], N),
        lambda rng: rng.choice([0.12, 0.88], N),
        lambda rng: np.zeros(N),
    ],
    ids=["flat", "three peaks", "beside the ends", "one"],
)
def test_noise_makes_no_peaks(make, models):
    assert verdicts("bimodal", one(make), models, 3)["holds"] == 0


def test_an_answer_gives_the_shares_and_what_an_open_one_takes():
    found = FINDINGS["bimodal"].claim(drawn([peaks(np.random.default_rng(0))], 10), "")
    assert found.answer.endswith("in any tenth between; more models or examples would tell")
    assert "of the true scores at the largest size" in found.note


# --- shares at the ends ---


@pytest.mark.parametrize("key", ["lower_end", "upper_end"])
@pytest.mark.parametrize(
    "models", [10, 50, (20, 200), (200, 20), 200], ids=["few", "some", "more later", "fewer later", "many"]
)
@pytest.mark.parametrize(
    "make", [peaks, lambda rng: rng.choice([0.05, 0.15, 0.5, 0.85, 0.95], N)], ids=["peaks", "near limits"]
)
def test_shares_at_the_ends_do_not_change_with_the_noise(key, models, make):
    """The true scores are the same at both sizes, whatever their numbers of models make of them."""
    found = verdicts(key, equal(make), models, 4)
    assert found["holds"] + found["differs"] <= 1


@pytest.mark.parametrize(
    ("key", "first", "second"),
    [
        ("lower_end", lambda rng: peaks(rng, 0.4, 0.2), lambda rng: peaks(rng, 0.7, 0.2)),
        ("upper_end", lambda rng: peaks(rng, 0.4, 0.2), lambda rng: peaks(rng, 0.4, 0.5)),
    ],
)
def test_shares_at_the_ends_rise_or_fall(key, first, second):
    assert verdicts(key, unequal(first, second), 200, 2) == {"holds": 2}
    assert verdicts(key, unequal(second, first), 200, 2) == {"differs": 2}
    assert verdicts(key, unequal(first, second), 10, 4)["differs"] == 0
    assert verdicts(key, unequal(second, first), 10, 4)["holds"] == 0
    assert verdicts(key, unequal(first, second), 100, 1, fit=0.98) == {"not run": 1}


def test_scores_that_come_near_an_end_are_not_in_it():
    """From 0.2 to 0.15: more of them are seen below 0.1, by noise, and none of them is."""
    found = verdicts("lower_end", lambda rng: np.repeat([[0.2], [0.15]], N, axis=1), 50, 8)
    assert found["holds"] == 0


# --- mislabeled examples rank higher ---


@pytest.mark.parametrize(("extra", "verdict"), [(0.3, "holds"), (-0.3, "differs")])
@pytest.mark.parametrize("models", [10, 50])
def test_flipped_labels_rank_higher_or_lower(extra, verdict, models):
    truth = np.where(FLIPPED, 0.4 + extra, 0.4)[None]
    assert verdicts("flipped_rank", lambda rng: truth, models, 5) == {verdict: 5}


@pytest.mark.parametrize("count", [20, 60, N - 20])
def test_flipped_labels_like_the_others_rank_alike(count):
    flipped = np.arange(N) < count
    found = verdicts("flipped_rank", one(lambda rng: rng.random(N)), 20, 100, flipped=flipped)
    assert found["holds"] + found["differs"] <= 12  # 5 of 100 are expected
    assert found["holds"] <= 7


@pytest.mark.parametrize("count", [0, 19, N - 19])
def test_a_few_flipped_labels_do_not_decide(count):
    assert judged("flipped_rank", drawn([np.zeros(N)], 20, flipped=np.arange(N) < count)) == "not run"


# --- average memorization rises and falls ---


@pytest.mark.parametrize(
    ("gaps", "verdict"),
    [
        ((0.1, 0.14, 0.2, 0.14, 0.1), "holds"),
        ((0.2, 0.14, 0.1, 0.14, 0.2), "differs"),
        ((0.1, 0.12, 0.14, 0.16, 0.18), "differs"),
        ((0.18, 0.16, 0.14, 0.12, 0.1), "differs"),
        ((0.1, 0.1, 0.1, 0.1, 0.1), "undecided"),
    ],
)
def test_averages_rise_and_fall(gaps, verdict):
    assert verdicts("rise_and_fall", lambda _: np.zeros((5, 3)), 50, 5, flipped=FLIPPED[:3], gaps=gaps) == {
        verdict: 5
    }


@pytest.mark.parametrize("models", [5, 10, 100, (5, 100, 5, 100, 5, 100, 5, 100)])
def test_the_highest_of_many_sizes_is_no_peak_by_chance(models):
    how = {"flipped": FLIPPED[:3], "gaps": [0.1] * 8}
    found = verdicts("rise_and_fall", lambda _: np.zeros((8, 3)), models, 200, **how)
    assert found["holds"] <= 10
    rising = {**how, "gaps": [0.1, *[0.2] * 7]}  # a plateau, whose highest size looks like a peak
    found = verdicts("rise_and_fall", lambda _: np.zeros((8, 3)), models, 200, **rising)
    assert found["holds"] <= 10
    peak = {**how, "gaps": [0.1, 0.1, 0.12, 0.1, 0.1, 0.1, 0.1, 0.1]}
    found = verdicts("rise_and_fall", lambda _: np.zeros((8, 3)), models, 200, **peak)
    assert found["differs"] == 0


@pytest.mark.parametrize("models", [1, 2, 4])
def test_averages_of_a_few_models_do_not_decide(models):
    found = drawn(np.zeros((5, 3)), models, flipped=FLIPPED[:3], gaps=(0.1, 0.14, 0.2, 0.14, 0.1))
    claim = FINDINGS["rise_and_fall"].claim(found, "")
    assert claim.verdict == "not run"


# --- most examples decrease ---


def moved(share, start, end, sizes=6):
    """Scores that go from one value to another for the first examples and stay 0.05 for the others."""
    line = np.linspace(start, end, sizes)[:, None]
    return np.where(np.arange(N) < share * N, line, 0.05)


@pytest.mark.parametrize(
    ("share", "start", "end", "models", "verdict"),
    [
        (0.75, 0.7, 0.2, 200, "holds"),
        (0.75, 0.2, 0.7, 200, "differs"),
        (0.25, 0.7, 0.2, 200, "differs"),
        (0.0, 0.7, 0.2, 200, "differs"),
        (0.5, 0.7, 0.2, 200, "undecided"),
        (0.75, 0.7, 0.2, 10, "undecided"),
        (1.0, 0.5, 0.5, 50, "undecided"),
    ],
)
def test_most_decrease(share, start, end, models, verdict):
    assert verdicts("most_decrease", lambda _: moved(share, start, end), models, 4) == {verdict: 4}


@pytest.mark.parametrize("models", [10, 25, 50, 100, 400])
def test_most_decrease_is_never_said_the_wrong_way(models):
    assert verdicts("most_decrease", lambda _: moved(0.65, 0.7, 0.2), models, 10)["differs"] == 0
    assert verdicts("most_decrease", lambda _: moved(0.4, 0.7, 0.2), models, 10)["holds"] == 0
    assert verdicts("most_decrease", lambda _: moved(0.9, 0.5, 0.5), models, 10)["holds"] == 0


# --- increasing ones are mislabeled ---


def by_label(flipped, clean):
    """Scores (6, n) that go linearly from one value to another, the one pair for flipped labels."""
    lines = (np.linspace(*ends, 6)[:, None] for ends in (flipped, clean))
    flipped_line, clean_line = lines
    return np.where(FLIPPED, flipped_line, clean_line)


@pytest.mark.parametrize(
    ("flipped", "clean", "models", "verdict"),
    [
        ((0.2, 0.9), (0.05, 0.05), 100, "holds"),
        ((0.05, 0.05), (0.2, 0.9), 100, "differs"),
        ((0.2, 0.9), (0.2, 0.9), 100, "undecided"),
        ((0.5, 0.5), (0.0, 0.0), 100, "undecided"),
        ((0.2, 0.9), (0.5, 0.5), 10, "undecided"),
        ((0.9, 0.2), (0.2, 0.2), 100, "undecided"),  # nothing increases
    ],
)
def test_increasing_ones_are_mislabeled(flipped, clean, models, verdict):
    found = verdicts("increasing_flipped", lambda _: by_label(flipped, clean), models, 4)
    assert found == {verdict: 4}
    kept = verdicts("increasing_flipped", lambda _: by_label(flipped, clean), models, 1, fit=0.9)
    assert kept == {"not run": 1}


@pytest.mark.parametrize("models", [10, 50, 200])
@pytest.mark.parametrize("sizes", [2, 6])
def test_noise_on_mislabeled_examples_is_no_increase(models, sizes):
    """Their scores are far from 0, where noise is large; those of the others are not."""
    truth = np.where(FLIPPED, 0.5, 0.0)[None].repeat(sizes, axis=0)
    assert verdicts("increasing_flipped", lambda _: truth, models, 50)["holds"] <= 2
    assert verdicts("increasing_flipped", lambda _: 0.5 - truth, models, 50)["differs"] <= 2


@pytest.mark.parametrize("models", [30, 200])
def test_an_increase_of_anything_is_not_one_of_mislabeled_examples(models):
    def some(rng):
        return np.where(rng.random(N) < 0.3, np.linspace(0.1, 0.8, 6)[:, None], 0.1)

    found = verdicts("increasing_flipped", some, models, 50)
    assert found["holds"] + found["differs"] <= 3


# --- how all are told ---


def test_every_finding_asks_a_question_and_answers_it():
    truth = np.stack([peaks(np.random.default_rng(seed)) for seed in range(5)])
    for models in (10, 200):
        claims = STUDY.claims(drawn(truth, models))
        silent = {claim.key for claim in claims if not claim.answer}
        assert all(claim.verdict == "not run" for claim in claims if claim.key in silent)
        assert models == 10 or silent <= {"strong_look_alike", "little_influence"}, silent
        for claim in claims:
            assert claim.question.endswith("?")
            assert claim.rule.endswith(".")
            assert not claim.answer.endswith(".")
            if claim.verdict == "undecided":
                assert "more" in claim.answer
