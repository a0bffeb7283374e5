"""What the memorization study keeps of whole models beside the scores of examples."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from backend.scores.helping import HELPED
from backend.statistics.agreement import Agreement
from backend.statistics.joint import Joint
from backend.studies.kit.facts import Facts

FIT = 0.99  # accuracy on the subset from which on networks of a size fit, as in Zhang et al. 2017, Table 1
MOVED = 0.2
DISTILLED = "distilled"  # students, in payloads, sums and columns
DEPTHS = "depths"  # prediction depths, in payloads and sums
PROFILE = "profile"  # other shares of the training set, in payloads, sums and arrays
INFLUENCE_EDGES = tuple(round(HELPED + 0.05 * step, 2) for step in range(18))  # 0.15 to 1


@dataclass(frozen=True)
class SizeFacts:
    """Means and standard deviations over the models of one size, after the last epoch.

    `subset`: accuracy on what a model trained on; `heldout`: on the rest of the training set; both against
    the labels trained on. `test`: on the test set. `gap`: subset minus held-out accuracy of the same model.
    `heldout_original`: held-out accuracy against the labels before any were flipped.
    """

    size: int
    models: int
    subset_mean: float
    subset_sd: float
    heldout_mean: float
    heldout_sd: float
    test_mean: float
    test_sd: float
    gap_mean: float
    gap_sd: float
    heldout_original_mean: float


@dataclass(frozen=True)
class Curve:
    """Accuracy over epochs at one size, mean and standard deviation over `models` models.

    `name` is "train" for the subset a model trained on, "heldout" or "test".
    """

    size: int
    name: str
    epochs: Sequence[int]
    mean: Sequence[float]
    sd: Sequence[float]
    models: int


@dataclass(frozen=True)
class Halves:
    """How far scores from one half of a size's models agree with those from the other half of the models.

    `models`: in the smaller half. `same`: both halves are of this size; `largest`: the other half is of the
    largest size that has one.
    """

    size: int
    models: int
    same: Agreement
    largest: Agreement


@dataclass(frozen=True)
class Moves:
    """How many scores fall and rise by at least `MOVED` from one size to another, by each part of the models.

    `first` and `last` are the smallest and the largest size whose networks fit `FIT` of their subset. An
    example that does not change falls and rises equally often by chance: both sizes share their subsets.
    """

    first: int
    last: int
    fell: tuple[int, ...]
    rose: tuple[int, ...]


@dataclass(frozen=True)
class Removed:
    """Test accuracy of models trained without some examples, one of each model.

    `arm`: "memorized" for those with a score of at least `threshold`, "random" for as many others, "all"
    where nothing is removed and `threshold` is None. Model k begins with the same weights in every arm.
    `kept`: how many training examples are left; `accuracy` is empty where they are too few to train on.
    """

    arm: str
    threshold: float | None
    kept: int
    accuracy: tuple[float, ...]


@dataclass(frozen=True)
class Pairs:
    """Pairs of a memorized training example and a test example of its class that it helps, at one size.

    As in `scores.helping`. `influence`: counts (len(INFLUENCE_EDGES) - 1,) by influence; `tests` and
    `trains`: different examples in pairs; `single`: test examples that one training example helps, of
    `n_test`. `least`: the influence from which on pairs are told from chance for certain. `alike`: counts
    like `influence` of those that are near-duplicates by pixels, None where pictures are not compared.
    """

    size: int
    influence: tuple[int, ...]
    tests: int
    single: int
    trains: int
    n_test: int
    least: float = math.nan
    alike: tuple[int, ...] | None = None


@dataclass(frozen=True)
class ProxyFacts:
    """How far a proxy goes with memorization at one size, over the `n` examples that have both.

    `correlation` is Spearman's, None where it is not defined. `mean` is over examples, `sd` the deviation of
    such means over `models` models, None where models were not told apart.
    """

    key: str
    size: int
    n: int
    correlation: float | None
    mean: float
    sd: float | None
    models: int = 0


@dataclass(frozen=True)
class ByType:
    """How distillation changes memorization, by the type of an example's trajectory without it.

    `models`: of each size, half of which tell the type and the others the change, and the other way round.
    `examples`: of each of `TRAJECTORY_NAMES`, the mean of both ways; `change`: of their means over the sizes
    below the teacher's, with what the choice of examples leaves open.
    """

    models: int
    examples: tuple[float, ...]
    change: Joint


@dataclass(frozen=True)
class Distillation:
    """Models that learned from labels and students of a teacher, of the same `models` numbers at S sizes.

    The teacher is of the largest size. `by_labels` and `distilled`: mean accuracies (S, 3) on the subset,
    held out and on the test set. `memorization` (the first minus the second) and `test` have the means of
    both (2 S,), by labels first, with what the choice of models leaves open.
    """

    sizes: tuple[int, ...]
    models: int
    by_labels: tuple[tuple[float, ...], ...]
    distilled: tuple[tuple[float, ...], ...]
    memorization: Joint
    test: Joint
    types: ByType | None = None


class MemorizationFacts(Facts):
    """Accuracies of whole models, how far halves and proxies agree, and whom models help; sizes ascending."""

    sizes: tuple[SizeFacts, ...] = ()
    curves: tuple[Curve, ...] = ()
    halves: tuple[Halves, ...] = ()
    pairs: tuple[Pairs, ...] = ()
    moves: Moves | None = None
    removed: tuple[Removed, ...] = ()
    proxies: tuple[ProxyFacts, ...] = ()
    distillation: Distillation | None = None
