"""The memorization study from parameters to claims, on the digits and on made-up results."""

import json
from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from backend.core.errors import InvalidError
from backend.datasets.base import Dataset, Shape
from backend.datasets.digits import TRAIN_EXAMPLES, load_digits_dataset
from backend.datasets.examples import take
from backend.networks.ladders import CIFAR10, Family
from backend.scores.answers import Answers
from backend.scores.scores import TRAJECTORIES, VERDICTS
from backend.statistics.intervals import newcombe
from backend.statistics.subsets import subset_masks
from backend.statistics.trajectories import placebo
from backend.studies import get_study
from backend.studies.kit.found import Selected
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Context
from backend.studies.memorization.claims import rise_and_fall
from backend.studies.memorization.params import MemorizationParams
from backend.studies.memorization.plan import LONGEST_UNIT_SECONDS, UNIT_SECONDS
from workers.networks.families import split_for
from workers.studies import runner

STUDY = get_study("memorization")
RUNNER = runner("memorization")
SHAPE = load_digits_dataset().shape
SMALL = MemorizationParams(sizes=(2, 16, 64), models=60)


@pytest.fixture(scope="module")
def digits():
    return take(load_digits_dataset(), SMALL)


@pytest.fixture(scope="module")
def units(digits):
    """Train everything once: about four seconds."""
    context = Context(lambda _: None, digits)
    return [
        (unit.payload, RUNNER.run(unit.payload, SMALL, context).arrays)
        for unit in STUDY.plan.units(SMALL, SHAPE)
    ]


@pytest.fixture(scope="module")
def results(digits, units):
    return RUNNER.summarize(SMALL, digits, units)


def claims(results, params=SMALL):
    return {claim.key: claim for claim in STUDY.claims(STUDY.found(params, results))}


def draw(name, results, params=SMALL, *, selected=Selected(), **controls):
    figure = next(figure for figure in STUDY.figures if figure.name == name)
    found = replace(STUDY.found(params, results), selected=selected)
    return figure.drawn(found, figure.controls(**controls))


# --- parameters and plan ---


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sizes": (4, 2)}, "ascending"),
        ({"sizes": (2, 2)}, "distinct"),
        ({"sizes": ()}, "at least 1"),
        ({"sizes": tuple(range(1, 14))}, "at most 12"),
        ({"sizes": (0,)}, "greater than or equal to 1"),
        ({"sizes": (4097,)}, "less than or equal to 4096"),
        ({"family": "resnet_depth", "sizes": (9,)}, "have no 9; allowed are 8, 14, 20, 32, 44, 56, 110"),
        ({"family": "mlp_depth", "sizes": (17,)}, "allowed are 1 to 16"),
        ({"family": "transformer"}, "mlp_width"),
        ({"epochs": 5, "warmup_epochs": 5}, "fewer than the 5 epochs"),
        ({"models": 9}, "greater than or equal to 10"),
        ({"models": 4001}, "less than or equal to 4000"),
        ({"label_noise": 1.1}, "less than or equal to 1"),
        ({"subset_fraction": 0.95}, "less than or equal to 0.9"),
        ({"learning_rate": 0}, "greater than 0"),
        ({"learning_rate": float("nan")}, "less than or equal to 10"),
        ({"epochs": 0}, "greater than or equal to 1"),
        ({"seed": -1}, "greater than or equal to 0"),
        ({"depth": 3}, "not permitted"),
    ],
)
def test_bad_parameters_are_refused_with_a_reason(change, message):
    with pytest.raises(ValidationError, match=message):
        MemorizationParams.model_validate(change)


@pytest.mark.parametrize(
    "params", [MemorizationParams(), SMALL, MemorizationParams(sizes=(1, 2048), models=11)]
)
def test_the_plan_trains_every_model_once_in_short_units(params):
    units = STUDY.plan.units(params, SHAPE)
    assert len({unit.key for unit in units}) == len(units)
    trained = [
        (unit.payload["size"], model)
        for unit in units
        for model in range(unit.payload["first"], unit.payload["first"] + unit.payload["count"])
    ]
    assert sorted(trained) == [(width, model) for width in params.sizes for model in range(params.models)]
    assert sum(unit.models for unit in units) == len(trained)
    assert all(unit.seconds <= UNIT_SECONDS or unit.models <= 2 for unit in units)
    json.dumps([unit.payload for unit in units])


