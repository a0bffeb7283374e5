"""ResMem: its formula, features, units, what is measured, another experiment, cases, laboratories."""

import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from scipy.special import softmax

from backend.core.contracts import ClaimVerdict
from backend.datasets.base import Shape
from backend.datasets.digits import load_digits_dataset
from backend.datasets.examples import take
from backend.datasets.options import DataOptions
from backend.networks.ladders import Family
from backend.scores.answers import Answers
from backend.scores.scores import Scores
from backend.studies import get_study
from backend.studies.kit.results import Results
from backend.studies.kit.runner import Context, Finished
from backend.studies.resmem.params import ResMemParams
from backend.theory.residual_memory import Problem, fit, risks
from workers.engine.modules import ModuleBuilder
from workers.engine.residual_memory import Memory, Near, choose
from workers.models.convolutional import CifarResNet, SmallCNN
from workers.models.mlp import MLPBuilder
from workers.studies import resmem as worker
from workers.studies.resmem.tested import Split

STUDY = get_study("resmem")
LABS = {lab.name: lab for lab in STUDY.labs}
DIGITS = Shape(1437, 360, 10, 8, 8, 1)
SMALL = ResMemParams(
    family=Family.MLP_WIDTH,
    sizes=(4, 16),
    runs=2,
    shares=(0.5, 1.0),
    epochs=3,
    per_class=40,
    neighbors=(1, 5),
)


@pytest.fixture(scope="module")
def examples():
    return take(load_digits_dataset(), SMALL.data())


@pytest.fixture(scope="module")
def ran(examples):
    """Every unit of a small experiment, with its payload."""
    context = Context(progress=lambda _: None, given=examples)
    return [
        (u.payload, worker.run(u.payload, SMALL, context).arrays)
        for u in STUDY.plan.units(SMALL, examples.shape)
    ]


@pytest.fixture(scope="module")
def found(ran, examples):
    return STUDY.found(SMALL, worker.summarize(SMALL, examples, ran), examples.classes, "Digits")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_answers_are_those_of_the_formula(rng):
    features, logits = rng.standard_normal((30, 4)), rng.standard_normal((30, 3))
    labels, queries, asked = rng.integers(0, 3, 30), rng.standard_normal((8, 4)), rng.standard_normal((8, 3))
    k, sigma, temperature = 5, 0.7, 1.4
    expected, votes = [], []
    for query, own in zip(queries, asked, strict=True):
        distances = np.linalg.norm(features - query, axis=1)
        near = np.argsort(distances)[:k]
        weights = np.exp(-distances[near] / sigma)
        weights /= weights.sum()
        residuals = np.eye(3)[labels[near]] - softmax(logits[near] / temperature, axis=1)
        expected.append(np.argmax(softmax(own / temperature) + weights @ residuals))
        votes.append(np.argmax(weights @ np.eye(3)[labels[near]]))
    memory, near = Memory(logits, np.eye(3)[labels]), Near.of(features, queries, 10)
    weights = near.weights(k, sigma)
    assert memory.answers(weights, asked, temperature).tolist() == expected
    assert memory.votes(weights).tolist() == votes
    assert len(set(expected)) > 1


def test_the_nearest_alone_gives_every_training_label_back(rng):
    features, logits, labels = (
        rng.standard_normal((50, 6)),
        5 * rng.standard_normal((50, 4)),
        rng.integers(0, 4, 50),
    )
    memory, near = Memory(logits, np.eye(4)[labels]), Near.of(features, features, 20)
    assert (logits.argmax(axis=1) != labels).any()
    for k, sigma in ((1, 1.0), (20, 1e-3)):
        assert (memory.answers(near.weights(k, sigma), logits, 1.0) == labels).all()


