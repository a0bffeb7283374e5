"""Trains the memorization study's models and turns what they answer into scores."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.datasets.examples import Examples
from backend.networks.ladders import cost
from backend.scores.answers import Answers
from backend.scores.scores import Scores
from backend.statistics.curves import evaluated_epochs
from backend.statistics.influence import most_helped
from backend.statistics.subsets import subset_masks
from backend.statistics.trajectories import TAUS, TRAJECTORY_NAMES, placebo, placebo_parts
from backend.studies.kit.results import Influence, Results
from backend.studies.kit.runner import Arrays, Context, Outcome
from backend.studies.memorization.facts import Curve, MemorizationFacts, SizeFacts
from backend.studies.memorization.params import MemorizationParams
from workers.engine.device import default_device
from workers.engine.run import Recipe
from workers.engine.schedule import Schedule
from workers.engine.train import train_models
from workers.networks.families import back_ends, precision, split_for

CURVES = ("train", "heldout", "test")
PARTNERS = 5
SMALL_PAIRS = 2_000_000  # pairs of training and test examples whose influence is affordable at any moment
CHUNK = 4096  # examples counted at a time, so that a large data set needs no large copies


def run(payload: Mapping[str, Any], params: MemorizationParams, context: Context) -> Outcome:
    """Train models payload["first"] .. first + count - 1 of one size.

    Returns class indices `train` (K, n_train) and `test` (K, n_test); `accuracy` (K, 3, E): on the subset,
    held out and on the test set, after each evaluated epoch; and `epoch_in`, `epoch_out` (E, n_train): how
    many of the models that had an example, and that had not, got it right then.
    """
    examples = context.examples
    first, count, size = payload["first"], payload["count"], payload["size"]
    device = default_device()
    of_one = cost(params.family, size, examples.shape, params.hidden_layers, params.hidden_units)
    bank = train_models(
        back_ends(params.family, size, examples.shape, params.hidden_layers, params.hidden_units),
        split_for(params.family, examples),
        subset_masks(params.seed, examples.n_train, params.subset_fraction, first, count),
        range(first, first + count),
        params.seed,
        _recipe(params),
        context.progress,
        device=device,
        dtype=precision(params.precision, of_one.multiply_adds, device),
    )
    arrays = {
        "train": bank.train_predictions,
        "test": bank.test_predictions,
        "accuracy": np.stack([bank.subset_accuracy, bank.heldout_accuracy, bank.test_accuracy], axis=1),
        "epoch_in": bank.epoch_in,
        "epoch_out": bank.epoch_out,
    }
    return Outcome(arrays, asdict(bank.choice))


def _recipe(params: MemorizationParams) -> Recipe:
    return Recipe(
        epochs=params.epochs,
        batch_size=params.batch_size,
        learning_rate=params.learning_rate,
        momentum=params.momentum,
        nesterov=params.nesterov,
        weight_decay=params.weight_decay,
        schedule=Schedule(params.schedule),
        warmup_epochs=params.warmup_epochs,
        crop=params.crop,
        flip=params.flip,
    )


@dataclass(frozen=True)
class _Bank:
    """All models of one size so far, K of them: masks and answers (K, n_train), test answers (K, n_test)."""

    size: int
    masks: npt.NDArray[np.bool_]
    train: npt.NDArray[Any]
    test: npt.NDArray[Any]
    accuracy: npt.NDArray[np.float64]
    epoch_in: npt.NDArray[np.uint16] | None
    epoch_out: npt.NDArray[np.uint16] | None


def summarize(
    params: MemorizationParams, examples: Examples, units: Iterable[tuple[Mapping[str, Any], Arrays]]
) -> Results:
    """Count right answers with and without each example at every size; sizes without a unit count 0."""
    banks = _banks(params, examples, units)
    counts = np.zeros((4, len(params.sizes), examples.n_train), np.int32)  # n_in, k_in, n_out, k_out
    noise = np.full((len(params.sizes), len(TAUS), len(TRAJECTORY_NAMES)), np.nan)
    named = np.zeros((len(params.sizes), examples.n_train, len(examples.classes)), np.uint16)
    for row, size in enumerate(params.sizes):
        if size in banks:
            parts = np.zeros(
                (placebo_parts(len(params.sizes), len(banks[size].train)), 4, examples.n_train), np.int32
            )
            _count(parts, named[row], banks[size], examples.given)
            counts[:, row] = parts.sum(axis=0)
            found = placebo(parts)
            if found is not None:
                noise[row] = found
    answers = Answers.of_counts(named)
    scores = Scores.of_counts(
        params.sizes, examples.given, examples.flipped, tuple(counts), answers, _epochs(params, banks)
    )
    points = evaluated_epochs(params.epochs)
    original = examples.labels[: examples.n_train]
    rows = [(params.sizes.index(size), bank) for size, bank in banks.items()]
    return Results(
        scores=scores,
        influence=_influence(params, examples, banks),
        placebo=noise,
        facts=MemorizationFacts(
            sizes=tuple(_facts(bank, answers.count_of(row, original)) for row, bank in rows),
            curves=tuple(curve for _, bank in rows for curve in _curves(bank, points)),
        ),
    )


def _banks(
    params: MemorizationParams, examples: Examples, units: Iterable[tuple[Mapping[str, Any], Arrays]]
) -> dict[int, _Bank]:
    """Join the units of each size that has any, sizes ascending."""
    found: dict[int, list[tuple[int, Arrays]]] = {size: [] for size in params.sizes}
    for payload, arrays in units:
        found[payload["size"]].append((payload["first"], arrays))
    most = max((first + len(a["train"]) for parts in found.values() for first, a in parts), default=0)
    masks = subset_masks(params.seed, examples.n_train, params.subset_fraction, 0, most)
    return {
        size: _bank(size, sorted(parts, key=itemgetter(0)), masks) for size, parts in found.items() if parts
    }


def _bank(size: int, parts: list[tuple[int, Arrays]], masks: npt.NDArray[np.bool_]) -> _Bank:
    joined: dict[str, Any] = {
        name: np.concatenate([arrays[name] for _, arrays in parts]) for name in ("train", "test", "accuracy")
    }
    for name in ("epoch_in", "epoch_out"):
        kept = [arrays[name] for _, arrays in parts if name in arrays]
        joined[name] = np.sum(kept, axis=0, dtype=np.uint16) if len(kept) == len(parts) else None
    had = np.concatenate([masks[first : first + len(arrays["train"])] for first, arrays in parts])
    return _Bank(size=size, masks=had, **joined)


def _count(
    parts: npt.NDArray[np.int32],
    answers: npt.NDArray[np.uint16],
    bank: _Bank,
    labels: npt.NDArray[np.int64],
) -> None:
    """Fill the counts of parts of the models (P, 4, n) and what held-out models answered (n, classes).

    Consecutive models hold every example out equally often, so a part is of models that follow each other.
    """
    classes = answers.shape[1]
    cuts = [len(bank.train) * part // len(parts) for part in range(len(parts) + 1)]
    for start in range(0, len(labels), CHUNK):
        part = slice(start, start + CHUNK)
        predictions, mask = bank.train[:, part], bank.masks[:, part]
        correct = predictions == labels[part]
        kinds = (mask, correct & mask, ~mask, correct & ~mask)
        for counted, (first, stop) in zip(parts, pairwise(cuts), strict=True):
            counted[:, part] = [kind[first:stop].sum(axis=0) for kind in kinds]
        _, examples = np.nonzero(~mask)
        cells = examples * classes + predictions[~mask]
        size = predictions.shape[1]
        answers[part] = np.bincount(cells, minlength=size * classes).reshape(size, classes)


def _epochs(
    params: MemorizationParams, banks: Mapping[int, _Bank]
) -> tuple[npt.NDArray[np.uint16] | None, npt.NDArray[np.uint16] | None]:
    """Return right answers per evaluated epoch, (S, E, n) with and without; None where a unit has none."""
    found: list[npt.NDArray[np.uint16] | None] = []
    for name in ("epoch_in", "epoch_out"):
        counted = {size: getattr(bank, name) for size, bank in banks.items()}
        if not counted or any(array is None for array in counted.values()):
            found.append(None)
            continue
        nothing = np.zeros_like(next(iter(counted.values())))
        found.append(np.stack([counted.get(size, nothing) for size in params.sizes]))
    return found[0], found[1]


def _influence(
    params: MemorizationParams, examples: Examples, banks: Mapping[int, _Bank]
) -> Influence | None:
    """Find the test examples that each training example helps most, at every size; large sets wait.

    They wait until all models are in: there are too many pairs to look at again and again.
    """
    complete = all(size in banks and len(banks[size].train) == params.models for size in params.sizes)
    if examples.n_train * examples.n_test > SMALL_PAIRS and not complete:
        return None
    count = min(PARTNERS, examples.n_test)
    shape = (len(params.sizes), examples.n_train, count)
    found = Influence(*(np.zeros(shape, np.int32) for _ in range(3)))
    for row, size in enumerate(params.sizes):
        if size in banks:
            right = banks[size].test == examples.labels[examples.n_train :]
            partners, found.k_in[row], found.k_out[row] = most_helped(banks[size].masks, right, count)
            found.partners[row] = partners + examples.n_train
    return found


def _curves(bank: _Bank, epochs: tuple[int, ...]) -> list[Curve]:
    """Average accuracy (K, 3, E) over models."""
    models = len(bank.accuracy)
    mean, sd = bank.accuracy.mean(axis=0), bank.accuracy.std(axis=0, ddof=min(models - 1, 1))
    return [
        Curve(bank.size, name, epochs, tuple(mean[i].tolist()), tuple(sd[i].tolist()), models)
        for i, name in enumerate(CURVES)
    ]


def _facts(bank: _Bank, original: npt.NDArray[np.int64]) -> SizeFacts:
    """Average the last epoch's accuracy (K, 3) over models; every model holds out equally many examples.

    original: (n,) how many held-out models answered the label before any was flipped
    """
    final = bank.accuracy[:, :, -1]
    values = np.column_stack([final, final[:, 0] - final[:, 1]])
    mean, sd = values.mean(axis=0).tolist(), values.std(axis=0, ddof=min(len(values) - 1, 1)).tolist()
    return SizeFacts(
        size=bank.size,
        models=len(values),
        subset_mean=mean[0],
        subset_sd=sd[0],
        heldout_mean=mean[1],
        heldout_sd=sd[1],
        test_mean=mean[2],
        test_sd=sd[2],
        gap_mean=mean[3],
        gap_sd=sd[3],
        heldout_original_mean=float(original.sum() / (~bank.masks).sum()),
    )
