"""Feldman & Zhang's own MNIST demo: MLP 784-512-256-10 on 70 % of 60,000 images, 10 epochs at batch 128.

Half of the plain loop's models are trained before and half behind the engine's. Beside seconds per model
stand the fraction of the machine's matrix multiplication peak, as measured just before, and test accuracy.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch

from backend.networks.ladders import Family
from backend.statistics.curves import evaluated_epochs
from backend.statistics.subsets import subset_masks
from tests.benchmarks.plain import Answers, mnist, perceptron, plain_loop, timed, with_error
from workers.engine.data import Split
from workers.engine.run import Recipe
from workers.engine.train import train_models
from workers.models.mlp import MLPBuilder
from workers.networks.families import split_for

MODELS = 8
RECIPE = Recipe(epochs=10, batch_size=128, learning_rate=0.1, momentum=0.9)
UNITS = (784, 512, 256, 10)
PRODUCTS = [before * after for before, after in pairwise(UNITS)]


def main() -> None:
    examples = mnist()
    if examples is None:
        return
    split = split_for(Family.MLP_WIDTH, examples)
    masks = subset_masks(0, len(split.y), 0.7, 0, MODELS)
    peaks = {dtype: peak(dtype) for dtype in (torch.float32, torch.bfloat16)}
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}; peak in GFLOP/s:", end=" ")
    print(", ".join(f"{name(dtype)} {value:.0f}" for dtype, value in peaks.items()))
    ways: dict[str, tuple[Callable[[range], Answers], torch.dtype]] = {
        "plain loop, float32": (lambda models: plain(split, masks, models), torch.float32),
        "engine, float32": (lambda models: engine(split, masks, models, torch.float32), torch.float32),
        "engine, bfloat16": (lambda models: engine(split, masks, models, torch.bfloat16), torch.bfloat16),
    }
    seconds = dict.fromkeys(ways, 0.0)
    tests: dict[str, list[float]] = {way: [] for way in ways}
    plain_loops, *engines = ways
    half = MODELS // 2
    turns = [(plain_loops, range(half)), *((way, range(MODELS)) for way in engines)]
    for way, models in [*turns, (plain_loops, range(half, MODELS))]:  # half before and half behind the others
        train, _ = ways[way]
        elapsed, answers = timed(lambda train=train, models=models: train(models))
        seconds[way] += elapsed / MODELS
        tests[way] += (answers.test == split.y_test).mean(axis=1).tolist()
    print("| | s/model | ratio | GFLOP/s | of the peak | test accuracy |\n" + "|---" * 6 + "|")
    for way, (_, dtype) in ways.items():
        each = seconds[way]
        speed = operations(split) / each / 1e9
        print(
            f"| {way} | {each:.2f} | {seconds[plain_loops] / each:.2f} | {speed:.0f} |"
            f" {speed / peaks[dtype]:.0%} | {with_error(tests[way])} |"
        )


def plain(split: Split, masks: np.ndarray, models: range) -> Answers:
    return plain_loop(perceptron(UNITS), split, masks[list(models)], RECIPE, models.start)


def engine(split: Split, masks: np.ndarray, models: range, dtype: torch.dtype) -> Answers:
    back_ends = (("batched matmul", MLPBuilder(UNITS[0], UNITS[1:-1], UNITS[-1])),)
    bank = train_models(back_ends, split, masks[list(models)], models, 0, RECIPE, lambda _: None, dtype=dtype)
    return Answers(bank.train_predictions, bank.test_predictions)


def operations(split: Split) -> float:
    """Return multiplications and additions per model: no gradient reaches the pixels, and none is needed."""
    subset, everything = 0.7 * len(split.y), len(split.y) + len(split.y_test)
    step = 2 * (3 * sum(PRODUCTS) - PRODUCTS[0])
    asked = 2 * sum(PRODUCTS) * len(evaluated_epochs(RECIPE.epochs))
    return RECIPE.epochs * subset * step + asked * everything


def peak(dtype: torch.dtype, side: int = 2048) -> float:
    """Return GFLOP/s of the product of two large matrices, the best of some tries."""
    a, b = torch.randn(2, side, side).to(dtype)
    return max(2 * side**3 / timed(lambda: a @ b)[0] / 1e9 for _ in range(12))


def name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


if __name__ == "__main__":
    torch.set_flush_denormal(True)
    main()
