"""What is summed of answers over training, against the formulas."""

import numpy as np
import pytest
import torch
from scipy.special import softmax
from scipy.stats import entropy

from backend.statistics.curves import evaluated_epochs
from backend.statistics.proxies import COURSE, SHARE_UNIT, UNIT, early_epoch
from workers.engine.proxies import Course, expectations

K, N, CLASSES = 6, 40, 5


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def followed(logits, labels, masks, epochs):
    """Sums of logits (E, K, n, classes), looked at in two parts."""
    course = Course(masks, torch.from_numpy(labels), epochs)
    for epoch, answers in zip(epochs, logits, strict=True):
        for part in (slice(0, 25), slice(25, N)):
            course.look(epoch, torch.from_numpy(answers[:, part]), part)
        course.answered(answers.argmax(axis=2) == labels)
    return course.sums()


def test_sums_are_those_of_the_formulas(rng):
    epochs = (1, 3, 9, 30)
    logits = rng.normal(0, 3, (4, K, N, CLASSES)).astype(np.float32)
    labels, masks = rng.integers(0, CLASSES, N), rng.random((K, N)) < 0.7
    of_examples, of_models = followed(logits, labels, masks, epochs)
    p = softmax(logits.astype(np.float64), axis=3)
    own = np.take_along_axis(p, np.broadcast_to(labels, (4, K, N))[..., None], 3)[..., 0]
    distance = np.linalg.norm(p - np.eye(CLASSES)[labels], axis=3)
    right = logits.argmax(axis=3) == labels
    expected = {
        "low_confidence": (1 - own).sum(0),
        "low_certainty": (1 - p.max(axis=3)).sum(0),
        "entropy": entropy(p, axis=3).sum(0),
        "loss": -np.log(own).sum(0),
        "el2n": distance.sum(0),
        "el2n_early": distance[1],  # of epochs up to 3
        "forgetting": (right[:-1] & ~right[1:]).sum(0),
    }
    assert tuple(expected) == COURSE
    for row, (name, values) in enumerate(expected.items()):
        unit = 1 if name == "forgetting" else UNIT
        assert of_examples[row] * unit == pytest.approx((values * masks).sum(0), abs=1e-4), name
        assert of_models[:, row] * unit == pytest.approx((values * masks).sum(1), abs=1e-3), name


def test_confident_answers_lose_no_digits_and_broken_models_count_nothing(rng):
    logits = np.zeros((1, 3, N, CLASSES), np.float32)
    logits[0, 0, :, 2] = 12  # right with a probability of 1 - 2.5e-5
    logits[0, 1:] = np.nan
    logits[0, 2, :, 0] = np.inf
    of_examples, _ = followed(logits, np.full(N, 2), np.ones((3, N), bool), (1,))
    wrong = 4 * np.exp(-12) / (1 + 4 * np.exp(-12))
    low_confidence, _, _, loss, el2n, *_ = of_examples * UNIT
    assert low_confidence == pytest.approx(wrong, abs=UNIT)
    assert loss == pytest.approx(-np.log1p(-wrong), abs=UNIT)
    assert el2n == pytest.approx(np.hypot(wrong, np.sqrt(4) * wrong / 4), abs=UNIT)


def test_sums_do_not_depend_on_the_company(rng):
    logits = rng.normal(0, 4, (2, K, N, CLASSES)).astype(np.float32)
    labels, masks = rng.integers(0, CLASSES, N), rng.random((K, N)) < 0.7
    whole, of_models = followed(logits, labels, masks, (1, 9))
    parts = [followed(logits[:, part], labels, masks[part], (1, 9)) for part in (slice(0, 1), slice(1, K))]
    assert (whole == parts[0][0] + parts[1][0]).all()
    assert (of_models == np.concatenate([part for _, part in parts])).all()
    sums = [expectations(torch.from_numpy(logits[0, of])) for of in (slice(0, 4), slice(4, K), slice(0, K))]
    assert (sums[0] + sums[1] == sums[2]).all()
    assert sums[2].numpy() * SHARE_UNIT == pytest.approx(softmax(logits[0], 2).sum(0), abs=K * SHARE_UNIT)


@pytest.mark.parametrize(("epochs", "early"), [(1, 1), (4, 1), (40, 3), (200, 10), (1000, 52)])
def test_early_is_within_the_first_tenth_or_the_first_look(epochs, early):
    points = evaluated_epochs(epochs)
    assert early_epoch(points) == early
    assert early in points
