"""Throughput of the engine against the loop that a user would write, on digits: ratios from one run.

Both train on the same subsets with the same recipe and ask all examples as often. Both print held-out
accuracy, which must agree within standard errors.
"""

import numpy as np
import torch

from backend.statistics.subsets import subset_masks
from tests.benchmarks.plain import (
    PARAMS,
    RECIPE,
    Answers,
    digits,
    heldout_accuracy,
    perceptron,
    plain_loop,
    timed,
    with_error,
)
from workers.engine.data import Split
from workers.engine.train import train_models
from workers.models.mlp import MLPBuilder

WIDTHS = (2, 4, 8, 16, 32, 64, 128)
MODELS, PLAIN_MODELS, BLOCK = 200, 12, 50


def main() -> None:
    split = digits()
    masks = subset_masks(0, len(split.y), PARAMS.subset_fraction, 0, MODELS)
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}")
    print("| width | plain, ms/model | engine, ms/model | ratio | held-out, plain | held-out, engine |")
    print("|---|---|---|---|---|---|")
    for width in WIDTHS:
        make = perceptron((64, width, split.classes))
        some = masks[:PLAIN_MODELS]
        plain_s, plain = timed(lambda make=make, some=some: plain_loop(make, split, some, RECIPE))
        engine_s, engine = timed(lambda width=width: with_engine(split, masks, width))
        plain_s, engine_s = plain_s / PLAIN_MODELS, engine_s / MODELS
        accuracies = (
            heldout_accuracy(answers.train, split, masks[: len(answers.train)]) for answers in (plain, engine)
        )
        print(
            f"| {width} | {1e3 * plain_s:.0f} | {1e3 * engine_s:.1f} | {plain_s / engine_s:.1f} |"
            f" {' | '.join(map(with_error, accuracies))} |"
        )


def with_engine(split: Split, masks: np.ndarray, width: int, seed: int = 0) -> Answers:
    build = MLPBuilder(split.x[0].size, (width,), split.classes)
    found = []
    for first in range(0, len(masks), BLOCK):
        part = masks[first : first + BLOCK]
        models = range(first, first + len(part))
        bank = train_models((("batched matmul", build),), split, part, models, seed, RECIPE, lambda _: None)
        found.append(Answers(bank.train_predictions, bank.test_predictions))
    return sum(found[1:], start=found[0])


if __name__ == "__main__":
    torch.set_flush_denormal(True)
    main()
