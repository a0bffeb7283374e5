"""Do the scores of the engine agree with those of the plain loop as well as each agrees with itself?

Two banks of models are trained in each way, on the same two sets of subsets. The rank correlation of scores
from different subsets has the same noise whether both come from one way or not: equal numbers mean that the
ways estimate the same thing.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import torch
from scipy.stats import spearmanr

from backend.networks.ladders import Family
from backend.statistics.subsets import subset_masks
from tests.benchmarks.plain import PARAMS, RECIPE, digits, mnist, perceptron, plain_loop
from workers.engine.data import Split
from workers.engine.run import Recipe
from workers.engine.train import train_models
from workers.models.mlp import MLPBuilder
from workers.networks.families import precision, split_for


def main() -> None:
    print("| data | network | models | plain, plain | engine, engine | plain, engine |\n" + "|---" * 6 + "|")
    compare("digits, 10 % flipped", digits(), (32,), RECIPE, 100)
    examples = mnist(per_class=1000, label_noise=0.1)
    if examples is not None:
        recipe = replace(RECIPE, epochs=10, batch_size=128)
        compare("MNIST, 10,000, 10 % flipped", split_for(Family.MLP_WIDTH, examples), (512, 256), recipe, 40)


def compare(title: str, split: Split, hidden: tuple[int, ...], recipe: Recipe, models: int) -> None:
    """Print the mean rank correlations of scores from the first and from the second set of subsets."""
    masks = subset_masks(0, len(split.y), PARAMS.subset_fraction, 0, 2 * models)
    halves = [slice(0, models), slice(models, 2 * models)]
    units = (split.x[0].size, *hidden, split.classes)
    plain = [
        scores(
            plain_loop(perceptron(units), split, masks[half], recipe, half.start).train, split, masks[half]
        )
        for half in halves
    ]
    # The engine's models start elsewhere: a seed of their own, not the plain loop's numbers.
    engine = [scores(with_engine(split, masks, half, hidden, recipe), split, masks[half]) for half in halves]
    across = [rank_correlation(plain[i], engine[1 - i]) for i in (0, 1)]
    print(
        f"| {title} | MLP {'-'.join(map(str, units))} | {models} | {rank_correlation(*plain):.3f} |"
        f" {rank_correlation(*engine):.3f} | {np.mean(across):.3f} |"
    )


def with_engine(
    split: Split, masks: np.ndarray, part: slice, hidden: tuple[int, ...], recipe: Recipe
) -> np.ndarray:
    back_ends = (("batched matmul", MLPBuilder(split.x[0].size, hidden, split.classes)),)
    device = torch.device("cpu")
    units = (split.x[0].size, *hidden, split.classes)
    dtype = precision("auto", sum(before * after for before, after in pairwise(units)), device)
    models = range(part.start, part.stop)
    return train_models(
        back_ends, split, masks[part], models, 1, recipe, lambda _: None, dtype=dtype
    ).train_predictions


def scores(answers: np.ndarray, split: Split, masks: np.ndarray) -> np.ndarray:
    """Return (n,) memorization."""
    right = answers == split.y
    return (right & masks).sum(0) / masks.sum(0) - (right & ~masks).sum(0) / (~masks).sum(0)


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(spearmanr(a, b).statistic)


if __name__ == "__main__":
    torch.set_flush_denormal(True)
    main()