def test_a_network_that_is_sure_and_right_leaves_nothing(rng):
    labels = rng.integers(0, 4, 50)
    memory = Memory(50 * np.eye(4)[labels], np.eye(4)[labels])
    assert np.abs(memory.residuals(1.0)).max() < 1e-12
    logits, near = (
        rng.standard_normal((9, 4)),
        Near.of(rng.standard_normal((50, 3)), rng.standard_normal((9, 3)), 5),
    )
    assert (memory.answers(near.weights(5, 1.0), logits, 1.0) == logits.argmax(axis=1)).all()


def test_features_that_are_all_equal_weigh_all_neighbors_alike():
    memory, near = (
        Memory(np.zeros((6, 2)), np.eye(2)[[0, 0, 0, 0, 1, 1]]),
        Near.of(np.zeros((6, 3)), np.zeros((2, 3)), 6),
    )
    chosen = choose(memory, near, np.zeros((2, 2)), np.array([0, 0]), (6,), (1.0,), (1.0,))
    weights, _ = chosen.weights(near)
    assert np.allclose(weights.toarray(), 1 / 6)
    assert memory.votes(weights).tolist() == [0, 0]


def test_the_choice_is_the_best_of_all_that_are_tried(rng):
    features, labels = rng.standard_normal((200, 2)), rng.integers(0, 2, 200)
    logits = np.zeros((200, 2))
    known, asked = slice(0, 150), slice(150, 200)
    memory, near = (
        Memory(logits[known], np.eye(2)[labels[known]]),
        Near.of(features[known], features[asked], 9),
    )
    chosen = choose(memory, near, logits[asked], labels[asked], (1, 9), (0.1, 1.0), (1.0, 2.0))
    unit = np.median(near.distances[:, 0])
    assert chosen.unit == pytest.approx(unit)
    each = [
        (memory.answers(near.weights(k, s * unit), logits[asked], t) == labels[asked]).mean()
        for t in (1.0, 2.0)
        for k in (1, 9)
        for s in (0.1, 1.0)
    ]
    assert chosen.surface.ravel().tolist() == pytest.approx(each)
    best = chosen.surface[
        (1.0, 2.0).index(chosen.temperature), (1, 9).index(chosen.k), (0.1, 1.0).index(chosen.sigma)
    ]
    assert best == max(each) > min(each)


@pytest.mark.parametrize(
    ("build", "shape", "width"),
    [
        (MLPBuilder(12, (7, 5), 3), (12,), 5),
        (ModuleBuilder(SmallCNN, (1, 2, 3)), (1, 8, 8), 8),
        (ModuleBuilder(SmallCNN, (1, 2, 3), 4), (1, 8, 8), 8),
        (ModuleBuilder(CifarResNet, (3, 8, 3)), (3, 8, 8), 64),
    ],
)
def test_features_times_the_last_weights_are_the_logits(build, shape, width, rng):
    bank = build([np.random.default_rng(k) for k in range(3)], torch.device("cpu"), torch.float64)
    x = torch.from_numpy(rng.standard_normal((6, *shape)))
    before = bank.logits(x)
    features = bank.features(x)
    assert features.shape == (3, 6, width)
    if hasattr(bank, "weights"):
        weights, biases = bank.weights[-1], bank.biases[-1][..., 0]
    else:
        last = [
            [m for m in module.modules() if isinstance(m, torch.nn.Linear)][-1] for module in bank.modules
        ]
        weights = torch.cat([layer.weight.unflatten(0, (-1, 3)) for layer in last])[:3]
        biases = torch.cat([layer.bias.unflatten(0, (-1, 3)) for layer in last])[:3]
    assert torch.allclose(features @ weights.mT + biases[:, None], before)
    assert torch.equal(bank.logits(x), before)  # looking leaves nothing behind


def test_what_chooses_what_is_looked_at_and_what_trains_are_apart():
    whole, half = (Split.of(SMALL, 400, share, run=3) for share in (1.0, 0.5))
    parts = [set(part.tolist()) for part in (whole.choosing, whole.looked_at, whole.trained)]
    assert [len(part) for part in parts] == [40, 40, 320]
    assert len(set.union(*parts)) == 400
    assert half.trained.tolist() == whole.trained[:160].tolist()
    assert set(half.again) <= set(half.trained)
    assert (
        whole.choosing.tolist()
        == half.choosing.tolist()
        != Split.of(SMALL, 400, 1.0, run=4).choosing.tolist()
    )


