"""What the memorization study keeps of whole models beside the scores of examples."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.statistics.agreement import Agreement
from backend.studies.kit.facts import Facts


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


class MemorizationFacts(Facts):
    """Accuracies of whole models and how far their halves agree, sizes ascending; empty before any."""

    sizes: tuple[SizeFacts, ...] = ()
    curves: tuple[Curve, ...] = ()
    halves: tuple[Halves, ...] = ()
