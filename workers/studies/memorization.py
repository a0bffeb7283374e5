"""Trains the memorization study's models and turns what they answer into scores."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.datasets.base import Dataset
from backend.datasets.label_noise import flip_labels
from backend.statistics.influence import most_helped
from backend.statistics.intervals import newcombe, verdict
from backend.statistics.subsets import subset_masks
from backend.statistics.trajectories import classify
from backend.studies.base import Arrays, Context
from backend.studies.memorization import MemorizationParams
from backend.studies.memorization_facts import THRESHOLD, SizeFacts, pack
from backend.studies.results import Curve, Influence, Results, Scores
from workers.engine.data import Split
from workers.engine.device import default_device
from workers.engine.train import Recipe, evaluated_epochs, train_models
from workers.models.mlp import MLPBuilder

CURVES = ("train", "heldout", "test")
PARTNERS = 5


def run(payload: Mapping[str, Any], params: MemorizationParams, context: Context) -> Arrays:
    """Train models payload["first"] .. first + count - 1 of one width.

    Returns class indices `train` (K, n_train) and `test` (K, n_test), and `accuracy` (K, 3, E): on the
    subset, held out and on the test set, after each evaluated epoch.
    """
    dataset = context.dataset
    first, count = payload["first"], payload["count"]
    split = _split(dataset, params)
    bank = train_models(
        (("batched matmul", MLPBuilder(split.x.shape[1], (payload["width"],), split.classes)),),
        split,
        subset_masks(params.seed, dataset.n_train, params.subset_fraction, first, count),
        range(first, first + count),
        params.seed,
        Recipe(params.epochs, params.batch_size, params.learning_rate, params.momentum),
        context.progress,
        device=default_device(),
    )
    accuracy = np.stack([bank.subset_accuracy, bank.heldout_accuracy, bank.test_accuracy], axis=1)
    return {"train": bank.train_predictions, "test": bank.test_predictions, "accuracy": accuracy}


def summarize(
    params: MemorizationParams, dataset: Dataset, units: Iterable[tuple[Mapping[str, Any], Arrays]]
) -> Results:
    """Count right answers with and without each example at every width; widths without a unit count 0."""
    by_width: dict[int, list[tuple[int, Arrays]]] = defaultdict(list)
    for payload, arrays in units:
        by_width[payload["width"]].append((payload["first"], arrays))
    labels, flipped = _labels(dataset, params)
    counts = np.zeros((4, len(params.widths), dataset.n_train), np.int32)  # n_in, k_in, n_out, k_out
    answers = np.zeros((len(params.widths), dataset.n_train, len(dataset.classes)), np.uint16)
    trained = max((first + len(a["train"]) for found in by_width.values() for first, a in found), default=0)
    masks = subset_masks(params.seed, dataset.n_train, params.subset_fraction, 0, trained)
    for row, width in enumerate(params.widths):
        for first, arrays in by_width[width]:
            mask = masks[first : first + len(arrays["train"])]
            _count(counts[:, row], answers[row], arrays["train"], mask, labels)
    low, high = newcombe(counts[1], counts[0], counts[3], counts[2])
    scores = Scores(
        sizes=params.widths,
        labels=labels,
        flipped=flipped,
        n_in=counts[0],
        k_in=counts[1],
        n_out=counts[2],
        k_out=counts[3],
        low=low,
        high=high,
        verdicts=verdict(low, high, THRESHOLD),
        trajectories=classify(*counts),
        answers=answers,
    )
    curves: list[Curve] = []
    facts: list[SizeFacts] = []
    for row, width in enumerate(params.widths):
        if by_width[width]:
            accuracy = np.concatenate([arrays["accuracy"] for _, arrays in by_width[width]])
            curves += _curves(width, evaluated_epochs(params.epochs), accuracy)
            facts.append(_facts(width, accuracy[:, :, -1], answers[row], dataset))
    influence = _influence(by_width, params, dataset, masks)
    return Results(scores=scores, influence=influence, curves=tuple(curves), facts=pack(facts))


def _influence(
    by_width: Mapping[int, list[tuple[int, Arrays]]],
    params: MemorizationParams,
    dataset: Dataset,
    masks: npt.NDArray[np.bool_],
) -> Influence:
    """Find the test examples that each training example helps most, at every width."""
    count = min(PARTNERS, dataset.n_test)
    shape = (len(params.widths), dataset.n_train, count)
    found = Influence(*(np.zeros(shape, np.int32) for _ in range(3)))
    for row, width in enumerate(params.widths):
        if by_width[width]:
            had = np.concatenate([masks[first : first + len(a["test"])] for first, a in by_width[width]])
            right = (
                np.concatenate([a["test"] for _, a in by_width[width]]) == dataset.labels[dataset.n_train :]
            )
            partners, found.k_in[row], found.k_out[row] = most_helped(had, right, count)
            found.partners[row] = partners + dataset.n_train
    return found


def _labels(
    dataset: Dataset, params: MemorizationParams
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return the labels trained on and which of them were flipped, (n_train,) each."""
    labels = dataset.labels[: dataset.n_train]
    return flip_labels(labels, len(dataset.classes), params.label_noise, params.seed)


