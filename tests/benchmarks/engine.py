"""Throughput of the engine against the loop that a user would write, on digits: ratios from one run.

The plain loop trains one model at a time with torch.nn, autograd and torch.optim, without a data loader, on
the same subsets with the same recipe. Both print held-out accuracy, which must agree within standard errors.
"""

import time
from collections.abc import Callable
from itertools import pairwise
from statistics import fmean, stdev

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from backend.datasets.digits import load_digits_dataset
from backend.datasets.examples import take
from backend.datasets.options import DataOptions
from backend.statistics.subsets import subset_masks
from backend.studies.memorization_params import MemorizationParams
from workers.engine.data import Split
from workers.engine.train import Recipe, train_models
from workers.models.mlp import MLPBuilder

WIDTHS = (2, 8, 32, 128)
MODELS, PLAIN_MODELS, BLOCK = 200, 12, 50
PARAMS = MemorizationParams()
RECIPE = Recipe(PARAMS.epochs, PARAMS.batch_size, PARAMS.learning_rate, PARAMS.momentum)


def main() -> None:
    split = digits()
    masks = subset_masks(0, len(split.y), PARAMS.subset_fraction, 0, MODELS)
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}")
    print("| width | plain, ms/model | engine, ms/model | ratio | held-out, plain | held-out, engine |")
    print("|---|---|---|---|---|---|")
    for width in WIDTHS:
        plain_s, plain = timed(
            lambda width=width: plain_loop(split, masks[:PLAIN_MODELS], width), PLAIN_MODELS
        )
        engine_s, engine = timed(lambda width=width: with_engine(split, masks, width), MODELS)
        print(
            f"| {width} | {1e3 * plain_s:.0f} | {1e3 * engine_s:.1f} | {plain_s / engine_s:.1f} |"
            f" {summary(plain)} | {summary(engine)} |"
        )
    linear(split)


def linear(split: Split) -> None:
    """Cost over the number of models and of examples, each relative to a straight line through its first."""
    print("\n| models | seconds | over linear | examples | seconds | over linear |\n" + "|---" * 6 + "|")
    base_models = base_examples = 0.0
    for times in (1, 2, 4):
        masks = subset_masks(0, len(split.y), PARAMS.subset_fraction, 0, BLOCK * times)
        models_s, _ = timed(lambda masks=masks: with_engine(split, masks, 32), 1)
        rows = np.tile(np.arange(len(split.y)), times)
        more = Split(split.x[rows], split.y[rows], split.x_test, split.y_test, split.classes)
        masks = subset_masks(0, len(rows), PARAMS.subset_fraction, 0, BLOCK)
        examples_s, _ = timed(lambda more=more, masks=masks: with_engine(more, masks, 32), 1)
        base_models, base_examples = base_models or models_s, base_examples or examples_s
        print(
            f"| {BLOCK * times} | {models_s:.2f} | {models_s / base_models / times:.2f} |"
            f" {len(rows):,} | {examples_s:.2f} | {examples_s / base_examples / times:.2f} |"
        )


def timed(train: Callable[[], list[float]], models: int) -> tuple[float, list[float]]:
    """Return seconds per model, and what `train` returns."""
    started = time.perf_counter()
    result = train()
    return (time.perf_counter() - started) / models, result


def summary(accuracies: list[float]) -> str:
    error = stdev(accuracies) / len(accuracies) ** 0.5
    return f"{fmean(accuracies):.4f} ± {error:.4f}"


def digits() -> Split:
    examples = take(load_digits_dataset(), DataOptions(label_noise=PARAMS.label_noise))
    n = examples.n_train
    x = examples.images.reshape(len(examples.images), -1).astype(np.float32) / 255
    x = (x - x[:n].mean()) / x[:n].std()
    return Split(x[:n], examples.given, x[n:], examples.labels[n:], len(examples.classes))


def with_engine(split: Split, masks: np.ndarray, width: int) -> list[float]:
    found: list[float] = []
    for first in range(0, len(masks), BLOCK):
        build = MLPBuilder(split.x.shape[1], (width,), split.classes)
        part = masks[first : first + BLOCK]
        models = range(first, first + len(part))
        found += (
            train_models((("batched matmul", build),), split, part, models, 0, RECIPE, lambda _: None)
            .heldout_accuracy[:, -1]
            .tolist()
        )
    return found


def plain_loop(split: Split, masks: np.ndarray, width: int) -> list[float]:
    x, y = torch.from_numpy(split.x), torch.from_numpy(split.y)
    found = []
    for seed, mask in enumerate(masks):
        torch.manual_seed(seed)
        subset, heldout = (torch.from_numpy(np.flatnonzero(part)) for part in (mask, ~mask))
        net = perceptron((split.x.shape[1], width, split.classes))
        optimizer = torch.optim.SGD(net.parameters(), RECIPE.learning_rate, RECIPE.momentum)
        steps = RECIPE.epochs * -(-len(subset) // RECIPE.batch_size)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        for _ in range(RECIPE.epochs):
            for batch in subset[torch.randperm(len(subset))].split(RECIPE.batch_size):
                optimizer.zero_grad()
                functional.cross_entropy(net(x[batch]), y[batch]).backward()
                optimizer.step()
                schedule.step()
        with torch.no_grad():
            found.append((net(x[heldout]).argmax(1) == y[heldout]).float().mean().item())
    return found


def perceptron(units: tuple[int, ...]) -> nn.Sequential:
    """Return a network initialized as the engine initializes its own."""
    layers: list[nn.Module] = []
    for before, after in pairwise(units):
        layer = nn.Linear(before, after)
        nn.init.normal_(layer.weight, std=((1 if after == units[-1] else 2) / before) ** 0.5)
        nn.init.zeros_(layer.bias)
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


if __name__ == "__main__":
    torch.set_flush_denormal(True)
    main()