def test_large_work_is_cut_into_longer_units_but_not_into_too_many():
    paper = MemorizationParams.model_validate(STUDY.presets["paper"])
    units = STUDY.plan.units(paper, CIFAR10)
    assert {unit.payload["count"] for unit in units} == {2}
    middle = MemorizationParams(family=Family.CNN_WIDTH, epochs=2)
    longest = max(unit.seconds for unit in STUDY.plan.units(middle, replace(CIFAR10, n_train=5000)))
    assert UNIT_SECONDS < longest <= LONGEST_UNIT_SECONDS
    endless = MemorizationParams(family="resnet_depth", sizes=(8, 14, 20, 32, 44, 56, 110), models=4000)
    assert len(STUDY.plan.units(endless, CIFAR10)) == 14_000
    many = MemorizationParams(sizes=tuple(range(4085, 4097)), models=4000)
    with pytest.raises(InvalidError, match="models: would make 24,000 units of work, at most 20,000"):
        STUDY.plan.units(many, CIFAR10)


def test_models_are_counted_on_the_data_at_hand():
    digits_shape = Shape(1437, 360, 10, 8, 8, 1)
    found = STUDY.scores.parameters(MemorizationParams(sizes=(2, 3)), digits_shape)
    assert list(found) == [2, 3, 4, 8, 16, 32, 64, 128, 256]
    assert (found[2], found[3]) == (64 * 2 + 2 + 2 * 10 + 10, 64 * 3 + 3 + 3 * 10 + 10)
    assert STUDY.scores.parameters(MemorizationParams(family="resnet_depth"), CIFAR10)[110] == 1_727_962


def test_a_family_comes_with_its_own_ladder():
    assert MemorizationParams(family="resnet_depth").sizes == (8, 14, 20, 32, 44, 56, 110)
    assert MemorizationParams(family=Family.MLP_DEPTH, sizes=(1, 3)).sizes == (1, 3)
    assert STUDY.scores.size_name(MemorizationParams(family="resnet_depth")) == "depth"


@pytest.mark.parametrize(
    ("family", "size", "back_ends"),
    [
        ("mlp_depth", 2, {"batched matmul"}),
        ("cnn_width", 2, {"one by one", "groups of 8", "groups of 32"}),
        ("resnet_depth", 8, {"one by one", "groups of 8", "groups of 32"}),
    ],
)
def test_every_family_trains_and_says_how(family, size, back_ends):
    params = MemorizationParams(
        family=family, sizes=(size,), hidden_units=8, epochs=1, per_class=10, flip=True, crop=1
    )
    examples = take(load_digits_dataset(), params)
    payload = {"size": size, "first": 2, "count": 3}
    outcome = RUNNER.run(payload, params, Context(lambda _: None, examples))
    assert outcome.arrays["train"].shape == (3, 100)
    assert outcome.engine["back_end"] in back_ends
    assert outcome.engine["precision"] in ("float32", "bfloat16")
    json.dumps(outcome.engine)
    found = RUNNER.summarize(params, examples, [(payload, outcome.arrays)])
    assert f"{STUDY.scores.size_name(params)} {size}" in draw("histogram", found, params).layout.title.text


def test_color_images_are_standardized_by_channel():
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    names = tuple(map(str, range(60)))
    pixels = rng.integers(0, 256, (60, 8, 8, 3)).astype(np.uint8) // np.array([1, 2, 4], np.uint8)
    examples = take(
        Dataset("c", pixels, labels, ("a", "b", "c"), names, 48), MemorizationParams(label_noise=0)
    )
    flat, square = (split_for(Family(name), examples) for name in ("mlp_width", "cnn_width"))
    expected = (pixels - pixels[:48].mean(axis=(0, 1, 2))) / pixels[:48].std(axis=(0, 1, 2))
    assert (flat.seen_shape, square.seen_shape) == ((192,), (3, 8, 8))
    assert np.allclose((square.x_test - square.mean) / square.sd, expected[48:].transpose(0, 3, 1, 2))
    assert square.x.dtype == np.uint8