def _split(dataset: Dataset, params: MemorizationParams) -> Split:
    """Return flat pixels, to be standardized by the mean and deviation of all training pixels, and labels."""
    x = dataset.images.reshape(len(dataset.images), -1)
    n = dataset.n_train
    labels = _labels(dataset, params)[0]
    mean, sd = float(x[:n].mean()), float(x[:n].std())
    return Split(x[:n], labels, x[n:], dataset.labels[n:], len(dataset.classes), mean, sd)


def _count(
    counts: npt.NDArray[np.int32],
    answers: npt.NDArray[np.uint16],
    predictions: npt.NDArray[Any],
    mask: npt.NDArray[np.bool_],
    labels: npt.NDArray[np.int64],
) -> None:
    """Add predictions (K, n) of models with those masks to counts (4, n) and answers (n, classes)."""
    correct = predictions == labels
    counts[0] += mask.sum(axis=0, dtype=np.int32)
    counts[1] += (correct & mask).sum(axis=0, dtype=np.int32)
    counts[2] += (~mask).sum(axis=0, dtype=np.int32)
    counts[3] += (correct & ~mask).sum(axis=0, dtype=np.int32)
    for label in range(answers.shape[1]):
        answers[:, label] += ((predictions == label) & ~mask).sum(axis=0, dtype=np.uint16)


def _curves(width: int, epochs: tuple[int, ...], accuracy: npt.NDArray[np.float64]) -> list[Curve]:
    """Average accuracy (K, 3, E) over models."""
    mean, sd = accuracy.mean(axis=0), accuracy.std(axis=0, ddof=min(len(accuracy) - 1, 1))
    return [
        Curve(width, name, epochs, tuple(mean[i].tolist()), tuple(sd[i].tolist()), len(accuracy))
        for i, name in enumerate(CURVES)
    ]


def _facts(
    width: int, final: npt.NDArray[np.float64], answers: npt.NDArray[np.uint16], dataset: Dataset
) -> SizeFacts:
    """Average the last epoch's accuracy (K, 3) over models; every model holds out equally many examples."""
    values = np.column_stack([final, final[:, 0] - final[:, 1]])
    mean, sd = values.mean(axis=0).tolist(), values.std(axis=0, ddof=min(len(values) - 1, 1)).tolist()
    original = np.take_along_axis(answers, dataset.labels[: dataset.n_train, None], axis=1)
    return SizeFacts(
        size=width,
        models=len(values),
        subset_mean=mean[0],
        subset_sd=sd[0],
        heldout_mean=mean[1],
        heldout_sd=sd[1],
        test_mean=mean[2],
        test_sd=sd[2],
        gap_mean=mean[3],
        gap_sd=sd[3],
        heldout_original_mean=float(original.sum() / answers.sum()),
    )