def test_a_unit_gives_the_same_again_and_the_same_beside_others(ran, examples):
    context = Context(progress=lambda _: None, given=examples)
    payload, arrays = ran[-1]
    again = worker.run(payload, SMALL, context).arrays
    assert all(np.array_equal(again[name], arrays[name]) for name in arrays)
    both = worker.ResMemFacts.from_arrays(arrays).nets
    alone = worker.run({**payload, "first": 1, "count": 1}, SMALL, context).arrays
    assert worker.ResMemFacts.from_arrays(alone).nets == both[1:]


def test_a_cancelled_unit_stops(examples):
    def cancel(_fraction):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        worker.run(STUDY.plan.units(SMALL, examples.shape)[0].payload, SMALL, Context(cancel, examples))


def test_networks_have_what_the_plan_says(found):
    nets = found.facts.nets
    assert [(net.size, net.share, net.run) for net in nets[:6]] == [
        *((4, 0.5, 0), (4, 0.5, 1), (4, 1.0, 0), (4, 1.0, 1)),
        *((16, 1.0, 0), (16, 1.0, 1)),
    ]
    assert {net.examples for net in nets} == {160, 320}
    for net in nets:
        assert net.k in SMALL.neighbors
        assert net.sigma in SMALL.bandwidths
        assert net.temperature in SMALL.temperatures
        assert np.shape(net.surface) == (4, 2, 3)
        assert 0 < net.residual < 1
        assert net.train.resmem >= net.train.base


def test_parts_are_results_at_any_moment(ran, examples):
    for count in range(len(ran) + 1):
        results = worker.summarize(SMALL, examples, ran[:count])
        packed = Results.from_bytes(results.to_bytes(), STUDY.facts)
        some = STUDY.found(SMALL, packed, examples.classes)
        for figure in STUDY.figures:
            figure.drawn(some).to_json()
        assert len(STUDY.claims(some)) > 5
        assert len(packed.facts.nets) == 2 * count


def test_every_case_is_one_that_the_two_answer_differently(found, examples):
    for kind in STUDY.cases.kinds:
        shown = STUDY.cases.of(found, kind)
        own = [case for case in found.facts.cases if case.rescued is (kind == "rescued")]
        assert [case.about.example for case in shown] == [case.example for case in own]
        for case, drawn in zip(own, shown, strict=True):
            right = case.resmem if kind == "rescued" else case.base
            assert case.base != case.resmem
            assert right == case.label == examples.labels[case.example]
            assert case.example >= examples.n_train
            assert [other.example for other in drawn.others] == [near.example for near in case.neighbors]
            assert all(near.label == examples.given[near.example] for near in case.neighbors)
            assert sum(near.weight for near in case.neighbors) <= 1 + 1e-6
            assert examples.classes[case.resmem] in drawn.about.lines[2]
    assert len(found.facts.cases) > 0


def finished(examples, memorization):
    """Return an experiment in which examples have those scores, of models that always fit."""
    n_out = np.full((1, len(memorization)), 100, np.int32)
    k_out = np.round(100 * (1 - memorization)).astype(np.int32)[None]
    nothing = np.zeros((examples.n_train, len(examples.classes)), np.uint16)
    counts = (n_out, n_out, n_out, k_out)
    scores = Scores.of_counts((8,), examples.given, examples.flipped, counts, Answers.of_counts([nothing]))
    return Finished(scores, examples)