def test_every_width_gets_its_first_block_before_any_gets_its_second_and_the_quickest_is_first():
    params = MemorizationParams()
    first = STUDY.plan.units(params, SHAPE)[: len(params.sizes)]
    assert [unit.payload["size"] for unit in first] == sorted(params.sizes)


def test_an_extended_experiment_repeats_all_units_of_its_parent():
    params = MemorizationParams()
    child = STUDY.extension.extended(params, 200)
    assert child == MemorizationParams(models=400)
    assert {unit.key for unit in STUDY.plan.units(params, SHAPE)} < {
        unit.key for unit in STUDY.plan.units(child, SHAPE)
    }
    with pytest.raises(ValidationError, match="4000"):
        STUDY.extension.extended(params, 3900)


def test_more_models_promise_narrower_intervals():
    widths = [
        STUDY.scores.half_width(MemorizationParams(models=models), SHAPE)
        for models in (10, 50, 200, 400, 4000)
    ]
    assert widths == sorted(widths, reverse=True)
    assert widths[2] == pytest.approx(0.124, abs=0.001)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"family": "cnn_width"}, "Small CNNs over width instead of ResNets over depth"),
        ({"sizes": (8, 20)}, "not all depths of the paper"),
        ({"epochs": 449}, "449 epochs of SGD at batch 1,024 instead of 450 at batch 1,024"),
        ({"batch_size": 512}, "450 epochs of SGD at batch 512 instead of 450 at batch 1,024"),
        ({"learning_rate": 0.5}, "another learning rate, schedule, momentum or weight decay"),
        ({"schedule": "cosine"}, "another learning rate, schedule, momentum or weight decay"),
        ({"warmup_epochs": 5}, "another learning rate, schedule, momentum or weight decay"),
        ({"momentum": 0.8}, "another learning rate, schedule, momentum or weight decay"),
        ({"nesterov": False}, "another learning rate, schedule, momentum or weight decay"),
        ({"weight_decay": 0.0}, "another learning rate, schedule, momentum or weight decay"),
        ({"crop": 0}, "other data augmentation"),
        ({"flip": False}, "other data augmentation"),
        ({"crop": 0, "flip": False}, "no data augmentation"),
        ({"models": 399}, "399 instead of 400 models per size"),
        ({"subset_fraction": 0.8}, "subsets of 80% instead of 70 %"),
    ],
)
def test_each_departure_is_said_alone(change, said):
    params = MemorizationParams.model_validate({**STUDY.presets["paper"], **change})
    assert STUDY.departures.of_setting(params) == (said,)


def test_the_interval_promised_is_that_of_a_score_of_one_half():
    """60 models, 18 of them without an example: Newcombe's interval of 42/42 - 9/18."""
    low, high = newcombe(42, 42, 9, 18)
    assert STUDY.scores.half_width(MemorizationParams(models=60), SHAPE) == pytest.approx((high - low) / 2)


def test_deviations_name_what_differs_from_the_paper():
    quick = " ".join(STUDY.departures.of_setting(MemorizationParams()))
    assert "200 instead of 400" in quick
    assert "10%" in quick
    cleaner = " ".join(STUDY.departures.of_setting(MemorizationParams(models=400, label_noise=0)))
    assert "400 models" not in cleaner
    assert "flipped" not in cleaner
    assert "digits" in cleaner
    redrawn = STUDY.departures.of_setting(MemorizationParams(label_noise=0.25, noise="uniform"))
    assert "each training label redrawn uniformly with probability 0.25" in redrawn
    assert STUDY.departures.of_setting(MemorizationParams.model_validate(STUDY.presets["paper"])) == ()
    smaller = {**STUDY.presets["paper"], "per_class": 50, "flip": False}
    departures = STUDY.departures.of_setting(MemorizationParams.model_validate(smaller))
    assert departures == ("at most 50 training examples per class", "other data augmentation")


