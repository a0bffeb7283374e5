"""Error of the scores over the number of models, on digits with 10 % flipped labels.

First, balanced subsets against independent ones. The error is the root mean square difference from scores of
2,000 other models: each kind of subset is held against the reference of the other kind, so that no model is
compared with itself.

Then, margins against counts, without and with a surrogate. The reference are all models but those looked at,
and its own variance is subtracted; the gain is how many times as many models counting would need for the same
mean square error.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch

from backend.datasets.digits import load_digits_dataset
from backend.datasets.examples import take
from backend.datasets.options import DataOptions
from backend.networks.ladders import Family
from backend.statistics.intervals import newcombe, verdict
from backend.statistics.margins import Control, Moments, memorization, shares
from backend.statistics.subsets import heldout_count, subset_masks
from backend.statistics.surrogate import FIRST_FURTHER, FURTHER
from backend.studies.kit.runner import Context
from tests.benchmarks.engine import with_engine
from tests.benchmarks.plain import PARAMS, RECIPE, digits
from workers.engine.train import train_models
from workers.networks.families import back_ends, split_for
from workers.studies.memorization import surrogate
from workers.studies.memorization.sums import TURN

WIDTH, REFERENCE = 32, 2000
NUMBERS = (25, 50, 100, 200, 400)
BANKS = (("MLP 32", Family.MLP_WIDTH, 32, 4000), ("CNN 8", Family.CNN_WIDTH, 8, 600))
MOST_GROUPS, BLOCK = 16, 50
ZONES = (-1.0, 0.05, 0.2, 0.35, 0.6, 0.85)  # of the reference: bias is told where it is largest below .85


def main() -> None:
    subsets()
    for title, family, size, models in BANKS:
        margins(title, trained(family, size, models))


def subsets() -> None:
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


class Bank(NamedTuple):
    """Models, all (K, n): which examples they had, which they get right, and their margins."""

    masks: np.ndarray
    right: np.ndarray
    margins: np.ndarray
    asked: np.ndarray  # a surrogate's, and over further subsets
    further: dict[str, np.ndarray]


class Estimate(NamedTuple):
    """Scores and their interval, (n,) each."""

    score: np.ndarray
    low: np.ndarray
    high: np.ndarray


def trained(family: Family, size: int, models: int) -> Bank:
    examples = take(load_digits_dataset(), DataOptions(label_noise=PARAMS.label_noise))
    split, ways = split_for(family, examples), back_ends(family, size, examples.shape, 1, 512)
    masks = subset_masks(0, examples.n_train, PARAMS.subset_fraction, 0, models)
    found = []
    for first in range(0, models, BLOCK):
        part = range(first, min(first + BLOCK, models))
        bank = train_models(ways, split, masks[part.start : part.stop], part, 0, RECIPE, lambda _: None)
        found.append((bank.train_predictions == split.y, bank.margins))
    right, margins_ = (np.concatenate(parts) for parts in zip(*found, strict=True))
    params = PARAMS.model_copy(update={"seed": 0})
    payload = {"first": FIRST_FURTHER, "count": FURTHER}
    further = surrogate.further(payload, params, Context(lambda _: None, examples))
    return Bank(
        masks, right, margins_, surrogate.asked(params, examples, 0, models, lambda _: None), dict(further)
    )


def margins(title: str, bank: Bank) -> None:
    names = (
        "gain, margins",
        "surrogate",
        *(
            name
            for what in ("coverage", "undecided", "largest bias")
            for name in (f"{what}, counts", "margins", "surrogate")
        ),
    )
    print(f"\n{title}, {len(bank.masks):,} models\n| models | {' | '.join(names)} |\n" + "|---" * 12 + "|")
    for number in NUMBERS[:4]:
        square, inside, undecided = [], [], []
        apart, truth = [], []
        for chosen in groups(len(bank.masks), number):
            reference, variance = of_others(bank, chosen)
            both = estimates(bank, chosen)
            square.append([np.mean((one.score - reference) ** 2 - variance) for one in both])
            inside.append([np.mean((one.low <= reference) & (reference <= one.high)) for one in both])
            undecided.append([np.mean(verdict(one.low, one.high) == 2) for one in both])
            apart.append([one.score - reference for one in both])
            truth.append(reference)
        errors = np.mean(square, axis=0)
        cells = [
            *np.mean(inside, axis=0),
            *np.mean(undecided, axis=0),
            *bias(np.array(apart), np.array(truth)),
        ]
        print(
            f"| {number} | {errors[0] / errors[1]:.2f} | {errors[0] / errors[2]:.2f} | "
            + " | ".join(f"{cell:.3f}" for cell in cells)
            + " |"
        )


def groups(models: int, number: int) -> Iterator[np.ndarray]:
    """Yield disjoint groups of that many models, of half of all: the others stay a reference."""
    for group in range(min(models // 2 // number, MOST_GROUPS)):
        yield np.arange(group * number, (group + 1) * number)


def of_others(bank: Bank, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores (n,) of all other models, and their variance."""
    others = np.setdiff1d(np.arange(len(bank.masks)), chosen)
    score, variance = np.zeros((2, bank.masks.shape[1]))
    for side, sign in ((True, 1), (False, -1)):
        had = bank.masks[others] == side
        share = (bank.right[others] & had).sum(0) / had.sum(0)
        score += sign * share
        variance += share * (1 - share) / had.sum(0)
    return score, variance


def estimates(bank: Bank, chosen: np.ndarray) -> tuple[Estimate, ...]:
    """Return what counts, what margins and what margins with a surrogate tell."""
    sides, controls = [], []
    for place, side in enumerate((True, False)):
        rows: list[list[np.ndarray]] = [[], [], [], [], [], []]
        for half in (0, 1):
            part = chosen[chosen // TURN % 2 == half]
            had = bank.masks[part] == side
            margin, asked = (values[part].astype(np.int64) * had for values in (bank.margins, bank.asked))
            of_half = (had, bank.right[part] & had, margin, margin**2, asked, asked * margin)
            for row, values in zip(rows, of_half, strict=True):
                row.append(values.sum(axis=0))
        *of_models, total, products = (np.array(row) for row in rows)
        sides.append(Moments(*of_models))
        n, sums, squares = (bank.further[name][place] for name in ("n", "total", "squares"))
        controls.append(Control(total, products, n, sums / n, squares / n - (sums / n) ** 2))
    (n_in, k_in), (n_out, k_out) = ((side.n.sum(0), side.k.sum(0)) for side in sides)
    found = [Estimate(k_in / n_in - k_out / n_out, *newcombe(k_in, n_in, k_out, n_out))]
    for steer in ([None, None], controls):
        with_it, without = (shares(side, control=own) for side, own in zip(sides, steer, strict=True))
        assert with_it is not None
        assert without is not None
        found.append(Estimate(*memorization(with_it, without)))
    return tuple(found)


def bias(apart: np.ndarray, truth: np.ndarray) -> list[float]:
    """Return the largest mean difference (groups, 3, n) of each over zones of the truth (groups, n).

    Zones of a reference with noise have a bias of their own, which counts show.
    """
    zone = np.digitize(truth, ZONES)
    return [
        max(abs(float(apart[:, which][zone == number].mean())) for number in range(1, len(ZONES)))
        for which in (0, 1, 2)
    ]


if __name__ == "__main__":
    torch.set_flush_denormal(True)
    main()