def test_scores_are_found_by_picture_and_label(examples):
    others = take(load_digits_dataset(), DataOptions(classes=("3", "5", "8"), per_class=60))
    memorization = np.linspace(0, 1, others.n_train).round(2)
    context = Context(lambda _: None, examples, finished=lambda _: finished(others, memorization))
    arrays = worker.run({"scores": "0" * 12}, SMALL, context).arrays
    place = {source: at for at, source in enumerate(others.source[: others.n_train].tolist())}
    expected = [
        memorization[place[s]] if s in place else np.nan for s in examples.source[: examples.n_train].tolist()
    ]
    assert np.allclose(arrays["memorization"], expected, equal_nan=True)
    assert np.allclose(arrays["c_score"], 1 - np.array(expected), equal_nan=True)
    assert 0 < np.isfinite(arrays["memorization"]).sum() < examples.n_train
    assert arrays["looked_at"].tolist() == [8]


def test_scores_of_other_labels_and_other_pictures_are_left_out(examples):
    noisy = take(load_digits_dataset(), DataOptions(per_class=40, label_noise=0.5))
    zeros = np.zeros(noisy.n_train)
    context = Context(lambda _: None, examples, finished=lambda _: finished(noisy, zeros))
    known = np.isfinite(worker.run({"scores": "0" * 12}, SMALL, context).arrays["memorization"])
    assert (known == ~noisy.flipped).all()
    other = replace(noisy, dataset=replace(noisy.dataset, images=255 - noisy.dataset.images))
    context = Context(lambda _: None, examples, finished=lambda _: finished(other, zeros))
    with pytest.raises(ValueError, match="other pictures"):
        worker.run({"scores": "0" * 12}, SMALL, context)


def test_held_out_examples_are_counted_by_score(ran, examples):
    memorization = np.where(np.arange(examples.n_train) % 2 == 0, 0.0, 0.8)
    arrays = {"memorization": memorization, "c_score": 1 - memorization, "looked_at": np.array([8])}
    results = worker.summarize(SMALL, examples, [({"scores": "x"}, arrays), *ran])
    for outcome in results.facts.outcomes:
        whole = [
            arrays for payload, arrays in ran if payload["size"] == outcome.size and payload["share"] == 1
        ]
        held, base, resmem = (
            np.concatenate([a[name] for a in whole])[outcome.run] for name in ("held_out", "base", "resmem")
        )
        tail = held % 2 == 1
        ends = (0, -1) if outcome.score == "memorization" else (-1, 0)
        for at, part in zip(ends, (~tail, tail), strict=True):
            assert outcome.wrong[at] == (part & ~base).sum()
            assert outcome.rescued[at] == (part & ~base & resmem).sum()
            assert outcome.right[at] == (part & base).sum()
            assert outcome.broken[at] == (part & base & ~resmem).sum()
    assert len(results.facts.outcomes) == 2 * 4
    assert results.facts.looked_at == 8


def test_more_runs_repeat_the_units_of_fewer():
    fewer, more = (STUDY.plan.units(ResMemParams(runs=runs), DIGITS) for runs in (10, 20))
    assert {unit.key for unit in fewer} < {unit.key for unit in more}
    assert sum(unit.models for unit in more) == 20 * 6


def test_units_of_large_networks_hold_one_network_each():
    large = STUDY.params.model_validate(STUDY.presets["paper"])
    units = STUDY.plan.units(large, Shape(50_000, 10_000, 100, 32, 32, 3))
    assert {unit.models for unit in units} == {1}
    assert units[0].payload["size"] == 8


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"shares": (0.5,)}, "must end with 1"),
        ({"shares": (1.0, 0.5)}, "ascending"),
        ({"neighbors": (5, 5)}, "distinct"),
        ({"sizes": (8, 9), "family": "resnet_depth"}, "have no 9; allowed are 8, 14"),
        ({"sizes": (8, 4)}, "ascending"),
        ({"warmup_epochs": 8}, "fewer than the 8 epochs"),
    ],
)
def test_wrong_parameters_are_refused_with_what_is_allowed(wrong, said):
    with pytest.raises(ValidationError, match=said):
        ResMemParams.model_validate(wrong)