# --- run and summarize ---


def test_a_unit_depends_on_its_payload_alone(digits, units):
    payload, arrays = units[-1]
    again = RUNNER.run(payload, SMALL, Context(lambda _: None, digits)).arrays
    assert all((again[name] == arrays[name]).all() for name in arrays)
    assert arrays["train"].dtype == np.uint8
    assert arrays["train"].shape == (payload["count"], digits.n_train)
    assert arrays["test"].shape == (payload["count"], digits.n_test)


def test_counts_are_those_of_a_plain_loop_over_models(digits, units, results):
    scores = results.scores
    expected = np.zeros((4, 3, digits.n_train), int)
    answers = np.zeros((3, digits.n_train, 10), int)
    for payload, arrays in units:
        row = SMALL.sizes.index(payload["size"])
        for offset, predictions in enumerate(arrays["train"]):
            mask = subset_masks(SMALL.seed, digits.n_train, 0.7, payload["first"] + offset, 1)[0]
            right = predictions == scores.labels
            expected[:, row] += np.array([mask, mask & right, ~mask, ~mask & right])
            answers[row, np.flatnonzero(~mask), predictions[~mask]] += 1
    assert (np.array([scores.n_in, scores.k_in, scores.n_out, scores.k_out]) == expected).all()
    assert_same_answers(scores.answers, Answers.of_counts(answers))


def assert_same_answers(first, second):
    assert first.offsets.tolist() == second.offsets.tolist()
    assert first.labels.tolist() == second.labels.tolist()
    assert first.counts.tolist() == second.counts.tolist()


