"""Students beside the models of the same number that learn from labels (Lukasik et al. 2023, Fig. 5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.statistics.intervals import proportion
from backend.statistics.joint import Joint, rows
from backend.statistics.subsets import subset_masks
from backend.statistics.trajectories import TRAJECTORY_NAMES, classify
from backend.studies.kit.runner import Arrays, Context, Outcome
from backend.studies.memorization.facts import DISTILLED, ByType, Distillation
from backend.studies.memorization.params import MemorizationParams
from workers.engine.device import default_device
from workers.engine.distill import Lesson, distill_models
from workers.networks.families import split_for
from workers.networks.recipes import recipe_of
from workers.studies.memorization.networks import network_of
from workers.studies.memorization.sums import PARTS, TURN, Sums

Counts = npt.NDArray[np.int64]


def distilled(payload: Mapping[str, Any], params: MemorizationParams, context: Context) -> Outcome:
    """Train teachers payload["first"] .. first + count - 1, and their students of all S sizes.

    Returns `right` (S, K, n_train / 8), the packed bits of which training examples students get right, and
    their `accuracy` (S, K, 3) on the subset, held out and on the test set.
    """
    examples, device = context.examples, default_device()
    first, count = payload["first"], payload["count"]
    masks = subset_masks(params.seed, examples.n_train, params.subset_fraction, first, count)
    networks = [network_of(params, size, examples.shape, device) for size in params.sizes]
    students, choice = distill_models(
        networks[-1],
        networks,
        split_for(params.family, examples),
        masks,
        range(first, first + count),
        params.seed,
        recipe_of(params),
        Lesson(params.temperature, params.teacher_weight),
        context.progress,
        device=device,
    )
    right = np.stack([of_size.train for of_size in students])
    tested = np.stack([of_size.test.mean(axis=1) for of_size in students])
    parts = [(right & chosen).sum(axis=2) / chosen.sum(axis=1) for chosen in (masks, ~masks)]
    arrays = {"right": np.packbits(right, axis=2), "accuracy": np.stack([*parts, tested], axis=2)}
    return Outcome(arrays, vars(choice))


def with_students(
    before: Arrays | None, first: int, arrays: Arrays, masks: npt.NDArray[np.bool_]
) -> dict[str, npt.NDArray[Any]]:
    """Return the sums of all students so far with those of one more unit, of masks (K, n).

    numbers: (K,) which models, in order; accuracy: (S, K, 3) theirs. As in `Sums`, by part, and with the
    example before without it: n (PARTS, 2, n) students, and of every size k (S, PARTS, 2, n) that get it
    right.
    """
    models, examples = masks.shape
    right = np.unpackbits(arrays["right"], axis=2, count=examples).astype(np.bool_)
    numbers = np.arange(first, first + models)
    n = np.zeros((PARTS, 2, examples), np.uint16)
    k = np.zeros((len(right), PARTS, 2, examples), np.uint16)
    of_models = numbers // TURN % PARTS
    for part in np.unique(of_models):
        own = of_models == part
        for side, chosen in enumerate((masks[own], ~masks[own])):
            n[part, side] = chosen.sum(axis=0)
            k[:, part, side] = (right[:, own] & chosen).sum(axis=1)
    if before is None:
        return {"numbers": numbers, "accuracy": arrays["accuracy"], "n": n, "k": k}
    numbers = np.concatenate([before["numbers"], numbers])
    accuracy = np.concatenate([before["accuracy"], arrays["accuracy"]], axis=1)
    order = np.argsort(numbers)
    return {
        "numbers": numbers[order],
        "accuracy": accuracy[:, order],
        "n": before["n"] + n,
        "k": before["k"] + k,
    }


def scores_of(students: Arrays | None) -> dict[str, npt.NDArray[np.float32]]:
    """Return the memorization (S, n) of every example by all students so far; NaN where some are missing."""
    if students is None:
        return {}
    n, k = students["n"].sum(axis=0), students["k"].sum(axis=1)
    scores = proportion(k[:, 0], n[0]) - proportion(k[:, 1], n[1])
    return {DISTILLED: scores.astype(np.float32)}


def compared(
    sums: Sequence[Sums | None], students: Arrays | None, sizes: tuple[int, ...]
) -> Distillation | None:
    """Hold students against the models of the same numbers that learned from labels, at all of the S sizes.

    Types come from those parts of the models that have the same numbers both times.
    """
    known = [of_size for of_size in sums if of_size is not None]
    if students is None or len(known) < len(sums):
        return None
    numbers = students["numbers"]
    for of_size in known:
        numbers = np.intersect1d(numbers, of_size.numbers)
    if len(numbers) < 2:
        return None
    by_labels = np.stack([s.accuracy[np.isin(s.numbers, numbers), :, -1] for s in known])
    accuracy = np.stack([by_labels, students["accuracy"][:, np.isin(students["numbers"], numbers)]])
    return Distillation(
        sizes=sizes,
        models=len(numbers),
        by_labels=rows(accuracy[0].mean(axis=1)),
        distilled=rows(accuracy[1].mean(axis=1)),
        memorization=Joint.of(np.concatenate(accuracy[..., 0] - accuracy[..., 1]).T),
        test=Joint.of(np.concatenate(accuracy[..., 2]).T),
        types=_Counted.of(known, students).by_type() if len(sizes) > 1 else None,
    )


@dataclass(frozen=True)
class _Counted:
    """Counts of the same models by both methods, by half of the models, with the example before without it.

    n: (2, 2, n) models; k: (2, S, 2, 2, n) right answers, of models that learn from labels before students.
    """

    n: Counts
    k: Counts

    @classmethod
    def of(cls, by_labels: Sequence[Sums], students: Arrays) -> "_Counted":
        n, k = students["n"], np.stack([np.stack([of_size.k for of_size in by_labels]), students["k"]])
        same = np.all([np.equal(of_size.n, n).all(axis=(1, 2)) for of_size in by_labels], axis=0)
        halves = [[part for part in range(half, PARTS, 2) if same[part]] for half in (0, 1)]
        return cls(
            np.stack([n[parts].sum(axis=0, dtype=np.int64) for parts in halves]),
            np.stack([k[:, :, parts].sum(axis=2, dtype=np.int64) for parts in halves], axis=2),
        )

    def by_type(self) -> ByType | None:
        """Return the change by type: each half of the models types examples, and the other tells the change.

        Models that tell both would find regression to the mean: who seems to rise has a score too high by
        chance, which other models then lower. An example that has one type by both halves counts twice, so
        the variance is that of sums over examples, as of any ratio of two such sums.
        """
        if not self.n.all():
            return None
        shape = (self.k.shape[1], self.n.shape[2])
        counts, totals = np.zeros((2, len(TRAJECTORY_NAMES), shape[1]))
        for half in (0, 1):
            n_in, n_out = (np.broadcast_to(side, shape).astype(np.int32) for side in self.n[half])
            k_in, k_out = (self.k[0, :, half, side].astype(np.int32) for side in (0, 1))
            types = classify(n_in, k_in, n_out, k_out)
            other_n, other_k = self.n[1 - half], self.k[1, :-1, 1 - half] - self.k[0, :-1, 1 - half]
            change = (other_k[:, 0] / other_n[0] - other_k[:, 1] / other_n[1]).mean(axis=0)
            of_type = types == np.arange(len(TRAJECTORY_NAMES))[:, None]
            counts += of_type
            totals += of_type * change
        number = counts.sum(axis=1)
        mean = np.divide(totals.sum(axis=1), number, out=np.zeros(len(number)), where=number > 0)
        apart = (totals - mean[:, None] * counts) / np.maximum(number, 1)[:, None]
        models = int(self.n.sum(axis=(0, 1))[0])
        change_of = Joint(tuple(mean.tolist()), rows(apart @ apart.T), len(counts.T) - 1)
        return ByType(models, tuple((number / 2).tolist()), change_of)
