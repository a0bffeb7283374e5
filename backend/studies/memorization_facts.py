"""The accuracies of whole models that the memorization study keeps beside the scores of examples."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


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


def pack(sizes: list[SizeFacts]) -> dict[str, Any]:
    """Return the facts as JSON, for `Results.facts`."""
    return {"sizes": [asdict(size) for size in sizes]}


def unpack(facts: Mapping[str, Any]) -> list[SizeFacts]:
    """Return what `pack` packed, by ascending size; empty before any model is done."""
    return [SizeFacts(**size) for size in facts.get("sizes", [])]