def test_the_placebo_holds_parts_of_the_models_against_each_other(digits, units, results):
    parts = np.zeros((3, 4, digits.n_train), np.int32)
    for payload, arrays in units:
        for offset, predictions in enumerate(arrays["train"]):
            model = payload["first"] + offset
            mask = subset_masks(SMALL.seed, digits.n_train, 0.7, model, 1)[0]
            right = predictions == results.scores.labels
            if payload["size"] == 16:
                parts[model // 10 % 12 % 3] += np.array([mask, mask & right, ~mask, ~mask & right])
    assert np.ptp(parts[:, 2]) <= 2, "all parts hold every example out about equally often"
    assert (results.placebo[1] == placebo(parts)).all()
    assert results.placebo[:, :, 1:5].max() < 0.02


def test_scores_are_consistent(digits, results):
    scores = results.scores
    assert (scores.n_in + scores.n_out == 60).all()
    assert np.ptp(scores.n_out) <= 1
    named = np.add.reduceat(scores.answers.counts.astype(int), scores.answers.offsets[:-1])
    assert named.tolist() == scores.n_out.ravel().tolist()
    for row, k_out in enumerate(scores.k_out):
        assert scores.answers.count_of(row, scores.labels).tolist() == k_out.tolist()
    assert ((scores.low <= scores.memorization) & (scores.memorization <= scores.high)).all()
    memorized = scores.verdicts == VERDICTS.index("memorized")
    assert (memorized == (scores.low >= 0.25)).all()
    assert scores.flipped.sum() == round(0.1 * TRAIN_EXAMPLES)
    assert ((scores.labels != digits.labels[:TRAIN_EXAMPLES]) == scores.flipped).all()
    last = [scores.epoch_in[:, -1], scores.epoch_out[:, -1]]
    assert (np.array(last) == [scores.k_in, scores.k_out]).all()
    assert scores.epoch_in.shape == (3, 8, digits.n_train)
    assert scores.cprox[2, ~scores.flipped].mean() > scores.cprox[2, scores.flipped].mean() + 0.2


def test_a_wide_network_memorizes_flipped_labels_and_few_others(results):
    scores = results.scores
    widest = scores.memorization[-1]
    assert widest[scores.flipped].mean() > 0.6
    assert widest[~scores.flipped].mean() < 0.1
    facts = results.facts.sizes
    assert [fact.size for fact in facts] == [2, 16, 64]
    assert facts[-1].models == 60
    assert facts[-1].test_mean > 0.9
    assert facts[-1].heldout_original_mean == pytest.approx(facts[-1].test_mean, abs=0.02)
    assert facts[-1].heldout_mean < facts[-1].heldout_original_mean


def test_curves_end_where_the_facts_are(results):
    last = {(curve.size, curve.name): curve for curve in results.facts.curves}
    for fact in results.facts.sizes:
        curve = last[fact.size, "train"]
        assert (curve.mean[-1], curve.sd[-1], curve.models) == pytest.approx(
            (fact.subset_mean, fact.subset_sd, 60)
        )
        assert last[fact.size, "heldout"].mean[-1] == pytest.approx(fact.heldout_mean)
        assert last[fact.size, "test"].mean[-1] == pytest.approx(fact.test_mean)
        assert curve.epochs[-1] == SMALL.epochs


def test_partial_results_are_honest(digits, units):
    widest = [unit for unit in units if unit[0]["size"] == 64][:1]
    partial = RUNNER.summarize(SMALL, digits, widest)
    assert partial.scores.n_in[:2].sum() == 0
    assert np.isnan(partial.scores.memorization[:2]).all()
    assert np.isnan(partial.scores.low[:2]).all()
    assert (partial.scores.verdicts[:2] == VERDICTS.index("undecided")).all()
    assert np.isfinite(partial.scores.memorization[2]).all()
    assert {curve.size for curve in partial.facts.curves} == {64}
    assert {claim.verdict for claim in claims(partial).values()} == {"not run"}
    nothing = RUNNER.summarize(SMALL, digits, [])
    assert np.isnan(nothing.scores.memorization).all()
    assert nothing.facts.curves == ()
    assert np.isnan(partial.placebo[:2]).all()
    assert np.isfinite(partial.placebo[2]).all()


def test_the_order_of_units_does_not_matter(digits, units, results):
    backward = RUNNER.summarize(SMALL, digits, reversed(units))
    assert (backward.scores.k_out == results.scores.k_out).all()
    assert (backward.scores.trajectories == results.scores.trajectories).all()
    assert (backward.placebo == results.placebo).all()
    assert vars(backward.facts.sizes[0]) == pytest.approx(vars(results.facts.sizes[0]))


def test_an_extension_keeps_the_models_of_its_parent(digits, units):
    child = STUDY.extension.extended(SMALL, 60)
    unit = next(unit for unit in STUDY.plan.units(child, SHAPE) if unit.payload["size"] == 2)
    arrays = RUNNER.run(unit.payload, child, Context(lambda _: None, digits)).arrays
    parent = next(arrays for payload, arrays in units if payload["size"] == 2)
    assert (arrays["train"][: len(parent["train"])] == parent["train"]).all()


def test_cancellation_passes_through(digits):
    def cancel(_):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        RUNNER.run({"size": 4, "first": 0, "count": 10}, SMALL, Context(cancel, digits))


def test_results_survive_storage(results):
    stored = Results.from_bytes(results.to_bytes(), STUDY.facts)
    assert claims(stored) == claims(results)
    assert (stored.placebo == results.placebo).all()
    assert_same_answers(stored.scores.answers, results.scores.answers)


# --- claims ---


def test_claims_on_the_digits(results):
    found = claims(results)
    assert found["identity"].verdict == "holds"
    assert abs(found["identity"].measured) < 0.01
    assert found["flipped_rank"].verdict == "holds"
    assert found["flipped_rank"].measured > 0.9
    assert found["increasing_flipped"].verdict == "not run"  # 2 and 16 cannot fit
    assert claims(fitted(results))["increasing_flipped"].verdict == "holds"
    assert found["most_decrease"].verdict == "differs"  # most stay near 0
    for claim in found.values():
        assert claim.setting.startswith("ours, reduced: digits, MLPs by width 2-64, 60 models")
        assert claim.low is None or claim.low <= claim.measured <= claim.high


def with_gaps(results, gaps):
    """Replace the mean gap of every size; standard errors become 0.01 / sqrt(60)."""
    sizes = tuple(
        replace(size, gap_mean=gap, gap_sd=0.01) for size, gap in zip(results.facts.sizes, gaps, strict=True)
    )
    return replace(results, facts=results.facts.model_copy(update={"sizes": sizes}))


@pytest.mark.parametrize(
    ("gaps", "verdict"),
    [
        ((0.1, 0.2, 0.15), "holds"),
        ((0.1, 0.15, 0.2), "differs"),
        ((0.2, 0.15, 0.1), "differs"),
        ((0.1, 0.2, 0.2), "undecided"),
        ((0.1, 0.2, 0.199), "undecided"),
        ((0.1, 0.2, 0.1970), "undecided"),  # 1.64 standard errors
        ((0.1, 0.2, 0.1960), "holds"),  # 2.19
    ],
)
def test_rise_and_fall_follows_the_averages(results, gaps, verdict):
    assert claims(with_gaps(results, gaps))["rise_and_fall"].verdict == verdict


@pytest.mark.parametrize(("errors", "verdict"), [(2.2, "undecided"), (2.6, "holds")])
def test_an_inner_size_chosen_among_three_needs_more_than_one_alone(results, errors, verdict):
    """Bonferroni's quantile for three candidates is 2.39."""
    one = replace(results.facts.sizes[0], gap_sd=0.01)
    fall = errors * 0.01 * np.sqrt(2 / one.models)
    gaps = (0.1, 0.12, 0.2, 0.13, 0.2 - fall)
    sizes = tuple(replace(one, size=size, gap_mean=gap) for size, gap in enumerate(gaps, 1))
    found = STUDY.found(SMALL, replace(results, facts=results.facts.model_copy(update={"sizes": sizes})))
    assert rise_and_fall.measure(found).verdict == verdict


@pytest.mark.parametrize(("share", "verdict"), [(0.9, "holds"), (1.1, "differs")])
def test_the_identity_allows_just_what_the_weighting_does(results, share, verdict):
    note = claims(results)["identity"].note
    slack = float(note.rsplit(" ", 1)[1].rstrip("."))
    gaps = results.scores.memorization.mean(axis=1) + share * slack
    assert claims(with_gaps(results, gaps))["identity"].verdict == verdict


def test_the_identity_fails_where_scores_and_models_disagree(results):
    gaps = [size.gap_mean for size in results.facts.sizes]
    assert claims(with_gaps(results, gaps))["identity"].verdict == "holds"
    gaps[1] += 0.02
    assert claims(with_gaps(results, gaps))["identity"].verdict == "differs"


def fitted(results, *accuracies):
    """Have the networks of every size fit their subsets to these accuracies, completely if absent."""
    sizes = tuple(
        replace(size, subset_mean=accuracy)
        for size, accuracy in zip(results.facts.sizes, accuracies or (1.0,) * 3, strict=True)
    )
    return replace(results, facts=results.facts.model_copy(update={"sizes": sizes}))


@pytest.mark.parametrize(
    ("accuracies", "compared"),
    [((0.99, 0.5, 0.99), "size 64 minus at 2,"), ((0.9899, 0.99, 1.0), "size 64 minus at 16,")],
)
def test_only_sizes_that_fit_are_compared(results, accuracies, compared):
    found = claims(fitted(results, *accuracies))
    assert compared in found["upper_end"].note
    assert compared in found["lower_end"].note
    for key in ("upper_end", "lower_end", "increasing_flipped"):
        assert claims(fitted(results, 0.98, 0.98, 1.0))[key].verdict == "not run"


def test_networks_that_cannot_fit_do_not_make_trajectories_increase(results):
    """Flipped labels rise from size 2, which cannot fit, to 16; between 16 and 64 they do not."""
    flipped = results.scores.flipped
    n = np.full(results.scores.n_in.shape, 1000, np.int32)
    k_out = n.copy()
    k_out[1:, flipped] = 0
    scores = replace(results.scores, n_in=n, k_in=n, n_out=n, k_out=k_out)
    verdicts = [
        claims(replace(fitted(results, *accuracies), scores=scores))["increasing_flipped"].verdict
        for accuracies in ((1.0, 1.0, 1.0), (0.3, 1.0, 1.0))
    ]
    assert verdicts == ["holds", "undecided"]


def made_up(results, last):
    """Give every example 1,000 models with and without it and these scores at the last size, 0 before."""
    n = np.full(results.scores.n_in.shape, 1000, np.int32)
    k_out = n.copy()
    k_out[-1] -= np.rint(1000 * np.asarray(last)).astype(np.int32)
    return replace(fitted(results), scores=replace(results.scores, n_in=n, k_in=n, n_out=n, k_out=k_out))


def test_bimodality_needs_both_ends_to_stand_out(results):
    n = len(results.scores.labels)
    two_modes = np.where(np.arange(n) % 5 == 0, 0.97, 0.02)
    found = claims(made_up(results, two_modes))
    assert (found["bimodal"].verdict, found["upper_end"].verdict) == ("holds", "holds")
    assert found["lower_end"].verdict == "differs"
    assert found["lower_end"].measured == pytest.approx(-0.2, abs=0.01)
    assert claims(made_up(results, np.linspace(0, 0.6, n)))["bimodal"].verdict == "differs"
    assert claims(made_up(results, np.linspace(0, 1, n)))["bimodal"].verdict == "undecided"


@pytest.mark.parametrize(
    ("score", "lower", "upper"), [(0.099, 0, 0), (0.101, -1, 0), (0.899, -1, 0), (0.901, -1, 1)]
)
def test_the_ends_begin_where_the_claims_say(results, score, lower, upper):
    found = claims(made_up(results, np.full(TRAIN_EXAMPLES, score)))
    assert (found["lower_end"].measured, found["upper_end"].measured) == (lower, upper)


@pytest.mark.parametrize(
    ("between", "verdict"), [(0.05, "holds"), (0.15, "undecided"), (0.85, "undecided"), (0.95, "holds")]
)
def test_tenths_next_to_the_ends_are_between_them(results, between, verdict):
    values = np.resize([0.05, 0.95, between], TRAIN_EXAMPLES)
    assert claims(made_up(results, values))["bimodal"].verdict == verdict


@pytest.mark.parametrize(
    ("decreasing", "unresolved", "verdict"),
    [
        (0.45, 0.0, "differs"),
        (0.49, 0.0, "undecided"),
        (0.51, 0.0, "undecided"),
        (0.55, 0.0, "holds"),
        (0.30, 0.15, "differs"),
        (0.30, 0.19, "undecided"),  # all of these may be decreasing
        (0.05, 0.90, "undecided"),
        (0.55, 0.45, "holds"),
    ],
)
def test_most_means_more_than_half_whatever_is_unresolved(results, decreasing, unresolved, verdict):
    names = ("decreasing", "unresolved", "constant")
    place = np.searchsorted(
        [decreasing, decreasing + unresolved], np.arange(TRAIN_EXAMPLES) / TRAIN_EXAMPLES, "right"
    )
    types = np.array([TRAJECTORIES.index(name) for name in names], np.int8)[place]
    made = replace(results, scores=replace(results.scores, trajectories=types))
    assert claims(made)["most_decrease"].verdict == verdict


@pytest.mark.parametrize(("power", "verdict"), [(0.7, "differs"), (1.0, "undecided"), (1.4, "holds")])
def test_flipped_labels_rank_above_others_by_more_than_chance(results, power, verdict):
    """Uniform scores of clean labels and u ** (1 / power) of flipped ones: AUROC power / (power + 1)."""
    scores = np.empty(TRAIN_EXAMPLES)
    for chosen, exponent in ((~results.scores.flipped, 1), (results.scores.flipped, 1 / power)):
        scores[chosen] = np.linspace(0, 1, chosen.sum()) ** exponent
    claim = claims(made_up(results, scores))["flipped_rank"]
    assert claim.measured == pytest.approx(power / (power + 1), abs=0.01)
    assert claim.verdict == verdict


def test_claims_on_flipped_labels_need_some(results):
    clean = replace(results, scores=replace(results.scores, flipped=np.zeros(TRAIN_EXAMPLES, bool)))
    found = claims(clean)
    assert (found["flipped_rank"].verdict, found["increasing_flipped"].verdict) == ("not run", "not run")


def test_one_width_leaves_claims_over_size_not_run(digits, units):
    params = SMALL.model_copy(update={"sizes": (64,)})
    alone = RUNNER.summarize(params, digits, [unit for unit in units if unit[0]["size"] == 64])
    found = claims(alone, params)
    for key in ("upper_end", "lower_end", "rise_and_fall", "most_decrease", "increasing_flipped"):
        assert found[key].verdict == "not run"
    assert found["identity"].verdict == "holds"


# --- figures ---


def test_figures_default_to_the_largest_size_with_scores(digits, units, results):
    histogram = draw("histogram", results)
    assert "width 64" in histogram.layout.title.text
    narrow = RUNNER.summarize(SMALL, digits, [unit for unit in units if unit[0]["size"] == 16])
    assert "width 16" in draw("histogram", narrow).layout.title.text
    assert "width 2 " in draw("histogram", results, selected=Selected(size=2)).layout.title.text


def test_histograms_say_how_many_scores_lie_beyond_the_ends(results):
    values = np.resize([0.05, 0.15, 0.85, 0.95], TRAIN_EXAMPLES)
    made = made_up(results, values)
    below, above = (values < 0.1).mean(), (values > 0.9).mean()
    told = f"{below:.1%} below 0.1 · {above:.1%} above 0.9"
    assert told in draw("histogram", made).layout.meta["summary"]
    assert told in draw("histograms", made).layout.meta["summary"]


def test_bars_of_the_overview_are_one_standard_deviation_over_models(results):
    drawn = draw("overview", results)
    keys = ("subset", "heldout", "test", "gap")
    for trace, key in zip(drawn.data, keys, strict=True):
        assert list(trace.x) == [2, 16, 64]
        for shown, of in ((trace.y, "mean"), (trace.error_y.array, "sd"), (trace.customdata, "sd")):
            assert list(shown) == [getattr(size, f"{key}_{of}") for size in results.facts.sizes]


def test_bands_of_the_learning_curves_are_one_standard_deviation_over_models(results):
    curve = next(curve for curve in results.facts.curves if (curve.size, curve.name) == (16, "heldout"))
    drawn = draw("curves", results, selected=Selected(size=16))
    mean, sd = np.array(curve.mean), np.array(curve.sd)
    around = [*(mean + sd), *(mean - sd)[::-1]]
    assert any(np.allclose(trace.y, around) for trace in drawn.data if trace.fill)


def test_figures_follow_the_view(results):
    keep = results.scores.flipped
    at = Selected(size=16, keep=keep)
    assert f"{keep.sum()} of 1,437" in draw("histogram", results, selected=at, bins=10).layout.title.text
    pair = draw("trajectories", results, selected=at, example=(3, 5))
    assert [trace.name.split(",")[0] for trace in pair.data if trace.name] == ["#3", "#5"]
    assert "width 16 · 60 models" in draw("curves", results, selected=at).layout.title.text
    shown = draw("trajectories", results, selected=Selected(keep=keep))
    chosen = {int(trace.customdata[0][0]) for trace in shown.data if trace.customdata is not None}
    assert len(chosen) == 6
    assert keep[list(chosen)].all()
    for figure in STUDY.figures:
        json.loads(draw(figure.name, results, selected=at).to_json())