def test_departures_tell_what_differs_from_the_paper():
    paper = ResMemParams.model_validate(STUDY.presets["paper"])
    assert STUDY.departures.of_setting(paper) == ()
    for change in ({"runs": 3}, {"shares": (1.0,)}, {"neighbors": (53,)}, {"epochs": 10, "warmup_epochs": 2}):
        assert len(STUDY.departures.of_setting(paper.model_copy(update=change))) == 1
    assert len(STUDY.departures.of_setting(ResMemParams())) >= 5


def test_the_constrained_fit_is_the_least_of_all_within_its_limit(rng):
    x = rng.standard_normal((60, 3))
    y = x @ np.array([1.0, -2.0, 0.5])
    assert np.allclose(fit(x, y, 10.0), [1.0, -2.0, 0.5])
    assert not fit(x, y, 0.0).any()
    inside = fit(x, y, 1.0)
    assert np.linalg.norm(inside) == pytest.approx(1.0)
    others = rng.standard_normal((2000, 3))
    others /= np.linalg.norm(others, axis=1)[:, None]
    assert ((x @ others.T - y[:, None]) ** 2).sum(axis=0).min() >= ((x @ inside - y) ** 2).sum() - 1e-9


def test_the_theorems_points_have_the_identity_as_covariance(rng):
    points = Problem(3, 1.0, 0.5).points(rng, 40_000)
    assert np.allclose(points.T @ points / len(points), np.eye(3), atol=0.03)
    assert np.linalg.norm(points, axis=1).max() <= np.sqrt(5)


def test_the_base_keeps_its_risk_and_memory_loses_it():
    found = risks(Problem(2, 1.0, 0.4), (100, 2000), 1, 3, 400)
    assert np.allclose(found.base[1], 0.36, rtol=0.25)
    assert (found.resmem[1] < found.resmem[0] / 5).all()
    noisy = risks(Problem(2, 1.0, 0.4, noise=0.5), (2000,), 1, 3, 400)
    assert np.allclose(noisy.resmem, 0.25, rtol=0.25)  # one neighbor brings its noise along
    exact = risks(Problem(2, 1.0, 1.0), (100,), 1, 3, 400)
    assert exact.base.max() < 1e-20
    assert exact.resmem.max() < 1e-20


def test_laboratories_judge_both_ways():
    line, theorem = LABS["line"], LABS["theorem"]
    (stiff,) = line.claims(line.found(line.params()))
    (enough,) = line.claims(line.found(line.params(waves=0, noise=0.3)))
    assert (stiff.verdict, enough.verdict) == (ClaimVerdict.HOLDS, ClaimVerdict.DIFFERS)
    assert [c.verdict for c in theorem.claims(theorem.found(theorem.params()))] == [ClaimVerdict.HOLDS] * 2
    through = {"degree": 14, "k": 1, "noise": 0.4, "points": 5, "sigma": 0.001}
    (nothing_left,) = line.claims(line.found(line.params.model_validate(through)))
    assert nothing_left.verdict is ClaimVerdict.NOT_RUN
    for outside in ({"noise": 0.2}, {"limit": 1.0}, {"limit": 1 - 1e-9}):
        claims = theorem.claims(theorem.found(theorem.params.model_validate(outside)))
        assert {claim.verdict for claim in claims} == {ClaimVerdict.NOT_RUN}


@pytest.mark.parametrize(
    ("name", "slowest"),
    [("line", {"points": 400, "k": 50, "degree": 15}), ("theorem", {"points": 3000, "d": 8, "k": 20})],
)
def test_laboratories_are_quick_in_their_far_corner(name, slowest):
    lab = LABS[name]
    params = lab.params.model_validate(slowest)
    best = np.inf
    for _ in range(3):
        started = time.process_time()
        found = lab.found(params)
        for figure in lab.figures:
            figure.drawn(found).to_json()
        best = min(best, time.process_time() - started)
    assert best < 0.15
