"""Error of the scores over the number of models, on digits: balanced subsets against independent ones.

The error is the root mean square difference from scores of 2,000 other models: each kind of subset is held
against the reference of the other kind, so that no model is compared with itself.
"""

import numpy as np
import torch

from backend.statistics.subsets import heldout_count, subset_masks
from tests.benchmarks.engine import with_engine
from tests.benchmarks.plain import PARAMS, digits

WIDTH, REFERENCE = 32, 2000
NUMBERS = (25, 50, 100, 200, 400)


def main() -> None:
    split = digits()
    n = len(split.y)
    balanced = subset_masks(0, n, PARAMS.subset_fraction, 0, REFERENCE)
    rng = np.random.default_rng(1)
    independent = np.ones_like(balanced)
    for mask in independent:
        mask[rng.permutation(n)[: heldout_count(n, PARAMS.subset_fraction)]] = False
    kinds = [
        (masks, with_engine(split, masks, WIDTH, seed).train == split.y)
        for seed, masks in enumerate((balanced, independent))
    ]
    references = [scores(*kind) for kind in kinds]
    print("| models | balanced | independent | models an independent design needs |\n" + "|---" * 4 + "|")
    for number in NUMBERS:
        errors = [error(*kind, number, references[1 - i]) for i, kind in enumerate(kinds)]
        print(
            f"| {number} | {errors[0]:.4f} | {errors[1]:.4f} | {number * (errors[1] / errors[0]) ** 2:.0f} |"
        )


def scores(masks: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return (n,) memorization; NaN where every or no model had the example."""
    with np.errstate(invalid="ignore"):
        inside = (right & masks).sum(0) / masks.sum(0)
        return inside - (right & ~masks).sum(0) / (~masks).sum(0)


def error(masks: np.ndarray, right: np.ndarray, number: int, reference: np.ndarray) -> float:
    """Return the error of scores from `number` models, over all disjoint groups of that many."""
    groups = [slice(first, first + number) for first in range(0, REFERENCE - number + 1, number)]
    return float(np.sqrt(np.nanmean([(scores(masks[g], right[g]) - reference) ** 2 for g in groups])))


if __name__ == "__main__":
    torch.set_flush_denormal(True)
    main()
